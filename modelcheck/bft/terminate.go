package bft

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/polka-bft/polka/modelcheck"
)

// Termination chooses an instance of the question whether everybody decides.
type Termination struct {
	Config Config

	// From is the first timely round, one of those of the instance.
	From int

	// Wrong names an entry of TerminationMutants; "" is Algorithm 1.
	Wrong string

	whole bool // the ledger forgets nothing
}

// decidesInTime names the property of Terminates.
const decidesInTime = "everyone decides in time"

var inTime = Property{
	Name: decidesInTime, Source: paper + ", section 4, Termination",
	Doc: "where nothing must happen, every correct process has decided",
}

// Terminates searches an instance and checks that every correct process decides
// by the last round, without any assumption of fairness: in every state in which
// nothing must happen, all of them have decided.
//
// What must happen. A Byzantine validator may stop at any time. A message of one
// that some correct process has relied on reaches all others: this is the gossip
// assumption of the paper. So a step is due when it relies on nothing but
// messages of correct processes and of those; the steps that rely on others may
// happen at any time, or never.
//
// Time. In rounds before From a timeout expires at any time after it was started.
// A timeout of From or a later round outlasts all delays, so it expires only when
//
//   - no correct process has a step due that a message causes: in particular,
//     line 36 has been followed by all who can, before anybody leaves the round;
//   - and no timeout of an earlier round, or of an earlier step of the round, is
//     still running at any correct process.
//
// The second is what the timeouts of the paper achieve by their length. Whoever
// has started timeoutPrecommit has +2/3 precommits, and every correct process
// behind one of them has left step prevote, by messages that are due at the
// others or because of a timeout that runs out at the others within one delay of
// it. The same holds between steps propose and prevote, and between rounds. From
// is the first round for which this is so: the first that is entered in time,
// not the first that ends in time.
//
// A run is as bad as possible if correct processes rely on as few messages of
// Byzantine validators as they can: more of them would make more steps due, and
// no other ones possible.
//
// No step repeats itself, so there is an end to what must happen, and the
// property says what everybody has reached by then. The counted model is
// searched, with what was relied on beside each state; see ledger.
func Terminates(ctx context.Context, t Termination, o modelcheck.Options) (Result, error) {
	t.Config.Counted = true
	return t.search(ctx, o)
}

// search is Terminates on the counted model or, for a test, on the plain one.
func (t Termination) search(ctx context.Context, o modelcheck.Options) (Result, error) {
	c := t.Config
	fail := func(err error) (Result, error) { return Result{Config: c}, err }
	if err := t.validate(); err != nil {
		return fail(err)
	}
	w, wrong, err := newTermination(c, t.Wrong)
	if err != nil {
		return fail(err)
	}
	size := w.layout.bits
	if w.counts != nil {
		size = w.counts.bits
	}
	switch {
	case size <= 128:
		return terminates(ctx, newClockwork[[2]uint64](t, w, wrong), o)
	case size <= 192:
		return terminates(ctx, newClockwork[[3]uint64](t, w, wrong), o)
	default:
		return terminates(ctx, newClockwork[[4]uint64](t, w, wrong), o)
	}
}

// validate says whether there is such a timely round.
func (t *Termination) validate() error {
	if t.From < 0 || t.From >= t.Config.rounds() {
		return fmt.Errorf("%w: of %d rounds, from 0 on, round %d cannot be the first timely one", ErrConfig, t.Config.rounds(), t.From)
	}
	return nil
}

// newTermination prepares the rules, or a mutant of them.
func newTermination(c Config, wrong string) (*witness, TerminationMutant, error) {
	var m TerminationMutant
	if err := c.Validate(); err != nil {
		return nil, m, err
	}
	d, err := findDialect(c.dialect())
	if err != nil {
		return nil, m, err
	}
	c.Dialect = d.rules.Name
	table := d.table
	if wrong != "" {
		if m, err = findTerminationMutant(wrong); err != nil {
			return nil, m, err
		}
		if table, err = m.compile(d.rules); err != nil {
			return nil, m, err
		}
	}
	rs, err := assemble(c, table, d.steps, nil)
	if err != nil {
		return nil, m, err
	}
	rs.asked, rs.every, rs.strict = []string{}, true, m.Strict
	if rs.counts != nil {
		if err := rs.recount(); err != nil {
			return nil, m, err
		}
	}
	w, err := newWitness(rs, true)
	return w, m, err
}

// recount lays counted states out such that they can also be asked what correct
// processes reach by themselves, and that values keep their names.
func (rs *rules) recount() error {
	k := rs.counts
	k.named, k.spoke = true, true
	k.caps.vote = rs.cap(POLPower, PolkaPower, TallyPower)
	k.caps.precommit = rs.cap(CommitPower)
	k.caps.any = rs.cap(AnyPrevotes, AnyPrecommits)
	k.caps.sent = rs.cap(LaterPower)
	k.tabulate()
	k.counter = uint(bits.Len16(uint16(max(k.caps.vote, k.caps.precommit, k.caps.any))))
	k.measure()
	if k.localBits > 64 || k.bits > maxBits {
		return fmt.Errorf("%w: %d bits are needed, at most %d are packed", ErrConfig, k.bits, maxBits)
	}
	return nil
}

// cap is where counting stops, whatever part of the Byzantine power joins in.
func (rs *rules) cap(of ...Threshold) (at voters) {
	full := voters(rs.config.correct())
	for _, t := range of {
		for faulty := range int64(rs.config.Byzantine) + 1 {
			n := full
			for n > 0 && rs.reached(t, n-1, faulty) == rs.reached(t, full, faulty) {
				n--
			}
			at = max(at, n)
		}
	}
	return at
}
