package bft

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// The counted model is a quotient of the plain one. Its states are classes of
// plain states that nothing can tell apart:
//
//   - Who has sent a vote does not matter, since votes of equal power count
//     alike: votes are counted, and counts stop at the largest threshold that
//     anything compares them with.
//   - What a process is called does not matter: processes are sorted. What
//     makes them differ, the rounds whose proposer each will be, is a part of
//     them until that round is begun.
//   - v0 and v1 may change places: of the two forms the smaller is kept.
//   - What nothing will ask about is cleared: see liveness. In a round that
//     every undecided process has left nothing more is sent, and of its counts
//     it matters only which thresholds they have reached.
//   - That a timeout has been started is not kept when it can be started at any
//     time that it can expire: lines 34 and 61 are one step, and 47 and 65.
//
// None of it is an approximation. Exact goes through the plain states and shows
// that the two models do the same; and what the counted model finds is lifted
// to the plain one, with the names of validators, before anybody sees it.
type counts struct {
	*liveness
	config *Config
	enough *thresholds
	last47 bool // forgetting.last47

	ghost bool // the latest precommit is kept beside the lock: mutants may let them differ
	wide  bool // votes for the invalid value are counted: mutants may send them
	spoke bool // whether a process has sent something in its round matters
	named bool // v0 and v1 keep their names: something beside the state speaks of them

	caps struct{ vote, precommit, any, sent voters } // where counting stops
	// What is kept of the prevotes for a value, of all prevotes, of the
	// precommits for a value and of all precommits.
	prevote, anyPrevotes, precommit, anyPrecommits keep

	roundBits, storedBits, stepBits, roleBits uint
	localBits                                 uint
	swapLocal                                 uint64 // the low bits of what holds a value

	counter     uint // width of a count
	at          [maxRounds]uint
	width       [maxRounds]uint
	swapCounts  uint64 // the counts for v0 in a round
	fault, bits uint
}

// newCounts lays the counted states of an instance out.
func newCounts(rs *rules, mutant bool) (*counts, error) {
	c := &rs.config
	k := &counts{
		liveness: rs.live, config: c, enough: rs.enough, last47: rs.dead.last47,
		ghost: mutant, wide: mutant,
		roundBits: rs.layout.roundBits, storedBits: rs.layout.storedBits, stepBits: rs.layout.stepBits,
		roleBits: uint(c.rounds() - 1),
	}
	full := voters(c.correct())
	cap := func(tables ...*[1 << maxCorrect]bool) voters { // all of them are as at full from here on
		var at voters
		for _, table := range tables {
			n := full
			for n > 0 && table[n-1] == table[full] {
				n--
			}
			at = max(at, n)
		}
		return at
	}
	e := rs.enough
	k.caps.vote = cap(&e[POLPower], &e[PolkaPower], &e[TallyPower], rs.quorum)
	k.caps.precommit = cap(&e[CommitPower], rs.quorum)
	k.caps.any = cap(&e[AnyPrevotes], &e[AnyPrecommits], rs.quorum)
	k.caps.sent = cap(&e[LaterPower])
	if c.Byzantine == 0 { // a tally may be heard as mixed because of one voter more
		k.caps.any, k.caps.vote = full, full
	}
	k.tabulate()
	k.spoke = k.caps.sent > 1
	k.counter = uint(bits.Len16(uint16(max(k.caps.vote, k.caps.precommit, k.caps.any, 1))))
	k.measure()
	if k.localBits > 64 || k.bits > maxBits {
		return nil, fmt.Errorf("%w: %d correct validators and %d rounds need %d bits in the counted model, at most %d are packed",
			ErrConfig, c.correct(), c.rounds(), k.bits, maxBits)
	}
	return k, nil
}

// measure finds the sizes by packing an example.
func (k *counts) measure() {
	var x local
	var w bitWriter
	k.writeLocal(&w, &x, 0)
	k.localBits = w.at
	values := 3 // decision, lock, valid value
	if k.ghost {
		values += 3
	}
	for i := range values {
		k.swapLocal |= 1 << (valueBits * i)
	}
	var t tallies
	at := k.localBits * uint(k.config.correct())
	for r := range k.config.rounds() {
		w = bitWriter{}
		k.swapCounts = k.writeRound(&w, r, &t, proposal{polRound: -1})
		k.at[r], k.width[r] = at, w.at
		at += w.at
	}
	k.fault = at
	k.bits = at + faultBits
}

