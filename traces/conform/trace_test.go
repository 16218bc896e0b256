package conform_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/conform"
	"github.com/polka-bft/polka/traces/event"
)

// traces gives a path inside the folder of traces of polka's own engine.
func traces(elem ...string) string {
	return filepath.Join(append([]string{"..", "testdata", "polka"}, elem...)...)
}

// loadTrace reads a bundled trace.
func loadTrace(t testing.TB, elem ...string) (event.Header, []event.Event) {
	t.Helper()
	f, err := os.Open(traces(elem...))
	require.NoError(t, err)
	defer f.Close()
	z, err := zstd.NewReader(f)
	require.NoError(t, err)
	defer z.Close()
	r, err := event.NewReader(z, "trace")
	require.NoError(t, err)
	var events []event.Event
	for e, err := range r.Events() {
		require.NoError(t, err)
		events = append(events, *e)
	}
	return r.Header(), events
}

// writeTrace writes events as an engine would: numbered from 1.
func writeTrace(t require.TestingT, h event.Header, events []event.Event) []byte {
	var b bytes.Buffer
	w, err := event.NewWriter(&b, h)
	require.NoError(t, err)
	for i := range events {
		e := events[i]
		require.NoError(t, w.Append(&e))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func judgeTrace(t testing.TB, log []byte) (*conform.Report, error) {
	t.Helper()
	rep, err := conform.Trace(t.Context(), bytes.NewReader(log), "trace", conform.Options{})
	lawful(t, rep, err)
	return rep, err
}

// pinnedTraces is what judging each bundled trace of ours finds.
var pinnedTraces = map[string]pin{
	"normal/node0":         {90, 90, 0, 0, 5, 0, 0, "6/0/propose"},
	"normal/node2":         {89, 89, 0, 0, 5, 0, 0, "6/0/propose"},
	"short-timeouts/node1": {624, 624, 0, 0, 5, 0, 8, "6/0/propose"},
	"short-timeouts/node2": {622, 622, 0, 0, 5, 0, 8, "6/0/prevote"},
}

func TestBundledTracesConform(t *testing.T) {
	paths, err := filepath.Glob(traces("*", "*.ndjson.zst"))
	require.NoError(t, err)
	require.Len(t, paths, 4)
	rules := map[string]int{}
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".ndjson.zst")
		rep, err := conform.File(t.Context(), path, conform.Options{})
		require.NoError(t, err)
		counted(t, rep)
		require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
		require.Equal(t, "paper", rep.Dialect)
		require.Equal(t, pinnedTraces[name], pinOf(rep), name)
		for r, n := range rep.Rules {
			rules[r] += n
		}
	}
	for _, name := range []string{"L14If", "L14Else", "L20", "L22If", "L28If", "L34", "L36If", "L36Else", "L44", "L47", "L49If", "L55", "L57If", "L61If", "L65If"} {
		require.Positive(t, rules[name], name)
	}
}

// A traceMutation changes one event and says on which line that is noticed,
// counted from the changed one.
type traceMutation struct {
	name   string
	is     func(e *event.Event) bool // the event to change
	change func(e *event.Event)      // nil: leave it out
	later  int                       // lines after it; −1: on some later line
	says   string
}

func isRule(name string) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == event.Rule && e.Rule == name }
}

func isOutputVote(kind string) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == event.Output && e.Vote != nil && e.Vote.Type == kind }
}

func isInputVote(kind string, validator int) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Kind == event.Input && e.Vote != nil && e.Vote.Type == kind && e.Vote.Validator == validator
	}
}

func isInputTimeout(e *event.Event) bool { return e.Kind == event.Input && e.Timeout != nil }

