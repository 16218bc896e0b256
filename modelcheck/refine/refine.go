package refine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	impl "github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// Options change what is compared, and bound it.
type Options struct {
	// MaxStates ends the search of one process as unfinished. 0 means no limit.
	MaxStates int
	// Break changes what the machine puts out, to see that it is noticed.
	Break func([]impl.Output) []impl.Output
}

// A Result is what the comparison of one process found.
type Result struct {
	Self     int
	Complete bool // every pair of states was compared
	States   int  // pairs of a position and what the machine remembers
	Steps    int  // inputs given to both
	Depth    int
	// Difference is a shortest run to a step in which the two differ; nil if
	// there is none.
	Difference *Difference
}

// A Difference is a run to a step in which machine and rules differ.
type Difference struct {
	Before  []string // the inputs before, in order
	Input   string
	Rules   []string // what the rules do, by outcome
	Machine string   // what the machine does
}

// String tells the run, a line for each input.
func (d *Difference) String() string {
	out := ""
	for i, in := range d.Before {
		out += fmt.Sprintf("%3d  %s\n", i+1, in)
	}
	out += fmt.Sprintf("%3d  %s\n", len(d.Before)+1, d.Input)
	for _, r := range d.Rules {
		out += "     the rules:   " + r + "\n"
	}
	return out + "     the machine: " + d.Machine + "\n"
}

