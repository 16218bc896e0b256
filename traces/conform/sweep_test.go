package conform_test

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// A class of random changes, and how many of fifty are rejected at least.
// The floors are what was measured: where one is below fifty, the comment
// says what makes the others harmless.
type class struct {
	name  string
	floor int
	pick  func(*cometbft.Record) bool
	apply func(rs []cometbft.Record, at int) []cometbft.Record
}

func ofKind(kinds ...cometbft.Kind) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool { return slices.Contains(kinds, r.Kind) }
}

func own(r *cometbft.Record) bool  { return r.Kind == cometbft.KindVote && r.IsOwn() }
func peer(r *cometbft.Record) bool { return r.Kind == cometbft.KindVote && !r.IsOwn() }

func flipVote(rs []cometbft.Record, at int) []cometbft.Record {
	return change(rs, at, func(r *cometbft.Record) { r.Vote.BlockID = another(r.Vote.BlockID) })
}

func swap(rs []cometbft.Record, at int) []cometbft.Record {
	out := slices.Clone(rs)
	if at+1 < len(out) {
		out[at], out[at+1] = out[at+1], out[at]
	}
	return out
}

func repeat(rs []cometbft.Record, at int) []cometbft.Record { return insert(rs, at, rs[at]) }

var classes = []class{
	{"flip an own vote", 50, own, flipVote},
	{"own vote one round later", 50, own, func(rs []cometbft.Record, at int) []cometbft.Record {
		return change(rs, at, func(r *cometbft.Record) { r.Vote.Round++ })
	}},
	{"own vote with a broken signature", 50, own, func(rs []cometbft.Record, at int) []cometbft.Record {
		return change(rs, at, breakSignature)
	}},
	{"rename a STEP", 50, ofKind(cometbft.KindStep), func(rs []cometbft.Record, at int) []cometbft.Record {
		return change(rs, at, func(r *cometbft.Record) { r.Step.Step += "s" })
	}},
	{"STEP one round later", 50, ofKind(cometbft.KindStep), func(rs []cometbft.Record, at int) []cometbft.Record {
		return change(rs, at, func(r *cometbft.Record) { r.Step.Round++ })
	}},
	{"change an ENDHEIGHT", 50, ofKind(cometbft.KindEndHeight), func(rs []cometbft.Record, at int) []cometbft.Record {
		return change(rs, at, func(r *cometbft.Record) { r.EndHeight += 2 })
	}},
	{"drop an ENDHEIGHT", 50, ofKind(cometbft.KindEndHeight), drop},
	{"drop a STEP", 40, ofKind(cometbft.KindStep), drop},      // NewHeight: a restart between two heights
	{"repeat a STEP", 40, ofKind(cometbft.KindStep), repeat},  // Propose: a restart that replays the height
	{"drop a TIMEOUT", 0, ofKind(cometbft.KindTimeout), drop}, // an input that is not logged may begin round 0
	{"drop an own vote", 50, own, drop},
	{"drop a peer's vote", 15, peer, drop},                                       // one of three that were needed, or not
	{"flip a peer's vote", 15, peer, flipVote},                                   // the same: its signature is wrong then
	{"swap two records", 22, ofKind(cometbft.KindStep, cometbft.KindVote), swap}, // two votes of which none completes anything
	{"repeat an input", 7, ofKind(cometbft.KindVote, cometbft.KindProposal, cometbft.KindBlockPart), repeat},
}

// TestSweep makes fifty random changes of each class to one log. None makes
// the judge fail; of each class at least as many are rejected as before.
func TestSweep(t *testing.T) {
	rec := load(t, "small-n038/node0")
	rec = rec.upTo(quiet(t, rec.records, 6) + 1)
	for _, c := range classes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var candidates []int
			for i := 1; i < len(rec.records)-8; i++ { // what comes last, nothing betrays
				if c.pick(&rec.records[i]) {
					candidates = append(candidates, i)
				}
			}
			random := rand.New(rand.NewPCG(1, 2))
			rejected := 0
			const rounds = 50
			for range rounds {
				at := candidates[random.IntN(len(candidates))]
				rep, err := rec.judge(t, c.apply(rec.records, at))
				require.NoError(t, err, "record %d", at)
				require.Contains(t, []conform.Verdict{conform.Conforms, conform.Diverges}, rep.Verdict)
				if rep.Verdict == conform.Diverges {
					rejected++
					require.GreaterOrEqual(t, rep.Divergence.Record, at, "nothing before the change diverges")
				}
			}
			t.Logf("%d of %d rejected", rejected, rounds)
			require.GreaterOrEqual(t, rejected, c.floor)
		})
	}
}