var traceMutations = []traceMutation{
	{"rule renamed to one that is none", isRule("L22If"), func(e *event.Event) { e.Rule = "L99" }, 0, "have no rule of that name"},
	{"rule renamed to another", isRule("L22If"), func(e *event.Event) { e.Rule = "L22Else" }, 0, "do not enable it on that here"},
	{"rule moved to another binding", isRule("L36If"), func(e *event.Event) { e.Rule = "L47" }, 0, "do not enable it"},
	{"observation changed", isRule("L22If"), func(e *event.Event) {
		e.Observation = strings.Replace(e.Observation, "lock=open", "lock=same", 1)
	}, 0, "do not enable it on that here, but on proposal(step=propose"},
	{"sent vote for another value", isOutputVote("prevote"), func(e *event.Event) { e.Vote.Value[0]++ }, -1, "demand PREVOTE"},
	{"sent vote for nil", isOutputVote("precommit"), func(e *event.Event) { e.Vote.Value = event.Value{} }, -1, "demand PRECOMMIT"},
	{"sent vote of another round", isOutputVote("precommit"), func(e *event.Event) { e.Vote.Round++ }, -1, "demand PRECOMMIT"},
	{"sent vote dropped", isOutputVote("precommit"), nil, -1, "demand PRECOMMIT"},
	{"rule dropped", isRule("L22If"), nil, 0, "no rule was fired before it"},
	{"rule dropped with what follows on a timeout", isRule("L65If"), nil, 0, "do not enable it"},
	{"received vote changed", isInputVote("prevote", 0), func(e *event.Event) { e.Vote.Value[3]++ }, -1, ""},
	{"received vote dropped", isInputVote("precommit", 0), nil, -1, ""},
	{"own vote taken that was never sent", func(e *event.Event) bool { return e.Kind == event.Input && e.Vote != nil && e.From == "" }, func(e *event.Event) { e.Vote.Value[3]++ }, 0, "only what it sent"},
	{"vote of a validator that is none", isInputVote("prevote", 0), func(e *event.Event) { e.Vote.Validator = 44 }, 0, "know 4 validators"},
	{"vote of a later height", isInputVote("prevote", 0), func(e *event.Event) { e.Vote.Height += 3 }, 0, "makes no sense"},
	{"decision of another value", isDecision, func(e *event.Event) { e.Decision.Value[0]++ }, -1, "demand the decision"},
	{"decision of another round", isDecision, func(e *event.Event) { e.Decision.Round++ }, -1, "demand the decision"},
	{"decision with too few precommits", isDecision, func(e *event.Event) { e.Decision.Precommits = e.Decision.Precommits[:1] }, -1, "demand the decision"},
	{"decision dropped", isDecision, nil, -1, "demand the decision"},
	{"height of an input", isInputVote("prevote", 0), func(e *event.Event) { e.Height++ }, 0, "have it at 1/"},
	{"round of an input", isInputVote("prevote", 0), func(e *event.Event) { e.Round++ }, 0, "have it at 1/"},
	{"step of a rule", isRule("L36If"), func(e *event.Event) { e.Step = "propose" }, 0, "have it at 1/"},
	{"timeout that was never started", isInputTimeout, func(e *event.Event) { e.Timeout.Kind, e.Timeout.Round = "precommit", e.Timeout.Round+1 }, 0, "have started no such timeout"},
	{"timeout of another duration", func(e *event.Event) bool { return e.Kind == event.Output && e.Timeout != nil }, func(e *event.Event) { e.Timeout.After++ }, -1, "the start of timeout"},
	{"proposal of another validator", isInputProposal, func(e *event.Event) { e.Proposal.Proposer = (e.Proposal.Proposer + 1) % 4 }, 0, "give that round to validator"},
	{"proposal of an absurd round", isInputProposal, func(e *event.Event) { e.Proposal.Round = -4 }, 0, "makes no sense"},
	{"proposal that the application refused", isInputProposal, func(e *event.Event) { e.Proposal.Valid = false }, 1, "do not enable it on that here"},
	{"new value for another round", isNewValue, func(e *event.Event) { e.NewValue.Round += 2 }, 0, "have asked for no value"},
	{"own proposal for another value", func(e *event.Event) bool { return e.Kind == event.Output && e.Proposal != nil }, func(e *event.Event) { e.Proposal.Value[0]++ }, 0, "demand PROPOSAL"},
	{"a second start", isInputVote("prevote", 0), func(e *event.Event) { e.Kind, e.Vote, e.From = event.Start, nil, "" }, 0, "begin with one start"},
	{"no start", func(e *event.Event) bool { return e.Kind == event.Start }, nil, 0, "before any input"},
	{"a message refused for no reason", isRule("L22If"), func(e *event.Event) {
		e.Kind, e.Rule, e.Observation, e.Reason = event.Refuse, "", "", "duplicate"
	}, 0, "have no such reason"},
	{"refused for a reason that is none", func(e *event.Event) bool { return e.Kind == event.Refuse }, func(e *event.Event) { e.Reason = "mood" }, 0, "have no such reason"},
}

