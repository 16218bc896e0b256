//go:build !race

package quotient

// Large says whether instances of more than a few thousand states are worth
// their time: under the race detector they are not.
const Large = true
