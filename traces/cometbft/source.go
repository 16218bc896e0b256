package cometbft

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// source is the files of one log, oldest first.
type source struct {
	files     []walFile
	irregular []Irregularity
	// cleanup releases what the files share; it may be nil.
	cleanup func() error
}

// walFile is one file of a log. Files are opened in order, one at a time.
type walFile struct {
	name string
	open func() (io.ReadCloser, error)
}

func (s *source) close() error {
	if s.cleanup == nil {
		return nil
	}
	cleanup := s.cleanup
	s.cleanup = nil
	return cleanup()
}

// headName is the file that CometBFT appends to.
const headName = "wal"

// headNumber sorts the head after every numbered file.
const headNumber = int64(1) << 62

// fileNumber gives the place of a file in its log; ok is false for a file that
// is none of a log's. Rotated files are wal.000, wal.001, …: three digits or more.
func fileNumber(name string) (number int64, ok bool) {
	if name == headName {
		return headNumber, true
	}
	digits, found := strings.CutPrefix(name, headName+".")
	if !found || len(digits) < 3 || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, err == nil
}

// order sorts the names of a log's files and says what is odd about them.
func order(names []string) (sorted []string, odd []Irregularity) {
	for _, name := range names {
		if _, ok := fileNumber(name); ok {
			sorted = append(sorted, name)
		} else if name == headName+".CORRUPTED" {
			odd = append(odd, Irregularity{name, "CometBFT repaired this log and kept the damaged head here; it is not read"})
		}
	}
	number := func(i int) int64 { n, _ := fileNumber(sorted[i]); return n }
	sort.SliceStable(sorted, func(i, j int) bool { return number(i) < number(j) })
	for i := 1; i < len(sorted); i++ {
		before, n := number(i-1), number(i)
		switch {
		case n == before:
			odd = append(odd, Irregularity{sorted[i], "there is a second file of this number"})
		case n != headNumber && n != before+1:
			odd = append(odd, Irregularity{sorted[i], fmt.Sprintf("%d files are missing between it and %s", n-before-1, sorted[i-1])})
		}
	}
	if len(sorted) > 0 && sorted[len(sorted)-1] != headName {
		odd = append(odd, Irregularity{headName, "the head is missing: the newest records are not there"})
	}
	return sorted, odd
}

// homes are the places of a log in a folder that is not one itself.
var homes = []string{
	filepath.Join("data", "cs.wal"),
	"cs.wal",
	"cs.wal.tar.zst",
	"cs.wal.tar",
	filepath.Join("data", "cs.wal.tar.zst"),
	filepath.Join("data", "cs.wal.tar"),
}

// findSource finds the files of the log at path.
func findSource(path string) (*source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return fileSource(path)
	}
	src, err := folderSource(path)
	if err != nil || src != nil {
		return src, err
	}
	for _, home := range homes {
		inside := filepath.Join(path, home)
		info, err := os.Stat(inside)
		switch {
		case err != nil:
			continue
		case !info.IsDir():
			return fileSource(inside)
		}
		if src, err := folderSource(inside); err != nil || src != nil {
			return src, err
		}
	}
	return nil, fmt.Errorf("%w: the folder has no file wal or wal.000, and no data/cs.wal or cs.wal", ErrNotWAL)
}

// folderSource gives the files of a log that lie in dir, or nil if none does.
func folderSource(dir string) (*source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0 {
			names = append(names, e.Name())
		}
	}
	sorted, odd := order(names)
	if len(sorted) == 0 {
		return nil, nil
	}
	src := &source{irregular: odd}
	for _, name := range sorted {
		src.files = append(src.files, walFile{name, func() (io.ReadCloser, error) {
			return os.Open(filepath.Join(dir, name))
		}})
	}
	return src, nil
}

// fileSource gives the log in a file: a pack, or one file of a log.
func fileSource(path string) (*source, error) {
	kind, err := packing(path)
	if err != nil {
		return nil, err
	}
	if kind.tar {
		return tarSource(path, kind)
	}
	name := filepath.Base(path)
	if kind.zstd {
		name = strings.TrimSuffix(name, ".zst")
	}
	return &source{files: []walFile{{name, func() (io.ReadCloser, error) {
		return openPacked(path, kind)
	}}}}, nil
}

// pack says how a file is packed.
type pack struct{ zstd, tar bool }

var (
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	tarMagic  = []byte("ustar")
)

// tarMagicOffset is where tarMagic stands in the first header of an archive.
const tarMagicOffset = 257

// packing looks at the first bytes of a file, and of what is packed in it.
func packing(path string) (pack, error) {
	var kind pack
	head, err := firstBytes(path, kind)
	if err != nil {
		return kind, err
	}
	if kind.zstd = bytes.HasPrefix(head, zstdMagic); kind.zstd {
		if head, err = firstBytes(path, kind); err != nil {
			return kind, err
		}
	}
	kind.tar = len(head) > tarMagicOffset && bytes.HasPrefix(head[tarMagicOffset:], tarMagic)
	return kind, nil
}

// firstBytes gives up to one tar header of a file, unpacked as kind says.
func firstBytes(path string, kind pack) ([]byte, error) {
	r, err := openPacked(path, kind)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, tarBlock)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}
