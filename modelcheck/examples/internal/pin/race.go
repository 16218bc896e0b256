//go:build race

package pin

const race = true
