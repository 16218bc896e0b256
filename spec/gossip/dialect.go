package gossip

import (
	"slices"

	"github.com/polka-bft/polka/spec"
)

// A Dialect is compiled rules of gossip, and which of them are asked when. A list
// of bindings is asked in its order, each once, the changes of one before the next
// is observed.
type Dialect struct {
	Name        string
	Doc         string
	Picks       *spec.Table  // what is sent, and announced
	Updates     *spec.Table  // what a message, or a send, changes in the belief
	Differences []Difference // from CometBFT
	Data        []*spec.Binding
	Votes       []*spec.Binding
	Queries     []*spec.Binding // for each AboutValue, with Message.About
	Announce    []*spec.Binding // with Message.Event
	Sent        []*spec.Binding // with what was sent, and Message.Sent
	Received    map[Kind][]*spec.Binding
	lookup      *spec.Binding
}

// Dialects lists every dialect, CometBFT's first.
var Dialects = []*Dialect{CometBFT, Polka}

// Tables lists both tables.
func (d *Dialect) Tables() []*spec.Table { return []*spec.Table{d.Picks, d.Updates} }

// table is the one that has the binding.
func (d *Dialect) table(b *spec.Binding) *spec.Table {
	if d.Picks.NextRow(b) != nil {
		return d.Picks
	}
	return d.Updates
}

// CometBFTPicks and CometBFTUpdates are what CometBFT v1.0 does, and v0.38 and v0.40
// but for what stands at the clauses.
var (
	CometBFTPicks = &spec.Rules{
		Name:       "gossip-cometbft-picks",
		Doc:        "what CometBFT sends to a peer, and announces",
		Bindings:   []*spec.Binding{PickData, TryLastCommit, PickCurrent, TryRound, PickVote, AskMajority, Announce},
		Clauses:    cometBFTPickClauses,
		Calls:      pickCalls,
		Priority:   CometBFTPriority,
		Impossible: slices.Concat(gossipImpossible, cometBFTImpossible),
	}
	CometBFTUpdates = &spec.Rules{
		Name: "gossip-cometbft-updates",
		Doc:  "what CometBFT believes of a peer after a message, or a send",
		Bindings: []*spec.Binding{
			OnNewRoundStep, OnNewValidBlock, OnHasVote, HasPart, OnMaj23, OnBits, HasProposal, OnProposalPOL, OnVote, OnSent, Lookup,
		},
		Clauses:    cometBFTUpdateClauses,
		Calls:      updateCalls(Lookup),
		Priority:   alone(cometBFTUpdateClauses),
		Impossible: slices.Concat(updatesImpossible, stepsImpossible(OnNewRoundStep)),
	}
)

var (
	cometBFTPickClauses   = slices.Concat(cometBFTData, gossipVotes, pickCurrent, cometBFTQueries, cometBFTAnnouncements)
	cometBFTUpdateClauses = slices.Concat(
		cometBFTNewRoundStep, gossipNewValidBlock, []spec.Clause{gossipHasPart, hasProposalFirst, hasProposalNamed},
		gossipVote, gossipMaj23, cometBFTUpdates, gossipLookup, []spec.Clause{cometBFTLookupPOL},
	)
)

// CometBFT is the dialect "cometbft".
var CometBFT = &Dialect{
	Name: "cometbft", Doc: "CometBFT's gossip as it is", Picks: mustCompile(CometBFTPicks), Updates: mustCompile(CometBFTUpdates),
	Data:     []*spec.Binding{PickData},
	Votes:    []*spec.Binding{TryLastCommit, PickCurrent, PickVote},
	Queries:  []*spec.Binding{AskMajority},
	Announce: []*spec.Binding{Announce},
	Sent:     []*spec.Binding{OnSent},
	Received: map[Kind][]*spec.Binding{
		NewRoundStep:         {OnNewRoundStep},
		NewValidBlock:        {OnNewValidBlock},
		HasVote:              {OnHasVote},
		HasProposalBlockPart: {HasPart},
		VoteSetMaj23:         {OnMaj23},
		VoteSetBits:          {OnBits},
		ProposalMessage:      {HasProposal},
		ProposalPOL:          {OnProposalPOL},
		BlockPart:            {HasPart},
		Vote:                 {OnVote},
	},
	lookup: Lookup,
}

