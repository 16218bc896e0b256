package debuglog

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// nested is the fields of an object in an object.
func nested(object json.RawMessage, name string) (*fields, error) {
	var outer, inner map[string]json.RawMessage
	if err := json.Unmarshal(object, &outer); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(outer[name], &inner); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &fields{values: inner}, nil
}

// scan gives the groups of a pattern; what names the thing in the error.
func scan(re *regexp.Regexp, what, s string) ([]string, error) {
	m := re.FindStringSubmatch(s)
	if m == nil {
		return nil, fmt.Errorf("%q is not %s", shorten(s), what)
	}
	return m[1:], nil
}

func shorten(s string) string {
	const most = 120
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// number reads a number that a pattern has let through.
func number[T int | int32 | int64 | uint8](s string, errs *error) T {
	n, err := strconv.ParseInt(s, 10, 64)
	*errs = errors.Join(*errs, err)
	if int64(T(n)) != n {
		*errs = errors.Join(*errs, fmt.Errorf("%s is too large", s))
	}
	return T(n)
}

func moment(s string, errs *error) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	*errs = errors.Join(*errs, err)
	return t
}

var voteRE = regexp.MustCompile(`^Vote\{(\d+):([0-9A-F]+) (\d+)/(\d+)/(\w+)\(\w+\) ([0-9A-F]+) ([0-9A-F]+) (?:[0-9A-F]* )*@ (\S+)\}$`)

// voteOf reads "Vote{3:89D6C9A0D518 2/00/SIGNED_MSG_TYPE_PREVOTE(Prevote) C70B13C319C2 … @ 2026-…}".
func voteOf(s string) (Vote, error) {
	m, err := scan(voteRE, "a vote", s)
	if err != nil {
		return Vote{}, err
	}
	t, err := typeOf(m[4])
	return Vote{
		Index: number[int](m[0], &err), Address: m[1], Height: number[int64](m[2], &err), Round: number[int32](m[3], &err),
		Type: t, Block: m[5], Signature: m[6], Time: moment(m[7], &err),
	}, err
}

var voteSetRE = regexp.MustCompile(`^VoteSet\{H:(\d+) R:(\d+) T:(\w+) \+2/3:(\S+)\([\d.]+\) (BA\{\S+\}|nil-BitArray) map\[`)

// voteSetOf reads "VoteSet{H:2 R:0 T:… +2/3:<nil>(0.5) BA{4:_x_x} map[]}".
func voteSetOf(s string) (VoteSet, error) {
	m, err := scan(voteSetRE, "a set of votes", s)
	if err != nil {
		return VoteSet{}, err
	}
	t, err := typeOf(m[2])
	bits, bad := arrayOf(m[4])
	err = errors.Join(err, bad)
	return VoteSet{Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Type: t, Majority: m[3], Votes: bits}, err
}

var proposalRE = regexp.MustCompile(`^Proposal\{(\d+)/(\d+) \(([0-9A-F]*):(\d+):([0-9A-F]*), (-?\d+)\) `)

// proposalOf reads "Proposal{5/0 (1F88…:1:A12B…, -1) … @ …}".
func proposalOf(s string) (Proposal, error) {
	m, err := scan(proposalRE, "a proposal", s)
	if err != nil {
		return Proposal{}, err
	}
	return Proposal{
		Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Hash: m[2],
		Header: Header{number[int](m[3], &err), m[4]}, POLRound: number[int32](m[5], &err),
	}, err
}

var commitRE = regexp.MustCompile(`\n  Commit\{\n    Height: +(\d+)\n    Round: +(\d+)\n    BlockID: +([0-9A-F]*):(\d+):([0-9A-F]*)\n    Signatures:\n((?: +CommitSig\{[^\n]*\n)*)`)

var (
	blockHeightRE = regexp.MustCompile(`\n    Height: +(\d+)\n`)
	signatureRE   = regexp.MustCompile(` on (\d) @ `)
)

// blockOf reads the height of a block, and the commit in it.
func blockOf(s string) (Block, error) {
	h, err := scan(blockHeightRE, "a block", s)
	if err != nil {
		return Block{}, err
	}
	b := Block{Height: number[int64](h[0], &err), CommitRound: -1}
	m := commitRE.FindStringSubmatch(s)
	if m == nil || err != nil {
		return b, err // the first block has no commit in it
	}
	b.CommitRound, b.Header = number[int32](m[2], &err), Header{number[int](m[4], &err), m[5]}
	var bits strings.Builder
	for _, sig := range signatureRE.FindAllStringSubmatch(m[6], -1) {
		if sig[1] == "1" { // BlockIDFlagAbsent
			bits.WriteByte('_')
		} else {
			bits.WriteByte('x')
		}
	}
	b.Commit = Bits(bits.String())
	return b, err
}

