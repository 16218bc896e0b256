// Package gen turns compiled rules into files: the Go table that an
// implementation runs on, pages that people read, and modules of TLA+ that TLC
// explores.
//
// [Generator.Files] is a function of the tables it is given: the same rules give
// the same bytes. It refuses tables that break a law of [spec.Table.Validate].
// The logic of an implementation is not generated: a hand-written driver looks
// up the generated table and carries out the effects that it names, so what is
// here stays data.
//
// What a clause says in TLA+ is put together from what its observables and
// effects say (tla_consensus.go, each of them once); tla_guard.go and
// tla_action.go do that, tla_claims.go has the properties. The clauses of CometBFT,
// which are cases of functions, go another way: tla_node.go, with its own words,
// text and properties beside it.
//
// [Write] puts files in place one by one, each whole or not at all, and
// [Compare] says how a folder differs from them, files that were generated once
// and no longer are included.
package gen
