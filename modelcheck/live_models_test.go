package modelcheck_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// An act is what one of some processes does.
type act struct {
	process int
	what    string
}

// by are the conditions that each of some processes goes on, one condition each.
func by(processes int, strong bool, but ...string) (list []modelcheck.Fairness[act]) {
	for i := range processes {
		list = append(list, modelcheck.Fairness[act]{
			Name: fmt.Sprint("process ", i),
			Of: func(a act) bool {
				for _, what := range but {
					if a.what == what {
						return false
					}
				}
				return a.process == i
			},
			Strong: strong,
		})
	}
	return list
}

// wants are the properties that every process which is in a place comes to another one.
func wants[S comparable](processes int, is func(s S, process int, place string) bool, from, to string) (list []modelcheck.LeadsTo[S]) {
	for i := range processes {
		list = append(list, modelcheck.LeadsTo[S]{
			Name: fmt.Sprintf("%d: %s leads to %s", i, from, to),
			From: func(s S) bool { return is(s, i, from) },
			To:   func(s S) bool { return is(s, i, to) },
		})
	}
	return list
}

// petersonState is Peterson's algorithm (1981) for two processes.
type petersonState struct {
	at   [2]string // idle, asks, waits, critical
	turn int
}

func (s petersonState) is(i int, place string) bool { return s.at[i] == place }

func peterson(yields bool) modelcheck.Model[petersonState, act] {
	return modelcheck.Model[petersonState, act]{
		Name: "Peterson",
		Init: []petersonState{{at: [2]string{"idle", "idle"}}},
		Next: func(s petersonState, emit func(act, petersonState)) {
			for i := range s.at {
				next := s
				switch s.at[i] {
				case "idle":
					next.at[i] = "asks"
					emit(act{i, "ask"}, next)
				case "asks":
					next.at[i] = "waits"
					if yields {
						next.turn = 1 - i
					}
					emit(act{i, "yield"}, next)
				case "waits":
					if s.at[1-i] == "idle" || s.turn == i {
						next.at[i] = "critical"
						emit(act{i, "enter"}, next)
					} else {
						emit(act{i, "look again"}, s)
					}
				case "critical":
					next.at[i] = "idle"
					emit(act{i, "leave"}, next)
				}
			}
		},
		Always:  []modelcheck.Property[petersonState]{{Name: "exclusion", Holds: func(s petersonState) bool { return s.at[0] != "critical" || s.at[1] != "critical" }}},
		LeadsTo: wants(2, petersonState.is, "asks", "critical"),
	}
}

func TestPeterson(t *testing.T) {
	m := peterson(true)
	r := judged(t, m)
	require.Len(t, r.Lassos, 2, "the other one may look again for ever")
	m.Fair = by(2, false, "ask") // nobody has to want the section
	r = judged(t, m)
	assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())

	m = peterson(false)
	m.Fair = by(2, false, "ask")
	r = judged(t, m)
	require.Len(t, r.Violations, 1)
	assert.Empty(t, r.Lassos)
	assert.Len(t, r.Unjudged, 2, "a search that stops at a violation judges no runs")
	r = check(t, m, modelcheck.Options{KeepGoing: true})
	require.Len(t, r.Lassos, 1, "who never yields starves the other")
	requireLasso(t, m, r.Lassos[0])
	assert.Equal(t, m.LeadsTo[1].Name, r.Lassos[0].Property.Name)
}

// channelState is the alternating-bit protocol over two channels of one place.
type channelState struct {
	send, expect byte // bits
	data, ack    byte // bits on the way, or none
}

const none = 2

func alternatingBit() modelcheck.Model[channelState, string] {
	return modelcheck.Model[channelState, string]{
		Name: "alternating bit",
		Init: []channelState{{data: none, ack: none}},
		Next: func(s channelState, emit func(string, channelState)) {
			to := func(what string, change func(*channelState)) {
				next := s
				change(&next)
				emit(what, next)
			}
			if s.data == none {
				to("send", func(n *channelState) { n.data = s.send })
			} else {
				to("lose data", func(n *channelState) { n.data = none })
				to("receive data", func(n *channelState) {
					n.data, n.ack = none, s.data
					if s.data == s.expect {
						n.expect = 1 - s.expect
					}
				})
			}
			if s.ack != none {
				to("lose ack", func(n *channelState) { n.ack = none })
				to("receive ack", func(n *channelState) {
					n.ack = none
					if s.ack == s.send {
						n.send = 1 - s.send
					}
				})
			}
		},
		LeadsTo: []modelcheck.LeadsTo[channelState]{
			{Name: "0 gets there", From: func(s channelState) bool { return s.send == 0 }, To: func(s channelState) bool { return s.send == 1 }},
			{Name: "1 gets there", From: func(s channelState) bool { return s.send == 1 }, To: func(s channelState) bool { return s.send == 0 }},
		},
	}
}

