package consensus

// bitset is a set of validators.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }

func (b bitset) add(i int) { b[i/64] |= 1 << (i % 64) }

// tally is the votes for one value.
type tally struct {
	value  ValueID
	power  int64 // of the voters
	voters bitset
}

// voteSet counts the votes of one type in one round by power. A validator that
// votes for several values counts once for each, and once for any.
//
// It holds, of each validator, votes for at most freeValues values, and beyond
// them votes for values which more than a third of the power voted for already:
// at least one correct validator is among those. Hence there are at most
// 2·Len values, and at most five that have more than a third: less than six
// thirds of the power are free votes, and only free votes lift a value there.
type voteSet struct {
	tallies  []tally
	voters   bitset // of any value
	anyPower int64
	nilPower int64 // of the votes for nil
	leader   int   // position in tallies of the value, not nil, with the most power; −1 for none
}

// freeValues is how many values a validator may vote for in one round, with one
// type of vote, without support. A correct one votes for one; the second shows
// that this one is not.
const freeValues = 2

// find returns the tally of the value, nil when nobody voted for it.
func (s *voteSet) find(value ValueID) *tally {
	for i := range s.tallies {
		if s.tallies[i].value == value {
			return &s.tallies[i]
		}
	}
	return nil
}

// power is the power behind the value.
func (s *voteSet) power(value ValueID) int64 {
	if t := s.find(value); t != nil {
		return t.power
	}
	return 0
}

// lead returns the value, other than nil, with the most power, and that power; on
// a tie the lowest value. Without such votes it is nil with 0.
func (s *voteSet) lead() (ValueID, int64) {
	if s.leader < 0 {
		return NilID, 0
	}
	t := &s.tallies[s.leader]
	return t.value, t.power
}

// add counts a vote. It returns the reason when it does not.
func (s *voteSet) add(validator int, value ValueID, vals *Validators) Reason {
	t := s.find(value)
	if t != nil && t.voters.has(validator) {
		return Duplicate
	}
	if s.voters.has(validator) {
		supported := t != nil && vals.SomeCorrect(t.power)
		if !supported && s.valuesOf(validator) >= freeValues {
			return TooManyValues
		}
	}
	power := vals.Power(validator)
	if !s.voters.has(validator) {
		s.voters.add(validator)
		s.anyPower += power
	}
	if t == nil {
		t = s.grow(value, vals.Len())
	}
	t.voters.add(validator)
	t.power += power
	s.follow(t)
	return NotRefused
}

// grow adds an empty tally. It takes up the memory of an earlier height when
// there is some.
func (s *voteSet) grow(value ValueID, validators int) *tally {
	n := len(s.tallies)
	if n < cap(s.tallies) {
		s.tallies = s.tallies[:n+1]
	} else {
		s.tallies = append(s.tallies, tally{})
	}
	t := &s.tallies[n]
	if t.voters == nil {
		t.voters = newBitset(validators)
	}
	t.value, t.power = value, 0
	return t
}

// follow brings nilPower and leader up to date after t has gained power.
func (s *voteSet) follow(t *tally) {
	if t.value.IsNil() {
		s.nilPower = t.power
		return
	}
	if s.leader >= 0 {
		l := &s.tallies[s.leader]
		if t.power < l.power || t.power == l.power && !t.value.less(l.value) {
			return
		}
	}
	for i := range s.tallies {
		if &s.tallies[i] == t {
			s.leader = i
		}
	}
}

// valuesOf counts the values that the validator voted for.
func (s *voteSet) valuesOf(validator int) int {
	n := 0
	for i := range s.tallies {
		if s.tallies[i].voters.has(validator) {
			n++
		}
	}
	return n
}

// reset forgets the votes and keeps the memory, within reason: room for more
// tallies than votes without equivocation need is given back.
func (s *voteSet) reset() {
	const keep = 4
	if cap(s.tallies) > keep {
		s.tallies = append(make([]tally, 0, keep), s.tallies[:min(keep, len(s.tallies))]...)
	}
	for i := range s.tallies {
		clear(s.tallies[i].voters)
	}
	s.tallies = s.tallies[:0]
	clear(s.voters)
	s.anyPower, s.nilPower, s.leader = 0, 0, -1
}
