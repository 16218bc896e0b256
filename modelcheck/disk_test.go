package modelcheck_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// little is memory that the first few thousand states outgrow.
const little = 240_000

var everyVisited = []modelcheck.Visited{modelcheck.Exact, modelcheck.Fingerprint64, modelcheck.Fingerprint128}

// A search that goes to disk finds what the naive one does, with paths as short.
func TestOnDisk(t *testing.T) {
	wentThere := 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		want := g.search()
		path := want.path
		want.path = nil
		dir, err := os.MkdirTemp("", "polka")
		require.NoError(t, err)
		defer func() { require.NoError(t, os.RemoveAll(dir)) }()
		visited := rapid.SampledFrom(everyVisited).Draw(t, "visited")
		viewed := g.coloured()
		viewed.View = plainly
		m := rapid.SampledFrom([]modelcheck.Model[graphState, int]{g.model, viewed}).Draw(t, "model")
		for _, workers := range []int{1, 3} {
			o := modelcheck.Options{Workers: workers, KeepGoing: true, Visited: visited, Memory: little, Directory: filepath.Join(dir, "search")}
			r, err := modelcheck.Check(context.Background(), m, o)
			require.NoError(t, err)
			require.Equal(t, want, summarize(&r))
			if r.OnDisk {
				wentThere++
			}
			require.Equal(t, len(path) > 0, len(r.Violations) > 0)
			for _, v := range r.Violations {
				replay(t, m, v.Path)
				require.Len(t, path, v.Path.Len()+1)
				require.True(t, g.bad[v.Path.Last().node()])
			}
			require.NoDirExists(t, o.Directory, "nothing is left")

			o.KeepGoing = false
			early, err := modelcheck.Check(context.Background(), m, o)
			require.NoError(t, err)
			require.Equal(t, len(r.Violations), len(early.Violations))
		}
	})
	if !testing.Short() { // which draws few
		assert.Positive(t, wentThere)
	}
}

// All kinds of properties, on disk as in memory.
func TestPropertiesOnDisk(t *testing.T) {
	m := twoPhaseModel(6)
	m.Always = append(m.Always, modelcheck.Property[twoPhase]{Name: "never all committed", Holds: func(s twoPhase) bool { return !s.all(6, committed) }})
	m.AlwaysSteps = []modelcheck.StepProperty[twoPhase, tpAction]{{
		Name: "no late abort", Holds: func(s twoPhase, a tpAction, _ twoPhase) bool {
			return a.clause != rmChooseToAbort || s[0]>>sent&0b1111 != 0b1111
		},
	}}
	m.SometimesSteps = []modelcheck.StepProperty[twoPhase, tpAction]{
		{Name: "a commit", Holds: func(_ twoPhase, a tpAction, _ twoPhase) bool { return a.clause == tmCommit }},
		{Name: "a miracle", Holds: func(twoPhase, tpAction, twoPhase) bool { return false }},
	}
	m.Sometimes = append(m.Sometimes, modelcheck.Property[twoPhase]{Name: "never", Holds: func(twoPhase) bool { return false }})
	next := m.Next
	m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) { // no step changes nothing
		next(s, func(a tpAction, to twoPhase) {
			if to != s {
				emit(a, to)
			}
		})
	}
	m.Final = []modelcheck.Property[twoPhase]{{Name: "nobody commits", Holds: func(s twoPhase) bool { return s.rm(0) != committed }}}
	inMemory := check(t, m, modelcheck.Options{KeepGoing: true, Witnesses: true})
	onDisk := check(t, m, modelcheck.Options{KeepGoing: true, Witnesses: true, Memory: 2 * little, Directory: t.TempDir()})
	require.True(t, onDisk.OnDisk)
	require.Len(t, inMemory.Violations, 3)
	requireSame(t, &inMemory, &onDisk)
}

