// Package event is the record of a run: one [Header] that says whose log it is,
// then one [Event] for every input that a node's machine took, every rule that
// fired on it, every output and every decision, in that order.
//
// A log is a text file of JSON lines. [Writer] makes one, [Reader] reads one,
// both as a stream. Each line has exactly one spelling: fields in a fixed order,
// no blanks, nothing left out, nothing unknown. A reader therefore notices every
// line that a writer did not write, and says which byte is wrong.
//
// Events name things, they do not number them: a vote is "prevote", a rule is
// "L22If", a value is its hash in hexadecimal or "nil". A log outlives the
// numbering of the program that wrote it.
//
// The events that follow an input, up to the next input, are what the machine
// did with it. An [Event] of kind [Start], [Input] or [Restart] is an input.
package event
