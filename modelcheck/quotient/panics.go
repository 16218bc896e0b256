package quotient

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// panicsAt is the clause that panics with some words. They are the same in every
// dialect.
var panicsAt = func() map[string]string {
	at := map[string]string{}
	for _, r := range []*spec.Rules{consensus.CometBFTv038Rules, consensus.CometBFTv1Rules} {
		for i := range r.Clauses {
			c := &r.Clauses[i]
			for _, e := range c.Then {
				if e.Do == consensus.Panic {
					at[e.Words] = c.Key()
				}
			}
		}
	}
	return at
}()

// panics looks at a panic. There are five: two cannot be, two are awaited where a
// block is split, one of them with a lock and without; and addVote.lastNone takes a
// precommit of the last height, which nobody hears here.
func (j *judge) panics(words string) {
	switch y := &j.step.to.process; panicsAt[words] {
	case "enterPrecommit.invalid", "tryFinalizeCommit.invalid":
		j.breaks(noInvalidPanic)
	case "tryFinalizeCommit.header":
		if y.LockedValue == consensus.Nil {
			j.sees(seesHeaderPanic)
		} else {
			j.sees(seesLockPanic)
		}
	case "tryFinalizeCommit.parts":
		j.sees(seesPartsPanic)
	}
	j.breaks(noPanic)
}