// requireSame compares all of two reports but for which of the shortest paths
// they tell.
func requireSame[S comparable, A comparable](t *testing.T, a, b *modelcheck.Report[S, A]) {
	t.Helper()
	assert.Equal(t, a.Verdict(), b.Verdict())
	assert.Equal(t, a.States, b.States)
	assert.Equal(t, a.Transitions, b.Transitions)
	assert.Equal(t, a.Levels, b.Levels)
	assert.Equal(t, a.Deadlocks, b.Deadlocks)
	assert.Equal(t, a.OutDegree, b.OutDegree)
	assert.Equal(t, a.Coverage, b.Coverage)
	findings := func(found []modelcheck.Finding[S, A]) (told []string) {
		for _, f := range found {
			told = append(told, fmt.Sprintf("%s after %d", f.Property.Name, f.Path.Len()))
		}
		return told
	}
	assert.Equal(t, findings(a.Violations), findings(b.Violations))
	assert.Equal(t, findings(a.Witnesses), findings(b.Witnesses))
	require.Len(t, b.Unreached, len(a.Unreached))
	require.Len(t, b.UnreachedSteps, len(a.UnreachedSteps))
}

// A search that is interrupted again and again, and resumed, ends as one that was
// not.
func TestResume(t *testing.T) {
	for _, memory := range []int64{0, little} {
		for _, visited := range everyVisited {
			t.Run(fmt.Sprintf("memory=%d/%v", memory, visited), func(t *testing.T) {
				m := twoPhaseModel(6)
				m.Always = append(m.Always, modelcheck.Property[twoPhase]{Name: "never all committed", Holds: func(s twoPhase) bool { return !s.all(6, committed) }})
				o := modelcheck.Options{KeepGoing: true, Witnesses: true, Memory: memory, Visited: visited, Directory: filepath.Join(t.TempDir(), "search")}
				whole := check(t, m, o)
				assert.Equal(t, memory > 0, whole.OnDisk)
				next := m.Next
				for stop := 3_000; ; {
					ctx, cancel := context.WithCancel(t.Context())
					calls := 0
					m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) {
						if calls++; calls == stop {
							cancel()
						}
						next(s, emit)
					}
					o.Workers = 1
					r, err := modelcheck.Check(ctx, m, o)
					cancel()
					require.NoError(t, err)
					if r.Stopped != modelcheck.Cancelled {
						require.True(t, o.Resume, "it was interrupted")
						requireSame(t, &whole, &r)
						assert.Equal(t, whole.OnDisk, r.OnDisk)
						if !r.OnDisk {
							assert.Equal(t, whole.String(), r.String())
						}
						require.NoDirExists(t, o.Directory)
						return
					}
					require.FileExists(t, filepath.Join(o.Directory, "checkpoint.json"))
					o.Resume = true
					stop += 17_000
				}
			})
		}
	}
}

const killedDirectory = "POLKA_TEST_KILLED"

// TestKilled kills a search, which is this test in another process, several times,
// and resumes it.
func TestKilled(t *testing.T) {
	m, o := twoPhaseModel(7), modelcheck.Options{
		Memory: 1 << 20, CheckpointEvery: 5 * time.Millisecond, Directory: os.Getenv(killedDirectory),
	}
	if o.Directory != "" { // the one that is killed
		_, err := os.Stat(filepath.Join(o.Directory, "checkpoint.json"))
		o.Resume = err == nil
		r := check(t, m, o)
		require.True(t, r.Complete)
		fmt.Printf("found %d %d %d\n", r.States, r.Transitions, r.Depth())
		return
	}
	dir := filepath.Join(t.TempDir(), "search")
	run := func(limit time.Duration) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$", "-test.v")
		c.Env = append(os.Environ(), killedDirectory+"="+dir)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	killed := 0
	for limit := 150 * time.Millisecond; ; limit = limit * 3 / 2 {
		out, err := run(limit)
		if err == nil {
			assert.Contains(t, out, "found 296448 2744705 22\n")
			require.NoDirExists(t, dir)
			break
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, out)
		require.Equal(t, -1, exit.ExitCode(), "it was killed: %s", out)
		killed++
	}
	t.Logf("killed %d times", killed)
}