// writeLocal packs an undecided process; what follows the values must not
// depend on them.
func (k *counts) writeLocal(w *bitWriter, x *local, future uint8) {
	p := &x.process
	w.add(uint64(x.decision), valueBits)
	w.add(uint64(p.LockedValue), valueBits)
	w.add(uint64(p.ValidValue), valueBits)
	if k.ghost {
		v, r := x.latestPrecommit(k.config.rounds())
		w.add(uint64(v), valueBits)
		for kind := range x.ballots {
			value := consensus.Nil
			if b := x.ballots[kind][p.Round]; b != 0 {
				value = b.value()
			}
			w.add(uint64(value), valueBits)
		}
		for kind := range x.ballots {
			w.add(uint64(min(x.ballots[kind][p.Round], 1)), 1)
		}
		w.add(uint64(r+1), k.storedBits)
	}
	w.add(uint64(p.LockedRound+1), k.storedBits)
	w.add(uint64(p.ValidRound+1), k.storedBits)
	w.add(uint64(p.Round), k.roundBits)
	w.add(uint64(p.Step), k.stepBits)
	w.add(uint64(future>>1), k.roleBits) // round 0 is never to come
	for kind := range consensus.TimeoutPrecommit + 1 {
		if k.timers>>kind&1 == 1 {
			w.add(uint64(x.timers>>kind&1), 1)
		}
	}
	for i, fired := range [...]bool{p.Once34, p.Once36, p.Once47} {
		if k.once[i] {
			w.add(bit(fired && k.fired[i]&standing(p.Step, k.valid || future != 0) != 0), 1)
		}
	}
	if k.spoke {
		w.add(bit(x.spoke), 1)
	}
}

// packLocal packs a process without what nothing asks about.
func (k *counts) packLocal(x *local) uint64 {
	if x.decision != consensus.Nil {
		return uint64(x.decision)
	}
	y := *x
	p := &y.process
	last := int(p.Round) == k.config.rounds()-1
	future := k.future(x)
	if future == 0 && !k.valid {
		p.ValidValue, p.ValidRound = consensus.Nil, -1
	}
	for kind, again := range k.again {
		if !again[p.Step] && y.ballots[kind][p.Round] != 0 && !(kind == int(consensus.PrecommitType) && y.ballots[kind][p.Round] > ballotFor(consensus.Nil)) {
			y.ballots[kind][p.Round] = 0
		}
	}
	precommit := y.ballots[consensus.PrecommitType][p.Round]
	if last && !k.lock[p.Step] && (precommit == 0 || !k.again[consensus.PrecommitType][p.Step]) {
		p.LockedValue, p.LockedRound = consensus.Nil, -1
		y.ballots[consensus.PrecommitType] = [maxRounds]ballot{}
	}
	var w bitWriter
	k.writeLocal(&w, &y, future)
	return w.v
}

// future is the rounds to come whose proposer a process is.
func (k *counts) future(x *local) uint8 {
	return x.roles >> (x.process.Round + 1) << (x.process.Round + 1)
}

