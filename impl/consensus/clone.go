package consensus

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Clone is a machine in the same state: it answers every input as m would, and
// neither changes the other. The validator set is shared, since it never changes.
func (m *Machine) Clone() *Machine {
	c := *m
	c.log = m.log.clone()
	c.out = nil
	return &c
}

// Memory is everything that the machine remembers, as a string of bytes without
// further meaning: two machines of one Config with equal memories answer every
// input alike. Machines that heard the same in another order may differ in it.
func (m *Machine) Memory() string {
	s := &m.state
	var b []byte
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	flags := func(fs ...bool) {
		for _, f := range fs {
			b = append(b, fact[byte](f))
		}
	}
	number(s.Height)
	number(int64(s.Round))
	b = append(b, byte(s.Step))
	for _, v := range []*ValueID{&s.LockedValue, &s.ValidValue, &m.proposal} {
		b = append(b, v[:]...)
	}
	number(int64(s.LockedRound))
	number(int64(s.ValidRound))
	flags(s.Once34, s.Once36, s.Once47, m.started, m.asked, m.owed)
	return string(m.log.appendMemory(b))
}

func (l *log) clone() *log {
	c := &log{
		validators: l.validators, current: l.current,
		rounds: make(map[Round]*roundLog, len(l.rounds)),
		far:    slices.Clone(l.far), farPower: maps.Clone(l.farPower),
	}
	for r, rl := range l.rounds {
		c.rounds[r] = rl.clone()
	}
	return c
}

func (rl *roundLog) clone() *roundLog {
	c := &roundLog{proposals: slices.Clone(rl.proposals), senders: slices.Clone(rl.senders), power: rl.power}
	for i := range rl.votes {
		s := rl.votes[i]
		s.voters, s.tallies = slices.Clone(s.voters), slices.Clone(s.tallies)
		for j := range s.tallies {
			s.tallies[j].voters = slices.Clone(s.tallies[j].voters)
		}
		c.votes[i] = s
	}
	return c
}

// appendMemory appends the messages: what is counted follows from them.
func (l *log) appendMemory(b []byte) []byte {
	number := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	set := func(s bitset) {
		for _, word := range s {
			b = binary.BigEndian.AppendUint64(b, word)
		}
	}
	for _, f := range l.far {
		number(int(f))
	}
	for _, r := range slices.Sorted(maps.Keys(l.rounds)) {
		rl := l.rounds[r]
		number(int(r))
		set(rl.senders)
		number(len(rl.proposals))
		for _, p := range rl.proposals {
			b = append(b, p.value[:]...)
			number(int(p.polRound))
			b = append(b, fact[byte](p.valid))
		}
		for i := range rl.votes {
			number(len(rl.votes[i].tallies))
			for _, t := range rl.votes[i].tallies {
				b = append(b, t.value[:]...)
				set(t.voters)
			}
		}
	}
	return b
}
