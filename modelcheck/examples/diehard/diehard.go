// Package diehard measures four gallons with a jug of three and a jug of five,
// as the heroes of a film must. It is the first model that many people write.
//
// The claim is that there are never four gallons in the large jug. It is false,
// and the counterexample is the solution: as short as any, because the search
// goes breadth first.
//
// The puzzle is from Leslie Lamport's TLA+ Video Course, lecture 4
// (https://lamport.azurewebsites.net/video/videos.html), and its specification
// from the TLA+ Examples
// (https://github.com/tlaplus/Examples/tree/master/specifications/DieHard).
// Without the false claim TLC reports 97 states generated, 16 distinct states
// and depth 8.
package diehard

import "github.com/polka-bft/polka/modelcheck"

// Jugs is the state: the gallons in each jug.
type Jugs struct{ Small, Big int8 }

// What the jugs hold when they are full.
const (
	SmallVolume = 3
	BigVolume   = 5
)

// Action is what the heroes do.
type Action int8

// The jugs have no marks, so that nothing else is of use.
const (
	FillSmall Action = iota
	FillBig
	EmptySmall
	EmptyBig
	PourSmallIntoBig
	PourBigIntoSmall
)

var names = []string{
	"fill the small jug", "fill the big jug", "empty the small jug", "empty the big jug",
	"pour the small jug into the big one", "pour the big jug into the small one",
}

// String says it in words.
func (a Action) String() string { return names[a] }

// Model is the puzzle. No reduction is sound: the jugs are not alike, and both can be
// seen at any time.
func Model() modelcheck.Model[Jugs, Action] {
	return modelcheck.Model[Jugs, Action]{
		Name: "Die Hard",
		Init: []Jugs{{Small: 0, Big: 0}},
		Next: next,
		Always: []modelcheck.Property[Jugs]{
			{
				Name:  "Volumes",
				Doc:   "no jug holds more than its volume",
				Holds: func(j Jugs) bool { return 0 <= min(j.Small, j.Big) && j.Small <= SmallVolume && j.Big <= BigVolume },
			},
			{
				Name:  "NotSolved",
				Doc:   "the big jug never holds four gallons",
				Holds: func(j Jugs) bool { return j.Big != 4 },
			},
		},
		Clauses: names,
		Clause:  func(a Action) int { return int(a) },
	}
}

// next lets the heroes do anything at any time.
func next(j Jugs, emit func(Action, Jugs)) {
	emit(FillSmall, Jugs{SmallVolume, j.Big})
	emit(FillBig, Jugs{j.Small, BigVolume})
	emit(EmptySmall, Jugs{0, j.Big})
	emit(EmptyBig, Jugs{j.Small, 0})

	poured := min(j.Small, BigVolume-j.Big)
	emit(PourSmallIntoBig, Jugs{j.Small - poured, j.Big + poured})
	poured = min(j.Big, SmallVolume-j.Small)
	emit(PourBigIntoSmall, Jugs{j.Small + poured, j.Big - poured})
}
