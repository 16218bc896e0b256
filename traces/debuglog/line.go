package debuglog

import (
	"fmt"
	"strconv"
	"strings"
)

// readers says how each line is read, by module and text.
var readers = map[string]map[string]func(*fields, *Record){
	"main": {"version info": only(NodeStarted)},
	"state": {
		"committed state": heightOnly(StateCommitted),
	},
	"consensus": {
		"switchToConsensus": only(Switched),
		"receive":           readReceived,
		"sending vote message": func(f *fields, r *Record) {
			r.Kind, r.Belief, r.Vote = VoteSent, f.belief("ps"), printed(f, "vote", voteOf)
		},
		"picked rs.LastCommit to send":                     picked(FromLastCommit),
		"picked Catchup commit to send":                    picked(FromStore),
		"picked rs.Prevotes(prs.Round) to send":            picked(FromPrevotes),
		"picked rs.Precommits(prs.Round) to send":          picked(FromPrecommits),
		"picked rs.Prevotes(prs.ProposalPOLRound) to send": picked(FromPOL),
		"no votes to send, sleeping": func(f *fields, r *Record) {
			r.Kind, r.Peer, r.Height, r.PeerHeight = NothingToSend, f.str("peer"), f.height("rs.Height"), f.height("prs.Height")
			r.Ours = [2]Bits{f.bits("localPV"), f.bits("localPC")}
			r.Theirs = [2]Bits{f.bits("peerPV"), f.bits("peerPC")}
		},
		"setHasVote": func(f *fields, r *Record) {
			readMarked(f, r, VoteMarked)
			r.Type = printed(f, "type", typeOf)
		},
		"setHasProposalBlockPart":        func(f *fields, r *Record) { readMarked(f, r, PartMarked) },
		"sending block part":             sent(PartSent),
		"sending block part for catchup": sent(StoredPartSent),
		"sending proposal":               sent(ProposalSent),
		"sending POL":                    sent(POLSent),

		"adding vote": func(f *fields, r *Record) {
			r.Kind, r.Height, r.VoteHeight = VoteComes, f.height("cs_height"), f.height("vote_height")
			r.Type, r.Index = printed(f, "vote_type", typeOf), f.count("val_index")
		},
		"added vote to prevote": func(f *fields, r *Record) {
			r.Kind, r.Set, r.Vote = VoteAdded, printed(f, "prevotes", voteSetOf), printed(f, "vote", voteOf)
		},
		"added vote to precommit": func(f *fields, r *Record) {
			r.Kind, r.Height, r.Round = PrecommitAdded, f.height("height"), f.round("round")
			r.Address, r.VoteTime = f.str("validator"), f.when("vote_timestamp")
			r.Fraction = printed(f, "data", fractionOf)
		},
		"added vote to last precommits": func(f *fields, r *Record) {
			r.Kind, r.Set = LastCommitAdded, printed(f, "last_commit", voteSetOf)
		},
		"entering new round":           entered(RoundEntered, "previous"),
		"entering propose step":        entered(StepEntered, "current"),
		"entering prevote step":        entered(StepEntered, "current"),
		"entering prevote wait step":   entered(StepEntered, "current"),
		"entering precommit step":      entered(StepEntered, "current"),
		"entering precommit wait step": entered(StepEntered, "current"),
		"entering commit step": func(f *fields, r *Record) {
			r.Kind, r.Height, r.Round = CommitEntered, f.height("height"), f.round("commit_round")
			r.Before = printed(f, "current", placeOf)
		},
		"received proposal": func(f *fields, r *Record) {
			r.Kind, r.Proposal = ProposalTaken, printed(f, "proposal", proposalOf)
		},
		"received complete proposal block": hashed(BlockComplete),
		"finalizing commit of block":       hashed(Finalizing),
		"committed block": func(f *fields, r *Record) {
			r.Kind, r.Block = BlockCommitted, printed(f, "block", blockOf)
		},
		"received tock":     timed(TimeoutTaken),
		"scheduled timeout": timed(TimeoutScheduled),
		"resetting proposal info": func(f *fields, r *Record) {
			r.Kind, r.Height, r.Round = ProposalForgotten, f.height("height"), f.round("round")
		},
		"commit is for a block we do not know about; set ProposalBlock=nil": only(BlockForgotten),
		"valid block we do not know about; set ProposalBlock=nil":           only(BlockForgotten),
		"receive block part": func(f *fields, r *Record) {
			r.Kind, r.Height, r.Round = PartComes, f.height("height"), f.round("round")
			r.Index, r.Total = f.count("index"), f.count("total")
		},
	},
}

