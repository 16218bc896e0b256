package delivery

import "slices"

// renamings are the ways to give correct processes each other's names that nothing
// distinguishes: those that propose in no round, silent ones among each other. The
// identity is not among them.
type renamings struct {
	from [][maxCorrect]uint8 // by renaming and process: whose name it takes
	// class has, by process, what each of its classes becomes: those of class c by
	// all the renamings stand together, since they are looked at together.
	class [][]uint32
}

func (m *model) renamings() renamings {
	numbers := make([]map[local]uint32, len(m.parts))
	for p, part := range m.parts {
		numbers[p] = make(map[local]uint32, len(part.states))
		for i, x := range part.states {
			numbers[p][x] = uint32(i)
		}
	}
	all := m.exchanges()
	out := renamings{from: make([][maxCorrect]uint8, len(all)), class: make([][]uint32, len(m.parts))}
	for i, to := range all {
		for p, q := range to {
			out.from[i][q] = uint8(p)
		}
	}
	for p, part := range m.parts {
		for _, leader := range part.leaders {
			for _, to := range all {
				x := m.renamed(part.states[leader], to)
				out.class[p] = append(out.class[p], m.parts[to[p]].class[numbers[to[p]][x]])
			}
		}
	}
	return out
}

// exchanges lists the permutations of the correct processes that leave every
// proposer in its place, and the silent ones silent.
func (m *model) exchanges() [][]int {
	var out [][]int
	var place func(to []int)
	place = func(to []int) {
		p := len(to)
		if p == len(m.parts) {
			if !slices.IsSorted(to) {
				out = append(out, slices.Clone(to))
			}
			return
		}
		for q := range m.parts {
			fixed := slices.Contains(m.config.Proposers, p) || slices.Contains(m.config.Proposers, q)
			if slices.Contains(to, q) || fixed && p != q || m.silent(p) != m.silent(q) ||
				m.config.calm(p) != m.config.calm(q) || m.config.stays(p) != m.config.stays(q) {
				continue
			}
			place(append(slices.Clip(to), q))
		}
	}
	place(nil)
	return out
}

// renamed is a state of a process in which the others have exchanged their names.
func (m *model) renamed(x local, to []int) local {
	for r := range x.heard {
		for t := range x.heard[r].votes {
			was := x.heard[r].votes[t]
			for p, q := range to {
				x.heard[r].votes[t][q] = was[p]
			}
		}
	}
	m.forget(&x)
	return x
}

// canonical is the smallest of the states that differ from s in nothing but the
// names of processes that nothing distinguishes. Without Config.Symmetric it is s.
func (m *model) canonical(s state) state {
	count := len(m.symmetries.from)
	if count == 0 {
		return s
	}
	var classes [maxCorrect][]uint32 // by process and renaming
	for p := range m.parts {
		classes[p] = m.symmetries.class[p][int(s.class(p))*count:][:count]
	}
	best := s
	for i, from := range m.symmetries.from {
		var t state
		for q := range m.parts {
			t[q/2] |= uint64(classes[from[q]][i]) << (q % 2 * 32)
		}
		if slices.Compare(t[:], best[:]) < 0 {
			best = t
		}
	}
	return best
}
