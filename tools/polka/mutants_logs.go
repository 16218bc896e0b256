package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/polka-bft/polka/modelcheck/mechanical"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/conform"
)

// recordedLogs are logs of nodes, by the dialect that these run. Mechanical mutants
// of it are tried on them that no model tells from the rules: a node has
// surroundings that the models do not.
type recordedLogs map[string]*nodeLogs

type nodeLogs struct {
	paths  []string
	census score.Census // what the nodes observed
}

// errLogs is the kind of the error about logs that cannot tell anything of a mutant.
var errLogs = errors.New("--logs")

// conformingLogs finds the logs at the paths. Each must conform to the rules that
// its node runs: what departs from those anyway says nothing about a mutant of them.
func conformingLogs(ctx context.Context, paths []string) (recordedLogs, error) {
	logs := recordedLogs{}
	for _, path := range paths {
		found, err := conform.Find(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errLogs, err)
		}
		for _, log := range found {
			if err := logs.add(ctx, log); err != nil {
				return nil, err
			}
		}
	}
	return logs, nil
}

func (l recordedLogs) add(ctx context.Context, path string) error {
	made := spec.ObservationSet{}
	rep, err := conform.File(ctx, path, conform.Options{TrustSignatures: true, Observed: made.Add})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %w", path, mechanical.ErrUnfinished, context.Cause(ctx))
	case err != nil:
		return fmt.Errorf("%w: %w", errLogs, err)
	case rep.Divergence != nil:
		return fmt.Errorf("%w: a log that departs from the rules of %s themselves: %w", errLogs, rep.Dialect, rep.Divergence)
	case rep.Verdict != conform.Conforms:
		return fmt.Errorf("%w: %s: %s under %s", errLogs, path, rep.Verdict, rep.Dialect)
	}
	if l[rep.Dialect] == nil {
		l[rep.Dialect] = &nodeLogs{}
	}
	all := l[rep.Dialect]
	all.paths = append(all.paths, path)
	all.census.Add(&score.Census{Made: made})
	return nil
}

// of lists the paths of the logs of a dialect.
func (l recordedLogs) of(dialect string) []string {
	if all := l[dialect]; all != nil {
		return all.paths
	}
	return nil
}

// check says which of the dialects has no log, if there are any.
func (l recordedLogs) check(dialects []*consensus.Dialect) error {
	for _, d := range dialects {
		if len(l) > 0 && d.Questions != nil && l[d.Name] == nil {
			return fmt.Errorf("%w: none is of a node that runs %s", errLogs, d.Name)
		}
	}
	return nil
}

// about says in a sentence which logs are asked about mutants of a dialect of CometBFT.
func (l recordedLogs) about(dialect string) string {
	if n := len(l.of(dialect)); n > 0 {
		return fmt.Sprintf("What no model notices is tried on recorded logs: %d, of nodes that run %s.", n, dialect)
	}
	return "No recorded log is asked (--logs): what only one would notice counts as alike."
}

// try asks the logs of the dialect about a mutant that nothing has killed, until one
// departs from it. None is asked if, of what the nodes observed, the mutant changes
// nothing, or only which of several enabled rules is chosen. One that the judge cannot
// follow to its end kills nothing.
func (l recordedLogs) try(ctx context.Context, d *consensus.Dialect, t *score.Trial) error {
	logs := l[d.Name]
	if logs == nil || t.Fate != score.Alike && t.Fate != score.Survived {
		return nil
	}
	mutant := *d
	var err error
	if mutant.Table, err = spec.CompileMutant(t.Mutant.Rules); err != nil {
		return err
	}
	if spec.Compare(d.Table, mutant.Table, logs.census.Made) != spec.Different {
		return nil
	}
	for _, path := range logs.paths {
		rep, err := conform.File(ctx, path, conform.Options{Dialect: &mutant, TrustSignatures: true})
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("mutant %q on %s: %w: %w", t.Mutant.Name, path, mechanical.ErrUnfinished, context.Cause(ctx))
		case err == nil && rep.Divergence != nil:
			at := rep.Divergence
			t.Depart(&score.Departure{Log: filepath.ToSlash(path), Record: at.Record, Height: at.Height, Did: at.Did, Must: at.Must})
			return nil
		}
	}
	return nil
}
