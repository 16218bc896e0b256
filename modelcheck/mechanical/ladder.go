package mechanical

import (
	"context"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A step of the ladder is an instance of one of the two models.
type step interface {
	score.Instance
	begin(context.Context, modelcheck.Options) (*rung, error)
}

type inQuotient struct{ quotient.Config }

type inDelivery struct{ delivery.Config }

// A costly step tries only mutants that nothing has killed yet and that change
// what is observed on it and on none of the steps before.
type costly struct{ step }

// ladder is where mutants are tried, one instance after the other until something
// kills them. The cheap ones come first.
func ladder(dialect string) []step {
	var out []step
	quotients := func(base quotient.Config, rotations ...[]int) {
		base.Dialect, base.Validators, base.Habits = dialect, 4, true
		for _, rotation := range rotations {
			base.Proposers = rotation
			out = append(out, inQuotient{base})
		}
	}
	deliveries := func(configs ...delivery.Config) {
		for _, c := range configs {
			c.Dialect, c.Values, c.Timers = dialect, 1, consensus.SingleTimer
			out = append(out, inDelivery{c})
		}
	}
	const byz = quotient.Byzantine
	one, two, split := quotient.Config{Byzantine: 1}, quotient.Config{Byzantine: 2}, quotient.Config{Byzantine: 1, Split: true}
	quotients(one, []int{0}, []int{byz})
	quotients(two, []int{0}) // quorums that meet in nobody, and still one proposal
	quotients(split, []int{byz})
	deliveries(
		delivery.Config{Validators: 3, Proposers: []int{0}},
		delivery.Config{Validators: 2, Proposers: []int{0, 1}}, // "no halt" takes a second round
		delivery.Config{Validators: 3, Proposers: []int{0}, Refusals: true},
		delivery.Config{Validators: 2, Proposers: []int{0, 1}, Queue: delivery.InOrder},
	)
	if dialect == consensus.CometBFTv1Rules.Name {
		deliveries(
			delivery.Config{Validators: 2, Proposers: []int{0, 1}, SlowClocks: true},
			delivery.Config{Validators: 2, Proposers: []int{0, 1}, Clock: &delivery.Clock{Delay: 1}}, // nothing is timely
		)
	}
	quotients(split, []int{0, byz})
	quotients(one, []int{0, byz}, []int{byz, 0})
	quotients(one, []int{0, 1, byz}) // in the third round there are two older ones to tell apart
	out[len(out)-1] = costly{out[len(out)-1]}
	return out
}

// A rung is an instance, and what the rules themselves do there.
type rung struct {
	score.Instance
	rules outcome
	fired score.Branches
	asked spec.ObservationSet // a mutant that changes none of these is not tried
	try   func(context.Context, *spec.Table, modelcheck.Options) (outcome, error)
}

// An outcome is what rules do on an instance.
type outcome struct {
	same                bool // as the dialect: nothing was searched
	census              score.Census
	violated, unreached []string
	depth, states       int
	complete            bool
	stopped             modelcheck.Reason
}

// violates notes a violation and the length of its run.
func (o *outcome) violates(property string, depth int) {
	o.violated, o.depth = append(o.violated, property), depth
}

func ofQuotient(census score.Census, same bool, r *quotient.Result) outcome {
	out := outcome{same: same, census: census, unreached: r.Unreached, depth: r.Depth, states: r.States, complete: r.Complete, stopped: r.Stopped}
	for i := range r.Violations {
		out.violates(r.Violations[i].Property.Name, r.Violations[i].Len())
	}
	return out
}

func ofDelivery(census score.Census, same bool, r *delivery.Result) outcome {
	out := outcome{same: same, census: census, unreached: r.Unreached, depth: r.Depth, states: r.States, complete: r.Complete, stopped: r.Stopped}
	for i := range r.Violations {
		out.violates(r.Violations[i].Property.Name, r.Violations[i].Len())
	}
	return out
}

func (c inQuotient) begin(ctx context.Context, o modelcheck.Options) (*rung, error) {
	o.KeepGoing = true
	original, err := quotient.NewOriginal(ctx, c.Config, o)
	if err != nil {
		return nil, err
	}
	return newRung(c, c.Dialect, ofQuotient(original.Census, true, &original.Result),
		func(ctx context.Context, t *spec.Table, o modelcheck.Options) (outcome, error) {
			r, err := original.Try(ctx, t, o)
			return ofQuotient(r.Census, r.Same, &r.Result), err
		}), nil
}

func (c inDelivery) begin(ctx context.Context, o modelcheck.Options) (*rung, error) {
	o.KeepGoing = true
	original, err := delivery.NewOriginal(ctx, c.Config, o)
	if err != nil {
		return nil, err
	}
	return newRung(c, c.Dialect, ofDelivery(original.Census, true, &original.Result),
		func(ctx context.Context, t *spec.Table, o modelcheck.Options) (outcome, error) {
			r, err := original.Try(ctx, t, o)
			return ofDelivery(r.Census, r.Same, &r.Result), err
		}), nil
}

func newRung(i score.Instance, dialect string, rules outcome, try func(context.Context, *spec.Table, modelcheck.Options) (outcome, error)) *rung {
	d, _ := consensus.DialectNamed(dialect)
	return &rung{i, rules, rules.census.Branches(d.Table), rules.census.Made, try}
}
