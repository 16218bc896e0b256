package consensus_test

import (
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec/consensus"
)

// Every clause that panics is listed with its site, in every dialect; every site
// says which clause leads there, or why none does.
func TestCometBFTPanicsAreListed(t *testing.T) {
	for _, d := range nodeDialects {
		panics := map[string]bool{}
		for i := range d.Table.All {
			for _, e := range d.Table.All[i].Effects {
				if e.Do == consensus.Panic {
					panics[d.Table.All[i].Clause.Key()] = true
				}
			}
		}
		if got, want := len(panics), 5; got != want {
			t.Errorf("%s: clauses that panic: got %d, want %d", d.Name, got, want)
		}
		for _, site := range consensus.CometBFTPanics {
			for _, key := range site.Keys {
				if !panics[key] {
					t.Errorf("%s: clause %s does not panic, or there is none", d.Name, key)
				}
				delete(panics, key)
			}
		}
		for key := range panics {
			t.Errorf("%s: clause %s panics at a site that is not listed", d.Name, key)
		}
	}
	if got, want := len(consensus.CometBFTPanics), 38; got != want {
		t.Errorf("sites: got %d, want %d", got, want)
	}
	for i, site := range consensus.CometBFTPanics {
		if site.Place == "" || site.Line == 0 || site.Message == "" || site.Why == "" {
			t.Errorf("a field of site %+v is empty", site)
		}
		if slices.ContainsFunc(consensus.CometBFTPanics[:i], func(s consensus.PanicSite) bool {
			return s.Place == site.Place && s.Message == site.Message
		}) {
			t.Errorf("site %+v is listed twice", site)
		}
	}
}
