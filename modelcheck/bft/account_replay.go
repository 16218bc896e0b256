package bft

import (
	"fmt"
	"io"

	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// Accountability is what a saved counterexample of Accountable says that it is of.
const Accountability = "accountability"

// accused is the configuration of a saved account.
type accused struct {
	Instance Config     `json:"instance"`
	Evidence []Evidence `json:"evidence"`
}

// Save writes the run as a file that ReplayAccount can read. The culprits are not
// in it: they follow.
func (a *Account) Save(w io.Writer) error {
	return counterexample.Save(w, counterexample.Header[accused]{
		Model: Accountability, Instance: a.Config.Name(), Dialect: a.Config.dialect(), Digest: a.Digest,
		Config: accused{a.Config, a.evidence}, Property: a.Property,
	}, a.Steps)
}

// ReplayAccount is Replay for a run of Accountable: each step must rely on what the
// file says, too, and the culprits are found again.
func ReplayAccount(r io.Reader) (Account, error) {
	h, steps, err := counterexample.Load[accused, Step](r, Accountability)
	if err != nil {
		return Account{}, fmt.Errorf("bft: %w", err)
	}
	a := Account{evidence: h.Config.Evidence, Counterexample: Counterexample{
		Config: h.Config.Instance, Digest: h.Digest, Property: h.Property, Steps: steps,
	}}
	w, err := newAccounting(a.Config)
	if err != nil {
		return a, err
	}
	if d := w.table.Digest(); d != a.Digest {
		return a, fmt.Errorf("bft: the counterexample is of rules with digest %s, these have %s", a.Digest, d)
	}
	switch {
	case w.layout.bits <= 128:
		err = newInquest[[2]uint64](w, a.evidence).replay(&a)
	case w.layout.bits <= 192:
		err = newInquest[[3]uint64](w, a.evidence).replay(&a)
	default:
		err = newInquest[[4]uint64](w, a.evidence).replay(&a)
	}
	return a, err
}

func (q *inquest[S]) replay(a *Account) error {
	holds, ok := map[string]func(watched[S]) bool{
		accountable: q.accountable, noFraming: q.framesNobody,
		always[0].name: func(s watched[S]) bool { return agreement(q.rules, q.world(s)) },
	}[a.Property.Name]
	if !ok {
		return fmt.Errorf("bft: there is no property %q", a.Property.Name)
	}
	run := counterexample.Run[watched[S]]{
		Steps: a.Len(), Property: a.Property.Name,
		Take: func(s watched[S], i int) (to []watched[S]) {
			q.next(s, func(action Action, next watched[S]) {
				if does := q.tell(i, action, s, next); does.same(&a.Steps[i]) {
					to = append(to, next)
				}
			})
			return to
		},
		Violated: func(s watched[S]) bool {
			violated := !holds(s)
			if violated {
				q.blame(a, s)
			}
			return violated
		},
	}
	for _, w := range q.rules.starts() {
		if s := q.rules.describeStart(&w); s.same(&a.Steps[0]) {
			run.Start = append(run.Start, watched[S]{state: q.machine.pack(&w)})
		}
	}
	return run.Replay()
}
