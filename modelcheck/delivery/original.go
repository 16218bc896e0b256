package delivery

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
	// Census is what processes meet by themselves, whatever the others could send.
	Census score.Census
	model  *model
}

// A Rival is what came of other rules on the instance.
type Rival struct {
	// Same says that every process does the same as with the rules, now and
	// whatever follows; then nothing is searched.
	Same   bool
	Census score.Census
	Result Result // zero if Same
}

// NewOriginal searches an instance of the rules of a dialect.
func NewOriginal(ctx context.Context, c Config, o modelcheck.Options) (*Original, error) {
	m, census, err := counted(ctx, c)
	if err != nil {
		return nil, err
	}
	r, err := m.check(ctx, o)
	return &Original{Result: r, Census: census, model: m}, err
}

// Try searches the instance with other rules, unless they do the same.
func (x *Original) Try(ctx context.Context, rules *spec.Table, o modelcheck.Options) (Rival, error) {
	c := x.model.config
	c.Rules = rules
	m, census, err := counted(ctx, c)
	if err != nil {
		return Rival{}, err
	}
	r := Rival{Census: census, Same: slices.EqualFunc(x.model.parts, m.parts, m.alike)}
	if !r.Same {
		r.Result, err = m.check(ctx, o)
	}
	return r, err
}

// counted is a model whose processes have noted what they met.
func counted(ctx context.Context, c Config) (*model, score.Census, error) {
	n, err := newInstance(c)
	if err != nil {
		return nil, score.Census{}, err
	}
	n.census = &score.Census{Made: spec.ObservationSet{}}
	m, err := n.model(ctx, false)
	census := *n.census
	n.census = nil
	return m, census, err
}

// alike says whether nobody can tell apart a process of two models: merged once
// more, all together, their classes are the same.
func (n *instance) alike(a, b *part) bool {
	both := &part{automaton: &automaton{self: a.self, inputs: a.inputs, first: []uint32{0}}}
	begin := uint32(0)
	for _, p := range []*part{a, b} {
		for class, leader := range p.leaders {
			both.states = append(both.states, p.states[leader])
			for _, e := range p.of(uint32(class)) {
				both.automaton.edges = append(both.automaton.edges, edge{e.input, begin + e.to})
			}
			both.automaton.first = append(both.automaton.first, uint32(len(both.automaton.edges)))
		}
		begin = uint32(len(both.states))
	}
	n.refine(both)
	inits := func(p *part, begin int) []uint32 {
		var out []uint32
		for _, c := range p.init {
			out = append(out, both.class[begin+int(c)])
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(inits(a, 0), inits(b, len(a.leaders)))
}
