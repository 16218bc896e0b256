package modelcheck

import "slices"

// A hunt looks, promise by promise, for a run that waits for ever and is fair:
// for a strongly connected part of the graph that a run can go around in for
// ever, taking all the steps it owes. Such a component is fair if each weak
// condition is taken inside of it or is not enabled in one of its states, and
// each strong condition is taken inside or is enabled in none of its states. If
// it fails at a weak condition, so does every loop inside. If it fails at a
// strong one, no fair loop visits a state in which that is enabled: the others
// are decomposed again. (Lichtenstein and Pnueli, 1985; Emerson and Lei, 1987.)
//
// Nothing here is recursive, so that no depth of a graph is too much.
type hunt struct {
	graph        *graph
	weak, strong uint64
	stop         func() bool // asked now and then

	promise uint64   // the one at hand, as a set
	fair    bool     // whether there is a fair component
	group   []uint32 // by state: the states it is decomposed with; 0 if it is no longer of interest
	groups  uint32   // given out

	// By state: while components are sought, its place in the order of discovery,
	// lowered to that of the earliest state it reaches, or finished. While
	// paths are sought, its predecessor plus one.
	mark   []uint32
	stack  []uint32 // states whose component is not complete; the queue while paths are sought
	frames []frame
	todo   []subset
	steps  int
}

// A frame is a state whose edges are being followed.
type frame struct {
	state uint32
	edge  uint32 // next
	mark  uint32 // at first
}

// A subset is a group of states that must be decomposed.
type subset struct {
	group  uint32
	states []uint32
}

const (
	everybody = 1       // the group of all states that wait
	fairGroup = 1 << 31 // in the groups that are fair components
	finished  = ^uint32(0)

	// huntBytes is what a hunt needs by state at most: a state stands either in a
	// frame or on the stack, or in a subset.
	huntBytes = 4 + 4 + 4 + 12
)

func newHunt(g *graph, conditions int, strong uint64) *hunt {
	all := uint64(1)<<conditions - 1 // of 64, all
	return &hunt{
		graph: g, weak: all &^ strong, strong: strong,
		group: make([]uint32, g.size), mark: make([]uint32, g.size),
	}
}

// search looks for the fair components in which a promise is due and never
// kept. Cut says that some runs could not be followed, because Within ends them.
func (h *hunt) search(promise int) (cut, done bool) {
	if h.stop() {
		return false, false
	}
	h.promise, h.fair, h.groups = 1<<promise, false, everybody
	clear(h.mark)
	for number := range uint32(h.graph.size) {
		h.group[number] = 0
		if h.graph.waits(number)&h.promise != 0 {
			h.group[number] = everybody
		}
	}
	for number := range uint32(h.graph.size) {
		if h.graph.due(number)&h.promise != 0 && !h.decompose(number, everybody) {
			return cut, false
		}
	}
	if h.graph.parts[0].outside != nil {
		for number := range uint32(h.graph.size) {
			cut = cut || h.graph.outside(number) && h.mark[number] != 0
		}
	}
	for len(h.todo) > 0 {
		next := h.todo[len(h.todo)-1]
		h.todo = h.todo[:len(h.todo)-1]
		for _, number := range next.states {
			if !h.decompose(number, next.group) {
				return cut, false
			}
		}
	}
	return cut, true
}

// decompose finds the strongly connected components of the states of a group
// that can be reached from a state. This is Tarjan's algorithm with one number by
// state (Pearce 2016, "A space-efficient algorithm for finding strongly connected
// components").
func (h *hunt) decompose(root, group uint32) (done bool) {
	if h.group[root] != group || h.mark[root] != 0 {
		return true
	}
	discovered := uint32(0)
	enter := func(state uint32) {
		discovered++
		_, first, _ := h.graph.edges(state)
		h.mark[state] = discovered
		h.frames = append(h.frames, frame{state: state, edge: first, mark: discovered})
	}
	enter(root)
frames:
	for len(h.frames) > 0 {
		if h.steps++; h.steps%(1<<16) == 0 && h.stop() {
			return false
		}
		f := &h.frames[len(h.frames)-1]
		for p, _, end := h.graph.edges(f.state); f.edge < end; f.edge++ {
			to := p.targets[f.edge]
			if h.group[to] != group {
				continue
			}
			if h.mark[to] == 0 {
				enter(to) // and look at this edge again after that
				continue frames
			}
			h.mark[f.state] = min(h.mark[f.state], h.mark[to])
		}
		state, mark := f.state, f.mark
		h.frames = h.frames[:len(h.frames)-1]
		h.stack = append(h.stack, state)
		if h.mark[state] == mark { // reaches nothing earlier
			h.complete(mark)
		}
	}
	return true
}

// complete takes a component from the stack: the states on top that were not
// discovered before a mark.
func (h *hunt) complete(mark uint32) {
	first := len(h.stack)
	for first > 0 && h.mark[h.stack[first-1]] >= mark {
		first--
		h.mark[h.stack[first]] = finished
	}
	h.component(h.stack[first:])
	h.stack = h.stack[:first]
}

