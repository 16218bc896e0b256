package consensus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The rules and the reference are given the same inputs, and must do the same
// after each of them.

// A nodeInput is one thing that happens to a node.
type nodeInput struct {
	kind      inputKind
	vote      consensus.VoteType
	ahead     int // of a vote, timeout: its round less the current one
	value     consensus.Value
	validator int
	polRound  consensus.Round
	tock      consensus.TockKind
}

type inputKind uint8

const (
	inputVote inputKind = iota
	inputProposal
	inputBlock
	inputSpoilt // the last part of a block that does not decode
	inputTimeout
	inputLate // a precommit of the last height
	inputTransactions
)

func (in nodeInput) String() string {
	switch in.kind {
	case inputVote:
		return fmt.Sprintf("%v %s of validator %d, %d rounds ahead", in.vote, idName(int(in.value)), in.validator, in.ahead)
	case inputProposal:
		return fmt.Sprintf("proposal of %s with POLRound %d", idName(int(in.value)), in.polRound)
	case inputBlock:
		return "last part of the block"
	case inputSpoilt:
		return "last part of a block that does not decode"
	case inputLate:
		return "precommit of the last height"
	case inputTransactions:
		return "transactions"
	default:
		return fmt.Sprintf("timeout %s, %d rounds ahead", consensus.Tock.Variable().Values[in.tock], in.ahead)
	}
}

// A nodePlay is a network, what the surroundings of one node of it answer, and
// what that node hears. It is the [consensus.NodeEnvironment] of the rules.
type nodePlay struct {
	powers []int64
	waits  bool    // begins in step newRound, waiting for transactions
	ours   [8]bool // whether the node proposes, by height and round

	rejects, misdated, untimely int // a block that fares so, or 0
	early, awaits               bool
	skips, extends              bool
	last                        consensus.LastCommitValue

	inputs []nodeInput
}

func (w nodePlay) proposes(height, round int) bool { return w.ours[(3*height+round)%len(w.ours)] }

func (w nodePlay) Proposer(h int64, r consensus.Round) bool { return w.proposes(int(h), int(r)) }
func (w nodePlay) GetValue() consensus.Value                { return fresh }

func (w nodePlay) Accepted(b consensus.Value) bool                  { return int(b) != w.rejects }
func (w nodePlay) Dated(_ consensus.Round, b consensus.Value) bool  { return int(b) != w.misdated }
func (w nodePlay) Timely(_ consensus.Round, b consensus.Value) bool { return int(b) != w.untimely }
func (w nodePlay) Early(int64, consensus.Round) bool                { return w.early }
func (w nodePlay) AwaitsTransactions(int64) bool                    { return w.awaits }
func (w nodePlay) SkipsTimeoutCommit() bool                         { return w.skips }
func (w nodePlay) LastCommit(int64) consensus.LastCommitValue       { return w.last }
func (w nodePlay) Extends(int64) bool                               { return w.extends }

var nodePlays = rapid.Custom(func(t *rapid.T) nodePlay {
	var w nodePlay
	w.powers = rapid.SampledFrom([][]int64{{1, 1, 1, 1}, {3, 1, 4, 1, 5}, {1, 1, 1}, {10, 2, 2, 2}, {1}}).Draw(t, "powers")
	w.waits = rapid.IntRange(0, 7).Draw(t, "waits") == 0
	for i := range w.ours {
		w.ours[i] = rapid.Bool().Draw(t, "proposer")
	}
	some := rapid.SampledFrom([]int{0, 0, 0, int(A), int(B)})
	w.rejects, w.misdated, w.untimely = some.Draw(t, "rejects"), some.Draw(t, "misdated"), some.Draw(t, "untimely")
	w.early = rapid.IntRange(0, 7).Draw(t, "early") == 0
	w.awaits = rapid.IntRange(0, 7).Draw(t, "awaits") == 0
	w.skips = rapid.Bool().Draw(t, "skips")
	w.extends = rapid.Bool().Draw(t, "extends")
	w.last = rapid.SampledFrom([]consensus.LastCommitValue{
		consensus.LastSome, consensus.LastAll, consensus.LastAll, consensus.LastNone,
	}).Draw(t, "last commit")
	if rapid.IntRange(0, 7).Draw(t, "begins") > 0 { // mostly, the height begins with its timeout
		w.inputs = append(w.inputs, nodeInput{kind: inputTimeout})
	}
	for range rapid.IntRange(10, 60).Draw(t, "length") {
		w.inputs = append(w.inputs, drawInputs(t, len(w.powers))...)
	}
	return w
})

