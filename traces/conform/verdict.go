package conform

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Verdict is the outcome of judging one log.
type Verdict string

// The verdicts.
const (
	// Conforms: every record is explained, and something was judged.
	Conforms Verdict = "conforms"
	// Diverges: a record that no rule of the dialect explains.
	Diverges Verdict = "diverges"
	// Unfinished: judging ended before the log did, without a divergence so far:
	// the rest could not be read, or it was interrupted. It is not a pass.
	Unfinished Verdict = "unfinished"
	// Nothing: the log was read, but holds nothing that could be judged. It is
	// not a pass.
	Nothing Verdict = "nothing judged"
)

// Report is what judging one log found.
type Report struct {
	Path    string  `json:"path"`
	Format  string  `json:"format"` // "cs.wal" or "polka trace"
	Dialect string  `json:"dialect"`
	Digest  string  `json:"digest"` // of the dialect's rules
	ChainID string  `json:"chain_id"`
	Node    string  `json:"node"` // address of the validator whose log it is, "" when it never signed
	Verdict Verdict `json:"verdict"`

	FirstHeight int64  `json:"first_height"` // that was judged, 0 when none was
	LastHeight  int64  `json:"last_height"`  // that was judged to its decision, 0 when none was
	Ends        string `json:"ends"`         // height/round/step in which the log, or the judging, ended
	Commits     int    `json:"commits"`
	MaxRound    int32  `json:"max_round"`
	Restarts    int    `json:"restarts"`

	Counts     Counts         `json:"counts"`
	Rules      map[string]int `json:"rules"` // how often each rule fired
	Notes      []string       `json:"notes,omitempty"`
	Divergence *Divergence    `json:"divergence,omitempty"`
	// Departures lists what the node did that the paper has no rule for, by the
	// named difference of the dialect that it runs. Only a CometBFT log that is
	// held against the paper has them, and its Divergence is the first of all.
	Departures []Departure `json:"departures,omitempty"`
}

// Departure is one kind of departure from Algorithm 1: how often, and the first.
type Departure struct {
	Difference string      `json:"difference"`
	Count      int         `json:"count"`
	First      *Divergence `json:"first"`
}

// conclude settles the verdict; whole says that the end of the log was reached.
func (r *Report) conclude(whole bool) {
	switch {
	case r.Divergence != nil:
		r.Verdict = Diverges
	case !whole:
		r.Verdict = Unfinished
	case r.Commits == 0:
		r.Verdict = Nothing
	default:
		r.Verdict = Conforms
	}
}

// Counts says what became of the records of a log. Every record is counted in
// exactly one of Explained, Inferred, Skipped and Unexplained; an assumption that
// explains the absence of a record is in Assumed.
type Counts struct {
	Records     int            `json:"records"`     // that were read, up to a divergence
	Explained   int            `json:"explained"`   // by a rule, or ignored because the rules say so
	Inferred    int            `json:"inferred"`    // explained together with something the log does not record
	Skipped     int            `json:"skipped"`     // not judged
	Unexplained int            `json:"unexplained"` // the one that diverges or stopped the judge, and what was read with it
	Why         map[string]int `json:"why"`         // the records by reason
	Assumed     map[string]int `json:"assumed"`     // what had to be assumed, by reason
}

func newCounts() Counts { return Counts{Why: map[string]int{}, Assumed: map[string]int{}} }

func (c *Counts) explained(why string) { c.Explained++; c.Why[why]++ }
func (c *Counts) inferred(why string)  { c.Inferred++; c.Why[why]++ }
func (c *Counts) skipped(why string)   { c.Skipped++; c.Why[why]++ }
func (c *Counts) assume(what string)   { c.Assumed[what]++ }

func (c *Counts) clone() Counts {
	d := *c
	d.Why, d.Assumed = maps.Clone(c.Why), maps.Clone(c.Assumed)
	return d
}

// check is the law that no record is lost or counted twice.
func (c *Counts) check() error {
	if sum := c.Explained + c.Inferred + c.Skipped + c.Unexplained; sum != c.Records {
		return fmt.Errorf("%w: %d records were read, and %d counted", ErrDefect, c.Records, sum)
	}
	return nil
}