// lawful checks what holds of the outcome for any bytes whatever.
func lawful(t require.TestingT, rep *conform.Report, err error) {
	require.NotErrorIs(t, err, conform.ErrDefect)
	if rep == nil {
		require.Error(t, err)
		return
	}
	c := &rep.Counts
	require.Equal(t, c.Records, c.Explained+c.Inferred+c.Skipped+c.Unexplained)
	switch rep.Verdict {
	case conform.Conforms:
		require.NoError(t, err)
		require.Positive(t, rep.Commits)
	case conform.Diverges:
		require.NotNil(t, rep.Divergence)
		require.NotEmpty(t, rep.Divergence.Text())
	case conform.Unfinished:
		require.Error(t, err)
	case conform.Nothing:
		require.NoError(t, err)
		require.Zero(t, rep.Commits)
	default:
		require.Fail(t, "no verdict", "%q", rep.Verdict)
	}
}

// damaged judges a file that was cut, or in which a bit was flipped.
func damaged(t *rapid.T, dir string, whole []byte, opt conform.Options) (*conform.Report, error, bool) {
	file := slices.Clone(whole)
	cut := rapid.Bool().Draw(t, "cut")
	if cut {
		file = file[:rapid.IntRange(0, len(file)-1).Draw(t, "at")]
	} else {
		bit := rapid.IntRange(0, 8*len(file)-1).Draw(t, "bit")
		file[bit/8] ^= 1 << (bit % 8)
	}
	path := filepath.Join(dir, "wal")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	rep, err := conform.WAL(t.Context(), path, opt)
	return rep, err, cut
}

// TestDamage: a log that is cut conforms as far as it goes, and says where it
// ends; a flipped bit is an error at the record that it is in.
func TestDamage(t *testing.T) {
	rec := load(t, "small-m038/node0").trusting().upTo(6)
	whole := encode(t, rec.records)
	stops := map[int]bool{}
	for i := range rec.records {
		stops[int(rec.records[i].Offset)] = true
	}
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		rep, err, cut := damaged(rt, dir, whole, rec.opt)
		lawful(rt, rep, err)
		switch {
		case rep == nil:
			require.True(rt, errors.Is(err, cometbft.ErrEmpty) || errors.Is(err, cometbft.ErrNotWAL), "%v", err)
		case !cut:
			var corrupt *cometbft.CorruptError
			require.ErrorAs(rt, err, &corrupt)
			require.Equal(rt, conform.Unfinished, rep.Verdict)
		default:
			require.NoError(rt, err)
			require.NotEqual(rt, conform.Diverges, rep.Verdict)
			info, err := os.Stat(filepath.Join(dir, "wal"))
			require.NoError(rt, err)
			if !stops[int(info.Size())] {
				require.Contains(rt, rep.Notes[len(rep.Notes)-1], "wal ends in")
			}
			require.Equal(rt, rep.Commits == 0, rep.Verdict == conform.Nothing)
		}
	})
}

func TestNoLog(t *testing.T) {
	opt := load(t, "small-m038/node0").opt
	_, err := judgeFile(t, nil, opt)
	require.ErrorIs(t, err, cometbft.ErrEmpty)
	_, err = judgeFile(t, []byte("no log at all, but a text that somebody wrote"), opt)
	require.ErrorIs(t, err, cometbft.ErrNotWAL)
	rep, err := load(t, "small-m038/node0").judge(t, load(t, "small-m038/node0").records[:5])
	require.NoError(t, err)
	require.Equal(t, conform.Nothing, rep.Verdict)
}

