package gossip

import (
	"slices"

	"github.com/polka-bft/polka/spec/gossip"
)

// An Entry is an instance with what is expected of it.
type Entry struct {
	Name   string // short, for the command line
	Config Config
	Why    string // what it is for
	// Violates names the properties that must be found violated, and no others.
	Violates []string
	Deep     bool // it takes longer than a test may: more than three million states
}

// A situation is an instance without its dialect, and what CometBFT and polka
// violate in it.
type situation struct {
	name, why       string
	config          Config
	cometbft, polka []string
	deep            []string // the dialects in which it is Deep
}

// Standard is what is worth checking: each situation in both dialects.
var Standard = standard()

func standard() (entries []Entry) {
	for _, s := range situations {
		for _, d := range []struct {
			of       *gossip.Dialect
			violates []string
		}{{gossip.CometBFT, s.cometbft}, {gossip.Polka, s.polka}} {
			e := Entry{Name: d.of.Name + "-" + s.name, Config: s.config, Why: s.why, Violates: d.violates, Deep: slices.Contains(s.deep, d.of.Name)}
			e.Config.Dialect = d.of.Name
			entries = append(entries, e)
		}
	}
	return entries
}

// EntryNamed is the entry of [Standard] with that name.
func EntryNamed(name string) (Entry, bool) {
	i := slices.IndexFunc(Standard, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return Standard[i], true
}

// nobody is two nodes that are no validators.
var nobody = [nodes]int8{-1, -1}

// once is a round in which nobody of the two proposes.
func once(prevotes, precommits string) Round {
	return Round{Proposer: -1, POLRound: -1, Prevotes: prevotes, Precommits: precommits}
}

// behind is a node that has stored heights 1 to top, and one that is in round 0 of
// height 1.
func behind(top gossip.Height, commit Mask) [nodes]Node {
	return [nodes]Node{{Height: top + 1, Step: gossip.NewHeight, LastCommit: commit}, {Height: 1, Step: gossip.Propose}}
}

func chain(validators uint8, heights ...Height) Chain {
	return Chain{Validators: validators, Heights: heights}
}

// Nodes that take no steps.
var (
	aStatic    = [nodes]bool{nodeA: true}
	bothStatic = [nodes]bool{true, true}
)

// block is the header of height 1, where it has one part.
var block = gossip.Header{Total: 1, Root: 1}

// oneHeight is one validator that decides height 1 in round 0.
var oneHeight = chain(1, Height{1, []Round{once("A", "A")}})

// lockedChain is one validator that sees a polka in round 0, precommits nil, and
// proposes in round 1 with the polka as its proof of lock.
var lockedChain = chain(1, Height{1, []Round{once("A", "N"), {Proposer: -1, POLRound: 0, Prevotes: "A", Precommits: "."}}})

var situations = []situation{
	{
		name: "one-behind", why: "the smallest catch-up: one height, one part, one validator",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: oneHeight, Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true,
		},
	},
	{
		name: "two-behind", why: "catch-up by two heights: the commits and the blocks are in the store",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: chain(1, Height{1, []Round{once("A", "A")}}, Height{1, []Round{once("A", "A")}}), Nodes: behind(2, 1), Self: nobody, Static: aStatic, Counted: true,
		},
	},
	{
		name: "two-parts", why: "catch-up by one height with a block of two parts",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: chain(1, Height{2, []Round{once("A", "A")}}), Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true,
		},
	},
	{
		name: "round-behind", why: "catch-up by one height that was decided in round 1, to a node in round 0",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: chain(1, Height{1, []Round{once("N", "N"), once("A", "A")}}), Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true,
		},
	},
	{
		name: "gift", why: "catch-up by one height of a node that may get the proposal from somebody else",
		cometbft: []string{"parts are had", "heights arrive"},
		config: Config{
			Chain: oneHeight, Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true, Gifts: 1,
		},
	},
	{
		name: "reconnect", why: "catch-up by one height over a connection that begins anew once",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: oneHeight, Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true, Reconnects: 1,
		},
	},
	{
		name: "restart", why: "catch-up by one height of a node that restarts once",
		cometbft: []string{"parts are had"},
		config: Config{
			Chain: oneHeight, Nodes: behind(1, 1), Self: nobody, Static: aStatic, Counted: true, Restarts: 1,
		},
	},
	{
		name: "split-prevotes", why: "one round, each has the block and half of the prevotes",
		config: Config{
			Chain: chain(2, Height{1, []Round{once("AA", "..")}}), Self: nobody,
			Nodes: [nodes]Node{
				{Height: 1, Step: gossip.Prevote, Proposal: true, Header: gossip.Header{Total: 1, Root: 1}, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
				{Height: 1, Step: gossip.Prevote, Proposal: true, Header: gossip.Header{Total: 1, Root: 1}, Parts: 1, Votes: [gossip.Rounds][2]Mask{{2, 0}}},
			},
		},
	},
	{
		deep: []string{"cometbft"}, name: "split-validators", why: "one round of two validators, from the proposal to the commit",
		config: Config{
			Chain: chain(2, Height{1, []Round{{Proposer: 0, POLRound: -1, Prevotes: "AA", Precommits: "AA"}}}), Self: [nodes]int8{0, 1},
			Nodes: [nodes]Node{{Height: 1, Step: gossip.NewHeight}, {Height: 1, Step: gossip.NewHeight}},
		},
	},
	{
		name: "pol", why: "round 1 proposes with the polka of round 0, whose prevotes B lacks",
		cometbft: []string{"no vote is sent twice"},
		config: Config{Chain: lockedChain, Self: nobody, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Round: 1, Step: gossip.Prevote, Proposal: true, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Round: 1, Step: gossip.Propose},
		}},
	},
	{
		name: "pol-announced", why: "the same, and A has a polka of round 1, which may tell B the header before the proposal comes",
		cometbft: []string{"proofs of lock arrive", "no vote is sent twice"},
		config: Config{Chain: lockedChain, Self: nobody, Static: bothStatic, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Round: 1, Step: gossip.Prevote, Proposal: true, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}, {1, 0}}},
			{Height: 1, Round: 1, Step: gossip.Propose},
		}},
	},
	{
		name: "pol-hidden", why: "the same, and B is in round 0 yet, which ends with +2/3 precommits for nil",
		cometbft: []string{"proofs of lock arrive"},
		config: Config{Chain: lockedChain, Self: nobody, Timeouts: true, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Round: 1, Step: gossip.Prevote, Proposal: true, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 1}}},
			{Height: 1, Step: gossip.Precommit},
		}},
	},
	{
		name: "header-only", why: "one round: A has the polka's block and the proposal, B only the polka's header",
		config: Config{Chain: chain(1, Height{1, []Round{once("A", "A")}}), Self: nobody, Nodes: [nodes]Node{
			{Height: 1, Step: gossip.Precommit, Proposal: true, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Step: gossip.Prevote, Header: block, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
		}},
	},
	{
		name: "no-proposal", why: "the same, but A has not got the proposal either: only an announcement tells that B collects the block",
		cometbft: []string{"parts arrive"},
		config: Config{Chain: chain(1, Height{1, []Round{once("A", "A")}}), Self: nobody, Nodes: [nodes]Node{
			{Height: 1, Step: gossip.Precommit, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Step: gossip.Prevote, Header: block, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
		}},
	},
	{
		name: "late-polka", why: "A knows a polka of round 1 and no proposal; B comes to that round by its prevotes, so that no vote of its round is a polka",
		cometbft: []string{"later votes arrive"},
		config: Config{Chain: lockedChain, Self: nobody, Timeouts: true, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Round: 1, Step: gossip.Prevote, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{0, 0}, {1, 0}}},
			{Height: 1, Step: gossip.Prevote},
		}},
	},
	{
		name: "gift-in-round", why: "A knows the block by a polka and has no proposal; B gets the proposal from somebody else",
		config: Config{Chain: chain(1, Height{1, []Round{once("A", ".")}}), Self: nobody, Gifts: 1, Nodes: [nodes]Node{
			{Height: 1, Step: gossip.Precommit, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Step: gossip.Precommit, Votes: [gossip.Rounds][2]Mask{{0, 0}}},
		}},
	},
	{
		deep: []string{"cometbft", "polka"}, name: "everything", why: "two validators, two rounds, timers",
		config: Config{
			Chain: chain(2, Height{1, []Round{{Proposer: 0, POLRound: -1, Prevotes: "AA", Precommits: "NN"}, {Proposer: 1, POLRound: 0, Prevotes: "AA", Precommits: "AA"}}}), Self: [nodes]int8{0, 1},
			Timeouts: true, Nodes: [nodes]Node{{Height: 1, Step: gossip.NewHeight}, {Height: 1, Step: gossip.NewHeight}},
		},
	},
	{
		name: "earlier-round", why: "A is in round 1 with votes of both rounds, B in round 0 without any",
		cometbft: []string{"later votes arrive"},
		config: Config{
			Chain: chain(1, Height{1, []Round{once("N", "N"), once("N", "N")}}), Self: nobody,
			Nodes: [nodes]Node{
				{Height: 1, Round: 1, Step: gossip.Precommit, Votes: [gossip.Rounds][2]Mask{{1, 1}, {1, 1}}},
				{Height: 1, Step: gossip.Propose},
			},
		},
	},
	{
		name: "asked", why: "A has a polka of which B lacks the prevote, and majorities are asked about",
		polka:    []string{"no vote is sent twice"},
		cometbft: []string{"no vote is sent twice"},
		config: Config{Chain: oneHeight, Self: nobody, Static: bothStatic, Queries: true, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Step: gossip.Prevote, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Step: gossip.Prevote},
		}},
	},
	{
		name: "asked-behind", why: "the same, but queries go behind votes: what the answer unmarks was dropped",
		cometbft: []string{"no vote is sent twice"},
		config: Config{Chain: oneHeight, Self: nobody, Static: bothStatic, Queries: true, AskBehind: true, Counted: true, Nodes: [nodes]Node{
			{Height: 1, Step: gossip.Prevote, Votes: [gossip.Rounds][2]Mask{{1, 0}}},
			{Height: 1, Step: gossip.Prevote},
		}},
	},
	{
		name: "silent", why: "the same as late-polka, but nobody is told that parts are collected from step precommit on",
		polka:    []string{"parts arrive"},
		cometbft: []string{"later votes arrive"},
		config: Config{Chain: lockedChain, Self: nobody, Timeouts: true, Silent: true, Nodes: [nodes]Node{
			{Height: 1, Round: 1, Step: gossip.Prevote, Header: block, Parts: 1, Votes: [gossip.Rounds][2]Mask{{0, 0}, {1, 0}}},
			{Height: 1, Step: gossip.Prevote},
		}},
	},
	{
		name: "too-far", why: "A goes from round 2 to 3, B is in round 0 and takes votes of one round beyond the next",
		polka:    []string{"votes are had", "later votes arrive"},
		cometbft: []string{"later votes arrive"},
		config: Config{
			Chain: chain(2, Height{1, []Round{once("..", ".."), once("..", ".."), once("..", "NN"), once("N.", "..")}}), Self: nobody,
			Timeouts: true, Catchup: 1,
			Nodes: [nodes]Node{
				{Height: 1, Round: 2, Step: gossip.Precommit, Votes: [gossip.Rounds][2]Mask{2: {0, 3}, 3: {1, 0}}},
				{Height: 1, Step: gossip.Prevote},
			},
		},
	},
}
