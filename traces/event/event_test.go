package event_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/traces/event"
)

func header(node int) event.Header {
	h := event.Header{
		Format: event.Format, Digest: "5f0c", Dialect: "paper", ChainID: "polka-test",
		Node: event.Node{Index: node, Address: event.Hex{0xaa, byte(node)}}, InitialHeight: 1,
		Timeouts: event.Timeouts{Propose: event.Duration(3 * time.Second), ProposeDelta: event.Duration(500 * time.Millisecond)},
	}
	for i := range 4 {
		h.Validators = append(h.Validators, event.Validator{Address: event.Hex{0xaa, byte(i)}, PubKey: event.Hex{byte(i), 1}, Power: 10})
	}
	return h
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)

// oneOfEach is a log with every kind of event and every payload.
func oneOfEach() []event.Event {
	v := event.Value{0x3f, 0x2a}
	sig := event.Hex{1, 2, 0xfe}
	at := func(k event.Kind) event.Event {
		return event.Event{Wall: noon, Mono: 17, Kind: k, Height: 1, Step: "propose"}
	}
	list := []event.Event{at(event.Start), at(event.Rule), at(event.Output), at(event.Output), at(event.Input), at(event.Input), at(event.Output), at(event.Input), at(event.Output), at(event.Input), at(event.Decide), at(event.Restart), at(event.Refuse)}
	list[1].Rule, list[1].Observation = "L14Else", `StartRound{proposer=self, validValue="unset" ∧ …}`
	list[2].ValueWanted = &event.ValueWanted{Height: 1}
	list[3].Timeout = &event.Timeout{Kind: "propose", Height: 1, After: event.Duration(3 * time.Second)}
	list[4].NewValue = &event.NewValue{Height: 1, Value: v}
	list[5].Proposal = &event.Proposal{Height: 1, POLRound: -1, Value: v, Proposer: 2, Valid: true, Signature: sig}
	list[5].From = "node2"
	list[6].Vote = &event.Vote{Type: "prevote", Height: 1, Value: v, Validator: 0, Signature: sig}
	list[7].Vote = &event.Vote{Type: "precommit", Height: 1, Round: 3, Validator: 1, Signature: sig}
	list[7].From = "node1"
	list[8].Proposal = &event.Proposal{Height: 1, Round: 4, POLRound: 3, Value: v, Proposer: 0, Signature: sig}
	list[9].Timeout = &event.Timeout{Kind: "precommit", Height: 1, Round: 3}
	list[10].Decision = &event.Decision{Height: 1, Value: v, Precommits: []event.Precommit{{Validator: 0, Signature: sig}, {Validator: 2, Signature: sig}}}
	list[12].Reason = "Duplicate"
	return list
}

func write(t require.TestingT, h event.Header, events []event.Event) []byte {
	var b bytes.Buffer
	w, err := event.NewWriter(&b, h)
	require.NoError(t, err)
	for i := range events {
		require.NoError(t, w.Append(&events[i]))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// read returns the events and the error that ended them, nil at a proper end.
func read(log []byte) (h event.Header, events []event.Event, err error) {
	r, err := event.NewReader(bytes.NewReader(log), "test.ndjson")
	if err != nil {
		return h, nil, err
	}
	for e, err := range r.Events() {
		if err != nil {
			return r.Header(), events, err
		}
		events = append(events, *e)
	}
	return r.Header(), events, nil
}

func TestRoundTripOfEveryKind(t *testing.T) {
	events := oneOfEach()
	h, got, err := read(write(t, header(0), events))
	require.NoError(t, err)
	require.Equal(t, header(0), h)
	require.Equal(t, events, got)
}

func TestRoundTripOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := header(rapid.IntRange(-1, 3).Draw(t, "node"))
		h.ChainID = rapid.String().Draw(t, "chain")
		h.Timeouts.Prevote = event.Duration(rapid.Int64().Draw(t, "prevote"))
		events := rapid.SliceOf(rapid.Custom(drawEvent)).Draw(t, "events")
		log := write(t, h, events)
		gotHeader, got, err := read(log)
		require.NoError(t, err)
		require.Equal(t, h, gotHeader)
		require.Len(t, got, len(events))
		for i := range events {
			require.Equal(t, events[i], got[i])
		}
	})
}

