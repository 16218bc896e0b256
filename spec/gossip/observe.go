package gossip

import (
	"fmt"

	"github.com/polka-bft/polka/spec"
)

// Observe takes the observation of a binding: what v and p are to each other, and
// m to both. It panics for a binding that is not of this package.
func (d *Dialect) Observe(b *spec.Binding, v *View, p *Peer, m Message) spec.Observation {
	values := make([]uint8, len(b.Vars))
	for i, of := range b.Vars {
		values[i] = d.value(of, v, p, m)
	}
	return b.At(values...)
}

// value is what one observable says. Each is of the view, of the peer and of the
// message alone, whatever the binding.
func (d *Dialect) value(of *spec.Variable, v *View, p *Peer, m Message) uint8 {
	switch of {
	case PeerHeight.Variable():
		return uint8(peerHeight(v, p))
	case PeerRound.Variable():
		return uint8(peerRound(v, p))
	case PeerStep.Variable():
		return uint8(peerStep(p.Step))
	case LowerHeight.Variable():
		return fact(0 < p.Height && p.Height < v.Height)
	case OurParts.Variable():
		return uint8(held(v.ourParts(p)))
	case PartsNamed.Variable():
		return fact(p.Parts.Size > 0)
	case StoredHeader.Variable():
		return fact(v.Stored(p.Height).Header != Header{})
	case StoredParts.Variable():
		return uint8(held(v.storedParts(p)))
	case NamedParts.Variable():
		ours, kept := v.ourParts(p)
		stored, also := v.storedParts(p)
		return uint8(held(ours|stored, kept || also))
	case OurProposal.Variable():
		return uint8(ourProposal(v, p))
	case WithPOL.Variable():
		return fact(polRound(v, m) >= 0)
	case OurCommit.Variable():
		return uint8(held(d.lacksOf(v.decision(p.Height), v, p, p.Height)))
	case OurLastCommit.Variable():
		if p.Height != v.Height {
			return uint8(Unheld)
		}
		return uint8(held(d.lacksOf(v.LastCommit, v, p, v.Height-1)))
	case OurPOL.Variable():
		return uint8(held(d.lacks(v, p, Prevotes, p.POLRound)))
	case OurPrevotes.Variable():
		return lacking(d.lacks(v, p, Prevotes, p.Round))
	case OurPrecommits.Variable():
		return lacking(d.lacks(v, p, Precommits, p.Round))
	case IsCommit.Variable():
		return fact(p.Height == v.Height && v.Votes(Precommits, p.Round).Majority != NoBlock)
	case LaterPrevotes.Variable():
		return lacking(d.lacksLater(v, p, Prevotes))
	case LaterPrecommits.Variable():
		return lacking(d.lacksLater(v, p, Precommits))
	}
	return d.valueOfMessage(of, v, p, m)
}

// valueOfMessage is what the observables say that are about a message.
func (d *Dialect) valueOfMessage(of *spec.Variable, v *View, p *Peer, m Message) uint8 {
	switch of {
	case About.Variable():
		return uint8(m.About)
	case AtOurHeight.Variable():
		if m.Kind == NoMessage {
			return fact(p.Height == v.Height)
		}
		return fact(m.Height == v.Height)
	case RoundKnown.Variable():
		return fact(m.About != AboutPOL && m.About != AboutCatchup ||
			m.About == AboutPOL && p.POLRound >= 0 || m.About == AboutCatchup && p.CatchupCommitRound >= 0)
	case HasMajority.Variable():
		return fact(v.query(p, m.About).Block != NoBlock)
	case AskedBefore.Variable():
		return fact(p.Asked[m.About].asks(queryOf(p, v.query(p, m.About))))
	case Newer.Variable():
		return fact(newer(m, p))
	case ToHeight.Variable():
		return uint8(toHeight(m, p))
	case SameRound.Variable():
		return fact(m.Round == p.Round)
	case ToCatchup.Variable(), InCatchup.Variable():
		return fact(m.Round == p.CatchupCommitRound)
	case ToLater.Variable(), InLater.Variable():
		return fact(m.Round == p.Later.Round)
	case DecidedIn.Variable():
		return fact(m.LastCommitRound == p.Round)
	case PeerAt.Variable():
		return fact(m.Height == p.Height)
	case ForCommit.Variable():
		return fact(m.IsCommit)
	case KnowsProposal.Variable():
		return fact(p.Proposal)
	case SamePOLRound.Variable(), InPOL.Variable():
		return fact(m.Round == p.POLRound)
	case Claim.Variable():
		return uint8(v.claim(p, m))
	case OursForBlock.Variable():
		return fact(v.Height == m.Height && (v.Votes(m.Vote, m.Round).Of(m.Block) != 0 || p.claim(m.Height, m.Round, m.Vote) == m.Block))
	case QueryOpen.Variable():
		return fact(p.open(m) >= 0)
	case Where.Variable():
		return uint8(where(m, p))
	case VoteIs.Variable():
		return uint8(m.Vote)
	case InCurrent.Variable():
		return fact(m.Round == p.Round)
	case InLast.Variable():
		return fact(m.Round == p.LastCommitRound)
	case Item.Variable():
		return uint8(item(m.Kind))
	case Result.Variable():
		return uint8(m.Sent)
	case Event.Variable():
		return uint8(m.Event)
	}
	panic(fmt.Sprintf("gossip: %s is not observed here", of.Name))
}

