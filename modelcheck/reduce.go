package modelcheck

// Partial-order reduction: where all that an actor can do commutes with whatever
// the others do before it, it may as well go first, and no run in which it goes
// later is looked at. Model.Local says where.
//
// That alone could put the others off for ever, around a cycle of local steps. So
// one of the local steps must lead to a state that is not in the visited set yet.
// That state has a greater number and is expanded later; hence from every reduced
// state a chain of such steps leads to one in which nothing was put off.

// putOff drops the successors of a state that need not be looked at now.
func (w *worker[S, K, A]) putOff(state *S) {
	successors := w.out[w.first:]
	for i, actor := range w.actors {
		if w.knew(actor, i) || !w.search.model.Local(*state, actor) {
			continue
		}
		others, fresh := false, false
		for j := range successors {
			others = others || w.actors[j] != actor
			fresh = fresh || w.actors[j] == actor && !w.search.has(&successors[j])
		}
		if !others || !fresh {
			continue
		}
		kept := successors[:0]
		for j := range successors {
			if w.actors[j] == actor {
				kept = append(kept, successors[j])
			}
		}
		w.out = w.out[:w.first+len(kept)]
		w.tally.reduced++
		return
	}
}

// knew says whether an actor was met before a place.
func (w *worker[S, K, A]) knew(actor, place int) bool {
	for _, a := range w.actors[:place] {
		if a == actor {
			return true
		}
	}
	return false
}
