package score

import "github.com/polka-bft/polka/spec"

// A Census is what processes meet while their rules are followed.
type Census struct {
	Made  spec.ObservationSet // what is observed
	Fired spec.RuleSet
}

// Add takes in what others have met.
func (c *Census) Add(other *Census) {
	if c.Made == nil {
		c.Made = spec.ObservationSet{}
	}
	for b := range other.Made {
		for i := range b.Size() {
			if o := (spec.Observation{Of: b, Index: i}); other.Made.Has(o) {
				c.Made.Add(o)
			}
		}
	}
	c.Fired |= other.Fired
}

// Branches are those of the rules that fired.
func (c *Census) Branches(t *spec.Table) Branches {
	fired := Branches{}
	for id := range c.Fired.All {
		fired.Add(t.Rule(id))
	}
	return fired
}

// A Branch is what a rule is known by, in the rules and in their mutants.
type branch struct {
	clause    string
	otherwise bool // the branch of Else
}

// Branches is a set of rules, which are known by it in mutants as well.
type Branches map[branch]bool

func branchOf(r *spec.Rule) branch { return branch{r.Clause.Key(), r.Branch == spec.IfElse} }

// Add takes a rule in.
func (b Branches) Add(r *spec.Rule) { b[branchOf(r)] = true }

// Starved names the first rule of the table that is in the set and not in that of
// a mutant, "" for none.
func (b Branches) Starved(rules *spec.Table, mutant Branches) string {
	for i := range rules.All {
		if at := branchOf(&rules.All[i]); b[at] && !mutant[at] {
			return rules.All[i].Name
		}
	}
	return ""
}
