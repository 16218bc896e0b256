//go:build race

package consensus_test

// large says whether searches of many mutants are worth
// their time: under the race detector they are not.
const large = false
