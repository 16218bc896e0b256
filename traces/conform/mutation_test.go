package conform_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// A mutation changes a real log, and says what the judge must find: a divergence
// at exactly one record with a rule and a phrase of it, or none.
type mutation struct {
	name  string
	trust bool // signatures are not checked: the change would be noticed by them
	// change returns the changed log and the record at which it must diverge; −1
	// when there is no such thing in the log at that height.
	change func(rs []cometbft.Record, height int64) ([]cometbft.Record, int)

	conforms bool
	says     string // is in what the node did, or in what the rules say
	rule     string // that does not explain it, or "" when no rule is argued with
	phrase   string // of the rule, which fails
	numbers  string // behind the phrase
	why      string // of a log that conforms: a reason that one more record is counted under

	v1 *mutation // of a log of v1: what it says, and the rule with its phrase, where they differ
}

// flip changes the first record that is found: a vote, to another block.
func flip(is func(height int64) func(*cometbft.Record) bool, to func(cometbft.BlockID) cometbft.BlockID) func([]cometbft.Record, int64) ([]cometbft.Record, int) {
	return func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
		at := index(rs, 0, func(r *cometbft.Record) bool { return is(height)(r) && !r.Vote.BlockID.IsNil() })
		return change(rs, at, func(r *cometbft.Record) { r.Vote.BlockID = to(r.Vote.BlockID) }), at
	}
}

func ownPrevote(h int64) func(*cometbft.Record) bool   { return isOwnVote(h, cometbft.Prevote) }
func ownPrecommit(h int64) func(*cometbft.Record) bool { return isOwnVote(h, cometbft.Precommit) }
func toNil(cometbft.BlockID) cometbft.BlockID          { return cometbft.BlockID{} }

func step(name string) func(int64) func(*cometbft.Record) bool {
	return func(h int64) func(*cometbft.Record) bool { return isStep(h, name) }
}

func endOf(h int64) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool { return r.EndHeight == h }
}

// dropFirst leaves out the first record that is found; the next one betrays it.
func dropFirst(is func(int64) func(*cometbft.Record) bool) func([]cometbft.Record, int64) ([]cometbft.Record, int) {
	return func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
		at := index(rs, 0, is(height))
		return drop(rs, at), at
	}
}

// insertAfter puts a changed copy of the first record that is found after it.
func insertAfter(is func(int64) func(*cometbft.Record) bool, f func(*cometbft.Record)) func([]cometbft.Record, int64) ([]cometbft.Record, int) {
	return func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
		at := index(rs, 0, is(height))
		copied := rs[at]
		f(&copied)
		return insert(rs, at+1, copied), at + 1
	}
}

func changeFirst(is func(int64) func(*cometbft.Record) bool, f func(*cometbft.Record)) func([]cometbft.Record, int64) ([]cometbft.Record, int) {
	return func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
		at := index(rs, 0, is(height))
		return change(rs, at, f), at
	}
}

// completesPolka finds the peer's prevote after which the node precommitted.
func completesPolka(rs []cometbft.Record, height int64) int {
	return index(rs, 0, isStep(height, "Precommit")) - 1
}

