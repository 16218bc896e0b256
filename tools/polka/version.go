package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/polka-bft/polka/spec/consensus"
)

func runVersion(_ context.Context, args []string, stdout, stderr io.Writer) int {
	fs := newFlags("version", "version")
	if status, ok := parseFlags(fs, args, stdout, stderr); !ok {
		return status
	}
	if fs.NArg() > 0 {
		return usageError(stderr, "version", fmt.Errorf("it takes no argument, got %q", fs.Arg(0)))
	}
	fmt.Fprintf(stdout, "polka %s, %s, %s/%s\n\nrules of consensus:\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	tw := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, d := range consensus.Dialects {
		fmt.Fprintf(tw, "  %s\t%s\n", d.Name, d.Table.Digest())
	}
	tw.Flush()
	return exitHolds
}

// buildVersion is what the Go toolchain recorded: the version of the module,
// with the commit for a build from a checkout.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && version == "(devel)":
			version += " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true" && version[0] == '(':
			version += " modified"
		}
	}
	return version
}
