package modelcheck_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// A machine runs programs at the same time: each has a place in its code and a
// register of its own; one variable is shared.
type (
	machine struct {
		at, register [3]uint8
		shared       uint8
	}
	instruction uint8
	turn        struct {
		program int
		does    instruction
	}
)

const (
	add   instruction = iota // one to the register
	again                    // from the start, if the register is even
	read                     // the shared variable
	write                    // it
	instructions
)

func (i instruction) String() string { return [...]string{"add", "again", "read", "write"}[i] }

func (m machine) step(p int, does instruction) machine {
	m.at[p]++
	switch does {
	case add:
		m.register[p] = (m.register[p] + 1) % 3
	case again:
		if m.register[p]%2 == 0 {
			m.at[p] = 0
		}
	case read:
		m.register[p] = m.shared
	case write:
		m.shared = m.register[p]
	}
	return m
}

// programs is a model of such programs. Instructions that touch nothing shared are
// local.
func programs(code [3][]instruction, bad uint8) modelcheck.Model[machine, turn] {
	return modelcheck.Model[machine, turn]{
		Name: "programs",
		Init: []machine{{}},
		Next: func(m machine, emit func(turn, machine)) {
			for p := range code {
				if at := int(m.at[p]); at < len(code[p]) {
					emit(turn{p, code[p][at]}, m.step(p, code[p][at]))
				}
			}
		},
		Always:       []modelcheck.Property[machine]{{Name: "fine", Holds: func(m machine) bool { return m.shared != bad }}},
		Sometimes:    []modelcheck.Property[machine]{{Name: "two", Holds: func(m machine) bool { return m.shared == 2 }}},
		Local:        func(m machine, p int) bool { return code[p][m.at[p]] < read },
		Actor:        func(t turn) int { return t.program },
		FormatAction: func(_ machine, t turn, _ machine) string { return fmt.Sprintf("program %d: %s", t.program, t.does) },
	}
}

func drawPrograms(t *rapid.T) modelcheck.Model[machine, turn] {
	var code [3][]instruction
	for p := range code {
		for range rapid.IntRange(0, 5).Draw(t, "length") {
			code[p] = append(code[p], instruction(rapid.IntRange(0, int(instructions)-1).Draw(t, "instruction")))
		}
	}
	return programs(code, uint8(rapid.IntRange(1, 3).Draw(t, "bad")))
}

// A reduced search has the verdict of a full one, and what is declared stands the
// audit.
func TestReducedVerdicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawPrograms(t)
		reduced, err := modelcheck.Check(context.Background(), m, modelcheck.Options{KeepGoing: true, Workers: rapid.IntRange(1, 3).Draw(t, "workers")})
		require.NoError(t, err)
		full, err := modelcheck.Check(context.Background(), m, modelcheck.Options{KeepGoing: true, Unreduced: true})
		require.NoError(t, err)
		require.Equal(t, full.Verdict(), reduced.Verdict())
		require.Equal(t, len(full.Violations), len(reduced.Violations))
		require.Equal(t, len(full.Unreached), len(reduced.Unreached))
		require.LessOrEqual(t, reduced.States, full.States)
		require.Equal(t, full.Deadlocks, reduced.Deadlocks)
		for _, v := range reduced.Violations {
			replay(t, m, v.Path)
		}
		audit, err := modelcheck.Audit(context.Background(), m, modelcheck.Options{})
		require.NoError(t, err)
		require.Equal(t, full.States, audit.States)
		require.Equal(t, len(full.Violations), len(audit.Violations), audit.String())
	})
}

func TestReductionWins(t *testing.T) {
	code := []instruction{add, add, write, add, add, read, add, add, write}
	m := programs([3][]instruction{code, code, code}, 9)
	reduced, full := check(t, m, modelcheck.Options{}), check(t, m, modelcheck.Options{Unreduced: true})
	assert.Equal(t, 1_681, full.States)
	assert.Equal(t, 499, reduced.States)
	assert.Positive(t, reduced.Reduced)
	assert.Zero(t, full.Reduced)
}

// One that goes around a cycle of local steps for ever does not hide the others.
func TestOthersAreNotPutOffForEver(t *testing.T) {
	m := modelcheck.Model[[2]uint64, int]{
		Name: "cycle",
		Init: []([2]uint64){{}},
		Next: func(s [2]uint64, emit func(int, [2]uint64)) {
			emit(0, [2]uint64{(s[0] + 1) % 3, s[1]})
			if s[1] == 0 {
				emit(1, [2]uint64{s[0], 1})
			}
		},
		Always: []modelcheck.Property[[2]uint64]{{Name: "quiet", Holds: func(s [2]uint64) bool { return s[1] == 0 }}},
		Local:  func(_ [2]uint64, actor int) bool { return actor == 0 },
		Actor:  func(a int) int { return a },
	}
	r := check(t, m, modelcheck.Options{})
	assert.Equal(t, modelcheck.Violated, r.Verdict())
	assert.Positive(t, r.Reduced)
	audit, err := modelcheck.Audit(t.Context(), m, modelcheck.Options{})
	require.NoError(t, err)
	assert.Len(t, audit.Violations, 1, "the property's own: what is declared is right")
}

