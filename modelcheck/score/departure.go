package score

// RecordedLog is by what a mutant is killed that only the log of a node tells from
// the rules.
const RecordedLog = "a recorded log"

// A Departure is where the log of a node, which conforms to the rules, does not
// conform to a mutant of them.
type Departure struct {
	Log    string `json:"log"`    // its path
	Record int    `json:"record"` // number in the log, from 0
	Height int64  `json:"height"` // at which the mutant has the node
	Did    string `json:"did"`    // completes "the node …"
	Must   string `json:"must"`   // completes "the rules …", those of the mutant
}

// Depart ends the trial of a mutant that nothing else has killed.
func (t *Trial) Depart(d *Departure) { t.Fate, t.By, t.Departure = Killed, RecordedLog, d }
