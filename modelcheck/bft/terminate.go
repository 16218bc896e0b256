package bft

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Termination chooses an instance of the question whether everybody decides.
type Termination struct {
	Config Config

	// From is the first timely round, from 0 to the number of rounds.
	From int

	// Wrong names an entry of TerminationMutants; "" is Algorithm 1.
	Wrong string

	whole bool // for a test: the ledger forgets nothing
}

// decidesInTime is the property of Terminates.
const decidesInTime = "everyone decides in time"

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
	if t.From < 0 || t.From > c.rounds() {
		return fail(fmt.Errorf("%w: round %d is the first timely one of %d", ErrConfig, t.From, c.rounds()))
	}
	w, gossip, err := newTermination(c, t.Wrong)
	if err != nil {
		return fail(err)
	}
	size := w.layout.bits
	if w.counts != nil {
		size = w.counts.bits
	}
	switch {
	case size <= 128:
		return terminates(ctx, newClockwork[[2]uint64](t, w, gossip), o)
	case size <= 192:
		return terminates(ctx, newClockwork[[3]uint64](t, w, gossip), o)
	default:
		return terminates(ctx, newClockwork[[4]uint64](t, w, gossip), o)
	}
}

// newTermination prepares the rules, or a mutant of them.
func newTermination(c Config, wrong string) (w *witness, gossip bool, err error) {
	if err := c.Validate(); err != nil {
		return nil, false, err
	}
	d, err := findDialect(c.dialect())
	if err != nil {
		return nil, false, err
	}
	c.Dialect = d.rules.Name
	table, gossip, strict := d.table, true, false
	if wrong != "" {
		m, err := findTerminationMutant(wrong)
		if err != nil {
			return nil, false, err
		}
		gossip, strict = !m.Ungossiped, m.Strict
		if table, err = m.compile(d.rules); err != nil {
			return nil, false, err
		}
	}
	rs, err := assemble(c, table, d.steps, nil)
	if err != nil {
		return nil, false, err
	}
	rs.asked, rs.every, rs.strict = []string{}, true, strict
	if rs.counts != nil {
		if err := rs.recount(); err != nil {
			return nil, false, err
		}
	}
	w, err = newWitness(rs, true)
	return w, gossip, err
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

// A clockwork searches counted states with what was relied on.
type clockwork[S packed] struct {
	*witness
	machine machine[S]
	from    int
	gossip  bool
	whole   bool          // for a test: nothing is forgotten
	starts  []spec.RuleID // that do nothing but start timeouts
	asks    []asking      // by step
}

// asking says what a process in some step of a round may still rely on there.
type asking struct {
	thresholds [thresholdCount]bool
	proposal   bool    // whatever its vr is
	exact      bool    // with its vr
	votes      [2]bool // correct processes may still vote
}

// stuck is put into the ledger when the Byzantine validators stop and nothing
// must happen though somebody has not decided.
var stuck = bitAt(127)

func newClockwork[S packed](t Termination, w *witness, gossip bool) *clockwork[S] {
	k := &clockwork[S]{witness: w, machine: newMachine[S](w.rules), from: t.From, gossip: gossip, whole: t.whole}
	for i := range w.table.All {
		if id := w.table.All[i].ID; w.counts != nil && w.counts.starts[id] {
			k.starts = append(k.starts, id)
		}
	}
	for step := range w.rules.steps {
		k.asks = append(k.asks, k.askingFrom(consensus.StepValue(step)))
	}
	return k
}

func terminates[S packed](ctx context.Context, k *clockwork[S], o modelcheck.Options) (Result, error) {
	report, err := modelcheck.Check(ctx, k.model(), o)
	if err != nil {
		return Result{Config: k.config}, err
	}
	r := summary(k.rules, report)
	for _, f := range report.Violations {
		c, err := k.counterexample(f)
		if err != nil {
			return r, err
		}
		r.Violations = append(r.Violations, c)
	}
	return r, nil
}

func (k *clockwork[S]) model() modelcheck.Model[watched[S], Action] {
	m := modelcheck.Model[watched[S], Action]{
		Name: fmt.Sprintf("%s timely from round %d", k.config.Name(), k.from),
		Next: k.next, Clauses: k.clauses(), Clause: k.clause(),
		Hash: func(s watched[S]) uint64 { return hash(s.state) ^ hash([2]uint64(s.said)) },
		Always: []modelcheck.Property[watched[S]]{{
			Name: decidesInTime, Source: paper + ", section 4, Termination",
			Doc:   "where nothing must happen, every correct process has decided",
			Holds: func(s watched[S]) bool { return !s.said.meets(stuck) },
		}},
	}
	for _, c := range sometimes {
		if c.name == "everyone decides" {
			m.Sometimes = append(m.Sometimes, modelcheck.Property[watched[S]]{
				Name: c.name, Doc: c.doc, Source: c.source, Holds: k.decided,
			})
		}
	}
	for _, w := range k.rules.starts() {
		m.Init = append(m.Init, k.canonical(watched[S]{state: k.machine.pack(&w)}))
	}
	return m
}

// A pending timeout is one that runs.
type pending struct {
	round consensus.Round
	kind  consensus.TimeoutKind
}

func (p pending) before(q pending) bool {
	return p.round < q.round || p.round == q.round && p.kind < q.kind
}

// A turn is a step that a state has.
type turn[S packed] struct {
	action  Action
	next    watched[S]
	due     bool
	expires bool
	timeout pending
}

// turns lists the steps of a state that lead to another, those of timeouts that
// cannot expire yet among them.
func (k *clockwork[S]) turns(s watched[S]) []turn[S] {
	sc := k.scans.Get().(*scan)
	defer k.scans.Put(sc)
	k.machine.unpack(&s.state, &sc.world, &sc.tallies)
	if sc.world.fault != NoFault {
		return nil
	}
	var out []turn[S]
	for p := range k.layout.correct {
		if k.counts != nil && k.machine.twins(&s.state, p) {
			continue
		}
		sc.explore(p)
		if sc.self.decision != consensus.Nil {
			continue
		}
		begun := k.begin(sc, s, &out)
		for i := range sc.moves {
			mv := &sc.moves[i]
			a := mv.action
			t := turn[S]{action: a}
			if k.table.Rule(a.Rule).Clause.Of == consensus.OnTimeout {
				if k.startable()>>a.Timeout&1 == 1 && begun>>a.Timeout&1 == 0 {
					continue
				}
				t.expires, t.timeout = true, pending{consensus.Round(a.Round), a.Timeout}
			}
			after := k.machine.after(s.state, sc, mv)
			for _, grown := range k.after(sc, a, s.said) {
				t.due = k.isDue(sc, a, s.said, grown)
				t.next = k.clear(watched[S]{after, grown})
				if t.next != s {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// isDue says whether a step relies on messages only that reach everybody.
func (k *clockwork[S]) isDue(sc *scan, a Action, before, after said) bool {
	if k.gossip {
		return before == after
	}
	return slices.Contains(k.after(sc, a, said{}), said{})
}

// startable is the set of timeouts that are not kept, since they can be started
// whenever they can expire.
func (k *clockwork[S]) startable() (kinds uint8) {
	for _, id := range k.starts {
		kinds |= k.counts.starters[id]
	}
	return kinds
}

// begin finds the timeouts that the process under the scan has started if all
// that is due has happened. Starting one because of other messages is a step of
// its own, in which these become known.
func (k *clockwork[S]) begin(sc *scan, s watched[S], out *[]turn[S]) (begun uint8) {
	for _, id := range k.starts {
		rule := k.table.Rule(id)
		if !admits(rule, consensus.Step.Variable(), 1<<sc.self.process.Step) {
			continue
		}
		a := Action{Process: uint8(sc.process), Rule: id}
		for _, grown := range k.after(sc, a, s.said) {
			if grown == s.said {
				begun |= k.counts.starters[id]
				continue
			}
			if next := k.clear(watched[S]{s.state, grown}); next != s {
				*out = append(*out, turn[S]{action: a, next: next})
			}
		}
	}
	return begun
}

func (k *clockwork[S]) next(s watched[S], emit func(Action, watched[S])) {
	if s.said.meets(stuck) {
		return
	}
	turns := k.turns(s)
	busy := slices.ContainsFunc(turns, func(t turn[S]) bool { return t.due && !t.expires })
	for i := range turns {
		if t := &turns[i]; k.inTime(t, turns, busy) {
			emit(t.action, k.canonical(t.next))
		}
	}
	// If nothing but timeouts are due, the earliest of them expires.
	if !slices.ContainsFunc(turns, func(t turn[S]) bool { return t.due }) && !k.decided(s) {
		emit(Action{Rule: spec.Unreachable}, watched[S]{s.state, s.said.or(stuck)})
	}
}

// inTime says whether a step may happen now. Busy says that messages make some
// step due.
func (k *clockwork[S]) inTime(t *turn[S], turns []turn[S], busy bool) bool {
	return !t.expires || int(t.timeout.round) < k.from ||
		!busy && !slices.ContainsFunc(turns, func(u turn[S]) bool { return u.expires && u.timeout.before(t.timeout) })
}

// canonical is the smaller of the two forms of a state that differ in the names
// of v0 and v1. The plain model keeps the names.
func (k *clockwork[S]) canonical(s watched[S]) watched[S] {
	if k.counts == nil {
		return s
	}
	t := watched[S]{exchangeValues(k.counts, s.state), k.ledger.exchangeValues(s.said)}
	for i := range len(s.state) {
		if s.state[i] != t.state[i] {
			if t.state[i] < s.state[i] {
				return t
			}
			return s
		}
	}
	if t.said[0] < s.said[0] || t.said[0] == s.said[0] && t.said[1] < s.said[1] {
		return t
	}
	return s
}

// exchangeValues is a counted state with v0 and v1 in each other's place.
func exchangeValues[S packed](k *counts, s S) S {
	t := s
	var words [maxCorrect]uint64
	for p := range k.config.correct() {
		words[p] = exchange(field(&s, uint(p)*k.localBits, k.localBits), k.swapLocal, 1)
	}
	putSorted(&t, words[:k.config.correct()], k.localBits)
	for r := range k.config.rounds() {
		w := field(&s, k.at[r], k.width[r])
		put(&t, k.at[r], k.width[r], exchange(exchange(w, 1, 1), k.swapCounts, k.counter))
	}
	return t
}

func (k *clockwork[S]) decided(s watched[S]) bool {
	at, width := k.layout.roundBits+k.layout.stepBits, k.layout.localBits
	if k.counts != nil {
		at, width = 0, k.counts.localBits
	}
	for p := range uint(k.layout.correct) {
		if field(&s.state, p*width+at, valueBits) == 0 {
			return false
		}
	}
	return true
}

// askingFrom reads off the rules what a process in a step, or in a later one of
// the round, may rely on.
func (k *clockwork[S]) askingFrom(step consensus.StepValue) (a asking) {
	later := stepsFrom(k.table, step)
	for i := range k.table.All {
		rule := &k.table.All[i]
		if !admits(rule, consensus.Step.Variable(), later) {
			continue
		}
		r := &k.relies[rule.ID]
		for _, t := range r.thresholds {
			a.thresholds[t] = true
		}
		a.proposal = a.proposal || r.proposal && rule.Clause.Of == consensus.OnProposal
		a.exact = a.exact || r.exact
	}
	for kind, ops := range sends {
		a.votes[kind] = may(k.table, later, ops)
	}
	return a
}

// join asks for what either of them asks for.
func (a *asking) join(b *asking) {
	for t := range a.thresholds {
		a.thresholds[t] = a.thresholds[t] || b.thresholds[t]
	}
	a.proposal, a.exact = a.proposal || b.proposal, a.exact || b.exact
	a.votes[0], a.votes[1] = a.votes[0] || b.votes[0], a.votes[1] || b.votes[1]
}

// clear forgets messages of Byzantine validators that nobody asks for any more,
// as counts.clear does for those of correct processes.
func (k *clockwork[S]) clear(s watched[S]) watched[S] {
	if s.said == (said{}) || k.whole {
		return s
	}
	var w world
	var t tallies
	k.machine.unpack(&s.state, &w, &t)
	first := k.layout.rounds // of an undecided process
	var here [maxRounds]asking
	for p := range k.layout.correct {
		if x := &w.locals[p].process; w.locals[p].decision == consensus.Nil {
			first = min(first, int(x.Round))
			here[x.Round].join(&k.asks[x.Step])
		}
	}
	if first == k.layout.rounds || w.fault != NoFault {
		return watched[S]{state: s.state}
	}
	for r := range k.layout.rounds {
		if first < r {
			here[r].join(&k.asks[consensus.Propose])
		}
		if r == k.layout.rounds-1 && k.dead.last47 { // its timeout would lead out
			here[r].thresholds[AnyPrecommits] = false
		}
		s.said = k.forgetVotes(s.said, r, first >= r, &here[r], &t)
		s.said = k.forgetProposals(s.said, r, first, &here[r], &t)
	}
	return s
}

// forgetVotes is clear for the votes of a round, which all have entered or not.
func (k *clockwork[S]) forgetVotes(s said, r int, entered bool, here *asking, t *tallies) said {
	for b := range k.ledger.votes {
		if entered { // line 55 asks of later rounds only
			s = s.without(k.ledger.messages[b][r].bit)
		}
		for kind := range k.ledger.votes[b][r] {
			list := &k.ledger.votes[b][r][kind]
			whole := [...]Threshold{PolkaPower, CommitPower}[kind]
			whatever := [...]Threshold{AnyPrevotes, AnyPrecommits}[kind]
			for v := range consensus.Value(valueCount) {
				if !s.meets(list[v].bit) {
					continue
				}
				count := t.votes[kind][r][v]
				asked := v != consensus.Nil || here.thresholds[TallyPower]
				if !here.votes[kind] && count == 0 {
					asked = false // what is left of the counts is what matters
				}
				switch {
				case asked && !k.reached(whole, count, 0): // the correct ones alone are not enough
				case here.thresholds[whatever]:
					s = s.without(list[v].bit).or(list[anyValue].bit)
				default:
					s = s.without(list[v].bit)
				}
			}
			if !here.thresholds[whatever] || k.reached(whatever, t.any[kind][r], 0) || s.meets(list[anyValue].covers.without(list[anyValue].bit)) {
				s = s.without(list[anyValue].bit)
			}
		}
	}
	return s
}

// forgetProposals is clear for the proposals of a round.
func (k *clockwork[S]) forgetProposals(s said, r, first int, here *asking, t *tallies) said {
	if k.ledger.proposer[r] < 0 {
		return s
	}
	for v := V0; v < valueCount; v++ {
		whatever := &k.ledger.proposals[r][v][anyPOL]
		if here.exact || !s.meets(whatever.covers) {
			continue
		}
		s = s.without(whatever.covers)
		if v != Invalid && (here.proposal || first <= r || t.votes[consensus.PrecommitType][r][v] > 0) {
			s = s.or(whatever.bit)
		}
	}
	return s
}

// counterexample tells a run as one of the plain model.
func (k *clockwork[S]) counterexample(f modelcheck.Finding[watched[S], Action]) (Counterexample, error) {
	plain, err := k.machine.plain()
	if err != nil {
		return Counterexample{}, err
	}
	l := lifting[S]{machine: k.machine, plain: plain, failed: map[waypoint]bool{}, path: []S{f.Path.Init.state}}
	now := f.Path.Init
	for _, step := range f.Path.Steps {
		turns := k.turns(now)
		at := slices.IndexFunc(turns, func(t turn[S]) bool { return k.canonical(t.next) == step.State })
		if at < 0 {
			break // stuck
		}
		if turns[at].next.state != now.state {
			l.path = append(l.path, turns[at].next.state)
		}
		now = turns[at].next
	}
	c := Counterexample{
		Config: plain.config, Digest: k.table.Digest(),
		Property: Property{f.Property.Name, f.Property.Doc, f.Property.Source},
	}
	for _, w := range plain.starts() {
		if k.machine.pack(&w) != l.path[0] {
			continue
		}
		c.Steps = []Step{plain.describeStart(&w)}
		if run, ok := l.from(0, w); ok {
			before := w
			for i, s := range run {
				c.Steps = append(c.Steps, plain.describe(i+1, s.action, &before, &s.world))
				before = s.world
			}
			return c, nil
		}
	}
	return c, fmt.Errorf("%w: it violates %q after %d steps, on %s", ErrLift, f.Property.Name, len(l.path)-1, k.config.Name())
}
