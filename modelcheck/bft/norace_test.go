//go:build !race

package bft

// Large says whether instances of more than a few thousand states are worth
// their time: under the race detector they are not.
const Large = true
