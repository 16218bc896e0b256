package spec_test

import "github.com/polka-bft/polka/spec"

// The toy protocol of these tests: a lamp with a knob and a bell.
const (
	off, on             uint8 = 0, 1
	left, middle, right uint8 = 0, 1, 2
)

// toy is a small set of rules that breaks no law, made anew for each test so
// that one may spoil it.
type toy struct {
	*spec.Rules
	power, knob spec.Observable[uint8]
	rung        *spec.Once
	lamp, bell  *spec.Binding
}

func newToy() *toy {
	t := &toy{
		power: spec.NewObservable[uint8]("power", "whether there is current", "off", "on"),
		knob:  spec.NewObservable[uint8]("knob", "where the knob points", "left", "middle", "right"),
		rung:  spec.NewOnce("rung", "the bell rang", "MarkRung"),
	}
	t.lamp = &spec.Binding{Name: "lamp", Vars: []*spec.Variable{t.power.Variable(), t.knob.Variable(), t.rung.Variable()}}
	t.bell = &spec.Binding{Name: "Bell", Free: "n", Function: true, Line: 30, Vars: []*spec.Variable{t.power.Variable()}}
	t.Rules = &spec.Rules{
		Name:     "toy",
		Bindings: []*spec.Binding{t.lamp, t.bell},
		Calls:    map[spec.Op]*spec.Binding{"CallBell": t.bell},
		Clauses:  t.clauses(),
		Priority: []spec.Precedence{
			{Key: "L20", Reason: "the bell first"},
			{Key: "L10", Reason: "then light"},
			{Key: "L32", Reason: "called"},
			{Key: "L35", Reason: "called"},
		},
		Impossible: []spec.Impossible{
			{Of: t.lamp, Conds: []spec.Cond{t.power.Is(off), t.rung.Is(spec.Done)}, Why: "it rings with current only"},
		},
	}
	return t
}

func (t *toy) clauses() []spec.Clause {
	return []spec.Clause{
		{
			Line: 10, Of: t.lamp,
			Upon:     spec.Phrases{spec.Says("current flows", t.power.Is(on))},
			First:    spec.Effects{spec.Does(11, "click", "Click")},
			IfLine:   12,
			If:       spec.Phrases{spec.Says("the knob is left", t.knob.Is(left))},
			Then:     spec.Effects{spec.Does(13, "shine", "Shine")},
			ElseLine: 14,
			Else:     spec.Effects{spec.Does(15, "glow", "Glow")},
			Finally:  spec.Effects{spec.Does(16, "count", "Count")},
		},
		{
			Line: 20, Of: t.lamp,
			Upon:      spec.Phrases{spec.Says("current flows", t.power.Is(on)), spec.Says("the knob is not left", t.knob.In(middle, right))},
			While:     spec.Phrases{spec.Says("the knob is right", t.knob.Is(right))},
			FirstTime: t.rung,
			Then:      spec.Effects{spec.Does(21, "Bell(1)", "CallBell")},
		},
		{
			Line: 32, Of: t.bell,
			First:  spec.Effects{spec.Does(31, "wind up", "WindUp")},
			While:  spec.Phrases{spec.Says("current flows", t.power.Is(on))},
			IfLine: 33,
			If:     spec.Phrases{spec.Says("current flows still", t.power.Is(on))},
			Then:   spec.Effects{spec.Does(34, "ring", "Ring")},
		},
		{
			Line: 35, Of: t.bell,
			While: spec.Phrases{spec.Says("no current flows", t.power.Is(off))},
			Then:  spec.Effects{spec.Does(36, "stay silent", "Silence")},
		},
	}
}

// clause is the clause of the toy that the given line names.
func (t *toy) clause(line int) *spec.Clause {
	for i := range t.Clauses {
		if t.Clauses[i].Line == line {
			return &t.Clauses[i]
		}
	}
	panic("the toy has no such clause")
}
