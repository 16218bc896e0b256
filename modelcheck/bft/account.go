package bft

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/spec/consensus"
)

// The properties of Accountable.
const (
	accountable = "accountable"
	noFraming   = "no framing"
)

// An Accounting is what Accountable found.
type Accounting struct {
	Result

	// Disagreements counts the states in which correct processes have decided
	// differently, with the messages that they relied on. ByEquivocation are
	// those in which equivocation alone names culprits with a third of the
	// power, ByAmnesia those that take evidence of amnesia, too.
	Disagreements, ByEquivocation, ByAmnesia int

	// Accounts tell the violations.
	Accounts []Account
}

// An Account is a run with the validators that its messages name as culprits.
type Account struct {
	Counterexample
	Culprits []Culprit
	// Further lists prevotes of Byzantine validators that nobody relied on, but
	// that excuse one of them.
	Further []string

	evidence []Evidence // what was held against validators
}

// Print writes the run as Counterexample.Print does, and then the culprits.
func (a *Account) Print(w io.Writer) error {
	if err := a.Counterexample.Print(w); err != nil {
		return err
	}
	var b strings.Builder
	if len(a.Culprits) == 0 {
		b.WriteString("  no culprit is named\n")
	}
	if len(a.Further) > 0 {
		counterexample.Wrap(&b, "  sent besides: ", "    ", strings.Join(a.Further, "; "))
	}
	for _, c := range a.Culprits {
		counterexample.Wrap(&b, "  culprit ", "", c.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Accountable searches an instance in which too many validators are Byzantine,
// and holds two properties against every state:
//
//   - "accountable": if correct processes have decided differently, then the
//     messages that were sent are evidence against validators with at least a
//     third of the power: f + 1 of them, where f is the largest number below a
//     third. Which messages Byzantine validators have sent besides those that
//     were relied on makes no difference.
//   - "no framing": there is no evidence against a correct process.
//
// The plain model is searched, with the messages of Byzantine validators that
// were relied on beside each state; see ledger. What there is no need for is no
// evidence against anybody, but it may be an excuse: prevotes that make a polka.
// So "accountable" is asked with every set of further Byzantine prevotes. Votes
// that may be for whatever name nobody, since the sender may have voted for nil,
// or for what it is known to have voted for; they are left out.
func Accountable(ctx context.Context, c Config, o modelcheck.Options) (Accounting, error) {
	return AccountableBy(ctx, c, AllEvidence, o)
}

// AccountableBy is Accountable with other evidence.
func AccountableBy(ctx context.Context, c Config, evidence []Evidence, o modelcheck.Options) (Accounting, error) {
	return account(ctx, c, evidence, false, o)
}

// Disagree finds a shortest run to a disagreement and its culprits. It is an
// error if there is none.
func Disagree(ctx context.Context, c Config, o modelcheck.Options) (Account, error) {
	a, err := account(ctx, c, AllEvidence, true, o)
	if err != nil {
		return Account{}, err
	}
	if len(a.Accounts) == 0 {
		return Account{}, fmt.Errorf("bft: no disagreement was found on %s: %s", c.Name(), a.Stopped)
	}
	return a.Accounts[0], nil
}

func account(ctx context.Context, c Config, evidence []Evidence, disagree bool, o modelcheck.Options) (Accounting, error) {
	w, err := newAccounting(c)
	if err != nil {
		return Accounting{Result: Result{Config: c}}, err
	}
	switch {
	case w.layout.bits <= 128:
		return accountOn[[2]uint64](ctx, w, evidence, disagree, o)
	case w.layout.bits <= 192:
		return accountOn[[3]uint64](ctx, w, evidence, disagree, o)
	default:
		return accountOn[[4]uint64](ctx, w, evidence, disagree, o)
	}
}

// newAccounting prepares the plain model, in which what is relied on is kept.
func newAccounting(c Config) (*witness, error) {
	c.Counted = false
	rs, err := newRules(c)
	if err != nil {
		return nil, err
	}
	rs.asked, rs.every = []string{}, true
	return newWitness(rs, false)
}

// An inquest searches watched states.
type inquest[S packed] struct {
	*witness
	machine      machine[S]
	evidence     []Evidence
	equivocation []Evidence
	third        int64

	disagreements sync.Map // of watched[S], to whether it takes amnesia
}

func newInquest[S packed](w *witness, evidence []Evidence) *inquest[S] {
	total, _ := w.config.totals()
	q := &inquest[S]{machine: newMachine[S](w.rules), witness: w, evidence: evidence, third: (total + 2) / 3}
	for _, e := range evidence {
		if !e.Later {
			q.equivocation = append(q.equivocation, e)
		}
	}
	return q
}

func accountOn[S packed](ctx context.Context, w *witness, evidence []Evidence, disagree bool, o modelcheck.Options) (Accounting, error) {
	q := newInquest[S](w, evidence)
	report, err := modelcheck.Check(ctx, q.model(disagree), o)
	if err != nil {
		return Accounting{Result: Result{Config: w.config}}, err
	}
	a := Accounting{Result: summary(w.rules, report)}
	for _, f := range report.Violations {
		account := q.account(f)
		a.Accounts = append(a.Accounts, account)
		a.Violations = append(a.Violations, account.Counterexample)
	}
	q.disagreements.Range(func(_, amnesia any) bool {
		a.Disagreements++
		if amnesia.(bool) {
			a.ByAmnesia++
		} else {
			a.ByEquivocation++
		}
		return true
	})
	return a, nil
}

// What Accountable asks.
var (
	accountableProperty = Property{
		Name: accountable, Source: "CometBFT, spec/light-client/accountability",
		Doc: "if correct processes have decided differently, the messages sent are evidence against validators with a third of the power",
	}
	noFramingProperty = Property{
		Name: noFraming, Source: "CometBFT, spec/light-client/accountability",
		Doc: "there is no evidence against a correct process",
	}
)

func (q *inquest[S]) model(disagree bool) modelcheck.Model[watched[S], Action] {
	rs := q.rules
	model := modelcheck.Model[watched[S], Action]{
		Name: rs.config.Name() + " accountable", Next: q.next, Clauses: rs.clauses(), Clause: rs.clause(), MayStayIdle: rs.clauses(),
		Hash: func(s watched[S]) uint64 { return hash(s.state) ^ hash([2]uint64(s.said)) },
	}
	for _, w := range rs.starts() {
		model.Init = append(model.Init, watched[S]{state: q.machine.pack(&w)})
	}
	if disagree {
		model.Always = []modelcheck.Property[watched[S]]{{
			Name: always[0].name, Doc: always[0].doc, Source: always[0].source,
			Holds: func(s watched[S]) bool { return agreement(rs, q.world(s)) },
		}}
		return model
	}
	model.Always = []modelcheck.Property[watched[S]]{
		{Name: accountableProperty.Name, Source: accountableProperty.Source, Doc: accountableProperty.Doc, Holds: q.accountable},
		{Name: noFramingProperty.Name, Source: noFramingProperty.Source, Doc: noFramingProperty.Doc, Holds: q.framesNobody},
	}
	if rs.config.canDisagree() {
		model.Sometimes = append(model.Sometimes, modelcheck.Property[watched[S]]{
			Name: "disagreement by equivocation", Source: paper + ", section 2, Agreement",
			Doc:   "correct processes have decided differently, and equivocation names the culprits",
			Holds: func(s watched[S]) bool { _, differ, equivocation := q.decisions(s); return differ && equivocation },
		})
	}
	if rs.config.canDisagree() && rs.config.rounds() > 1 {
		model.Sometimes = append(model.Sometimes, modelcheck.Property[watched[S]]{
			Name: "disagreement by amnesia", Source: paper + ", section 2, Agreement",
			Doc:   "correct processes have decided differently, and only amnesia names the culprits",
			Holds: func(s watched[S]) bool { _, differ, equivocation := q.decisions(s); return differ && !equivocation },
		})
	}
	return model
}

// canDisagree says whether the Byzantine validators make quorums with two sets of
// correct ones that have nobody in common, and more than one value can be proposed.
func (c Config) canDisagree() bool {
	total, faulty := c.totals()
	all := voters(1)<<c.correct() - 1
	for v := range all {
		if consensus.TwoThirds(c.sum(v)+faulty, total) && consensus.TwoThirds(c.sum(all&^v)+faulty, total) {
			return c.rounds() > 1 || c.Proposers[0] == Byzantine
		}
	}
	return false
}

func (q *inquest[S]) next(s watched[S], emit func(Action, watched[S])) {
	sc := q.scans.Get().(*scan)
	defer q.scans.Put(sc)
	q.machine.unpack(&s.state, &sc.world, &sc.tallies)
	if sc.world.fault != NoFault {
		return
	}
	var done []watched[S]
	for p := range q.layout.correct {
		sc.explore(p)
		for i := range sc.moves {
			after := q.machine.after(s.state, sc, &sc.moves[i])
			for _, grown := range q.witness.after(sc, sc.moves[i].action, s.said) {
				next := watched[S]{after, grown}
				if !slices.Contains(done, next) {
					done = append(done, next)
					emit(sc.moves[i].action, next)
				}
			}
		}
	}
}

func (q *inquest[S]) world(s watched[S]) *world {
	var w world
	unpack(&q.layout, &s.state, &w)
	return &w
}

// framesNobody says whether no correct process is a culprit. The messages that
// were relied on are all that could excuse it.
func (q *inquest[S]) framesNobody(s watched[S]) bool {
	w := q.world(s)
	if w.fault == SecondProposal || w.fault == SecondPrevote || w.fault == SecondPrecommit {
		return false
	}
	records := q.records(w, s.said)
	polka := q.polkas(records)
	for i := range q.layout.correct {
		for e := range q.evidence {
			if _, _, ok := q.evidence[e].finds(&records[i], q.layout.rounds, polka); ok {
				return false
			}
		}
	}
	return true
}

func (q *inquest[S]) accountable(s watched[S]) bool {
	records, differ, equivocation := q.decisions(s)
	if !differ {
		return true
	}
	q.disagreements.Store(s, !equivocation)
	return equivocation || q.whatever(records, 0)
}

// decisions says whether correct processes have decided differently, and then
// what was sent and whether equivocation alone names enough culprits.
func (q *inquest[S]) decisions(s watched[S]) (records []record, differ, equivocation bool) {
	w := q.world(s)
	if agreement(q.rules, w) {
		return nil, false, false
	}
	records = q.records(w, s.said)
	return records, true, q.convicted(records, 0, q.equivocation) >= q.third
}

// whatever says whether a third of the power is convicted whatever else the
// Byzantine validators have prevoted, from the place of a further prevote on. If
// not, the records are left with the prevotes that make it so.
func (q *inquest[S]) whatever(records []record, place int) bool {
	c := &q.config
	values := int(Invalid) - int(V0)
	if place == c.Byzantine*c.rounds()*values {
		return q.convicted(records, 0, q.evidence) >= q.third
	}
	if !q.whatever(records, place+1) {
		return false
	}
	b, r, v := place%c.Byzantine, place/c.Byzantine%c.rounds(), V0+consensus.Value(place/c.Byzantine/c.rounds())
	votes := &records[c.correct()+b].votes[consensus.PrevoteType][r]
	was := *votes
	if *votes |= 1 << v; *votes == was {
		return true
	}
	if !q.whatever(records, place+1) {
		return false
	}
	*votes = was
	return true
}

// account tells a run, with what was relied on in each step, and the culprits
// that there are at its end.
func (q *inquest[S]) account(f modelcheck.Finding[watched[S], Action]) Account {
	rs := q.rules
	a := Account{evidence: q.evidence, Counterexample: Counterexample{
		Config: rs.config, Digest: rs.table.Digest(), Property: counterexample.Violated(f.Property),
		Steps: []Step{rs.describeStart(q.world(f.Path.Init))},
	}}
	last := f.Path.Init
	for i, step := range f.Path.Steps {
		a.Steps = append(a.Steps, q.tell(i+1, step.Action, last, step.State))
		last = step.State
	}
	q.blame(&a, last)
	return a
}

// tell puts a step into words, with what was relied on.
func (q *inquest[S]) tell(number int, a Action, before, after watched[S]) Step {
	s := q.rules.describe(number, a, q.world(before), q.world(after))
	for _, name := range q.ledger.names(after.said.without(before.said)) {
		s.Changes = append(s.Changes, "relies on "+name)
	}
	return s
}

// blame names the culprits that there are in the last state of a run.
func (q *inquest[S]) blame(a *Account, last watched[S]) {
	records := q.records(q.world(last), last.said)
	if a.Property.Name == accountable {
		known := slices.Clone(records)
		q.whatever(records, 0)
		a.Further = q.further(known, records)
	}
	a.Culprits = q.culprits(records, q.evidence)
}

// further lists the prevotes that records have and those before had not.
func (q *inquest[S]) further(before, records []record) []string {
	var out []string
	for i := range records {
		for r, now := range records[i].votes[consensus.PrevoteType] {
			for v := range consensus.Value(valueCount) {
				if (now&^before[i].votes[consensus.PrevoteType][r])>>v&1 == 1 {
					out = append(out, fmt.Sprintf("%s of b%d", voteName(PrevoteMessage, r, v), i-q.config.correct()))
				}
			}
		}
	}
	return out
}
