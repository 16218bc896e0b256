package gen

import (
	"fmt"
	"strings"
)

// nodeInstance is the module that fixes what a configuration cannot say.
func (g *Generator) nodeInstance(dialect string, in *TLAInstance) []byte {
	var b strings.Builder
	proposers := make([]string, len(in.Proposers))
	for r, p := range in.Proposers {
		proposers[r] = fmt.Sprint(p)
		if p < 0 {
			proposers[r] = "Byzantine"
		}
	}
	fmt.Fprintf(&b, "\\* %s\n%s\n", g.header(), tlaRule("MODULE "+in.module()))
	fmt.Fprintf(&b, "\\* %s.\n\nEXTENDS %s\n\n", sentenceCase(in.Doc), dialect)
	fmt.Fprintf(&b, "TheProposers == <<%s>>\n\n%s\n", strings.Join(proposers, ", "), strings.Repeat("=", tlaWidth))
	return []byte(b.String())
}

// nodeConfig is the configuration for TLC.
func (g *Generator) nodeConfig(in *TLAInstance) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "\\* %s\n\nSPECIFICATION Spec\n\nCONSTANTS\n", g.header())
	fmt.Fprintf(&b, "    Validators = %d\n    Faulty = %d\n    Proposers <- TheProposers\n", len(in.Powers), in.Byzantine)
	fmt.Fprintf(&b, "    SplitBlock = %s\n\n", strings.ToUpper(fmt.Sprint(in.Split)))
	fmt.Fprintf(&b, "\\* Whoever has decided stops, and messages may be lost for good: an end is no error.\nCHECK_DEADLOCK FALSE\n\nINVARIANTS\n    %s\n", nodeType)
	for i := range nodeClaims {
		if c := &nodeClaims[i]; nodeHolds(c, in.Claims) {
			fmt.Fprintf(&b, "    %s\n", c.name)
		}
	}
	b.WriteString("\n\\* What must be reachable: add one of these, and TLC must find it violated.\n")
	for _, c := range nodeSometimes {
		fmt.Fprintf(&b, "\\* INVARIANT Never%s\n", c.name)
	}
	return []byte(b.String())
}
