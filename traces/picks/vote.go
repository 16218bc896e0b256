package picks

import (
	"fmt"
	"slices"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// lags are how long before it was logged a pick may have looked at what the node
// holds, tried in turn. Gossip reads a copy of the round state that is made anew
// every 0.1 ms, and not while a message is handled or the machine is busy.
var lags = []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond, 125 * time.Millisecond}

// vote judges a vote that was sent, by the belief that was printed with it; if that
// explains nothing, by what was believed a moment before. The row has to be one that
// picks from where the node says that it picked, where it says so. It looked after
// the time since, when the lane was busy with something else: votes that were held
// then it has seen.
func (j *Judge) vote(r *debuglog.Record, before []belief, from debuglog.Lane, since time.Time) Pick {
	pick := Pick{Line: r.Line, Offset: r.Offset, Time: r.Time, What: describe(&r.Vote)}
	p, err := j.peerOf(&r.Belief)
	if err == nil && r.Vote.Index >= maxSet {
		err = unjudged(fmt.Sprintf("more than %d validators or parts", maxSet))
	}
	if err != nil {
		return pick.cannot(err.Error())
	}
	if len(j.ours.during(r.Time, r.Time)) == 0 {
		return pick.cannot("the height and round of the node: no line tells them before this one")
	}
	beliefs := append([]belief{{height: r.Belief.Height, peer: p}}, before...)
	for i, b := range beliefs {
		for _, lag := range lags {
			for _, at := range j.ours.during(r.Time.Add(-lag), r.Time) {
				row, blind, err := j.explains(at, b, r, from, later(r.Time.Add(-lag), since))
				if err != nil {
					return pick.cannot(err.Error())
				}
				if blind != "" {
					return pick.cannot(blind)
				}
				if row != "" {
					pick.Verdict, pick.Row, pick.Lag, pick.Earlier = Explained, row, lag, i > 0
					return pick
				}
			}
		}
	}
	pick.Verdict = Contradicts
	j.whyNot(&pick, beliefs[0], r, from)
	return pick
}

// explains tells which row sends the vote, in some completion of what is known. If
// only votes that no line tells of do, blind says which.
func (j *Judge) explains(at *place, b belief, r *debuglog.Record, from debuglog.Lane, must time.Time) (row, blind string, err error) {
	s, err := j.ours.scene(at, b.height, b.peer, must, r.Time, j.sizeOf(&r.Belief))
	if err != nil {
		return "", "", err
	}
	want := s.message(&r.Vote)
	for v := range func(yield func(gossip.View) bool) { s.views(&r.Vote, yield) } {
		p := b.peer
		f, possible := ask(j.dialect, j.dialect.Votes, &v, &p, gossip.Message{})
		if possible && slices.Contains(f.any, want) && (from == 0 || from == lanes[f.key()]) {
			row = f.key()
			break
		}
	}
	if row == "" {
		return "", "", nil
	}
	for i := range s.doubts {
		if d := &s.doubts[i]; d.set.blind && d.id.height == r.Vote.Height && d.set.told(r.Vote.Index, r.Time) == 0 {
			return "", "the precommits of height " + fmt.Sprint(d.id.height) + ": no line tells which of them the node held", nil
		}
	}
	return row, "", nil
}

// sizeOf is how many validators the peer's height has: the arrays were made when
// the pick looked.
func (j *Judge) sizeOf(b *debuglog.Belief) int {
	return max(len(b.Prevotes), len(b.Precommits), len(b.CatchupCommit), 1)
}

// A fact is one thing that the log tells, and how it would have to be otherwise.
type fact struct {
	text string
	undo func(*gossip.View, *gossip.Peer)
}

// whyNot says which rows fire instead, and the smallest set of facts without which
// the vote would have been sent.
func (j *Judge) whyNot(pick *Pick, b belief, r *debuglog.Record, from debuglog.Lane) {
	at := j.ours.during(r.Time, r.Time)[0]
	s, err := j.ours.scene(at, b.height, b.peer, r.Time, r.Time, j.sizeOf(&r.Belief))
	if err != nil {
		return
	}
	pick.Place = fmt.Sprintf("%d/%d", at.height, at.round)
	var views []gossip.View
	for v := range func(yield func(gossip.View) bool) { s.views(&r.Vote, yield) } {
		views = append(views, v)
		p := b.peer
		if f, possible := ask(j.dialect, j.dialect.Votes, &v, &p, gossip.Message{}); possible && !slices.Contains(pick.Instead, f.key()) {
			pick.Instead = append(pick.Instead, f.key())
		}
	}
	want := s.message(&r.Vote)
	if from != 0 {
		pick.From = from.String()
	}
	facts := s.facts(&r.Vote, want)
	for n := 1; n <= 3; n++ {
		for _, some := range choose(facts, n) {
			v, p := views[0], b.peer
			for _, f := range some {
				f.undo(&v, &p)
			}
			f, possible := ask(j.dialect, j.dialect.Votes, &v, &p, gossip.Message{})
			if !possible || !slices.Contains(f.any, want) {
				continue
			}
			pick.Row = f.key()
			for _, f := range some {
				pick.Facts = append(pick.Facts, f.text)
			}
			return
		}
	}
	pick.Facts = []string{"no row sends such a vote to a peer that is believed there"}
}

