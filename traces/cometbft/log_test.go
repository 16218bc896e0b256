package cometbft_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

// ends gives a file of a log that holds only the ends of the given heights.
func ends(t testing.TB, heights ...int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := cometbft.NewWriter(&b)
	for _, h := range heights {
		require.NoError(t, w.Write(&cometbft.Record{
			Time: time.Unix(1_700_000_000+h, 0).UTC(), Kind: cometbft.KindEndHeight, EndHeight: h,
		}))
	}
	return b.Bytes()
}

// write makes a file and the folders it is in.
func write(t testing.TB, content []byte, elem ...string) string {
	t.Helper()
	path := filepath.Join(elem...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}

// outcome is all that reading a log gave.
type outcome struct {
	heights   []int64 // of the EndHeight records
	last      cometbft.Record
	records   int
	err       error // of Open or Next, io.EOF included
	torn      cometbft.Torn
	isTorn    bool
	irregular []cometbft.Irregularity
}

func read(t testing.TB, path string) (o outcome) {
	t.Helper()
	l, err := cometbft.Open(path)
	if err != nil {
		o.err = err
		return o
	}
	defer func() { assert.NoError(t, l.Close()) }()
	for {
		r, err := l.Next()
		if err != nil {
			o.err, o.irregular = err, l.Irregularities()
			o.torn, o.isTorn = l.Torn()
			_, again := l.Next()
			assert.Equal(t, err, again, "the error must stay")
			return o
		}
		if r.Kind == cometbft.KindEndHeight {
			o.heights = append(o.heights, r.EndHeight)
		}
		o.last = r
		o.records++
	}
}

func archive(t testing.TB, compress bool, names []string, contents map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(contents[name])), Mode: 0o600, Format: tar.FormatUSTAR}))
		_, err := w.Write(contents[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	if !compress {
		return b.Bytes()
	}
	return compressed(t, b.Bytes())
}

func compressed(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return z.EncodeAll(b, nil)
}

func TestOpenFindsTheLog(t *testing.T) {
	dir := t.TempDir()
	content := ends(t, 0, 1, 2)
	head := write(t, content, dir, "home", "data", "cs.wal", "wal")
	write(t, content, dir, "copy", "cs.wal", "wal")
	names := []string{"cs.wal/wal"}
	packed := archive(t, true, names, map[string][]byte{"cs.wal/wal": content})
	for name, path := range map[string]string{
		"the folder":       filepath.Dir(head),
		"one file":         head,
		"a home":           filepath.Join(dir, "home"),
		"the data folder":  filepath.Join(dir, "home", "data"),
		"a copied folder":  filepath.Join(dir, "copy"),
		"a compressed one": write(t, compressed(t, content), dir, "wal.zst"),
		"a pack":           write(t, packed, dir, "p.tar.zst"),
		"an archive":       write(t, archive(t, false, names, map[string][]byte{"cs.wal/wal": content}), dir, "p.tar"),
		"a pack in a home": filepath.Dir(write(t, packed, dir, "node", "cs.wal.tar.zst")),
	} {
		o := read(t, path)
		assert.Equal(t, io.EOF, o.err, name)
		assert.Equal(t, []int64{0, 1, 2}, o.heights, name)
		assert.Equal(t, "wal", o.last.File, name)
		assert.Empty(t, o.irregular, name)
	}
}

func TestFilesAreReadInTheirOrder(t *testing.T) {
	contents := map[string][]byte{
		"wal.998": ends(t, 0, 1), "wal.999": nil, "wal.1000": ends(t, 2), "wal.1001": ends(t, 3), "wal": ends(t, 4, 5),
		"wal.CORRUPTED": []byte("anything"), "notes.txt": []byte("anything"),
	}
	orders := [][]string{
		{"wal.998", "wal.999", "wal.1000", "wal.1001", "wal", "wal.CORRUPTED", "notes.txt"},
		{"wal", "notes.txt", "wal.1000", "wal.1001", "wal.998", "wal.999", "wal.CORRUPTED"},
	}
	dir := t.TempDir()
	for name, b := range contents {
		write(t, b, dir, "folder", name)
	}
	paths := []string{filepath.Join(dir, "folder")}
	for i, names := range orders {
		paths = append(paths,
			write(t, archive(t, true, names, contents), dir, fmt.Sprintf("%d.tar.zst", i)),
			write(t, archive(t, false, names, contents), dir, fmt.Sprintf("%d.tar", i)))
	}
	for _, path := range paths {
		o := read(t, path)
		assert.Equal(t, io.EOF, o.err, path)
		assert.Equal(t, []int64{0, 1, 2, 3, 4, 5}, o.heights, path)
		assert.Equal(t, 5, o.last.Index, path)
		assert.Equal(t, int64(len(ends(t, 4))), o.last.Offset, path)
		require.Len(t, o.irregular, 1, path)
		assert.Equal(t, "wal.CORRUPTED", o.irregular[0].File, path)
	}
}

// The spooled file of an archive in the wrong order must not stay behind.
func TestCloseRemovesTheSpool(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	contents := map[string][]byte{"wal": ends(t, 1), "wal.000": ends(t, 0)}
	path := write(t, archive(t, true, []string{"wal", "wal.000"}, contents), dir, "p.tar.zst")
	l, err := cometbft.Open(path)
	require.NoError(t, err)
	spool, err := os.ReadDir(temp)
	require.NoError(t, err)
	assert.Len(t, spool, 1)
	assert.NoError(t, l.Close())
	assert.NoError(t, l.Close(), "a second time")
	_, err = l.Next()
	assert.Error(t, err)
	spool, err = os.ReadDir(temp)
	require.NoError(t, err)
	assert.Empty(t, spool)
}

func TestIrregularFiles(t *testing.T) {
	for name, c := range map[string]struct {
		files     []string
		irregular []string
	}{
		"oldest missing": {[]string{"wal.004", "wal.005", "wal"}, nil},
		"a gap":          {[]string{"wal.000", "wal.001", "wal.004", "wal"}, []string{"wal.004"}},
		"no head":        {[]string{"wal.000", "wal.001"}, []string{"wal"}},
		"same number":    {[]string{"wal.000", "wal.0000", "wal"}, []string{"wal.0000"}},
		"not its files":  {[]string{"wal.1", "wal.x01", "wal.-01", "wal"}, nil},
	} {
		dir := t.TempDir()
		for _, f := range c.files {
			write(t, ends(t, 7), dir, f)
		}
		o := read(t, dir)
		assert.Equal(t, io.EOF, o.err, name)
		var files []string
		for _, i := range o.irregular {
			files = append(files, i.File)
		}
		assert.Equal(t, c.irregular, files, name)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	two := map[string][]byte{"a/cs.wal/wal": ends(t, 0), "b/cs.wal/wal": ends(t, 0)}
	none := map[string][]byte{"readme": []byte("x")}
	for name, c := range map[string]struct {
		path string
		want error // nil: any
	}{
		"nothing there":     {filepath.Join(dir, "nothing"), os.ErrNotExist},
		"an empty folder":   {t.TempDir(), cometbft.ErrNotWAL},
		"an empty home":     {filepath.Dir(filepath.Dir(write(t, nil, dir, "h", "cs.wal", "other"))), cometbft.ErrNotWAL},
		"text":              {write(t, []byte("it was a dark and stormy night"), dir, "a.txt"), cometbft.ErrNotWAL},
		"json":              {write(t, []byte(`{"chain_id":"x"}`), dir, "a.json"), cometbft.ErrNotWAL},
		"zeros":             {write(t, make([]byte, 4096), dir, "zeros"), cometbft.ErrNotWAL},
		"short text":        {write(t, []byte("hello"), dir, "b.txt"), cometbft.ErrNotWAL},
		"compressed text":   {write(t, compressed(t, []byte("it was a dark")), dir, "a.zst"), cometbft.ErrNotWAL},
		"an empty file":     {write(t, nil, dir, "wal"), cometbft.ErrEmpty},
		"empty files":       {filepath.Dir(write(t, nil, filepath.Dir(write(t, nil, dir, "e", "wal")), "wal.000")), cometbft.ErrEmpty},
		"another archive":   {write(t, archive(t, true, []string{"readme"}, none), dir, "n.tar.zst"), cometbft.ErrNotWAL},
		"two logs":          {write(t, archive(t, true, []string{"a/cs.wal/wal", "b/cs.wal/wal"}, two), dir, "two.tar.zst"), nil},
		"an archive cut":    {write(t, archive(t, false, []string{"a/cs.wal/wal"}, two)[:520], dir, "cut.tar"), io.ErrUnexpectedEOF},
		"a cut compression": {write(t, compressed(t, bytes.Repeat(ends(t, 1, 2, 3), 999))[:40], dir, "cut.zst"), nil},
		"a file twice": {write(t, archive(t, false, []string{"cs.wal/wal", "cs.wal/wal"},
			map[string][]byte{"cs.wal/wal": ends(t, 0)}), dir, "dup.tar"), nil},
	} {
		o := read(t, c.path)
		require.Error(t, o.err, name)
		assert.NotEqual(t, io.EOF, o.err, name)
		if c.want != nil {
			assert.ErrorIs(t, o.err, c.want, name)
		}
		assert.Zero(t, o.records, name)
	}
}

func TestDamage(t *testing.T) {
	good := ends(t, 1, 2, 3)
	size := len(good) / 3
	flipped := func(at int, bit byte) []byte {
		b := bytes.Clone(good)
		b[at] ^= bit
		return b
	}
	foreign := cometbft.AppendFrame(bytes.Clone(good[:size]), []byte("a record of no WAL"))
	huge := cometbft.AppendFrame(bytes.Clone(good[:size]), make([]byte, 1<<20+25))
	for name, c := range map[string]struct {
		old, head []byte // wal.000 and wal
		file      string
		index     int
		reason    string
	}{
		"checksum":           {nil, flipped(size, 1), "wal", 1, "its checksum is"},
		"payload":            {nil, flipped(2*size-1, 0x80), "wal", 1, "its checksum is"},
		"length too small":   {nil, flipped(size+7, 1), "wal", 1, "its checksum is"},
		"length too great":   {nil, flipped(size+4, 1), "wal", 1, "more than"},
		"last one's length":  {nil, flipped(2*size+6, 1), "wal", 2, "but its checksum fits the first 14"},
		"zeros at the end":   {nil, append(bytes.Clone(good), make([]byte, 32)...), "wal", 3, "all zero"},
		"no record":          {nil, foreign, "wal", 1, "does not decode"},
		"a record too long":  {nil, huge, "wal", 1, "more than"},
		"cut in an old file": {good[:2*size+11], good, "wal.000", 2, "not the last file"},
		"cut in a header":    {good[:2*size+3], good, "wal.000", 2, "not the last file"},
		"first record":       {nil, flipped(4, 1), "wal", 0, "more than"},
	} {
		dir := t.TempDir()
		write(t, c.head, dir, "wal")
		if c.old != nil {
			write(t, c.old, dir, "wal.000")
		}
		o := read(t, dir)
		var corrupt *cometbft.CorruptError
		require.ErrorAs(t, o.err, &corrupt, name)
		assert.Equal(t, c.file, corrupt.File, name)
		assert.Equal(t, c.index, corrupt.Index, name)
		assert.Equal(t, int64(c.index*size), corrupt.Offset, name)
		assert.Contains(t, corrupt.Error(), c.reason, name)
		assert.Contains(t, corrupt.Error(), fmt.Sprintf("%s: record %d at offset %d", c.file, c.index, c.index*size), name)
		assert.Equal(t, c.index, o.records, name)
		assert.False(t, o.isTorn, name)
	}
}

func TestTornTail(t *testing.T) {
	good := ends(t, 1, 2, 3)
	size := len(good) / 3
	for cut, want := range map[int]cometbft.Torn{
		2*size + 1:        {File: "wal", Offset: int64(2 * size), Bytes: 1},
		2*size + 8:        {File: "wal", Offset: int64(2 * size), Bytes: 8, Want: size},
		len(good) - 1:     {File: "wal", Offset: int64(2 * size), Bytes: size - 1, Want: size},
		size + size/2 + 3: {File: "wal", Offset: int64(size), Bytes: size/2 + 3, Want: size},
	} {
		dir := t.TempDir()
		write(t, good[:cut], dir, "wal")
		write(t, good, dir, "wal.000")
		o := read(t, dir)
		assert.Equal(t, io.EOF, o.err, cut)
		assert.True(t, o.isTorn, cut)
		assert.Equal(t, want, o.torn, cut)
		assert.Contains(t, o.torn.String(), fmt.Sprintf("offset %d", want.Offset))
	}
}

// A newer CometBFT may add fields and messages: they are counted.
func TestUnknownFields(t *testing.T) {
	at := time.Unix(5, 0).UTC()
	r := cometbft.Record{Time: at, Kind: cometbft.KindEndHeight, EndHeight: 3}
	payload, err := cometbft.AppendPayload(nil, &r)
	require.NoError(t, err)
	extra := append(bytes.Clone(payload), 0x7a, 0x02, 'h', 'i') // field 15
	message := []byte{0x0a, 0x02, 0x08, 0x05, 0x12, 0x02, 0x4a, 0x00}
	file := cometbft.AppendFrame(cometbft.AppendFrame(nil, extra), message)

	l, err := cometbft.Open(write(t, file, t.TempDir(), "wal"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	got, err := l.Next()
	require.NoError(t, err)
	assert.Equal(t, 1, got.Unknown)
	assert.Equal(t, int64(3), got.EndHeight)
	assert.Equal(t, extra, l.Payload())
	_, err = cometbft.AppendPayload(nil, &got)
	assert.Error(t, err, "the extra field would be lost")
	got, err = l.Next()
	require.NoError(t, err)
	assert.Equal(t, cometbft.KindOther, got.Kind)
	assert.Equal(t, at, got.Time)
	_, err = cometbft.AppendPayload(nil, &got)
	assert.Error(t, err)
	assert.Equal(t, map[string]int{"TimedWALMessage.15": 1, "WALMessage.9": 1}, l.Stats().Unknown)
	assert.Equal(t, int64(len(file)), l.Stats().Bytes)
}

// failing is a writer that has no room.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestWriterPassesErrorsOn(t *testing.T) {
	w := cometbft.NewWriter(failing{})
	assert.ErrorContains(t, w.Write(&cometbft.Record{Kind: cometbft.KindEndHeight}), "no room")
	assert.ErrorContains(t, w.Write(&cometbft.Record{}), "cannot encode")
}
