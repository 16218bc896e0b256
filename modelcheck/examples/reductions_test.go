package examples_test

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/broadcast"
	"github.com/polka-bft/polka/modelcheck/examples/diehard"
	"github.com/polka-bft/polka/modelcheck/examples/dining"
	"github.com/polka-bft/polka/modelcheck/examples/ewd426"
	"github.com/polka-bft/polka/modelcheck/examples/ewd840"
	"github.com/polka-bft/polka/modelcheck/examples/ewd998"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/lockserver"
	"github.com/polka-bft/polka/modelcheck/examples/paxos"
	"github.com/polka-bft/polka/modelcheck/examples/paxoscommit"
	"github.com/polka-bft/polka/modelcheck/examples/readerswriters"
	"github.com/polka-bft/polka/modelcheck/examples/twophase"
)

// A subject is a model of any type, to be searched with and without what it declares.
type subject struct {
	check, audit func(*testing.T, modelcheck.Options) says
	shortest     bool // counterexamples and witnesses are, in a reduced search as well
}

// says is what a search says of a model.
type says struct {
	states  int
	verdict modelcheck.Verdict
	ways    map[string]int // by property that is violated, or reached: the steps of the way there
	idle    []string       // what is not reached, and clauses that never fired
	lies    []string       // what an audit says is not so
	astray  bool           // a way that was found cannot be gone
}

func subjectOf[S comparable, A any](m modelcheck.Model[S, A]) subject {
	by := func(search func(*testing.T, modelcheck.Options) (modelcheck.Report[S, A], error)) func(*testing.T, modelcheck.Options) says {
		return func(t *testing.T, o modelcheck.Options) says {
			o.KeepGoing, o.Witnesses = true, true
			r, err := search(t, o)
			if err != nil {
				require.ErrorContains(t, err, "takes states for the same that are not")
				return says{astray: true}
			}
			require.True(t, r.Complete)
			out := says{states: r.States - r.Outside, verdict: r.Verdict(), ways: map[string]int{}, idle: r.NeverFired()}
			for _, v := range r.Violations {
				out.ways[v.Property.Name] = v.Path.Len()
				if v.Why != "" {
					out.lies = append(out.lies, v.Property.Name)
				}
			}
			for _, w := range r.Witnesses {
				out.ways[w.Property.Name] = w.Path.Len()
			}
			for _, p := range r.Unreached {
				out.idle = append(out.idle, p.Name)
			}
			for _, p := range r.UnreachedSteps {
				out.idle = append(out.idle, p.Name)
			}
			return out
		}
	}
	return subject{
		check: by(func(t *testing.T, o modelcheck.Options) (modelcheck.Report[S, A], error) {
			return modelcheck.Check(t.Context(), m, o)
		}),
		audit: by(func(t *testing.T, o modelcheck.Options) (modelcheck.Report[S, A], error) {
			return modelcheck.Audit(t.Context(), m, o)
		}),
		shortest: m.Local == nil,
	}
}

// searchable is for models that come with an error.
func searchable[S comparable, A any](m modelcheck.Model[S, A], err error) subject {
	if err != nil {
		panic(err)
	}
	return subjectOf(m)
}