var votingMutations = []mutation{
	{
		name: "own prevote flipped to another block", change: flip(ownPrevote, another),
		says: "by rule enterPrevote.block", rule: "enterPrevote.locked", phrase: "lockedBlock ≠ nil", numbers: "lockedBlock nil",
		v1: &mutation{says: "by rule enterPrevote.newIf", rule: "enterPrevote.lockedIf", phrase: "lockedRound ≠ −1", numbers: "lockedBlock nil"},
	},
	{name: "own prevote flipped to nil", change: flip(ownPrevote, toNil), says: "the signature is wrong"},
	{
		// That the application refused the block explains the vote, but then the
		// prevotes do not lead to the precommit that the node sent.
		name: "own prevote flipped to nil, signatures trusted", trust: true,
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			out, _ := flip(ownPrevote, toNil)(rs, height)
			return out, index(rs, 0, isStep(height, "Precommit"))
		},
		says: "demand step", rule: "addVote.polka", phrase: "+2/3 PREVOTE(h, round, id(v))", numbers: "nil: 1",
	},
	{
		name: "own precommit flipped to another block", change: flip(ownPrecommit, another),
		says: "by rule enterPrecommit.lock", rule: "enterPrecommit.relock", phrase: "hash(lockedBlock) = hash(v)", numbers: "lockedBlock nil",
	},
	{
		name: "own precommit flipped to nil", change: flip(ownPrecommit, toNil),
		says: "by rule enterPrecommit.lock", rule: "enterPrecommit.noPolka", phrase: "no +2/3 PREVOTE(h, r, one value or nil)", numbers: "needed",
	},
	{
		name: "own precommit loses its justification",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, 0, isStep(height, "Precommit"))
			out := slices.Clone(rs[:at])
			out = slices.DeleteFunc(out, func(r cometbft.Record) bool { return isPeerVote(height, cometbft.Prevote)(&r) })
			return append(out, rs[at:]...), len(out)
		},
		says: "logged step", rule: "addVote.polka", phrase: "+2/3 PREVOTE(h, round, id(v))", numbers: "needed",
	},
	{
		name:   "own vote moved to a round never entered",
		change: changeFirst(ownPrevote, func(r *cometbft.Record) { r.Vote.Round += 5 }),
		says:   "call for no PREVOTE", rule: "enterPrevote", phrase: "r = round", numbers: "the node is in round",
	},
	{
		name:   "own vote moved to the next height",
		change: changeFirst(ownPrecommit, func(r *cometbft.Record) { r.Vote.Height++ }), says: "call for no PRECOMMIT",
	},
	{
		name:   "own vote under another address",
		change: changeFirst(ownPrecommit, func(r *cometbft.Record) { r.Vote.ValidatorAddress[0]++ }), says: "know the node by its votes before",
	},
	{
		name:   "own vote with a broken signature",
		change: changeFirst(ownPrecommit, breakSignature), says: "the signature is wrong",
	},
	{
		name:   "own precommit twice with different values",
		change: insertAfter(ownPrecommit, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} }),
		says:   "a double sign",
	},
	{
		name: "own prevote twice, once for nil", trust: true,
		change: insertAfter(ownPrevote, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} }),
		says:   "a double sign",
	},
	{
		name: "the prevote that completes a polka has a broken signature",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := completesPolka(rs, height)
			return change(rs, at, breakSignature), at + 1
		},
		says: "logged step", rule: "addVote.polka", phrase: "+2/3 PREVOTE(h, round, id(v))", numbers: "more than",
	},
	{
		name: "a prevote that nobody needs has a broken signature", conforms: true, why: "vote with a wrong signature, refused",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, index(rs, 0, isStep(height, "Precommit")), isPeerVote(height, cometbft.Prevote))
			if at < 0 {
				return nil, -1
			}
			return change(rs, at, breakSignature), at
		},
	},
	{
		name: "a peer's vote again", conforms: true, why: "vote again, ignored",
		change: insertAfter(func(h int64) func(*cometbft.Record) bool { return isPeerVote(h, cometbft.Prevote) }, func(*cometbft.Record) {}),
	},
	{
		name: "a late precommit of the last height dropped", conforms: true,
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			end := index(rs, 0, isStep(height, "NewHeight"))
			at := index(rs, end, isPeerVote(height-1, cometbft.Precommit))
			if at < 0 {
				return nil, -1
			}
			return drop(rs, at), at
		},
	},
}

func breakSignature(r *cometbft.Record) {
	r.Vote.Signature = slices.Clone(r.Vote.Signature)
	r.Vote.Signature[0] ^= 1
}

func isTimeout(h int64, step uint8) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindTimeout && r.Timeout.Height == h && r.Timeout.Step == step
	}
}

// stray puts a changed copy of the timeout that began the height where no step
// is due.
func stray(f func(*cometbft.Timeout)) func([]cometbft.Record, int64) ([]cometbft.Record, int) {
	return func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
		at := index(rs, 0, isStep(height, "Precommit")) + 1
		copied := rs[index(rs, 0, isTimeout(height, 1))]
		f(&copied.Timeout)
		return insert(rs, at, copied), at
	}
}

// decideAnother makes the peers' precommits of a height be for another block.
func decideAnother(rs []cometbft.Record, height int64, to func(cometbft.BlockID) cometbft.BlockID) (out []cometbft.Record, before int) {
	out = slices.Clone(rs)
	commit := index(rs, 0, isStep(height, "Commit"))
	for i := range out {
		if isPeerVote(height, cometbft.Precommit)(&out[i]) && !out[i].Vote.BlockID.IsNil() {
			out[i].Vote.BlockID = to(out[i].Vote.BlockID)
			if i < commit && out[i].Vote.Round == rs[commit].Step.Round {
				before++
			}
		}
	}
	return out, before
}

// decideByPeers does so at the first height from this one on that the peers'
// precommits decide: there it is too late for the node's own, which has the block. It returns the
// place of the height's end.
func decideByPeers(rs []cometbft.Record, height int64, to func(cometbft.BlockID) cometbft.BlockID) ([]cometbft.Record, int) {
	for ; index(rs, 0, endOf(height)) >= 0; height++ {
		out, before := decideAnother(rs, height, to)
		own := index(rs, index(rs, 0, isStep(height, "Commit")), ownPrecommit(height))
		if before == 3 && own >= 0 && !rs[own].Vote.BlockID.IsNil() {
			return out, index(rs, 0, endOf(height))
		}
	}
	return nil, -1
}

