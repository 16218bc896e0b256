package bft

import "github.com/polka-bft/polka/spec/consensus"

// Threshold names one of the counts that the rules compare with a part of the
// power. Mutants weaken them one at a time.
type Threshold uint8

// The thresholds, with the line that asks.
const (
	POLPower       Threshold = iota // 28: +2/3 prevotes for v at vr
	PolkaPower                      // 36: +2/3 prevotes for v in the round
	TallyPower                      // 44: +2/3 prevotes for nil, and their like for a value
	AnyPrevotes                     // 34: +2/3 prevotes for whatever
	AnyPrecommits                   // 47: +2/3 precommits for whatever
	CommitPower                     // 49: +2/3 precommits for v
	LaterPower                      // 55: +1/3 messages of a later round
	thresholdCount = iota
)

// String names the threshold by its line.
func (t Threshold) String() string {
	return [...]string{"line 28", "line 36", "line 44", "line 34", "line 47", "line 49", "line 55"}[t]
}

// thresholds holds, for each threshold and the correct senders, whether they
// suffice together with the Byzantine validators, who always join in.
type thresholds [thresholdCount][1 << maxCorrect]bool

// newThresholds computes them; less is how much less power a threshold asks
// for than the rules say.
func newThresholds(c Config, less map[Threshold]int64) *thresholds {
	var ts thresholds
	total, faulty := c.totals()
	for t := range Threshold(thresholdCount) {
		reached := consensus.TwoThirds
		if t == LaterPower {
			reached = consensus.OneThird
		}
		for v := range c.senders() {
			ts[t][v] = reached(c.sum(v)+faulty+less[t], total)
		}
	}
	return &ts
}

// senders is how many different voters there are: sets, or numbers.
func (c Config) senders() voters {
	if c.Counted {
		return voters(c.correct()) + 1
	}
	return 1 << c.correct()
}

// totals is the power of all validators and of the Byzantine ones.
func (c Config) totals() (total, faulty int64) {
	for i := range c.Validators {
		total += c.power(i)
		if i >= c.correct() {
			faulty += c.power(i)
		}
	}
	return total, faulty
}

// sum is the power of some correct validators.
func (c Config) sum(m voters) int64 {
	if c.Counted {
		return int64(m)
	}
	var sum int64
	for i := range c.correct() {
		if m>>i&1 == 1 {
			sum += c.power(i)
		}
	}
	return sum
}

// splits says whether some of the correct voters in m, all of whom vote for
// one value, could be heard such that they alone are no quorum while they, the
// rest of all voters and the Byzantine validators are one: then the votes can be
// heard as a mixture, though they hold a quorum for one value.
func (c Config) splits(m, all voters) bool {
	total, faulty := c.totals()
	if c.Counted { // one of them unheard is no quorum; another voter takes its place
		return faulty > 0 || all > m
	}
	rest := c.sum(all&^m) + faulty
	for sub := m; ; sub = (sub - 1) & m {
		w := c.sum(sub)
		if !consensus.TwoThirds(w, total) && consensus.TwoThirds(w+rest, total) {
			return true
		}
		if sub == 0 {
			return false
		}
	}
}