// What was saved by another search, or was changed since, is refused.
func TestResumeRefuses(t *testing.T) {
	save := func(t *testing.T, memory int64) modelcheck.Options {
		o := modelcheck.Options{Memory: memory, Directory: filepath.Join(t.TempDir(), "search")}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m := twoPhaseModel(6)
		next, calls := m.Next, 0
		m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) {
			if calls++; calls == 20_000 {
				cancel()
			}
			next(s, emit)
		}
		r, err := modelcheck.Check(ctx, m, modelcheck.Options{Workers: 1, Memory: o.Memory, Directory: o.Directory})
		require.NoError(t, err)
		require.Equal(t, modelcheck.Cancelled, r.Stopped)
		return o
	}
	t.Run("not asked", func(t *testing.T) {
		o := save(t, 0)
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(6), o)
		require.ErrorContains(t, err, "checkpoint.json is a search that was not finished: resume it, or remove the directory")
	})
	t.Run("nothing there", func(t *testing.T) {
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(6), modelcheck.Options{Resume: true, Directory: t.TempDir()})
		require.ErrorContains(t, err, "nothing to resume")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("no directory", func(t *testing.T) {
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(6), modelcheck.Options{Resume: true})
		require.ErrorContains(t, err, "Resume needs a Directory")
	})
	t.Run("another model", func(t *testing.T) {
		o := save(t, 0)
		o.Resume = true
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(5), o)
		require.ErrorContains(t, err, "is another search: its model is TwoPhase N=6, not TwoPhase N=5")
	})
	t.Run("other rules", func(t *testing.T) {
		for _, memory := range []int64{0, little} {
			o := save(t, memory)
			o.Resume = true
			m := twoPhaseModel(6)
			m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) { emit(tpAction{}, twoPhase{s[0] + 1<<60}) }
			_, err := modelcheck.Check(t.Context(), m, o)
			require.ErrorContains(t, err, "is a search of other rules")
		}
	})
	t.Run("told apart otherwise", func(t *testing.T) {
		o := save(t, 0)
		o.Resume, o.Visited = true, modelcheck.Fingerprint64
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(6), o)
		require.ErrorContains(t, err, "its bytes of a key is 8, not 4")
	})
	t.Run("cut", func(t *testing.T) {
		for _, memory := range []int64{0, little} {
			o := save(t, memory)
			o.Resume = true
			name := filepath.Join(o.Directory, "memory")
			if memory > 0 {
				name = filepath.Join(o.Directory, "depth-0009.3")
			}
			info, err := os.Stat(name)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(name, info.Size()-1))
			_, err = modelcheck.Check(t.Context(), twoPhaseModel(6), o)
			require.ErrorContains(t, err, "the directory of a search must be left as it is")
			require.ErrorContains(t, err, name)
		}
	})
	t.Run("no JSON", func(t *testing.T) {
		o := save(t, 0)
		o.Resume = true
		require.NoError(t, os.WriteFile(filepath.Join(o.Directory, "checkpoint.json"), []byte("{"), 0o600))
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(6), o)
		require.ErrorContains(t, err, "checkpoint.json: unexpected end of JSON input")
	})
}

// States that point elsewhere cannot go to disk, which is said before the search.
func TestStatesThatCannotGoToDisk(t *testing.T) {
	m := modelcheck.Model[string, int]{Name: "words", Init: []string{""}, Next: func(string, func(int, string)) {}}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Directory: t.TempDir()})
	require.ErrorContains(t, err, "its states, string, hold more than numbers and cannot go to disk")
}

func TestDirectoryThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := modelcheck.Check(t.Context(), twoPhaseModel(3), modelcheck.Options{Directory: filepath.Join(file, "search")})
	require.Error(t, err)
	var pathError *os.PathError
	require.True(t, errors.As(err, &pathError))
}