// splitAnew is the id of the same block in other parts.
func splitAnew(id cometbft.BlockID) cometbft.BlockID {
	hash := []byte(id.PartsHash)
	hash[0] ^= 0xff
	id.PartsHash = string(hash)
	return id
}

var stepMutations = []mutation{
	{name: "ENDHEIGHT of another height", change: changeFirst(endOf, func(r *cometbft.Record) { r.EndHeight++ }), says: "demand the end of height"},
	{name: "ENDHEIGHT dropped", change: dropFirst(endOf), says: "demand the end of height"},
	{
		name: "ENDHEIGHT before its time", says: "call for nothing here", rule: "tryFinalizeCommit", phrase: "step = commit",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, 0, isStep(height, "Prevote")) + 1
			return insert(rs, at, rs[index(rs, 0, endOf(height))]), at
		},
	},
	{
		name: "STEP Commit of another round", change: changeFirst(step("Commit"), func(r *cometbft.Record) { r.Step.Round++ }),
		says: "demand step",
	},
	{
		name: "the decided block is another", trust: true, says: "logged the end of height", rule: "tryFinalizeCommit", phrase: "hash(proposalBlock) = hash(v), header(proposalBlockParts) = header(v)",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			return decideByPeers(rs, height, another)
		},
	},
	{
		name: "the decided block is split in another way", trust: true, says: "have stopped it: panic: expected ProposalBlockParts header to be commit header",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			return decideByPeers(rs, height, splitAnew)
		},
	},
	{
		name: "the decided block is split in another way, and the log ends", trust: true, conforms: true,
		says: "the log ends where the node dies: panic: expected ProposalBlockParts header to be commit header",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			out, end := decideByPeers(rs, height, splitAnew)
			return out[:max(end, 0)], end
		},
	},
	{
		name: "the decided block is another, signatures checked", says: "logged step", rule: "addVote.commit", phrase: "+2/3 PRECOMMIT(h, r, id(v))", numbers: "needed",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			out, _ := decideAnother(rs, height, another)
			return out, index(rs, 0, isStep(height, "Commit"))
		},
	},
	{name: "STEP Propose dropped", change: dropFirst(step("Propose")), says: "Propose, by rule enterPropose.other first"},
	{name: "STEP Prevote dropped", change: dropFirst(step("Prevote")), says: "by rule enterPrevote first"},
	{name: "STEP Precommit dropped", change: dropFirst(step("Precommit")), says: "by rule enterPrecommit first"},
	{
		name: "STEP Precommit twice", change: insertAfter(step("Precommit"), func(*cometbft.Record) {}),
		says: "call for nothing here", rule: "addVote.commit", phrase: "+2/3 PRECOMMIT(h, r, id(v))", numbers: "needed",
	},
	{
		name: "STEP Prevote after Precommit", says: "call for nothing here", rule: "block.prevote", phrase: "step < prevote",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, 0, isStep(height, "Precommit")) + 1
			return insert(rs, at, rs[index(rs, 0, isStep(height, "Prevote"))]), at
		},
	},
	{name: "STEP of an unknown name", change: changeFirst(step("Prevote"), func(r *cometbft.Record) { r.Step.Step = "RoundStepLunch" }), says: "demand step"},
	{
		name: "two steps swapped", says: "demand",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, 0, isStep(height, "Commit"))
			out := slices.Clone(rs)
			out[at], out[at+1] = out[at+1], out[at]
			return out, at
		},
	},
	{
		name: "STEP NewHeight dropped reads as a restart", conforms: true,
		change: dropFirst(step("NewHeight")),
	},
	{
		name: "TIMEOUT never scheduled", says: "have started no such timeout",
		change: stray(func(t *cometbft.Timeout) { t.Step = 7 }),
	},
	{
		name: "TIMEOUT of a round to come", says: "have started no such timeout",
		change: stray(func(t *cometbft.Timeout) { t.Step, t.Round = 3, 4 }),
	},
	{
		name: "TIMEOUT of a height to come", says: "have started no such timeout",
		change: stray(func(t *cometbft.Timeout) { t.Step, t.Height = 3, t.Height+1 }),
	},
	{
		name: "a stale TIMEOUT again", conforms: true, why: "timeout that came too late, ignored",
		change: func(rs []cometbft.Record, height int64) ([]cometbft.Record, int) {
			at := index(rs, 0, isStep(height, "Precommit")) + 1
			return insert(rs, at, rs[index(rs, 0, isTimeout(height, 1))]), at
		},
	},
}

