package quotient

import (
	"context"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec/consensus"
)

// A PlainResult is what [Plain] found.
type PlainResult struct {
	Config   Config
	Verdict  modelcheck.Verdict
	Complete bool
	States   int
	Depth    int      // steps, whether anybody sees them or not
	Violated []string // names of properties
}

// Plain goes through the model of the package doc as it stands there, without any of
// what makes it small: named processes, each with everything that it keeps, and what
// each has sent. It is for small instances, and for other checkers: the TLA+ modules
// of the CometBFT dialects have these states, each of them once.
//
// Whoever decides, leaves the last round or breaks a claim stops, and nothing is
// kept of it but that. The others go on.
func Plain(ctx context.Context, c Config, o modelcheck.Options) (PlainResult, error) {
	n, err := newInstance(&c)
	if err != nil {
		return PlainResult{Config: c}, err
	}
	n.exclusive, n.forgets = false, false
	b, err := n.explore(ctx, c.roles())
	if err != nil {
		return PlainResult{Config: c}, err
	}
	s := &soup{behaviour: b, config: c, given: c.given()}
	report, err := modelcheck.Check(ctx, s.searchable(), o)
	if err != nil {
		return PlainResult{Config: c}, err
	}
	r := PlainResult{Config: c, Verdict: report.Verdict(), Complete: report.Complete, States: report.States, Depth: report.Depth()}
	for _, f := range report.Violations {
		r.Violated = append(r.Violated, f.Property.Name)
	}
	return r, nil
}

// A soup is an instance whose processes have names.
type soup struct {
	*behaviour
	config Config
	given  atoms
	faulty [claimCount]uint32 // the local that broke a claim
}

// A plainState is a state of the soup. That what was sent is kept by sender and in full
// makes it one that others can have too.
type plainState struct {
	locals    [maxCorrect]uint32
	votes     [maxCorrect]uint64 // by bit, as in sending
	proposals [maxRounds]proposal
}

// searchable is the soup in the form that modelcheck wants. The action is the
// process that took the step.
func (s *soup) searchable() modelcheck.Model[plainState, int] {
	for claim := range s.faulty {
		s.faulty[claim] = s.number(&local{fault: claimFault(claim)})
	}
	s.steps = append(s.steps, make([][]edge, len(s.locals)-len(s.steps))...)
	m := modelcheck.Model[plainState, int]{Name: "plain " + s.config.Name(), Init: s.start(), Next: s.next}
	for i := range always {
		if !s.claims[i] {
			continue
		}
		p := &always[i]
		holds := func(d plainState) bool { return !s.broken(&d, claimFault(i)) }
		if i == agreement {
			holds = func(d plainState) bool { return !s.disagree(&d) }
		}
		m.Always = append(m.Always, modelcheck.Property[plainState]{Name: p.name, Doc: p.doc, Source: p.source, Holds: holds})
	}
	return m
}

func (s *soup) start() []plainState {
	begun := []plainState{{}}
	for r := range begun[0].proposals {
		begun[0].proposals[r].polRound = -1
	}
	for p, roles := range s.config.roles() {
		var grown []plainState
		for _, d := range begun {
			for _, b := range s.begins {
				if b.roles == roles {
					grown = append(grown, d.after(p, b.to, &b.sends))
				}
			}
		}
		begun = grown
	}
	return begun
}

// after is the state after process p has sent something and is in another local.
func (d plainState) after(p int, to uint32, sends *sending) plainState {
	d.locals[p] = to
	d.votes[p] |= sends.votes
	if sends.proposed {
		d.proposals[sends.round] = proposal{sends.letter, sends.polRound}
	}
	return d
}

func (s *soup) next(d plainState, emit func(int, plainState)) {
	truth := s.truth(&d)
	for p := range s.config.correct() {
		edges := s.steps[d.locals[p]]
		for i := range edges {
			e := &edges[i]
			if !e.guard.within(truth) {
				continue
			}
			to := e.to
			for _, m := range s.musts[e.musts] {
				if !m.any.meets(truth) {
					to = s.faulty[m.claim-1]
					break
				}
			}
			emit(p, d.after(p, to, &e.sends))
		}
	}
}

// truth is what can be found in the messages.
func (s *soup) truth(d *plainState) atoms {
	var w world
	w.proposals = d.proposals
	for p := range s.config.correct() {
		var anyone [2]uint8 // by type: rounds
		for left := d.votes[p]; left != 0; left &= left - 1 {
			t, r, letter := voteOf(left)
			w.votes[t].add(int(r), letter)
			anyone[t] |= 1 << r
		}
		for r := range s.config.rounds() {
			for t := range anyone {
				if anyone[t]>>r&1 == 1 {
					w.votes[t].add(r, mixed)
				}
			}
			if (anyone[0]|anyone[1])>>r&1 == 1 || s.config.Proposers[r] == p && d.proposals[r].letter != 0 {
				w.sent[r]++
			}
		}
	}
	return s.config.heard(s.given, &w)
}

// broken says whether some process has broken a claim.
func (s *soup) broken(d *plainState, f fault) bool {
	for p := range s.config.correct() {
		if s.locals[d.locals[p]].fault == f {
			return true
		}
	}
	return false
}

// disagree says whether two processes have decided different values.
func (s *soup) disagree(d *plainState) bool {
	first := consensus.Nil
	for p := range s.config.correct() {
		switch v := s.locals[d.locals[p]].decision; {
		case v == consensus.Nil:
		case first == consensus.Nil:
			first = v
		case v != first:
			return true
		}
	}
	return false
}
