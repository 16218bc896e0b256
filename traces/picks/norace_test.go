//go:build !race

package picks_test

// large says whether judging all logs for every mutant of the rules is worth
// its time: under the race detector, where nothing is concurrent, it is not.
const large = true
