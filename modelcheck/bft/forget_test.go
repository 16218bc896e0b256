package bft

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestForgettingLosesNothing goes through every state of the model that forgets
// nothing. What can follow is the same whether a state forgets before the step
// or after it. Line 47 in the last round, which has left no trace, may be
// followed again and changes nothing: such steps are left out.
func TestForgettingLosesNothing(t *testing.T) {
	for _, c := range []Config{
		{Validators: 2, Proposers: []int{0, 1}},
		{Validators: 4, Byzantine: 1, Proposers: []int{0}},
		{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}},
		{Validators: 4, Byzantine: 2, Proposers: []int{0, Byzantine}, Silent: []int{1}},
		{Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}, Silent: []int{2}},
	} {
		t.Run(c.Name(), func(t *testing.T) {
			if !Large && len(c.Silent) > 0 {
				t.Skip("too large for the race detector")
			}
			short, err := newRules(c)
			require.NoError(t, err)
			long, err := newRules(c)
			require.NoError(t, err)
			long.dead.off = true
			seen := map[[2]uint64]bool{}
			queue := long.starts()
			for len(queue) > 0 {
				w := queue[0]
				queue = queue[1:]
				s := pack[[2]uint64](&long.layout, &w)
				if seen[s] {
					continue
				}
				seen[s] = true
				forgotten := short.forgetAll(w)
				want, got := map[[2]uint64]bool{}, map[[2]uint64]bool{}
				for _, m := range allMoves(long, &w) {
					next := m.world(&w)
					queue = append(queue, next)
					want[short.packed(short.forgetAll(next))] = true
				}
				for _, m := range allMoves(short, &forgotten) {
					got[short.packed(m.world(&forgotten))] = true
				}
				here := short.packed(forgotten)
				delete(want, here)
				delete(got, here)
				require.Equal(t, want, got)
			}
			t.Logf("%d states without forgetting", len(seen))
		})
	}
}

func (rs *rules) packed(w world) [2]uint64 { return pack[[2]uint64](&rs.layout, &w) }

func (rs *rules) forgetAll(w world) world {
	for p := range rs.config.correct() {
		x := &w.locals[p]
		rs.dead.forget(x, int(x.process.Round) == rs.config.rounds()-1)
	}
	return w
}
