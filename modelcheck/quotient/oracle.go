package quotient

import "github.com/polka-bft/polka/spec/consensus"

// An oracle answers what the rules ask of messages and surroundings, in one of the
// ways in which they can be answered, and keeps what must be true for that. It is
// asked the same question once: within one step a process hears the votes of a type
// and round in one way.
//
// All ways are gone through by replay: the choices made are a script, the last of
// which is changed before the step is carried out again.
type oracle struct {
	*instance
	local  *local
	script []choice
	at     int

	heard    [2][maxRounds]int8 // a tally, or unheard
	later    [maxRounds]int8    // 0 unheard, 1 no, 2 yes
	newValue int8               // a letter, or 0 while getValue was not asked
	guard    atoms
}

// A choice is one of so many.
type choice struct{ taken, of uint8 }

const unheard = -2

// begin prepares the oracle to answer as the script says.
func (o *oracle) begin(x *local) {
	o.local, o.at, o.guard, o.newValue = x, 0, atoms{}, 0
	o.later = [maxRounds]int8{}
	for t := range o.heard {
		for r := range o.heard[t] {
			o.heard[t][r] = unheard
		}
	}
}

// again moves the script on to the next way, and reports whether there is one.
func (o *oracle) again() bool {
	for n := len(o.script); n > 0; n-- {
		if c := &o.script[n-1]; c.taken+1 < c.of {
			c.taken++
			o.script = o.script[:n]
			return true
		}
	}
	o.script = o.script[:0]
	return false
}

func (o *oracle) choose(of int) int {
	if o.at == len(o.script) {
		o.script = append(o.script, choice{0, uint8(of)})
	}
	o.at++
	return int(o.script[o.at-1].taken)
}

// tally is how the votes are heard.
func (o *oracle) tally(t consensus.VoteType, r consensus.Round) int {
	if r < 0 || int(r) >= o.rounds {
		return few
	}
	h := &o.heard[t][r]
	if *h == unheard {
		tallies := o.tallies
		if p := &o.local.process; r == p.Round && (t == consensus.PrevoteType && p.Once34 || t == consensus.PrecommitType && p.Once47) {
			tallies = tallies[1:] // what was heard is not forgotten
		}
		*h = int8(tallies[o.choose(len(tallies))])
		if *h != few {
			o.guard = o.guard.with(heardAtom(t, r, int(*h)))
		}
	}
	return int(*h)
}

// The powers that are answered: nothing, some, and everything.
const (
	somePower = 1
	allPower  = 3
)

// Total implements [consensus.Messages].
func (o *oracle) Total() int64 { return allPower }

// Power implements [consensus.Messages].
func (o *oracle) Power(t consensus.VoteType, r consensus.Round, v consensus.Value) int64 {
	if tally := o.tally(t, r); tally >= 0 && tally < valueCount && o.values[tally] == v {
		return allPower
	}
	return 0
}

// AnyPower implements [consensus.Messages].
func (o *oracle) AnyPower(t consensus.VoteType, r consensus.Round) int64 {
	if o.tally(t, r) == few {
		return 0
	}
	return allPower
}

// MessagePower implements [consensus.Messages].
func (o *oracle) MessagePower(r consensus.Round) int64 {
	if r < 0 || int(r) >= o.rounds {
		return 0
	}
	if o.later[r] == 0 {
		o.later[r] = int8(o.choose(2)) + 1
		if o.later[r] == 2 {
			o.guard = o.guard.with(laterAtom(r))
		}
	}
	if o.later[r] == 1 {
		return 0
	}
	return allPower
}

// Proposed implements [consensus.Messages]. The rules of the paper ask once.
func (o *oracle) Proposed(r consensus.Round, v consensus.Value, polRound consensus.Round) bool {
	if r < 0 || int(r) >= o.rounds {
		return false
	}
	if polRound == consensus.AnyPOLRound {
		n := o.choose(int(r) + 3)
		if n == 0 {
			return false
		}
		polRound = consensus.Round(n - 2)
	} else if o.choose(2) == 0 {
		return false
	}
	o.guard = o.guard.with(proposedAtom(r, o.values.letter(v), min(polRound, r)))
	return true
}

// Valid implements [consensus.Messages].
func (o *oracle) Valid(v consensus.Value) bool { return v != Invalid }

// Leader implements [consensus.Messages].
func (o *oracle) Leader(t consensus.VoteType, r consensus.Round) (consensus.Value, int64) {
	switch tally := o.tally(t, r); tally {
	case few:
		return consensus.Nil, 0
	case mixed:
		return consensus.Nil, somePower
	default:
		return o.values[tally], allPower
	}
}

// Proposer implements [consensus.Environment]: in the height of the instance by
// the rotation. In the next one it is a process of the paper that has decided, so
// that its proposal is seen.
func (o *oracle) Proposer(height int64, r consensus.Round) bool {
	if height > 0 {
		return o.questions == nil
	}
	return r >= 0 && int(r) < o.rounds && o.local.roles>>r&1 == 1
}

// GetValue implements [consensus.Environment].
func (o *oracle) GetValue() consensus.Value {
	if o.newValue == 0 {
		o.newValue = letterV0
		if o.values[letterV1] == V1 {
			o.newValue += int8(o.choose(2))
		}
	}
	return o.values[o.newValue]
}
