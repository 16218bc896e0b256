package gossip_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/gossip"
)

// A stage plays a difference in one dialect, and writes down what is sent.
type stage struct {
	scene
	d    *gossip.Dialect
	said []string
}

func (s *stage) say(what string) { s.said = append(s.said, what) }

func (s *stage) hear(m gossip.Message) { s.d.Run(s.d.Received[m.Kind], &s.v, &s.p, m) }

// pick says what one turn of a lane sends, and lets nothing go out.
func (s *stage) pick(lane string) []gossip.Output {
	of := map[string]func() []gossip.Output{
		"data":  func() []gossip.Output { return s.d.Run(s.d.Data, &s.v, &s.p, gossip.Message{}) },
		"votes": func() []gossip.Output { return s.d.Run(s.d.Votes, &s.v, &s.p, gossip.Message{}) },
		"query": func() []gossip.Output { return s.d.Run(s.d.Queries, &s.v, &s.p, gossip.Message{}) },
	}
	out := of[lane]()
	s.say(told(out))
	return out
}

// send is pick, and the first of what may be sent goes out, or fails to.
func (s *stage) send(lane string, result gossip.ResultValue) {
	for _, o := range s.pick(lane) {
		m := o.AnyOf[0]
		m.Sent = result
		if after := s.d.Run(s.d.Sent, &s.v, &s.p, m); after != nil {
			s.say(told(after))
		}
	}
}

// drain sends whatever a lane has to send. It says so only at the end.
func (s *stage) drain(lane string) {
	said := s.said
	for range 100 {
		s.said = nil
		s.send(lane, gossip.Sent)
		if s.said[0] == "" {
			break
		}
	}
	s.said = said
}