// What is declared and is not so is found, with a reason.
func TestAuditCanFail(t *testing.T) {
	code := [3][]instruction{{add, write}, {read, add, write}, {again}}
	good := programs(code, 9)
	good.Sometimes = nil
	for _, row := range []struct {
		name, property, why string
		spoil               func(m *modelcheck.Model[machine, turn])
	}{
		{"nothing", "", "", func(*modelcheck.Model[machine, turn]) {}},
		{
			"a write is called local", "Local is right", "program 0: write is local, but does not lead to the same state before and after program 1: read",
			func(m *modelcheck.Model[machine, turn]) {
				m.Local = func(s machine, p int) bool { return code[p][s.at[p]] != read }
			},
		},
		{
			"local comes and goes", "Local is right", "program 0: add is local, and not any more after program 1: read",
			func(m *modelcheck.Model[machine, turn]) {
				m.Local = func(s machine, p int) bool { return p == 0 && s.at[0] == 0 && s.at[1] == 0 }
			},
		},
		{
			"a property sees a local step", "Local is right", `property "still" sees the local step program 0: add`,
			func(m *modelcheck.Model[machine, turn]) {
				m.Sometimes = []modelcheck.Property[machine]{{Name: "still", Holds: func(s machine) bool { return s.at[0] == 0 }}}
			},
		},
		{
			"a property of steps sees one", "Local is right",
			`property "early" sees whether program 1: read or program 0: add, which is local, comes first`,
			func(m *modelcheck.Model[machine, turn]) {
				m.SometimesSteps = []modelcheck.StepProperty[machine, turn]{{
					Name: "early", Holds: func(s machine, t turn, _ machine) bool { return t.program == 1 && s.at[0] == 0 },
				}}
			},
		},
		{
			"programs are called alike", "Canonical is right",
			"program 0: add leads from {[0 1 0] [0 0 0] 0} to {[1 1 0] [1 0 0] 0}, and nothing leads to its like from its canonical state",
			func(m *modelcheck.Model[machine, turn]) { m.Canonical = sorted },
		},
		{
			"a property of steps tells programs apart", "Canonical is right", "and nothing leads to its like from its canonical state",
			func(m *modelcheck.Model[machine, turn]) {
				*m = programs([3][]instruction{{add, write}, {add, write}, {add, write}}, 9)
				m.Canonical, m.Local, m.Actor, m.Sometimes = sorted, nil, nil, nil
				m.SometimesSteps = []modelcheck.StepProperty[machine, turn]{{
					Name: "first", Holds: func(_ machine, t turn, _ machine) bool { return t.program == 0 },
				}}
			},
		},
		{
			"canonical states have another", "Canonical is right", "its canonical state {[1 0 0] [0 0 0] 0} has another canonical state, {[2 0 0] [0 0 0] 0}",
			func(m *modelcheck.Model[machine, turn]) {
				m.Canonical = func(s machine) machine { s.at[0]++; return s }
			},
		},
		{
			"a view hides what matters", "View is right", "property \"fine\" is not the same for it and for a state with the same view",
			func(m *modelcheck.Model[machine, turn]) {
				m.Always = []modelcheck.Property[machine]{{Name: "fine", Holds: func(s machine) bool { return s.register[1] == 0 }}}
				m.View = func(s machine) machine { s.register[1] = 0; return s }
				m.Local, m.Actor = nil, nil
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := good
			row.spoil(&m)
			r, err := modelcheck.Audit(t.Context(), m, modelcheck.Options{})
			require.NoError(t, err)
			for _, v := range r.Violations {
				if v.Why == "" {
					continue // one of the model's own
				}
				assert.Equal(t, row.property, v.Property.Name)
				assert.Contains(t, v.Why, row.why)
				replay(t, m, v.Path)
				assert.Contains(t, r.String(), v.Why)
				return
			}
			assert.Empty(t, row.property, r.String())
		})
	}
}

// sorted takes the programs for alike, which have different code.
func sorted(m machine) machine {
	for range m.at {
		for p := range len(m.at) - 1 {
			if m.at[p] < m.at[p+1] {
				m.at[p], m.at[p+1] = m.at[p+1], m.at[p]
				m.register[p], m.register[p+1] = m.register[p+1], m.register[p]
			}
		}
	}
	return m
}

func TestLocalNeedsActor(t *testing.T) {
	m := programs([3][]instruction{}, 9)
	m.Actor = nil
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
	require.ErrorContains(t, err, "Local and Actor must be set together")
}
