package bft

import "slices"

// A Survivor is what is known of mechanical mutants that nothing kills. They
// are listed by hand, and a test holds the list against what happens. What is
// listed is not counted as equivalent for taking the same steps: what the model
// cannot see is no equivalence.
type Survivor struct {
	Names []string
	Why   string // why nothing notices

	// Missing is the property that would notice, where there could be one; ""
	// if the mutants do no harm that a property of states could name.
	Missing string
}

// Survivors lists the mutants of the paper's rules that survive.
var Survivors = []Survivor{
	{
		Names: []string{`L36 without "for the first time"`},
		Why:   "the second time it stores the same values, since a round has one polka at most",
	},
}

// findSurvivor is the entry that has the name, or nil.
func findSurvivor(name string) *Survivor {
	i := slices.IndexFunc(Survivors, func(s Survivor) bool { return slices.Contains(s.Names, name) })
	if i < 0 {
		return nil
	}
	return &Survivors[i]
}
