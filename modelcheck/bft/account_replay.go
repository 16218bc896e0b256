package bft

import (
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
func ReplayAccount(r io.Reader) (a Account, err error) {
	err = counterexample.Replay(r, Accountability, func(h counterexample.Header[accused], steps []Step) (counterexample.Stage, error) {
		a = Account{evidence: h.Config.Evidence, Counterexample: Counterexample{
			Config: h.Config.Instance, Digest: h.Digest, Property: h.Property, Steps: steps,
		}}
		w, err := newAccounting(a.Config)
		if err != nil {
			return nil, err
		}
		switch {
		case w.layout.bits <= 128:
			return newInquest[[2]uint64](w, a.evidence).stage(&a), nil
		case w.layout.bits <= 192:
			return newInquest[[3]uint64](w, a.evidence).stage(&a), nil
		default:
			return newInquest[[4]uint64](w, a.evidence).stage(&a), nil
		}
	})
	return a, err
}

func (q *inquest[S]) stage(a *Account) counterexample.Stage {
	run := counterexample.Run[watched[S]]{
		Digest: q.table.Digest(),
		Begins: func(w watched[S]) bool { s := q.describeStart(q.world(w)); return s.same(&a.Steps[0]) },
		Take: func(s watched[S], i int) (to []watched[S]) {
			q.next(s, func(action Action, next watched[S]) {
				if does := q.tell(i, action, s, next); does.same(&a.Steps[i]) {
					to = append(to, next)
				}
			})
			return to
		},
	}
	for _, w := range q.starts() {
		run.Start = append(run.Start, watched[S]{state: q.machine.pack(&w)})
	}
	holds, ok := map[string]func(watched[S]) bool{
		accountable: q.accountable, noFraming: q.framesNobody,
		always[0].name: func(s watched[S]) bool { return agreement(q.rules, q.world(s)) },
	}[a.Property.Name]
	if ok {
		run.Violated = func(s watched[S]) bool {
			violated := !holds(s)
			if violated {
				q.blame(a, s)
			}
			return violated
		}
	}
	return run
}
