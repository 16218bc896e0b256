package picks

import (
	"fmt"
	"strings"
	"time"
)

// Verdict says how what was sent stands to the rules.
type Verdict string

// The verdicts.
const (
	Explained   Verdict = "explained"       // a row sends it
	Contradicts Verdict = "contradicts"     // no row does, however what is not known is completed
	Unknown     Verdict = "cannot be known" // the log does not tell what would decide it
)

// A Pick is something that the node sent, and its judgement.
type Pick struct {
	Line    int           `json:"line"`
	Offset  int64         `json:"offset"` // of the line in the unpacked file, in bytes
	Time    time.Time     `json:"time"`
	What    string        `json:"what"`
	Verdict Verdict       `json:"verdict"`
	Row     string        `json:"row,omitempty"`     // by which it was sent; of one that contradicts, by which it would have been
	Lag     time.Duration `json:"lag,omitempty"`     // how long before what the node held explains it, at most
	Earlier bool          `json:"earlier,omitempty"` // what was believed of the peer a moment before explains it, what was printed does not
	From    string        `json:"from,omitempty"`    // where the node says that it picked from, of one that contradicts
	Place   string        `json:"place,omitempty"`   // height/round of the node
	Instead []string      `json:"instead,omitempty"` // the rows that send something else
	Facts   []string      `json:"facts,omitempty"`   // the smallest set of facts that forbids it
	Missing string        `json:"missing,omitempty"` // the evidence that would decide it
}

func (p Pick) cannot(missing string) Pick {
	p.Verdict, p.Missing = Unknown, missing
	return p
}

// Text is the judgement in lines.
func (p *Pick) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  line %d, offset %d, %s: %s: %s\n", p.Line, p.Offset, p.Time.Format(time.RFC3339Nano), p.What, p.Verdict)
	switch p.Verdict {
	case Contradicts:
		fmt.Fprintf(&b, "    the node is at %s; what fires is %s\n", p.Place, strings.Join(p.Instead, " or "))
		if p.From != "" {
			fmt.Fprintf(&b, "    the node says that it picked from %s\n", p.From)
		}
		if p.Row != "" {
			fmt.Fprintf(&b, "    row %s would have sent it, but for:\n", p.Row)
		}
		for _, f := range p.Facts {
			fmt.Fprintf(&b, "      %s\n", f)
		}
	case Unknown:
		fmt.Fprintf(&b, "    not known: %s\n", p.Missing)
	case Explained:
		fmt.Fprintf(&b, "    by row %s\n", p.Row)
	}
	return b.String()
}

// Counts are how many were sent, by verdict; explained ones by row as well.
type Counts struct {
	Sent     int                   `json:"sent"`
	Verdicts map[Verdict]int       `json:"verdicts"`
	Rows     map[string]int        `json:"rows"`
	Lags     map[time.Duration]int `json:"-"`
	Earlier  int                   `json:"earlier"`
}

func (c *Counts) count(p *Pick) {
	if c.Verdicts == nil {
		c.Verdicts, c.Rows, c.Lags = map[Verdict]int{}, map[string]int{}, map[time.Duration]int{}
	}
	c.Sent++
	c.Verdicts[p.Verdict]++
	if p.Verdict == Explained {
		c.Rows[p.Row]++
		c.Lags[p.Lag]++
		if p.Earlier {
			c.Earlier++
		}
	}
}

// Report is what judging a log found.
type Report struct {
	Path      string         `json:"path"`
	Lines     int            `json:"lines"`
	Others    map[string]int `json:"-"` // lines that say nothing of gossip, by module and text
	Votes     Counts         `json:"votes"`
	Parts     Counts         `json:"parts"`
	Proposals Counts         `json:"proposals"`
	POLs      Counts         `json:"pols"`
	Quiet     Counts         `json:"quiet"` // that no vote was found to send, row "none"
	Beliefs   Beliefs        `json:"beliefs"`
	Odd       []Pick         `json:"odd"` // all that is not explained, in order
}

func (r *Report) count(c *Counts, p *Pick) {
	c.count(p)
	if p.Verdict != Explained {
		r.Odd = append(r.Odd, *p)
	}
}

// All is what was sent of every kind.
func (r *Report) All() Counts {
	var all Counts
	for _, c := range []Counts{r.Votes, r.Parts, r.Proposals, r.POLs} {
		all.add(&c)
	}
	return all
}

func (c *Counts) add(d *Counts) {
	if c.Verdicts == nil {
		c.Verdicts, c.Rows = map[Verdict]int{}, map[string]int{}
	}
	c.Sent += d.Sent
	c.Earlier += d.Earlier
	for v, n := range d.Verdicts {
		c.Verdicts[v] += n
	}
	for row, n := range d.Rows {
		c.Rows[row] += n
	}
}

// Explained reports whether rows explain all that was sent and is not beyond what
// the log can tell, and updates every belief of which the peer is certain.
func (r *Report) Explained() bool {
	for i := range r.Odd {
		if r.Odd[i].Verdict == Contradicts {
			return false
		}
	}
	for i := range r.Beliefs.Different {
		if !r.Beliefs.Different[i].Doubtful {
			return false
		}
	}
	return true
}
