package mechanical

import (
	"context"
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

// NewCheap is New without the last two rungs.
func NewCheap(ctx context.Context, dialect string, o modelcheck.Options) (*Scorer, error) {
	all := ladder(dialect)
	return newScorer(ctx, dialect, all[:len(all)-2], o)
}

// NewOn is New on instances of either model.
func NewOn(ctx context.Context, dialect string, o modelcheck.Options, configs ...any) (*Scorer, error) {
	var on []step
	for _, c := range configs {
		switch c := c.(type) {
		case quotient.Config:
			on = append(on, inQuotient{c})
		case delivery.Config:
			on = append(on, inDelivery{c})
		default:
			panic(fmt.Sprintf("no instance: %v", c))
		}
	}
	return newScorer(ctx, dialect, on, o)
}

// Mutants lists the mechanical mutants of a dialect.
func Mutants(dialect string) []score.Mutant {
	d, _ := consensus.DialectNamed(dialect)
	return score.Mutants(d.Table.Rules, alike)
}
