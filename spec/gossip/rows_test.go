package gossip_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// A scene is a node and what it believes of a peer. The node is at height 3, in
// step prevote of round 1, has three of four votes of rounds 0 and 1, the last
// commit and the blocks of heights 1 and 2.
type scene struct {
	v gossip.View
	p gossip.Peer
	m gossip.Message
}

var threeVotes = gossip.VoteSet{Size: 4, For: [gossip.Blocks]gossip.Set{0, 0b0111, 0}, Majority: gossip.BlockA}

func newScene() *scene {
	s := &scene{p: gossip.NewPeer()}
	s.v = gossip.View{Height: 3, Round: 1, Step: gossip.Prevote, Validators: 4, Base: 1, Top: 2}
	for r := range 3 {
		s.v.Prevotes[r].Size, s.v.Precommits[r].Size = 4, 4
	}
	s.v.LastCommit = gossip.Decision{Round: 0, Votes: threeVotes}
	for h := range 2 {
		s.v.Store[h] = gossip.Stored{Header: headers[1], Decision: gossip.Decision{Round: 0, Votes: threeVotes}}
	}
	s.p.Height, s.p.Round, s.p.Step = 3, 1, gossip.Prevote
	s.m = gossip.Message{Height: 3, Round: 1}
	return s
}

// collecting: both collect the same parts, and we have two of three.
func (s *scene) collecting() {
	s.v.Header, s.v.Parts = headers[2], 0b011
	s.p.Header, s.p.Parts = headers[2], gossip.Marks{Size: 3}
}

// behind: the peer is at another height, in round 0.
func (s *scene) behind(h gossip.Height) { s.p.Height, s.p.Round = h, 0 }

// proposed: we have the proposal of the round.
func (s *scene) proposed(polRound gossip.Round) {
	s.v.Proposal = gossip.Proposal{Held: true, Header: headers[0], POLRound: polRound}
}

// A row is one rule: where it fires, what is sent then, and what changes.
type row struct {
	rule    string // its name
	of      *spec.Binding
	scene   func(s *scene)
	sends   string
	changes string
}