// drawInputs draws one input, or the same vote of several validators in a row.
func drawInputs(t *rapid.T, validators int) []nodeInput {
	switch rapid.IntRange(0, 19).Draw(t, "kind") {
	case 10:
		return []nodeInput{{kind: inputLate}}
	case 17:
		return []nodeInput{{kind: inputTransactions}}
	case 0, 1, 11, 12:
		return []nodeInput{{
			kind: inputProposal, value: rapid.SampledFrom([]consensus.Value{A, A, A, A2, B, bad}).Draw(t, "block"),
			polRound: consensus.Round(rapid.SampledFrom([]int{-1, -1, 0, 1, 2}).Draw(t, "POLRound")),
		}}
	case 2, 3, 13, 14:
		kind := inputBlock
		if rapid.IntRange(0, 19).Draw(t, "spoilt") == 0 {
			kind = inputSpoilt
		}
		return []nodeInput{{kind: kind}}
	case 4, 5, 15, 16:
		return []nodeInput{{
			kind:  inputTimeout,
			tock:  consensus.TockKind(rapid.IntRange(0, int(consensus.TockPrecommitWait)).Draw(t, "timeout")),
			ahead: rapid.SampledFrom([]int{0, 0, 0, 0, -1}).Draw(t, "ahead"), // no timeout of a later round
		}}
	}
	vote := nodeInput{
		kind: inputVote, vote: rapid.SampledFrom([]consensus.VoteType{consensus.PrevoteType, consensus.PrevoteType, consensus.PrecommitType}).Draw(t, "vote"),
		ahead: rapid.SampledFrom([]int{0, 0, 0, 0, 1, -1, -2, 2}).Draw(t, "ahead"),
		value: rapid.SampledFrom([]consensus.Value{A, A, A, A, A2, B, null, bad}).Draw(t, "value"),
	}
	var out []nodeInput
	for i := range validators {
		if rapid.IntRange(0, 3).Draw(t, "votes") > 0 {
			vote.validator = i
			out = append(out, vote)
		}
	}
	return out
}

// feed gives an input to both, and returns what they say. An input of a round
// before the first, or a second vote, is left out.
func (in nodeInput) feed(n *referenceNode, s *stage) (want, got []string) {
	r := n.round + in.ahead
	if r < 0 {
		return nil, nil
	}
	if n.dead {
		return nil, nil
	}
	switch in.kind {
	case inputVote:
		b := refBallot{int(in.vote), r}
		if n.has(b, in.validator) {
			return nil, nil
		}
		n.hear(func() { n.addVote(b, int(in.value), in.validator) })
		got = s.vote(in.vote, consensus.Round(r), in.value, in.validator)
	case inputProposal:
		n.setProposal(int(in.value), int(in.polRound))
		s.propose(in.value, in.polRound)
	case inputBlock, inputSpoilt:
		n.hear(func() { n.completeBlock(in.kind == inputSpoilt) })
		got = s.complete(in.kind == inputSpoilt)
	case inputTimeout:
		step := []int{csNewHeight, csNewRound, csPropose, csPrevoteWait, csPrecommitWait}[in.tock]
		n.hear(func() { n.handleTimeout(r, step) })
		got = s.timeout(in.tock, consensus.Round(r))
	case inputLate:
		n.hear(n.addLatePrecommit)
		got = s.late()
	case inputTransactions:
		n.hear(n.handleTxsAvailable)
		got = s.transactions()
	}
	return n.take(), got
}

// perform plays until the two part, and says how; "" when they never do.
func (w nodePlay) perform(table *spec.Table, watch func(*stage)) (difference string) {
	n := newReferenceNode(w, isV1(table))
	s := newStage(table, w.powers, w)
	if w.waits {
		n.step, s.p.Step = csNewRound, consensus.NewRound
	}
	var in nodeInput
	defer func() {
		if why := recover(); why != nil {
			difference = fmt.Sprintf("%v: panic: %v", in, why)
		}
	}()
	for _, in = range w.inputs {
		before := n.state()
		s.fired = s.fired[:0]
		want, got := in.feed(n, s)
		if watch != nil {
			watch(s)
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("%v in %+v, by rules %s:\ngot  %s\nwant %s", in, before, s.rules(), strings.Join(got, "; "), strings.Join(want, "; "))
		}
		if got, want := s.state(), n.state(); got != want {
			return fmt.Sprintf("%v in %+v, by rules %s:\ngot  %+v\nwant %+v", in, before, s.rules(), got, want)
		}
	}
	return ""
}

// nodeDialects are those of CometBFT.
var nodeDialects = consensus.Dialects[1:]

// propertyTwin is the property of the test and of the fuzz target.
func propertyTwin(t *rapid.T) {
	w := nodePlays.Draw(t, "play")
	for _, d := range nodeDialects {
		if difference := w.perform(d.Table, nil); difference != "" {
			t.Fatalf("the rules of %s and the reference part on %s", d.Name, difference)
		}
	}
}

func TestCometBFTAndReferenceDoTheSame(t *testing.T) { rapid.Check(t, propertyTwin) }

func FuzzCometBFTAndReferenceDoTheSame(f *testing.F) { f.Fuzz(rapid.MakeFuzz(propertyTwin)) }

// The plays that the mutants are held against reach every rule.
func TestCometBFTPlaysReachEveryRule(t *testing.T) {
	for _, d := range nodeDialects {
		t.Run(d.Name, func(t *testing.T) { playsReach(t, d.Table) })
	}
}

func playsReach(t *testing.T, table *spec.Table) {
	t.Helper()
	fired := map[string]int{}
	for seed := range mutantPlays {
		w := nodePlays.Example(seed)
		difference := w.perform(table, func(s *stage) {
			for _, f := range s.fired {
				fired[f.Rule.Name]++
			}
		})
		if difference != "" {
			t.Fatalf("play %d: %s", seed, difference)
		}
	}
	for i := range table.All {
		if name := table.All[i].Name; fired[name] < 3 {
			t.Errorf("%s fired %d times in %d plays, want 3 at least", name, fired[name], mutantPlays)
		}
	}
}
