// Command polka checks, generates, judges and runs Tendermint consensus from one
// set of rules. Without arguments it lists its commands.
//
// Every command exits with 0 when what it was asked holds, 1 when it does not, 2
// on wrong usage or unusable input, and 3 when it was stopped before the end, so
// that an unfinished check never looks like a pass. Results go to standard
// output, errors to standard error.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"text/tabwriter"
)

// The exit statuses of every command.
const (
	exitHolds       = 0 // what was asked holds, or is done
	exitFails       = 1 // a property, a trace or a comparison fails
	exitUsage       = 2 // wrong usage or unusable input
	exitInterrupted = 3 // stopped before the end: a limit or a signal
)

// A command is one word after polka. Its run gets the arguments after that word,
// obeys the context, and returns an exit status.
type command struct {
	name string
	help string // one line
	run  func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// commands lists every command in the order of the help.
func commands() []command {
	return []command{
		{"check", "explore what the rules allow, and look for what must not happen", runCheck},
		{"generate", "write the files that are generated from the rules, or compare them", runGenerate},
		{"mutants", "break the rules one by one, and see that a property notices", runMutants},
		{"testnet", "run a network of validators in this process and record what each does", runTestnet},
		{"trace", "judge recorded logs: polka trace check PATH...", runTrace},
		{"version", "print the version of the program and the digest of the rules", runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := dispatch(ctx, commands(), os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// dispatch runs the command that the first argument names.
func dispatch(ctx context.Context, cs []command, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printCommands(stdout, cs)
		return exitHolds
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			printCommands(stdout, cs)
			return exitHolds
		}
		args = []string{args[1], "-h"}
	}
	for _, c := range cs {
		if c.name == args[0] {
			return c.run(ctx, args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "polka: there is no command %q; run \"polka help\" for a list\n", args[0])
	return exitUsage
}

func printCommands(w io.Writer, cs []command) {
	fmt.Fprintln(w, "usage: polka COMMAND [FLAG...] [ARGUMENT...]")
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range cs {
		fmt.Fprintf(tw, "  %s\t%s\n", c.name, c.help)
	}
	tw.Flush()
	fmt.Fprintln(w)
	fmt.Fprintln(w, "\"polka COMMAND -h\" tells the flags of a command.")
}

// newFlags makes the flag set of a command; usage is the line after "usage:".
func newFlags(name, usage string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "usage: polka %s\n", usage)
		out := fs.Output()
		var b bytes.Buffer
		fs.SetOutput(&b)
		fs.PrintDefaults()
		fs.SetOutput(out)
		fmt.Fprint(out, longFlag.ReplaceAllString(b.String(), "  --$1"))
	}
	return fs
}

// longFlag finds a flag of more than one letter in the help of package flag,
// which writes one hyphen before it.
var longFlag = regexp.MustCompile(`(?m)^  -([a-z]{2})`)

// parseFlags parses the arguments of a command. When ok is false the command is
// over, with the given exit status: help was asked for, and printed on stdout,
// or the arguments are wrong, which is said on stderr.
func parseFlags(fs *flag.FlagSet, args []string, stdout, stderr io.Writer) (status int, ok bool) {
	fs.SetOutput(io.Discard)
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(stdout)
		fs.Usage()
		return exitHolds, false
	case err != nil:
		return usageError(stderr, fs.Name(), fmt.Errorf("%w; run \"polka %s -h\" for its flags", err, fs.Name())), false
	}
	return exitHolds, true
}

// usageError says what is wrong with the arguments.
func usageError(stderr io.Writer, name string, err error) int {
	complain(stderr, name, err)
	return exitUsage
}
