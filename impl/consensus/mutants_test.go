package consensus

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

// recorded is the commands of all scripts, with what they are to print.
func recorded(t *testing.T) [][]datadriven.TestData {
	var files [][]datadriven.TestData
	require.NoError(t, filepath.WalkDir("testdata", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".txt" {
			return err
		}
		var commands []datadriven.TestData
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string {
			commands = append(commands, *d)
			return d.Expected
		})
		files = append(files, commands)
		return nil
	}))
	return files
}

// scriptsFail reports whether some script prints something else than recorded.
// A panic counts: the table is broken then.
func scriptsFail(files [][]datadriven.TestData) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	for _, commands := range files {
		s := &script{}
		for i := range commands {
			if s.run(&commands[i]) != commands[i].Expected {
				return true
			}
		}
	}
	return false
}

// TestScriptsKillMutants: a table that forgets a rule, or one effect of a rule,
// does not get past the scripts.
func TestScriptsKillMutants(t *testing.T) {
	files := recorded(t)
	require.False(t, scriptsFail(files), "the scripts hold without a mutation")
	mutants := 0
	for r := L14If; int(r) < len(ruleNames); r++ {
		t.Run(r.String(), func(t *testing.T) {
			savedNext, body := next, effects[r]
			defer func() { next, effects[r] = savedNext, body }()
			killed := func(name string) {
				t.Helper()
				mutants++
				if !scriptsFail(files) {
					t.Errorf("%s survives", name)
				}
			}
			for i := range next {
				if next[i] == r {
					next[i] = Wait
				}
			}
			killed(fmt.Sprintf("a table without %v", r))
			next = savedNext
			for i := range body {
				effects[r] = append(append([]op{}, body[:i]...), body[i+1:]...)
				killed(fmt.Sprintf("%v without %v", r, body[i]))
			}
		})
	}
	require.False(t, scriptsFail(files), "the table is whole again")
	t.Logf("%d mutants killed", mutants)
}
