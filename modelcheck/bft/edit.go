package bft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// An Edit is one way to get a clause wrong. Exactly one of the fields after
// Clause is set, Replace and By together.
type Edit struct {
	Clause  string  // the key of the clause, such as "L36"
	Drop    string  // forget the one phrase whose words contain this
	Once    bool    // forget "for the first time"
	Remove  spec.Op // leave out an effect
	Replace spec.Op // do something else
	By      spec.Op
}

// String says what is changed.
func (e Edit) String() string {
	switch {
	case e.Drop != "":
		return fmt.Sprintf("%s without %q", e.Clause, e.Drop)
	case e.Once:
		return fmt.Sprintf("%s without \"for the first time\"", e.Clause)
	case e.Remove != "":
		return fmt.Sprintf("%s without %s", e.Clause, e.Remove)
	}
	return fmt.Sprintf("%s with %s instead of %s", e.Clause, e.By, e.Replace)
}

// apply makes the edit in a copy of the clauses. It is an error if what it is
// about is not there, or not there exactly once.
func (e Edit) apply(clauses []spec.Clause) ([]spec.Clause, error) {
	at := slices.IndexFunc(clauses, func(c spec.Clause) bool { return c.Key() == e.Clause })
	if at < 0 {
		return nil, fmt.Errorf("bft: there is no clause %s to edit", e.Clause)
	}
	clauses = slices.Clone(clauses)
	c := &clauses[at]
	changed := 0
	switch {
	case e.Drop != "":
		for _, ps := range []*spec.Phrases{&c.Upon, &c.While, &c.If} {
			changed += dropPhrase(ps, e.Drop)
		}
	case e.Once && c.FirstTime != nil:
		c.FirstTime, changed = nil, 1
	default:
		for _, es := range []*spec.Effects{&c.First, &c.Then, &c.Else, &c.Finally} {
			changed += e.changeEffect(es)
		}
	}
	if changed != 1 {
		return nil, fmt.Errorf("bft: edit %q changes %d places, want 1", e, changed)
	}
	return clauses, nil
}

func dropPhrase(ps *spec.Phrases, words string) int {
	kept := slices.DeleteFunc(slices.Clone(*ps), func(p spec.Phrase) bool { return strings.Contains(p.Words, words) })
	dropped := len(*ps) - len(kept)
	*ps = kept
	return dropped
}

func (e Edit) changeEffect(es *spec.Effects) int {
	was := e.Remove
	if was == "" {
		was = e.Replace
	}
	changed := 0
	var out spec.Effects
	for _, effect := range *es {
		if effect.Do != was {
			out = append(out, effect)
			continue
		}
		changed++
		if e.By != "" {
			out = append(out, spec.Does(effect.Line, fmt.Sprintf("%s instead of: %s", e.By, effect.Words), e.By))
		}
	}
	if changed > 0 {
		*es = out
	}
	return changed
}
