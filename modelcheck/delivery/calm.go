package delivery

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// calm reports whether no timeout of a process expires but that of the height.
func (c *Config) calm(p int) bool { return slices.Contains(c.Calm, p) }

// calmed reports whether an input is a timeout that never comes, because the
// process is calm.
func (n *instance) calmed(self int, x *local, in *input) bool {
	if !n.config.calm(self) {
		return false
	}
	switch in.kind {
	case expires, fires, ends:
		return x.ticker.Last.Tock != consensus.TockNewHeight
	case tock:
		return in.timeout.Tock != consensus.TockNewHeight
	case arrives, own, flushed, crashes:
	}
	return false
}