func (k *counts) unpackLocal(v uint64, x *local) {
	*x = local{}
	r := bitReader(v)
	p := &x.process
	x.decision = consensus.Value(r.take(valueBits))
	p.LockedValue = consensus.Value(r.take(valueBits))
	p.ValidValue = consensus.Value(r.take(valueBits))
	var latest consensus.Value
	var cast [2]ballot
	latestRound := -1
	if k.ghost {
		latest = consensus.Value(r.take(valueBits))
		for kind := range cast {
			cast[kind] = ballot(r.take(valueBits))
		}
		for kind := range cast {
			cast[kind] = (cast[kind] + 1) * ballot(r.take(1))
		}
		latestRound = int(r.take(k.storedBits)) - 1
	}
	p.LockedRound = consensus.Round(r.take(k.storedBits)) - 1
	p.ValidRound = consensus.Round(r.take(k.storedBits)) - 1
	p.Round = consensus.Round(r.take(k.roundBits))
	p.Step = consensus.StepValue(r.take(k.stepBits))
	x.roles = uint8(r.take(k.roleBits)) << 1
	for kind := range consensus.TimeoutPrecommit + 1 {
		if k.timers>>kind&1 == 1 {
			x.timers |= uint8(r.take(1)) << kind
		}
	}
	for i, fired := range [...]*bool{&p.Once34, &p.Once36, &p.Once47} {
		if k.once[i] {
			*fired = r.take(1) == 1
		}
	}
	if k.spoke {
		x.spoke = r.take(1) == 1
	}
	if !k.ghost { // no step lets them differ
		latest, latestRound = p.LockedValue, int(p.LockedRound)
	}
	if latestRound >= 0 && latest != consensus.Nil {
		x.ballots[consensus.PrecommitType][latestRound] = ballotFor(latest)
	}
	for kind, b := range cast {
		if b != 0 {
			x.ballots[kind][p.Round] = b
		}
	}
}

// writeRound packs what was sent in a round. It returns where the counts for v0
// stand; those for v1 follow each of them.
func (k *counts) writeRound(w *bitWriter, r int, t *tallies, p proposal) (v0 uint64) {
	w.add(uint64(p.value), valueBits)
	for kind := range t.votes {
		v0 |= (1<<k.counter - 1) << w.at
		for v := V0; v < valueCount; v++ {
			if v != Invalid || k.wide {
				w.add(uint64(t.votes[kind][r][v]), k.counter)
			}
		}
		w.add(uint64(t.any[kind][r]), k.counter)
	}
	w.add(uint64(t.votes[consensus.PrevoteType][r][consensus.Nil]), k.counter)
	w.add(uint64(t.sent[r]), uint(bits.Len16(uint16(k.caps.sent))))
	w.add(uint64(p.polRound+1), polBits(r))
	return v0
}

func (k *counts) unpackRound(v uint64, r int, t *tallies, p *proposal) {
	in := bitReader(v)
	p.value = consensus.Value(in.take(valueBits))
	for kind := range t.votes {
		for v := V0; v < valueCount; v++ {
			if v != Invalid || k.wide {
				t.votes[kind][r][v] = voters(in.take(k.counter))
			}
		}
		t.any[kind][r] = voters(in.take(k.counter))
	}
	t.votes[consensus.PrevoteType][r][consensus.Nil] = voters(in.take(k.counter))
	t.sent[r] = voters(in.take(uint(bits.Len16(uint16(k.caps.sent)))))
	p.polRound = consensus.Round(in.take(polBits(r))) - 1
}

// include counts a vote.
func (k *counts) include(t *tallies, kind, r int, b ballot) {
	t.votes[kind][r][b.value()]++
	t.any[kind][r]++
}

// A stage is what the processes of a state mean for the messages.
type stage struct {
	processes []*local
	first     int                  // the first round of an undecided process; the number of rounds if there is none
	here      [maxRounds]standings // of the undecided processes in a round
	more      [2][maxRounds]voters // how many votes of a type may still come in a round
}

func (k *counts) look(processes []*local) stage {
	g := stage{processes: processes, first: k.config.rounds()}
	for _, x := range processes {
		if x.decision != consensus.Nil {
			continue
		}
		r := int(x.process.Round)
		s := standing(x.process.Step, k.valid || k.future(x) != 0)
		g.first = min(g.first, r)
		g.here[r] |= s
		for kind := range g.more {
			if s&k.casts[kind] != 0 {
				g.more[kind][r]++
			}
			for later := r + 1; later < k.config.rounds(); later++ {
				g.more[kind][later]++
			}
		}
	}
	return g
}

// asks says whether a process asks, in round r or before it enters it, what
// those of the standings ask there.
func (g *stage) asks(r int, of standings) bool { return g.first < r || g.here[r]&of != 0 }

