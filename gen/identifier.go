package gen

import (
	"strings"
	"unicode"
)

// Identifier makes a name of words, without what is neither letter nor digit, such as
// that of a dialect's module: "cometbft-v0.38" makes CometbftV038.
func Identifier(words string) string {
	var b strings.Builder
	up := true
	for _, r := range words {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