func TestAlternatingBit(t *testing.T) {
	m := alternatingBit()
	for _, row := range []struct {
		name              string
		send, data, ack   int // 0: not fair, 1: weakly, 2: strongly
		lassos, inTheLoop int
	}{
		{"no fairness", 0, 0, 0, 2, 2},
		{"weak fairness", 1, 1, 1, 2, 2},
		{"acknowledgements may get lost for ever", 1, 2, 1, 2, 3},
		{"data may get lost for ever", 1, 1, 2, 2, 2},
		{"what is sent again and again arrives", 1, 2, 2, 0, 0},
		{"nothing else can happen than to send at last", 0, 2, 2, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			m.Fair = nil
			for i, what := range []string{"send", "receive data", "receive ack"} {
				if strength := []int{row.send, row.data, row.ack}[i]; strength > 0 {
					m.Fair = append(m.Fair, modelcheck.Fairness[string]{Name: what, Of: func(a string) bool { return a == what }, Strong: strength == 2})
				}
			}
			r := judged(t, m)
			require.Len(t, r.Lassos, row.lassos, r.String())
			if row.lassos > 0 {
				assert.Len(t, r.Lassos[0].Loop, row.inTheLoop, r.String())
			}
		})
	}
}

const philosophers = 4

// diningState is who holds the fork on the left of each philosopher, and what each does.
type diningState struct {
	fork [philosophers]int8 // 0 on the table, or the holder plus one
	at   [philosophers]byte // thinks, hungry, has one, eats
}

func (s diningState) is(i int, place string) bool { return s.at[i] == place[0] }

// dining lets philosophers take the left fork first, but for the last one if it is
// left-handed.
func dining(leftHanded bool) modelcheck.Model[diningState, act] {
	init := diningState{}
	for i := range init.at {
		init.at[i] = 't'
	}
	return modelcheck.Model[diningState, act]{
		Name: "dining",
		Init: []diningState{init},
		Next: func(s diningState, emit func(act, diningState)) {
			for i := range s.at {
				first, second := i, (i+1)%philosophers
				if leftHanded && i == philosophers-1 {
					first, second = second, first
				}
				next := s
				switch {
				case s.at[i] == 't':
					next.at[i] = 'h'
					emit(act{i, "get hungry"}, next)
				case s.at[i] == 'h' && s.fork[first] == 0:
					next.at[i], next.fork[first] = 'o', int8(i+1)
					emit(act{i, "take one"}, next)
				case s.at[i] == 'o' && s.fork[second] == 0:
					next.at[i], next.fork[second] = 'e', int8(i+1)
					emit(act{i, "take the other"}, next)
				case s.at[i] == 'e':
					next.at[i], next.fork[first], next.fork[second] = 't', 0, 0
					emit(act{i, "put both down"}, next)
				}
			}
		},
		LeadsTo: wants(philosophers, diningState.is, "hungry", "eats"),
	}
}

func TestDiningPhilosophers(t *testing.T) {
	m := dining(false)
	m.Fair = by(philosophers, true)
	r := judged(t, m)
	require.Len(t, r.Lassos, philosophers)
	assert.Empty(t, r.Lassos[0].Loop, "all hold one fork, and nothing happens any more")
	assert.Equal(t, 2*philosophers, r.Lassos[0].Path.Len())

	m = dining(true)
	m.Fair = by(philosophers, true)
	r = judged(t, m)
	assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
	for i := range m.Fair {
		m.Fair[i].Strong = false
	}
	r = judged(t, m)
	require.Len(t, r.Lassos, philosophers, "a fork may be gone whenever one looks")
	for _, l := range r.Lassos {
		assert.NotEmpty(t, l.Loop)
	}
}

const nodes = 3

// ringState is EWD 840: termination detection by a token, after the TLA+ module of
// that name.
type ringState struct {
	active, black [nodes]bool
	token         int
	tokenBlack    bool
}

func (s ringState) terminated() bool { return s.active == [nodes]bool{} }

func (s ringState) detected() bool {
	return s.token == 0 && !s.tokenBlack && !s.black[0] && !s.active[0]
}

