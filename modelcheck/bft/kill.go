package bft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/score"
)

// A Kill is what came of one mutant.
type Kill struct {
	Mutant *Mutant
	Killed bool // by what the mutant names
	Depth  int  // of the run to the violation; of the whole search if By names none
	Result Result
}

// The ways, besides a violated property, in which a mutant is killed.
const (
	unreached  = score.Unreached
	neverFires = score.NeverFires
)

// ErrUnfinished is the kind of an error about a search that was cut short.
var ErrUnfinished = errors.New("bft: search not finished")

// Try searches the mutant's instance for what is said to kill it, or for
// anything at all if it is said to survive. It is an error if the mutant does
// not end as it says, or if the search was not finished.
func (m *Mutant) Try(ctx context.Context, o modelcheck.Options) (Kill, error) {
	k := Kill{Mutant: m}
	rs, err := newRules(m.config())
	if err != nil {
		return k, fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	rs.asked = m.asks()
	o.KeepGoing = false
	if k.Result, err = rs.check(ctx, o); err != nil {
		return k, fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	r := &k.Result
	if !r.Complete && len(r.Violations) == 0 {
		return k, fmt.Errorf("mutant %q: %w: %s", m.Name, ErrUnfinished, r.Stopped)
	}
	k.Depth = r.Depth
	if len(r.Violations) > 0 {
		k.Depth = r.Violations[0].Len()
	}
	switch {
	case m.Survives != "":
		if r.Verdict == modelcheck.Violated {
			return k, fmt.Errorf("mutant %q is said to survive, but is killed on %s", m.Name, r.Config.Name())
		}
		return k, nil
	case strings.HasPrefix(m.By, unreached):
		k.Killed = r.Complete && slices.Contains(r.Unreached, strings.TrimPrefix(m.By, unreached))
	case strings.HasPrefix(m.By, neverFires):
		k.Killed = r.Complete && slices.Contains(r.NeverFired(), strings.TrimPrefix(m.By, neverFires))
	default:
		k.Killed = r.Violates(m.By)
	}
	if !k.Killed {
		return k, fmt.Errorf("mutant %q is not killed by %q on %s", m.Name, m.By, r.Config.Name())
	}
	return k, nil
}

// asks lists the properties to check. Others than the one that is named may be
// violated earlier; what is named is what is shown. That something is unreached
// or never fires shows in a complete search only, so that nothing may end it.
func (m *Mutant) asks() []string {
	switch {
	case m.Survives != "":
		return nil
	case strings.HasPrefix(m.By, unreached), strings.HasPrefix(m.By, neverFires):
		return []string{}
	}
	return []string{m.By}
}