func fact(b bool) uint8 {
	if b {
		return uint8(Yes)
	}
	return uint8(No)
}

// held says what is lacking of a set, if one is kept.
func held(lacking Set, kept bool) HeldValue {
	switch {
	case !kept:
		return Unheld
	case lacking == 0:
		return Had
	default:
		return Lacking
	}
}

func lacking(s Set, _ bool) uint8 { return fact(s != 0) }

func peerHeight(v *View, p *Peer) PeerHeightValue {
	switch d := p.Height - v.Height; {
	case p.Height == 0:
		return Untold
	case d < -1:
		return Behind
	case d == -1:
		return Previous
	case d == 0:
		return Here
	case d == 1:
		return Next
	default:
		return Ahead
	}
}

func peerRound(v *View, p *Peer) PeerRoundValue {
	switch {
	case p.Height != v.Height:
		return NoRound
	case p.Round < v.Round:
		return EarlierRound
	case p.Round == v.Round:
		return OurRound
	default:
		return LaterRound
	}
}

func peerStep(s Step) PeerStepValue {
	switch {
	case s <= NewHeight: // a peer with a height has a step
		return InNewHeight
	case s <= Propose:
		return InPropose
	case s <= PrevoteWait:
		return InPrevote
	case s <= PrecommitWait:
		return InPrecommit
	default:
		return InCommit
	}
}

// ourParts is which of the parts that we collect the peer lacks, if it names their
// header.
func (v *View) ourParts(p *Peer) (Set, bool) {
	if v.Header == (Header{}) || v.Header != p.Header {
		return 0, false
	}
	return v.Parts &^ p.Parts.Bits, true
}

// storedParts is which of the stored parts of its height the peer lacks, if it
// names their header.
func (v *View) storedParts(p *Peer) (Set, bool) {
	if h := v.Stored(p.Height).Header; h == (Header{}) || h != p.Header {
		return 0, false
	}
	return upTo(p.Parts.Size) &^ p.Parts.Bits, true
}

func ourProposal(v *View, p *Peer) HeldValue {
	switch {
	case !v.Proposal.Held:
		return Unheld
	case p.Proposal:
		return Had
	default:
		return Lacking
	}
}

// polRound is that of our proposal, −1 when there is none; of a message that was
// sent, that of the proposal in it.
func polRound(v *View, m Message) Round {
	switch {
	case m.Kind == ProposalMessage:
		return m.POLRound
	case m.Kind == NoMessage && v.Proposal.Held:
		return v.Proposal.POLRound
	default:
		return -1
	}
}

// decision is the commit of an earlier height, as it is sent to a peer there.
func (v *View) decision(h Height) Decision {
	switch {
	case h == 0 || h >= v.Height:
		return Decision{}
	case h == v.Height-1:
		return v.LastCommit
	default:
		return v.Stored(h).Decision
	}
}

// lacks is which votes a peer of our height is not believed to have, if we keep any
// of that type and round.
func (d *Dialect) lacks(v *View, p *Peer, k VoteKind, r Round) (Set, bool) {
	s := v.Votes(k, r)
	if p.Height != v.Height || s.Size == 0 {
		return 0, false
	}
	q := *p
	q.allocate(s.Size)
	return s.All() &^ d.marked(v, &q, v.Height, k, r, s.All()), true
}

// lacksLater is which votes of our round the peer is not believed to have.
func (d *Dialect) lacksLater(v *View, p *Peer, k VoteKind) (Set, bool) {
	q := *p
	q.keepLater(v.Round, v.Validators)
	return d.lacks(v, &q, k, v.Round)
}