// clear drops from the messages what no process will ask about, and stops the
// counts. Processes are those of the state that the messages belong to.
func (k *counts) clear(processes []*local, t *tallies, proposals *[maxRounds]proposal) {
	g := k.look(processes)
	if g.first == k.config.rounds() {
		*t = tallies{}
		for r := range proposals {
			proposals[r] = proposal{polRound: -1}
		}
		return
	}
	for r := range k.config.rounds() {
		k.clearPrevotes(&g, r, t, proposals)
		more := g.more[consensus.PrecommitType][r]
		counts := &t.votes[consensus.PrecommitType][r]
		for v := range counts {
			counts[v] = k.precommit[counts[v]][more]
		}
		counts[consensus.Nil] = 0 // nobody asks for nil; "any" counts them
		total := &t.any[consensus.PrecommitType][r]
		*total = k.anyPrecommits[*total][more]
		if !g.asks(r, k.precommits) || r == k.config.rounds()-1 && k.last47 {
			*total = 0
		}
		t.sent[r] = min(t.sent[r], k.caps.sent)
		if g.first >= r {
			t.sent[r] = 0
		}
		p := &proposals[r]
		if !g.asks(r, k.pol) {
			p.polRound = -1
		}
		if !g.asks(r, k.proposal) && !k.enough[CommitPower][min(counts[p.value]+more, voters(k.config.correct()))] {
			*p = proposal{polRound: -1}
		}
	}
}

// clearPrevotes is clear for the prevotes of a round.
func (k *counts) clearPrevotes(g *stage, r int, t *tallies, proposals *[maxRounds]proposal) {
	counts := &t.votes[consensus.PrevoteType][r]
	total := &t.any[consensus.PrevoteType][r]
	if g.asks(r, k.prevotes) {
		more := g.more[consensus.PrevoteType][r]
		if k.config.Byzantine == 0 { // a tally may be heard as mixed because of one voter more
			more = voters(k.config.correct())
		}
		for v := range counts {
			counts[v] = k.prevote[counts[v]][more]
		}
		*total = k.anyPrevotes[*total][more]
		return
	}
	*total, counts[consensus.Nil] = 0, 0
	for v := V0; v < valueCount; v++ {
		if k.enough[POLPower][counts[v]] && k.provesLock(g, r, v, proposals) {
			counts[v] = min(counts[v], k.caps.vote)
		} else {
			counts[v] = 0
		}
	}
}

// provesLock says whether prevotes for v in r may still serve as a proof of
// lock.
func (k *counts) provesLock(g *stage, r int, v consensus.Value, proposals *[maxRounds]proposal) bool {
	for later := r + 1; later < k.config.rounds(); later++ {
		if !g.asks(later, k.pol) {
			continue
		}
		switch {
		case k.config.Proposers[later] == Byzantine:
			return true
		case proposals[later].value != consensus.Nil:
			if proposals[later] == (proposal{v, consensus.Round(r)}) {
				return true
			}
		case slices.ContainsFunc(g.processes, func(x *local) bool {
			p := &x.process
			return x.decision == consensus.Nil && p.ValidValue == v && int(p.ValidRound) == r && k.future(x)>>later&1 == 1
		}):
			return true
		}
	}
	return false
}

// A keep says, for a count of votes and how many more may come, what is kept of
// the count: it up to a cap, and only if it can be enough for something that is
// asked.
type keep [maxCorrect + 1][maxCorrect + 1]voters

func (k *counts) tabulate() {
	fill := func(table *keep, most voters, asks ...Threshold) {
		correct := voters(k.config.correct())
		for n := range correct + 1 {
			for more := range correct + 1 {
				table[n][more] = 0
				reach := min(n+more, correct)
				if slices.ContainsFunc(asks, func(t Threshold) bool { return k.enough[t][reach] }) {
					table[n][more] = min(n, most)
				}
			}
		}
	}
	fill(&k.prevote, k.caps.vote, POLPower, PolkaPower, TallyPower)
	fill(&k.anyPrevotes, k.caps.any, AnyPrevotes)
	fill(&k.precommit, k.caps.precommit, CommitPower)
	fill(&k.anyPrecommits, k.caps.any, AnyPrecommits)
}

// exchange lets v0 and v1 change places in what holds them: pairs of fields of
// the given width, the first of which low marks.
func exchange(x, low uint64, width uint) uint64 {
	diff := (x>>width ^ x) & low
	return x ^ diff ^ diff<<width
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
