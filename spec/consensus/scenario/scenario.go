// Package scenario reads scripts that tell whole runs of one process in the words
// of the protocol: what it hears, and what it says and does under each dialect.
// The scripts lie in spec/consensus/testdata/scenarios; the tests of spec/consensus
// play them on the rules, those of impl/consensus on the machine. A script:
//
//	# A lock holds: the comments tell the story.
//	dialects: paper, cometbft-v0.38, cometbft-v1
//	validators: 1 1 1 1
//	self: 3
//
//	> height 1 begins
//	  start timeoutPropose(0); step propose
//
//	> PREVOTE round 1 nil from 0 1 2
//	  paper, cometbft-v1: PRECOMMIT(1, nil); step precommit
//	  cometbft-v0.38: PRECOMMIT(1, nil); step precommit; unlocked
//
// A line that begins with ">" is an [Input], and the indented lines after it are
// what follows from it until the process waits again: its own messages come back to
// it before the next one. First come the outputs in order: PROPOSAL(round, value,
// POLRound), PREVOTE and PRECOMMIT(round, value), "start timeoutPropose(round)",
// "decide A by round 0", "panic: why". Then comes what is different in the state:
// height, round, step, "locked A@0" for a value and its round, "valid A@0",
// "unlocked", and, in CometBFT, "wants block A" for parts that it collects.
// "nothing" stands for neither, and "ignored" for an input that was not taken up: a
// timeout that was never started, for one, does not expire.
//
// A line that begins with names of dialects is for those, any other for all that
// the head lists.
//
// The package knows the form of a script; what its words mean is the players'.
package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Script is one file.
type Script struct {
	Path  string
	Head  Head
	Steps []Step
	lines []string // of the file, without what is expected
}

// Head is what a script says before its first input, one "key: words" a line.
type Head struct {
	Dialects   []string // dialects: for which it holds
	Validators []int64  // validators: their powers; they propose in turn, by power
	Self       int      // self: whose run it is; none is −1, an observer
	Height     int64    // height: the first of the chain; 1 unless given
	Proposes   string   // proposes: what getValue() returns
	Invalid    string   // invalid: values that are not valid, to ValidateBlock
	Rejected   string   // rejected: values that the application does not take
	Untimely   string   // untimely: values proposed too early or too late (PBTS)
	Misdated   string   // misdated: values whose time is not that of their proposal (PBTS)
	Settings   []string // settings: of those below
}

// settings are what a script may set.
var settings = []string{
	"skip-timeout-commit", // the next height may begin once every precommit is here
	"extend-votes",        // vote extensions are enabled
	"await-transactions",  // round 0 waits for transactions
	"clock-behind",        // the clock is behind the last block, until timeoutNewRound expires (PBTS)
}

// A Step is an input, and what follows from it by dialect.
type Step struct {
	Line   int // of the input in the file, from 1
	Text   string
	Input  Input
	Expect map[string]string
}

// Load reads every script of a folder and those below it, in the order of their
// paths, which are relative to it.
func Load(folder fs.FS) ([]*Script, error) {
	var scripts []*Script
	err := fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".txt" {
			return err
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		s, err := Parse(name, string(text))
		scripts = append(scripts, s)
		return err
	})
	if err == nil && len(scripts) == 0 {
		err = errors.New("scenario: there is no script in the folder")
	}
	return scripts, err
}

// Parse reads a script; its name is for messages.
func Parse(name, text string) (*Script, error) {
	s := &Script{Path: name, Head: Head{Self: -1, Height: 1}}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := s.line(i+1, line); err != nil {
			return nil, fmt.Errorf("scenario: %s:%d: %w", name, i+1, err)
		}
	}
	if len(s.Head.Dialects) == 0 || len(s.Head.Validators) == 0 || len(s.Steps) == 0 {
		return nil, fmt.Errorf("scenario: %s: dialects, validators and inputs are needed", name)
	}
	return s, nil
}

