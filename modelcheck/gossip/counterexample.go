package gossip

import (
	"fmt"
	"io"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/spec/gossip"
)

// Property is what a counterexample violates.
type Property = counterexample.Property

// A Counterexample is a shortest run that ends with a property violated. Step 0 is
// the start.
type Counterexample struct {
	Config   Config
	Property Property
	Steps    []Step
}

// A Step is one thing that one node does.
type Step struct {
	Number  int
	Actor   string   // A, B or the environment; "" for the start
	Does    string   // what it does, and what became of the message
	Rules   []string // of spec/gossip that fired, in order
	Changes []string // what the nodes hold, what they believe, and what is under way now
}

// Len is the number of steps after the start.
func (c *Counterexample) Len() int { return len(c.Steps) - 1 }

// Print writes the counterexample for people.
func (c *Counterexample) Print(w io.Writer) error {
	var b strings.Builder
	c.Property.Begin(&b, c.Len(), c.Config.Name())
	for i := range c.Steps {
		s := &c.Steps[i]
		counterexample.Wrap(&b, fmt.Sprintf("%3d  ", s.Number), "", strings.TrimSpace(s.Actor+" "+s.Does))
		if len(s.Rules) > 0 {
			counterexample.Wrap(&b, "       rules: ", "         ", strings.Join(s.Rules, ", "))
		}
		for _, change := range s.Changes {
			counterexample.Wrap(&b, "       ", "         ", change)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tell takes the steps of a path again, and writes down what they do.
func (m *model) tell(p Property, path modelcheck.Path[State, Action]) Counterexample {
	c := Counterexample{Config: m.config, Property: p}
	c.Steps = append(c.Steps, Step{Does: "the nodes have just connected", Changes: m.lines(&path.Init)})
	before := path.Init
	for i, step := range path.Steps {
		t := turn{model: m, State: before, tracing: true}
		t.do(&step.Action)
		a := &step.Action
		c.Steps = append(c.Steps, Step{
			Number: i + 1, Actor: actorNames[a.Actor], Does: m.deed(a, t.notes), Rules: t.rows,
			Changes: changed(m.lines(&before), m.lines(&step.State)),
		})
		before = step.State
	}
	return c
}

// changed is the lines that are not what they were.
func changed(before, after []string) (lines []string) {
	for i := range after {
		if after[i] != before[i] {
			lines = append(lines, after[i])
		}
	}
	return lines
}

// deed is what an action does, in words.
func (m *model) deed(a *Action, notes []string) string {
	said := ""
	switch a.Do {
	case deliver:
		said = "gets " + message(a.Message)
	case lose:
		said = "never gets " + message(a.Message)
	case step:
		said = moveNames[a.Move]
		if a.Move == skip || a.Move == timeoutRound {
			said += fmt.Sprintf(" (%d)", a.Round)
		}
	case pick:
		said = "sends " + message(a.Message)
		if a.Message.Kind == gossip.NoMessage {
			said = "looks for something to send"
		}
	case reconnect:
		said = "ends the connection; it begins anew"
	case gift:
		said = "gets the proposal from somebody else"
	case restart:
		said = "restarts, and connects anew"
	}
	return strings.Join(append([]string{said}, notes...), "; ")
}

// describe is a whole state.
func (m *model) describe(s *State) string { return strings.Join(m.lines(s), "; ") }

// lines says what each node holds, what it believes, and what is under way from it,
// a line each.
func (m *model) lines(s *State) (lines []string) {
	for i := range nodes {
		lines = append(lines, actorNames[i]+" is "+m.node(&s.Nodes[i]))
	}
	for i := range nodes {
		lines = append(lines, fmt.Sprintf("%s believes that %s is %s", actorNames[i], actorNames[other(i)], m.belief(&s.Beliefs[i])))
	}
	for i := range nodes {
		lines = append(lines, fmt.Sprintf("from %s: %s", actorNames[i], underway(&s.Wires[i])))
	}
	return lines
}

func (m *model) node(n *Node) string {
	words := []string{fmt.Sprintf("at %d/%d %s", n.Height, n.Round, stepNames[n.Step])}
	if n.Proposal {
		words = append(words, "proposal")
	}
	if n.Header != (gossip.Header{}) {
		words = append(words, "parts "+marks(gossip.Set(n.Parts), n.Header.Total))
	}
	for r, kinds := range n.Votes {
		for k, held := range kinds {
			if held != 0 {
				words = append(words, fmt.Sprintf("%s %d %s", voteNames[k], r, marks(gossip.Set(held), m.config.Chain.Validators)))
			}
		}
	}
	if n.LastCommit != 0 {
		words = append(words, "last commit "+marks(gossip.Set(n.LastCommit), m.config.Chain.Validators))
	}
	return strings.Join(words, ", ")
}

var voteNames = [...]string{"prevotes", "precommits"}

func (m *model) belief(p *gossip.Peer) string {
	if p.Height == 0 {
		return "nowhere"
	}
	words := []string{fmt.Sprintf("at %d/%d %s", p.Height, p.Round, stepNames[p.Step])}
	if p.Proposal {
		words = append(words, "proposal")
	}
	if p.Header != (gossip.Header{}) {
		words = append(words, "parts "+marks(p.Parts.Bits, p.Header.Total))
	}
	add := func(name string, r gossip.Round, a gossip.Marks) {
		if a.Bits != 0 {
			words = append(words, fmt.Sprintf("%s %d %s", name, r, marks(a.Bits, a.Size)))
		}
	}
	add("prevotes", p.Round, p.Prevotes)
	add("precommits", p.Round, p.Precommits)
	add("catch-up commit", p.CatchupCommitRound, p.CatchupCommit)
	if p.POLRound >= 0 {
		words = append(words, fmt.Sprintf("POL round %d", p.POLRound))
	}
	add("POL", p.POLRound, p.POL)
	add("last commit", p.LastCommitRound, p.LastCommit)
	add("later prevotes", p.Later.Round, p.Later.Prevotes)
	add("later precommits", p.Later.Round, p.Later.Precommits)
	return strings.Join(words, ", ")
}

func underway(w *wire) string {
	var words []string
	for l := range w {
		for _, m := range w[l].all() {
			words = append(words, message(m))
		}
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// marks writes a set as one digit for each index.
func marks(s gossip.Set, size uint8) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = '0' + byte(s>>i&1)
	}
	return string(b)
}

// message is a message in words.
func message(m gossip.Message) string {
	at := fmt.Sprintf("%d/%d", m.Height, m.Round)
	switch m.Kind {
	case gossip.NewRoundStep:
		return fmt.Sprintf("NewRoundStep %s %s", at, stepNames[m.Step])
	case gossip.NewValidBlock:
		commit := ""
		if m.IsCommit {
			commit = " of a commit"
		}
		return fmt.Sprintf("NewValidBlock %s%s parts %s", at, commit, marks(m.Bits.Bits, m.Bits.Size))
	case gossip.HasVote:
		return fmt.Sprintf("HasVote %s %s of %d", at, kindNames[m.Vote], m.Index)
	case gossip.HasProposalBlockPart:
		return fmt.Sprintf("HasProposalBlockPart %s of %d", at, m.Index)
	case gossip.VoteSetMaj23:
		return fmt.Sprintf("VoteSetMaj23 %s %ss for %s", at, kindNames[m.Vote], blockNames[m.Block])
	case gossip.VoteSetBits:
		return fmt.Sprintf("VoteSetBits %s %ss for %s %s", at, kindNames[m.Vote], blockNames[m.Block], marks(m.Bits.Bits, m.Bits.Size))
	case gossip.ProposalMessage:
		if m.POLRound >= 0 {
			return fmt.Sprintf("Proposal %s with POL round %d", at, m.POLRound)
		}
		return "Proposal " + at
	case gossip.ProposalPOL:
		return fmt.Sprintf("ProposalPOL %s %s", at, marks(m.Bits.Bits, m.Bits.Size))
	case gossip.BlockPart:
		return fmt.Sprintf("BlockPart %s, part %d", at, m.Index)
	case gossip.Vote:
		return fmt.Sprintf("%s %s of %d", kindNames[m.Vote], at, m.Index)
	default:
		return "nothing"
	}
}

var (
	kindNames  = [...]string{"prevote", "precommit"}
	blockNames = [...]string{"none", "nil", "A", "B"}
)
