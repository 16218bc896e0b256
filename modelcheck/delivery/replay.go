package delivery

import (
	"io"
	"slices"

	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
)

// Model is what a saved counterexample of this package says that it is of.
const Model = "delivery"

// Save writes the run as a file that Replay can read.
func (c *Counterexample) Save(w io.Writer) error {
	return counterexample.Save(w, counterexample.Header[Config]{
		Model: Model, Instance: c.Config.Name(), Dialect: c.Config.dialect(), Digest: c.Digest,
		Config: c.Config, Property: c.Property,
	}, c.Steps)
}

// Replay reads a saved counterexample and takes its inputs through the processes:
// each must be one that the process can have then, with what the file says came of
// it, and the property must be false at the end. Neither the automata nor their
// classes are made for it. A run that fails this gives a *counterexample.Refutation,
// a file that cannot be read another error.
func Replay(r io.Reader) (c Counterexample, err error) {
	err = counterexample.Replay(r, Model, func(h counterexample.Header[Config], steps []Step) (counterexample.Stage, error) {
		c = Counterexample{Config: h.Config, Digest: h.Digest, Property: h.Property, Steps: steps}
		n, err := newInstance(c.Config)
		if err != nil {
			return nil, err
		}
		s := newStage(n)
		run := counterexample.Run[scene]{
			Digest: n.table.Digest(), Start: s.starts(),
			Begins: func(w scene) bool { start := s.describeStart(w[:len(s.steps)]); return start.same(&steps[0]) },
			Take:   func(w scene, i int) []scene { return s.take(&w, i, &steps[i]) },
		}
		claims := slices.Concat(everywhere, n.config.demands())
		at := slices.IndexFunc(claims, func(p claim) bool { return p.name == c.Property.Name })
		if at >= 0 {
			run.Violated = func(w scene) bool { return !claims[at].holds(&n.config, s.look(&w)) }
		} else if c.Property.Name == halting.name {
			run.Violated = func(w scene) bool { return s.halts(&w) }
		}
		return run, nil
	})
	return c, err
}

// A scene is the states of all correct processes.
type scene [maxCorrect]local

// A stage has the processes of an instance, and what can happen to each.
type stage struct {
	*instance
	steps  []*step
	inputs [][]input
}

func newStage(n *instance) *stage {
	s := &stage{instance: n}
	for p := range n.config.correct() {
		s.steps = append(s.steps, &step{instance: n, self: p, walls: newWalls(), tracing: true})
		s.inputs = append(s.inputs, n.inputs(p))
	}
	return s
}

func (s *stage) look(w *scene) []*label {
	out := make([]*label, len(s.steps))
	for p := range s.steps {
		l := s.label(p, &w[p])
		out[p] = &l
	}
	return out
}

// starts lists the scenes in which every process has begun.
func (s *stage) starts() []scene {
	all := []scene{{}}
	for p, process := range s.steps {
		var grown []scene
		for _, x := range process.begin() {
			for _, w := range all {
				w[p] = x
				grown = append(grown, w)
			}
		}
		all = grown
	}
	return all
}

// take lists the scenes to which a step leads as it is told.
func (s *stage) take(w *scene, number int, told *Step) []scene {
	for p := range s.steps {
		if w[p].fault != NoFault {
			return nil
		}
	}
	p := slices.IndexFunc(s.steps, func(process *step) bool { return cast.Process(process.self) == told.Actor })
	if p < 0 || s.silent(p) {
		return nil
	}
	var out []scene
	for i := range s.inputs[p] {
		x, in := &w[p], &s.inputs[p][i]
		if !s.may(w, p, x, in) {
			continue
		}
		for k, y := range s.steps[p].take(x, in) {
			if does := s.describe(number, p, x, &y, in, &s.steps[p].traces[k]); does.same(told) {
				next := *w
				next[p] = y
				out = append(out, next)
			}
		}
	}
	return out
}

// may says whether a process that is in x while the others are as in the scene can
// have an input.
func (s *stage) may(w *scene, p int, x *local, in *input) bool {
	from := s.config.from(in)
	return (from < 0 || s.available(&w[from]).has(in.message)) && s.admits(x, in) && !s.calmed(p, x, in)
}

// halts is model.halts without classes: whatever happens to the processes of a
// scene, nobody can tell that it has happened, and somebody waits for ever.
func (s *stage) halts(w *scene) bool {
	all := s.look(w)
	if !s.waits(all) {
		return false
	}
	for p, process := range s.steps {
		if s.silent(p) {
			continue
		}
		seen := map[local]bool{w[p]: true}
		for queue := []local{w[p]}; len(queue) > 0; queue = queue[1:] {
			for i := range s.inputs[p] {
				if !s.may(w, p, &queue[0], &s.inputs[p][i]) {
					continue
				}
				for _, y := range process.take(&queue[0], &s.inputs[p][i]) {
					if s.label(p, &y) != *all[p] {
						return false
					}
					if !seen[y] {
						seen[y] = true
						queue = append(queue, y)
					}
				}
			}
		}
	}
	return true
}

// same says whether two steps are the same in every word.
func (s *Step) same(o *Step) bool {
	return s.Number == o.Number && s.Actor == o.Actor && s.Input == o.Input &&
		slices.Equal(s.Rules, o.Rules) && slices.Equal(s.Changes, o.Changes)
}
