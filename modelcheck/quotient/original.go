package quotient

import (
	"context"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
)

// An Original is an instance with the rules of its dialect, to hold mutants
// against. It is safe for concurrent use.
type Original struct {
	Result Result
	// Census is what a process meets that may hear whatever it could in the
	// instance, and more than it will.
	Census score.Census
	model  *model
}

// A Rival is what came of other rules on the instance.
type Rival struct {
	// Same says that processes do the same as with the rules, now and whatever
	// follows; then nothing is searched.
	Same   bool
	Census score.Census
	Result Result // zero if Same
}

// NewOriginal searches an instance of the rules of a dialect.
func NewOriginal(ctx context.Context, c Config, o modelcheck.Options) (*Original, error) {
	n, err := newInstance(&c)
	if err != nil {
		return nil, err
	}
	c.Rules = n.table // so that as much is kept as with other rules
	m, err := newModel(ctx, c, true)
	if err != nil {
		return nil, err
	}
	r, err := m.check(ctx, o)
	return &Original{Result: r, Census: m.process.census, model: m}, err
}

// Try searches the instance with other rules, unless they do the same.
func (x *Original) Try(ctx context.Context, rules *spec.Table, o modelcheck.Options) (Rival, error) {
	c := x.model.config
	c.Rules = rules
	m, err := newModel(ctx, c, true)
	if err != nil {
		return Rival{}, err
	}
	r := Rival{Census: m.process.census, Same: alike(x.model.process, m.process)}
	if !r.Same {
		r.Result, err = m.check(ctx, o)
	}
	return r, err
}

// alike says whether nobody can tell two processes apart: merged once more, all
// together, their classes are the same.
func alike(p, q *process) bool {
	first := len(p.moves)
	var labels []uint64
	for _, x := range []*process{p, q} {
		for c := range x.moves {
			labels = append(labels, uint64(x.decision[c])<<8|uint64(x.fault[c]))
		}
	}
	class, _ := partition[move]{
		labels: labels,
		leaving: func(out []move, i int, class []uint32) []move {
			if i >= first {
				return movesAmong(class[first:], q.moves[i-first], out)
			}
			return movesAmong(class, p.moves[i], out)
		},
		hash: hashMove,
	}.refine()
	return slices.EqualFunc(p.starts, q.starts, func(a, b begin) bool {
		return a.roles == b.roles && a.sends == b.sends && class[a.to] == class[first+int(b.to)]
	})
}
