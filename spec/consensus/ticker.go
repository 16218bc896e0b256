package consensus

import (
	"fmt"
	"math/bits"
)

// TimerPolicy says what becomes of a timeout when another is scheduled.
type TimerPolicy uint8

// The policies.
const (
	// IndependentTimers is Algorithm 1: every timeout that is scheduled expires
	// once, whatever is scheduled after it.
	IndependentTimers TimerPolicy = iota
	// SingleTimer is CometBFT's timeoutTicker (consensus/ticker.go): there is one
	// timer, and a later timeout takes the place of the one that runs.
	SingleTimer
)

// String is "independent" or "single".
func (p TimerPolicy) String() string {
	if p == SingleTimer {
		return "single"
	}
	return "independent"
}

// A Timeout names a timeout by what it is for. CometBFT orders the timeouts of a
// round by step, and TockKind has that order.
type Timeout struct {
	Height int64
	Round  Round
	Tock   TockKind
}

// Tock is the tick of CometBFT's ticker for a timeout: the step that it is for.
func (k TimeoutKind) Tock() TockKind {
	return [...]TockKind{
		TimeoutPropose: TockPropose, TimeoutPrevote: TockPrevoteWait,
		TimeoutPrecommit: TockPrecommitWait, TimeoutNewRound: TockNewRound,
	}[k]
}

// Timeout is the timeout of Algorithm 1 that a tick stands for. Those for a new
// height and for transactions stand for none.
func (k TockKind) Timeout() (of TimeoutKind, ok bool) {
	for of := TimeoutPropose; of <= TimeoutPrecommit; of++ {
		if of.Tock() == k {
			return of, true
		}
	}
	return 0, false
}

// after reports whether t comes after u in the order height, round, step.
func (t Timeout) after(u Timeout) bool {
	switch {
	case t.Height != u.Height:
		return t.Height > u.Height
	case t.Round != u.Round:
		return t.Round > u.Round
	}
	return t.Tock > u.Tock
}

// MaxTimedRound is the last round that a [Ticker] keeps timeouts of.
const MaxTimedRound Round = 11

// tockCount is how many kinds of timeouts there are.
const tockCount = int(TockPrecommitWait) + 1

// Ticker is the timers of one process, without time: which timeout runs, and
// which have fired and are not delivered yet. It is a value; equal tickers are
// ==, and copying one copies its state. The zero Ticker has [IndependentTimers].
//
// A timeout that has fired is delivered at any later time, in any order: in
// CometBFT a goroutine of its own hands it over.
type Ticker struct {
	Policy  TimerPolicy
	Last    Timeout // SingleTimer: the last one that was taken, whether it has fired or not
	Used    bool    // SingleTimer: Last is set
	Running bool    // SingleTimer: the timer of Last has not run out yet
	Ended   Timeout // SingleTimer: with Unread, what the timer was for that ran out
	Unread  bool    // SingleTimer: a timer has run out, and the ticker has not noticed yet
	Height  int64   // of Fired
	Fired   uint64  // bit tockCount·round + kind: timeouts that wait to be delivered
}

// Schedule asks for a timeout. With [IndependentTimers] it may be delivered from
// now on. With [SingleTimer] the request is ignored unless the timeout comes
// after the last one in the order height, round, step; otherwise it takes the
// timer, and what was running never fires, even if it has run out unread.
//
// Timeouts of a height before that of t which have fired are forgotten: nobody
// acts on them any more.
func (k Ticker) Schedule(t Timeout) Ticker {
	if k.Policy == IndependentTimers {
		return k.fire(t)
	}
	if k.Used && !t.after(k.Last) {
		return k
	}
	k.Last, k.Used, k.Running = t, true, true
	k.Ended, k.Unread = Timeout{}, false // stopTimer empties the channel of the timer
	return k
}

// End lets the timer that runs run out: that stands in the channel of the timer
// until the ticker reads it, unless something stands there already. ok is false
// when no timer runs.
func (k Ticker) End() (after Ticker, ok bool) {
	if !k.Running {
		return k, false
	}
	k.Running = false
	if !k.Unread {
		k.Ended, k.Unread = k.Last, true
	}
	return k, true
}

// Read lets the ticker notice that a timer has run out. It takes that for the
// timer of Last, which fires; that it is, Ended says. ok is false when there is
// nothing to read.
func (k Ticker) Read() (after Ticker, ok bool) {
	if !k.Unread {
		return k, false
	}
	k.Ended, k.Unread = Timeout{}, false
	return k.fire(k.Last), true
}

// Fire lets the timer that runs run out, and the ticker notice it at once. ok is
// false when none runs.
func (k Ticker) Fire() (after Ticker, ok bool) {
	if k, ok = k.End(); !ok {
		return k, false
	}
	return k.Read()
}

// Deliver takes a timeout that has fired. ok is false when it has not, or has
// been delivered before.
func (k Ticker) Deliver(t Timeout) (after Ticker, ok bool) {
	if t.Height != k.Height || k.Fired&t.bit() == 0 {
		return k, false
	}
	k.Fired &^= t.bit()
	return k, true
}

// Waiting yields the timeouts that have fired and are not delivered, by round
// and step.
func (k Ticker) Waiting(yield func(Timeout) bool) {
	for set := k.Fired; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set)
		if !yield(Timeout{k.Height, Round(i / tockCount), TockKind(i % tockCount)}) {
			return
		}
	}
}

func (k Ticker) fire(t Timeout) Ticker {
	switch {
	case t.Height < k.Height:
		return k
	case t.Height > k.Height:
		k.Height, k.Fired = t.Height, 0
	}
	k.Fired |= t.bit()
	return k
}

// bit is where a timeout stands in Ticker.Fired. It panics on a round that is not
// kept.
func (t Timeout) bit() uint64 {
	if t.Round < 0 || t.Round > MaxTimedRound {
		panic(fmt.Sprintf("consensus: a timeout of round %d, and a ticker keeps rounds 0 to %d", t.Round, MaxTimedRound))
	}
	return 1 << (int(t.Round)*tockCount + int(t.Tock))
}
