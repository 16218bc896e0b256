package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Here is the height of an [Input] that names none: the one the process is at.
const Here int64 = -1

// An Input is what a process hears: a message, a timeout, or that something
// happened. Which fields mean something depends on the verb:
//
//	height 1 begins                        the wait before a height is over
//	PROPOSAL round 2 A pol 0               pol −1 unless given
//	PROPOSAL round 2 A without block       the message alone
//	block A                                a proposed block, whole
//	block A that does not decode
//	PREVOTE round 0 A from 1 2             a vote of each; nil for no value
//	PRECOMMIT height 1 round 0 A from 3    the height where it is not the current one
//	timeoutPropose round 0                 and timeoutPrevote, timeoutPrecommit, timeoutNewRound
//	transactions                           are in the mempool
//	value round 0 A                        the answer to getValue()
//	as validator 2                         from here on the run of another process, from the beginning
//
// A value is a letter; A' is the block A under another part-set header.
type Input struct {
	Verb         string
	Height       int64
	Round        int32
	Value        string
	POLRound     int32
	From         []int
	WithoutBlock bool
	Spoilt       bool
}

// verbs says what stands after each verb: keys, and V for a value.
var verbs = map[string][]string{
	"height":           {"begins"},
	"PROPOSAL":         {"round", "V", "height", "pol", "without"},
	"block":            {"V", "that"},
	"PREVOTE":          {"round", "V", "from", "height"},
	"PRECOMMIT":        {"round", "V", "from", "height"},
	"timeoutPropose":   {"round", "height"},
	"timeoutPrevote":   {"round", "height"},
	"timeoutPrecommit": {"round", "height"},
	"timeoutNewRound":  {"round"},
	"transactions":     nil,
	"value":            {"round", "V"},
	"as":               {"validator"},
}

// needed are the keys that may not be left out where a verb has them.
var needed = []string{"begins", "round", "V", "from", "validator"}

func parseInput(words []string) (Input, error) {
	in := Input{Height: Here, POLRound: -1}
	if len(words) == 0 {
		return in, errors.New("there is no input")
	}
	keys, ok := verbs[words[0]]
	if !ok {
		return in, fmt.Errorf("there is no input %q", words[0])
	}
	in.Verb, words = words[0], words[1:]
	if in.Verb == "height" && len(words) > 0 {
		words = append([]string{"height"}, words...) // its number comes first
		keys = append(keys, "height")
	}
	var have []string
	for len(words) > 0 {
		key, word := words[0], words[0]
		if !slices.Contains([]string{"height", "round", "pol", "from", "validator", "begins", "without", "that"}, key) {
			key, words = "V", append([]string{"V"}, words...)
		}
		if !slices.Contains(keys, key) || slices.Contains(have, key) {
			return in, fmt.Errorf("%s: %q is not understood", in.Verb, word)
		}
		have = append(have, key)
		n, err := in.take(key, words[1:])
		if err != nil {
			return in, fmt.Errorf("%s: %s: %w", in.Verb, key, err)
		}
		words = words[1+n:]
	}
	for _, k := range needed {
		if slices.Contains(keys, k) && !slices.Contains(have, k) {
			return in, fmt.Errorf("%s: %s is missing", in.Verb, k)
		}
	}
	return in, nil
}

// take reads what follows a key, and says how many words that is.
func (in *Input) take(key string, words []string) (int, error) {
	phrase := map[string]string{"begins": "", "without": "block", "that": "does not decode"}
	if rest, ok := phrase[key]; ok {
		in.WithoutBlock, in.Spoilt = in.WithoutBlock || key == "without", in.Spoilt || key == "that"
		if !strings.HasPrefix(strings.Join(words, " ")+" ", rest) {
			return 0, fmt.Errorf("%q should follow", rest)
		}
		return len(strings.Fields(rest)), nil
	}
	if key == "V" {
		in.Value = words[0]
		return 1, nil
	}
	var numbers []int
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || key != "from" && len(numbers) == 1 {
			break
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return 0, errors.New("a number should follow")
	}
	switch key {
	case "height":
		in.Height = int64(numbers[0])
	case "round":
		in.Round = int32(numbers[0])
	case "pol":
		in.POLRound = int32(numbers[0])
	case "from", "validator":
		in.From = numbers
	}
	return len(numbers), nil
}

// Single splits an input from several validators into one of each, as they come
// one after the other.
func (in Input) Single() []Input {
	if len(in.From) < 2 {
		return []Input{in}
	}
	all := make([]Input, len(in.From))
	for i, from := range in.From {
		all[i] = in
		all[i].From = []int{from}
	}
	return all
}
