package gossip_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// A pair is one belief twice: as the tables keep it, and as the oracle does.
type pair struct {
	table gossip.Peer
	node  *nodePeer
	polka *polkaPeer // the oracle of polka, around node
}

func pairOf(p gossip.Peer) pair {
	array := func(m gossip.Marks) *bitArray {
		if m.Size == 0 {
			return nil
		}
		return &bitArray{m.Size, m.Bits}
	}
	n := &nodePeer{
		height: p.Height, round: p.Round, step: p.Step, proposal: p.Proposal, header: p.Header, parts: array(p.Parts),
		polRound: p.POLRound, pol: array(p.POL), prevotes: array(p.Prevotes), precommits: array(p.Precommits),
		lastCommitRound: p.LastCommitRound, lastCommit: array(p.LastCommit),
		catchupRound: p.CatchupCommitRound, catchup: array(p.CatchupCommit), claims: map[claimOf]gossip.Block{},
	}
	if p.Shared {
		n.catchup = n.precommits
	}
	for r := range p.Claims {
		for k, b := range p.Claims[r] {
			if b != gossip.NoBlock {
				n.claims[claimOf{p.ClaimsHeight, gossip.Round(r), gossip.VoteKind(k)}] = b
			}
		}
	}
	return pair{p, n, &polkaPeer{n, p.Later.Round, array(p.Later.Prevotes), array(p.Later.Precommits), p.Asked}}
}

// peerOf draws what a dialect may believe.
func (c chooser) peerOf(d *gossip.Dialect, v *gossip.View) gossip.Peer {
	if d.Differences == nil {
		return c.peer(v)
	}
	return c.polkaPeer(v)
}

// belief is the oracle's as a Peer; of the claims only those of our height, since
// the others went with their vote sets.
func (both *pair) belief(v *gossip.View) gossip.Peer {
	n := both.node
	marks := func(a *bitArray) gossip.Marks {
		if a == nil {
			return gossip.Marks{}
		}
		return gossip.Marks{Size: a.size, Bits: a.bits}
	}
	p := gossip.NewPeer()
	p.Height, p.Round, p.Step, p.Proposal, p.Header, p.Parts = n.height, n.round, n.step, n.proposal, n.header, marks(n.parts)
	p.POLRound, p.POL, p.Prevotes, p.Precommits = n.polRound, marks(n.pol), marks(n.prevotes), marks(n.precommits)
	p.LastCommitRound, p.LastCommit = n.lastCommitRound, marks(n.lastCommit)
	p.CatchupCommitRound, p.CatchupCommit = n.catchupRound, marks(n.catchup)
	p.Shared = n.catchup != nil && n.catchup == n.precommits
	p.Later = gossip.Later{Round: both.polka.laterRound, Prevotes: marks(both.polka.laterPrevotes), Precommits: marks(both.polka.laterPrecommits)}
	p.Asked = both.polka.asked
	p.ClaimsHeight = v.Height
	for of, b := range n.claims {
		if of.height == v.Height {
			p.Claims[of.round][of.kind] = b
		}
	}
	return p
}

func claimsAt(p gossip.Peer, h gossip.Height) gossip.Peer {
	if p.ClaimsHeight != h {
		p.ClaimsHeight, p.Claims = h, [gossip.Rounds][2]gossip.Block{}
	}
	return p
}

// An act is one thing that a node does or that happens to it.
type act struct {
	what string
	m    gossip.Message
}

func (c chooser) act(v *gossip.View, p *gossip.Peer) act {
	switch c(8) {
	case 0:
		return act{what: "data"}
	case 1, 2:
		return act{what: "votes"}
	case 3:
		return act{what: "queries"}
	case 4:
		m := c.message(v, p)
		m.Kind = []gossip.Kind{gossip.BlockPart, gossip.ProposalMessage, gossip.Vote, gossip.VoteSetMaj23, gossip.ProposalPOL}[c(5)]
		m.Header, m.POLRound, m.Sent = c.header(), c.roundOrNone(), gossip.ResultValue(c(2))
		return act{"sent", m}
	case 5:
		return act{"announce", gossip.Message{Event: gossip.EventValue(c(int(gossip.PeerAddedCollecting) + 1)), Height: v.Height, Vote: c.kind(), Index: 1}}
	default:
		return act{"receive", c.message(v, p)}
	}
}

// A fate is what else comes of an act: how many of the messages go to every peer, and
// whether this one is stopped.
type fate struct {
	toAll int
	stop  bool
}

