package quotient

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
)

// What makes the quotient small, spoilt in one way each, is noticed.
func TestExactnessCanFail(t *testing.T) {
	small := Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 3, Proposers: []int{0}}
	spoils := map[string]func(*model){
		"a move is forgotten": func(m *model) {
			p := m.process
			p.automaton.moves[p.number[p.behaviour.class[p.begins[0].to]]] = nil
		},
		"a class forgets a move": func(m *model) {
			p := m.process
			at := p.starts[0].to
			p.moves[at] = p.moves[at][:1]
		},
		"classes that differ are one": func(m *model) {
			p := m.process
			for i := range p.class {
				if p.class[i] != p.starts[0].to && p.decision[p.class[i]] == consensus.Nil {
					p.class[i] = p.starts[0].to
					return
				}
			}
		},
		"a step is left out that can be taken": func(m *model) {
			p := m.process
			p.excluded[p.begins[0].to] = []atoms{{}}
		},
		"nobody asks for votes": func(m *model) { clear(m.process.asks) },
		"counts stop too early": func(m *model) { m.most-- },
		"V0 and V1 change places in messages alone": func(m *model) {
			for c := range m.process.swapped {
				m.process.swapped[c] = uint32(c)
			}
		},
		"a step may be put off that shows": func(m *model) {
			p := m.process
			for i := range p.automaton.moves {
				for j := range p.automaton.moves[i] {
					p.automaton.moves[i][j].to = p.starts[0].to
				}
			}
		},
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			m, err := newModel(t.Context(), small, false)
			require.NoError(t, err)
			spoil(m)
			_, err = m.exact(t.Context())
			require.ErrorIs(t, err, ErrInexact)
		})
	}
	if Large {
		four := small // whose counts do not stop
		four.Validators = 4
		_, err := Exact(t.Context(), four)
		require.NoError(t, err)
	}
	m, err := newModel(t.Context(), small, false)
	require.NoError(t, err)
	x, err := m.exact(t.Context())
	require.NoError(t, err)
	require.Equal(t, Exactness{Config: small, Plain: 3237, States: 37}, x)
}