// component says whether a component is fair, or leaves a part of it to do.
func (h *hunt) component(states []uint32) {
	if len(states) == 1 && !h.stays(states[0]) {
		return
	}
	h.groups++
	inside := h.groups
	for _, state := range states {
		h.group[state] = inside
	}
	taken, some, every := h.owes(states, inside)
	group := inside
	missing := some & h.strong &^ taken
	switch {
	case every&h.weak&^taken != 0:
		group = 0
	case missing == 0:
		group |= fairGroup
		h.fair = true
	}
	var rest []uint32
	for _, state := range states {
		h.group[state] = group
		if group != inside {
			continue
		}
		if h.graph.enabled(state)&missing != 0 {
			h.group[state] = 0
			continue
		}
		h.mark[state] = 0
		rest = append(rest, state)
	}
	if len(rest) > 0 {
		h.todo = append(h.todo, subset{group: inside, states: rest})
	}
}

// stays says whether a state has an edge to itself.
func (h *hunt) stays(state uint32) bool {
	p, from, to := h.graph.edges(state)
	return slices.Contains(p.targets[from:to], state)
}

// owes gives the conditions taken inside a group, and those enabled in some and in
// all of its states.
func (h *hunt) owes(states []uint32, group uint32) (taken, some, every uint64) {
	every = ^uint64(0)
	for _, state := range states {
		enabled := h.graph.enabled(state)
		some |= enabled
		every &= enabled
		for p, from, to := h.graph.edges(state); from < to; from++ {
			if h.group[p.targets[from]] == group {
				taken |= p.taken.at(int(from))
			}
		}
	}
	return taken, some, every
}

// approach gives a shortest way into a fair component: the states from where the
// promise is due on. All of them wait for it. Levels are the sizes of the depths.
func (h *hunt) approach(levels []int) []uint32 {
	clear(h.mark)
	queue, head, number := h.stack[:0], 0, uint32(0)
	defer func() { h.stack = queue[:0] }()
	entry := noState
	visit := func(state, predecessor uint32) {
		h.mark[state] = predecessor + 1
		queue = append(queue, state)
		if h.group[state]&fairGroup != 0 && entry == noState {
			entry = state
		}
	}
	for depth := 0; entry == noState; depth++ {
		// Now the queue has what is at this distance from an initial state by
		// way of a state of less depth in which the promise is due.
		if depth < len(levels) {
			for range levels[depth] {
				if h.graph.due(number)&h.promise != 0 && h.mark[number] == 0 {
					visit(number, number)
				}
				number++
			}
		} else if head == len(queue) {
			panic("modelcheck: a fair component cannot be reached")
		}
		for end := len(queue); head < end && entry == noState; head++ {
			for p, from, to := h.graph.edges(queue[head]); from < to; from++ {
				if next := p.targets[from]; h.mark[next] == 0 && h.graph.waits(next)&h.promise != 0 {
					visit(next, queue[head])
				}
			}
		}
	}
	way := []uint32{entry}
	for at := entry; h.mark[at] != at+1; way = append(way, at) {
		at = h.mark[at] - 1
	}
	slices.Reverse(way)
	return way
}

// loop gives a short way around in a fair component, from a state of it back to
// that, which is fair. It closes as soon as it can; where that would not be fair it
// first goes to the nearest place that settles something.
func (h *hunt) loop(entry uint32) (loop []edge) {
	clear(h.mark)
	at := entry
	home := func(e edge) bool { return e.to == entry }
	for {
		var back []edge
		if len(loop) == 0 || at != entry {
			back = h.path(at, home)
		}
		whole := slices.Concat(loop, back)
		taken, some, every := h.settled(entry, whole)
		weak, strong := every&h.weak&^taken, some&h.strong&^taken
		if weak|strong == 0 {
			return whole
		}
		loop = append(loop, h.path(at, func(e edge) bool {
			return e.set&(weak|strong) != 0 || weak&^h.graph.enabled(e.to) != 0
		})...)
		at = loop[len(loop)-1].to
	}
}

// settled gives the conditions that a loop takes, and those enabled in some and in
// all of its states.
func (h *hunt) settled(entry uint32, loop []edge) (taken, some, every uint64) {
	every = ^uint64(0)
	for at, rest := entry, loop; len(rest) > 0; rest = rest[1:] {
		enabled := h.graph.enabled(at)
		taken |= rest[0].set
		some |= enabled
		every &= enabled
		at = rest[0].to
	}
	return taken, some, every
}

// path gives a shortest way, of a step at least, within the component of a state to
// an edge that is the goal. It leaves marks as they were: 0.
func (h *hunt) path(from uint32, goal func(edge) bool) (way []edge) {
	queue := append(h.stack[:0], from)
	h.mark[from] = from + 1
	defer func() {
		for _, state := range queue {
			h.mark[state] = 0
		}
		h.stack = queue[:0]
	}()
	for head := 0; head < len(queue); head++ {
		at := queue[head]
		for p, i, end := h.graph.edges(at); i < end; i++ {
			e := edge{to: p.targets[i], set: p.taken.at(int(i))}
			if h.group[e.to] != h.group[from] {
				continue
			}
			if goal(e) {
				way = append(way, e)
				for ; at != from; at = h.mark[at] - 1 {
					way = append(way, h.first(h.mark[at]-1, at))
				}
				slices.Reverse(way)
				return way
			}
			if h.mark[e.to] == 0 {
				h.mark[e.to] = at + 1
				queue = append(queue, e.to)
			}
		}
	}
	panic("modelcheck: a component is not strongly connected")
}

// first is the first edge between two states.
func (h *hunt) first(from, to uint32) edge {
	p, i, _ := h.graph.edges(from)
	for p.targets[i] != to {
		i++
	}
	return edge{to: to, set: p.taken.at(int(i))}
}
