package consensus_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

// A tickerTwin follows consensus/ticker.go line by line: ti, timerActive, the
// channel of the timer, and the timeouts that goroutines are about to send on
// tockChan.
type tickerTwin struct {
	height, round, step int  // ti
	active              bool // timerActive: until the channel is read
	channel             bool // the timer has run out and sent
	tocks               []consensus.Timeout
}

// stepNumbers are the numbers of CometBFT's steps.
var stepNumbers = []int{1, 2, 3, 5, 7}

func (w *tickerTwin) schedule(t consensus.Timeout) {
	height, round, step := int(t.Height), int(t.Round), stepNumbers[t.Tock]
	if height < w.height {
		return
	} else if height == w.height {
		if round < w.round {
			return
		} else if round == w.round {
			if w.step > 0 && step <= w.step {
				return
			}
		}
	}
	if w.active { // stopTimer
		w.channel = false
	}
	w.height, w.round, w.step = height, round, step
	w.active = true
}

func (w *tickerTwin) end() bool {
	if !w.active || w.channel {
		return false
	}
	w.channel = true
	return true
}

func (w *tickerTwin) read() bool {
	if !w.channel {
		return false
	}
	w.active, w.channel = false, false
	tock := consensus.Timeout{Height: int64(w.height), Round: consensus.Round(w.round), Tock: consensus.TockKind(slices.Index(stepNumbers, w.step))}
	w.tocks = append(w.tocks, tock)
	return true
}

// waiting is the tocks of the newest height that has one, in order.
func (w *tickerTwin) waiting() []consensus.Timeout {
	var newest int64
	for _, t := range w.tocks {
		newest = max(newest, t.Height)
	}
	var of []consensus.Timeout
	for r := range consensus.Round(4) {
		for k := range consensus.TockPrecommitWait + 1 {
			if t := (consensus.Timeout{Height: newest, Round: r, Tock: k}); slices.Contains(w.tocks, t) {
				of = append(of, t)
			}
		}
	}
	return of
}

var anyTimeout = rapid.Custom(func(t *rapid.T) consensus.Timeout {
	return consensus.Timeout{
		Height: rapid.Int64Range(1, 3).Draw(t, "height"), Round: rapid.Int32Range(0, 3).Draw(t, "round"),
		Tock: consensus.TockKind(rapid.IntRange(0, 4).Draw(t, "kind")),
	}
})

func TestSingleTimerIsTheTickerOfCometBFT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, w := consensus.Ticker{Policy: consensus.SingleTimer}, tickerTwin{}
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				at := anyTimeout.Draw(t, "timeout")
				k = k.Schedule(at)
				w.schedule(at)
			case 2:
				after, ok := k.Fire()
				if want := w.end() && w.read(); ok != want {
					t.Fatalf("a timer runs: got %t, want %t", ok, want)
				}
				k = after
			case 3:
				after, ok := k.End()
				if want := w.end(); ok != want {
					t.Fatalf("a timer runs: got %t, want %t", ok, want)
				}
				k = after
			case 4:
				if k.Unread && k.Ended != k.Last {
					t.Fatalf("the timer of %v has run out, and %v will fire", k.Ended, k.Last)
				}
				after, ok := k.Read()
				if want := w.read(); ok != want {
					t.Fatalf("a timer has run out: got %t, want %t", ok, want)
				}
				k = after
			case 5:
				waiting := slices.Collect(k.Waiting)
				if len(waiting) == 0 {
					continue
				}
				at := rapid.SampledFrom(waiting).Draw(t, "tock")
				after, ok := k.Deliver(at)
				require.True(t, ok)
				k = after
				// Delivered tocks stay in the twin's newest height as taken.
				w.tocks = slices.DeleteFunc(w.tocks, func(u consensus.Timeout) bool { return u == at })
				if len(w.waiting()) > 0 && w.waiting()[0].Height < at.Height {
					w.tocks = nil // of earlier heights: nobody acts on them
				}
			}
			if got, want := slices.Collect(k.Waiting), w.waiting(); !slices.Equal(got, want) {
				t.Fatalf("waiting: got %v, want %v", got, want)
			}
			if got, want := [2]bool{k.Running || k.Unread, k.Unread}, [2]bool{w.active, w.channel}; got != want {
				t.Fatalf("active, unread: got %v, want %v", got, want)
			}
		}
	})
}

// A timeout of the paper expires once for each time it is scheduled before it
// expires, whatever else is scheduled.
func TestIndependentTimersKeepEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k consensus.Ticker
		set := map[consensus.Timeout]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			at := anyTimeout.Draw(t, "timeout")
			at.Height = 1
			if rapid.Bool().Draw(t, "schedule") {
				k = k.Schedule(at)
				set[at] = true
				continue
			}
			after, ok := k.Deliver(at)
			if ok != set[at] {
				t.Fatalf("%v is delivered: got %t, want %t", at, ok, set[at])
			}
			delete(set, at)
			k = after
		}
		if got := len(slices.Collect(k.Waiting)); got != len(set) {
			t.Fatalf("waiting: got %d, want %d", got, len(set))
		}
		if _, ok := k.Fire(); ok {
			t.Fatal("there is no single timer to fire")
		}
	})
}

func TestSingleTimer(t *testing.T) {
	at := func(r consensus.Round, kind consensus.TockKind) consensus.Timeout {
		return consensus.Timeout{Height: 1, Round: r, Tock: kind}
	}
	k := consensus.Ticker{Policy: consensus.SingleTimer}.Schedule(at(0, consensus.TockPropose))
	k = k.Schedule(at(0, consensus.TockPrecommitWait)) // takes the place of timeoutPropose
	k = k.Schedule(at(0, consensus.TockPrevoteWait))   // too late
	k, ok := k.Fire()
	require.True(t, ok)
	require.Equal(t, []consensus.Timeout{at(0, consensus.TockPrecommitWait)}, slices.Collect(k.Waiting))
	require.Equal(t, k, k.Schedule(at(0, consensus.TockPrecommitWait)), "what has fired is still the last")
	require.True(t, k.Schedule(at(1, consensus.TockPropose)).Running)
	_, ok = k.Deliver(at(0, consensus.TockPropose))
	require.False(t, ok)
	k, ok = k.Schedule(at(1, consensus.TockPropose)).End()
	require.True(t, ok)
	require.Equal(t, at(1, consensus.TockPropose), k.Ended)
	k, ok = k.Schedule(at(1, consensus.TockPrevoteWait)).Read()
	require.False(t, ok, "what had run out unread does not fire")
	require.True(t, k.Running)
	require.Panics(t, func() { consensus.Ticker{}.Schedule(at(consensus.MaxTimedRound+1, 0)) })
	require.Equal(t, "single independent", consensus.SingleTimer.String()+" "+consensus.IndependentTimers.String())
}

func TestTimeoutsOfThePaperAreTicks(t *testing.T) {
	for timeout, tock := range map[consensus.TimeoutKind]consensus.TockKind{
		consensus.TimeoutPropose:   consensus.TockPropose,
		consensus.TimeoutPrevote:   consensus.TockPrevoteWait,
		consensus.TimeoutPrecommit: consensus.TockPrecommitWait,
	} {
		require.Equal(t, tock, timeout.Tock())
		back, ok := tock.Timeout()
		require.True(t, ok)
		require.Equal(t, timeout, back)
	}
	require.Equal(t, consensus.TockNewRound, consensus.TimeoutNewRound.Tock())
	for _, tock := range []consensus.TockKind{consensus.TockNewHeight, consensus.TockNewRound} {
		_, ok := tock.Timeout()
		require.False(t, ok)
	}
}
