package tlacheck_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/gen/internal/tlacheck"
)

// check explores a module M that begins and ends as all of these do.
func check(body, cfg string, o tlacheck.Options) (*tlacheck.Report, error) {
	text := "---- MODULE M ----\nEXTENDS Integers, FiniteSets, Sequences\n" + body + "\n====\n"
	return tlacheck.Check("M", func(name string) (string, error) {
		if name != "M" {
			return "", fmt.Errorf("there is no module %s", name)
		}
		return text, nil
	}, "SPECIFICATION Spec\n"+cfg, o)
}

// spec ends a module with one variable x, Init and Next.
func spec(init, next string) string {
	return "VARIABLES x\nvars == <<x>>\nInit == /\\ " + init + "\nNext == " + next + "\nSpec == Init /\\ [][Next]_vars"
}

// jugs is the puzzle of the jugs of three and five gallons, with its known
// answer: sixteen states, and four gallons after six steps.
const jugs = `
VARIABLES small, big
vars == <<small, big>>
Min(m, n) == IF m < n THEN m ELSE n
Init == /\ small = 0
        /\ big = 0
FillSmall == small' = 3 /\ UNCHANGED <<big>>
FillBig == big' = 5 /\ UNCHANGED <<small>>
Empty == \/ small' = 0 /\ big' = big
         \/ big' = 0 /\ small' = small
SmallToBig == /\ small' = small - Min(small, 5 - big)
              /\ big' = big + Min(small, 5 - big)
BigToSmall == \E poured \in {Min(big, 3 - small)} :
    /\ small' = small + poured
    /\ big' = big - poured
Next ==
    \/ FillSmall
    \/ FillBig
    \/ Empty
    \/ SmallToBig
    \/ BigToSmall
Spec == Init /\ [][Next]_vars
NotSolved == big # 4
Full == small = 3 /\ big = 5
`

func TestJugs(t *testing.T) {
	r, err := check(jugs, "INVARIANTS NotSolved", tlacheck.Options{KeepGoing: true, Reach: []string{"Full"}})
	require.NoError(t, err)
	require.Equal(t, &tlacheck.Report{States: 16, Depth: 7, Violated: []string{"NotSolved"}, Reached: []string{"Full"}}, r)
	r, err = check(jugs, "INVARIANTS NotSolved", tlacheck.Options{})
	require.NoError(t, err)
	require.Equal(t, 6, r.Depth, "the end of the depth in which it is found")
}