// ring is EWD 840, in which a node that passes the token on becomes white again, if
// it is told to.
func ring(whitens bool) modelcheck.Model[ringState, act] {
	m := modelcheck.Model[ringState, act]{
		Name: "EWD 840",
		Next: func(s ringState, emit func(act, ringState)) {
			next := s
			if s.token == 0 && (s.tokenBlack || s.black[0]) {
				next.token, next.tokenBlack, next.black[0] = nodes-1, false, false
				emit(act{0, "probe"}, next)
			}
			if i := s.token; i > 0 && (!s.active[i] || s.black[i] || s.tokenBlack) {
				next = s
				next.token, next.tokenBlack, next.black[i] = i-1, s.tokenBlack || s.black[i], s.black[i] && !whitens
				emit(act{i, "pass"}, next)
			}
			for i, active := range s.active {
				if !active {
					continue
				}
				next = s
				next.active[i] = false
				emit(act{i, "finish"}, next)
				for j := range s.active {
					if j != i {
						next = s
						next.active[j], next.black[i] = true, s.black[i] || j > i
						emit(act{i, "send"}, next)
					}
				}
			}
		},
		Always:     []modelcheck.Property[ringState]{{Name: "safe", Holds: func(s ringState) bool { return !s.detected() || s.terminated() }}},
		LeadsTo:    []modelcheck.LeadsTo[ringState]{{Name: "detection", From: ringState.terminated, To: ringState.detected}},
		Eventually: []modelcheck.Property[ringState]{{Name: "termination", Holds: ringState.terminated}},
		Fair: []modelcheck.Fairness[act]{
			{Name: "the token", Of: func(a act) bool { return a.what == "probe" || a.what == "pass" }},
		},
	}
	for bits := range 1 << (2 * nodes) {
		s := ringState{tokenBlack: true}
		for i := range nodes {
			s.active[i], s.black[i] = bits>>i&1 == 1, bits>>(nodes+i)&1 == 1
		}
		m.Init = append(m.Init, s)
	}
	return m
}

func TestTerminationDetection(t *testing.T) {
	m := ring(true)
	r := judged(t, m)
	require.Len(t, r.Lassos, 1, "nobody has to finish")
	assert.Equal(t, "termination", r.Lassos[0].Property.Name)

	m.Fair = append(m.Fair, modelcheck.Fairness[act]{Name: "finishing", Of: func(a act) bool { return a.what == "finish" }, Strong: true})
	r = judged(t, m)
	require.Len(t, r.Lassos, 1, "but somebody may be woken each time")
	assert.Positive(t, r.Lassos[0].Fair[1].Taken)

	m = ring(false)
	m.Eventually = nil
	r = judged(t, m)
	require.Len(t, r.Lassos, 1, "a node that stays black makes the token black for ever")
	assert.Len(t, r.Lassos[0].Loop, nodes)
}

// lockState is a lock that is taken when it is free, and given back.
type lockState struct {
	at [2]byte // idle, waits, has it
}

func (s lockState) is(i int, place string) bool { return s.at[i] == place[0] }

// A lock that one process takes again and again is free again and again for the
// other, but never for good.
func TestLockNeedsStrongFairness(t *testing.T) {
	m := modelcheck.Model[lockState, act]{
		Name: "lock",
		Init: []lockState{{[2]byte{'i', 'i'}}},
		Next: func(s lockState, emit func(act, lockState)) {
			for i := range s.at {
				next := s
				switch {
				case s.at[i] == 'i':
					next.at[i] = 'w'
					emit(act{i, "ask"}, next)
				case s.at[i] == 'w' && s.at[1-i] != 'h':
					next.at[i] = 'h'
					emit(act{i, "take"}, next)
				case s.at[i] == 'h':
					next.at[i] = 'i'
					emit(act{i, "release"}, next)
				}
			}
		},
		LeadsTo: wants(2, lockState.is, "w", "h"),
		Fair:    by(2, false),
	}
	r := judged(t, m)
	require.Len(t, r.Lassos, 2)
	l := r.Lassos[0]
	assert.Equal(t, modelcheck.WhyFair{Condition: "process 0", Disabled: 3}, l.Fair[0], l.String())
	assert.Positive(t, l.Fair[1].Taken)

	m.Fair = by(2, true)
	r = judged(t, m)
	assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())

	m.Fair = by(1, true)
	r = judged(t, m)
	require.Len(t, r.Lassos, 1)
	assert.Equal(t, m.LeadsTo[1].Name, r.Lassos[0].Property.Name, "fairness to one is none to the other")
}
