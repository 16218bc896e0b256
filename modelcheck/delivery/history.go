package delivery

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A Bug is a mistake that tendermint or CometBFT once had, as a mutant of the
// rules or of what surrounds them. On Config alone everything holds; with the bug
// the property By is violated.
type Bug struct {
	Issues string
	Story  string // a name for it
	Wrong  string // what went wrong
	Today  string // where it stands
	By     string // the property that notices
	Steps  int    // of a shortest run to it; 0: the property is awaited, and nothing leads to it
	Config Config // the instance; it may have the bug itself, as an option
	Option func(*Config)
	// Clauses take the place of those of the dialect with their keys, or are added.
	Clauses []spec.Clause
}

// History is every bug that is told.
var History = slices.Concat(ofVotes, ofRules, ofSurroundings)

// ofVotes lists bugs in what votes lead to, by the number of their first issue.
var ofVotes = []Bug{
	{
		Issues: "tendermint 1690, pull request 2493", Story: "a round that is over at once",
		Today: "timeoutPrecommit comes first",
		Wrong: "+2/3 precommits for nil end the round at once, without timeoutPrecommit",
		By:    "no haste", Steps: 16, Config: threeNodes("cometbft-v0.38"),
		Clauses: []spec.Clause{{
			Line: 47, Name: "addVote.precommitNil", Of: consensus.OnPrecommit,
			Upon: spec.Phrases{spec.Says("+2/3 PRECOMMIT(h, r, nil)", consensus.PrecommitTally.Is(consensus.ForNil))},
			Then: spec.Effects{
				spec.Does(56, "enterNewRound(r)", consensus.CallEnterNewRound),
				spec.Does(0, "enterPrecommit(r)", consensus.CallEnterPrecommit),
				spec.Does(67, "enterNewRound(r + 1)", consensus.CallEnterNextRound),
			},
		}},
	},
	{
		Issues: "tendermint 1745, pull request 2540", Story: "nil before the time",
		Today: "timeoutPropose comes first",
		Wrong: "+2/3 prevotes that come before the proposal make a node prevote nil, ahead of timeoutPropose",
		By:    "no haste", Steps: 9, Config: fourNodes("cometbft-v0.38"),
		Clauses: []spec.Clause{{
			Line: 34, Name: "addVote.early", Of: consensus.OnPrevote,
			Upon: spec.Phrases{
				spec.Says("+2/3 PREVOTE(h, round, any)", consensus.PrevoteTally.In(consensus.Mixed, consensus.ForNil, consensus.ForValue)),
				spec.Says("r = round", consensus.RoundIs.Is(consensus.Current)),
			},
			While: spec.Phrases{spec.Says("step = propose", consensus.NodeStep.Is(consensus.NodePropose))},
			Then:  spec.Effects{spec.Does(0, "enterPrevote(round)", consensus.CallEnterPrevote)},
		}},
	},
	{
		Issues: "tendermint 2567", Story: "a late proposal",
		Today: "a proposal never takes the place of parts that are being collected",
		Wrong: "a late proposal takes the place of the parts that a node collects because they are to be committed",
		By:    "commit collects its block", Steps: 12,
		Config: Config{
			Dialect: "cometbft-v0.38", Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Values: 1,
			Timers: consensus.SingleTimer, Backs: []consensus.Value{V0}, Symmetric: true,
		},
		Option: func(c *Config) { c.Overwrite = true },
	},
	{
		Issues: "tendermint 6849", Story: "a lock that nil opens",
		Today: "open in v0.38 and all that continues it; repaired in v1",
		Wrong: "a polka for nil unlocks, as it still does in v0.38; here v1 does it too",
		By:    "locks last", Steps: 17, Config: laterNodes("cometbft-v1"),
		Clauses: []spec.Clause{{
			Line: 45, Name: "enterPrecommit.nil", Of: consensus.DoPrecommit,
			While: spec.Phrases{spec.Says("+2/3 PREVOTE(h, r, nil)", consensus.PrevoteTally.Is(consensus.ForNil))},
			Then: spec.Effects{
				spec.Does(0, "lockedBlock ← nil, lockedRound ← −1", consensus.UnlockOp),
				spec.Does(45, "sign and queue PRECOMMIT(h, r, nil)", consensus.SendPrecommitNil),
			},
		}},
	},
}

// threeNodes is one round of three correct nodes.
func threeNodes(dialect string) Config {
	return Config{Dialect: dialect, Validators: 3, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer}
}

// fourNodes is one round of four correct nodes: three are enough.
func fourNodes(dialect string) Config {
	c := threeNodes(dialect)
	c.Validators, c.Symmetric = 4, true
	return c
}

// laterNodes is two rounds of two correct nodes with a Byzantine one that proposes
// in the second, and a silent one.
func laterNodes(dialect string) Config {
	return Config{
		Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}, Values: 1, Silent: []int{2},
		AllValid: true, Timers: consensus.SingleTimer,
	}
}

// Bugged is the instance with the bug.
func (b *Bug) Bugged() (Config, error) {
	c := b.Config
	if b.Option != nil {
		b.Option(&c)
	}
	if b.Clauses == nil {
		return c, nil
	}
	d, ok := consensus.DialectNamed(c.dialect())
	if !ok {
		return c, fmt.Errorf("%w: there is no dialect %q", ErrConfig, c.Dialect)
	}
	rules := *d.Table.Rules
	rules.Clauses, rules.Priority = slices.Clone(rules.Clauses), slices.Clone(rules.Priority)
	for _, clause := range b.Clauses {
		at := slices.IndexFunc(rules.Clauses, func(c spec.Clause) bool { return c.Key() == clause.Key() })
		if at >= 0 {
			rules.Clauses[at] = clause
			continue
		}
		rules.Clauses = append(rules.Clauses, clause)
		rules.Priority = append(rules.Priority, spec.Precedence{Key: clause.Key(), Reason: "the bug"})
	}
	table, err := spec.CompileMutant(&rules)
	if err != nil {
		return c, fmt.Errorf("delivery: the bug of %s: %w", b.Issues, err)
	}
	c.Rules = table
	return c, nil
}

// Property is what notices the bug.
func (b *Bug) Property() Property {
	all := slices.Concat(everywhere, onRequest, []claim{halting}, sometimes)
	i := slices.IndexFunc(all, func(c claim) bool { return c.name == b.By })
	return Property{Name: all[i].name, Doc: all[i].doc, Source: all[i].source}
}

// Keys names the clauses that are wrong, none where it is something else.
func (b *Bug) Keys() []string {
	var keys []string
	for i := range b.Clauses {
		keys = append(keys, b.Clauses[i].Key())
	}
	return keys
}
