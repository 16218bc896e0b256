package delivery

import "github.com/polka-bft/polka/modelcheck"

type Property struct{ Name, Doc, Source string }
type Counterexample struct {
	Property Property
	Path     modelcheck.Path[state, Action]
}

func (m *model) counterexample(f modelcheck.Finding[state, Action]) Counterexample {
	return Counterexample{Property{f.Property.Name, f.Property.Doc, f.Property.Source}, f.Path}
}
