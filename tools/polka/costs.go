package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// costRules is how the page of differences begins to speak of costs.
const costRules = `What the checker found a difference to cost, by properties that Algorithm 1 has and the dialect has not, and by
ways to a decision that are longer: the fewest inputs that lead there, and on which of these instances of
modelcheck/delivery. Algorithm 1 breaks none of the properties there. That nothing is found says no more than the
instances can: they are small. The larger ones of the quotient ([results](results.md)) hold all of their properties,
those of locks among them, in either dialect; what one block under two headers breaks is told there by its models.`

// costs is what the page of differences says of costs: what was measured last.
func costs() *gen.Costs {
	measured := delivery.MeasuredCosts()
	out := &gen.Costs{Rules: costRules, Found: map[string]map[string][]string{}}
	for _, c := range delivery.Costings {
		out.Instances = append(out.Instances, gen.Instance{Name: c.Name, Size: c.Size(), Why: c.Why})
	}
	for _, p := range delivery.Priced() {
		out.Properties = append(out.Properties, gen.Property{Name: p.Name, Doc: p.Doc})
	}
	for _, d := range consensus.Dialects {
		found := map[string][]string{}
		for _, diff := range d.Differences {
			found[diff.Name] = measured.Of(d.Name, diff.Name)
		}
		out.Found[d.Name] = found
	}
	return out
}

// measureCosts searches for what the differences cost, and writes it to a file.
func measureCosts(ctx context.Context, file string, o modelcheck.Options, stdout, stderr io.Writer) int {
	var all delivery.Costs
	for _, d := range consensus.Dialects {
		of := delivery.DialectCosts{Dialect: d.Name, Digest: d.Table.Digest()}
		for i := range delivery.Costings {
			c := &delivery.Costings[i]
			if _, ok := c.In(d.Name); !ok {
				continue
			}
			began := time.Now()
			found, err := c.Measure(ctx, d.Name, o)
			if ctx.Err() != nil {
				fmt.Fprintf(stderr, "polka check: interrupted; %s is not written\n", file)
				return exitInterrupted
			}
			if err != nil {
				complain(stderr, "check", err)
				return exitUsage
			}
			of.Instances = append(of.Instances, found)
			fmt.Fprintf(stdout, "%-15s %-18s %6.1f s  %d properties fail\n", d.Name, c.Name, time.Since(began).Seconds(), len(found.Fails))
		}
		all = append(all, of)
	}
	if err := writeTo(file, all.Write); err != nil {
		complain(stderr, "check", err)
		return exitUsage
	}
	if paper := all[0]; slices.ContainsFunc(paper.Instances, func(i delivery.InstanceCosts) bool { return len(i.Fails) > 0 }) {
		fmt.Fprintln(stderr, "polka check: Algorithm 1 itself breaks a property")
		return exitFails
	}
	return exitHolds
}
