package tlacheck

import (
	"fmt"
	"strings"
	"unicode"
)

// A token is a name, a number, a quoted text or a symbol, and where it stands.
type token struct {
	text      string // of a quoted text with the quotation marks; "" at the end
	line, col int    // from 1; columns count characters
}

// isName reports whether the token is a name and no keyword.
func (t token) isName() bool {
	return t.text != "" && (unicode.IsLetter(rune(t.text[0])) || t.text[0] == '_') && !keywords[t.text]
}

var keywords = map[string]bool{
	"IF": true, "THEN": true, "ELSE": true, "CASE": true, "LET": true, "IN": true, "EXCEPT": true,
	"SUBSET": true, "UNION": true, "UNCHANGED": true, "ENABLED": true, "MODULE": true, "EXTENDS": true, "CONSTANTS": true,
	"VARIABLES": true, "ASSUME": true, "TRUE": true, "FALSE": true,
	"SPECIFICATION": true, "INVARIANTS": true, "CHECK_DEADLOCK": true,
}

// symbols, the longer ones first.
var symbols = []string{
	`\subseteq`, `\notin`, `\cup`, `\cap`, `|->`, `\in`, `\X`, `\A`, `\E`, `/\`, `\/`, `==`, `=>`, `<=`, `>=`, `<<`, `>>`, `<-`, `->`,
	`..`, `[]`, `\`, `=`, `#`, `<`, `>`, `~`, `+`, `-`, `*`, `(`, `)`, `[`, `]`, `{`, `}`, `,`, `:`, `.`, `'`, `!`,
}

// lex splits a text. Lines of hyphens are left out, comments too.
func lex(name, text string) ([]token, error) {
	var tokens []token
	for i, line := range strings.Split(text, "\n") {
		runes := []rune(line)
		for at := 0; at < len(runes); {
			rest := string(runes[at:])
			width := 0
			switch r := runes[at]; {
			case r == ' ':
				at++
				continue
			case strings.HasPrefix(rest, `\*`):
				at = len(runes)
				continue
			case strings.HasPrefix(rest, "----"):
				at += len(rest) - len(strings.TrimLeft(rest, "-"))
				continue
			case strings.HasPrefix(rest, "===="):
				at = len(runes)
				continue
			case r == '"':
				end := strings.IndexByte(rest[1:], '"')
				if end < 0 {
					return nil, fmt.Errorf("%s:%d: a text without an end", name, i+1)
				}
				width = end + 2
			case unicode.IsDigit(r):
				width = len(rest) - len(strings.TrimLeft(rest, "0123456789"))
			case unicode.IsLetter(r) || r == '_':
				width = len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool {
					return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
				}))
			default:
				for _, s := range symbols {
					if strings.HasPrefix(rest, s) {
						width = len(s)
						break
					}
				}
			}
			if width == 0 {
				return nil, fmt.Errorf("%s:%d:%d: %q is not known", name, i+1, at+1, rest)
			}
			tokens = append(tokens, token{rest[:width], i + 1, at + 1})
			at += len([]rune(rest[:width]))
		}
	}
	return append(tokens, token{"", len(text), 0}), nil
}
