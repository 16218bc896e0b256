// Package spec is the rule language of polka. It knows no protocol.
//
// A protocol is written down as [Rules]: a list of [Clause] values that spell
// its pseudo-code. A clause is data. Its guard is a conjunction of [Phrase]
// values, each of which binds the words of the paper to conditions of the form
// "observable ∈ set"; its effects are named constants. Nothing in a clause is a
// closure, so one loop can interpret it, compare it, draw it, mutate it, or turn
// it into code.
//
// What a guard is asked about is a [Binding]: the free variables of the clause
// ("for some v and vr") together with the observables that describe one choice
// of them. An [Observation] is one point of a binding's finite space.
//
// [Compile] splits every clause into branches ([Rule]), turns their guards into
// disjoint cubes, and fills two dense tables per binding, because an algorithm
// on paper is not deterministic:
//
//   - [Table.Enabled] is the set of rules that may fire. The model checker
//     explores all of it and the trace judge accepts all of it.
//   - [Table.Next] is the one rule that an implementation fires, or [Wait].
//     It follows a priority that is written down with a reason per entry.
//
// Compile refuses rules that break a law; the laws are listed at [Table.Validate].
package spec
