package score

// A Score counts trials.
type Score struct {
	Total      int
	Killed     int
	Refused    int // of those that were killed: by the compiler
	Logged     int // of those that were killed: by a recorded log, and by nothing else
	Equivalent int
	Alike      int
	Survived   int
}

// Add counts one more trial.
func (s *Score) Add(t *Trial) {
	s.Total++
	switch t.Fate {
	case Killed:
		s.Killed++
	case Equivalent:
		s.Equivalent++
	case Alike:
		s.Alike++
	case Survived:
		s.Survived++
	}
	if t.Refused() {
		s.Refused++
	}
	if t.Departure != nil {
		s.Logged++
	}
}

// Rate is the part that is killed of what could be: killed ÷ (killed + survived).
// It is 1 if there was nothing to kill.
func (s Score) Rate() float64 {
	if s.Killed+s.Survived == 0 {
		return 1
	}
	return float64(s.Killed) / float64(s.Killed+s.Survived)
}

// Least is the part that is killed if whatever is alike is taken for something
// that could be: killed ÷ (killed + survived + alike). An alike mutant may be of a
// part of the rules that the models do not see. It is 1 if there was nothing to kill.
func (s Score) Least() float64 {
	s.Survived += s.Alike
	return s.Rate()
}
