//go:build !race

package main

// large says whether instances of more than a few thousand states are worth
// their time: under the race detector they are not.
const large = true
