package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The types below are JUnit XML, as far as servers that show results read it.
type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []junitCase `xml:"testcase"`
}

type junitCounts struct {
	Tests    int     `xml:"tests,attr"`
	Failures int     `xml:"failures,attr"`
	Errors   int     `xml:"errors,attr"`
	Skipped  int     `xml:"skipped,attr"`
	Time     seconds `xml:"time,attr"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"` // the model
	Name    string     `xml:"name,attr"`      // the property
	Time    seconds    `xml:"time,attr"`      // the search's, in equal parts
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"` // not decided, since the search was stopped
	Skipped *junitText `xml:"skipped"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type seconds float64

// MarshalText writes milliseconds at most.
func (s seconds) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%.3f", float64(s)), nil }

// add counts a case.
func (n *junitCounts) add(c *junitCase) {
	n.Tests++
	n.Time += c.Time
	switch {
	case c.Failure != nil:
		n.Failures++
	case c.Error != nil:
		n.Errors++
	case c.Skipped != nil:
		n.Skipped++
	}
}

// writeJUnit writes a suite for each dialect, in the order in which they were
// checked, and one for the models that were not begun.
func (c *checker) writeJUnit(w io.Writer) error {
	var all junitSuites
	put := func(suite string, cases []junitCase) {
		at := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == suite })
		if at < 0 {
			at = len(all.Suites)
			all.Suites = append(all.Suites, junitSuite{Name: suite})
		}
		for i := range cases {
			all.Suites[at].Cases = append(all.Suites[at].Cases, cases[i])
			all.Suites[at].add(&cases[i])
			all.add(&cases[i])
		}
	}
	for i := range c.outcomes {
		cases, err := c.outcomes[i].junit()
		if err != nil {
			return err
		}
		put(c.outcomes[i].row.dialect, cases)
	}
	for _, m := range c.entries[len(c.outcomes):] {
		put("not begun", []junitCase{{Class: m.about().name, Name: "search", Error: &junitText{Message: "not begun"}}})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(&all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junit has a case for each property, and one for whatever is expected of the search
// besides.
func (o *finding) junit() ([]junitCase, error) {
	var cases []junitCase
	rest := slices.Clone(o.wrong)
	for _, p := range o.asked {
		c, err := o.junitOf(p)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
		rest = slices.DeleteFunc(rest, func(wrong string) bool { return c.Failure != nil && wrong == c.Failure.Message })
	}
	search := junitCase{Class: o.name, Name: "search"}
	switch {
	case o.standard() && len(rest) > 0:
		search.Failure = &junitText{Message: rest[0], Text: strings.Join(rest, "\n")}
	case !o.finished():
		search.Error = &junitText{Message: o.says()}
	}
	cases = append(cases, search)
	for i := range cases {
		cases[i].Time = seconds(o.duration.Seconds() / float64(len(cases)))
	}
	return cases, nil
}

// junitOf says what came of a property.
func (o *finding) junitOf(property string) (junitCase, error) {
	c := junitCase{Class: o.name, Name: property}
	expected := slices.Contains(o.violates, property)
	at := slices.IndexFunc(o.violations, func(v violation) bool { return v.property.Name == property })
	unreached := slices.Contains(o.unreached, property)
	switch {
	case at >= 0 && !expected:
		var b strings.Builder
		if err := o.violations[at].run.Print(&b); err != nil {
			return c, err
		}
		c.Failure = &junitText{Message: property + " is violated", Text: b.String()}
	case at >= 0:
	case expected && o.complete:
		c.Failure = &junitText{Message: property + " is not violated, as it should be"}
	case !o.finished():
		c.Error = &junitText{Message: o.says()}
	case !o.complete:
		c.Skipped = &junitText{Message: "the search ended with the first violation"}
	case unreached && o.standard() && slices.Contains(o.wrong, "unreached: "+property):
		c.Failure = &junitText{Message: "unreached: " + property}
	case unreached:
		c.Skipped = &junitText{Message: "unreached, which is not expected here"}
	}
	return c, nil
}
