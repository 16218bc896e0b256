package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// generators lists what is generated: one generator per protocol.
func generators() []*gen.Generator {
	var dialects []*spec.Table
	differences := map[string][]gen.Difference{}
	for _, d := range consensus.Dialects {
		dialects = append(dialects, d.Table)
		for _, diff := range d.Differences {
			differences[d.Name] = append(differences[d.Name], gen.Difference(diff))
		}
	}
	var panics []gen.PanicSite
	for _, site := range consensus.CometBFTPanics {
		panics = append(panics, gen.PanicSite(site))
	}
	return []*gen.Generator{{
		Name:       "consensus",
		Source:     "spec/consensus",
		Code:       "impl/consensus/table_gen.go",
		Pages:      "docs/rules",
		Tables:     dialects,
		Export:     []string{"step"},
		Divergence: &gen.Divergence{Path: "docs/divergence.md", Differences: differences, Panics: panics},
		Diagram:    &gen.Diagram{Variable: "step", Prefix: "SetStep", Start: "StartRound"},
	}}
}

// generated makes every generated file.
func generated() ([]gen.File, error) {
	var files []gen.File
	for _, g := range generators() {
		fs, err := g.Files()
		if err != nil {
			return nil, err
		}
		files = append(files, fs...)
	}
	return files, nil
}

func runGenerate(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := newFlags("generate", "generate [--check] [--dir DIR]")
	check := fs.Bool("check", false, "write nothing; fail when a generated file is stale, missing, or no longer generated")
	dir := fs.String("dir", ".", "root of the module: the folder with its go.mod")
	if status, ok := parseFlags(fs, args, stdout, stderr); !ok {
		return status
	}
	if fs.NArg() > 0 {
		return usageError(stderr, "generate", fmt.Errorf("it takes no argument, got %q", fs.Arg(0)))
	}
	if _, err := os.Stat(filepath.Join(*dir, "go.mod")); err != nil {
		return usageError(stderr, "generate", fmt.Errorf("%s is not the root of a module (%w)", *dir, err))
	}
	files, err := generated()
	if err != nil {
		complain(stderr, "generate", err)
		return exitFails
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "polka generate: interrupted; nothing was written")
		return exitInterrupted
	}
	for _, g := range generators() { // Files refuses tables that break a law
		for _, t := range g.Tables {
			observations := 0
			for _, b := range t.Rules.Bindings {
				observations += b.Size()
			}
			fmt.Fprintf(stdout, "%s: %d rules on %d observations; every law of the tables holds\n", t.Rules.Name, len(t.All), observations)
		}
	}
	if !*check {
		written, err := gen.Write(*dir, files)
		for _, path := range written {
			fmt.Fprintln(stdout, "wrote", path)
		}
		if err != nil {
			complain(stderr, "generate", err)
			return exitUsage
		}
	}
	return compare(*dir, files, stdout, stderr)
}

// compare reports how the folder differs from the files. After a write only
// orphans can be left: they are for a person to remove.
func compare(dir string, files []gen.File, stdout, stderr io.Writer) int {
	c, err := gen.Compare(dir, files)
	if err != nil {
		complain(stderr, "generate", err)
		return exitUsage
	}
	if c.UpToDate() {
		fmt.Fprintf(stdout, "%d generated files are up to date\n", len(files))
		return exitHolds
	}
	for _, path := range c.Stale {
		fmt.Fprintf(stdout, "stale    %s\n", path)
	}
	for _, path := range c.Missing {
		fmt.Fprintf(stdout, "missing  %s\n", path)
	}
	for _, path := range c.Orphans {
		fmt.Fprintf(stdout, "orphan   %s\n", path)
	}
	fmt.Fprintln(stderr, "polka generate: run \"polka generate\" for stale and missing files; remove orphans by hand")
	return exitFails
}
