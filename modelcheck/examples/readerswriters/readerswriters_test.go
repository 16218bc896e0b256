package readerswriters_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/readerswriters"
)

// impatient is the model in which a write does not wait for readers.
func impatient() (modelcheck.Model[modelcheck.Code[readerswriters.State], readerswriters.Action], error) {
	return modelcheck.Encoded(pin.Extended(readerswriters.Plain(2), func(s readerswriters.State, emit func(readerswriters.Action, readerswriters.State)) {
		if len(s.Waiting) > 0 && s.Waiting[0].Write && len(s.Writers) == 0 {
			writer := s.Waiting[0].Actor
			s.Waiting = s.Waiting[1:]
			s.Writers[writer] = true
			emit(readerswriters.Action{Step: readerswriters.Write, Actor: writer}, s)
		}
	}))
}

func Example() {
	model, err := impatient()
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Violations[0].Path)
	state := report.Violations[0].Path.Last().Decode()
	fmt.Println("at once:", len(state.Readers), "reader and", len(state.Writers), "writer")
	// Output:
	// 0  {map[] map[] []}
	//       actor 0 tries to read
	//    1  Waiting: [] → [{0 false}]
	//       actor 1 tries to write
	//    2  Waiting: [{0 false}] → [{0 false} {1 true}]
	//       actor 0 reads
	//    3  Readers[0]: nothing → true, Waiting: [{0 false} {1 true}] → [{1 true}]
	//       actor 1 writes
	//    4  Writers[1]: nothing → true, Waiting: [{1 true}] → []
	//    =  {map[0:true] map[1:true] []}
	//
	// at once: 1 reader and 1 writer
}

func TestCounts(t *testing.T) {
	m, err := readerswriters.Model(3)
	require.NoError(t, err)
	pin.Complete(t, pin.Counts{Distinct: 21_527, Generated: 59_674, Depth: 13}, m)
}

func TestMutant(t *testing.T) {
	m, err := impatient()
	require.NoError(t, err)
	pin.Violation(t, "NoReadWhileWriting", 4, m)
}