func isDecision(e *event.Event) bool { return e.Kind == event.Decide }
func isNewValue(e *event.Event) bool { return e.NewValue != nil }

func isInputProposal(e *event.Event) bool {
	return e.Kind == event.Input && e.Proposal != nil && e.From != ""
}

// deep copies the payload, so that a change does not reach other tests.
func deep(e event.Event) event.Event {
	if e.Vote != nil {
		v := *e.Vote
		e.Vote = &v
	}
	if e.Proposal != nil {
		p := *e.Proposal
		e.Proposal = &p
	}
	if e.Timeout != nil {
		x := *e.Timeout
		e.Timeout = &x
	}
	if e.NewValue != nil {
		v := *e.NewValue
		e.NewValue = &v
	}
	if e.Decision != nil {
		d := *e.Decision
		e.Decision = &d
	}
	return e
}

// TestTraceMutations: what was changed in a trace is found on its line.
func TestTraceMutations(t *testing.T) {
	logs := [][]string{{"normal", "node2.ndjson.zst"}, {"short-timeouts", "node1.ndjson.zst"}, {"short-timeouts", "node2.ndjson.zst"}}
	for _, m := range traceMutations {
		t.Run(m.name, func(t *testing.T) {
			var h event.Header
			var events []event.Event
			at := -1
			for i := 0; at < 0; i++ {
				h, events = loadTrace(t, logs[i]...)
				at = slices.IndexFunc(events, func(e event.Event) bool { return m.is(&e) })
			}
			changed := slices.Clone(events)
			if m.change == nil {
				changed = slices.Delete(changed, at, at+1)
			} else {
				changed[at] = deep(changed[at])
				m.change(&changed[at])
			}
			rep, err := judgeTrace(t, writeTrace(t, h, changed))
			require.NoError(t, err)
			require.Equal(t, conform.Diverges, rep.Verdict)
			d := rep.Divergence
			line := at + 2 + m.later // the header is line 1
			if m.later < 0 {
				require.GreaterOrEqual(t, d.Line, at, "%s", d.Text()) // the rule before an output is named
			} else {
				require.Equal(t, line, d.Line, "%s", d.Text())
			}
			require.Equal(t, d.Line-1, d.Record)
			require.Contains(t, d.Did+"\n"+d.Must, m.says)
		})
	}
}

// TestTraceSweep changes one field of any event: the judge never fails, and what
// the machine did is never passed over.
func TestTraceSweep(t *testing.T) {
	h, events := loadTrace(t, "short-timeouts", "node2.ndjson.zst")
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(events)-1).Draw(rt, "event")
		changed := slices.Clone(events)
		did := !changed[at].IsInput()
		switch rapid.IntRange(0, 2).Draw(rt, "how") {
		case 0:
			changed = slices.Delete(changed, at, at+1)
			did = did && at < len(changed)
		case 1:
			changed = slices.Insert(changed, at, changed[at])
		default:
			changed[at] = deep(changed[at])
			changed[at].Round += rapid.Int32Range(1, 9).Draw(rt, "rounds")
		}
		rep, err := judgeTrace(t, writeTrace(rt, h, changed))
		require.NoError(rt, err)
		if did && events[at].Kind != event.Refuse {
			require.Equal(rt, conform.Diverges, rep.Verdict)
		}
	})
}

