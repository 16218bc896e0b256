// Package tlacheck reads the part of TLA+ that gen writes and explores it, so
// that tests can count the states of a module where there is no TLC. It is used
// by tests only.
//
// What it does not know it refuses: an operator, a kind of definition, a
// comparison of things of different kinds, a name that is defined twice. Where
// it accepts a module it means what TLA+ means by it; the counts that TLC gives
// for the same modules were the same.
package tlacheck