// Divergence is the first record that no rule explains.
type Divergence struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"` // of a text log
	Offset int64  `json:"offset"`         // bytes
	Record int    `json:"record"`         // number in a cs.wal, from 0; seq of a polka trace, from 1
	Time   string `json:"time,omitempty"`
	Node   string `json:"node"`
	Height int64  `json:"height"`
	Round  int32  `json:"round"`
	Step   string `json:"step"`
	Did    string `json:"did"`  // what the log says the node did
	Must   string `json:"must"` // what the rules allow or demand instead
	// Refuted holds, for each rule that would have led to what the node did,
	// what it asks for and what of it failed.
	// The rule that was nearest to hold comes first.
	Refuted []Refutation `json:"refuted,omitempty"`
}

// maxRefuted is how many rules a divergence argues with: one screen.
const maxRefuted = 4

// refute adds refutations, and keeps those that are nearest to hold.
func (d *Divergence) refute(refs ...Refutation) {
	d.Refuted = append(d.Refuted, refs...)
	slices.SortStableFunc(d.Refuted, func(a, b Refutation) int { return cmp.Compare(a.failing(), b.failing()) })
	d.Refuted = d.Refuted[:min(len(d.Refuted), maxRefuted)]
}

// Refutation says why one rule does not explain what a node did.
type Refutation struct {
	Rule     string          `json:"rule"`
	Line     int             `json:"line,omitempty"`  // of Algorithm 1
	Place    string          `json:"place,omitempty"` // in CometBFT
	Observed string          `json:"observed"`
	Phrases  []PhraseFinding `json:"phrases"`
}

// failing counts the phrases that do not hold.
func (r *Refutation) failing() int {
	n := 0
	for _, p := range r.Phrases {
		if !p.Holds {
			n++
		}
	}
	return n
}

// PhraseFinding is one phrase of a rule, whether it held, and the numbers.
type PhraseFinding struct {
	Words   string `json:"words"`
	Holds   bool   `json:"holds"`
	Numbers string `json:"numbers,omitempty"`
}

// Error makes a divergence an error, in one line.
func (d *Divergence) Error() string {
	return fmt.Sprintf("%s, record %d at offset %d: height %d round %d step %s: the node %s; the rules %s",
		d.File, d.Record, d.Offset, d.Height, d.Round, d.Step, d.Did, d.Must)
}

// Text renders the divergence for people; of each rule the failing phrase first.
func (d *Divergence) Text() string {
	var b strings.Builder
	where := fmt.Sprintf("record %d, offset %d", d.Record, d.Offset)
	if d.Line > 0 {
		where = fmt.Sprintf("line %d, offset %d", d.Line, d.Offset)
	}
	fmt.Fprintf(&b, "  %s, %s", d.File, where)
	if d.Time != "" {
		fmt.Fprintf(&b, ", %s", d.Time)
	}
	fmt.Fprintf(&b, "\n  node       %s at height %d, round %d, step %s\n  the node   %s\n  the rules  %s\n",
		d.Node, d.Height, d.Round, d.Step, d.Did, d.Must)
	for i := range d.Refuted {
		d.Refuted[i].text(&b)
	}
	return b.String()
}

func (r *Refutation) text(b *strings.Builder) {
	fmt.Fprintf(b, "\n  rule %s", r.Rule)
	if r.Line > 0 {
		fmt.Fprintf(b, " (line %d)", r.Line)
	}
	if r.Place != "" {
		fmt.Fprintf(b, ", %s,", r.Place)
	}
	b.WriteString(" does not explain it:\n")
	for _, holds := range []bool{false, true} {
		for _, p := range r.Phrases {
			switch {
			case p.Holds != holds:
			case holds:
				fmt.Fprintf(b, "    holds  %s\n", p.Words)
			default:
				fmt.Fprintf(b, "    fails  %s\n", p.Words)
				if p.Numbers != "" {
					fmt.Fprintf(b, "           %s\n", p.Numbers)
				}
			}
		}
	}
}
