package gossip_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// What was sent is not picked again, and a lane runs dry: from any belief, without
// anything heard, each part and vote goes out at most once.
func TestLawNothingIsPickedTwice(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				p := c.peer(&v)
				for _, lane := range []string{"data", "votes"} {
					if m, twice := runDry(c, d, &v, &p, lane); twice {
						t.Fatalf("%s: %+v is picked again", lane, m)
					}
				}
			})
		})
	}
}

// A dialect that does not mark what was sent breaks the law.
func TestLawNothingIsPickedTwiceCanFail(t *testing.T) {
	for _, rule := range []string{"sent.part", "sent.proposal", "sent.vote"} {
		forgetful := *gossip.CometBFTUpdates
		forgetful.Clauses = slices.Clone(forgetful.Clauses)
		for i := range forgetful.Clauses {
			if c := &forgetful.Clauses[i]; c.Key() == rule {
				c.Then = nil
			}
		}
		d, _ := with(t, gossip.CometBFT, gossip.CometBFT.Updates, &forgetful)
		broken := false
		for seed := range uint64(1000) {
			c := seeded(seed)
			v := c.view()
			p := c.peer(&v)
			for _, lane := range []string{"data", "votes"} {
				_, twice := runDry(c, d, &v, &p, lane)
				broken = broken || twice
			}
		}
		require.True(t, broken, "%s marks nothing, and nothing is picked again", rule)
	}
}

// runDry sends what a lane picks until it picks nothing, or something again.
func runDry(c chooser, d *gossip.Dialect, v *gossip.View, p *gossip.Peer, lane string) (m gossip.Message, twice bool) {
	sent := map[gossip.Message]bool{}
	quiet := 0
	for quiet < 2 { // D2 sends nothing, and D3 follows it
		sends, _ := byTable(d, v, p, act{what: lane})
		if len(sends) == 0 {
			quiet++
		}
		for _, choices := range sends {
			for _, m := range choices {
				if sent[m] {
					return m, true
				}
			}
			m := choices[c(len(choices))]
			sent[m] = true
			m.Sent = gossip.Sent
			byTable(d, v, p, act{"sent", m})
		}
	}
	return gossip.Message{}, false
}

// At the node's own height nothing but a round that the peer has reached is its
// catch-up round.
func TestLawOnlyReachedRoundsAreCaughtUp(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				if p, broken := catchesUpAhead(c, d, &v); broken {
					t.Fatalf("%+v", p)
				}
			})
		})
	}
}

// A dialect that keeps the catch-up round at the next height breaks the law.
func TestLawOnlyReachedRoundsAreCaughtUpCanFail(t *testing.T) {
	lasting := *gossip.PolkaUpdates
	lasting.Clauses = slices.Clone(lasting.Clauses)
	for i := range lasting.Clauses {
		if c := &lasting.Clauses[i]; c.Key() == "newRoundStep.next" {
			c.Finally = slices.DeleteFunc(slices.Clone(c.Finally), func(e spec.Effect) bool { return e.Do == gossip.ForgetCatchup })
		}
	}
	d, _ := with(t, gossip.Polka, gossip.Polka.Updates, &lasting)
	broken := false
	for seed := range uint64(5000) {
		c := seeded(seed)
		v := c.view()
		_, ahead := catchesUpAhead(c, d, &v)
		broken = broken || ahead
	}
	require.True(t, broken, "the catch-up round is never forgotten, and the law holds")
}

// catchesUpAhead plays a connection until the law is broken, and reports whether it
// was.
func catchesUpAhead(c chooser, d *gossip.Dialect, v *gossip.View) (p gossip.Peer, broken bool) {
	p = gossip.NewPeer()
	for range 40 {
		byTable(d, v, &p, c.act(v, &p))
		if p.Height == v.Height && p.CatchupCommitRound > p.Round {
			return p, true
		}
	}
	return p, false
}

// A failed send marks nothing.
func TestLawAFailedSendMarksNothing(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				p := c.peer(&v)
				a := act{"sent", c.message(&v, &p)}
				a.m.Sent = gossip.Failed
				before := p
				if sends, _ := byTable(d, &v, &p, a); p != before || len(sends) > 0 {
					t.Fatalf("%+v: %+v became %+v, and %+v followed", a.m, before, p, sends)
				}
			})
		})
	}
}

// No table meets an observation that it lists as impossible, whatever happens:
// otherwise Run panics.
func TestLawNothingImpossibleIsObserved(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				p := gossip.NewPeer()
				if c.bool() {
					p = c.peer(&v)
				}
				for range 40 {
					byTable(d, &v, &p, c.act(&v, &p))
				}
			})
		})
	}
}

// Polka sends a part only under a header that the peer named or was sent: no rule
// makes one up.
func TestLawPolkaNamesNoHeader(t *testing.T) {
	makesUp := func(d *gossip.Dialect) (names []string) {
		for _, r := range rulesOf(d) {
			for _, e := range r.Effects {
				if e.Do == gossip.NamePart {
					names = append(names, r.Name)
				}
			}
		}
		return names
	}
	if got := makesUp(gossip.Polka); got != nil {
		t.Errorf("polka's rules that name a header: got %v, want none", got)
	}
	if got := makesUp(gossip.CometBFT); len(got) != 1 || got[0] != "D2" {
		t.Errorf("CometBFT's rules that name a header: got %v, want D2", got)
	}
}
