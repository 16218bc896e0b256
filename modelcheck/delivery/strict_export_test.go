package delivery

import "context"

// ReadAsPaper reads every position at rest of every process of an instance of
// the paper as it would read one of a CometBFT node, and counts them, and those
// in which the reading is not what the process keeps itself.
func ReadAsPaper(ctx context.Context, c Config) (read, wrong int, err error) {
	n, err := newInstance(c)
	if err != nil {
		return 0, 0, err
	}
	all, _, err := n.automata(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, a := range all {
		for i := range a.states {
			x := &a.states[i]
			if x.stopped() || x.queued > 0 {
				continue
			}
			read++
			if reading(&x.process) != x.process {
				wrong++
			}
		}
	}
	return read, wrong, nil
}

// Prices reports whether a property is among those that show what a difference
// costs.
func Prices(difference, property string) bool {
	for _, p := range prices[difference] {
		if p == property {
			return true
		}
	}
	return false
}

// StrictClaims names the properties that Config.Strict adds for a dialect.
func StrictClaims(dialect string) []string {
	c := Config{Dialect: dialect, Strict: true}
	var out []string
	for i := range strict {
		if strict[i].applies(&c) {
			out = append(out, strict[i].name)
		}
	}
	return out
}
