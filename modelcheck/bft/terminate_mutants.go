package bft

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A TerminationMutant is a way to get termination wrong on purpose: a clause
// that asks for more, a network that does not gossip, or wrong timeouts.
type TerminationMutant struct {
	Name string
	Key  string // short, for the command line
	Why  string // what goes wrong, or why nothing does

	Clause string    // the key of the clause that asks for more, or ""
	Asks   spec.Cond // what it asks for besides
	InIf   bool      // its If does

	// Strict says that line 29 asks for lockedRound < vr.
	Strict bool
	// Ungossiped says that what one correct process has relied on need not
	// reach the others.
	Ungossiped bool
	// Hasty says that a timely timeout may expire while messages make steps due.
	Hasty bool
	// Unordered says that it may expire while an earlier one is running.
	Unordered bool

	// Survives says that the mutant terminates all the same.
	Survives bool
}

// TerminationMutants lists them.
var TerminationMutants = []TerminationMutant{
	{
		Name: "no valid value in step precommit", Key: "late-polka", Clause: "L36", Asks: consensus.Step.Is(consensus.Prevote),
		Why: "lines 42 and 43 are for those who see the polka too late to lock: without them, nobody can propose what another one is locked on",
	},
	{
		Name: "the locked value is not prevoted again", Key: "locked-value", Clause: "L28", InIf: true, Asks: consensus.Lock.In(consensus.Open, consensus.Older),
		Why: "line 29 without \"lockedValue = v\": who is locked prevotes nil against its own value",
	},
	{
		Name: "an older lock does not give way", Key: "older-lock", Clause: "L28", InIf: true, Asks: consensus.Lock.In(consensus.Open, consensus.Same),
		Why: "line 29 without \"lockedRound ≤ vr\": two locks of different rounds stay for ever",
	},
	{
		Name: "a lock of round vr does not give way", Key: "strict", Strict: true, Survives: true,
		Why: "line 29 with \"lockedRound < vr\": in one round there is one polka, so a lock of round vr is on the value proposed, which line 29 allows besides",
	},
	{
		Name: "no gossip", Key: "no-gossip", Ungossiped: true,
		Why: "with votes that a Byzantine validator sends to one process only, that one locks or decides, and the others cannot follow",
	},
	{
		Name: "timeouts shorter than delays", Key: "hasty", Hasty: true,
		Why: "a process gives up on a proposal or a polka that is on its way",
	},
	{
		Name: "timeouts in any order", Key: "unordered", Unordered: true,
		Why: "a process gives up on a proposer that is still on its way into the round",
	},
}

func findTerminationMutant(name string) (TerminationMutant, error) {
	i := slices.IndexFunc(TerminationMutants, func(m TerminationMutant) bool { return m.Name == name })
	if i < 0 {
		return TerminationMutant{}, fmt.Errorf("%w: unknown mutant of termination %q", ErrConfig, name)
	}
	return TerminationMutants[i], nil
}

// compile makes the clause ask for more.
func (m *TerminationMutant) compile(of *spec.Rules) (*spec.Table, error) {
	rules := *of
	if m.Clause == "" {
		return spec.CompileMutant(&rules)
	}
	rules.Name = of.Name + " mutant"
	rules.Clauses = slices.Clone(of.Clauses)
	at := slices.IndexFunc(rules.Clauses, func(c spec.Clause) bool { return c.Key() == m.Clause })
	if at < 0 {
		return nil, fmt.Errorf("bft: there is no clause %s to change", m.Clause)
	}
	c := &rules.Clauses[at]
	more := spec.Says(m.Asks.String(), m.Asks)
	if m.InIf {
		c.If = append(slices.Clip(c.If), more)
	} else {
		c.While = append(slices.Clip(c.While), more)
	}
	return spec.CompileMutant(&rules)
}