// TestExpressions: each of these is true.
func TestExpressions(t *testing.T) {
	for _, e := range []string{
		`2 + 3 * 4 = 14 /\ 10 - 3 - 2 = 5 /\ -1 + 1 = 0 /\ 2 >= 2 /\ 1 <= 2 /\ 2 > 1`,
		`~(1 = 2) /\ (FALSE => FALSE) /\ (TRUE => TRUE) /\ ~(TRUE => FALSE) /\ TRUE`,
		`-1 .. 2 = {0, 1, 2, -1, 2} /\ 2 .. 1 = {}`,
		`{1, 2} \cup {2, 3} = 1 .. 3 /\ {1, 2} \cap {2, 3} = {2} /\ {1, 2} \ {2, 3} = {1}`,
		`Cardinality(SUBSET {1, 2, 3}) = 8 /\ {} \in SUBSET {1} /\ {2} \notin SUBSET {1}`,
		`UNION {{1}, {2, 3}, {}} = 1 .. 3 /\ UNION {} = {}`,
		`{n \in 1 .. 5 : n > 3} = {4, 5} /\ {n * m : n, m \in {1, 2}} = {1, 2, 4}`,
		`{1} \X {2, 3} = {<<1, 2>>, <<1, 3>>} /\ <<1, 2>>[2] = 2 /\ Len(<<7, 8, 9>>) = 3`,
		`[a |-> 1, b |-> "b"].b = "b" /\ [a |-> 1, b |-> 2] = [b |-> 2, a |-> 1]`,
		`[n \in {1, 2} |-> n * n][2] = 4 /\ [n \in 1 .. 2 |-> n] = <<1, 2>>`,
		`[[n \in {1, 2} |-> n] EXCEPT ![2] = 5] = <<1, 5>>`,
		`[[a |-> 1, b |-> 2] EXCEPT !.b = 3, !.a = 4] = [a |-> 4, b |-> 3] /\ [<<1, 2>> EXCEPT ![1] = 3, ![1] = 4] = <<4, 2>>`,
		`[1 .. 2 -> {0, 5}] = {<<0, 0>>, <<0, 5>>, <<5, 0>>, <<5, 5>>} /\ [{1} -> {}] = {} /\ Cardinality([{} -> {1}]) = 1`,
		`{1, 2} \subseteq 1 .. 3 /\ {} \subseteq {} /\ ~({1, 4} \subseteq 1 .. 3)`,
		`(\A n \in 1 .. 3, m \in {0} : n > m) /\ (\E n \in 1 .. 3 : n = 3) /\ (\A n \in {} : FALSE) /\ ~(\E n \in {} : TRUE)`,
		`(IF 1 = 2 THEN "a" ELSE "b") = "b" /\ (CASE 1 = 2 -> "a" [] 1 = 1 -> "c") = "c"`,
		"LET n == 3\n            Twice(m) == m + n\n        IN  Twice(4) = 7",
		"\n    /\\ \\/ FALSE\n       \\/ TRUE /\\ TRUE\n    /\\ TRUE",
		`(\A n \in {1} : n = 1 => \E m \in {2} : m > n)`,
	} {
		r, err := check("Claim == "+e+"\n"+spec("x = 0", "x' = x"), "INVARIANTS Claim", tlacheck.Options{})
		require.NoError(t, err, e)
		require.Empty(t, r.Violated, e)
	}
	// What LET defines can lead to a step, and is the same wherever it is used.
	r, err := check(spec("x = 0", "LET y == IF x = 0 THEN 1 ELSE 0 IN x' = y /\\ y = y"), "", tlacheck.Options{})
	require.NoError(t, err)
	require.Equal(t, 2, r.States)
	// A list ends before what stands left of it: this is (FALSE /\ FALSE) \/ TRUE.
	r, err = check("Claim ==\n    \\/ /\\ FALSE\n       /\\ FALSE\n    \\/ TRUE\n"+spec("x = 0", "x' = x"), "INVARIANTS Claim", tlacheck.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Violated)
}

// TestEnabled: an action is enabled if it leads to another state.
func TestEnabled(t *testing.T) {
	for next, violated := range map[string][]string{
		"x' = x":                            {"GoesOn"},
		"x' = 1":                            {"GoesOn"}, // in x = 1
		"x' = 1 - x":                        nil,
		"x' = x \\/ x' = 1 - x":             nil,
		"\\E n \\in {} : x' = n":            {"GoesOn"},
		"x = 0 /\\ x' = 1 /\\ x = 1":        {"GoesOn"},
		"\\E n \\in {0, 1} : x' = n":        nil,
		"\\E n \\in {x} : x' = n \\/ FALSE": {"GoesOn"},
	} {
		r, err := check(spec("x = 0", next)+"\nGoesOn == ENABLED <<Next>>_vars", "INVARIANTS GoesOn", tlacheck.Options{KeepGoing: true})
		require.NoError(t, err, next)
		require.Equal(t, violated, r.Violated, next)
	}
}

