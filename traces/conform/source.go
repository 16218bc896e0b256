package conform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/polka-bft/polka/traces/cometbft"
)

// traceStart is how a trace of polka's engine begins.
var traceStart = []byte(`{"polkaTrace":`)

// Find lists the logs that a path stands for, in order: the path itself when it
// is a log, a node's home or a packed log, otherwise the logs in the folder: the
// traces of a testnet, or one node per folder.
func Find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("conform: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	l, err := cometbft.Open(path)
	if err == nil {
		return []string{path}, l.Close()
	}
	if !errors.Is(err, cometbft.ErrNotWAL) {
		return nil, err
	}
	logs, err := findIn(path)
	if err != nil {
		return nil, err
	}
	if len(logs) == 0 {
		return nil, fmt.Errorf("conform: %s is no log, and no log is in it: %w", path, cometbft.ErrNotWAL)
	}
	return logs, nil
}

// findIn lists the logs in a folder and in the folders below it, in the order of
// names. A folder that is a log, even an empty or unreadable one, is listed.
func findIn(folder string) (logs []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("conform: %w", err)
	}
	for _, e := range entries {
		inner := filepath.Join(folder, e.Name())
		if !e.IsDir() {
			if isTraceName(inner) {
				logs = append(logs, inner)
			}
			continue
		}
		l, err := cometbft.Open(inner)
		if err == nil {
			err = l.Close()
		}
		if !errors.Is(err, cometbft.ErrNotWAL) {
			logs = append(logs, inner)
			continue
		}
		below, err := findIn(inner)
		if err != nil {
			return nil, err
		}
		logs = append(logs, below...)
	}
	return logs, nil
}

// isTraceName reports whether a file is named as a trace of ours.
func isTraceName(path string) bool {
	return strings.HasSuffix(path, ".ndjson") || strings.HasSuffix(path, ".ndjson.zst")
}

// File judges one log, whatever its kind: a trace of polka's engine, plain or
// compressed with zstd, or a CometBFT write-ahead log. Of opt, what a WAL needs
// and the caller left out is looked for beside it.
func File(ctx context.Context, path string, opt Options) (*Report, error) {
	in, ours, err := openTrace(path)
	if err != nil {
		return nil, err
	}
	if ours {
		defer in.Close()
		return Trace(ctx, in, path, opt)
	}
	if opt.Genesis == nil {
		found, ok := cometbft.GenesisBeside(path)
		if !ok {
			return nil, fmt.Errorf("conform: no genesis.json beside %s; give it with --genesis", path)
		}
		if err := opt.UseGenesis(found); err != nil {
			return nil, err
		}
	}
	return WAL(ctx, path, opt)
}

// openTrace opens a file that begins like a trace of ours; otherwise ours is
// false and nothing is left open.
func openTrace(path string) (in io.ReadCloser, ours bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, fmt.Errorf("conform: %w", err)
	}
	if info.IsDir() {
		return nil, false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, false, fmt.Errorf("conform: %w", err)
	}
	in = f
	if strings.HasSuffix(path, ".ndjson.zst") {
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, false, errors.Join(fmt.Errorf("conform: %s: %w", path, err), f.Close())
		}
		in = unpacking{z, f}
	}
	b := bufio.NewReader(in)
	head, _ := b.Peek(len(traceStart)) // an error comes again, from whoever reads on
	if bytes.Equal(head, traceStart) || isTraceName(path) {
		return peeked{b, in}, true, nil
	}
	return nil, false, in.Close()
}

// unpacking reads a compressed file, and closes it.
type unpacking struct {
	*zstd.Decoder
	file io.Closer
}

func (u unpacking) Close() error {
	u.Decoder.Close()
	return u.file.Close()
}

// peeked is a file whose beginning was looked at.
type peeked struct {
	io.Reader
	io.Closer
}
