package modelcheck_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// plain has something of every kind that can be encoded.
type plain struct {
	_     struct{}
	Flag  bool
	small int8
	wide  uint64
	name  string
	list  []int
	grid  [2][]string
	set   map[string]bool
	index map[[2]int16][]uint16
	next  *plain
	kids  []plain
	under map[string]map[uint8]plain
}

// drawPlain leaves no slice empty and no map nil: as Decode gives them.
func drawPlain(t *rapid.T, depth int) plain {
	number := rapid.IntRange(-2, 2)
	word := rapid.SampledFrom([]string{"", "a", "b", "ab"})
	p := plain{
		Flag:  rapid.Bool().Draw(t, "flag"),
		small: rapid.OneOf(rapid.Int8(), rapid.Int8Range(0, 1)).Draw(t, "small"),
		wide:  rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 1)).Draw(t, "wide"),
		name:  rapid.OneOf(rapid.String(), word).Draw(t, "name"),
		list:  draw(t, number),
		grid:  [2][]string{draw(t, word), draw(t, word)},
		set:   rapid.MapOfN(word, rapid.Bool(), 0, 3).Draw(t, "set"),
		index: map[[2]int16][]uint16{},
		under: map[string]map[uint8]plain{},
	}
	for range rapid.IntRange(0, 3).Draw(t, "index") {
		key := [2]int16{rapid.Int16().Draw(t, "key"), rapid.Int16Range(-1, 1).Draw(t, "key")}
		p.index[key] = draw(t, rapid.Uint16())
	}
	if depth == 0 {
		return p
	}
	if rapid.Bool().Draw(t, "next") {
		next := drawPlain(t, depth-1)
		p.next = &next
	}
	for range rapid.IntRange(0, 2).Draw(t, "kids") {
		p.kids = append(p.kids, drawPlain(t, depth-1))
	}
	if rapid.Bool().Draw(t, "under") {
		p.under[word.Draw(t, "word")] = map[uint8]plain{rapid.Uint8().Draw(t, "key"): drawPlain(t, depth-1)}
	}
	return p
}

func draw[E any](t *rapid.T, of *rapid.Generator[E]) []E {
	if list := rapid.SliceOfN(of, 0, 3).Draw(t, "list"); len(list) > 0 {
		return list
	}
	return nil
}

func TestDecodeUndoesEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlain(t, 2)
		require.Equal(t, p, modelcheck.Encode(p).Decode())
		require.Equal(t, p, modelcheck.Clone(p))
	})
}

// Pairs of small values, which are often equal: their codes are exactly then.
func TestCodesAreEqualIfValuesAre(t *testing.T) {
	type little struct {
		words []string
		sets  map[int8][]bool
		to    *int8
		more  []uint16
	}
	rapid.Check(t, func(t *rapid.T) {
		one := func() little {
			l := little{sets: map[int8][]bool{}}
			l.words = draw(t, rapid.SampledFrom([]string{"", "\x00", "\x01\x00"}))
			for range rapid.IntRange(0, 2).Draw(t, "entries") {
				l.sets[rapid.Int8Range(0, 1).Draw(t, "key")] = draw(t, rapid.Bool())
			}
			if rapid.Bool().Draw(t, "points") {
				to := rapid.Int8Range(0, 1).Draw(t, "to")
				l.to = &to
			}
			l.more = draw(t, rapid.Uint16Range(0, 1))
			return l
		}
		a, b := one(), one()
		require.Equal(t, reflect.DeepEqual(a, b), modelcheck.Encode(a) == modelcheck.Encode(b), "%v %v", a, b)
	})
}

// How a map came about, and what an iteration over it gives first, makes no difference.
func TestCodesOfMapsHaveOneOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOfN(rapid.StringN(0, 2, -1), rapid.SliceOfN(rapid.Byte(), 0, 2), 0, 40).Draw(t, "map")
		keys := rapid.Permutation(slices.Sorted(maps.Keys(m))).Draw(t, "order")
		again := map[string][]byte{"once": nil}
		for _, k := range keys {
			again[k] = m[k]
		}
		if _, ok := m["once"]; !ok {
			delete(again, "once")
		}
		require.Equal(t, modelcheck.Encode(m), modelcheck.Encode(again))
	})
}

func TestEmptyIsTheSameAsNone(t *testing.T) {
	none, empty := plain{}, plain{list: []int{}, set: map[string]bool{}, kids: make([]plain, 0, 5)}
	require.Equal(t, modelcheck.Encode(none), modelcheck.Encode(empty))
	for _, back := range []plain{modelcheck.Encode(empty).Decode(), modelcheck.Clone(empty), modelcheck.Clone(none)} {
		assert.Nil(t, back.list)
		assert.Nil(t, back.kids)
		back.set["a map that can be written to"] = true
	}
}

func TestCloneSharesNothing(t *testing.T) {
	a := plain{list: []int{1}, set: map[string]bool{"x": true}, next: &plain{small: 1}}
	b, c := modelcheck.Clone(a), modelcheck.Encode(a).Decode()
	assert.Equal(t, b, c)
	b.list[0], b.set["y"], b.next.small = 2, true, 2
	assert.Equal(t, plain{list: []int{1}, set: map[string]bool{"x": true}, next: &plain{small: 1}}, a)
}

func TestSortedKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOf(rapid.String(), rapid.Int()).Draw(t, "map")
		keys := modelcheck.SortedKeys(m)
		require.ElementsMatch(t, slices.Collect(maps.Keys(m)), keys)
		require.Equal(t, keys, modelcheck.SortedKeys(maps.Clone(m)))
	})
}

func TestWhatCannotBeEncoded(t *testing.T) {
	type inner struct{ Wait []chan int }
	type outer struct{ In map[string]inner }
	require.PanicsWithError(t,
		"modelcheck: modelcheck_test.outer cannot be encoded: it.In[key].Wait[i] is a chan int, which is not data",
		func() { modelcheck.Encode(outer{}) })
	type chain struct {
		Next *struct{ End func() }
	}
	for want, encode := range map[string]func(){
		"it[i] is a func(), which is not data":                      func() { modelcheck.Encode([1]func(){}) },
		"it[i] is a float64, and rounding makes almost":             func() { modelcheck.Encode([]float64{}) },
		"it[key] is an interface, interface {}, which can hold any": func() { modelcheck.Encode(map[int]any{}) },
		"a key of it is a pointer, *int, and keys are compared":     func() { modelcheck.Encode(map[*int]int{}) },
		"a key of it.at[i] is a pointer":                            func() { modelcheck.Encode(map[struct{ at [1]*int }]int{}) },
		"it.Next.End is a func()":                                   func() { modelcheck.Encode(&chain{}) },
	} {
		err := failure(encode)
		require.ErrorContains(t, err, want)
	}

	ring := &plain{}
	ring.next = ring
	require.ErrorContains(t, failure(func() { modelcheck.Clone(ring) }), "does it contain itself?")
	require.ErrorContains(t, failure(func() { modelcheck.Encode(ring) }), "more than 1000 levels deep: does it contain itself?")
	type nest []nest
	nested := nest{nil}
	nested[0] = nested
	require.ErrorContains(t, failure(func() { modelcheck.Encode(nested) }), "does it contain itself?")

	for _, code := range []modelcheck.Code[[]string]{"", "\x01", "\x01\x05ab", "\x00more", "\xff"} {
		require.ErrorContains(t, failure(func() { code.Decode() }), "not a code of its type")
	}
}

// failure gives the error that do panics with.
func failure(do func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	do()
	return nil
}
