package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
)

// replay takes a saved counterexample through the model that it is of. It holds
// when every step is one that the rules allow and the property is violated at the
// end; it fails at the step that is not.
func replay(name string, stdout, stderr io.Writer) int {
	file, err := os.ReadFile(name)
	if err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	run, told, err := replayed(file)
	var refuted *counterexample.Refutation
	switch {
	case errors.As(err, &refuted):
		fmt.Fprintf(stdout, "%s: does not stand: step %d: %s\n", name, refuted.Step, refuted.Why)
		return exitFails
	case err != nil:
		complain(stderr, "check", fmt.Errorf("%s: %w", name, err))
		return exitUsage
	}
	if err := run.Print(stdout); err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	fmt.Fprintf(stdout, "%s: stands: %s\n", name, told)
	return exitHolds
}

// replayed is the run of a file, and what it shows if there is no error.
func replayed(file []byte) (run printedRun, told string, err error) {
	model, err := counterexample.ModelOf(bytes.NewReader(file))
	if err != nil {
		return nil, "", err
	}
	says := func(p counterexample.Property, steps int) string {
		return fmt.Sprintf("%s is violated after %d steps", p.Name, steps)
	}
	switch model {
	case bft.Soup:
		c, err := bft.Replay(bytes.NewReader(file))
		return &c, says(c.Property, c.Len()), err
	case bft.Accountability:
		a, err := bft.ReplayAccount(bytes.NewReader(file))
		return &a, says(a.Property, a.Len()), err
	case delivery.Model:
		c, err := delivery.Replay(bytes.NewReader(file))
		return &c, says(c.Property, c.Len()), err
	case quotient.Model:
		c, err := quotient.Replay(bytes.NewReader(file))
		return &c, says(c.Property, c.Len()), err
	}
	return nil, "", fmt.Errorf("it is of the model %q; these are known: %s, %s, %s, %s", model, bft.Soup, bft.Accountability, quotient.Model, delivery.Model)
}