// PolkaPicks and PolkaUpdates are gossip as it should be: CometBFT's with the
// differences of [PolkaDifferences].
var (
	PolkaPicks = &spec.Rules{
		Name:       "gossip-polka-picks",
		Doc:        "what polka sends to a peer, and announces",
		Bindings:   []*spec.Binding{PickNamed, TryLastCommit, PickCurrentOrLater, TryRound, PickVote, AskMajorityOnce, Announce},
		Clauses:    polkaPickClauses,
		Calls:      pickCalls,
		Priority:   PolkaPriority,
		Impossible: slices.Concat(gossipImpossible, polkaImpossible),
	}
	PolkaUpdates = &spec.Rules{
		Name: "gossip-polka-updates",
		Doc:  "what polka believes of a peer after a message, or a send",
		Bindings: []*spec.Binding{
			OnNewRoundStepOrLater, OnNewValidBlock, OnHasVote, HasPart, OnMaj23, OnBitsOnce, HasProposal, OnProposalPOL, OnVote,
			OnSentWithPOL, LookupOrLater,
		},
		Clauses:  polkaUpdateClauses,
		Calls:    updateCalls(LookupOrLater),
		Priority: alone(polkaUpdateClauses),
		Impossible: slices.Concat(updatesImpossible, stepsImpossible(OnNewRoundStepOrLater), []spec.Impossible{
			{Of: OnSentWithPOL, Conds: []spec.Cond{Item.In(PartItem, VoteItem, QueryItem, OtherItem), WithPOL.Is(Yes)}, Why: "it is a proposal that has a POLRound"},
		}),
	}
)

var (
	polkaPickClauses = slices.Concat(
		polkaData, gossipVotes, of(PickCurrentOrLater, pickCurrent), polkaLater, polkaQueries, polkaAnnouncements,
	)
	polkaUpdateClauses = slices.Concat(
		polkaNewRoundStep, gossipNewValidBlock, []spec.Clause{gossipHasPart, hasProposalFirst, polkaProposalNamed},
		polkaVote(), gossipMaj23, polkaUpdates, of(LookupOrLater, gossipLookup), polkaLookup,
	)
)

// Polka is the dialect "polka".
var Polka = &Dialect{
	Name: "polka", Doc: "polka's gossip", Differences: PolkaDifferences,
	Picks: mustCompile(PolkaPicks), Updates: mustCompile(PolkaUpdates),
	Data:     []*spec.Binding{PickNamed},
	Votes:    []*spec.Binding{TryLastCommit, PickCurrentOrLater, PickVote},
	Queries:  []*spec.Binding{AskMajorityOnce},
	Announce: []*spec.Binding{Announce},
	Sent:     []*spec.Binding{OnSentWithPOL},
	Received: map[Kind][]*spec.Binding{
		NewRoundStep:         {OnNewRoundStepOrLater},
		NewValidBlock:        {OnNewValidBlock},
		HasVote:              {OnHasVote},
		HasProposalBlockPart: {HasPart},
		VoteSetMaj23:         {OnMaj23},
		VoteSetBits:          {OnBitsOnce},
		ProposalMessage:      {HasProposal},
		ProposalPOL:          {OnProposalPOL},
		BlockPart:            {HasPart},
		Vote:                 {OnVote},
	},
	lookup: LookupOrLater,
}

// mustCompile compiles rules that ship with polka. That they obey the laws is
// tested; a failure here means that the program was built from broken rules.
func mustCompile(r *spec.Rules) *spec.Table {
	t, err := spec.Compile(r)
	if err != nil {
		panic(err)
	}
	return t
}
