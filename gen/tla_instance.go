package gen

import (
	"fmt"
	"strings"
)

// module is the name of the instance's module.
func (in *TLAInstance) module() string { return "MC_" + strings.ReplaceAll(in.Name, "-", "_") }

// tlaInstance is the module that fixes what a configuration cannot say.
func (g *Generator) tlaInstance(dialect string, in *TLAInstance) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "\\* %s\n%s\n", g.header(), tlaRule("MODULE "+in.module()))
	fmt.Fprintf(&b, "\\* %s.\n\nEXTENDS %s\n\n", sentenceCase(in.Doc), dialect)
	powers, proposers := make([]string, len(in.Powers)), make([]string, len(in.Proposers))
	for i, w := range in.Powers {
		powers[i] = fmt.Sprint(w)
	}
	for r, p := range in.Proposers {
		proposers[r] = fmt.Sprint(p)
		if p < 0 {
			proposers[r] = "Byzantine"
		}
	}
	fmt.Fprintf(&b, "ThePowers == <<%s>>\nTheProposers == <<%s>>\n\n", strings.Join(powers, ", "), strings.Join(proposers, ", "))
	b.WriteString(strings.Repeat("=", tlaWidth) + "\n")
	return []byte(b.String())
}

// tlaConfig is the configuration for TLC.
func (g *Generator) tlaConfig(in *TLAInstance) []byte {
	var b strings.Builder
	silent := make([]string, len(in.Silent))
	for i, p := range in.Silent {
		silent[i] = fmt.Sprint(p)
	}
	fmt.Fprintf(&b, "\\* %s\n\nSPECIFICATION Spec\n\nCONSTANTS\n", g.header())
	fmt.Fprintf(&b, "    Powers <- ThePowers\n    Faulty = %d\n    Proposers <- TheProposers\n    Silent = {%s}\n\n", in.Byzantine, strings.Join(silent, ", "))
	b.WriteString("\\* Whoever has decided stops, and messages may be lost for good: an end is no error.\nCHECK_DEADLOCK FALSE\n\nINVARIANTS\n")
	for _, c := range tlaAlways {
		fmt.Fprintf(&b, "    %s\n", c.name)
	}
	fmt.Fprintf(&b, "    %s\n", tlaPossible)
	b.WriteString("\n\\* What must be reachable: add one of these, and TLC must find it violated.\n")
	for _, c := range tlaSometimes {
		fmt.Fprintf(&b, "\\* INVARIANT Never%s%s\n", c.name, c.where)
	}
	return []byte(b.String())
}

// sentenceCase begins a text with a capital.
func sentenceCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
