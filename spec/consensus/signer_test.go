package consensus_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

var signings = rapid.Custom(func(t *rapid.T) consensus.Signing {
	return consensus.Signing{
		Height: rapid.Int64Range(1, 2).Draw(t, "height"), Round: rapid.Int32Range(0, 2).Draw(t, "round"),
		Step:  consensus.SignStep(rapid.IntRange(1, 3).Draw(t, "step")),
		Value: consensus.Value(rapid.IntRange(0, 2).Draw(t, "value")),
		Time:  rapid.Int64Range(0, 1).Draw(t, "time"),
	}
})

// slot is where a validator may sign one message only.
func slot(q consensus.Signing) [3]int64 { return [3]int64{q.Height, int64(q.Round), int64(q.Step)} }

// timeless is a signing without its timestamp.
func timeless(q consensus.Signing) consensus.Signing {
	q.Time = 0
	return q
}

// What is signed is never signed differently, and only the last signing can be
// had again, with the time that it had.
func TestSignerNeverSignsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s consensus.Signer
		signed := map[[3]int64]consensus.Signing{}
		var last consensus.Signing
		for range rapid.IntRange(1, 30).Draw(t, "length") {
			q := signings.Draw(t, "signing")
			after, result := s.Sign(q)
			before, known := signed[slot(q)]
			switch result {
			case consensus.SignedFresh:
				if known {
					t.Fatalf("%+v is signed after %+v", q, before)
				}
				signed[slot(q)], last = q, q
			case consensus.SignedAgain:
				if timeless(q) != timeless(last) || after.Last != last {
					t.Fatalf("%+v is signed again as %+v, but %+v was the last", q, after.Last, last)
				}
			case consensus.RefusedConflict:
				if slot(q) != slot(last) || timeless(q) == timeless(last) {
					t.Fatalf("%+v does not conflict with %+v", q, last)
				}
			case consensus.RefusedRegression:
				if !less(slot(q), slot(last)) {
					t.Fatalf("%+v does not come before %+v", q, last)
				}
			}
			if result != consensus.SignedFresh && after != s {
				t.Fatalf("%v changed the signer from %+v to %+v", result, s, after)
			}
			s = after
		}
	})
}

func less(a, b [3]int64) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

func TestSigner(t *testing.T) {
	vote := func(r consensus.Round, step consensus.SignStep, v consensus.Value) consensus.Signing {
		return consensus.Signing{Height: 1, Round: r, Step: step, Value: v}
	}
	tests := []struct {
		name string
		ask  consensus.Signing
		want consensus.SignResult
	}{
		{"nothing is signed yet", vote(0, consensus.SignPrevote, 1), consensus.SignedFresh},
		{"the same again", vote(0, consensus.SignPrevote, 1), consensus.SignedAgain},
		{"the same at another time", consensus.Signing{Height: 1, Step: consensus.SignPrevote, Value: 1, Time: 5}, consensus.SignedAgain},
		{"another value", vote(0, consensus.SignPrevote, 2), consensus.RefusedConflict},
		{"an earlier step", vote(0, consensus.SignProposal, 1), consensus.RefusedRegression},
		{"a later step", vote(0, consensus.SignPrecommit, 1), consensus.SignedFresh},
		{"a later round", vote(2, consensus.SignPrevote, 0), consensus.SignedFresh},
		{"a round between", vote(1, consensus.SignPrecommit, 0), consensus.RefusedRegression},
	}
	var s consensus.Signer
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got consensus.SignResult
			s, got = s.Sign(tt.ask)
			require.Equal(t, tt.want, got)
		})
	}
}