// The models that are bundled: how many states a search of all visits, and one that
// relies on what is declared.
var reductions = []struct {
	name          string
	full, reduced int
	model         subject
	long          bool
}{
	{"diehard", 16, 16, subjectOf(diehard.Model()), false},
	{"dining, 5", 67, 67, subjectOf(dining.Model()), false},
	{"dining, 5 naive", 82, 18, subjectOf(dining.Naive()), false},
	{"twophase, 3", 288, 80, subjectOf(twophase.Model(3)), false},
	{"twophase, 5", 8_832, 314, subjectOf(twophase.Model(5)), false},
	{"twophase, 8", 1_745_408, 1_461, subjectOf(twophase.Model(8)), true},
	{"paxoscommit", 1_321_761, 45_056, subjectOf(paxoscommit.Model()), true},
	{"ewd840, 4", 1_566, 782, subjectOf(ewd840.Model(4)), false},
	{"ewd840, 8", 786_942, 327_934, subjectOf(ewd840.Model(8)), true},
	{"ewd998, PlusCal", 321_370, 235_432, subjectOf(ewd998.Model(ewd998.PlusCal)), true},
	{"ewd426, 6", 46_656, 7_776, subjectOf(ewd426.Model(6, 6)), false},
	{"broadcast, 4", 14_424, 680, subjectOf(broadcast.Model()), false},
	{"readerswriters, 3", 21_527, 3_601, searchable(readerswriters.Model(3)), false},
	{"lockserver, 5", 6_072, 41, searchable(lockserver.Model(5, lockserver.Reliable)), false},
	{"paxos, 1 and 3", 265, 57, searchable(paxos.Model(paxos.Config{Clients: 1, Servers: 3})), false},
	{"paxos, 2 and 3", 16_668, 1_800, searchable(paxos.Model(paxos.Config{Clients: 2, Servers: 3})), true},
}

// A reduced search of every model says what one of all its states says.
func TestReductions(t *testing.T) {
	table, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, row := range reductions {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, string(table), fmt.Sprintf("//	%-17s %9s %8s %7.1f\n",
				row.name, thousands(row.full), thousands(row.reduced), float64(row.full)/float64(row.reduced)))
			if row.long {
				pin.Long(t)
			}
			full := row.model.check(t, modelcheck.Options{Unreduced: true})
			reduced := row.model.check(t, modelcheck.Options{})
			require.Equal(t, row.full, full.states)
			require.Equal(t, row.reduced, reduced.states)
			requireSame(t, full, reduced, row.model.shortest)
		})
	}
}

func requireSame(t *testing.T, full, reduced says, shortest bool) {
	t.Helper()
	require.False(t, full.astray || reduced.astray)
	require.Equal(t, full.verdict, reduced.verdict)
	require.Equal(t, full.idle, reduced.idle)
	require.Len(t, reduced.ways, len(full.ways))
	for property, steps := range full.ways {
		require.Contains(t, reduced.ways, property)
		if shortest {
			require.Equal(t, steps, reduced.ways[property], property)
		} else {
			require.GreaterOrEqual(t, reduced.ways[property], steps, property)
		}
	}
}

// thousands writes a number as people do.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// What the models declare stands the audit. The largest are audited where fewer
// things happen.
func TestDeclarationsAreTrue(t *testing.T) {
	for _, row := range reductions {
		if row.long {
			continue
		}
		t.Run(row.name, func(t *testing.T) { require.Empty(t, row.model.audit(t, modelcheck.Options{}).lies) })
	}
	t.Run("ewd998", func(t *testing.T) {
		m := ewd998.Model(ewd998.Config{AnyStart: true, Counter: 1, Pending: 1, Sum: 2})
		require.Empty(t, subjectOf(m).audit(t, modelcheck.Options{}).lies)
	})
	t.Run("paxoscommit, without a second ballot", func(t *testing.T) {
		m := paxoscommit.Model()
		m.Within = func(s paxoscommit.State) bool { return !s.Instances[0].Begun[1] && !s.Instances[1].Begun[1] }
		require.Empty(t, subjectOf(m).audit(t, modelcheck.Options{}).lies)
	})
	t.Run("paxos that ignores votes", func(t *testing.T) {
		m, err := paxos.Model(paxos.Config{Clients: 1, Servers: 3, IgnoreVotes: true})
		require.NoError(t, err)
		require.Empty(t, subjectOf(m).audit(t, modelcheck.Options{}).lies)
	})
}

