package conform

import (
	"fmt"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// Options says against what a log is judged.
type Options struct {
	// Dialect is the rules; nil means cometbft-v0.38 for a cs.wal, and the
	// dialect that the header names for a trace of ours.
	Dialect *consensus.Dialect
	// Genesis gives the chain id and the validators of a cs.wal.
	Genesis *cometbft.Genesis
	// Validators gives the sets by height, where they change. A height that is
	// missing has the set of the height before; the first has the genesis set.
	// The hash that each block carries is compared, so a wrong set is noticed.
	Validators map[int64]cometbft.ValidatorSet
	// TrustSignatures leaves signatures unchecked. A vote whose signature is
	// wrong is otherwise ignored, as a node ignores it.
	TrustSignatures bool
}

func (o *Options) validatorsAt(height int64) cometbft.ValidatorSet {
	best := int64(-1)
	for h := range o.Validators {
		if h <= height && h > best {
			best = h
		}
	}
	if best >= 0 {
		return o.Validators[best]
	}
	return o.Genesis.Validators
}

func (o *Options) check() error {
	switch {
	case o.Genesis == nil:
		return fmt.Errorf("conform: no genesis: the validators and their powers must be known")
	case len(o.Genesis.Validators) == 0 && len(o.Validators) == 0:
		return fmt.Errorf("conform: the genesis names no validators, and no other source of them was given")
	}
	return nil
}