// choose lists the sets of n facts, in order.
func choose(of []fact, n int) [][]fact {
	if n == 0 {
		return [][]fact{nil}
	}
	var sets [][]fact
	for i := range of {
		for _, rest := range choose(of[i+1:], n-1) {
			sets = append(sets, append([]fact{of[i]}, rest...))
		}
	}
	return sets
}

// facts lists what a vote that was sent may contradict.
func (s *scene) facts(vote *debuglog.Vote, want gossip.Message) []fact {
	p := &s.peer
	var facts []fact
	if slot := marksFor(p, want); slot != nil && slot(p).Bits.Has(want.Index) {
		facts = append(facts, fact{
			fmt.Sprintf("the peer is believed to have it: %s", printed(slot(p).Size, slot(p).Bits)),
			func(_ *gossip.View, p *gossip.Peer) { slot(p).Bits &^= 1 << want.Index },
		})
	}
	for i := range s.doubts {
		d := &s.doubts[i]
		if d.id != (setID{vote.Height, vote.Round, vote.Type}) {
			if d.must == 0 || !s.asked(d.id) {
				continue
			}
			facts = append(facts, fact{
				fmt.Sprintf("the node holds %s of %d/%d: %s", d.id.kind, d.id.height, d.id.round, printed(uint8(d.size), d.must)),
				func(v *gossip.View, _ *gossip.Peer) { d.put(v, votesOf(d.size, 0)) },
			})
		} else if !d.may.Has(want.Index) {
			facts = append(facts, fact{
				fmt.Sprintf("no line tells that the node held it: %s", printed(uint8(d.size), d.may)),
				func(v *gossip.View, _ *gossip.Peer) { d.put(v, votesOf(d.size, d.may|1<<want.Index)) },
			})
		}
	}
	if int64(vote.Round) != int64(p.Round) && vote.Round <= maxRound {
		facts = append(facts, fact{
			fmt.Sprintf("the peer is in round %d, the vote is of round %d", p.Round, vote.Round),
			func(_ *gossip.View, p *gossip.Peer) { p.Round = want.Round },
		})
	}
	if want.Height != s.view.Height && want.Height == peerAt {
		facts = append(facts, fact{
			fmt.Sprintf("the node is at height %d, the peer at %d", s.place.height, s.height),
			func(v *gossip.View, _ *gossip.Peer) { v.Height = peerAt },
		})
	}
	for _, step := range []gossip.Step{gossip.NewHeight, gossip.Propose, gossip.Prevote, gossip.Precommit, gossip.Commit} {
		if step != p.Step {
			facts = append(facts, fact{fmt.Sprintf("the peer is in step %d", p.Step), func(_ *gossip.View, p *gossip.Peer) { p.Step = step }})
		}
	}
	return append(facts, fact{
		fmt.Sprintf("the node is in round %d", s.place.round), func(v *gossip.View, p *gossip.Peer) { v.Round = max(v.Round, p.Round) },
	})
}

// marksFor is the array that a vote is marked in, nil for none.
func marksFor(p *gossip.Peer, m gossip.Message) func(*gossip.Peer) *gossip.Marks {
	v := gossip.View{Height: p.Height}
	switch gossip.CometBFT.Slot(&v, p, m.Height, m.Vote, m.Round) {
	case gossip.PrevotesSlot:
		return func(p *gossip.Peer) *gossip.Marks { return &p.Prevotes }
	case gossip.PrecommitsSlot:
		return func(p *gossip.Peer) *gossip.Marks { return &p.Precommits }
	case gossip.CatchupCommitSlot:
		return func(p *gossip.Peer) *gossip.Marks { return &p.CatchupCommit }
	case gossip.POLSlot:
		return func(p *gossip.Peer) *gossip.Marks { return &p.POL }
	case gossip.LastCommitSlot:
		return func(p *gossip.Peer) *gossip.Marks { return &p.LastCommit }
	default:
		return nil
	}
}

func describe(v *debuglog.Vote) string {
	return fmt.Sprintf("the %s of validator %d in %d/%d", v.Type, v.Index, v.Height, v.Round)
}