func drawEvent(t *rapid.T) event.Event {
	one := oneOfEach()
	e := one[rapid.IntRange(0, len(one)-1).Draw(t, "template")]
	e.Mono = time.Duration(rapid.Int64Min(0).Draw(t, "mono"))
	e.Wall = noon.Add(time.Duration(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "wall")))
	e.Height, e.Round = rapid.Int64().Draw(t, "height"), rapid.Int32().Draw(t, "round")
	e.Step = rapid.String().Draw(t, "step")
	sig := event.Hex(rapid.SliceOf(rapid.Byte()).Draw(t, "signature"))
	if sig == nil {
		sig = event.Hex{}
	}
	value := event.Value(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "value"))
	if e.Rule != "" {
		e.Observation = rapid.String().Draw(t, "observation")
	}
	if e.From != "" {
		e.From = rapid.String().Draw(t, "from")
	}
	if e.Vote != nil {
		e.Vote = &event.Vote{Type: e.Vote.Type, Height: e.Height, Round: e.Round, Value: value, Validator: rapid.Int().Draw(t, "validator"), Signature: sig}
	}
	if e.Decision != nil {
		e.Decision = &event.Decision{Height: e.Height, Value: value, Precommits: []event.Precommit{}}
		for i := range rapid.IntRange(0, 5).Draw(t, "precommits") {
			e.Decision.Precommits = append(e.Decision.Precommits, event.Precommit{Validator: i, Signature: sig})
		}
	}
	if e.Timeout != nil && e.Kind == event.Output {
		e.Timeout = &event.Timeout{Kind: "prevote", Height: e.Height, After: event.Duration(rapid.Int64().Draw(t, "after"))}
	}
	return e
}

func TestTruncationAtAnyByte(t *testing.T) {
	events := oneOfEach()
	log := write(t, header(0), events)
	for n := range log {
		_, got, err := read(log[:n])
		whole := bytes.Count(log[:n], []byte{'\n'})
		if n == 0 {
			require.ErrorContains(t, err, "the log is empty")
			continue
		}
		require.Len(t, got, max(0, whole-1), "cut at %d", n)
		if log[n-1] == '\n' {
			require.NoError(t, err, "cut at %d", n)
			continue
		}
		require.ErrorIs(t, err, event.ErrTorn, "cut at %d", n)
		var where *event.ReadError
		require.ErrorAs(t, err, &where)
		require.Equal(t, whole+1, where.Line)
		require.EqualValues(t, bytes.LastIndexByte(log[:n], '\n')+1, where.Offset)
	}
}

// TestBitFlips turns every bit of a log, for each kind of event: no flip may
// panic, and a log that is still accepted is one that a writer writes.
func TestBitFlips(t *testing.T) {
	for i, e := range oneOfEach() {
		log := write(t, header(0), []event.Event{e})
		from := 0
		if i > 0 { // the header is the same as in the first log
			from = bytes.IndexByte(log, '\n')
		}
		for at := from; at < len(log); at++ {
			for bit := range 8 {
				log[at] ^= 1 << bit
				if h, events, err := read(log); err == nil {
					require.Equal(t, string(log), string(write(t, h, events)))
				}
				log[at] ^= 1 << bit
			}
		}
	}
}

