//go:build !race

package gossip_test

// large says whether instances of more than a few thousand states are worth
// their time: under the race detector they are not.
const large = true
