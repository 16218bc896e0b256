package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/polka-bft/polka/impl/engine"
	"github.com/polka-bft/polka/impl/node"
	"github.com/polka-bft/polka/traces/event"
)

// maxTestnet is how many validators a network in one process may have: each is
// connected with each.
const maxTestnet = 100

// testnet is what the flags of the command say.
type testnet struct {
	powers   []int64
	heights  int64
	dir      string
	force    bool
	seed     uint64
	timeouts engine.Timeouts
}

// runTestnet runs a network of validators in this process until all of them have
// decided the given number of heights, and checks that they agree.
func runTestnet(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	t, status, ok := parseTestnet(args, stdout, stderr)
	if !ok {
		return status
	}
	cfg := node.LocalConfig{
		ChainID: "polka-testnet-" + strconv.FormatUint(t.seed, 10),
		Powers:  t.powers, Heights: t.heights, Seed: t.seed, Timeouts: t.timeouts,
		Logger: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if _, err := node.NewLocal(cfg); err != nil { // before anything is written
		return usageError(stderr, "testnet", err)
	}
	logs, err := openLogs(t.dir, len(t.powers), t.force)
	if err != nil {
		return usageError(stderr, "testnet", err)
	}
	cfg.Recorder = func(i int, c engine.Config) (engine.Recorder, error) { return logs[i], logs[i].begin(c.Header()) }
	net, err := node.NewLocal(cfg)
	if err != nil {
		return usageError(stderr, "testnet", errors.Join(err, closeLogs(logs)))
	}
	err = net.Run(ctx)
	printNodes(stdout, net, logs)
	return t.verdict(ctx, net, err, closeLogs(logs), stdout, stderr)
}

// verdict says how the run ended, and returns the exit status.
func (t *testnet) verdict(ctx context.Context, net *node.Local, ended, closed error, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		complain(stderr, "testnet", err)
		return exitFails
	}
	if err := net.Agree(); err != nil {
		return fail(fmt.Errorf("the nodes do not agree: %w", err))
	}
	switch {
	case closed != nil:
		return fail(closed)
	case errors.Is(ended, node.ErrDone):
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "polka testnet: stopped before all nodes had decided %d heights; what is logged is complete up to there\n", t.heights)
		return exitInterrupted
	default:
		return fail(ended)
	}
	for i, c := range net.Chains {
		if ids, _ := c.Decisions(); int64(len(ids)) != t.heights {
			return fail(fmt.Errorf("node %d decided %d heights, not %d", i, len(ids), t.heights))
		}
	}
	ids, _ := net.Chains[0].Decisions()
	fmt.Fprintf(stdout, "all %d nodes decided the same values in %d heights; the last is %v\n", len(net.Chains), t.heights, ids[len(ids)-1])
	return exitHolds
}

