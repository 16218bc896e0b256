package counterexample_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/counterexample"
)

func TestWrap(t *testing.T) {
	var b strings.Builder
	counterexample.Wrap(&b, "−1 ", "", strings.Repeat("twelve chars ", 7))
	counterexample.Wrap(&b, "head ", "  ", strings.Repeat("x", 90)+" y")
	counterexample.Wrap(&b, "  nothing  ", "", "")
	require.Equal(t, "−1 twelve chars twelve chars twelve chars twelve chars twelve chars twelve chars\n"+
		"   twelve chars\nhead "+strings.Repeat("x", 90)+"\n  y\n  nothing\n", b.String())
}

func TestBegin(t *testing.T) {
	var b strings.Builder
	counterexample.Property{Name: "agreement", Doc: "no two decide differently", Source: "the paper"}.Begin(&b, 6, "n4")
	require.Equal(t, "agreement is violated after 6 steps on n4\n  no two decide differently\n  (the paper)\n", b.String())
}
