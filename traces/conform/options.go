package conform

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// Options says against what a log is judged.
type Options struct {
	// Dialect is the rules; nil means, for a cs.wal, cometbft-v1 when its first
	// proposal has the time at which it arrived, which only v1 writes, and
	// cometbft-v0.38 otherwise; for a trace of ours it is the dialect that the
	// header names.
	Dialect *consensus.Dialect
	// Genesis gives the chain id and the validators of a cs.wal.
	Genesis *cometbft.Genesis
	// Validators gives the sets by height, where they change. A height that is
	// missing has the set of the height before; the first has the genesis set.
	// The hashes that each block carries are compared, so a wrong set is noticed.
	Validators map[int64]cometbft.ValidatorSet
	// TrustSignatures leaves signatures unchecked. A vote whose signature is
	// wrong is otherwise ignored, as a node ignores it; one of the node itself
	// is a divergence.
	TrustSignatures bool
	// Observed, when it is not nil, is told of every observation of a node of CometBFT
	// that is looked up in the rules.
	Observed func(spec.Observation)
}

// UseGenesis loads a genesis file, and the validators by height when answers of
// the node's RPC lie beside it and none were given.
func (o *Options) UseGenesis(path string) error {
	genesis, err := cometbft.LoadGenesis(path)
	if err != nil {
		return err
	}
	o.Genesis = genesis
	if o.Validators != nil {
		return nil
	}
	for _, name := range []string{"heights.jsonl.zst", "heights.jsonl", "validators.jsonl"} {
		sets, err := cometbft.LoadValidators(filepath.Join(filepath.Dir(path), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		o.Validators = sets
		return err
	}
	return nil
}

// maxPower bounds the sum of powers, as CometBFT does (MaxTotalVotingPower).
const maxPower = math.MaxInt64 / 8

func (o *Options) check() error {
	switch {
	case o.Genesis == nil:
		return errors.New("conform: no genesis: the validators and their powers must be known; give it with --genesis")
	case len(o.Genesis.Validators) == 0 && len(o.Validators) == 0:
		return errors.New("conform: the genesis names no validators; give the sets by height with --validators")
	}
	for height, set := range o.Validators {
		if err := checkPowers(set); err != nil {
			return fmt.Errorf("conform: the validators of height %d: %w", height, err)
		}
	}
	if len(o.Genesis.Validators) == 0 {
		return nil
	}
	if err := checkPowers(o.Genesis.Validators); err != nil {
		return fmt.Errorf("conform: the validators of the genesis: %w", err)
	}
	return nil
}

func checkPowers(set cometbft.ValidatorSet) error {
	var total int64
	for i := range set {
		if set[i].Power < 0 || set[i].Power > maxPower-total {
			return fmt.Errorf("their powers do not add up to at most %d", int64(maxPower))
		}
		total += set[i].Power
	}
	if total == 0 {
		return errors.New("they have no power")
	}
	return nil
}

// validators answers who may vote at a height.
type validators struct {
	heights []int64 // of sets, in order
	sets    []cometbft.ValidatorSet
	genesis cometbft.ValidatorSet
	chain   *cometbft.Genesis
	initial int64
	change  bool // some height has another set than the genesis

	hashed cometbft.ValidatorSet // the set that hash is of
	hash   string
}

func newValidators(o *Options) *validators {
	v := &validators{genesis: o.Genesis.Validators, chain: o.Genesis, initial: o.Genesis.InitialHeight}
	genesis := v.genesis.Hash()
	for h, set := range o.Validators {
		v.heights = append(v.heights, h)
		v.change = v.change || set.Hash() != genesis
	}
	slices.Sort(v.heights)
	for _, h := range v.heights {
		v.sets = append(v.sets, o.Validators[h])
	}
	return v
}

// at is the set of a height.
func (v *validators) at(height int64) cometbft.ValidatorSet {
	i, found := slices.BinarySearch(v.heights, height)
	switch {
	case found:
		return v.sets[i]
	case i > 0:
		return v.sets[i-1]
	case len(v.genesis) > 0:
		return v.genesis
	default:
		return v.sets[0]
	}
}

// hashOf is the set's Hash; that of the last one asked about is remembered.
func (v *validators) hashOf(set cometbft.ValidatorSet) string {
	if v.hash == "" || len(set) != len(v.hashed) || len(set) > 0 && &set[0] != &v.hashed[0] {
		v.hashed, v.hash = set, set.Hash()
	}
	return v.hash
}
