package spec

// Op names an effect that a driver carries out. The drivers (the interpreter of
// the specification, the generated machine) own the meaning; the specification
// owns the order and the words.
type Op string

// An Effect is one line of a clause's body.
type Effect struct {
	Line  int    // line of the pseudo-code, 0 when it has none
	Words string // as the pseudo-code says it
	Do    Op
}

// Does makes an effect.
func Does(line int, words string, do Op) Effect { return Effect{line, words, do} }

// Effects is the body of a branch, in order.
type Effects []Effect

// ops lists the operations without their words.
func (es Effects) ops() []Op {
	ops := make([]Op, len(es))
	for i, e := range es {
		ops[i] = e.Do
	}
	return ops
}

// A Phrase binds words of the pseudo-code to the conditions that they mean. The
// words alone prove nothing: a phrase such as "PROPOSAL(h, round, v, −1)" means two
// conditions, hence Conds is a list.
type Phrase struct {
	Words string
	Conds []Cond
}

// Phrases is a conjunction.
type Phrases []Phrase

// Says makes a phrase.
func Says(words string, conds ...Cond) Phrase { return Phrase{words, conds} }

// body lists every effect of the clause, whatever the branch.
func (c *Clause) body() Effects {
	es := append(Effects{}, c.First...)
	es = append(es, c.Then...)
	es = append(es, c.Else...)
	return append(es, c.Finally...)
}

// conds lists the conditions of all phrases in order.
func (ps Phrases) conds() []Cond {
	var cs []Cond
	for _, p := range ps {
		cs = append(cs, p.Conds...)
	}
	return cs
}

// A Clause is one "upon … while … do …" of the pseudo-code, or one branch of a
// function that it calls. It becomes one rule, or two when it has an If: one for
// Then, and one for Else unless First, Else and Finally are all empty.
type Clause struct {
	Line int    // line of the pseudo-code that names the clause
	Name string // rule name, for clauses that no line of the paper names; default "L<Line>"
	Of   *Binding

	Upon      Phrases // messages or calls that start it
	While     Phrases // conditions on the state
	FirstTime *Once   // "for the first time"

	First    Effects // performed before the inner condition matters, in every branch
	IfLine   int     // line of the inner condition
	If       Phrases
	Then     Effects
	ElseLine int // line of the word "else"
	Else     Effects
	Finally  Effects

	Place string // the function of CometBFT's consensus/state.go that has it, and an issue; empty for the paper
}

// guard lists what must be true for the clause to be considered at all.
func (c *Clause) guard() []Cond {
	conds := append(c.Upon.conds(), c.While.conds()...)
	if c.FirstTime != nil {
		conds = append(conds, c.FirstTime.Is(NotYet))
	}
	return conds
}

// Key is the name of the clause: rules are named after it.
func (c *Clause) Key() string {
	if c.Name != "" {
		return c.Name
	}
	return lineName(c.Line)
}

// Precedence is one entry of the written priority: the clause named Key comes
// before all that follow it, and Reason says why it stands where it does.
type Precedence struct {
	Key    string
	Reason string
}

// Impossible lists observations that cannot arise, and why. The tables answer
// [Unreachable] there; drivers and the checker treat meeting one as a defect.
type Impossible struct {
	Of    *Binding
	Conds []Cond
	Why   string
}

// Rules is a whole protocol in one dialect.
type Rules struct {
	Name       string // for instance "paper"
	Doc        string
	Bindings   []*Binding
	Clauses    []Clause
	Calls      map[Op]*Binding // effects that call a function
	Priority   []Precedence    // every clause once, most urgent first
	Impossible []Impossible
}
