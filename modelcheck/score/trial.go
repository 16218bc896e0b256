package score

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// Fate is what becomes of a mechanical mutant.
type Fate uint8

// The fates.
const (
	Survived   Fate = iota // nothing notices it
	Killed                 // something does
	Equivalent             // there is nothing to notice, for a reason that was computed
	Alike                  // on the instances that were searched there is nothing to notice; elsewhere there may be
)

// String is the fate in a word.
func (f Fate) String() string {
	return [...]string{"survived", "killed", "equivalent", "alike"}[f]
}

// The ways, besides a violated property and those of spec.Likeness, in which a
// mutant ends.
const (
	Refused    = "refused: "      // by spec.Compile, before any search
	Unreached  = "unreached: "    // what is awaited, and reached by the rules
	NeverFires = "never fires: "  // a rule that fires otherwise
	Unviolated = "not violated: " // what the rules violate, as it is known of them
)

// An Instance is where a mutant is tried.
type Instance interface {
	Name() string
	Rotation() string
}

// A Trial is what became of a mechanical mutant.
type Trial struct {
	Mutant *Mutant
	Fate   Fate

	// By is why, if it did not survive: a property that is violated; Unreached,
	// NeverFires or Unviolated and what; Refused and the law that spec.Compile
	// finds broken; RecordedLog; or how the mutant is like the rules.
	By     string
	On     Instance // where it was killed; nil if no search was needed, or all of them
	Depth  int      // of the last search of the mutant: the one that killed it, if one did
	States int      // of all searches of the mutant

	// Unfinished lists the instances that were given up at the bound of states.
	Unfinished []string

	// Departure is where a log tells the mutant from the rules, if it was killed
	// by RecordedLog.
	Departure *Departure

	// Survivor is what is known of a mutant that is listed as one.
	Survivor *Survivor
}

// Compile tries the compiler on the mutant, and then compares its table with that
// of the rules; made is what is observed on the instances, see [spec.Compare].
// The table is nil if the trial is over.
func (t *Trial) Compile(rules *spec.Table, made spec.ObservationSet) (*spec.Table, error) {
	m := t.Mutant
	if _, err := spec.Compile(m.Rules); err != nil {
		law, _, _ := strings.Cut(err.Error(), "\n")
		t.Fate, t.By = Killed, Refused+strings.TrimPrefix(law, "spec: "+m.Rules.Name+": ")
		return nil, nil
	}
	table, err := spec.CompileMutant(m.Rules)
	if err != nil {
		return nil, err
	}
	switch like := spec.Compare(rules, table, made); like {
	case spec.Different:
		return table, nil
	case spec.SameIfMade:
		t.Fate, t.By = Alike, like.String()
	default:
		t.Fate, t.By = Equivalent, like.String()
	}
	return nil, nil
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
func (t *Trial) Refused() bool { return strings.HasPrefix(t.By, Refused) }
