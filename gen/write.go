package gen

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Comparison says how a folder differs from generated files. Paths are
// relative to the folder, with slashes, in ascending order.
type Comparison struct {
	Stale   []string // there, with other content
	Missing []string // not there
	Orphans []string // there, with a header of ours, but not generated
}

// UpToDate reports whether there is no difference.
func (c Comparison) UpToDate() bool {
	return len(c.Stale)+len(c.Missing)+len(c.Orphans) == 0
}

// In is the part of the comparison that is about files below a folder; "" is
// the root.
func (c Comparison) In(folder string) Comparison {
	below := func(paths []string) []string {
		return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !Below(p, folder) })
	}
	return Comparison{below(c.Stale), below(c.Missing), below(c.Orphans)}
}

// Below reports whether a path is below a folder; everything is below "".
func Below(path, folder string) bool { return folder == "" || strings.HasPrefix(path, folder+"/") }

// Compare says how the folder dir, the root of the module, differs from files.
// It looks for orphans everywhere but in hidden folders and in testdata.
func Compare(dir string, files []File) (Comparison, error) {
	var c Comparison
	generated := map[string]bool{}
	for _, f := range files {
		generated[f.Path] = true
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.Missing = append(c.Missing, f.Path)
		case err != nil:
			return c, err
		case !bytes.Equal(have, f.Content):
			c.Stale = append(c.Stale, f.Path)
		}
	}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || generated[path] {
			return nil
		}
		ours, err := hasMarker(root, path)
		if ours {
			c.Orphans = append(c.Orphans, path)
		}
		return err
	})
	slices.Sort(c.Stale)
	slices.Sort(c.Missing)
	slices.Sort(c.Orphans)
	return c, err
}

// comments lists how a header of ours begins: in Go, Markdown, TLA+ and TLC's
// configurations.
var comments = []string{"// ", "<!-- ", "\\* "}

// hasMarker reports whether the first line of a file is a header of ours. A file that is gone since it was listed has none.
func hasMarker(root fs.FS, path string) (bool, error) {
	f, err := root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len("<!-- ")+len(Marker))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	head = head[:n]
	return slices.ContainsFunc(comments, func(c string) bool { return bytes.HasPrefix(head, []byte(c+Marker)) }), nil
}

// Write puts the files into the folder dir, the root of the module. A file that
// is up to date is left alone; any other is replaced in one step, so that a
// reader, or a crash, never meets half a file. It returns the paths it wrote.
func Write(dir string, files []File) ([]string, error) {
	var written []string
	for _, f := range files {
		target := filepath.Join(dir, filepath.FromSlash(f.Path))
		if have, err := os.ReadFile(target); err == nil && bytes.Equal(have, f.Content) {
			continue
		}
		if err := replace(target, f.Content); err != nil {
			return written, err
		}
		written = append(written, f.Path)
	}
	return written, nil
}

// replace writes a temporary file beside the target and renames it.
func replace(target string, content []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), ".polka-generate-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), target)
}
