package bft

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// Evidence is two messages of one validator that no correct process sends both
// of.
type Evidence struct {
	Name, Doc, Source string

	Of    MessageKind // of the first message
	And   MessageKind // of the second one
	Later bool        // the second is of a later round; otherwise both are of one round
	// Values says that both are votes for a value, not for nil.
	Values bool
	// Unless is what excuses the two.
	Unless Excuse
}

// MessageKind is what kind of message evidence is about.
type MessageKind uint8

// The kinds of messages. Those of votes are numbered like consensus.VoteType.
const (
	PrevoteMessage MessageKind = iota
	PrecommitMessage
	ProposalMessage
)

// An Excuse makes two different messages harmless.
type Excuse uint8

// The excuses.
const (
	NoExcuse Excuse = iota
	// PolkaSince is +2/3 prevotes for the value of the second message, in the
	// round of the first or in a later one before that of the second.
	PolkaSince
)

// AllEvidence is what is held against validators after a disagreement. The first
// three are equivocation, the last one is amnesia.
var AllEvidence = []Evidence{
	{
		Name: "two proposals", Of: ProposalMessage, And: ProposalMessage,
		Doc:    "two different proposals in a round: of different values, or with different vr",
		Source: algorithm1 + "line 19",
	},
	{
		Name: "two prevotes", Of: PrevoteMessage, And: PrevoteMessage,
		Doc:    "two different prevotes in a round",
		Source: algorithm1 + "lines 24 to 33 and 59",
	},
	{
		Name: "two precommits", Of: PrecommitMessage, And: PrecommitMessage,
		Doc:    "two different precommits in a round",
		Source: algorithm1 + "lines 40, 45 and 63",
	},
	{
		Name: "amnesia", Of: PrecommitMessage, And: PrevoteMessage, Later: true, Values: true, Unless: PolkaSince,
		Doc: "a precommit for v ≠ nil in r and a prevote for w ≠ v, w ≠ nil, in a later round r′," +
			" though no round from r to r′ − 1 has +2/3 prevotes for w among the messages that were sent",
		Source: algorithm1 + "lines 23, 29, 38 and 39; section 4, Lemma 5; CometBFT, spec/light-client/accountability",
	},
}

// A Culprit is a validator with the two messages that are held against it.
type Culprit struct {
	Validator string // "p0" if it is correct, "b0" if it is Byzantine
	Evidence  string // its name
	First     string
	Second    string
}

// String says it in a line.
func (c Culprit) String() string {
	return fmt.Sprintf("%s, %s: %s and %s", c.Validator, c.Evidence, c.First, c.Second)
}

// A record is what one validator has sent, for certain.
type record struct {
	votes     [2][maxRounds]uint8 // by kind and round: the set of values
	proposals [maxRounds][]proposal
}

// records collects what every validator has sent, the correct ones first. A
// proposal whose vr did not matter is given that of another of its value.
func (w *witness) records(at *world, s said) []record {
	out := make([]record, w.config.Validators)
	for p := range w.config.correct() {
		for kind := range at.locals[p].ballots {
			for r, b := range at.locals[p].ballots[kind][:w.config.rounds()] {
				if b != 0 {
					out[p].votes[kind][r] = 1 << b.value()
				}
			}
		}
	}
	for r, p := range w.config.Proposers {
		if p != Byzantine && at.proposals[r].value != consensus.Nil {
			out[p].proposals[r] = []proposal{at.proposals[r]}
		}
	}
	if s == (said{}) {
		return out
	}
	l := w.ledger
	for b := range l.votes {
		x := &out[w.config.correct()+b]
		for r := range w.config.rounds() {
			for kind := range l.votes[b][r] {
				for v := range valueCount {
					if s.meets(l.votes[b][r][kind][v].bit) {
						x.votes[kind][r] |= 1 << v
					}
				}
			}
			if l.proposer[r] != b {
				continue
			}
			for v := V0; v < valueCount; v++ {
				for vr := range consensus.Round(anyPOL + 1) {
					if s.meets(l.proposals[r][v][vr].bit) {
						x.proposals[r] = append(x.proposals[r], proposal{v, vr - 1})
					}
				}
			}
		}
	}
	return out
}

// finds looks for evidence of one kind against a validator. Prevotes is who has
// prevoted what.
func (e *Evidence) finds(x *record, rounds int, polka func(consensus.Round, consensus.Value) bool) (first, second string, found bool) {
	if e.Of == ProposalMessage {
		for r, ps := range x.proposals[:rounds] {
			if len(ps) > 1 {
				return proposalName(r, ps[0]), proposalName(r, ps[1]), true
			}
		}
		return "", "", false
	}
	for r := range rounds {
		from, to := r, r
		if e.Later {
			from, to = r+1, rounds-1
		}
		for later := from; later <= to; later++ {
			for v := range consensus.Value(valueCount) {
				for w := range consensus.Value(valueCount) {
					if v == w || e.Values && (v == consensus.Nil || w == consensus.Nil) ||
						x.votes[e.Of][r]>>v&1 == 0 || x.votes[e.And][later]>>w&1 == 0 || e.excused(r, later, w, polka) {
						continue
					}
					return voteName(e.Of, r, v), voteName(e.And, later, w), true
				}
			}
		}
	}
	return "", "", false
}

func (e *Evidence) excused(r, later int, w consensus.Value, polka func(consensus.Round, consensus.Value) bool) bool {
	for ; e.Unless == PolkaSince && r < later; r++ {
		if polka(consensus.Round(r), w) {
			return true
		}
	}
	return false
}

func voteName(kind MessageKind, r int, v consensus.Value) string {
	return fmt.Sprintf("%s(round %d, %s)", consensus.VoteType(kind), r, cast.Value(v))
}

func proposalName(r int, p proposal) string {
	vr := "whatever vr"
	if p.polRound < anyPOL-1 {
		vr = "vr " + cast.Round(p.polRound)
	}
	return fmt.Sprintf("PROPOSAL(round %d, %s, %s)", r, cast.Value(p.value), vr)
}

// polkas says in which rounds records hold +2/3 prevotes for which values.
func (w *witness) polkas(records []record) func(consensus.Round, consensus.Value) bool {
	total, _ := w.config.totals()
	return func(r consensus.Round, v consensus.Value) bool {
		var power int64
		for i := range records {
			if records[i].votes[consensus.PrevoteType][r]>>v&1 == 1 {
				power += w.config.power(i)
			}
		}
		return consensus.TwoThirds(power, total)
	}
}

// convicted is the power of the validators from a number on against which there
// is some of the evidence.
func (w *witness) convicted(records []record, from int, evidence []Evidence) (power int64) {
	polka := w.polkas(records)
	for i := from; i < len(records); i++ {
		for e := range evidence {
			if _, _, ok := evidence[e].finds(&records[i], w.config.rounds(), polka); ok {
				power += w.config.power(i)
				break
			}
		}
	}
	return power
}

// culprits lists the validators against which there is evidence, each with the
// first that there is.
func (w *witness) culprits(records []record, evidence []Evidence) []Culprit {
	var out []Culprit
	polka := w.polkas(records)
	for i := range records {
		for e := range evidence {
			first, second, ok := evidence[e].finds(&records[i], w.config.rounds(), polka)
			if !ok {
				continue
			}
			name := cast.Process(i)
			if i >= w.config.correct() {
				name = fmt.Sprintf("b%d", i-w.config.correct())
			}
			out = append(out, Culprit{name, evidence[e].Name, first, second})
			break
		}
	}
	return out
}
