package spec

// A Cube is a conjunction of conditions on the variables of one binding: a set
// of allowed values per variable. It is empty when one of the sets is.
type Cube struct {
	Of   *Binding
	Sets []uint16 // one per variable of the binding
}

// FullCube holds every observation of the binding.
func FullCube(b *Binding) Cube {
	c := Cube{b, make([]uint16, len(b.Vars))}
	for i, v := range b.Vars {
		c.Sets[i] = v.all()
	}
	return c
}

// And restricts the cube by conditions. Every condition must be about a
// variable of the binding; Compile checks that before it gets here.
func (c Cube) And(conds ...Cond) Cube {
	sets := append([]uint16(nil), c.Sets...)
	for _, cond := range conds {
		sets[c.Of.Position(cond.Var)] &= cond.Set
	}
	return Cube{c.Of, sets}
}

// Empty reports whether no observation is in the cube.
func (c Cube) Empty() bool {
	for _, s := range c.Sets {
		if s == 0 {
			return true
		}
	}
	return false
}

// Meet is the intersection of two cubes of the same binding.
func (c Cube) Meet(d Cube) Cube {
	sets := make([]uint16, len(c.Sets))
	for i := range sets {
		sets[i] = c.Sets[i] & d.Sets[i]
	}
	return Cube{c.Of, sets}
}

// Has reports whether the observation is in the cube.
func (c Cube) Has(o Observation) bool {
	index := o.Index
	for i := len(c.Sets) - 1; i >= 0; i-- {
		n := len(c.Of.Vars[i].Values)
		if c.Sets[i]>>(index%n)&1 == 0 {
			return false
		}
		index /= n
	}
	return true
}

// without returns disjoint cubes that cover what of c the conditions exclude:
// the first condition fails, or it holds and the second fails, and so on. Empty
// cubes are left out.
func (c Cube) without(conds []Cond) []Cube {
	var out []Cube
	rest := c
	for _, cond := range conds {
		if fails := rest.And(Cond{cond.Var, cond.Var.all() &^ cond.Set}); !fails.Empty() {
			out = append(out, fails)
		}
		rest = rest.And(cond)
	}
	return out
}
