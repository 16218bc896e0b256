package consensus

import (
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// aliases says, for each observable that tells a block under another part-set
// header apart, which value that is, and which one it becomes for code that
// compares whole block ids.
var aliases = []struct {
	of           *spec.Variable
	alias, other uint8
}{
	{LockIs.Variable(), uint8(Alias), uint8(Another)},
	{BlockIs.Variable(), uint8(Alias), uint8(Another)},
	{LockOn.Variable(), uint8(LockAlias), uint8(LockNewer)},
	{Backing.Variable(), uint8(BackedAlias), uint8(NotBacked)},
}

// WholeBlockIDs is the repair of tendermint issue 3087: the rules as they would be
// if the code compared block ids, hash and part-set header, wherever it compares
// hashes. The block voted for, under another header, then counts as another
// block; a clause that is only about such a block is left out. The rules given
// are not changed.
func WholeBlockIDs(r *spec.Rules) *spec.Rules {
	repaired := *r
	repaired.Name += "-whole-ids"
	repaired.Doc += ", if block ids were compared and not block hashes"
	repaired.Clauses = nil
	for _, c := range r.Clauses {
		whole := true
		for _, part := range []*Phrases{&c.Upon, &c.While, &c.If} {
			*part = slices.Clone(*part)
			for i := range *part {
				whole = compareWholly(&(*part)[i]) && whole
			}
		}
		if whole {
			repaired.Clauses = append(repaired.Clauses, c)
		}
	}
	repaired.Priority = inOrder(repaired.Clauses)
	return &repaired
}

// compareWholly makes a phrase compare block ids, and reports whether it can
// still hold.
func compareWholly(p *spec.Phrase) bool {
	p.Conds = slices.Clone(p.Conds)
	for i := range p.Conds {
		for _, a := range aliases {
			c := &p.Conds[i]
			if c.Var != a.of {
				continue
			}
			c.Set &^= 1 << a.alias
			if c.Holds(a.other) {
				c.Set |= 1 << a.alias
			}
			if c.Set == 0 {
				return false
			}
			p.Words = strings.NewReplacer("hash(lockedBlock)", "id(lockedBlock)",
				"hash(proposalBlock)", "id(proposalBlock)", "hash(v)", "id(v)").Replace(p.Words)
		}
	}
	return true
}
