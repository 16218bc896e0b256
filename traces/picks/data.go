package picks

import (
	"fmt"
	"slices"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// sentData judges a part or a proposal that was sent to a peer, by what the replay
// says may have been believed of it: no belief is printed with these.
func (j *Judge) sentData(r *debuglog.Record, p *peer) Pick {
	pick := Pick{Line: r.Line, Offset: r.Offset, Time: r.Time, What: describeData(r)}
	beliefs, now := p.beliefs(p.pastData)
	if len(beliefs) == 0 {
		return pick.cannot("what is believed of the peer: the log does not begin with the connection, and no vote was sent since")
	}
	places := j.ours.during(r.Time, r.Time)
	if len(places) == 0 {
		return pick.cannot("the height and round of the node: no line tells them before this one")
	}
	missing := ""
	for i, b := range beliefs {
		for _, lag := range lags {
			for _, at := range j.ours.during(r.Time.Add(-lag), r.Time) {
				row, blind := j.carries(at, b, r)
				if row != "" && blind == "" {
					pick.Verdict, pick.Row, pick.Lag, pick.Earlier = Explained, row, lag, i >= now
					return pick
				}
				if blind != "" {
					missing = blind
				}
			}
		}
	}
	if missing != "" {
		return pick.cannot(missing)
	}
	pick.Verdict, pick.Place = Contradicts, fmt.Sprintf("%d/%d", places[0].height, places[0].round)
	j.whyNotData(&pick, places[0], beliefs[0])
	return pick
}

// carries tells which row sends the part or proposal. If it does only under a
// part-set header that no line tells, blind says so.
func (j *Judge) carries(at *place, b belief, r *debuglog.Record) (row, blind string) {
	for _, v := range j.dataViews(at, b, r.Time) {
		p := b.peer
		f, possible := ask(j.dialect, j.dialect.Data, &v, &p, gossip.Message{})
		if possible && slices.ContainsFunc(f.any, func(m gossip.Message) bool { return b.sends(&m, r, &f, j.names.v1) }) {
			return f.key(), ""
		}
	}
	stored := r.Kind != debuglog.ProposalSent && b.height < at.height && j.ours.headerAt(b.height) == debuglog.Header{}
	collects := r.Kind == debuglog.PartSent && at.complete && at.collects == debuglog.Header{}
	if b.height == r.Height && (stored || collects) {
		return "", fmt.Sprintf("the part-set header of the block of height %d that the node has", r.Height)
	}
	return "", ""
}

// sends reports whether a choice of a row is what the log says was sent. v0.38 has
// a line of its own for parts of stored blocks.
func (b *belief) sends(m *gossip.Message, r *debuglog.Record, f *fired, v1 bool) bool {
	switch {
	case r.Height != b.height || int64(r.Round) != int64(b.peer.Round):
		return false
	case r.Kind == debuglog.ProposalSent:
		return m.Kind == gossip.ProposalMessage
	case m.Kind != gossip.BlockPart, !v1 && (r.Kind == debuglog.StoredPartSent) != (f.key() == "D3"):
		return false
	default:
		return r.Index < 0 || int(m.Index) == r.Index
	}
}

// dataViews lists what the node may have had for the lane of data: a block whose
// last part comes has it a moment before the line that says so.
func (j *Judge) dataViews(at *place, b belief, now time.Time) []gossip.View {
	v := j.ours.sizes.view(at, b.height)
	if q := at.proposed; q != nil {
		v.Proposal = gossip.Proposal{Held: true, Header: j.header(q.Header), POLRound: gossip.Round(q.POLRound)}
	}
	if h := j.ours.headerAt(b.height); b.height > 0 && b.height < at.height {
		v.Store[peerAt-1].Header = j.header(h)
	}
	v.Header = j.header(at.collects)
	all := gossip.Set(1)<<v.Header.Total - 1
	if at.complete {
		v.Parts = all
		return []gossip.View{v}
	}
	views := []gossip.View{v}
	const soon = 5 * time.Millisecond
	if by, ok := j.ours.completes[at.height]; ok && by.Sub(now) < soon {
		v.Parts = all
		views = append(views, v)
	}
	return views
}

// whyNotData says what fires instead, and what of the belief and of the node speaks
// against what was sent.
func (j *Judge) whyNotData(pick *Pick, at *place, b belief) {
	for _, v := range j.dataViews(at, b, pick.Time) {
		p := b.peer
		if f, possible := ask(j.dialect, j.dialect.Data, &v, &p, gossip.Message{}); possible && !slices.Contains(pick.Instead, f.key()) {
			pick.Instead = append(pick.Instead, f.key())
		}
	}
	p := &b.peer
	pick.Facts = append(pick.Facts,
		fmt.Sprintf("the peer is at %d/%d; proposal %v, header %v, parts %s", b.height, p.Round, p.Proposal, p.Header, printed(p.Parts.Size, p.Parts.Bits)),
		fmt.Sprintf("the node collects %v, all of it: %v; it has a proposal: %v", j.header(at.collects), at.complete, at.proposed != nil))
}

func describeData(r *debuglog.Record) string {
	what := map[debuglog.Kind]string{
		debuglog.PartSent: "a part", debuglog.StoredPartSent: "a part for catch-up", debuglog.ProposalSent: "the proposal", debuglog.POLSent: "the POL",
	}[r.Kind]
	return fmt.Sprintf("%s to a peer in %d/%d", what, r.Height, r.Round)
}

// sentPOL judges that a POL was sent: it follows the proposal, in row D4.
func (j *Judge) sentPOL(r *debuglog.Record, p *peer) Pick {
	pick := Pick{Line: r.Line, Offset: r.Offset, Time: r.Time, What: describeData(r)}
	switch last := p.data; {
	case last == nil || last.Kind != debuglog.ProposalSent:
		pick.Verdict, pick.Instead, pick.Facts = Contradicts, []string{"none"}, []string{"no proposal was sent just before"}
	case p.proposal == nil:
		return pick.cannot("the proposal of the node")
	case p.proposal.POLRound < 0:
		pick.Verdict, pick.Instead, pick.Facts = Contradicts, []string{"D4"}, []string{"the proposal has no POL round"}
	default:
		pick.Verdict, pick.Row = Explained, "D4"
	}
	return pick
}