// byTable does it by the rules of a dialect: the messages that are sent or told,
// any one of each.
func byTable(d *gossip.Dialect, v *gossip.View, p *gossip.Peer, a act) (sends [][]gossip.Message, f fate) {
	var out []gossip.Output
	switch a.what {
	case "data":
		out = d.Run(d.Data, v, p, a.m)
	case "votes":
		out = d.Run(d.Votes, v, p, a.m)
	case "queries":
		for about := gossip.AboutPrevotes; about <= gossip.AboutCatchup; about++ {
			out = append(out, d.Run(d.Queries, v, p, gossip.Message{About: about})...)
		}
	case "sent":
		out = d.Run(d.Sent, v, p, a.m)
	case "announce":
		out = d.Run(d.Announce, v, p, a.m)
	case "receive":
		out = d.Run(d.Received[a.m.Kind], v, p, a.m)
	}
	for _, o := range out {
		switch o.Kind {
		case gossip.StopOutput:
			f.stop = true
			continue
		case gossip.AnnounceOutput:
			f.toAll++
		}
		sends = append(sends, o.AnyOf)
	}
	return sends, f
}

func byOracle(v *gossip.View, n *nodePeer, a act) (sends [][]gossip.Message, f fate) {
	switch a.what {
	case "data":
		sends = n.pickData(v)
	case "votes":
		if choices := n.pickVote(v, n.array); choices != nil {
			sends = append(sends, choices)
		}
	case "queries":
		sends = n.queries(v)
	case "sent":
		n.sentOne(a.m)
	case "announce":
		sends = announced(v, a.m)
		f.toAll = toAll(a.m, sends)
	case "receive":
		sends, f.stop = n.receive(v, a.m)
	}
	return sends, f
}

func byPolkaOracle(v *gossip.View, p *polkaPeer, a act) (sends [][]gossip.Message, f fate) {
	switch a.what {
	case "data":
		sends = p.pickData(v)
	case "votes":
		if choices := p.pickVote(v); choices != nil {
			sends = append(sends, choices)
		}
	case "queries":
		sends = p.queries(v)
	case "sent":
		sends = p.sentOne(v, a.m)
	case "announce":
		sends = announced(v, a.m)
		if a.m.Event == gossip.CommitBegins || a.m.Event == gossip.CommitCollect {
			a.m.Event = gossip.PolkaSeen
			sends = announced(v, a.m)
			sends[0][0].IsCommit = true
		}
		f.toAll = toAll(a.m, sends)
		if a.m.Event == gossip.PeerAddedCollecting {
			sends = append(sends, announced(v, gossip.Message{Event: gossip.PolkaSeen})...)
		}
	case "receive":
		sends, f.stop = p.receive(v, a.m)
	}
	return sends, f
}

// toAll is how many of the messages are for every peer: a new one is greeted alone.
func toAll(m gossip.Message, told [][]gossip.Message) int {
	if m.Event == gossip.PeerAdded || m.Event == gossip.PeerAddedCollecting {
		return 0
	}
	return len(told)
}

// announced is what the four broadcasts of the reactor tell, and AddPeer.
func announced(v *gossip.View, m gossip.Message) [][]gossip.Message {
	var told gossip.Message
	switch m.Event {
	case gossip.StepTaken, gossip.PeerAdded, gossip.PeerAddedCollecting:
		told = gossip.Message{Kind: gossip.NewRoundStep, Height: v.Height, Round: v.Round, Step: v.Step, LastCommitRound: -1}
		if v.LastCommit.Votes.Size > 0 {
			told.LastCommitRound = v.LastCommit.Round
		}
	case gossip.PolkaSeen, gossip.CommitBegins:
		told = gossip.Message{
			Kind: gossip.NewValidBlock, Height: v.Height, Round: v.Round, Header: v.Header,
			Bits: gossip.Marks{Size: v.Header.Total, Bits: v.Parts}, IsCommit: v.Step == gossip.Commit,
		}
	case gossip.VoteAdded:
		told = gossip.Message{Kind: gossip.HasVote, Height: m.Height, Round: m.Round, Vote: m.Vote, Index: m.Index}
	case gossip.PartAdded:
		told = gossip.Message{Kind: gossip.HasProposalBlockPart, Height: m.Height, Round: m.Round, Index: m.Index}
	default:
		return nil
	}
	return [][]gossip.Message{{told}}
}