// One story for each difference: what CometBFT sends in it, and what polka does.
func TestDifferences(t *testing.T) {
	tests := []struct {
		name            string
		story           func(s *stage)
		cometbft, polka []string
	}{
		{
			// A peer two heights behind, which has named no header: it drops parts. Then it
			// enters step commit with a header that it had before.
			"parts-when-named", func(s *stage) {
				s.behind(1)
				s.pick("data") // CometBFT: D2
				s.send("data", gossip.Sent)
				s.send("data", gossip.Sent)
				s.hear(gossip.Message{Kind: gossip.NewRoundStep, Height: 1, Step: gossip.Commit})
				s.pick("data")
				s.hear(gossip.Message{Kind: gossip.NewValidBlock, Height: 1, Header: headers[1], Bits: gossip.Marks{Size: 2}, IsCommit: true})
				s.pick("data")
			},
			[]string{"", "BlockPart 1/0 Header={2 2} of 0011", "BlockPart 1/0 Header={2 2} of 0010", "", "BlockPart 1/0 Header={2 2} of 0011"},
			[]string{"", "", "", "", "BlockPart 1/0 Header={2 2} of 0011"},
		},
		{
			"commit-announced", func(s *stage) {
				s.collecting()
				for _, e := range []gossip.EventValue{gossip.CommitBegins, gossip.CommitCollect} {
					s.say(told(s.d.Run(s.d.Announce, &s.v, &s.p, gossip.Message{Event: e})))
				}
			},
			[]string{"NewValidBlock 3/1 Header={3 1} Bits=011", ""},
			[]string{"NewValidBlock 3/1 Header={3 1} IsCommit=true Bits=011", "NewValidBlock 3/1 Header={3 1} IsCommit=true Bits=011"},
		},
		{
			// A node in step commit greets; to whoever hears it, it is two heights behind, and
			// lacks the second of its two parts.
			"greeting", func(s *stage) {
				s.v.Store[0].Header = headers[0]
				behind := gossip.View{Height: 1, Step: gossip.Commit, Validators: 4, Header: headers[0], Parts: 1}
				s.p = gossip.NewPeer()
				for _, o := range s.d.Run(s.d.Announce, &behind, new(gossip.Peer), gossip.Message{Event: gossip.PeerAddedCollecting}) {
					s.hear(o.AnyOf[0])
				}
				s.pick("data") // CometBFT: D2, which knows of no part that the node has
				s.pick("data")
			},
			[]string{"", "BlockPart 1/0 Header={2 1} of 0011"},
			[]string{"BlockPart 1/0 Header={2 1} of 0010", "BlockPart 1/0 Header={2 1} of 0010"},
		},
		{
			"pol-round-taken", func(s *stage) {
				s.v.Prevotes[0] = threeVotes
				s.hear(gossip.Message{Kind: gossip.NewValidBlock, Height: 3, Round: 1, Header: headers[0], Bits: gossip.Marks{Size: 2}})
				s.hear(gossip.Message{Kind: gossip.ProposalMessage, Height: 3, Round: 1, Header: headers[0], POLRound: 0})
				s.pick("votes")
			},
			[]string{""},
			[]string{"Vote 3/0 Block=2 of 0111"},
		},
		{
			// +2/3 of round 0 precommit nil. The prevotes of round 0 come late, and the
			// proposal of round 1 carries them as its proof of lock.
			"pol-not-hidden", func(s *stage) {
				s.p.Round = 0
				s.v.Precommits[0] = gossip.VoteSet{Size: 4, For: [gossip.Blocks]gossip.Set{0b0111}, Majority: gossip.NilBlock}
				s.drain("votes")
				s.v.Prevotes[0] = threeVotes
				s.hear(gossip.Message{Kind: gossip.NewRoundStep, Height: 3, Round: 1, Step: gossip.Propose, LastCommitRound: 0})
				s.hear(gossip.Message{Kind: gossip.ProposalMessage, Height: 3, Round: 1, Header: headers[0], POLRound: 0})
				s.pick("votes")
			},
			[]string{""},
			[]string{"Vote 3/0 Block=2 of 0111"},
		},
		{
			"pol-after-proposal", func(s *stage) {
				s.proposed(0)
				s.v.Prevotes[0] = threeVotes
				s.send("data", gossip.Failed)
				s.send("data", gossip.Sent)
			},
			[]string{"Proposal 3/1 Header={2 1}; ProposalPOL 3/0 Bits=0111", "Proposal 3/1 Header={2 1}; ProposalPOL 3/0 Bits=0111"},
			[]string{"Proposal 3/1 Header={2 1}", "Proposal 3/1 Header={2 1}", "ProposalPOL 3/0 Bits=0111"},
		},
		{
			"pol-added", func(s *stage) {
				s.v.Prevotes[0] = threeVotes
				s.hear(gossip.Message{Kind: gossip.ProposalMessage, Height: 3, Round: 1, Header: headers[0], POLRound: 0})
				s.drain("votes")
				s.hear(gossip.Message{Kind: gossip.ProposalPOL, Height: 3, Round: 0, Bits: gossip.Marks{Size: 4, Bits: 0b0001}})
				s.pick("votes")
			},
			[]string{"Vote 3/0 Block=2 of 0110"},
			[]string{""},
		},
		{
			"later-rounds", func(s *stage) {
				s.p.Round = 0
				s.v.Prevotes[1] = threeVotes
				s.send("votes", gossip.Sent)
				s.send("votes", gossip.Sent)
				s.hear(gossip.Message{Kind: gossip.NewRoundStep, Height: 3, Round: 1, Step: gossip.Propose, LastCommitRound: 0})
				s.pick("votes")
			},
			[]string{"", "", "Vote 3/1 Block=2 of 0111"},
			[]string{"Vote 3/1 Block=2 of 0111", "Vote 3/1 Block=2 of 0110", "Vote 3/1 Block=2 of 0100"},
		},
		{
			// Again when the peer's round changes and comes to this one: then it may have
			// been told of a round that it kept nothing about.
			"asked-once", func(s *stage) {
				s.v.Prevotes[1] = threeVotes
				s.send("query", gossip.Failed)
				s.send("query", gossip.Sent)
				s.send("query", gossip.Sent)
				s.p = gossip.NewPeer()
				s.hear(gossip.Message{Kind: gossip.NewRoundStep, Height: 3, Round: 1, Step: gossip.Propose, LastCommitRound: 0})
				s.send("query", gossip.Sent)
			},
			[]string{"VoteSetMaj23 3/1 Block=2", "VoteSetMaj23 3/1 Block=2", "VoteSetMaj23 3/1 Block=2", "VoteSetMaj23 3/1 Block=2"},
			[]string{"VoteSetMaj23 3/1 Block=2", "VoteSetMaj23 3/1 Block=2", "", "VoteSetMaj23 3/1 Block=2"},
		},
		{
			// Validator 0's vote is sent and dropped, the peer is asked, the others are sent
			// before it answers that it has none; and it answers twice.
			"bits-since", func(s *stage) {
				s.v.Prevotes[1] = threeVotes
				s.send("votes", gossip.Sent)
				s.send("query", gossip.Sent)
				s.drain("votes")
				none := gossip.Message{Kind: gossip.VoteSetBits, Height: 3, Round: 1, Block: gossip.BlockA, Bits: gossip.Marks{Size: 4}}
				s.hear(none)
				s.send("votes", gossip.Sent)
				s.drain("votes")
				s.hear(none)
				s.pick("votes")
			},
			[]string{"Vote 3/1 Block=2 of 0111", "VoteSetMaj23 3/1 Block=2", "Vote 3/1 Block=2 of 0111", "Vote 3/1 Block=2 of 0111"},
			[]string{"Vote 3/1 Block=2 of 0111", "VoteSetMaj23 3/1 Block=2", "Vote 3/1 Block=2 of 0001", ""},
		},
	}
	require.Len(t, tests, len(gossip.PolkaDifferences))
	for i, tt := range tests {
		require.Equal(t, gossip.PolkaDifferences[i].Name, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			for _, d := range gossip.Dialects {
				s := &stage{scene: *newScene(), d: d}
				tt.story(s)
				want := tt.cometbft
				if d == gossip.Polka {
					want = tt.polka
				}
				require.Equal(t, strings.Join(want, "\n"), strings.Join(s.said, "\n"), d.Name)
			}
		})
	}
}

// Saying IsCommit does not make up for order: the announcement of the round, when it
// is overtaken, wipes what the other one told. That is why order is part of the
// difference commit-announced.
func TestCommitAnnouncedOutOfOrder(t *testing.T) {
	round := gossip.Message{Kind: gossip.NewRoundStep, Height: 3, Round: 2, Step: gossip.Commit, LastCommitRound: 0}
	block := gossip.Message{Kind: gossip.NewValidBlock, Height: 3, Round: 2, Header: headers[0], Bits: gossip.Marks{Size: 2}, IsCommit: true}
	for _, d := range gossip.Dialects {
		s := &stage{scene: *newScene(), d: d}
		s.hear(round)
		s.hear(block)
		require.Equal(t, headers[0], s.p.Header, d.Name)

		s = &stage{scene: *newScene(), d: d}
		s.hear(block)
		s.hear(round)
		require.Equal(t, gossip.Header{}, s.p.Header, d.Name)
	}
}