// TestRefuses: what is not known, or not right, is an error and no guess.
func TestRefuses(t *testing.T) {
	tests := []struct{ body, cfg, want string }{
		{"A == 1\nA == 2\n", "", "A is defined twice"},
		{"A == B\n", "", "B is not known"},
		{"A == A\n", "", "A is not known"},
		{"A(n) == n\nB == A\n", "", "A takes 1 arguments, got 0"},
		{"A(n) == {n \\in {1} : TRUE}\n", "", "n is bound twice"},
		{"B == 1\nA == {B \\in {1} : TRUE}\n", "", "B is defined twice"},
		{"A == 1 @@ 2\n", "", "is not known"},
		{"A == [m \\in {1}, n \\in {2} |-> 1]\n", "", "a function of several arguments"},
		{"A == CHOOSE n \\in {1} : TRUE\n", "", "want a definition"},
		{"A == TRUE /\\ TRUE \\/ TRUE\n", "", "after /\\ it needs parentheses"},
		{"A == 1 = 2 = 3\n", "", "after = it needs parentheses"},
		{"A == (1\n", "", `want ")"`},
		{"A == \"a\n", "", "a text without an end"},
		{"CONSTANTS C\n", "", "constant C has no value"},
		{"", "CONSTANTS C = 1", "a constant that is not there"},
		{"ASSUME 1 = 2\n", "", "an assumption does not hold"},
		{"", "PROPERTY P", "no statement that is known"},
		{"", "CHECK_DEADLOCK TRUE", `want "FALSE"`},
		{"", "INVARIANTS P", "P is not defined"},
		{"P == 1 = \"a\"\n", "INVARIANTS P", "of different kinds"},
		{"P == 1 \\in {\"a\"}\n", "INVARIANTS P", "a number is looked for in a set of a text"},
		{"P == {1} \\subseteq {\"a\"}\n", "INVARIANTS P", "a number is looked for in a set of a text"},
		{"P == [[a |-> 1] EXCEPT !.b = 1].a = 1\n", "INVARIANTS P", "is not in the domain"},
		{"P == {1, \"a\"} = {}\n", "INVARIANTS P", "of different kinds in one set"},
		{"P == <<1>>[2] = 1\n", "INVARIANTS P", "2 is not in the domain"},
		{"P == 1 /\\ TRUE\n", "INVARIANTS P", "want a truth value, got 1"},
		{"P == ENABLED <<x>>_x\n", "", "want _vars"},
		{"P == ENABLED x\n", "", `want "<<"`},
		{"P == CASE FALSE -> TRUE\n", "INVARIANTS P", "no case holds"},
		{"P == CASE TRUE -> TRUE [] TRUE -> FALSE\n", "INVARIANTS P", "two cases hold"},
	}
	for _, tt := range tests {
		_, err := check(tt.body+spec("x = 0", "x' = x"), tt.cfg, tlacheck.Options{})
		require.ErrorContains(t, err, tt.want, tt.body+tt.cfg)
	}
	for next, want := range map[string]string{
		"x = 0":                            "a step gives no value to x",
		"x' = 1 /\\ x' = 1":                "x gets two values",
		"x' = 1 \\/ x' > 1":                "> is not known in a formula",
		"x' \\in {1}":                      "\\in is not known in a formula",
		"IF x = 0 THEN x' = 1 ELSE x' = 2": "IF is not known in a formula",
		"UNCHANGED <<y>>":                  "y is not known",
	} {
		_, err := check(spec("x = 0", next), "", tlacheck.Options{})
		require.ErrorContains(t, err, want, next)
	}
	_, err := check("VARIABLES x, y\nvars == <<x>>\nInit == x = 0 /\\ y = 0\nNext == x' = x /\\ y' = y\nSpec == Init /\\ [][Next]_vars", "", tlacheck.Options{})
	require.ErrorContains(t, err, "vars is not the tuple of all variables")
	_, err = tlacheck.Check("M", func(string) (string, error) { return "---- MODULE N ----\n====", nil }, "", tlacheck.Options{})
	require.ErrorContains(t, err, "module M calls itself N")
	_, err = tlacheck.Check("M", func(string) (string, error) { return "---- MODULE M ----\nA == 1 + 1\n====", nil }, "", tlacheck.Options{})
	require.ErrorContains(t, err, "+ needs module Integers")
}