func parseTestnet(args []string, stdout, stderr io.Writer) (t *testnet, status int, ok bool) {
	t = &testnet{timeouts: engine.DefaultTimeouts}
	fs := newFlags("testnet", "testnet [--validators N] [--heights H] [--trace DIR] [FLAG...]")
	validators := fs.Int("validators", 4, "how many validators")
	powers := fs.String("powers", "", "their voting powers, as 10,10,5; empty: 1 each")
	fs.Int64Var(&t.heights, "heights", 10, "how many heights to decide")
	fs.StringVar(&t.dir, "trace", "", "folder for the logs, one per node: node0.ndjson, …; it is created; empty: no logs")
	fs.BoolVar(&t.force, "force", false, "replace the logs of an earlier run in the folder")
	fs.Uint64Var(&t.seed, "seed", 1, "seed of the keys, which are for tests only: who knows the seed has the keys")
	durations(fs, &t.timeouts)
	if status, ok = parseFlags(fs, args, stdout, stderr); !ok {
		return nil, status, false
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := t.complete(*validators, *powers, given["validators"], fs.Args()); err != nil {
		return nil, usageError(stderr, "testnet", err), false
	}
	return t, exitHolds, true
}

// durations defines the flags of the timeouts.
func durations(fs *flag.FlagSet, t *engine.Timeouts) {
	for _, d := range []struct {
		name        string
		base, delta *time.Duration
	}{
		{"propose", &t.Propose, &t.ProposeDelta},
		{"prevote", &t.Prevote, &t.PrevoteDelta},
		{"precommit", &t.Precommit, &t.PrecommitDelta},
	} {
		timeout := "timeout" + strings.ToUpper(d.name[:1]) + d.name[1:]
		fs.DurationVar(d.base, "timeout-"+d.name, *d.base, "how long "+timeout+" is in round 0")
		fs.DurationVar(d.delta, "timeout-"+d.name+"-delta", *d.delta, "how much longer "+timeout+" is in each later round")
	}
}

// complete checks the flags and fills in the powers.
func (t *testnet) complete(validators int, powers string, isGiven bool, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("it takes no argument, got %q", rest[0])
	case t.heights < 1:
		return fmt.Errorf("--heights is %d; give at least 1", t.heights)
	case t.force && t.dir == "":
		return errors.New("--force is about the logs; give --trace DIR with it")
	}
	if powers != "" {
		for _, s := range strings.Split(powers, ",") {
			p, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
			if err != nil || p < 1 {
				return fmt.Errorf("--powers has %q; give positive whole numbers with commas between", s)
			}
			t.powers = append(t.powers, p)
		}
		if isGiven && len(t.powers) != validators {
			return fmt.Errorf("--powers has %d numbers for %d validators; give one for each, or leave --validators out", len(t.powers), validators)
		}
		validators = len(t.powers)
	}
	if validators < 1 || validators > maxTestnet {
		return fmt.Errorf("%d validators; give 1 to %d", validators, maxTestnet)
	}
	if t.powers == nil {
		t.powers = slices.Repeat([]int64{1}, validators)
	}
	return nil
}

// nodeLog is the log of one node: in a file, or nowhere and only counted.
type nodeLog struct {
	file    *os.File // nil: nowhere
	events  *event.Writer
	decided time.Duration // when the last height was
}

func (l *nodeLog) begin(h event.Header) (err error) {
	var w io.Writer = io.Discard
	if l.file != nil {
		w = l.file
	}
	l.events, err = event.NewWriter(w, h)
	return err
}

// Append implements engine.Recorder.
func (l *nodeLog) Append(e *event.Event) error {
	if e.Kind == event.Decide {
		l.decided = e.Mono
	}
	return l.events.Append(e)
}

func (l *nodeLog) close() error {
	var errs []error
	if l.events != nil {
		errs = append(errs, l.events.Close())
	}
	if l.file != nil {
		errs = append(errs, l.file.Close())
	}
	return errors.Join(errs...)
}

func closeLogs(logs []*nodeLog) error {
	var errs []error
	for _, l := range logs {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

var logName = regexp.MustCompile(`^node[0-9]+\.ndjson$`)

// openLogs creates the folder and the log of each node in it. A folder with
// anything in it is refused, unless force is set: then the logs in it are removed
// first, and nothing else.
func openLogs(dir string, n int, force bool) ([]*nodeLog, error) {
	logs := make([]*nodeLog, n)
	for i := range logs {
		logs[i] = &nodeLog{}
	}
	if dir == "" {
		return logs, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder for the logs cannot be made: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder for the logs cannot be read: %w", err)
	}
	if len(entries) > 0 && !force {
		return nil, fmt.Errorf("the folder %s is not empty; give another one, or --force to replace the logs in it", dir)
	}
	for _, e := range entries {
		if logName.MatchString(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, fmt.Errorf("an old log cannot be removed: %w", err)
			}
		}
	}
	for i, l := range logs {
		path := filepath.Join(dir, "node"+strconv.Itoa(i)+".ndjson")
		if l.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
			return nil, errors.Join(fmt.Errorf("a log cannot be made: %w", err), closeLogs(logs))
		}
	}
	return logs, nil
}

// printNodes prints what each node did. Rounds are those that were begun, up to
// the decision of the last height.
func printNodes(w io.Writer, net *node.Local, logs []*nodeLog) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "node\theights\trounds\tevents\tseconds\t")
	for i, c := range net.Chains {
		ids, decidedIn := c.Decisions()
		rounds := 0
		for _, r := range decidedIn {
			rounds += int(r) + 1
		}
		fmt.Fprintf(tw, "%d\t%d\t%d\t%d\t%.3f\t\n", i, len(ids), rounds, logs[i].events.Seq(), logs[i].decided.Seconds())
	}
	tw.Flush()
}
