package quotient

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
)

// For each rule that panics it is known what becomes of it: it is awaited, or must
// not be; but for one that no event of this model asks.
func TestPanicsAreKnown(t *testing.T) {
	for _, d := range []*consensus.Dialect{dialectNamed(t, consensus.CometBFTv038Rules.Name), dialectNamed(t, consensus.CometBFTv1Rules.Name)} {
		panics, unknown := 0, []string(nil)
		for i := range d.Table.All {
			r := &d.Table.All[i]
			for _, e := range r.Effects {
				if e.Do != consensus.Panic {
					continue
				}
				panics++
				require.Equal(t, r.Clause.Key(), panicsAt[e.Words])
				j := judge{stepper: &stepper{instance: &instance{claims: make([]bool, claimCount)}}, before: &local{}, step: &step{}}
				j.claims[noInvalidPanic] = true
				if j.panics(e.Words); j.step.sends.seen == 0 && j.step.to.fault == 0 {
					unknown = append(unknown, r.Clause.Key())
				}
			}
		}
		require.Equal(t, 5, panics, d.Name)
		require.Equal(t, []string{"addVote.lastNone"}, unknown, d.Name)
	}
}

func dialectNamed(t *testing.T, name string) *consensus.Dialect {
	d, ok := consensus.DialectNamed(name)
	require.True(t, ok)
	return d
}
