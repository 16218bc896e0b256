package wire_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

const maxPayload = 1 << 10

func encode(m *wire.Message) []byte {
	switch m.Kind {
	case wire.ProposalKind:
		return wire.AppendProposal(nil, &m.Proposal)
	case wire.VoteKind:
		return wire.AppendVote(nil, &m.Vote)
	case wire.StatusKind:
		return wire.AppendStatus(nil, m.Status)
	}
	panic("no such message")
}

func drawMessage(t *rapid.T) wire.Message {
	height := rapid.Int64Min(1).Draw(t, "height")
	round := rapid.Int32Range(0, consensus.MaxRound).Draw(t, "round")
	m := wire.Message{Kind: rapid.SampledFrom([]wire.Kind{wire.ProposalKind, wire.VoteKind, wire.StatusKind}).Draw(t, "kind")}
	switch m.Kind {
	case wire.ProposalKind:
		p := &m.Proposal
		p.Height, p.Round, p.POLRound = height, round, rapid.Int32Min(-1).Draw(t, "polRound")
		p.Payload = rapid.SliceOfN(rapid.Byte(), 0, maxPayload).Draw(t, "payload")
		p.Value = wire.ValueID(p.Payload)
		p.Signer = rapid.IntRange(0, 1<<31-1).Draw(t, "signer")
		p.Signature = wire.Signature(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature"))
	case wire.VoteKind:
		v := &m.Vote
		v.Type = rapid.SampledFrom([]consensus.VoteType{consensus.Prevote, consensus.Precommit}).Draw(t, "type")
		v.Height, v.Round = height, round
		v.Value = consensus.ValueID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "value"))
		v.Validator = rapid.IntRange(0, 1<<31-1).Draw(t, "validator")
		v.Signature = wire.Signature(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature"))
	case wire.StatusKind:
		m.Status = wire.Status{Height: height, Round: round}
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		frame := encode(&m)
		require.LessOrEqual(t, len(frame), wire.MaxFrame(maxPayload))
		got, err := wire.Decode(frame, maxPayload)
		require.NoError(t, err)
		require.Equal(t, frame, encode(&got))
		if len(m.Proposal.Payload) > 0 {
			require.Equal(t, m, got)
		}
	})
}

func TestTruncatedAndLongerFramesAreMalformed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		frame := encode(&m)
		for n := range frame {
			_, err := wire.Decode(frame[:n], maxPayload)
			require.ErrorIs(t, err, wire.ErrMalformed, "cut at %d", n)
		}
		_, err := wire.Decode(append(frame, 0), maxPayload)
		require.ErrorIs(t, err, wire.ErrMalformed)
	})
}

func TestDecodeBounds(t *testing.T) {
	proposal := wire.Proposal{Proposal: consensus.Proposal{Height: 1, POLRound: -1}, Payload: make([]byte, maxPayload+1)}
	vote := wire.Vote{Vote: consensus.Vote{Height: 1}}
	for _, c := range []struct {
		name  string
		frame []byte
		says  string
	}{
		{"payload too large", wire.AppendProposal(nil, &proposal), "a value of 1025 bytes, more than 1024"},
		{"unknown kind", []byte{9}, "kind 9 is not known"},
		{"height 0", wire.AppendStatus(nil, wire.Status{}), "height 0"},
		{"negative round", wire.AppendStatus(nil, wire.Status{Height: 1, Round: -1}), "round -1"},
		{"round out of reach", wire.AppendStatus(nil, wire.Status{Height: 1, Round: consensus.MaxRound + 1}), "round 1048577"},
		{"vote type", append([]byte{byte(wire.VoteKind), 7}, wire.AppendVote(nil, &vote)[2:]...), "vote type 7"},
		{"nothing", nil, "it is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := wire.Decode(c.frame, maxPayload)
			require.ErrorIs(t, err, wire.ErrMalformed)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestSignBytes pins the canonical bytes: a change breaks every signature made
// before.
func TestSignBytes(t *testing.T) {
	value := consensus.ValueID{0xab}
	p := wire.AppendProposalSignBytes(nil, "c", consensus.Proposal{Height: 2, Round: 3, POLRound: -1, Value: value})
	require.Equal(t, "00000011"+hex.EncodeToString([]byte("polka/v1/proposal"))+"00000001"+"63"+
		"0000000000000002"+"00000003"+"ffffffff"+hex.EncodeToString(value[:]), hex.EncodeToString(p))
	v := wire.AppendVoteSignBytes(nil, "c", consensus.Vote{Type: consensus.Precommit, Height: 2, Round: 3, Value: value})
	require.Equal(t, "0000000d"+hex.EncodeToString([]byte("polka/v1/vote"))+"00000001"+"63"+"01"+
		"0000000000000002"+"00000003"+hex.EncodeToString(value[:]), hex.EncodeToString(v))
}

// TestSignBytesAreOneToOne: different messages or chains have different bytes.
func TestSignBytesAreOneToOne(t *testing.T) {
	type signed struct {
		chain string
		vote  consensus.Vote
	}
	draw := rapid.Custom(func(t *rapid.T) signed {
		return signed{rapid.StringN(0, 3, -1).Draw(t, "chain"), consensus.Vote{
			Type: consensus.VoteType(rapid.Byte().Draw(t, "type") % 2), Height: rapid.Int64Range(1, 3).Draw(t, "height"),
			Round: rapid.Int32Range(0, 2).Draw(t, "round"), Value: consensus.ValueID{rapid.Byte().Draw(t, "value") % 3},
		}}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		same := bytes.Equal(wire.AppendVoteSignBytes(nil, a.chain, a.vote), wire.AppendVoteSignBytes(nil, b.chain, b.vote))
		require.Equal(t, a == b, same)
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(wire.AppendStatus(nil, wire.Status{Height: 1}))
	f.Add(wire.AppendVote(nil, &wire.Vote{Vote: consensus.Vote{Height: 1}}))
	f.Add(wire.AppendProposal(nil, &wire.Proposal{Proposal: consensus.Proposal{Height: 1, POLRound: -1}, Payload: []byte("x")}))
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := wire.Decode(frame, maxPayload)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrMalformed)
			return
		}
		require.Equal(t, frame, encode(&m))
	})
}
