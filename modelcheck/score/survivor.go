package score

import "slices"

// A Survivor is what is known of mechanical mutants that nothing kills. They are
// listed by hand, and a test holds the list against what happens. What is listed
// is not counted as alike for doing the same: what a model cannot see is no
// likeness.
type Survivor struct {
	Names []string
	Why   string // why nothing notices

	// Missing is the property that would notice, where there could be one; ""
	// if the mutants do no harm that a property of states could name.
	Missing string
}

// Survivors lists those of a dialect.
type Survivors []Survivor

// Find is the entry that has the name, or nil.
func (s Survivors) Find(name string) *Survivor {
	i := slices.IndexFunc(s, func(x Survivor) bool { return slices.Contains(x.Names, name) })
	if i < 0 {
		return nil
	}
	return &s[i]
}
