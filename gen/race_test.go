//go:build race

package gen_test

// large says whether models of more than a few thousand states are worth their
// time: under the race detector they are not.
const large = false
