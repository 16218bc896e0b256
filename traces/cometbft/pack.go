package cometbft

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const (
	tarBlock = 512 // bytes of a tar header
	// maxWindow bounds the memory that a compressed file may ask for, in bytes:
	// what zstd --ultra -22 needs.
	maxWindow = 128 << 20
)

// packed is an open file and the decompressor over it, if any.
type packed struct {
	io.Reader
	file *os.File
	zstd *zstd.Decoder
}

// openPacked opens a file and unpacks its compression, but no archive.
func openPacked(name string, kind pack) (*packed, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if !kind.zstd {
		return &packed{Reader: f, file: f}, nil
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("unpack: %w", err), f.Close())
	}
	return &packed{Reader: z, file: f, zstd: z}, nil
}

// Close closes the decompressor and the file.
func (p *packed) Close() error {
	if p.zstd != nil {
		p.zstd.Close()
	}
	return p.file.Close()
}

// tarSource gives the log in a tar archive. It streams the archive if the
// members are in the order of the log, and spools them to a file if not.
func tarSource(name string, kind pack) (*source, error) {
	members, err := tarMembers(name, kind)
	if err != nil {
		return nil, err
	}
	sorted, odd := order(members)
	if len(sorted) == 0 {
		return nil, fmt.Errorf("%w: the archive has no member wal or wal.000", ErrNotWAL)
	}
	src := &source{irregular: odd}
	inOrder := slices.DeleteFunc(members, func(m string) bool { return !slices.Contains(sorted, m) })
	if slices.Equal(inOrder, sorted) {
		err = src.stream(name, kind, sorted)
	} else {
		err = src.spool(name, kind, sorted)
	}
	if err != nil {
		return nil, errors.Join(err, src.close())
	}
	return src, nil
}

// tarMembers gives the base names of the plain files in an archive that lie
// where its log lies, in the order of the archive. It refuses an archive with
// more than one log.
func tarMembers(name string, kind pack) (names []string, err error) {
	p, err := openPacked(name, kind)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	folder, found := "", false
	for archive := tar.NewReader(p); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the archive (is it whole?): %w", err)
		}
		dir, base := path.Split(path.Clean(h.Name))
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if _, ok := fileNumber(base); ok {
			if found && dir != folder {
				return nil, fmt.Errorf("the archive holds several logs, in %q and %q: unpack it and open one", folder, dir)
			}
			if slices.Contains(names, base) {
				return nil, fmt.Errorf("the archive holds two files %s: unpack it and open the right one", h.Name)
			}
			folder, found = dir, true
		}
		names = append(names, base)
	}
}

// nextMember moves to the next plain file of a log's name; io.EOF if none is left.
func nextMember(archive *tar.Reader) (base string, err error) {
	for {
		h, err := archive.Next()
		if err != nil {
			return "", err
		}
		base := path.Base(path.Clean(h.Name))
		if _, ok := fileNumber(base); ok && h.Typeflag == tar.TypeReg {
			return base, nil
		}
	}
}

// stream makes the files of s the members of an archive, which is read once.
func (s *source) stream(name string, kind pack, sorted []string) error {
	p, err := openPacked(name, kind)
	if err != nil {
		return err
	}
	s.cleanup = p.Close
	archive := tar.NewReader(p)
	for _, member := range sorted {
		s.files = append(s.files, walFile{member, func() (io.ReadCloser, error) {
			base, err := nextMember(archive)
			if err != nil {
				return nil, fmt.Errorf("read the archive: %w", err)
			}
			if base != member {
				return nil, fmt.Errorf("the archive changed: %s stands where %s was", base, member)
			}
			return io.NopCloser(archive), nil
		}})
	}
	return nil
}

// spool copies the files of a log from an archive to one temporary file.
func (s *source) spool(name string, kind pack, sorted []string) error {
	p, err := openPacked(name, kind)
	if err != nil {
		return err
	}
	defer p.Close()
	f, err := os.CreateTemp("", "polka-wal-*")
	if err != nil {
		return fmt.Errorf("spool the archive: %w", err)
	}
	s.cleanup = func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	sections := map[string]*io.SectionReader{}
	offset := int64(0)
	for archive := tar.NewReader(p); ; {
		base, err := nextMember(archive)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		n, err := io.Copy(f, archive)
		if err != nil {
			return fmt.Errorf("spool %s: %w", base, err)
		}
		sections[base] = io.NewSectionReader(f, offset, n)
		offset += n
	}
	for _, member := range sorted {
		section, ok := sections[member]
		if !ok {
			return fmt.Errorf("the archive changed: %s is gone", member)
		}
		s.files = append(s.files, walFile{member, func() (io.ReadCloser, error) { return io.NopCloser(section), nil }})
	}
	return nil
}
