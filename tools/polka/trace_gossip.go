package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/polka-bft/polka/traces/picks"
)

// judgeGossip judges what a node sent to its peers, by its debug log.
func (j *judging) judgeGossip(ctx context.Context, log string) error {
	if j.flags.dialect != "auto" {
		return errors.New("a debug log is judged by the rules of gossip: --dialect does not apply to it")
	}
	rep, err := picks.File(ctx, log, picks.Options{})
	if rep == nil {
		return err
	}
	j.gossip = append(j.gossip, rep)
	status := exitHolds
	switch {
	case !rep.Explained():
		status = exitFails
	case rep.All().Sent == 0:
		status = exitUsage
	}
	j.status = worse(j.status, status)
	if !j.flags.quiet || status != exitHolds {
		printGossip(j.stdout, rep, j.flags.verbose)
	}
	return err
}

func printGossip(w io.Writer, rep *picks.Report, verbose bool) {
	verdict := "EXPLAINED"
	if !rep.Explained() {
		verdict = "CONTRADICTS"
	}
	all, b := rep.All(), &rep.Beliefs
	if all.Sent == 0 {
		verdict = "NOTHING"
	}
	fmt.Fprintf(w, "%s: %s by the rows of gossip\n", rep.Path, verdict)
	fmt.Fprintf(w, "  %d lines; sent: %d votes, %d parts, %d proposals, %d POLs; %d explained, %d contradict, %d cannot be known\n",
		rep.Lines, rep.Votes.Sent, rep.Parts.Sent, rep.Proposals.Sent, rep.POLs.Sent,
		all.Verdicts[picks.Explained], all.Verdicts[picks.Contradicts], all.Verdicts[picks.Unknown])
	if all.Sent == 0 {
		fmt.Fprintln(w, "  not a pass: nothing was sent; is consensus logged at level debug?")
		return
	}
	var rows []string
	for _, row := range slices.Sorted(maps.Keys(all.Rows)) {
		rows = append(rows, fmt.Sprintf("%s %d", row, all.Rows[row]))
	}
	fmt.Fprintf(w, "  rows: %s\n", strings.Join(rows, ", "))
	fmt.Fprintf(w, "  no vote to send %d times: %d explained, %d contradict, %d cannot be known\n", rep.Quiet.Sent,
		rep.Quiet.Verdicts[picks.Explained], rep.Quiet.Verdicts[picks.Contradicts], rep.Quiet.Verdicts[picks.Unknown])
	fmt.Fprintf(w, "  %d beliefs printed: %d as the rules lead to, %d begun with, %d differ\n", b.Printed, b.Same, b.Begun, len(b.Different))
	const few = 5
	shown := rep.Odd
	if !verbose && len(shown) > few {
		shown = shown[:few]
	}
	for i := range shown {
		fmt.Fprint(w, shown[i].Text())
	}
	if more := len(rep.Odd) - len(shown); more > 0 {
		fmt.Fprintf(w, "  and %d more; -v shows them\n", more)
	}
	for i := range b.Different {
		if verbose || i < few {
			fmt.Fprint(w, b.Different[i].Text())
		}
	}
}
