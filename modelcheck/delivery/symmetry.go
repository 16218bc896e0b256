package delivery

import "slices"

// A renaming gives correct processes each other's names: process p becomes
// to[p], and its class c becomes class[p][c].
type renaming struct {
	to    []int
	class [][]uint32
}

// renamings lists the ways to exchange processes that nothing distinguishes:
// those that propose in no round, silent ones among each other. The identity is
// not among them.
func (m *model) renamings() []renaming {
	numbers := make([]map[local]uint32, len(m.parts))
	for p, part := range m.parts {
		numbers[p] = make(map[local]uint32, len(part.states))
		for i, x := range part.states {
			numbers[p][x] = uint32(i)
		}
	}
	var out []renaming
	for _, to := range m.exchanges() {
		r := renaming{to: to}
		for p, part := range m.parts {
			named := make([]uint32, len(part.labels))
			for c, leader := range part.leaders {
				x := m.renamed(part.states[leader], to)
				named[c] = m.parts[to[p]].class[numbers[to[p]][x]]
			}
			r.class = append(r.class, named)
		}
		out = append(out, r)
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
	best := s
	for i := range m.symmetries {
		r := &m.symmetries[i]
		var t state
		for p, q := range r.to {
			t = t.with(q, r.class[p][s.class(p)])
		}
		if slices.Compare(t[:], best[:]) < 0 {
			best = t
		}
	}
	return best
}
