package consensus

// SignStep is the order in which a validator signs in a round.
type SignStep uint8

// The steps (privval/file.go stepPropose, stepPrevote, stepPrecommit).
const (
	SignNothing SignStep = iota // nothing is signed yet
	SignProposal
	SignPrevote
	SignPrecommit
)

// A Signing is what a validator is asked to sign: a message of this step for
// this value, and for a proposal with this POLRound (0 in votes).
type Signing struct {
	Height   int64
	Round    Round
	Step     SignStep
	Value    Value
	POLRound Round
	Time     int64 // the timestamp, in any unit; no rule knows it
}

// SignResult says what the signer did with a request.
type SignResult uint8

// The results.
const (
	// SignedFresh: it signed, and remembers it.
	SignedFresh SignResult = iota
	// SignedAgain: it had signed the same before, but perhaps for the timestamp,
	// and gives the same signature.
	SignedAgain
	// RefusedRegression: it has signed for a later height, round or step.
	RefusedRegression
	// RefusedConflict: it has signed something else for this height, round and step.
	RefusedConflict
)

// Signer is the last thing that a validator has signed, which outlives a crash:
// CometBFT's FilePVLastSignState (privval/file.go). Since it only goes forward in
// the order height, round, step, remembering one is enough to never sign two
// different messages where one is allowed. It is a value; the zero Signer has
// signed nothing.
type Signer struct{ Last Signing }

// Sign asks for a signature, and returns the signer after it. The signature is
// over Last of that signer. Where the request has another timestamp, what is sent
// must carry the one of Last instead (signVote, checkVotesOnlyDifferByTimestamp),
// or nobody can verify it.
func (s Signer) Sign(q Signing) (Signer, SignResult) {
	again := q
	again.Time = s.Last.Time
	switch {
	case s.Last.Step == SignNothing || q.after(s.Last):
		return Signer{q}, SignedFresh
	case again == s.Last:
		return s, SignedAgain
	case s.Last.after(q):
		return s, RefusedRegression
	}
	return s, RefusedConflict
}

// after reports whether q comes after p in the order height, round, step.
func (q Signing) after(p Signing) bool {
	switch {
	case q.Height != p.Height:
		return q.Height > p.Height
	case q.Round != p.Round:
		return q.Round > p.Round
	}
	return q.Step > p.Step
}
