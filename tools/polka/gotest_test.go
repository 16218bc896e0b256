package main

import (
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGoTest compiles and runs what is written, of each model that is quickly
// searched: it passes, and fails if the run is changed.
func TestGoTest(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it compiles a test")
	}
	dir := t.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	put := func(name, text string) {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		overlay.Replace[filepath.Join(root, "modelcheck", "overlaid", name)] = file
	}
	var soup string
	for model, test := range map[string]string{
		"too-many":            "func TestAgreementOnPaperN4F2B(t *testing.T) {",
		"framed-01":           "func TestNoFramingOnPaperN4F201MutantANewValueIsPrevotedAgainstTheLock(t *testing.T) {",
		"terminates-b-from-0": "func TestEveryoneDecidesInTimeOnPaperN4F1B(t *testing.T) {",
		"v038-disagreement":   "func TestAgreementOnCometbftV038N4F201(t *testing.T) {",
	} {
		file := filepath.Join(t.TempDir(), "run_test.go")
		status, _, stderr := run(t, t.Context(), "check", "--model", model, "--go-test", file)
		require.Equal(t, exitHolds, status, stderr)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		formatted, err := format.Source(text)
		require.NoError(t, err)
		require.Equal(t, string(formatted), string(text))
		require.Regexp(t, `^// Code generated .* DO NOT EDIT\.\n\npackage counterexample_test\n`, string(text))
		require.Contains(t, string(text), test)
		put(model+"_test.go", string(text))
		if model == "too-many" {
			soup = string(text)
		}
	}
	changed := strings.Replace(soup, `{"step":2,"actor":"p0"`, `{"step":2,"actor":"p1"`, 1)
	require.NotEqual(t, soup, changed)
	put("changed_test.go", strings.ReplaceAll(changed, "TestAgreement", "TestChanged"))

	file := filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	binary := filepath.Join(dir, "overlaid.test")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-o", binary, "-overlay", file, "./modelcheck/overlaid")
	cmd.Dir = root // the module's
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.CommandContext(t.Context(), binary, "-test.v").CombinedOutput()
	require.Error(t, err, "one of them fails")
	require.Equal(t, 4, strings.Count(string(out), "--- PASS: Test"), string(out))
	require.Equal(t, 1, strings.Count(string(out), "--- FAIL: Test"), string(out))
	require.Contains(t, string(out), "--- FAIL: TestChangedOnPaperN4F2B")
	require.Contains(t, string(out), "refuted in step 2: the rules allow no such step here")
}

func TestGoTestPackage(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "run_test.go")
	require.Equal(t, "counterexample_test", packageBeside(name))
	require.NoError(t, os.WriteFile(name, []byte("package old_test\n"), 0o600))
	require.Equal(t, "counterexample_test", packageBeside(name), "the file is written anew")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package chain\n"), 0o600))
	require.Equal(t, "chain_test", packageBeside(name))

	require.Equal(t, "`a\nb`", literal("a\nb"))
	require.Equal(t, "\"a`\\nb\"", literal("a`\nb"))
	status, _, stderr := run(t, t.Context(), "check", "--model", "one-round", "--go-test", name)
	require.Equal(t, exitHolds, status)
	require.Contains(t, stderr, "there is no counterexample to write to ")
}
