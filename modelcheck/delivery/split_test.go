package delivery_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// What one Byzantine proposer of four can do that splits its block into parts in
// two ways (tendermint issue 3087): a correct node panics. No run is shorter.
func TestSplitBlock(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	for name, prevotes := range map[string]string{"v038-split": "block", "v1-split": "newIf"} {
		e, err := delivery.Find(name)
		require.NoError(t, err)
		r, err := delivery.Check(t.Context(), e.Config, modelcheck.Options{})
		require.NoError(t, err)
		require.Len(t, r.Violations, 1)
		var b strings.Builder
		require.NoError(t, r.Violations[0].Print(&b))
		_, told, _ := strings.Cut(b.String(), "docs/divergence.md, ")
		require.Equal(t, strings.ReplaceAll(`Panics; tendermint issue 3087)
  0      start: p0 timer runs for newHeight of round 0; p1 timer runs for
         newHeight of round 0; p2 timer runs for newHeight of round 0
  1  p0  receives PROPOSAL(round 0, v0, vr −1) of B: holds proposal true, block
         nil, parts of v0
  2  p1  receives PROPOSAL(round 0, v0, vr −1) of B: holds proposal true, block
         nil, parts of v0
  3  p0  receives block v0 of round 0 of B [block.prevoteElse, enterPrevote,
         enterPrevote.block]: signs PREVOTE(round 0, v0); step newHeight →
         prevote; holds proposal true, block v0, parts of v0
  4  p1  receives PREVOTE(round 0, v0) of p0: nothing follows from it yet
  5  p1  receives block v0 of round 0 of B [block.prevoteElse, enterPrevote,
         enterPrevote.block]: signs PREVOTE(round 0, v0); step newHeight →
         prevote; holds proposal true, block v0, parts of v0
  6  p0  receives PREVOTE(round 0, v0) of p1: nothing follows from it yet
  7  p0  receives PREVOTE(round 0, v0) of B [addVote.validIf, addVote.polkaIf,
         enterPrecommit, enterPrecommit.lock]: signs PRECOMMIT(round 0, v0);
         step prevote → precommit; locked (nil, −1) → (v0, 0); valid (nil, −1) →
         (v0, 0)
  8  p1  receives PREVOTE(round 0, v0) of B [addVote.validIf, addVote.polkaIf,
         enterPrecommit, enterPrecommit.lock]: signs PRECOMMIT(round 0, v0);
         step prevote → precommit; locked (nil, −1) → (v0, 0); valid (nil, −1) →
         (v0, 0)
  9  p2  receives PRECOMMIT(round 0, v0) of p0: nothing follows from it yet
 10  p2  receives PRECOMMIT(round 0, v0) of p1: nothing follows from it yet
 11  p2  receives PROPOSAL(round 0, v0/1, vr −1) of B: holds proposal true,
         block nil, parts of v0/1
 12  p2  receives block v0/1 of round 0 of B [block.prevoteElse, enterPrevote,
         enterPrevote.block]: signs PREVOTE(round 0, v0/1); step newHeight →
         prevote; holds proposal true, block v0, parts of v0/1
 13  p2  receives PRECOMMIT(round 0, v0) of B [addVote.commitElse,
         enterPrecommit, enterPrecommit.noPolka, enterCommit.blockElse,
         tryFinalizeCommit.header]: signs PRECOMMIT(round 0, nil); panic:
         expected ProposalBlockParts header to be commit header
`, "enterPrevote.block", "enterPrevote."+prevotes), told, name)
	}
}

// What polka check --model v1-split-again --counterexample testdata/two-ids.ndjson
// found: two correct nodes of cometbft-v1 decide two block ids of one block. Where
// block ids are compared it ends with the node that would prevote against its lock.
func TestTwoIDsOfOneBlockAreDecided(t *testing.T) {
	saved, err := os.ReadFile("testdata/two-ids.ndjson")
	require.NoError(t, err)
	c, err := delivery.Replay(bytes.NewReader(saved))
	require.NoError(t, err)
	require.Equal(t, "agreement", c.Property.Name)
	require.Equal(t, 29, c.Len())
	e, err := delivery.Find("v1-split-again")
	require.NoError(t, err)
	require.Equal(t, e.Config, c.Config)

	repaired, err := spec.Compile(consensus.WholeBlockIDs(consensus.CometBFTv1Rules))
	require.NoError(t, err)
	c.Config.WholeIDs, c.Digest = true, repaired.Digest()
	var b bytes.Buffer
	require.NoError(t, c.Save(&b))
	_, err = delivery.Replay(&b)
	var refuted *counterexample.Refutation
	require.ErrorAs(t, err, &refuted)
	require.Contains(t, c.Steps[refuted.Step].Rules, "enterPrevote.lockedIf")
}
