//go:build race

package cometbft_test

// large says whether checks of every signature that was recorded are worth
// their time: under the race detector they are not.
const large = false