// disagree does one act both ways and says how they differ; empty when they agree.
func disagree(d *gossip.Dialect, v *gossip.View, both *pair, a act) (how string) {
	defer func() {
		if r := recover(); r != nil {
			how = fmt.Sprintf("%+v: panic: %v", a, r)
		}
	}()
	sends, f := byTable(d, v, &both.table, a)
	oracle := func() ([][]gossip.Message, fate) { return byPolkaOracle(v, both.polka, a) }
	if d.Differences == nil {
		oracle = func() ([][]gossip.Message, fate) { return byOracle(v, both.node, a) }
	}
	wantSends, wantFate := oracle()
	if !reflect.DeepEqual(sends, wantSends) || f != wantFate {
		return fmt.Sprintf("%+v: sends %+v %+v, oracle %+v %+v", a, sends, f, wantSends, wantFate)
	}
	if got, want := claimsAt(both.table, v.Height), both.belief(v); got != want {
		return fmt.Sprintf("%+v:\nbelieves %+v\noracle   %+v", a, got, want)
	}
	return ""
}

// One act on any belief.
func TestOracleOnAnyBelief(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				both := pairOf(c.peerOf(d, &v))
				if how := disagree(d, &v, &both, c.act(&v, &both.table)); how != "" {
					t.Fatalf("%+v\n%+v\n%s", v, both.table, how)
				}
			})
		})
	}
}

// Many acts from a new connection on: which arrays are one shows only later.
func TestOracleOnHistories(t *testing.T) {
	for _, d := range gossip.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := drawn(t)
				v := c.view()
				both := pairOf(gossip.NewPeer())
				for range 40 {
					if how := disagree(d, &v, &both, c.act(&v, &both.table)); how != "" {
						t.Fatalf("%+v\n%s", v, how)
					}
				}
			})
		})
	}
}

// A trial is one act on a belief, and what the rules make of it.
type trial struct {
	v             *gossip.View
	before, after gossip.Peer
	act           act
	sends         [][]gossip.Message
	fate          fate
}

// trials is a fixed number of short runs of a dialect, with which its oracle agrees.
func trials(t *testing.T, d *gossip.Dialect) []trial {
	t.Helper()
	var out []trial
	for seed := range uint64(10000) {
		c := seeded(seed)
		v := c.view()
		both := pairOf(c.peerOf(d, &v))
		for range 6 {
			now := trial{v: &v, before: both.table, act: c.act(&v, &both.table)}
			require.Empty(t, disagree(d, &v, &both, now.act), "seed %d", seed)
			now.after = now.before
			now.sends, now.fate = byTable(d, &v, &now.after, now.act)
			out = append(out, now)
		}
	}
	return out
}

// notices reports whether other rules do otherwise in the trial.
func (tr *trial) notices(d *gossip.Dialect) (noticed bool) {
	defer func() {
		if recover() != nil {
			noticed = true
		}
	}()
	p := tr.before
	sends, f := byTable(d, tr.v, &p, tr.act)
	return f != tr.fate || p != tr.after || !slices.EqualFunc(sends, tr.sends, slices.Equal)
}

// with is the dialect with other rules in place of one of its tables, and the table
// that they make.
func with(t *testing.T, d *gossip.Dialect, of *spec.Table, r *spec.Rules) (*gossip.Dialect, *spec.Table) {
	t.Helper()
	mutant, err := spec.CompileMutant(r)
	require.NoError(t, err)
	wrong := *d
	if of == d.Picks {
		wrong.Picks = mutant
	} else {
		wrong.Updates = mutant
	}
	return &wrong, mutant
}

// sameConduct reports whether both tables do the same on every possible
// observation.
func sameConduct(a, b *spec.Table) bool {
	does := func(t *spec.Table, id spec.RuleID) (ops []spec.Op) {
		if id != spec.Wait {
			for _, e := range t.Rule(id).Effects {
				ops = append(ops, e.Do)
			}
		}
		return ops
	}
	for _, of := range a.Rules.Bindings {
		mutant := b.NextRow(of)
		for i, id := range a.NextRow(of) {
			if id != spec.Unreachable && !slices.Equal(does(a, id), does(b, mutant[i])) {
				return false
			}
		}
	}
	return true
}

