package conform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	entries, rerr := os.ReadDir(path)
	if rerr != nil {
		return nil, fmt.Errorf("conform: %w", rerr)
	}
	var logs []string
	for _, e := range entries {
		inner := filepath.Join(path, e.Name())
		switch {
		case e.IsDir():
			if l, err := cometbft.Open(inner); err == nil {
				logs = append(logs, inner)
				l.Close()
			}
		case strings.HasSuffix(e.Name(), ".ndjson"), strings.HasSuffix(e.Name(), ".ndjson.zst"):
			logs = append(logs, inner)
		}
	}
	if len(logs) == 0 {
		return nil, fmt.Errorf("conform: %s is no log, and no log is in it: %w", path, err)
	}
	slices.Sort(logs)
	return logs, nil
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
		if err := beside(path, &opt); err != nil {
			return nil, err
		}
	}
	return WAL(ctx, path, opt)
}

// beside loads the genesis next to a log, and the validators by height when
// answers of the node's RPC lie next to the genesis.
func beside(path string, opt *Options) error {
	found, ok := cometbft.GenesisBeside(path)
	if !ok {
		return fmt.Errorf("conform: no genesis.json beside %s: give one with --genesis", path)
	}
	genesis, err := cometbft.LoadGenesis(found)
	if err != nil {
		return err
	}
	opt.Genesis = genesis
	if opt.Validators != nil {
		return nil
	}
	for _, name := range []string{"heights.jsonl.zst", "heights.jsonl", "validators.jsonl"} {
		sets, err := cometbft.LoadValidators(filepath.Join(filepath.Dir(found), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if changes(genesis.Validators, sets) {
			opt.Validators = sets
		}
		return nil
	}
	return nil
}

// changes reports whether some height has another set than the genesis.
func changes(genesis cometbft.ValidatorSet, sets map[int64]cometbft.ValidatorSet) bool {
	for _, s := range sets {
		if s.Hash() != genesis.Hash() {
			return true
		}
	}
	return false
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
	var r io.Reader = f
	if strings.HasSuffix(path, ".ndjson.zst") {
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, false, errors.Join(fmt.Errorf("conform: %s: %w", path, err), f.Close())
		}
		r = z
	}
	b := bufio.NewReader(r)
	head, err := b.Peek(len(traceStart))
	if bytes.Equal(head, traceStart) || err == nil && strings.Contains(path, ".ndjson") {
		return struct {
			io.Reader
			io.Closer
		}{b, f}, true, nil
	}
	return nil, false, f.Close()
}
