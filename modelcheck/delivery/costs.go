package delivery

import (
	"context"
	_ "embed" // of costs.json
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec/consensus"
)

// A Costing is an instance that is searched for what the differences of a
// dialect cost: for properties that fail, and for longer ways to a decision.
type Costing struct {
	Name   string
	Config Config // without a dialect
	Why    string // what it adds
	// Seconds is about how long it takes for all dialects on one core; 0 is less
	// than one.
	Seconds int
}

// Costings lists the instances, the simplest first. Everything is asked of them, with Config.Strict
// where that is possible.
var Costings = []Costing{
	{
		Name: "one-round", Why: "all three are needed",
		Config: Config{Validators: 3, Proposers: []int{0}, Values: 1, AllValid: true, Strict: true},
	},
	{
		Name: "own-queue", Why: "the same, and own messages wait behind those of others",
		Config: Config{Validators: 3, Proposers: []int{0}, Values: 1, AllValid: true, Queue: InOrder, Strict: true},
	},
	{
		Name: "two-rounds", Why: "a second round of two processes",
		Config: Config{Validators: 2, Proposers: []int{0, 1}, Values: 1, AllValid: true, Strict: true},
	},
	{
		Name: "one-round-faulty", Why: "enough votes without the one that comes late", Seconds: 18,
		Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, AllValid: true, Equivocation: 1, Symmetric: true, Strict: true},
	},
	{
		Name: "two-rounds-faulty", Why: "a lock, and what the second round makes of it", Seconds: 13,
		Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Values: 1, AllValid: true, Silent: []int{2}, Equivocation: 1, Strict: true},
	},
	{
		Name: "proof-of-lock", Why: "a proof of lock that is a polka for nil, as one process sees it: two are Byzantine", Seconds: 2,
		Config: Config{
			Validators: 4, Byzantine: 2, Proposers: []int{Byzantine, Byzantine}, Values: 1, AllValid: true, Silent: []int{1}, Equivocation: 1,
			Backs: []consensus.Value{consensus.Nil, consensus.Nil}, Strict: true,
		},
	},
	{
		Name: "split", Why: "one block under two part-set headers, which Algorithm 1 does not have", Seconds: 6,
		Config: split([]consensus.Value{V0}, false),
	},
	{
		Name: "split-again", Why: "the block once more, in a second round, under the other header", Seconds: 60,
		Config: splitAgain(false),
	},
}

// prices says which properties can show what a difference costs. Of those that
// are not here nothing is asked.
var prices = map[string][]string{
	"asked-once":               {"line 22 is not idle", "line 28 is not idle", "line 34 is not idle", "line 36 is not idle", "line 44 is not idle"},
	"one-proposal":             {"line 22 is not lost", "line 28 is not lost", "line 36 is not lost", "line 49 is not lost"},
	"proposer-waits":           {"a proposer stands by its proposal"},
	"prevote-the-lock":         {"no prevote for an old lock"},
	"any-majority-is-a-pol":    {"no prevote ahead of its proof of lock"},
	"unlock":                   {"locks last"},
	"lock-on-entry":            {"no lock without a proposal"},
	"valid-any-step":           {"valid by a proposal"},
	"hash-only":                {"no panic", "agreement"},
	"panics":                   {"no panic"},
	"waits":                    {"line 57 will come", "line 61 will come"},
	"commit-first":             {"line 47 is not idle", "line 49 is not idle", "line 65 will come", "prevote before commit"},
	"skip-on-two-thirds":       {"line 55 is not idle", "line 55 is not lost"},
	"prevote-on-timeout":       {"no prevote without a proposal"},
	"precommit-before-leaving": {"prevote before precommit"},
}

// slower is the difference that is paid for on the way to a decision that
// nothing goes wrong on.
const slower = "new-height"

// Costs is what was found, dialect by dialect, as it is kept in costs.json.
type Costs []DialectCosts

// DialectCosts is what was found of a dialect.
type DialectCosts struct {
	Dialect   string          `json:"dialect"`
	Digest    string          `json:"digest"` // of the rules that were searched
	Instances []InstanceCosts `json:"instances"`
}

// InstanceCosts is what the search of a [Costing] found, all of it searched.
type InstanceCosts struct {
	Name string `json:"name"`
	// Fails gives of every property that does not hold how many steps the
	// shortest run to that has.
	Fails map[string]int `json:"fails,omitempty"`
	// Decides is the shortest run after which everyone has decided; nil where
	// some are silent.
	Decides *Way `json:"decides,omitempty"`
}

// A Way is a run to a decision.
type Way struct {
	Steps      int `json:"steps"`
	Blocks     int `json:"blocks,omitempty"`      // of these, a CometBFT node receives a block
	NewHeights int `json:"new_heights,omitempty"` // of these, timeoutCommit of the last height expires
}

//go:embed costs.json
var costs []byte