// Check compares every process of an instance of the paper. The configuration
// must have equal powers, independent timers, no crashes, and proposers in the
// order of the rotation: none proposes twice before all have.
func Check(ctx context.Context, c delivery.Config, o Options) ([]Result, error) {
	if err := validate(c); err != nil {
		return nil, err
	}
	processes, err := delivery.Processes(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	var results []Result
	for _, p := range processes {
		if slices.Contains(c.Silent, p.Self()) {
			continue
		}
		r, err := compareProcess(ctx, p, o)
		if err != nil {
			return results, fmt.Errorf("refine: p%d of %s: %w", p.Self(), c.Name(), err)
		}
		results = append(results, r)
	}
	return results, nil
}

// maxEquivocation is how many values of one validator the machine keeps without
// support.
const maxEquivocation = 2

func validate(c delivery.Config) error {
	switch {
	case c.Dialect != "" && c.Dialect != "paper":
		return fmt.Errorf("refine: the machine runs the paper, not %s", c.Dialect)
	case c.Timers != 0 || c.Crashes != 0:
		return errors.New("refine: the machine has neither the timer of CometBFT nor crashes")
	case c.Byzantine > 0 && (c.Equivocation == 0 || c.Equivocation > maxEquivocation):
		return fmt.Errorf("refine: want an equivocation of 1 to %d: the machine refuses more", maxEquivocation)
	case len(c.Proposers) > c.Validators:
		return errors.New("refine: more rounds than validators")
	}
	for r, p := range c.Proposers {
		if slices.Contains(c.Proposers[:r], p) {
			return fmt.Errorf("refine: proposers %s are not a rotation", c.Rotation())
		}
	}
	return nil
}

// A pair is a state of the search. A pair whose difference is not 0 is where the
// two part.
type pair struct {
	position   delivery.Position
	machine    uint32 // number of a machine; 0 after the decision
	difference uint32
}

// A comparison is the search for one process. The machines that it has seen are
// kept by what they remember.
type comparison struct {
	process     *delivery.Process
	cast        cast
	options     Options
	machines    []*impl.Machine
	numbers     map[string]uint32
	differences []*Difference
}

func compareProcess(ctx context.Context, p *delivery.Process, o Options) (Result, error) {
	c := &comparison{
		process: p, cast: newCast(p.Config(), p.Self()), options: o,
		machines: make([]*impl.Machine, 1), numbers: map[string]uint32{}, differences: make([]*Difference, 1),
	}
	init, err := c.begin()
	if err != nil {
		return Result{}, err
	}
	model := modelcheck.Model[pair, int]{
		Name: fmt.Sprintf("refinement of p%d", p.Self()), Init: init, Next: c.next,
		Always: []modelcheck.Property[pair]{{
			Name: "machine and rules do the same", Holds: func(s pair) bool { return s.difference == 0 },
		}},
	}
	// One worker: Next numbers the machines that it meets.
	report, err := modelcheck.Check(ctx, model, modelcheck.Options{Workers: 1, MaxStates: o.MaxStates})
	if err != nil {
		return Result{}, fmt.Errorf("comparing: %w", err)
	}
	if report.Cause != nil {
		return Result{}, fmt.Errorf("comparing: %w", report.Cause)
	}
	r := Result{Self: p.Self(), Complete: report.Complete, States: report.States, Steps: report.Transitions, Depth: report.Depth()}
	for _, f := range report.Violations {
		r.Difference = c.tell(f.Path)
	}
	return r, nil
}

// begin starts a machine for each way in which the process may begin.
func (c *comparison) begin() ([]pair, error) {
	var init []pair
	outcomes := c.process.Begin()
	for _, v := range valuesOf(outcomes) {
		m, err := c.cast.machine()
		if err != nil {
			return nil, err
		}
		got := c.drive(m, impl.Input{Kind: impl.Start}, v)
		init = append(init, c.judge("starts", outcomes, got, m, 0)...)
	}
	return init, nil
}

// valuesOf lists what getValue may return in a step.
func valuesOf(outcomes []delivery.Outcome) []consensus.Value {
	var vs []consensus.Value
	for _, o := range outcomes {
		if !slices.Contains(vs, o.Value) {
			vs = append(vs, o.Value)
		}
	}
	return vs
}

// next is the Next of the search: every event in the position.
func (c *comparison) next(s pair, emit func(int, pair)) {
	if s.difference != 0 || s.machine == 0 {
		return
	}
	for _, number := range c.process.Events(s.position) {
		in := c.cast.input(c.process.Event(s.position, number))
		outcomes := c.process.Step(s.position, number)
		for _, v := range valuesOf(outcomes) {
			m := c.machines[s.machine].Clone()
			got := c.drive(m, in, v)
			for _, to := range c.judge(c.process.Describe(s.position, number), outcomes, got, m, s.position) {
				emit(number, to)
			}
		}
	}
}

// judge finds the outcomes that the machine agrees with, and the states that
// they lead to; a difference if there is none.
func (c *comparison) judge(input string, outcomes []delivery.Outcome, got act, m *impl.Machine, at delivery.Position) []pair {
	var to []pair
	var rules []string
	for _, o := range outcomes {
		if o.Value != got.value {
			continue
		}
		want := c.cast.actOf(o, c.process.State(o.To))
		if want.same(got) {
			to = append(to, pair{position: o.To, machine: c.number(m, got.decided)})
		}
		rules = append(rules, want.String())
	}
	if len(to) == 0 {
		d := &Difference{Input: input, Rules: rules, Machine: got.String()}
		to = []pair{{position: at, difference: c.numberDifference(d)}}
	}
	return to
}

// number finds the number of a machine by what it remembers.
func (c *comparison) number(m *impl.Machine, decided bool) uint32 {
	if decided {
		return 0
	}
	memory := m.Memory()
	i, ok := c.numbers[memory]
	if !ok {
		i = uint32(len(c.machines))
		c.numbers[memory] = i
		c.machines = append(c.machines, m)
	}
	return i
}

// numberDifference finds the number of a difference by its words.
func (c *comparison) numberDifference(d *Difference) uint32 {
	for i, known := range c.differences[1:] {
		if known.String() == d.String() {
			return uint32(i + 1)
		}
	}
	c.differences = append(c.differences, d)
	return uint32(len(c.differences) - 1)
}

// tell turns a path to a difference into words.
func (c *comparison) tell(path modelcheck.Path[pair, int]) *Difference {
	d := *c.differences[path.Last().difference]
	at := path.Init.position
	for i, step := range path.Steps {
		if i < len(path.Steps)-1 {
			d.Before = append(d.Before, c.process.Describe(at, step.Action))
		}
		at = step.State.position
	}
	return &d
}
