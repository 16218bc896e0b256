package delivery

import "github.com/polka-bft/polka/spec/consensus"

// ofSurroundings lists bugs in what surrounds the rules: the timer, the log and its
// replay, the signer, and the clock.
var ofSurroundings = []Bug{
	{
		Issues: "tendermint 3089, pull request 3246", Story: "a record that is cut off",
		Wrong: "a crash while the log is written cuts a record off; the log of the height is not replayed, the node" +
			" begins it anew, and its signer refuses what it wants to sign: conflicting data",
		Today: "the log is cut where the broken record begins, and what is left is replayed",
		By:    "votes survive a crash", Steps: 8, Config: crashingNodes("cometbft-v0.38"), Option: mistaken(SkipReplay),
	},
	{
		Issues: "tendermint 6738, pull request 6748", Story: "a vote that is signed again",
		Wrong: "a vote that is signed again after a crash has a new timestamp and the signature over the old one: nobody" +
			" counts it, its own node included",
		Today: "the vote takes the timestamp that the signer signed",
		By:    "own signatures verify", Steps: 3, Config: crashingNodes("cometbft-v0.38"), Option: mistaken(StaleVote),
	},
	{
		Issues: "tendermint 6738, of proposals", Story: "a proposal that is signed again",
		Wrong: "a proposal that is signed again after a crash has a new timestamp and the signature over the old one: nobody" +
			" takes it, its own node included",
		Today: "open in v0.38 and all that continues it: docs/findings.md; in v1 a proposal has the time of its block",
		By:    "own signatures verify", Steps: 2, Config: crashingNodes("cometbft-v0.38"), Option: mistaken(StaleProposal),
	},
	{
		Issues: "tendermint 8739, CometBFT pull request 2388", Story: "a replay by the clock",
		Wrong: "the log does not say when a proposal was received; replayed, none is timely, and the prevote for nil" +
			" that follows cannot be signed after the one for the block",
		Today: "the log of v1 holds the time of receipt",
		By:    "votes survive a crash", Steps: 4, Config: crashingNodes("cometbft-v1"), Option: mistaken(ReplayClock),
	},
	{
		Issues: "CometBFT pull request 3092", Story: "the end of another timer",
		Wrong: "a timer runs out while another timeout takes its place: the new timeout fires at once, for the end of the" +
			" old timer, and once more when its own runs out",
		Today: "the channel of the timer is emptied first, since v0.38.8",
		By:    "timeouts take their time", Steps: 12, Config: tickingNodes("cometbft-v0.38"), Option: mistaken(StaleTick),
	},
	{
		Issues: "CometBFT 4815, pull request 4816", Story: "a delay without a limit",
		Wrong: "the message delay of proposer-based timestamps grows by a tenth in each round until an int64 cannot hold it;" +
			" from then on no proposal is timely",
		Today: "it grows to 24 hours at most, since v1.0.1. The clock of the instance is in round 213, and proposals come a second late",
		By:    "everyone decides", Config: lateNodes(), Option: mistaken(EndlessDelay),
	},
	{
		Issues: "CometBFT pull request 5695", Story: "a block that is not on the disk",
		Wrong: "a node brings its own proposal to the disk and not its block: after a crash its signature is on a block that" +
			" it has not got, though others were shown it",
		Today: "on purpose, since v0.39.2, to spare the disk; not in v0.38 and v1",
		By:    "own blocks survive a crash", Steps: 5, Config: crashingNodes("cometbft-v0.38"), Option: mistaken(LazyBlock),
	},
	{
		Issues: "CometBFT 6031", Story: "a signer that forgets",
		Wrong: "the file of the signer is renamed without bringing the folder to the disk: a crash takes the last" +
			" signature back, and another proposal is signed",
		Today: "open, in every version",
		By:    "no equivocation", Steps: 2, Config: choosingNodes("cometbft-v0.38"), Option: func(c *Config) { c.Amnesia = true },
	},
}

// mistaken is the option of a mistake.
func mistaken(m Mistake) func(*Config) { return func(c *Config) { c.Mistake = m } }

// crashingNodes is one round of two correct nodes, each of which may crash once.
func crashingNodes(dialect string) Config {
	return Config{
		Dialect: dialect, Validators: 2, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer,
		Queue: InOrder, Crashes: 1,
	}
}

// choosingNodes is the same where the application may give another block when it
// is asked again.
func choosingNodes(dialect string) Config {
	c := crashingNodes(dialect)
	c.Values = 2
	return c
}

// tickingNodes is one round of three correct nodes whose tickers are late.
func tickingNodes(dialect string) Config {
	c := threeNodes(dialect)
	c.LateTicks = true
	return c
}

// lateNodes is one round of three correct nodes, the 214th, whose proposals come a
// second after their timestamps, with the synchrony that CometBFT v1 begins with
// (types/params.go DefaultSynchronyParams).
func lateNodes() Config {
	c := threeNodes("cometbft-v1")
	c.Clock = &Clock{Synchrony: consensus.Synchrony{Precision: 505e6, MessageDelay: 15e9}, Delay: 1e9, First: 213}
	return c
}
