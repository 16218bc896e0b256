package bft

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A process may act before it has received everything there is. What it then
// observes is one of the observations below the one that all messages together
// give; the loss of messages moves an observation down by these steps.
//
// Two observables are not among them. Prevotes: which tallies can be heard
// depends on who voted for what, so the observer offers each of them. Proposal
// for OnProposal: without it there is no vr, so it is a choice of its own.
var losses = []struct {
	of       *spec.Binding // nil: of every binding that observes the variable
	from, to spec.Cond
	unless   spec.Cond // what is remembered to have been received
}{
	{from: consensus.POL.Is(consensus.Backed), to: consensus.POL.Is(consensus.Unbacked)},
	{from: consensus.Polka.Is(consensus.Yes), to: consensus.Polka.Is(consensus.No)},
	{
		from: consensus.Precommits.Is(consensus.Yes), to: consensus.Precommits.Is(consensus.No),
		unless: consensus.Once47.Is(spec.Done),
	},
	{from: consensus.CommitQuorum.Is(consensus.Yes), to: consensus.CommitQuorum.Is(consensus.No)},
	{
		of:   consensus.OnDecision,
		from: consensus.Proposal.In(consensus.Invalid, consensus.Valid), to: consensus.Proposal.Is(consensus.NoProposal),
	},
	{from: consensus.LaterRound.Is(consensus.Yes), to: consensus.LaterRound.Is(consensus.No)},
}

// A glimpse is what a process may make of an observation: the rules enabled
// there or below, and an impossible observation among these, if there is one.
type glimpse struct {
	rules      spec.RuleSet
	impossible int32 // an index, or -1
}

// A space is a binding with what the search needs to know of it.
type space struct {
	binding  *spec.Binding
	number   uint8 // in the rules' list of bindings
	observe  observer
	glimpses []glimpse      // by observation
	enabled  []spec.RuleSet // the table's row
}

func newSpace(t *spec.Table, number int, b *spec.Binding, o observer) *space {
	s := &space{binding: b, number: uint8(number), observe: o, enabled: t.EnabledRow(b)}
	next := t.NextRow(b)
	for i := range b.Size() {
		g := glimpse{impossible: -1}
		for _, j := range s.below(i) {
			g.rules |= s.enabled[j]
			if next[j] == spec.Unreachable && g.impossible < 0 {
				g.impossible = int32(j)
			}
		}
		s.glimpses = append(s.glimpses, g)
	}
	return s
}

// below lists an observation and those that a loss of messages makes of it.
func (s *space) below(index int) []int {
	list, known := []int{index}, map[int]bool{index: true}
	for i := 0; i < len(list); i++ {
		for _, loss := range losses {
			j, ok := s.lose(list[i], loss.of, loss.from, loss.to, loss.unless)
			if ok && !known[j] {
				list, known[j] = append(list, j), true
			}
		}
	}
	return list
}

func (s *space) lose(index int, of *spec.Binding, from, to, unless spec.Cond) (int, bool) {
	b := s.binding
	at := b.Position(from.Var)
	if at < 0 || of != nil && of != b {
		return 0, false
	}
	values := spec.Observation{Of: b, Index: index}.Values()
	if unless.Var != nil && unless.Holds(values[b.Position(unless.Var)]) || !from.Holds(values[at]) {
		return 0, false
	}
	for v := range to.Var.Values {
		if to.Holds(uint8(v)) {
			values[at] = uint8(v)
		}
	}
	return b.At(values...).Index, true
}

// where finds the observation, at index or below, on which a rule is enabled.
func (s *space) where(index int, id spec.RuleID) int {
	if s.enabled[index].Has(id) {
		return index
	}
	for _, j := range s.below(index) {
		if s.enabled[j].Has(id) {
			return j
		}
	}
	return index
}

// weights says by how much the index of an observation grows with each of the
// variables.
func weights(b *spec.Binding, vars ...*spec.Variable) []int {
	out := make([]int, len(vars))
	for i, v := range vars {
		out[i] = 1
		for _, w := range b.Vars[b.Position(v)+1:] {
			out[i] *= len(w.Values)
		}
	}
	return out
}