// record reads what the line tells, and reports whether it is one that is read.
func (f *fields) record(r *Record) bool {
	if f.module == "p2p" {
		return f.peerService(r)
	}
	read, ok := readers[f.module][f.text]
	if ok {
		read(f, r)
	}
	return ok && r.Kind != 0
}

// peerService reads that a connection to a peer begins or ends.
func (f *fields) peerService(r *Record) bool {
	switch f.text {
	case "service start":
		r.Kind = PeerStarted
	case "service stop":
		r.Kind = PeerStopped
	default:
		return false
	}
	r.Peer = f.str("impl")
	return strings.HasPrefix(r.Peer, "Peer{")
}

func only(k Kind) func(*fields, *Record) { return func(_ *fields, r *Record) { r.Kind = k } }

func heightOnly(k Kind) func(*fields, *Record) {
	return func(f *fields, r *Record) { r.Kind, r.Height = k, f.height("height") }
}

func hashed(k Kind) func(*fields, *Record) {
	return func(f *fields, r *Record) { r.Kind, r.Height, r.Hash = k, f.height("height"), f.str("hash") }
}

func timed(k Kind) func(*fields, *Record) {
	return func(f *fields, r *Record) {
		r.Kind, r.Height, r.Round = k, f.height("height"), f.round("round")
		r.Before.Step = printed(f, "step", stepOf)
	}
}

func entered(k Kind, before string) func(*fields, *Record) {
	return func(f *fields, r *Record) {
		r.Kind, r.Height, r.Round, r.Before = k, f.height("height"), f.round("round"), printed(f, before, placeOf)
	}
}

func picked(from Lane) func(*fields, *Record) {
	return func(f *fields, r *Record) {
		r.Kind, r.From, r.Peer, r.Height, r.Round = Picked, from, f.str("peer"), f.height("height"), -1
		if f.has("round") {
			r.Round = f.round("round")
		}
	}
}

func sent(k Kind) func(*fields, *Record) {
	return func(f *fields, r *Record) {
		r.Kind, r.Height, r.Round, r.Index = k, f.height("height"), f.round("round"), -1
		if f.has("peer") {
			r.Peer = f.str("peer")
		}
		if f.has("index") {
			r.Index = f.count("index")
		}
	}
}

func readMarked(f *fields, r *Record, k Kind) {
	peer, of := printed(f, "peerH/R", placeOf), printed(f, "H/R", placeOf)
	r.Kind, r.PeerHeight, r.PeerRound, r.Height, r.Round = k, peer.Height, peer.Round, of.Height, of.Round
	r.Index = f.count("index")
}

// readReceived reads a message. A reactor that is not running prints none.
func readReceived(f *fields, r *Record) {
	if !f.has("msg") {
		return
	}
	r.Kind, r.Peer, r.Message = Received, f.str("src"), printed(f, "msg", messageOf)
}

// fractionOf reads "Votes:3/4(0.750)".
func fractionOf(s string) (float64, error) {
	_, after, ok := strings.Cut(s, "(")
	inner, closed := strings.CutSuffix(after, ")")
	if !ok || !closed || !strings.HasPrefix(s, "Votes:") {
		return 0, fmt.Errorf("%q does not tell how many votes there are", s)
	}
	return strconv.ParseFloat(inner, 64)
}

// belief reads the state of a peer.
func (f *fields) belief(name string) Belief {
	var ps struct {
		State map[string]any `json:"round_state"`
	}
	f.read(name, &ps)
	if f.err != nil {
		return Belief{}
	}
	in, err := nested(f.values[name], "round_state")
	if err != nil {
		f.fail(name, err)
		return Belief{}
	}
	b := Belief{
		Round: in.round("round"), Step: uint8(in.count("step")), StartTime: in.when("start_time"), Proposal: false,
		Parts: in.bits("proposal_block_parts"), POLRound: in.round("proposal_pol_round"), POL: in.bits("proposal_pol"),
		Prevotes: in.bits("prevotes"), Precommits: in.bits("precommits"),
		LastCommitRound: in.round("last_commit_round"), LastCommit: in.bits("last_commit"),
		CatchupCommitRound: in.round("catchup_commit_round"), CatchupCommit: in.bits("catchup_commit"),
	}
	in.read("proposal", &b.Proposal)
	b.Height = printed(in, "height", func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })
	in.read("proposal_block_part_set_header", &b.Header)
	if in.err != nil {
		f.fail(name, in.err)
	}
	return b
}