func (s *Script) line(number int, line string) error {
	if expected, ok := strings.CutPrefix(line, "  "); ok {
		if len(s.Steps) == 0 {
			return fmt.Errorf("%q stands before the first input", expected)
		}
		return s.expect(s.Steps[len(s.Steps)-1].Expect, strings.TrimSpace(expected))
	}
	s.lines = append(s.lines, line)
	if text, ok := strings.CutPrefix(line, "> "); ok {
		in, err := parseInput(strings.Fields(text))
		s.Steps = append(s.Steps, Step{Line: number, Text: text, Input: in, Expect: map[string]string{}})
		return err
	}
	if line == "" || line[0] == '#' {
		return nil
	}
	key, words, ok := strings.Cut(line, ": ")
	if !ok || len(s.Steps) > 0 {
		return fmt.Errorf("%q is no comment, input or line of the head", line)
	}
	return s.Head.set(key, words)
}

// expect books what is expected, for the dialects that it is for.
func (s *Script) expect(by map[string]string, text string) error {
	dialects := s.Head.Dialects
	if names, rest, ok := strings.Cut(text, ": "); ok {
		if some := strings.Split(names, ", "); slices.Contains(dialects, some[0]) {
			dialects, text = some, rest
		}
	}
	for _, d := range dialects {
		if !slices.Contains(s.Head.Dialects, d) {
			return fmt.Errorf("the head does not list the dialect %q", d)
		}
		if _, twice := by[d]; twice {
			return fmt.Errorf("%s has two expectations", d)
		}
		by[d] = text
	}
	return nil
}

func (h *Head) set(key, words string) (err error) {
	switch key {
	case "dialects":
		h.Dialects = strings.Split(words, ", ")
	case "validators":
		for _, w := range strings.Fields(words) {
			power, err := strconv.ParseInt(w, 10, 64)
			if err != nil {
				return err
			}
			h.Validators = append(h.Validators, power)
		}
	case "self":
		if words != "none" {
			h.Self, err = strconv.Atoi(words)
		}
	case "height":
		h.Height, err = strconv.ParseInt(words, 10, 64)
	case "proposes":
		h.Proposes = words
	case "invalid":
		h.Invalid = words
	case "rejected":
		h.Rejected = words
	case "untimely":
		h.Untimely = words
	case "misdated":
		h.Misdated = words
	case "settings":
		h.Settings = strings.Split(words, ", ")
		for _, set := range h.Settings {
			if !slices.Contains(settings, set) {
				return fmt.Errorf("there is no setting %q", set)
			}
		}
	default:
		return fmt.Errorf("the head has no %q", key)
	}
	return err
}

// Differences compares what was said after each step with what is expected, one
// line for each difference.
func (s *Script) Differences(dialect string, said []string) []string {
	var all []string
	for i, step := range s.Steps {
		if want, got := step.Expect[dialect], said[i]; got != want {
			all = append(all, fmt.Sprintf("%s:%d: %s: > %s\n got %q\nwant %q", s.Path, step.Line, dialect, step.Text, got, want))
		}
	}
	return all
}

// Rewritten is the text of the file, expecting what was said by each dialect.
func (s *Script) Rewritten(said map[string][]string) string {
	var b strings.Builder
	step := 0
	for _, line := range s.lines {
		b.WriteString(line + "\n")
		if !strings.HasPrefix(line, "> ") {
			continue
		}
		var texts []string
		by := map[string][]string{}
		for _, d := range s.Head.Dialects {
			text := said[d][step]
			if by[text] == nil {
				texts = append(texts, text)
			}
			by[text] = append(by[text], d)
		}
		for _, text := range texts {
			if len(texts) == 1 {
				fmt.Fprintf(&b, "  %s\n", text)
			} else {
				fmt.Fprintf(&b, "  %s: %s\n", strings.Join(by[text], ", "), text)
			}
		}
		step++
	}
	return b.String()
}