var proposalMutations = []mutation{
	{
		name: "own proposal with a wrong POLRound", change: changeFirst(ownProposal, func(r *cometbft.Record) { r.Proposal.POLRound = 0 }),
		says: "send validRound as POLRound, which was -1",
	},
	{
		name: "own proposal of a round never entered", change: changeFirst(ownProposal, func(r *cometbft.Record) { r.Proposal.Round += 3 }),
		says: "let it propose only where it is",
	},
	{
		name: "own proposal of the next height", change: changeFirst(ownProposal, func(r *cometbft.Record) { r.Proposal.Height++ }),
		says: "let it propose only where it is",
	},
	{
		name: "own proposal twice with different blocks", trust: true,
		change: insertAfter(ownProposal, func(r *cometbft.Record) { r.Proposal.BlockID = another(r.Proposal.BlockID) }),
		says:   "let it propose once in a round",
	},
	{
		name: "own proposal with a broken signature", says: "the signature is wrong",
		change: changeFirst(ownProposal, func(r *cometbft.Record) {
			r.Proposal.Signature = slices.Clone(r.Proposal.Signature)
			r.Proposal.Signature[3] ^= 4
		}),
	},
}

func ownProposal(h int64) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindProposal && r.IsOwn() && r.Proposal.Height >= h
	}
}

// quiet finds a height from h on that was decided in round 0, in the plain order
// of steps, with the block here before the polka.
func quiet(t *testing.T, rs []cometbft.Record, h int64) int64 {
	t.Helper()
	for ; ; h++ {
		var steps []string
		end := index(rs, 0, endOf(h))
		require.GreaterOrEqual(t, end, 0, "no quiet height")
		for i := range rs[:end] {
			if r := &rs[i]; r.Kind == cometbft.KindStep && r.Step.Height == h {
				steps = append(steps, strings.TrimPrefix(r.Step.Step, "RoundStep"))
			}
		}
		vote := index(rs, 0, ownPrecommit(h))
		prevote := index(rs, 0, ownPrevote(h))
		polka := completesPolka(rs, h)
		if slices.Equal(steps, []string{"NewHeight", "Propose", "Prevote", "Precommit", "Commit"}) &&
			vote >= 0 && vote < end && !rs[vote].Vote.BlockID.IsNil() && prevote >= 0 && prevote < polka &&
			isPeerVote(h, cometbft.Prevote)(&rs[polka]) && index(rs, 0, isTimeout(h, 1)) >= 0 {
			return h
		}
	}
}

// TestMutations: the judge finds what was changed in a real log, at the record
// and by the rule; what a network may do by itself it accepts.
func TestMutations(t *testing.T) {
	all := slices.Concat(votingMutations, stepMutations, proposalMutations)
	for _, log := range []string{"small-n038/node0", "small-m1/node1", "short-timeouts/node0", "normal/node3", "v1-normal/node0"} {
		rec := load(t, log)
		height := quiet(t, rec.records, 8)
		rec = rec.upTo(quiet(t, rec.records, height+5) + 1)
		plain, err := rec.judge(t, rec.records)
		require.NoError(t, err)
		require.Equal(t, conform.Conforms, plain.Verdict)
		for _, m := range all {
			t.Run(log+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				rec := rec
				rec.opt.TrustSignatures = m.trust
				records, at := m.change(rec.records, height)
				if at < 0 {
					t.Skip("this log has no such record at that height")
				}
				rep, err := rec.judge(t, records)
				require.NoError(t, err)
				if m.v1 != nil && ofV1(log) {
					m.says, m.rule, m.phrase, m.numbers = m.v1.says, m.v1.rule, m.v1.phrase, m.v1.numbers
				}
				m.check(t, rep, plain, at)
			})
		}
	}
}

func (m *mutation) check(t *testing.T, rep, plain *conform.Report, at int) {
	t.Helper()
	if m.conforms {
		require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
		if m.why != "" {
			require.Equal(t, plain.Counts.Why[m.why]+1, rep.Counts.Why[m.why])
		}
		if m.says != "" {
			require.Contains(t, rep.Notes, m.says)
		}
		return
	}
	require.Equal(t, conform.Diverges, rep.Verdict)
	d := rep.Divergence
	require.NotNil(t, d)
	require.Equal(t, at, d.Record, "%s", d.Text())
	require.Equal(t, at+1, rep.Counts.Records, "judging ends there")
	require.Contains(t, d.Did+"\n"+d.Must, m.says)
	if m.rule == "" {
		return
	}
	i := slices.IndexFunc(d.Refuted, func(r conform.Refutation) bool { return strings.HasPrefix(r.Rule, m.rule) })
	require.GreaterOrEqual(t, i, 0, "%s", d.Text())
	j := slices.IndexFunc(d.Refuted[i].Phrases, func(p conform.PhraseFinding) bool { return p.Words == m.phrase })
	require.GreaterOrEqual(t, j, 0, "%s", d.Text())
	require.False(t, d.Refuted[i].Phrases[j].Holds)
	require.Contains(t, d.Refuted[i].Phrases[j].Numbers, m.numbers)
	require.Contains(t, d.Text(), m.phrase)
}
