package consensus

import "github.com/polka-bft/polka/spec"

// A Difference is one way in which a dialect departs from Algorithm 1.
type Difference struct {
	Name  string   // short, used in reports
	Lines string   // the lines of Algorithm 1 that it replaces or adds to
	Paper string   // what Algorithm 1 does
	Node  string   // what the dialect does instead
	Place string   // where: file, function, and issue where there is one
	Keys  []string // the clauses that say it
}

// A Dialect is a compiled rule set and how it departs from Algorithm 1.
type Dialect struct {
	Name        string
	Doc         string
	Table       *spec.Table
	Differences []Difference // none for the paper itself
	// Questions says which bindings an input raises, each asked once, in order.
	// Nil means that every binding is asked after every input, until no rule is
	// enabled, as Algorithm 1 has it.
	Questions map[Event][]*spec.Binding
}

// Event is what happens to a process whose rules are not asked all the time.
type Event uint8

// The events of CometBFT's receiveRoutine. A vote that its vote set does not take
// is none: one with a wrong signature, one that came before, a precommit whose
// vote extension is refused (VerifyVoteExtension).
const (
	PrevoteAdded     Event = iota
	PrecommitAdded         // of this height
	LatePrecommit          // of the last height; LastCommit answers as if it was added
	TransactionsCame       // the mempool has some; no log records it
	BlockCompleted
	TimeoutDelivered
)

// Dialects lists every dialect, the paper first.
var Dialects = []*Dialect{
	{Name: "paper", Doc: PaperRules.Doc, Table: Paper},
	{
		Name: "cometbft-v0.38", Doc: CometBFTv038Rules.Doc, Table: CometBFTv038,
		Differences: CometBFTv038Differences, Questions: CometBFTv038Questions,
	},
	{
		Name: "cometbft-v1", Doc: CometBFTv1Rules.Doc, Table: CometBFTv1,
		Differences: CometBFTv1Differences, Questions: CometBFTv1Questions,
	},
}

// DialectNamed finds a dialect by its name.
func DialectNamed(name string) (*Dialect, bool) {
	for _, d := range Dialects {
		if d.Name == name {
			return d, true
		}
	}
	return nil, false
}