// TestTraceCut: a trace that ends too early conforms as far as it goes, and says
// so; one that is damaged is an error.
func TestTraceCut(t *testing.T) {
	h, events := loadTrace(t, "normal", "node0.ndjson.zst")
	log := writeTrace(t, h, events)
	rapid.Check(t, func(rt *rapid.T) {
		file := log[:rapid.IntRange(0, len(log)-1).Draw(rt, "at")]
		rep, err := judgeTrace(t, file)
		if !bytes.Contains(file, []byte("\n")) {
			require.Nil(rt, rep)
			require.Error(rt, err)
			return
		}
		require.NoError(rt, err)
		require.NotEqual(rt, conform.Diverges, rep.Verdict, "%v", rep.Divergence)
		if !bytes.HasSuffix(file, []byte("\n")) {
			require.Contains(rt, strings.Join(rep.Notes, "; "), "torn")
		}
	})
	lines := bytes.SplitAfter(log, []byte("\n"))
	rep, err := judgeTrace(t, bytes.Join(slices.Delete(slices.Clone(lines), 20, 21), nil))
	require.ErrorContains(t, err, "trace:21:", "a gap in the numbers")
	require.Equal(t, conform.Unfinished, rep.Verdict)
}

func TestTraceHeader(t *testing.T) {
	h, events := loadTrace(t, "normal", "node0.ndjson.zst")
	events = events[:60]
	other := h
	other.Digest = strings.Repeat("0f", 32)
	rep, err := judgeTrace(t, writeTrace(t, other, events))
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, rep.Verdict)
	require.Contains(t, strings.Join(rep.Notes, "; "), "rules with digest 0f0f0f0f0f0f, not "+consensus.Paper.Digest()[:12])

	other = h
	other.Dialect = "cometbft-v0.38"
	_, err = judgeTrace(t, writeTrace(t, other, events))
	require.ErrorContains(t, err, "is judged against the paper, not against cometbft-v0.38")
	other.Dialect = "esperanto"
	_, err = judgeTrace(t, writeTrace(t, other, events))
	require.ErrorContains(t, err, `dialect "esperanto", which is not known`)

	other = h
	other.Validators = slices.Clone(h.Validators)
	for i := range other.Validators {
		other.Validators[i].Power = 0
	}
	_, err = judgeTrace(t, writeTrace(t, other, events))
	require.ErrorContains(t, err, "no power")
	other.Validators[0].Power, other.Validators[1].Power = 1<<62, 1<<62
	_, err = judgeTrace(t, writeTrace(t, other, events))
	require.ErrorContains(t, err, "add up to more")
}

// TestHostileTrace: rounds that no machine reaches end in an error, not in work
// without end.
func TestHostileTrace(t *testing.T) {
	h, events := loadTrace(t, "normal", "node0.ndjson.zst")
	at := slices.IndexFunc(events, func(e event.Event) bool { return isInputProposal(&e) || isInputVote("prevote", 1)(&e) })
	var many []event.Event
	for i := range 2100 {
		e := deep(events[at])
		e.Kind, e.Proposal, e.From = event.Input, nil, "node1"
		e.Vote = &event.Vote{Type: "prevote", Height: e.Height, Round: int32(1<<30 + i), Validator: 1}
		many = append(many, e)
	}
	rep, err := judgeTrace(t, writeTrace(t, h, slices.Concat(events[:at], many)))
	require.ErrorContains(t, err, "more than 2048 rounds")
	require.Equal(t, conform.Unfinished, rep.Verdict)

	far := deep(events[at])
	far.Kind, far.Vote, far.From = event.Input, nil, "node1"
	far.Proposal = &event.Proposal{Height: far.Height, Round: 1<<31 - 1, POLRound: -1, Value: event.Value{1}, Proposer: 1}
	_, err = judgeTrace(t, writeTrace(t, h, slices.Concat(events[:at], []event.Event{far})))
	require.ErrorContains(t, err, "too far to tell its proposer")
}
