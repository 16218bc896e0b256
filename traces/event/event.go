package event

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what an event is.
type Kind string

// The kinds of events.
const (
	Start   Kind = "start"   // an input: line 10, begin the initial height
	Input   Kind = "input"   // an input: Proposal, Vote, Timeout or NewValue is set
	Rule    Kind = "rule"    // a rule that fired on the last input: Rule and Observation
	Output  Kind = "output"  // what the machine asked for: Proposal, Vote, Timeout or ValueWanted
	Refuse  Kind = "refuse"  // the machine did not keep the message of the last input: Reason
	Decide  Kind = "decide"  // a height is decided: Decision
	Restart Kind = "restart" // reserved: the node came back and has replayed its log
)

// Event is one thing that happened at one node.
type Event struct {
	Seq  uint64        // 1, 2, 3, … without a gap; a writer sets it
	Node int           // whose event it is: the index of the header
	Mono time.Duration // since the node started
	Wall time.Time     // what the clock on the wall said, in UTC
	Kind Kind

	// Height, Round and Step are where the machine stood when it took the input
	// that this event belongs to, also on the events that follow the input.
	Height int64
	Round  int32
	Step   string

	From        string // of a message that another node delivered: its name
	Rule        string // of kind Rule: the rule's name, such as L28Else
	Observation string // of kind Rule: what the rule fired on
	Reason      string // of kind Refuse

	// At most one is set.
	Proposal    *Proposal
	Vote        *Vote
	Timeout     *Timeout
	NewValue    *NewValue
	ValueWanted *ValueWanted
	Decision    *Decision
}

// Proposal is a proposal that was received or sent. POLRound is −1 for a new value.
type Proposal struct {
	Height    int64 `json:"height"`
	Round     int32 `json:"round"`
	POLRound  int32 `json:"polRound"`
	Value     Value `json:"value"`
	Proposer  int   `json:"proposer"` // index in the validator set
	Valid     bool  `json:"valid"`    // only of an input: what the application said
	Signature Hex   `json:"signature"`
}

// Vote is a vote that was received or sent. Type is "prevote" or "precommit".
type Vote struct {
	Type      string `json:"type"`
	Height    int64  `json:"height"`
	Round     int32  `json:"round"`
	Value     Value  `json:"value"`
	Validator int    `json:"validator"` // index in the validator set
	Signature Hex    `json:"signature"`
}

// Timeout is a timeout that expired or was scheduled. Kind is "propose",
// "prevote" or "precommit".
type Timeout struct {
	Kind   string   `json:"kind"`
	Height int64    `json:"height"`
	Round  int32    `json:"round"`
	After  Duration `json:"after"` // only of an output
}

// NewValue answers a ValueWanted: the value to propose.
type NewValue struct {
	Height int64 `json:"height"`
	Round  int32 `json:"round"`
	Value  Value `json:"value"`
}

// ValueWanted asks the application for a value to propose.
type ValueWanted struct {
	Height int64 `json:"height"`
	Round  int32 `json:"round"`
}

// Decision is a decided height, with the precommits for it that the node has.
type Decision struct {
	Height     int64       `json:"height"`
	Round      int32       `json:"round"`
	Value      Value       `json:"value"`
	Precommits []Precommit `json:"precommits"` // in the order of their validators
}

// Precommit is one validator's precommit for the decision.
type Precommit struct {
	Validator int `json:"validator"`
	Signature Hex `json:"signature"`
}

// IsInput reports whether the event is something that the machine took, rather
// than something that it did.
func (e *Event) IsInput() bool { return e.Kind == Start || e.Kind == Input || e.Kind == Restart }

// check says what is wrong with an event. Reader and writer share it, so that no
// log is written that cannot be read.
func (e *Event) check() error {
	if err := e.checkPayload(); err != nil {
		return err
	}
	if e.Mono < 0 {
		return fmt.Errorf("mono is negative")
	}
	if y := e.Wall.UTC().Year(); y < 0 || y > 9999 {
		return fmt.Errorf("wall is in the year %d, outside 0 to 9999", y)
	}
	for _, s := range []string{e.Step, e.From, e.Rule, e.Observation, e.Reason} {
		if err := checkText(s); err != nil {
			return err
		}
	}
	return e.checkNames()
}

// checkPayload checks that the event carries what its kind calls for, only that.
func (e *Event) checkPayload() error {
	payloads := e.payloads()
	have := strings.Join(payloads, " and ")
	if have == "" {
		have = "nothing"
	}
	wrong := func(want string) error {
		return fmt.Errorf("an event of kind %q carries %s, but it has %s", e.Kind, want, have)
	}
	isOne := func(of ...string) bool {
		if len(payloads) != 1 {
			return false
		}
		for _, name := range of {
			if payloads[0] == name {
				return true
			}
		}
		return false
	}
	switch e.Kind {
	case Start, Restart:
		if len(payloads) != 0 {
			return wrong("nothing")
		}
	case Input:
		if !isOne("proposal", "vote", "timeout", "newValue") {
			return wrong("one of proposal, vote, timeout and newValue")
		}
	case Rule:
		if !isOne("rule") {
			return wrong("a rule")
		}
	case Output:
		if !isOne("proposal", "vote", "timeout", "valueWanted") {
			return wrong("one of proposal, vote, timeout and valueWanted")
		}
	case Refuse:
		if !isOne("reason") {
			return wrong("a reason")
		}
	case Decide:
		if !isOne("decision") {
			return wrong("a decision")
		}
	default:
		return fmt.Errorf("the kind %q is not known: it is none of start, input, rule, output, refuse, decide and restart", e.Kind)
	}
	return nil
}

// payloads names what is set.
func (e *Event) payloads() []string {
	var have [8]string
	n := 0
	add := func(set bool, name string) {
		if set {
			have[n] = name
			n++
		}
	}
	add(e.Rule != "" || e.Observation != "", "rule")
	add(e.Reason != "", "reason")
	add(e.Proposal != nil, "proposal")
	add(e.Vote != nil, "vote")
	add(e.Timeout != nil, "timeout")
	add(e.NewValue != nil, "newValue")
	add(e.ValueWanted != nil, "valueWanted")
	add(e.Decision != nil, "decision")
	return have[:n]
}

func (e *Event) checkNames() error {
	if v := e.Vote; v != nil && v.Type != "prevote" && v.Type != "precommit" {
		return fmt.Errorf("the vote type %q is neither prevote nor precommit", v.Type)
	}
	if t := e.Timeout; t != nil {
		if t.Kind != "propose" && t.Kind != "prevote" && t.Kind != "precommit" {
			return fmt.Errorf("the timeout kind %q is none of propose, prevote and precommit", t.Kind)
		}
		if e.Kind == Input && t.After != 0 {
			return fmt.Errorf("a timeout that expired has no after")
		}
	}
	if p := e.Proposal; p != nil && e.Kind == Output && p.Valid {
		return fmt.Errorf("a proposal that was sent has no valid")
	}
	if e.From != "" && (e.Kind != Input || e.Proposal == nil && e.Vote == nil) {
		return fmt.Errorf("only a proposal or vote that is an input comes from a peer")
	}
	return nil
}

// checkText refuses text that JSON cannot carry unchanged.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the text %q is not valid UTF-8", s)
	}
	return nil
}