// harmless says of mutants that the oracle does not notice why they do the same.
// Those that swap two effects are not listed: where one does not, it is because
// neither of the two looks at what the other changes.
var harmless = map[string]string{
	`D2 without "the store has the block of prs.Height"`:                                     "a header that is none changes nothing",
	`D2 "the store has the block of prs.Height" also for meta = missing`:                     "a header that is none changes nothing",
	`tryLastCommit without "rs.LastCommit ≠ nil"`:                                            "an array for no validators is none",
	`tryLastCommit "rs.LastCommit ≠ nil" also for lastCommit = unheld`:                       "an array for no validators is none",
	`V2 without "rs.Height = prs.Height, prs.Round ≤ rs.Round"`:                              "V6 does the same for a peer of a later round",
	`V2 "rs.Height = prs.Height, prs.Round ≤ rs.Round" also for peerRound = later`:           "V6 does the same for a peer of a later round",
	`V3 "prs.Step ≤ prevoteWait" also for peerStep = commit`:                                 "V5 does the same in step commit, where V4 is not tried",
	`V6.prevotes "rs.Height = prs.Height, prs.Round < rs.Round" also for peerRound = ours`:   "V5 does the same for a peer of our round",
	`hasPart without "prs.ProposalBlockParts ≠ nil"`:                                         "nothing can be marked in an array that is not there",
	`hasPart "prs.ProposalBlockParts ≠ nil" also for peerParts = none`:                       "nothing can be marked in an array that is not there",
	`hasProposal.named without "not prs.Proposal"`:                                           "what it does was done",
	`hasProposal.named "not prs.Proposal" also for prsProposal = yes`:                        "what it does was done",
	`vote.here "rs.Height = prs.Height" also for peerHeight = untold`:                        "no validators are known of that height",
	`vote.here "rs.Height = prs.Height" also for peerHeight = next`:                          "no validators are known of that height",
	`vote.here "rs.Height = prs.Height" also for peerHeight = ahead`:                         "no validators are known of that height",
	`vote.previous "rs.Height = prs.Height + 1" also for peerHeight = untold`:                "no validators are known of that height",
	`vote.previous "rs.Height = prs.Height + 1" also for peerHeight = ahead`:                 "no validators are known of that height",
	`vote.next "prs.Height = rs.Height + 1" also for peerHeight = untold`:                    "no validators are known of that height",
	`vote.next "prs.Height = rs.Height + 1" also for peerHeight = ahead`:                     "no validators are known of that height",
	`vote.far "the heights are farther apart" not for peerHeight = untold`:                   "no vote is of height 0 or −1",
	`voteSetMaj23.first "its first claim for the votes of that round" also for claim = same`: "the same claim is remembered again",
}

// Every small mistake in a table is noticed by the oracle of the dialect, or there is
// a reason why nothing could.
func TestOracleKillsMechanicalMutants(t *testing.T) {
	tests := []struct {
		of                            *gossip.Dialect
		table                         *spec.Table
		mutants, equivalent, survived int
	}{
		{gossip.CometBFT, gossip.CometBFT.Picks, 384, 86, 12},
		{gossip.CometBFT, gossip.CometBFT.Updates, 356, 66, 29},
		{gossip.Polka, gossip.Polka.Picks, 419, 98, 13},
		{gossip.Polka, gossip.Polka.Updates, 459, 87, 38},
	}
	explained := make([][]string, len(tests)) // of each table, the survivors with a reason
	t.Run("tables", func(t *testing.T) {
		for i, tt := range tests {
			t.Run(tt.table.Rules.Name, func(t *testing.T) {
				t.Parallel()
				tried := trials(t, tt.of)
				mutants, equivalent, survived := 0, 0, 0
				for _, mu := range spec.Mutations(tt.table.Rules, nil) {
					mutants++
					d, table := with(t, tt.of, tt.table, mu.Rules)
					switch {
					case sameConduct(tt.table, table):
						equivalent++
					case !slices.ContainsFunc(tried, func(tr trial) bool { return tr.notices(d) }):
						survived++
						if mu.Kind != spec.SwapEffects {
							assert.NotEmpty(t, harmless[mu.Name], "no reason is known why nothing notices: %s", mu.Name)
							explained[i] = append(explained[i], mu.Name)
						}
					}
				}
				require.Equal(t, []int{tt.mutants, tt.equivalent, tt.survived}, []int{mutants, equivalent, survived}, "mutants, equivalent ones, survivors")
			})
		}
	})
	for name := range harmless {
		assert.Contains(t, slices.Concat(explained...), name, "a reason that nothing needs")
	}
}
