package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec/consensus"
)

// checkDirectory says what cannot go to a directory, and why.
func (f *checkFlags) checkDirectory(entries []model) error {
	single := f.model != "" || f.given["validators"] || f.given["byzantine"] || f.given["rounds"]
	switch {
	case f.resume && f.dir == "":
		return errors.New("--resume wants the --dir in which the search was saved")
	case f.given["save-every"] && f.dir == "":
		return errors.New("--save-every wants the --dir in which to save")
	case f.saveEvery <= 0 && f.dir != "":
		return fmt.Errorf("--save-every %v, want a time such as 10m", f.saveEvery)
	case f.dir == "":
		return nil
	case !single:
		return errors.New("--dir is for one --model or for a size: the standard sets are many short searches, which are soon repeated")
	case f.exact:
		return errors.New("--dir does not go with --exact: what is compared would be forgotten")
	}
	for _, m := range entries {
		if reason := unsaved(m); reason != "" {
			return fmt.Errorf("--dir does not go with %s: %s", m.about().name, reason)
		}
	}
	return nil
}

// unsaved says why a search of a model cannot be saved; "" if it can.
func unsaved(m model) string {
	switch m := m.(type) {
	case soup:
		if m.Exact {
			return "it holds two models against each other, and what was compared would be forgotten"
		}
	case divided:
		if m.Exact {
			return "it holds two models against each other, and what was compared would be forgotten"
		}
	case inquired:
		return "an inquiry keeps more than its states"
	}
	return ""
}

// checkFingerprints says how states are told apart.
func (f *checkFlags) checkFingerprints(entries []model) error {
	if f.fingerprints != 0 && f.fingerprints != 64 && f.fingerprints != 128 {
		return fmt.Errorf("--fingerprints %d, want 64 or 128; without it states are kept in full", f.fingerprints)
	}
	if f.fingerprints == 0 {
		return nil
	}
	for _, m := range entries {
		soup, s := m.(soup)
		divided, d := m.(divided)
		if s && soup.Exact || d && divided.Exact {
			return fmt.Errorf("--fingerprints does not go with %s: what is exact keeps its states in full", m.about().name)
		}
	}
	return nil
}

func (f *checkFlags) visited() modelcheck.Visited {
	switch f.fingerprints {
	case 64:
		return modelcheck.Fingerprint64
	case 128:
		return modelcheck.Fingerprint128
	}
	return modelcheck.Exact
}

// recordName is the file that says of which check a directory is.
const recordName = "check"

// record says what has to be the same when a check goes on: what is checked, and the
// rules.
func (f *checkFlags) record() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "model %q, dialect %s, %d validators, %d Byzantine, %d rounds, rotation %q, plain %t, fingerprints %d\n",
		f.model, f.dialect, f.validators, f.byzantine, f.rounds, f.rotation, f.plain, f.fingerprints)
	for _, d := range consensus.Dialects {
		fmt.Fprintf(&b, "%s %s\n", d.Name, d.Table.Digest())
	}
	return []byte(b.String())
}

// openDirectory makes the directory of a check, or requires that it is of this one.
func (f *checkFlags) openDirectory() error {
	if f.dir == "" {
		return nil
	}
	name := filepath.Join(f.dir, recordName)
	was, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.resume:
		return fmt.Errorf("there is nothing to resume in %s", f.dir)
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(f.dir, 0o777); err != nil {
			return err
		}
		return writeFile(name, f.record())
	case err != nil:
		return err
	case !f.resume:
		return fmt.Errorf("%s has a check that was not finished: go on with --resume, or remove it", f.dir)
	case string(was) != string(f.record()):
		return fmt.Errorf("%s is of another check, or of other rules: it was\n%s", f.dir, was)
	}
	return nil
}

// saved makes the search of the model at a place go to its part of the directory. A
// model that was not begun is searched from its start.
func (f *checkFlags) saved(o *modelcheck.Options, place int) {
	if f.dir == "" {
		return
	}
	o.Directory = filepath.Join(f.dir, strconv.Itoa(place+1))
	o.CheckpointEvery = f.saveEvery
	o.Resume = hasCheckpoint(o.Directory)
}

func hasCheckpoint(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "checkpoint.json"))
	return err == nil
}

// closeDirectory removes the directory of a finished check, and says of another one
// how to go on.
func (c *checker) closeDirectory() {
	dir := c.flags.dir
	unfinished := slices.ContainsFunc(c.outcomes, func(o finding) bool { return !o.finished() })
	switch {
	case dir == "":
	case len(c.outcomes) == len(c.entries) && !unfinished:
		_ = os.Remove(filepath.Join(dir, recordName))
		_ = os.Remove(dir) // if nothing else is in it
	default:
		fmt.Fprintf(c.stderr, "polka check: saved in %s; give the same flags and --resume to go on\n", dir)
	}
}