type form struct {
	re   *regexp.Regexp
	read func(m []string) (Message, error)
}

// forms says how each message is printed, by its first word.
var forms = map[string]form{
	"[NewRoundStep": {regexp.MustCompile(`^\[NewRoundStep H:(\d+) R:(\d+) S:(\w+) LCR:(-?\d+)\]$`), func(m []string) (Message, error) {
		step, err := stepOf(m[2])
		return Message{
			Kind: NewRoundStep, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Step: step,
			LastCommitRound: number[int32](m[3], &err),
		}, err
	}},
	"[ValidBlockMessage": {regexp.MustCompile(`^\[ValidBlockMessage H:(\d+) R:(\d+) BP:(\d+):([0-9A-F]*) BA:(\S+) IsCommit:(true|false)\]$`), func(m []string) (Message, error) {
		bits, err := arrayOf(m[4])
		return Message{
			Kind: NewValidBlock, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err),
			Header: Header{number[int](m[2], &err), m[3]}, Bits: bits, IsCommit: m[5] == "true",
		}, err
	}},
	"[HasVote": {regexp.MustCompile(`^\[HasVote VI:(\d+) V:\{(\d+)/(\d+)/(\w+)\}\]$`), func(m []string) (Message, error) {
		t, err := typeOf(m[3])
		return Message{Kind: HasVote, Index: number[int](m[0], &err), Height: number[int64](m[1], &err), Round: number[int32](m[2], &err), Type: t}, err
	}},
	"[HasProposalBlockPart": {regexp.MustCompile(`^\[HasProposalBlockPart PI:(\d+) HR:\{(\d+)/(\d+)\}\]$`), func(m []string) (_ Message, err error) {
		return Message{
			Kind: HasProposalBlockPart, Index: number[int](m[0], &err), Height: number[int64](m[1], &err), Round: number[int32](m[2], &err),
		}, err
	}},
	"[VSM23": {regexp.MustCompile(`^\[VSM23 (\d+)/(\d+)/(\w+) ([0-9A-F]*):\d+:[0-9A-F]*\]$`), func(m []string) (Message, error) {
		t, err := typeOf(m[2])
		return Message{Kind: VoteSetMaj23, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Type: t, Block: m[3]}, err
	}},
	"[VSB": {regexp.MustCompile(`^\[VSB (\d+)/(\d+)/(\w+) ([0-9A-F]*):\d+:[0-9A-F]* (\S+)\]$`), func(m []string) (Message, error) {
		t, err := typeOf(m[2])
		bits, bad := arrayOf(m[4])
		err = errors.Join(err, bad)
		return Message{Kind: VoteSetBits, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Type: t, Block: m[3], Bits: bits}, err
	}},
	"[Proposal": {regexp.MustCompile(`^\[Proposal (.*)\]$`), func(m []string) (Message, error) {
		p, err := proposalOf(m[0])
		return Message{Kind: ProposalMessage, Height: p.Height, Round: p.Round, Header: p.Header, Proposal: p}, err
	}},
	"[ProposalPOL": {regexp.MustCompile(`^\[ProposalPOL H:(\d+) POLR:(\d+) POL:(\S+)\]$`), func(m []string) (Message, error) {
		bits, err := arrayOf(m[2])
		return Message{Kind: ProposalPOL, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Bits: bits}, err
	}},
	"[BlockPart": {regexp.MustCompile(`^\[BlockPart H:(\d+) R:(\d+) P:Part\{#(\d+)\n`), func(m []string) (_ Message, err error) {
		return Message{Kind: BlockPart, Height: number[int64](m[0], &err), Round: number[int32](m[1], &err), Index: number[int](m[2], &err)}, err
	}},
	"[Vote": {regexp.MustCompile(`^\[Vote (.*)\]$`), func(m []string) (Message, error) {
		v, err := voteOf(m[0])
		return Message{Kind: VoteMessage, Height: v.Height, Round: v.Round, Type: v.Type, Index: v.Index, Vote: v}, err
	}},
}

// messageOf reads a printed message.
func messageOf(s string) (Message, error) {
	word, _, _ := strings.Cut(s, " ")
	f, ok := forms[word]
	if !ok {
		return Message{}, fmt.Errorf("%q is not a message of consensus", shorten(s))
	}
	m, err := scan(f.re, "a message "+strings.TrimPrefix(word, "["), s)
	if err != nil {
		return Message{}, err
	}
	return f.read(m)
}