// What is declared and is not so is noticed: by the audit always, and often by what the
// reduced search says.
func TestFalseDeclarationsAreNoticed(t *testing.T) {
	twoPhase := twophase.Model(3)
	twoPhase.Canonical = func(s twophase.State) twophase.State { // what was sent stays with the number
		slices.SortFunc(s.Managers[:3], func(a, b twophase.Manager) int { return cmp.Compare(a.Phase, b.Phase) })
		for i := range s.Managers {
			s.Managers[i].Sent = i < 3 && s.Managers[i].Phase == twophase.Prepared
		}
		return s
	}
	colourless := ewd840.Model(3)
	colourless.Canonical = func(s ewd840.State) ewd840.State { // also of nodes that the token has passed
		for i := range s.Nodes {
			s.Nodes[i].Black = s.Nodes[i].Black && !s.TokenBlack
		}
		return s
	}
	turned := dining.Model()
	turned.Canonical = func(t dining.Table) dining.Table { // though one seat is asked for
		for range dining.Seats {
			if t.Forks[0].Holder == 0 {
				break
			}
			t = turn(t)
		}
		return t
	}
	values := ewd426.Model(3, 3)
	values.Canonical = func(r ewd426.Ring) ewd426.Ring { // as if node 0 did not count
		names := map[uint8]uint8{}
		for i, value := range r[:3] {
			if _, known := names[value]; !known {
				names[value] = uint8(len(names))
			}
			r[i] = names[value]
		}
		return r
	}
	hands := dining.Model()
	hands.Local = func(t dining.Table, i int) bool { return t.Philosophers[i].At == dining.Looking }
	hands.Actor = func(a dining.Action) int { return int(a.Philosopher) }
	queue := lockserver.Plain(2, lockserver.Reliable)
	queue.Local = func(_ lockserver.State, actor int) bool { return actor < 0 } // the server, whatever is under way
	// A server that grants the lock to all, and clients that are said to be done
	// with it before anybody looks.
	quick := pin.Altered(lockserver.Plain(2, lockserver.Reliable), func(_ lockserver.State, a lockserver.Action, after lockserver.State) lockserver.State {
		if a.Step == "request arrives" {
			after.Network[lockserver.Message{Kind: lockserver.Grant, Client: a.Client}] = 1
		}
		return after
	})
	quick.Within = func(s lockserver.State) bool {
		messages := 0
		for _, n := range s.Network {
			messages += n
		}
		return len(s.Queue) <= 2 && messages <= 3
	}
	quick.Local = func(s lockserver.State, actor int) bool { return actor >= 0 && s.Clients[actor] == lockserver.Working }

	for _, row := range []struct {
		name    string
		model   subject
		lie     string
		noticed bool // by what the reduced search says
	}{
		{"twophase", subjectOf(twoPhase), "Canonical is right", true},
		{"ewd840", subjectOf(colourless), "Canonical is right", false},
		{"dining, turned", subjectOf(turned), "Canonical is right", true},
		{"ewd426", subjectOf(values), "Canonical is right", false},
		{"dining, hands", subjectOf(hands), "Local is right", false},
		{"lockserver, queue", searchable(modelcheck.Encoded(queue)), "Local is right", false},
		{"lockserver, quick", searchable(modelcheck.Encoded(quick)), "Local is right", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, []string{row.lie}, row.model.audit(t, modelcheck.Options{}).lies)
			full, reduced := row.model.check(t, modelcheck.Options{Unreduced: true}), row.model.check(t, modelcheck.Options{})
			same := !reduced.astray && full.verdict == reduced.verdict && reflect.DeepEqual(full.idle, reduced.idle) && len(full.ways) == len(reduced.ways)
			require.Equal(t, row.noticed, !same)
		})
	}
}

// turn moves everybody one seat on.
func turn(t dining.Table) (turned dining.Table) {
	for i := range dining.Seats {
		next := (i + 1) % dining.Seats
		turned.Philosophers[next] = t.Philosophers[i]
		turned.Forks[next] = dining.Fork{Holder: (t.Forks[i].Holder + 1) % dining.Seats, Clean: t.Forks[i].Clean}
	}
	return turned
}