func TestReaderSaysWhatIsWrong(t *testing.T) {
	good := string(write(t, header(0), oneOfEach()[:2]))
	lines := strings.SplitAfter(good, "\n")
	for _, c := range []struct {
		name, log, says string
	}{
		{"unknown field of an event", lines[0] + strings.Replace(lines[1], `"mono"`, `"extra":1,"mono"`, 1), `unknown field "extra"`},
		{"unknown field of the header", strings.Replace(good, `"digest"`, `"extra":1,"digest"`, 1), `unknown field "extra"`},
		{"unknown kind", lines[0] + strings.Replace(lines[1], `"start"`, `"stop"`, 1), `the kind "stop" is not known`},
		{"newer format", strings.Replace(good, `"polkaTrace":1`, `"polkaTrace":2`, 1), "use the version of polka that wrote it"},
		{"no header", lines[1], "the first line is no header"},
		{"not JSON", "hello\n", "the header is not JSON"},
		{"gap", lines[0] + lines[2], "sequence number 2 after 0"},
		{"doubled event", lines[0] + lines[1] + lines[1], "sequence number 1 after 1"},
		{"another node's event", lines[0] + strings.Replace(lines[1], `"node":0`, `"node":1`, 1), "the event is of node 1 in a log of node 0"},
		{"field left out", lines[0] + strings.Replace(lines[1], `,"round":0`, ``, 1), "not spelled as polka spells it"},
		{"field given twice", lines[0] + strings.Replace(lines[1], `"round":0`, `"round":0,"round":0`, 1), "not spelled as polka spells it"},
		{"blank", lines[0] + " " + lines[1], "not spelled as polka spells it"},
		{"two values in a line", lines[0] + strings.TrimSpace(lines[1]) + "{}\n", "stands after the end"},
		{"rule without rule", lines[0] + lines[1] + strings.Replace(lines[2], `"rule":"L14Else","observation"`, `"from"`, 1), `an event of kind "rule" carries a rule, but it has nothing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := read([]byte(c.log))
			var where *event.ReadError
			require.ErrorAs(t, err, &where)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, fmt.Sprintf("test.ndjson:%d: at byte %d: ", where.Line, where.Offset))
			require.NotEmpty(t, where.Advice)
			require.NotErrorIs(t, err, event.ErrTorn)
		})
	}
}

func TestReaderBoundsTheLine(t *testing.T) {
	log := append(write(t, header(0), nil), bytes.Repeat([]byte{'x'}, event.MaxLine+1)...)
	_, _, err := read(log)
	require.ErrorContains(t, err, "the line has more than")
}

func TestWriterRefuses(t *testing.T) {
	h := header(0)
	h.Validators = nil
	var out bytes.Buffer
	_, err := event.NewWriter(&out, h)
	require.ErrorContains(t, err, "no validators")
	require.Zero(t, out.Len(), "a header that is refused must not be begun")

	w, err := event.NewWriter(io.Discard, header(0))
	require.NoError(t, err)
	bad := event.Event{Kind: event.Input, Height: 1, Wall: noon}
	require.ErrorContains(t, w.Append(&bad), "carries one of proposal, vote, timeout and newValue")
	require.Error(t, w.Append(&oneOfEach()[0]), "after an error nothing is written")
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return 0, errFull
	}
	d.left -= len(p)
	return len(p), nil
}

func TestWriterReportsAFullDisk(t *testing.T) {
	_, err := event.NewWriter(&fullDisk{left: 10}, header(0))
	require.ErrorIs(t, err, errFull)
	w, err := event.NewWriter(&fullDisk{left: 2000}, header(0))
	require.NoError(t, err)
	for i := 0; err == nil && i < 10_000; i++ {
		err = w.Append(&oneOfEach()[i%13])
	}
	require.ErrorIs(t, err, errFull)
	require.ErrorIs(t, w.Close(), errFull)
}

func FuzzReader(f *testing.F) {
	log := write(f, header(0), oneOfEach())
	f.Add(log)
	f.Add(log[:len(log)/2])
	f.Fuzz(func(t *testing.T, log []byte) {
		h, events, err := read(log)
		if err == nil {
			require.Equal(t, string(log), string(write(t, h, events)))
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	w, err := event.NewWriter(io.Discard, header(0))
	require.NoError(b, err)
	vote := oneOfEach()[7]
	vote.Vote.Signature = make(event.Hex, 64)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Append(&vote); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkNext(b *testing.B) {
	events := make([]event.Event, 1000)
	for i := range events {
		events[i] = oneOfEach()[7]
		events[i].Vote.Signature = make(event.Hex, 64)
	}
	log := write(b, header(0), events)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		_, got, err := read(log)
		if err != nil {
			b.Fatal(err)
		}
		n += len(got)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
