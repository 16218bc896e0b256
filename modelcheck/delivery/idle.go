package delivery

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// What a process at rest has left undone of Algorithm 1, asked with
// [Config.Strict]. A process is at rest when its last input is handled to the
// end and its own queue is empty: only a timer or another message makes it go
// on. Three things can be wrong with a line:
//
//   - it is idle: it is enabled by the messages that the process keeps, and the
//     process has not taken it;
//   - it is lost: it is enabled by the messages that the process has received,
//     and the process has dropped one of them;
//   - it does not come: it waits for a timeout which the process no longer has.
//
// A process of the paper keeps all that it receives. A CometBFT node keeps every
// vote that is delivered here; it has received a proposal once it has had the
// message and, in any round, all parts of the block; and it keeps the one of
// its round that is in Held.

// departures is a set of ways in which a process departs from Algorithm 1.
type departures uint32

// askedLines are the lines that messages enable. Lines 34, 44 and 47 are about
// votes alone, which nobody drops.
var askedLines = [...]int{22, 28, 34, 36, 44, 47, 49, 55}

// dueLines are the lines that a timeout brings.
var dueLines = [...]int{57, 61, 65}

func idle(line int) departures { return 1 << slices.Index(askedLines[:], line) }

func lost(line int) departures { return idle(line) << len(askedLines) }

func overdue(line int) departures { return 1 << (2*len(askedLines) + slices.Index(dueLines[:], line)) }

// leftUndone looks at the lines of Algorithm 1 for a process at rest.
func (n *instance) leftUndone(self int, x *local) departures {
	all := n.enabled(self, n.asPaper(x, false))
	kept := n.enabled(self, n.asPaper(x, true))
	return kept | (all&^kept)<<len(askedLines) | n.overdue(self, x)
}

// reading is what Algorithm 1 has where a node has p. Heights, rounds, what is
// locked and what is valid are the same, and lines 34 and 47 are marked as the
// node marks them. The other two are read off:
//
//   - the step is propose until the node has prevoted, or passed over that, in
//     the round: in newHeight and newRound too. In commit it is precommit, which
//     the node has been in before;
//   - line 36 is done when the round is validRound and the step is precommit.
//     In step prevote it is not: it would have precommitted.
//
// It changes nothing in a process of Algorithm 1.
func reading(p *consensus.Process) consensus.Process {
	y := *p
	switch p.Step {
	case consensus.NewHeight, consensus.NewRound:
		y.Step = consensus.Propose
	case consensus.Commit:
		y.Step = consensus.Precommit
	case consensus.Propose, consensus.Prevote, consensus.Precommit:
	}
	y.Once36 = y.Step == consensus.Precommit && p.ValidRound == p.Round
	return y
}

// asPaper is a process as Algorithm 1 would have it, with the proposals that it
// has received whole, or of these only what it keeps.
func (n *instance) asPaper(x *local, kept bool) *local {
	y := *x
	y.process = reading(&x.process)
	if !n.node {
		return &y
	}
	for r := range y.heard {
		for v := range valueCount {
			if x.blocks>>v&1 == 0 {
				y.heard[r].proposals &^= 0xf << (4 * v)
			}
		}
		if kept {
			y.heard[r].proposals &= x.held(consensus.Round(r))
		}
	}
	return &y
}

// held is the proposal of a round that a node keeps with its block, as in
// hearing.proposals.
func (x *local) held(r consensus.Round) uint32 {
	h := &x.process.Held
	if r != x.process.Round || !offered(&x.process) {
		return 0
	}
	return 1 << (4*int(number(h.Parts)) + int(h.POLRound) + 1)
}

// enabled lists the lines that Algorithm 1 would take in a position of its own.
func (n *instance) enabled(self int, x *local) departures {
	var out departures
	s := &step{instance: n, self: self, env: surroundings{config: &n.config, self: self}}
	h := received{&n.config, &x.core}
	for _, c := range s.choices(x, h) {
		rules := consensus.Paper.Enabled(x.process.Observe(c, h, &s.env))
		for i := range consensus.Paper.All {
			if r := &consensus.Paper.All[i]; rules.Has(r.ID) {
				out |= idle(r.Clause.Line)
			}
		}
	}
	return out
}

// overdue lists the lines whose timeout the process should have, and has not.
// Algorithm 1 starts timeoutPropose at the beginning of a round, unless it is the
// proposer (line 21), and the others when it takes lines 34 and 47. In newHeight
// and newRound the round has not begun. What the model leaves out, it is not
// asked for: the paper has no timeoutPrecommit of the last round.
func (n *instance) overdue(self int, x *local) departures {
	var out departures
	p := &x.process
	ask := func(line int, due bool, k consensus.TockKind) {
		if due && !awaits(&x.ticker, consensus.Timeout{Round: p.Round, Tock: k}) {
			out |= overdue(line)
		}
	}
	ask(57, p.Step == consensus.Propose && int(n.config.proposer(p.Round)) != self, consensus.TockPropose)
	ask(61, p.Step == consensus.Prevote && p.Once34, consensus.TockPrevoteWait)
	ask(65, p.Once47 && (n.node || int(p.Round) < n.config.stays(self)-1), consensus.TockPrecommitWait)
	return out
}

// noteReceived notes what a node is given, before it drops any of it.
func (s *step) noteReceived(x *local, m message) {
	if !s.config.Strict {
		return
	}
	switch m.kind {
	case proposalMessage:
		x.heard[m.round].proposals |= 1 << (4*int(m.value) + int(m.pol) + 1)
	case blockMessage:
		x.blocks |= 1 << m.value
	case prevoteMessage, precommitMessage:
	}
}

// linesTaken claims that no line is left undone.
var linesTaken = func() []claim {
	var out []claim
	for _, line := range askedLines {
		out = append(out, claim{
			name: fmt.Sprintf("line %d is not idle", line), source: fmt.Sprintf("%sline %d", algorithm1, line), applies: strictly,
			doc:   fmt.Sprintf("for all correct p at rest: line %d is not enabled by the messages that p keeps", line),
			holds: noneDeparts(idle(line)),
		})
	}
	for _, line := range []int{22, 28, 36, 49, 55} {
		out = append(out, claim{
			name: fmt.Sprintf("line %d is not lost", line), source: fmt.Sprintf("%sline %d", algorithm1, line), applies: strictly,
			doc:   fmt.Sprintf("for all correct p at rest: line %d is not enabled by messages that p has received, some of which it has dropped", line),
			holds: noneDeparts(lost(line)),
		})
	}
	for i, words := range []string{
		"in step propose, unless p is the proposer, timeoutPropose(h, round)",
		"in step prevote after line 34, timeoutPrevote(h, round)",
		"after line 47, timeoutPrecommit(h, round)",
	} {
		out = append(out, claim{
			name: fmt.Sprintf("line %d will come", dueLines[i]), source: fmt.Sprintf("%sline %d", algorithm1, dueLines[i]), applies: strictly,
			doc:   fmt.Sprintf("for all correct p at rest: %s has not expired without effect and has not been cancelled", words),
			holds: noneDeparts(overdue(dueLines[i])),
		})
	}
	return out
}()

func strictly(c *Config) bool { return c.Strict }

// noneDeparts claims that no process departs in one of the ways.
func noneDeparts(ways departures) func(*Config, []*label) bool {
	return func(_ *Config, all []*label) bool {
		return none(all, func(l *label) bool { return l.departs&ways != 0 })
	}
}