// hostile draws records that no node writes, to be put into a log.
func hostile(t *rapid.T, rs []cometbft.Record) cometbft.Record {
	r := rs[rapid.IntRange(0, len(rs)-1).Draw(t, "of")]
	height := rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, 2, 3, 4, math.MaxInt64 - 1, math.MaxInt64}).Draw(t, "height")
	round := rapid.SampledFrom([]int32{math.MinInt32, -1, 0, 1, 2, 3, 40, math.MaxInt32 - 1, math.MaxInt32}).Draw(t, "round")
	switch r.Kind {
	case cometbft.KindStep:
		r.Step = cometbft.Step{Height: height, Round: round, Step: rapid.SampledFrom([]string{"", "RoundStep", "RoundStepPropose", "RoundStepCommit", "x"}).Draw(t, "step")}
	case cometbft.KindProposal:
		r.Proposal.Height, r.Proposal.Round = height, round
		r.Proposal.POLRound = rapid.SampledFrom([]int32{math.MinInt32, -1, 0, 1, 2, math.MaxInt32}).Draw(t, "pol")
		r.Proposal.BlockID.PartsTotal = rapid.SampledFrom([]uint32{0, 1, math.MaxUint32}).Draw(t, "parts")
	case cometbft.KindBlockPart:
		r.BlockPart.Height, r.BlockPart.Round = height, round
		r.BlockPart.Index = rapid.SampledFrom([]uint32{0, 1, math.MaxUint32}).Draw(t, "index")
	case cometbft.KindVote:
		r.Vote.Height, r.Vote.Round = height, round
		r.Vote.ValidatorIndex = rapid.SampledFrom([]int32{math.MinInt32, -1, 0, 1, 3, 4, math.MaxInt32}).Draw(t, "validator")
	case cometbft.KindTimeout:
		r.Timeout.Height, r.Timeout.Round = height, round
		r.Timeout.Step = rapid.SampledFrom([]uint8{0, 1, 2, 3, 5, 7, 8, 255}).Draw(t, "timeout")
	case cometbft.KindEndHeight:
		r.EndHeight = height
	}
	return r
}

// judgesAnything is the law that records of whatever content are judged, or
// refused with an error, under both dialects.
func judgesAnything(t *rapid.T) {
	rec := recordings["small-m038/node0"]
	rs := slices.Clone(rec.records[:rapid.IntRange(1, 200).Draw(t, "records")])
	for range rapid.IntRange(1, 12).Draw(t, "hostile") {
		rs = slices.Insert(rs, rapid.IntRange(0, len(rs)).Draw(t, "place"), hostile(t, rs))
	}
	dir, err := os.MkdirTemp("", "conform")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "wal")
	require.NoError(t, os.WriteFile(path, encode(t, rs), 0o600))
	opt := rec.opt
	opt.TrustSignatures = rapid.Bool().Draw(t, "trust")
	opt.Dialect = rapid.SampledFrom(dialects).Draw(t, "dialect")
	rep, err := conform.WAL(t.Context(), path, opt)
	lawful(t, rep, err)
}

func TestJudgesAnything(t *testing.T) {
	load(t, "small-m038/node0")
	rapid.Check(t, judgesAnything)
}

// resealed sets the checksums of frames right, so that a fuzzer gets past them.
func resealed(file []byte) []byte {
	const header = 8
	var out []byte
	for len(file) >= header {
		length := binary.BigEndian.Uint32(file[4:])
		if uint64(length) > uint64(len(file)-header) {
			break
		}
		out = cometbft.AppendFrame(out, file[header:header+length])
		file = file[header+length:]
	}
	return append(out, file...)
}

// FuzzWAL judges any bytes as a log, with checksums as they are and set right.
// The seeds are small, so that it is fast: run it with -fuzzminimizetime 1x.
func FuzzWAL(f *testing.F) {
	rec := load(f, "small-m038/node0").trusting()
	f.Add(encode(f, rec.records[:2]))
	f.Add(encode(f, rec.records[:12]))
	f.Add(encode(f, rec.records[:30]))
	f.Add([]byte("no log"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(dir, "wal")
		for _, b := range [][]byte{file, resealed(file)} {
			require.NoError(t, os.WriteFile(path, b, 0o600))
			rep, err := conform.WAL(t.Context(), path, rec.opt)
			lawful(t, rep, err)
		}
	})
}
