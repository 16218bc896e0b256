package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/polka-bft/polka/modelcheck"
)

// A teller tells a person how far a search has come: on a terminal in one line that
// is written over and over, elsewhere a line at a time. A nil teller says nothing.
type teller struct {
	out      io.Writer
	terminal bool
	every    time.Duration // between two lines
	of       string        // what is searched

	shown bool // there is a line to be cleared
}

// How often a teller speaks.
const (
	everyOnTerminal = 500 * time.Millisecond
	everyLine       = 10 * time.Second
)

// newTeller is nil if there is nobody to tell: w is no terminal and nobody asked.
func newTeller(w io.Writer, asked bool) *teller {
	switch {
	case isTerminal(w):
		return &teller{out: w, terminal: true, every: everyOnTerminal}
	case asked:
		return &teller{out: w, every: everyLine}
	}
	return nil
}

// isTerminal takes the null device for one, where it does no harm.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// watch makes a search tell its progress.
func (t *teller) watch(o *modelcheck.Options) {
	if t != nil {
		o.Progress, o.ProgressEvery = t.tell, t.every
	}
}

// begin says what is searched from now on.
func (t *teller) begin(of string) {
	if t != nil {
		t.of = of
	}
}

// On a terminal a line is cut at the margin: one that wraps could not be cleared.
const (
	clearLine = "\r\x1b[K"
	noWrap    = "\x1b[?7l"
	wrap      = "\x1b[?7h"
)

func (t *teller) tell(p modelcheck.Progress) {
	line := progressLine(t.of, p)
	if !t.terminal {
		fmt.Fprintln(t.out, line)
		return
	}
	fmt.Fprint(t.out, clearLine, noWrap, line, wrap)
	t.shown = true
}

// clear takes the line away, before something else is written.
func (t *teller) clear() {
	if t != nil && t.shown {
		fmt.Fprint(t.out, clearLine)
		t.shown = false
	}
}

// progressLine says what is known. How many states will come nobody knows; those
// that wait take a while at least, at the speed so far.
func progressLine(of string, p modelcheck.Progress) string {
	parts := []string{
		fmt.Sprintf("%d states", p.States),
		fmt.Sprintf("%d transitions", p.Transitions),
		fmt.Sprintf("depth %d", p.Depth),
		fmt.Sprintf("%d waiting", p.Waiting),
	}
	if s := p.Elapsed.Seconds(); s > 0 {
		parts = append(parts, fmt.Sprintf("%.0f states/s", float64(p.States)/s))
	}
	parts = append(parts, fmt.Sprintf("%d MiB", p.Bytes>>20), p.Elapsed.Round(time.Second).String())
	if done := p.States - p.Waiting; done > 0 && p.Waiting > 0 {
		left := time.Duration(float64(p.Elapsed) * float64(p.Waiting) / float64(done))
		parts = append(parts, fmt.Sprintf("at least %v left", left.Round(time.Second)))
	}
	line := strings.Join(parts, ", ")
	if of != "" {
		line = of + ": " + line
	}
	return line
}
