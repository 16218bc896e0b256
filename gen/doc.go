// Package gen turns compiled rules into files: the Go table that an
// implementation runs on, and pages that people read.
//
// [Generator.Files] is a function of the tables it is given: the same rules give
// the same bytes. It refuses tables that break a law of [spec.Table.Validate].
// The logic of an implementation is not generated: a hand-written driver looks
// up the generated table and carries out the effects that it names, so what is
// here stays data.
//
// [Write] puts files in place one by one, each whole or not at all, and
// [Compare] says how a folder differs from them, files that were generated once
// and no longer are included.
package gen