// rowsOfBoth are the rules that both dialects have.
var rowsOfBoth = []row{
	{"V7If", gossip.PickVote, func(s *scene) { s.behind(2) }, "Vote 2/0 Vote=1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommitRound=0 CatchupCommit=0000"},
	{"V7Else", gossip.PickVote, func(s *scene) {
		s.behind(2)
		s.p.Precommits = gossip.Marks{Size: 4, Bits: 0b0111}
	}, "", "POL=0000 Prevotes=0000 CatchupCommitRound=0 CatchupCommit=0111 Shared=true"},
	{"V8If", gossip.PickVote, func(s *scene) { s.behind(1); s.p.Round = 1 }, "Vote 1/0 Vote=1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommitRound=0 CatchupCommit=0000"},
	{"V8Else", gossip.PickVote, func(s *scene) {
		s.behind(1)
		s.p.CatchupCommitRound, s.p.Precommits = 0, gossip.Marks{Size: 4, Bits: 0b0111}
	}, "", "POL=0000 Prevotes=0000 CatchupCommit=0000"},
	{"tryLastCommit", gossip.TryLastCommit, func(s *scene) { s.p.Step = gossip.NewHeight }, "", "LastCommit=0000"},
	{"try.earlyIf", gossip.TryRound, func(s *scene) { s.v.Precommits[1] = threeVotes }, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommitRound=1 CatchupCommit=0000 Shared=true"},
	{"try.earlyElse", gossip.TryRound, func(s *scene) {}, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
	{"try.lateIf", gossip.TryRound, func(s *scene) { s.v.Precommits[1], s.p.Step = threeVotes, gossip.Precommit }, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommitRound=1 CatchupCommit=0000"},
	{"try.lateElse", gossip.TryRound, func(s *scene) { s.p.Step = gossip.PrecommitWait }, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
	{"try.commit", gossip.TryRound, func(s *scene) { s.p.Step = gossip.Commit }, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
	{"try.pol", gossip.TryRound, func(s *scene) { s.p.Round, s.p.POLRound = 2, 0 }, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
	{"announce.step", gossip.Announce, func(s *scene) { s.m.Event = gossip.StepTaken }, "NewRoundStep 3/1 Step=4", ""},
	{"announce.block", gossip.Announce, func(s *scene) { s.collecting(); s.m.Event = gossip.PolkaSeen }, "NewValidBlock 3/1 Header={3 1} Bits=011", ""},
	{"announce.vote", gossip.Announce, func(s *scene) { s.m.Event, s.m.Vote, s.m.Index = gossip.VoteAdded, gossip.Precommits, 2 }, "HasVote 3/1 Vote=1 of 0100", ""},
	{"announce.part", gossip.Announce, func(s *scene) { s.m.Event, s.m.Index = gossip.PartAdded, 1 }, "HasProposalBlockPart 3/1 of 0010", ""},
	{"greet", gossip.Announce, func(s *scene) { s.collecting(); s.m.Event = gossip.PeerAdded }, "NewRoundStep 3/1 Step=4", ""},
	{"newValidBlock.round", gossip.OnNewValidBlock, func(s *scene) { s.m.Header, s.m.Bits = headers[2], gossip.Marks{Size: 3, Bits: 1} }, "", "Header={3 1} Parts=001"},
	{"newValidBlock.commit", gossip.OnNewValidBlock, func(s *scene) {
		s.m.Round, s.m.IsCommit, s.m.Header, s.m.Bits = 2, true, headers[2], gossip.Marks{Size: 3, Bits: 1}
	}, "", "Header={3 1} Parts=001"},
	{"hasPart", gossip.HasPart, func(s *scene) { s.collecting(); s.m.Index = 2 }, "", "Parts=100"},
	{"hasProposal.first", gossip.HasProposal, func(s *scene) { s.m.Header, s.m.POLRound = headers[0], 0 }, "", "Proposal=true Header={2 1} Parts=00 POLRound=0"},
	{"voteSetMaj23.first", gossip.OnMaj23, func(s *scene) { s.v.Prevotes[1] = threeVotes; s.m.Block = gossip.BlockA }, "VoteSetBits 3/1 Block=2 Bits=0111", "ClaimsHeight=3 Claims=[[0 0] [2 0] [0 0] [0 0]]"},
	{"voteSetMaj23.again", gossip.OnMaj23, func(s *scene) { s.m.Round, s.m.Block = 3, gossip.BlockA }, "VoteSetBits 3/3 Block=2", ""},
	{"voteSetMaj23.conflict", gossip.OnMaj23, func(s *scene) {
		s.m.Block, s.p.ClaimsHeight, s.p.Claims[1][0] = gossip.BlockA, 3, gossip.BlockB
	}, "stop", ""},
	{"lookup.last", gossip.Lookup, func(s *scene) {
		s.m = gossip.Message{Height: 2, Round: 0, Vote: gossip.Precommits}
		s.p.LastCommitRound = 0
	}, "", ""},
}

// cometBFTRows are the rules of CometBFT that polka has not, or not alike.
var cometBFTRows = []row{
	{"D1", gossip.PickData, func(s *scene) { s.collecting(); s.p.Parts.Bits = 0b100 }, "BlockPart 3/1 Header={3 1} of 0011", ""},
	{"D2", gossip.PickData, func(s *scene) { s.behind(1) }, "", "Header={2 2} Parts=00"},
	{"D3", gossip.PickData, func(s *scene) { s.behind(1); s.p.Header, s.p.Parts = headers[1], gossip.Marks{Size: 2, Bits: 1} }, "BlockPart 1/0 Header={2 2} of 0010", ""},
	{"D4If", gossip.PickData, func(s *scene) { s.proposed(0); s.v.Prevotes[0] = threeVotes }, "Proposal 3/1 Header={2 1}; ProposalPOL 3/0 Bits=0111", ""},
	{"D4Else", gossip.PickData, func(s *scene) { s.proposed(-1) }, "Proposal 3/1 POLRound=-1 Header={2 1}", ""},
	{"Q1", gossip.AskMajority, func(s *scene) { s.m = gossip.Message{}; s.v.Prevotes[1] = threeVotes }, "VoteSetMaj23 3/1 Block=2", ""},
	{"Q2", gossip.AskMajority, func(s *scene) { s.m = gossip.Message{About: gossip.AboutPrecommits}; s.v.Precommits[1] = threeVotes }, "VoteSetMaj23 3/1 Vote=1 Block=2 About=1", ""},
	{"Q3", gossip.AskMajority, func(s *scene) {
		s.m = gossip.Message{About: gossip.AboutPOL}
		s.v.Prevotes[0], s.p.POLRound = threeVotes, 0
	}, "VoteSetMaj23 3/0 Block=2 About=2", ""},
	{"Q4", gossip.AskMajority, func(s *scene) {
		s.m = gossip.Message{About: gossip.AboutCatchup}
		s.behind(1)
		s.p.CatchupCommitRound = 0
	}, "VoteSetMaj23 1/0 Vote=1 Block=2 About=3", ""},
	{"hasProposal.named", gossip.HasProposal, func(s *scene) { s.collecting(); s.m.Header, s.m.POLRound = headers[0], 0 }, "", "Proposal=true"},
	{"hasVote", gossip.OnHasVote, func(s *scene) { s.p.Prevotes.Size, s.m.Index = 4, 2 }, "", "Prevotes=0100"},
	{"proposalPOL", gossip.OnProposalPOL, func(s *scene) {
		s.m.Round, s.m.Bits = 0, gossip.Marks{Size: 4, Bits: 0b0001}
		s.p.POLRound, s.p.POL = 0, gossip.Marks{Size: 4, Bits: 0b1000}
	}, "", "POL=0001"},
	{"voteSetBits.merge", gossip.OnBits, bitsOf(0b0100), "", "Prevotes=1100"},
	{"voteSetBits.overwrite", gossip.OnBits, func(s *scene) { bitsOf(0b0100)(s); s.m.Block = gossip.BlockB }, "", "Prevotes=0100"},
	{"vote.here", gossip.OnVote, func(s *scene) { s.m.Index = 3 }, "", "POL=0000 Prevotes=1000 Precommits=0000 LastCommit=0000 CatchupCommit=0000"},
	{"vote.previous", gossip.OnVote, func(s *scene) { s.behind(2); s.m = gossip.Message{Height: 2, Vote: gossip.Precommits, Index: 3} }, "", "POL=0000 Prevotes=0000 Precommits=1000 CatchupCommit=0000"},
	{"vote.next", gossip.OnVote, func(s *scene) {
		s.behind(4)
		s.m, s.p.LastCommitRound = gossip.Message{Height: 3, Vote: gossip.Precommits, Index: 3}, 0
	}, "", "LastCommit=1000"},
	{"vote.far", gossip.OnVote, func(s *scene) { s.behind(1); s.p.Prevotes.Size, s.m = 4, gossip.Message{Height: 1, Index: 3} }, "", "Prevotes=1000"},
	{"sent.part", gossip.OnSent, func(s *scene) { s.collecting(); s.m.Kind, s.m.Index, s.m.Sent = gossip.BlockPart, 1, gossip.Sent }, "", "Parts=010"},
	{"sent.proposal", gossip.OnSent, func(s *scene) {
		s.m.Kind, s.m.Header, s.m.POLRound, s.m.Sent = gossip.ProposalMessage, headers[0], -1, gossip.Sent
	}, "", "Proposal=true Header={2 1} Parts=00"},
	{"sent.vote", gossip.OnSent, func(s *scene) {
		s.p.Precommits.Size = 4
		s.m.Kind, s.m.Vote, s.m.Sent = gossip.Vote, gossip.Precommits, gossip.Sent
	}, "", "Precommits=0001"},
	{"lookup.pol", gossip.Lookup, func(s *scene) { s.m.Round, s.p.POLRound = 0, 0 }, "", ""},
}

// bitsOf: the peer answers about prevotes of round 1 for block A, of which we have
// three, and it is believed to have all four.
func bitsOf(has gossip.Set) func(*scene) {
	return func(s *scene) {
		s.v.Prevotes[1], s.p.Prevotes = threeVotes, gossip.Marks{Size: 4, Bits: 0b1111}
		s.m.Block, s.m.Bits = gossip.BlockA, gossip.Marks{Size: 4, Bits: has}
	}
}

// rowsOf are those whose binding differs and whose rule does not: of both dialects.
func rowsOf(current, steps, lookup *spec.Binding) []row {
	return []row{
		{"V1", current, func(s *scene) { s.p.Step, s.p.LastCommitRound = gossip.NewHeight, 0 }, "Vote 2/0 Vote=1 Block=2 of 0111", ""},
		{"V2", current, func(s *scene) { s.p.Step, s.p.POLRound, s.v.Prevotes[0] = gossip.Propose, 0, threeVotes }, "Vote 3/0 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
		{"V3", current, func(s *scene) { s.v.Prevotes[1], s.v.Precommits[1] = threeVotes, threeVotes }, "Vote 3/1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
		{"V4", current, func(s *scene) {
			s.v.Prevotes[1], s.v.Precommits[1], s.p.Step = threeVotes, threeVotes, gossip.Precommit
		}, "Vote 3/1 Vote=1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommitRound=1 CatchupCommit=0000"},
		{"V5", current, func(s *scene) { s.v.Prevotes[1], s.p.Step = threeVotes, gossip.Precommit }, "Vote 3/1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
		{"V6", current, func(s *scene) { s.v.Prevotes[0], s.p.POLRound = threeVotes, 0 }, "Vote 3/0 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
		{"V-none", current, func(s *scene) {}, "", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000"},
		{"newRoundStep.step", steps, func(s *scene) { s.m.Step = gossip.Precommit }, "", "Step=6"},
		{"newRoundStep.roundIf", steps, func(s *scene) {
			s.m.Round, s.m.Step, s.p.CatchupCommitRound, s.p.CatchupCommit = 2, gossip.NewRound, 2, gossip.Marks{Size: 4, Bits: 1}
		}, "", "Round=2 Step=2 Precommits=0001 Shared=true"},
		{"newRoundStep.roundElse", steps, func(s *scene) {
			s.m.Round, s.m.Step, s.p.Precommits = 2, gossip.NewRound, gossip.Marks{Size: 4, Bits: 1}
		}, "", "Round=2 Step=2 Precommits=nil"},
		{"newRoundStep.nextIf", steps, func(s *scene) {
			s.m = gossip.Message{Height: 4, Step: gossip.NewHeight, LastCommitRound: 1}
			s.p.Precommits = gossip.Marks{Size: 4, Bits: 1}
		}, "", "Height=4 Round=0 Step=1 Precommits=nil LastCommitRound=1 LastCommit=0001"},
		{"newRoundStep.nextElse", steps, func(s *scene) {
			s.m = gossip.Message{Height: 4, Step: gossip.NewHeight, LastCommitRound: 0}
			s.p.Precommits = gossip.Marks{Size: 4, Bits: 1}
		}, "", "Height=4 Round=0 Step=1 Precommits=nil LastCommitRound=0"},
		{"newRoundStep.jump", steps, func(s *scene) { s.m = gossip.Message{Height: 5, Step: gossip.NewHeight, LastCommitRound: 0} }, "", "Height=5 Round=0 Step=1 LastCommitRound=0"},
		{"lookup.prevotes", lookup, func(s *scene) {}, "", ""},
		{"lookup.precommits", lookup, func(s *scene) { s.m.Vote = gossip.Precommits }, "", ""},
		{"lookup.catchup", lookup, func(s *scene) { s.m.Round, s.m.Vote, s.p.CatchupCommitRound = 0, gossip.Precommits, 0 }, "", ""},
	}
}

// open: the query was sent, and the vote of validator 1 was marked since.
func open(s *scene) {
	s.p.Asked[0] = gossip.Query{Height: 3, At: 1, Round: 1, Block: gossip.BlockA, Open: true, Since: 0b0010}
}

// polkaRows are the rules of polka that CometBFT has not, or not alike.
var polkaRows = []row{
	{"D1", gossip.PickNamed, func(s *scene) { s.behind(1); s.p.Header, s.p.Parts = headers[1], gossip.Marks{Size: 2, Bits: 1} }, "BlockPart 1/0 Header={2 2} of 0010", ""},
	{"D4", gossip.PickNamed, func(s *scene) { s.proposed(0) }, "Proposal 3/1 Header={2 1}", ""},
	{"V6.prevotes", gossip.PickCurrentOrLater, func(s *scene) { s.p.Round, s.v.Prevotes[1], s.v.Precommits[1] = 0, threeVotes, threeVotes }, "Vote 3/1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000 Later={1 {4 0} {4 0}}"},
	{"V6.precommits", gossip.PickCurrentOrLater, func(s *scene) { s.p.Round, s.v.Precommits[1] = 0, threeVotes }, "Vote 3/1 Vote=1 Block=2 of 0111", "POL=0000 Prevotes=0000 Precommits=0000 CatchupCommit=0000 Later={1 {4 0} {4 0}}"},
	{"Q1", gossip.AskMajorityOnce, func(s *scene) { s.m = gossip.Message{}; s.v.Prevotes[1] = threeVotes }, "VoteSetMaj23 3/1 Block=2", ""},
	{"Q2", gossip.AskMajorityOnce, func(s *scene) { s.m = gossip.Message{About: gossip.AboutPrecommits}; s.v.Precommits[1] = threeVotes }, "VoteSetMaj23 3/1 Vote=1 Block=2 About=1", ""},
	{"Q3", gossip.AskMajorityOnce, func(s *scene) {
		s.m = gossip.Message{About: gossip.AboutPOL}
		s.v.Prevotes[0], s.p.POLRound = threeVotes, 0
	}, "VoteSetMaj23 3/0 Block=2 About=2", ""},
	{"Q4", gossip.AskMajorityOnce, func(s *scene) {
		s.m = gossip.Message{About: gossip.AboutCatchup}
		s.behind(1)
		s.p.CatchupCommitRound = 0
	}, "VoteSetMaj23 1/0 Vote=1 Block=2 About=3", ""},
	{"greet.collecting", gossip.Announce, func(s *scene) {
		s.collecting()
		s.v.Step, s.m.Event = gossip.Commit, gossip.PeerAddedCollecting
	}, "NewRoundStep 3/1 Step=8; NewValidBlock 3/1 Header={3 1} IsCommit=true Bits=011", ""},
	{"announce.commit", gossip.Announce, func(s *scene) { s.collecting(); s.m.Event = gossip.CommitCollect }, "NewValidBlock 3/1 Header={3 1} IsCommit=true Bits=011", ""},
	{"newRoundStep.laterIf", gossip.OnNewRoundStepOrLater, func(s *scene) {
		s.p.Round, s.m.Step, s.p.CatchupCommitRound, s.p.CatchupCommit = 0, gossip.Propose, 1, gossip.Marks{Size: 4, Bits: 0b1000}
		s.p.Later = gossip.Later{Round: 1, Prevotes: gossip.Marks{Size: 4, Bits: 1}, Precommits: gossip.Marks{Size: 4, Bits: 1}}
	}, "", "Round=1 Step=3 Prevotes=0001 Precommits=1001 CatchupCommit=1001 Shared=true Later={-1 {0 0} {0 0}}"},
	{"newRoundStep.laterElse", gossip.OnNewRoundStepOrLater, func(s *scene) {
		s.p.Round, s.m.Step = 0, gossip.Propose
		s.p.Later = gossip.Later{Round: 1, Prevotes: gossip.Marks{Size: 4, Bits: 1}, Precommits: gossip.Marks{Size: 4, Bits: 2}}
	}, "", "Round=1 Step=3 Prevotes=0001 Precommits=0010 Later={-1 {0 0} {0 0}}"},
	{"hasProposal.named", gossip.HasProposal, func(s *scene) { s.collecting(); s.m.Header, s.m.POLRound = headers[0], 0 }, "", "Proposal=true POLRound=0"},
	{"hasVote", gossip.OnHasVote, func(s *scene) { open(s); s.p.Prevotes.Size, s.m.Index = 4, 2 }, "", "Prevotes=0100 Asked=[{3 1 1 0 2 true 6} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0}]"},
	{"proposalPOL", gossip.OnProposalPOL, func(s *scene) {
		s.m.Round, s.m.Bits = 0, gossip.Marks{Size: 4, Bits: 0b0001}
		s.p.POLRound, s.p.POL = 0, gossip.Marks{Size: 4, Bits: 0b1000}
	}, "", "POL=1001"},
	{"voteSetBits.answer", gossip.OnBitsOnce, func(s *scene) { bitsOf(0b0100)(s); open(s) }, "", "Prevotes=1110 Asked=[{3 1 1 0 2 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0}]"},
	{"voteSetBits.unasked", gossip.OnBitsOnce, func(s *scene) { bitsOf(0b0100)(s); s.p.Prevotes.Bits = 0b0001 }, "", "Prevotes=0101"},
	{"vote.here", gossip.OnVote, func(s *scene) { open(s); s.m.Index = 3 }, "", "POL=0000 Prevotes=1000 Precommits=0000 LastCommit=0000 CatchupCommit=0000 Asked=[{3 1 1 0 2 true 10} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0}]"},
	{"vote.previous", gossip.OnVote, func(s *scene) { s.behind(2); s.m = gossip.Message{Height: 2, Vote: gossip.Precommits, Index: 3} }, "", "POL=0000 Prevotes=0000 Precommits=1000 CatchupCommit=0000"},
	{"vote.next", gossip.OnVote, func(s *scene) {
		s.behind(4)
		s.m, s.p.LastCommitRound = gossip.Message{Height: 3, Vote: gossip.Precommits, Index: 3}, 0
	}, "", "LastCommit=1000"},
	{"vote.far", gossip.OnVote, func(s *scene) { s.behind(1); s.p.Prevotes.Size, s.m = 4, gossip.Message{Height: 1, Index: 3} }, "", "Prevotes=1000"},
	{"sent.part", gossip.OnSentWithPOL, func(s *scene) { s.collecting(); s.m.Kind, s.m.Index, s.m.Sent = gossip.BlockPart, 1, gossip.Sent }, "", "Parts=010"},
	{"sent.proposalIf", gossip.OnSentWithPOL, func(s *scene) {
		s.v.Prevotes[0] = threeVotes
		s.m.Kind, s.m.Header, s.m.POLRound, s.m.Sent = gossip.ProposalMessage, headers[0], 0, gossip.Sent
	}, "ProposalPOL 3/0 Bits=0111", "Proposal=true Header={2 1} Parts=00 POLRound=0"},
	{"sent.proposalElse", gossip.OnSentWithPOL, func(s *scene) {
		s.m.Kind, s.m.Header, s.m.POLRound, s.m.Sent = gossip.ProposalMessage, headers[0], -1, gossip.Sent
	}, "", "Proposal=true Header={2 1} Parts=00"},
	{"sent.vote", gossip.OnSentWithPOL, func(s *scene) {
		open(s)
		s.p.Prevotes.Size, s.m.Kind, s.m.Sent = 4, gossip.Vote, gossip.Sent
	}, "", "Prevotes=0001 Asked=[{3 1 1 0 2 true 3} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0}]"},
	{"sent.query", gossip.OnSentWithPOL, func(s *scene) { s.m.Kind, s.m.Block, s.m.Sent = gossip.VoteSetMaj23, gossip.BlockA, gossip.Sent }, "", "Asked=[{3 1 1 0 2 true 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0} {0 0 0 0 0 false 0}]"},
	{"lookup.pol", gossip.LookupOrLater, func(s *scene) { s.m.Round, s.p.POLRound, s.p.CatchupCommitRound = 0, 0, 0 }, "", ""},
	{"lookup.laterPrevotes", gossip.LookupOrLater, func(s *scene) { s.m.Round, s.p.Later.Round = 2, 2 }, "", ""},
	{"lookup.laterPrecommits", gossip.LookupOrLater, func(s *scene) { s.m.Round, s.m.Vote, s.p.Later.Round = 2, gossip.Precommits, 2 }, "", ""},
}

// Each rule fires in its scene, sends what it should and changes what it should.
func TestRows(t *testing.T) {
	of := map[*gossip.Dialect][]row{
		gossip.CometBFT: append(rowsOf(gossip.PickCurrent, gossip.OnNewRoundStep, gossip.Lookup), cometBFTRows...),
		gossip.Polka:    append(rowsOf(gossip.PickCurrentOrLater, gossip.OnNewRoundStepOrLater, gossip.LookupOrLater), polkaRows...),
	}
	for _, d := range gossip.Dialects {
		covered := map[string]bool{}
		for _, r := range append(of[d], rowsOfBoth...) {
			covered[r.rule] = true
			t.Run(d.Name+"/"+r.rule, func(t *testing.T) {
				if r.of == gossip.Lookup && d == gossip.Polka {
					r.of = gossip.LookupOrLater
				}
				s := newScene()
				r.scene(s)
				table := d.Picks
				if table.NextRow(r.of) == nil {
					table = d.Updates
				}
				id := table.Next(d.Observe(r.of, &s.v, &s.p, s.m))
				require.NotContains(t, []spec.RuleID{spec.Wait, spec.Unreachable}, id)
				rule := table.Rule(id)
				require.Equal(t, r.rule, rule.Name)
				if strings.HasPrefix(r.rule, "lookup.") {
					want := strings.ToLower(strings.ReplaceAll(r.rule, ".", ""))
					want = strings.NewReplacer("lookuplast", "uselastcommit", "lookup", "use").Replace(want)
					require.Equal(t, want, strings.ToLower(string(rule.Effects[0].Do)))
					return
				}
				before := s.p
				sends := told(d.Fire(rule, &s.v, &s.p, s.m))
				require.Equal(t, r.sends, sends)
				require.Equal(t, r.changes, changed(before, s.p))
			})
		}
		for _, rule := range rulesOf(d) {
			require.True(t, covered[rule.Name], "%s: no test of %s", d.Name, rule.Name)
		}
	}
}

var kindNames = map[gossip.Kind]string{
	gossip.NewRoundStep: "NewRoundStep", gossip.NewValidBlock: "NewValidBlock", gossip.HasVote: "HasVote",
	gossip.HasProposalBlockPart: "HasProposalBlockPart", gossip.VoteSetMaj23: "VoteSetMaj23", gossip.VoteSetBits: "VoteSetBits",
	gossip.ProposalMessage: "Proposal", gossip.ProposalPOL: "ProposalPOL", gossip.BlockPart: "BlockPart", gossip.Vote: "Vote",
}

// told writes outputs: the kind, height and round of a message with what else is
// not zero, and the indexes that it may be of.
func told(out []gossip.Output) string {
	var all []string
	for _, o := range out {
		if o.Kind == gossip.StopOutput {
			all = append(all, "stop")
			continue
		}
		first := o.AnyOf[0]
		var of gossip.Set
		for _, m := range o.AnyOf {
			of |= 1 << m.Index
		}
		text := fmt.Sprintf("%s %d/%d", kindNames[first.Kind], first.Height, first.Round)
		rest := first
		rest.Kind, rest.Height, rest.Round, rest.Index = 0, 0, 0, 0
		text += " " + changed(gossip.Message{}, rest)
		if first.Kind == gossip.Vote || first.Kind == gossip.BlockPart || first.Kind == gossip.HasVote || first.Kind == gossip.HasProposalBlockPart {
			text += fmt.Sprintf(" of %04b", of)
		}
		all = append(all, strings.Join(strings.Fields(text), " "))
	}
	return strings.Join(all, "; ")
}

// changed writes the fields in which two structs differ, as the second has them.
func changed[T any](before, after T) string {
	var all []string
	x, y := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range x.NumField() {
		if a := y.Field(i).Interface(); !reflect.DeepEqual(x.Field(i).Interface(), a) {
			text := fmt.Sprint(a)
			if m, ok := a.(gossip.Marks); ok {
				text = fmt.Sprintf("%0*b", m.Size, m.Bits)
				if m.Size == 0 {
					text = "nil"
				}
			}
			all = append(all, x.Type().Field(i).Name+"="+text)
		}
	}
	return strings.Join(all, " ")
}
