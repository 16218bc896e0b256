package bft

import (
	"fmt"
	"strings"
)

// Fate is what becomes of a mechanical mutant.
type Fate uint8

// The fates.
const (
	Survived   Fate = iota // nothing notices it
	Killed                 // something does
	Equivalent             // there is nothing to notice, for a reason that was computed
)

// String is the fate in a word.
func (f Fate) String() string { return [...]string{"survived", "killed", "equivalent"}[f] }

// The ways, besides those of Kill and spec.Likeness, in which a mechanical mutant
// ends.
const (
	refused   = "refused: " // by spec.Compile, before any search
	sameSteps = "takes the same steps in every state"
)

// A Trial is what became of a mechanical mutant.
type Trial struct {
	Mutant *Mechanical
	Fate   Fate

	// By is why, if it did not survive: a property of Always that is violated;
	// "unreached: " and a property that is awaited, "never fires: " and a rule,
	// where the rules reach it and fire it; "refused: " and the law that
	// spec.Compile finds broken; or for what is equivalent, how.
	By     string
	On     *Config // where it was killed; nil if no search was needed, or all of them
	Depth  int     // of the last search of the mutant: the one that killed it, if one did
	States int     // of all searches of the mutant

	// Unfinished lists the instances that were given up at the bound of states.
	Unfinished []string

	// Survivor is what is known of a mutant that is listed as one.
	Survivor *Survivor
}

// Wrong says what is wrong with the trial: a survivor that nobody has explained,
// or an explanation of one that does not survive. It is empty if nothing is.
func (t *Trial) Wrong() string {
	switch {
	case t.Fate == Survived && t.Survivor == nil:
		return fmt.Sprintf("mutant %q survives, and nothing says why it should", t.Mutant.Name)
	case t.Fate != Survived && t.Survivor != nil:
		return fmt.Sprintf("mutant %q is said to survive, but is %s: %s", t.Mutant.Name, t.Fate, t.By)
	}
	return ""
}

// Refused says whether the compiler killed the mutant, before any search.
func (t *Trial) Refused() bool { return strings.HasPrefix(t.By, refused) }

// A Score counts trials.
type Score struct {
	Total      int
	Killed     int
	Refused    int // of those that were killed: by the compiler
	Equivalent int
	Survived   int
}

// Add counts one more trial.
func (s *Score) Add(t *Trial) {
	s.Total++
	switch t.Fate {
	case Killed:
		s.Killed++
	case Equivalent:
		s.Equivalent++
	case Survived:
		s.Survived++
	}
	if t.Refused() {
		s.Refused++
	}
}

// Rate is the part that is killed of what could be: killed ÷ (total −
// equivalent). It is 1 if there is nothing to kill.
func (s Score) Rate() float64 {
	if s.Total == s.Equivalent {
		return 1
	}
	return float64(s.Killed) / float64(s.Total-s.Equivalent)
}
