package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

func TestProgressLine(t *testing.T) {
	p := modelcheck.Progress{States: 4000, Transitions: 9000, Depth: 7, Frontier: 500, Waiting: 1000, Bytes: 5 << 20, Elapsed: 30 * time.Second}
	const words = "4000 states, 9000 transitions, depth 7, 1000 waiting, 133 states/s, 5 MiB, 30s, at least 10s left"
	require.Equal(t, words, progressLine("", p))
	require.Equal(t, "0 states, 0 transitions, depth 0, 0 waiting, 0 MiB, 0s", progressLine("", modelcheck.Progress{}))

	var out bytes.Buffer
	line := &teller{out: &out, of: "one-round, 2 of 3"}
	line.tell(p)
	line.clear()
	require.Equal(t, "one-round, 2 of 3: "+words+"\n", out.String())

	out.Reset()
	place := &teller{out: &out, terminal: true}
	place.clear()
	require.Empty(t, out.String(), "there is no line yet")
	place.tell(p)
	place.clear()
	place.clear()
	require.Equal(t, "\r\x1b[K\x1b[?7l"+words+"\x1b[?7h\r\x1b[K", out.String())

	var none *teller
	none.begin("nothing")
	none.clear()
	var o modelcheck.Options
	none.watch(&o)
	require.Nil(t, o.Progress)
}

// TestTeller: on a terminal twice a second, elsewhere if asked and then every ten
// seconds.
func TestTeller(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer file.Close()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer device.Close()

	require.Nil(t, newTeller(io.Discard, false))
	require.Nil(t, newTeller(file, false))
	for _, w := range []io.Writer{io.Discard, file} {
		asked := newTeller(w, true)
		require.False(t, asked.terminal)
		require.Equal(t, 10*time.Second, asked.every)
	}
	for _, asked := range []bool{false, true} {
		on := newTeller(device, asked)
		require.True(t, on.terminal, "a device of characters")
		require.Equal(t, 500*time.Millisecond, on.every)
	}
}

// TestProgressOfACheck: the line names the model and its place among all.
func TestProgressOfACheck(t *testing.T) {
	var told bytes.Buffer
	c := checker{stdout: io.Discard, stderr: io.Discard, teller: &teller{out: &told, every: 1}}
	var entries []model
	for _, name := range []string{"too-many", "one-round"} {
		m, ok := modelNamed(name)
		require.True(t, ok)
		entries = append(entries, m)
	}
	require.Equal(t, exitHolds, c.run(t.Context(), entries))
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	require.Regexp(t, `^too-many, 1 of 2: 1 states, 0 transitions, depth 0, 1 waiting, `, lines[0])
	require.Regexp(t, `^one-round, 2 of 2: \d+ states, \d+ transitions, depth \d+, \d+ waiting, \d+ states/s, 0 MiB, 0s`, lines[len(lines)-1])
}
