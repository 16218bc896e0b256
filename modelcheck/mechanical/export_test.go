package mechanical

import (
	"context"
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
)

// NewCheap is New without the last three rungs.
func NewCheap(ctx context.Context, dialect string, o modelcheck.Options) (*Scorer, error) {
	all := ladder(dialect)
	return newScorer(ctx, dialect, all[:len(all)-3], o)
}

// NewLate is New on the last rungs alone: those of two rounds with a Byzantine
// proposer, and that of three.
func NewLate(ctx context.Context, dialect string, o modelcheck.Options) (*Scorer, error) {
	all := ladder(dialect)
	return newScorer(ctx, dialect, all[len(all)-3:], o)
}

// Costly is an instance for NewOn on which is tried only what is new there.
type Costly struct{ quotient.Config }

// NewOn is New on instances of either model.
func NewOn(ctx context.Context, dialect string, o modelcheck.Options, configs ...any) (*Scorer, error) {
	var on []step
	for _, c := range configs {
		switch c := c.(type) {
		case quotient.Config:
			on = append(on, inQuotient{c})
		case Costly:
			on = append(on, costly{inQuotient(c)})
		case delivery.Config:
			on = append(on, inDelivery{c})
		default:
			panic(fmt.Sprintf("no instance: %v", c))
		}
	}
	return newScorer(ctx, dialect, on, o)
}
