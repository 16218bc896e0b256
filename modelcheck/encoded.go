package modelcheck

// Encoded makes a model searchable whose states are any plain Go values: with
// slices, maps, strings, pointers, at any depth, exported or not. Its states
// become strings; everything else stays as it is, formats and properties
// included.
//
// Every function of the model is given a state of its own, and what Next emits
// is written down before emit returns: they may share memory with each other
// and be changed later. Two states are the same if their codes are, as [Encode]
// says.
//
// The error tells what in T cannot be written down. A search over codes costs
// microseconds per transition; a comparable T costs a fraction of that. The
// bytes of a report and of Options.Memory leave out the text of codes, and codes
// cannot go to an Options.Directory.
func Encoded[T, A any](m Model[T, A]) (Model[Code[T], A], error) {
	e := Model[Code[T], A]{
		Name:           m.Name,
		Next:           encodedNext(m.Next),
		Always:         encodedProperties(m.Always),
		Final:          encodedProperties(m.Final),
		Sometimes:      encodedProperties(m.Sometimes),
		AlwaysSteps:    encodedSteps(m.AlwaysSteps),
		SometimesSteps: encodedSteps(m.SometimesSteps),
		Eventually:     encodedProperties(m.Eventually),
		LeadsTo:        encodedLeads(m.LeadsTo),
		Fair:           m.Fair,
		Within:         decoding(m.Within),
		Canonical:      encoding(m.Canonical),
		View:           encoding(m.View),
		Actor:          m.Actor,
		Distance:       decoding(m.Distance),
		Hash:           decoding(m.Hash),
		Clauses:        m.Clauses,
		Clause:         m.Clause,
		MayStayIdle:    m.MayStayIdle,
		FormatState:    decoding(m.FormatState),
		FormatAction:   decodingStep(m.FormatAction),
		FormatChange:   func(before, after Code[T]) string { return m.formatChange(before.Decode(), after.Decode()) },
	}
	for _, s := range m.Init {
		code, err := encode(s)
		if err != nil {
			return Model[Code[T], A]{}, m.errorf("%w", err)
		}
		e.Init = append(e.Init, code)
	}
	if local := m.Local; local != nil {
		e.Local = func(c Code[T], actor int) bool { return local(c.Decode(), actor) }
	}
	return e, nil
}

func encodedNext[T, A any](next func(T, func(A, T))) func(Code[T], func(A, Code[T])) {
	if next == nil {
		return nil
	}
	return func(c Code[T], emit func(A, Code[T])) {
		next(c.Decode(), func(a A, s T) { emit(a, Encode(s)) })
	}
}

func encodedProperties[T any](properties []Property[T]) []Property[Code[T]] {
	var encoded []Property[Code[T]]
	for _, p := range properties {
		encoded = append(encoded, Property[Code[T]]{Name: p.Name, Doc: p.Doc, Source: p.Source, Holds: decoding(p.Holds)})
	}
	return encoded
}

func encodedLeads[T any](leads []LeadsTo[T]) []LeadsTo[Code[T]] {
	var encoded []LeadsTo[Code[T]]
	for _, l := range leads {
		encoded = append(encoded, LeadsTo[Code[T]]{
			Name: l.Name, Doc: l.Doc, Source: l.Source, From: decoding(l.From), To: decoding(l.To),
		})
	}
	return encoded
}

func encodedSteps[T, A any](properties []StepProperty[T, A]) []StepProperty[Code[T], A] {
	var encoded []StepProperty[Code[T], A]
	for _, p := range properties {
		encoded = append(encoded, StepProperty[Code[T], A]{Name: p.Name, Doc: p.Doc, Source: p.Source, Holds: decodingStep(p.Holds)})
	}
	return encoded
}

// decoding makes a function of states one of codes.
func decoding[T, R any](f func(T) R) func(Code[T]) R {
	if f == nil {
		return nil
	}
	return func(c Code[T]) R { return f(c.Decode()) }
}

// encoding does so for a function that gives a state.
func encoding[T any](f func(T) T) func(Code[T]) Code[T] {
	if f == nil {
		return nil
	}
	return func(c Code[T]) Code[T] { return Encode(f(c.Decode())) }
}

// decodingStep does so for a function of a step.
func decodingStep[T, A, R any](f func(T, A, T) R) func(Code[T], A, Code[T]) R {
	if f == nil {
		return nil
	}
	return func(before Code[T], a A, after Code[T]) R { return f(before.Decode(), a, after.Decode()) }
}