// lacksOf is which precommits of a decision the peer is not believed to have, if
// there is a decision.
func (d *Dialect) lacksOf(c Decision, v *View, p *Peer, h Height) (Set, bool) {
	if c.Votes.Size == 0 {
		return 0, false
	}
	q := *p
	switch p.Height {
	case h:
		q.keepCatchup(c.Round, c.Votes.Size)
		q.allocate(c.Votes.Size)
	case h + 1:
		q.allocateLast(c.Votes.Size)
	}
	return c.Votes.All() &^ d.marked(v, &q, h, Precommits, c.Round, c.Votes.All()), true
}

// marked is whose votes are marked; all of them where nothing can be marked, since
// such a vote is not worth sending.
func (d *Dialect) marked(v *View, p *Peer, h Height, k VoteKind, r Round, all Set) Set {
	a := p.slot(d.Slot(v, p, h, k, r))
	if a == nil || a.Size == 0 {
		return all
	}
	return a.Bits
}

// Slot is the array that votes of a height, type and round are marked in.
func (d *Dialect) Slot(v *View, p *Peer, h Height, k VoteKind, r Round) Slot {
	o := d.Observe(d.lookup, v, p, Message{Kind: Vote, Height: h, Round: r, Vote: k})
	id := d.Updates.Next(o)
	if id == spec.Wait {
		return NoSlot
	}
	return slots[d.Updates.Rule(id).Effects[0].Do]
}

var slots = map[spec.Op]Slot{
	UsePrevotes:        PrevotesSlot,
	UsePrecommits:      PrecommitsSlot,
	UseCatchup:         CatchupCommitSlot,
	UsePOL:             POLSlot,
	UseLastCommit:      LastCommitSlot,
	UseLaterPrevotes:   LaterPrevotesSlot,
	UseLaterPrecommits: LaterPrecommitsSlot,
}

// query is the question about a majority: Block is NoBlock when we have none.
func (v *View) query(p *Peer, a AboutValue) Message {
	m := Message{Kind: VoteSetMaj23, About: a, Height: p.Height, Round: p.Round, Vote: Prevotes}
	switch a {
	case AboutPrecommits:
		m.Vote = Precommits
	case AboutPOL:
		m.Round = p.POLRound
	case AboutCatchup:
		c := v.Stored(p.Height).Decision
		m.Vote, m.Round, m.Block = Precommits, c.Round, c.Votes.Majority
		return m
	}
	m.Block = v.Votes(m.Vote, m.Round).Majority
	return m
}

func queryOf(p *Peer, m Message) Query {
	return Query{Height: m.Height, At: p.Round, Round: m.Round, Kind: m.Vote, Block: m.Block}
}

// asks reports whether both queries ask the same in the same round of the peer.
func (q Query) asks(r Query) bool {
	q.Open, q.Since = false, 0
	return r.Block != NoBlock && q == r
}

// open is the number of the open query that a message answers, −1 for none.
func (p *Peer) open(m Message) int {
	for i, q := range p.Asked {
		if q.Open && q.Height == m.Height && q.Round == m.Round && q.Kind == m.Vote && q.Block == m.Block {
			return i
		}
	}
	return -1
}

func newer(m Message, p *Peer) bool {
	switch {
	case m.Height != p.Height:
		return m.Height > p.Height
	case m.Round != p.Round:
		return m.Round > p.Round
	default:
		return m.Step > p.Step
	}
}

func toHeight(m Message, p *Peer) NextHeightValue {
	switch m.Height {
	case p.Height:
		return SameHeight
	case p.Height + 1:
		return NextHeight
	default:
		return OtherHeight
	}
}

func (v *View) claim(p *Peer, m Message) ClaimValue {
	switch was := p.claim(m.Height, m.Round, m.Vote); {
	case v.Height != m.Height || v.Votes(m.Vote, m.Round).Size == 0:
		return Unkept
	case was == NoBlock:
		return FirstClaim
	case was == m.Block:
		return SameClaim
	default:
		return OtherClaim
	}
}

func where(m Message, p *Peer) WhereValue {
	switch p.Height {
	case m.Height:
		return AtPeer
	case m.Height + 1:
		return BeforePeer
	default:
		return Elsewhere
	}
}

func item(k Kind) ItemValue {
	switch k {
	case BlockPart:
		return PartItem
	case ProposalMessage:
		return ProposalItem
	case Vote:
		return VoteItem
	case VoteSetMaj23:
		return QueryItem
	default:
		return OtherItem
	}
}
