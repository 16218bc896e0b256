package bft

import (
	"context"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
)

// NewScorerOn is NewScorer with another ladder.
func NewScorerOn(ctx context.Context, ladder []Config, o modelcheck.Options) (*Scorer, error) {
	return newScorer(ctx, "paper", ladder, o)
}

// Ladder is the ladder of NewScorer.
func Ladder() []Config { return ladder }

// Observed is what is observed on an instance of the paper.
func Observed(ctx context.Context, c Config) (spec.ObservationSet, error) {
	made := spec.ObservationSet{}
	return made, dialects[0].observe(ctx, c, made, modelcheck.Options{})
}

// SameSteps says whether a mutant of the paper takes the same steps on an
// instance.
func SameSteps(ctx context.Context, c Config, m *Mechanical) (bool, error) {
	table, err := spec.CompileMutant(m.Rules)
	if err != nil {
		return false, err
	}
	same, _, err := dialects[0].sameSteps(ctx, c, m, table, modelcheck.Options{})
	return same, err
}

// Followed lists the observations on which rules are followed on an instance of
// the paper, by whatever action.
func Followed(c Config) (map[spec.Observation]bool, error) {
	c.Dialect = "paper"
	rs, err := newRules(c)
	if err != nil {
		return nil, err
	}
	m := newMachine[wide](rs)
	model := m.model()
	seen, followed := map[wide]bool{}, map[spec.Observation]bool{}
	queue := model.Init
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		m.next(s, func(a Action, to wide) {
			followed[spec.Observation{Of: rs.table.Rules.Bindings[a.Binding], Index: int(a.Index)}] = true
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		})
	}
	return followed, nil
}
