package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/polka-bft/polka/modelcheck/bft"
)

// replay takes a saved counterexample through the model. It holds when every
// step is one that the rules allow and the property is violated at the end; it
// fails at the step that is not.
func replay(name string, stdout, stderr io.Writer) int {
	file, err := os.Open(name)
	if err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	defer file.Close()
	c, err := bft.Replay(file)
	var refuted *bft.ReplayError
	switch {
	case errors.As(err, &refuted):
		fmt.Fprintf(stdout, "%s: does not stand: step %d: %s\n", name, refuted.Step, refuted.Why)
		return exitFails
	case err != nil:
		complain(stderr, "check", fmt.Errorf("%s: %w", name, err))
		return exitUsage
	}
	if err := c.Print(stdout); err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	fmt.Fprintf(stdout, "%s: stands: %s is violated after %d steps\n", name, c.Property.Name, c.Len())
	return exitHolds
}
