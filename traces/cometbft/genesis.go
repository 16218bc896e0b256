package cometbft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Genesis is what a judge needs of a genesis file.
type Genesis struct {
	ChainID string
	// InitialHeight is the first height of the chain, at least 1.
	InitialHeight int64
	// Validators is the set of InitialHeight. It is empty if the file leaves it
	// to the application; then LoadValidators is the only source.
	Validators ValidatorSet
	// Precision and MessageDelay are the synchrony parameters of v1, and PBTSHeight
	// is the height from which on proposer-based timestamps are used; 0 means never.
	// An application may change all three later.
	Precision, MessageDelay time.Duration
	PBTSHeight              int64
}

// PBTS reports whether blocks of a height have proposer-based timestamps, by the
// genesis (v1 types/params.go FeatureParams.PbtsEnabled).
func (g *Genesis) PBTS(height int64) bool { return g.PBTSHeight > 0 && height >= g.PBTSHeight }

// LoadGenesis reads a genesis.json of v0.3x or v1. Every complaint about its
// content is a *FileError.
func LoadGenesis(path string) (*Genesis, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cometbft: genesis: %w", err)
	}
	defer f.Close()
	var in struct {
		ChainID       string          `json:"chain_id"`
		InitialHeight number          `json:"initial_height"`
		Validators    []validatorJSON `json:"validators"`
		Params        struct {
			Synchrony struct {
				Precision    number `json:"precision"`
				MessageDelay number `json:"message_delay"`
			} `json:"synchrony"`
			Feature struct {
				PBTSHeight number `json:"pbts_enable_height"`
			} `json:"feature"`
		} `json:"consensus_params"`
	}
	if err := json.NewDecoder(f).Decode(&in); err != nil {
		return nil, jsonError(path, err)
	}
	if in.ChainID == "" {
		return nil, &FileError{Path: path, Field: "chain_id", Reason: "is missing: give the genesis.json of the node's config folder"}
	}
	if in.InitialHeight < 0 {
		return nil, &FileError{Path: path, Field: "initial_height", Reason: fmt.Sprintf("is %d, it must be positive", in.InitialHeight)}
	}
	set, err := validatorSet(in.Validators, path, "validators")
	if err != nil {
		return nil, err
	}
	synchrony := &in.Params.Synchrony
	if in.Params.Feature.PBTSHeight > 0 && (synchrony.Precision <= 0 || synchrony.MessageDelay <= 0) {
		return nil, &FileError{Path: path, Field: "consensus_params.synchrony", Reason: "is missing or not positive, though there is a pbts_enable_height"}
	}
	return &Genesis{
		ChainID: in.ChainID, InitialHeight: max(1, int64(in.InitialHeight)), Validators: set,
		Precision: time.Duration(synchrony.Precision), MessageDelay: time.Duration(synchrony.MessageDelay),
		PBTSHeight: int64(in.Params.Feature.PBTSHeight),
	}, nil
}

// genesisLevels is how many folders above a log are searched for a genesis
// file: cs.wal lies in data, data in the node's home.
const genesisLevels = 3

// GenesisBeside finds the genesis file of the log at path, a path as for Open.
// It looks for genesis.json and for config/genesis.json, in the folder (of the
// file) itself and in up to three above it; the nearest is taken.
func GenesisBeside(path string) (genesis string, found bool) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for range genesisLevels + 1 {
		for _, name := range []string{"genesis.json", filepath.Join("config", "genesis.json")} {
			candidate := filepath.Join(dir, name)
			if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() {
				return candidate, true
			}
		}
		dir = filepath.Dir(dir)
	}
	return "", false
}

// validatorsAnswer is one line of a file for LoadValidators.
type validatorsAnswer struct {
	Query  string `json:"q"`
	Height number `json:"height"`
	Result struct {
		Validators []validatorJSON `json:"validators"`
		Total      number          `json:"total"`
	} `json:"r"`
}

// LoadValidators reads the validator sets by height from recorded answers of a
// node's RPC: one JSON object a line, {"q":"validators","height":7,"r":{…}},
// where r is the result of /validators?height=7. Lines of other queries are
// skipped. A set may come in pages, one a line. The file may be compressed with
// zstd. Every complaint about the content is a *FileError.
func LoadValidators(path string) (map[int64]ValidatorSet, error) {
	kind, err := packing(path)
	if err != nil {
		return nil, fmt.Errorf("cometbft: validators: %w", err)
	}
	r, err := openPacked(path, pack{zstd: kind.zstd})
	if err != nil {
		return nil, fmt.Errorf("cometbft: validators: %w", err)
	}
	defer r.Close()
	pages, err := validatorPages(r, path)
	if err != nil {
		return nil, err
	}
	sets := make(map[int64]ValidatorSet, len(pages))
	for height, p := range pages {
		field := fmt.Sprintf("validators of height %d", height)
		if total := int(p.Result.Total); total > len(p.Result.Validators) {
			return nil, &FileError{Path: path, Field: field, Reason: fmt.Sprintf(
				"%d of %d are there: query all pages", len(p.Result.Validators), total)}
		}
		if sets[height], err = validatorSet(p.Result.Validators, path, field); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// validatorPages collects the answers about validators, pages put together.
func validatorPages(r io.Reader, path string) (map[int64]*validatorsAnswer, error) {
	pages := map[int64]*validatorsAnswer{}
	for dec := json.NewDecoder(r); ; {
		var line struct {
			Query string `json:"q"`
		}
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = json.Unmarshal(raw, &line)
		}
		if err != nil {
			return nil, jsonError(path, err)
		}
		if line.Query != "validators" {
			continue
		}
		var answer validatorsAnswer
		if err := json.Unmarshal(raw, &answer); err != nil {
			return nil, jsonError(path, err)
		}
		height := int64(answer.Height)
		if p, ok := pages[height]; ok {
			p.Result.Validators = append(p.Result.Validators, answer.Result.Validators...)
		} else {
			pages[height] = &answer
		}
	}
	if len(pages) == 0 {
		return nil, &FileError{Path: path, Reason: `has no line {"q":"validators",…}: record the node's /validators answers`}
	}
	return pages, nil
}
