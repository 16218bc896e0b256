package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/spec/gossip"
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
	return []*gen.Generator{gossipGenerator(), {
		Name:       "consensus",
		Source:     "spec/consensus",
		Code:       "impl/consensus/table_gen.go",
		Pages:      "docs/rules",
		Tables:     dialects,
		Export:     []string{"step"},
		Divergence: &gen.Divergence{Path: "docs/divergence.md", Differences: differences, Panics: panics, Costs: costs()},
		Diagram:    &gen.Diagram{Variable: "step", Prefix: "SetStep", Start: "StartRound"},
		TLA:        &gen.TLA{Folder: tlaFolder, Dialects: tlaDialects()},
	}}
}

// gossipGenerator makes the table of polka's gossip, and pages of that and of
// CometBFT's.
func gossipGenerator() *gen.Generator {
	departures := make([]gen.Departure, len(gossip.PolkaDifferences))
	for i, d := range gossip.PolkaDifferences {
		departures[i] = gen.Departure{Name: d.Name, From: d.Node, To: d.Polka, Place: d.Place, Property: d.Property, Keys: d.Keys}
	}
	return &gen.Generator{
		Name:       "gossip",
		Source:     "spec/gossip",
		Code:       "impl/gossip/table_gen.go",
		Pages:      "docs/rules",
		Tables:     slices.Concat(gossip.Polka.Tables(), gossip.CometBFT.Tables()),
		Followed:   len(gossip.Polka.Tables()),
		RulePrefix: "Rule",
		Departures: &gen.Departures{
			Path: "docs/gossip.md", Title: "How polka's gossip departs from CometBFT's", From: "CometBFT", To: "polka",
			Intro: "What a node sends to a peer, and what it then believes that the peer has. " +
				"Every clause that is not the same in both dialects belongs to a difference.",
			List: departures,
		},
	}
}

// tlaFolder is where the TLA+ modules are.
const tlaFolder = "docs/tla"

// tlaDialects lists the dialects that can be explored, each with the standard
// models of it.
func tlaDialects() []gen.TLADialect {
	var dialects []gen.TLADialect
	for _, name := range bft.Dialects() {
		d := gen.TLADialect{Table: name}
		for _, e := range bft.Standard {
			c := e.Config
			if c.Dialect != name || c.Counted || e.Exact {
				continue
			}
			powers := c.Powers
			if powers == nil {
				powers = slices.Repeat([]int64{1}, c.Validators)
			}
			d.Instances = append(d.Instances, gen.TLAInstance{
				Name: e.Name, Doc: e.Why, Powers: powers, Byzantine: c.Byzantine, Proposers: c.Proposers, Silent: c.Silent,
			})
		}
		dialects = append(dialects, d)
	}
	for _, dialect := range consensus.Dialects {
		if dialect.Questions == nil {
			continue
		}
		d := gen.TLADialect{Table: dialect.Name, Questions: dialect.Questions}
		for _, e := range quotient.Small {
			if e.Config.Dialect == dialect.Name {
				d.Instances = append(d.Instances, nodeInstance(&e))
			}
		}
		dialects = append(dialects, d)
	}
	return dialects
}

// nodeInstance is a small model of a dialect of CometBFT.
func nodeInstance(e *quotient.Entry) gen.TLAInstance {
	c := e.Config
	in := gen.TLAInstance{
		Name: e.Name, Doc: e.Why, Powers: slices.Repeat([]int64{1}, c.Validators), Byzantine: c.Byzantine, Proposers: c.Proposers, Split: c.Split,
	}
	for _, p := range quotient.AlwaysOf(c) {
		in.Claims = append(in.Claims, p.Name)
	}
	return in
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
	page, err := historyPage()
	if err != nil {
		return nil, err
	}
	return append(files, page), nil
}

func runGenerate(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := newFlags("generate", "generate [--check] [--tla] [--dir DIR]")
	check := fs.Bool("check", false, "write nothing; fail when a generated file is stale, missing, or no longer generated")
	tla := fs.Bool("tla", false, "only the TLA+ modules in "+tlaFolder)
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
	folder := "" // the whole module
	if *tla {
		folder = tlaFolder
		files = slices.DeleteFunc(files, func(f gen.File) bool { return !gen.Below(f.Path, folder) })
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
	return compare(*dir, folder, files, stdout, stderr)
}

// compare reports how a folder of the module in dir differs from the files, which
// are all below it. After a write only orphans can be left: they are for a
// person to remove.
func compare(dir, folder string, files []gen.File, stdout, stderr io.Writer) int {
	all, err := gen.Compare(dir, files)
	if err != nil {
		complain(stderr, "generate", err)
		return exitUsage
	}
	c := all.In(folder)
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
