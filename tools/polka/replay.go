package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
)

// A replayed is a saved counterexample that was taken through the model that it is
// of, and what came of it. Its fields are the format of polka trace check --json.
type replayed struct {
	Path     string                  `json:"path"`
	Model    string                  `json:"model"`
	Instance string                  `json:"instance"`
	Dialect  string                  `json:"dialect"`
	Digest   string                  `json:"digest"`
	Verdict  string                  `json:"verdict"` // violates or diverges
	Property counterexample.Property `json:"property"`
	Steps    int                     `json:"steps"`
	Step     int                     `json:"step"` // that violates the property, or is not allowed
	Why      string                  `json:"why,omitempty"`

	run printedRun
}

// The verdicts on a counterexample.
const (
	violates = "violates" // the rules allow every step, and the property is violated at the end
	diverges = "diverges" // the rules do not allow a step, or the property holds at the end
)

// replayFile takes the counterexample in a file through its model. The error is for
// what cannot be read, or is of other rules.
func replayFile(name string) (replayed, error) {
	file, err := os.ReadFile(name)
	if err != nil {
		return replayed{}, err
	}
	about, err := counterexample.About(bytes.NewReader(file))
	if err != nil {
		return replayed{}, fmt.Errorf("%s: %w", name, err)
	}
	run, err := replayRun(about.Model, bytes.NewReader(file))
	r := replayed{
		Path: name, Model: about.Model, Instance: about.Instance, Dialect: about.Dialect, Digest: about.Digest,
		Verdict: violates, Property: about.Property, Steps: about.Steps, Step: about.Steps, run: run,
	}
	var refuted *counterexample.Refutation
	switch {
	case errors.As(err, &refuted):
		r.Verdict, r.Step, r.Why = diverges, refuted.Step, refuted.Why
	case err != nil:
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// replayRun gives a run to the model that can take it.
func replayRun(model string, file io.Reader) (printedRun, error) {
	switch model {
	case bft.Soup:
		c, err := bft.Replay(file)
		return &c, err
	case bft.Accountability:
		a, err := bft.ReplayAccount(file)
		return &a, err
	case bft.Terminating:
		c, err := bft.ReplayTermination(file)
		return &c, err
	case delivery.Model:
		c, err := delivery.Replay(file)
		return &c, err
	case quotient.Model:
		c, err := quotient.Replay(file)
		return &c, err
	}
	known := []string{bft.Soup, bft.Accountability, bft.Terminating, quotient.Model, delivery.Model}
	return nil, fmt.Errorf("it is of the model %q; these are known: %s", model, strings.Join(known, ", "))
}

// replay says whether a counterexample stands: whether every step is one that the
// rules allow and the property is violated at the end.
func replay(name string, stdout, stderr io.Writer) int {
	r, err := replayFile(name)
	if err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	if r.Verdict == diverges {
		fmt.Fprintf(stdout, "%s: does not stand: step %d: %s\n", name, r.Step, r.Why)
		return exitFails
	}
	if err := r.run.Print(stdout); err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	fmt.Fprintf(stdout, "%s: stands: %s is violated after %d steps\n", name, r.Property.Name, r.Steps)
	return exitHolds
}

// isCounterexample says whether a path is a file that begins like a saved
// counterexample.
func isCounterexample(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false // whoever reads it says why
	}
	defer file.Close()
	return counterexample.Is(bufio.NewReader(file))
}

// judgeRun judges a counterexample as a log: as a run, and not as a claim. A run that
// violates a property is no better than one that the rules do not allow. A dialect
// that was asked for must be that of the run.
func judgeRun(path, dialect string) (replayed, error) {
	r, err := replayFile(path)
	if err == nil && dialect != "auto" && dialect != r.Dialect {
		err = fmt.Errorf("%s: a counterexample is judged against the rules that it is of, %s, not against %s", path, r.Dialect, dialect)
	}
	return r, err
}

// printJudged says which step breaks what, and tells a run that stands.
func printJudged(w io.Writer, r *replayed) error {
	fmt.Fprintf(w, "%s: %s under %s\n  a counterexample to %s, of the model %s\n", r.Path, strings.ToUpper(r.Verdict), r.Dialect, r.Property.Name, r.Model)
	if r.Verdict == diverges {
		_, err := fmt.Fprintf(w, "  step %d of %d: %s\n", r.Step, r.Steps, r.Why)
		return err
	}
	fmt.Fprintf(w, "  step %d of %d breaks %s; the rules allow every step\n\n", r.Step, r.Steps, r.Property.Name)
	return r.run.Print(w)
}
