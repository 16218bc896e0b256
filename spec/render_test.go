package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
)

func TestRender(t *testing.T) {
	toy := newToy()
	bare := *toy.clause(35)
	bare.While = nil
	several := *toy.clause(10)
	several.Upon = nil
	several.While = append(toy.clause(20).Upon, spec.Says("the bell is there", toy.rung.Is(spec.NotYet)))
	several.If = append(several.If, spec.Says("it is dark", toy.power.Is(off)))
	several.Else, several.Finally = nil, nil
	nameless := spec.Clause{Name: "extra", Of: toy.lamp, FirstTime: toy.rung, Then: spec.Effects{spec.Does(0, "shine", "Shine")}}
	tests := []struct {
		name   string
		clause *spec.Clause
		want   string
	}{
		{"inner condition", toy.clause(10), `
10  upon current flows
11    click
12    if the knob is left
13      shine
14    else
15      glow
16    count
`},
		{"conjunctions and first time", toy.clause(20), `
20  upon current flows
     and the knob is not left
    while the knob is right
    for the first time
21    Bell(1)
`},
		{"while only, no else", &several, `
10  while current flows
      and the knob is not left
      and the bell is there
11    click
12    if the knob is left
      and it is dark
13      shine
`},
		{"function", toy.clause(32), `
30  function Bell(n)
31    wind up
32    if current flows
33      if current flows still
34        ring
`},
		{"function without a guard", &bare, `
30  function Bell(n)
36    stay silent
`},
		{"no line and no guard but first time", &nameless, `
    for the first time
      shine
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := tt.clause.Render(), tt.want[1:]; got != want {
				t.Errorf("Render:\ngot\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	table := compileToy(t)
	lamp := table.Rules.Bindings[0]
	tests := []struct {
		name string
		rule string
		at   spec.Observation
		want []string
	}{
		{"holds", "L10If", lamp.At(on, left, 0), []string{
			"true current flows []", "true the knob is left []",
		}},
		{"inner condition fails", "L10If", lamp.At(on, right, 0), []string{
			"true current flows []", "false the knob is left [knob = left]",
		}},
		{"else-branch holds", "L10Else", lamp.At(on, right, 0), []string{
			"true current flows []", "true not (the knob is left) []",
		}},
		{"else-branch fails twice", "L10Else", lamp.At(off, left, 0), []string{
			"false current flows [power = on]", "false not (the knob is left) []",
		}},
		{"not the first time", "L20", lamp.At(on, middle, 1), []string{
			"true current flows []", "true the knob is not left []",
			"false the knob is right [knob = right]", "false for the first time [rung = notYet]",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule, ok := table.Named(tt.rule)
			if !ok {
				t.Fatalf("%s: no such rule in %s", tt.rule, table.Rules.Name)
			}
			var got []string
			for _, f := range table.Explain(rule.ID, tt.at) {
				got = append(got, fmt.Sprint(f.Holds, " ", f.Phrase.Words, " ", f.Fails))
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("Explain(%s, %v):\ngot  %q\nwant %q", tt.rule, tt.at, got, tt.want)
			}
		})
	}
}