// MeasuredCosts is what the file costs.json says, which polka check --costs
// writes. It may be of other rules than these: see [DialectCosts.Digest].
func MeasuredCosts() Costs {
	var c Costs
	if err := json.Unmarshal(costs, &c); err != nil {
		panic("delivery: costs.json is not what polka check --costs writes: " + err.Error())
	}
	return c
}

// Write writes the costs as the file has them.
func (c Costs) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(c)
}

// Size is the name of the instance, without a dialect.
func (c *Costing) Size() string {
	return strings.TrimSuffix(strings.TrimPrefix(c.Config.Name(), c.Config.dialect()+" "), " strict")
}

// In is the instance of a costing for a dialect. ok is false where there is none:
// Algorithm 1 has no split block.
func (c *Costing) In(dialect string) (config Config, ok bool) {
	config = c.Config
	config.Dialect = dialect
	if d, found := consensus.DialectNamed(dialect); found && d.Questions != nil {
		config.Timers = consensus.SingleTimer
		return config, true
	}
	return config, !config.Split
}

// Measure searches the instance for what a dialect costs. The instance must be
// one for that dialect ([Costing.In]).
func (c *Costing) Measure(ctx context.Context, dialect string, o modelcheck.Options) (InstanceCosts, error) {
	out := InstanceCosts{Name: c.Name, Fails: map[string]int{}}
	config, _ := c.In(dialect)
	m, err := newModel(ctx, config, false)
	if err != nil {
		return out, err
	}
	o.KeepGoing, o.Witnesses = true, true
	report, err := modelcheck.Check(ctx, m.model(), o)
	if err != nil {
		return out, err
	}
	if !report.Complete {
		return out, fmt.Errorf("delivery: the costs of %s: %v", config.Name(), report.Stopped)
	}
	for _, v := range report.Violations {
		out.Fails[v.Property.Name] = len(v.Path.Steps)
	}
	for _, w := range report.Witnesses {
		if w.Property.Name == "everyone decides" {
			out.Decides = m.way(w)
		}
	}
	return out, nil
}

// way says what a run is made of.
func (m *model) way(f modelcheck.Finding[state, Action]) *Way {
	w := &Way{Steps: len(f.Path.Steps)}
	for _, s := range m.counterexample(f).Steps {
		if slices.Contains(s.Rules, "timeout.newHeight") {
			w.NewHeights++
		}
		if strings.HasPrefix(s.Input, "receives block") {
			w.Blocks++
		}
	}
	return w
}

// Priced lists the properties that show what some difference costs.
func Priced() []Property {
	var out []Property
	for _, c := range everywhere {
		shows := func(properties []string) bool { return slices.Contains(properties, c.name) }
		known := slices.ContainsFunc(out, func(p Property) bool { return p.Name == c.name })
		if !known && slices.ContainsFunc(slices.Collect(maps.Values(prices)), shows) {
			out = append(out, Property{Name: c.name, Doc: c.doc, Source: c.source})
		}
	}
	return out
}

// Of says in sentences what a difference was found to cost a dialect, each
// property on the first instance that breaks it.
func (c Costs) Of(dialect, difference string) []string {
	of := c.dialect(dialect)
	if difference == slower {
		return c.longer(of)
	}
	asked, ok := prices[difference]
	if !ok {
		return []string{"no property asks about it"}
	}
	var out []string
	for _, property := range asked {
		fails := func(i InstanceCosts) bool { _, ok := i.Fails[property]; return ok }
		if at := slices.IndexFunc(of.Instances, fails); at >= 0 {
			i := of.Instances[at]
			out = append(out, fmt.Sprintf("“%s” fails after %d steps on %s", property, i.Fails[property], i.Name))
		}
	}
	if out == nil {
		return []string{fmt.Sprintf("none found: “%s” holds on all instances", strings.Join(asked, "”, “"))}
	}
	return out
}

// longer compares the ways to a decision with those of Algorithm 1.
func (c Costs) longer(of DialectCosts) []string {
	var out []string
	paper := c.dialect(consensus.PaperRules.Name)
	for _, i := range of.Instances {
		at := slices.IndexFunc(paper.Instances, func(p InstanceCosts) bool { return p.Name == i.Name })
		if at < 0 || i.Decides == nil || i.Decides.NewHeights == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("everyone decides after %d steps on %s, and after %d by Algorithm 1 (timeouts of step newHeight: %d; blocks after their proposals: %d)",
			i.Decides.Steps, i.Name, paper.Instances[at].Decides.Steps, i.Decides.NewHeights, i.Decides.Blocks))
	}
	if out == nil {
		return []string{"none found: no shortest way to a decision has a timeout of step newHeight"}
	}
	return out
}

// dialect is what was found of a dialect: nothing if it was not searched.
func (c Costs) dialect(name string) DialectCosts {
	at := slices.IndexFunc(c, func(d DialectCosts) bool { return d.Dialect == name })
	if at < 0 {
		return DialectCosts{Dialect: name}
	}
	return c[at]
}
