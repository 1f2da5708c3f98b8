package ruletest

import (
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Coverage says which conditions of a rule's query the events of its cases made true and false. A condition is a
// comparison, a function, or one member of a list; those of sequence steps and of until count too, constants and event
// categories do not. An event that does not have a step's category does not reach its conditions.
type Coverage struct {
	Conditions int         `json:"conditions"` // of the query
	Covered    int         `json:"covered"`    // seen true and seen false
	Uncovered  []Uncovered `json:"uncovered"`  // outcomes that no event gave, in source order
	// All lists every condition in source order.
	All []Condition `json:"-"`
}

// Condition is a condition of the query and what events showed of it.
type Condition struct {
	Range
	Query source.Span // in the text of the query
	Text  string      // in canonical form
	Step  int         // of a sequence or sample from 0; until has the number behind the last
	// True and False count the events that made the condition so.
	True, False int
}

// Share is the part of the conditions seen both ways, 0 to 1; 1 if there is none.
func (c *Coverage) Share() float64 {
	if c.Conditions == 0 {
		return 1
	}
	return float64(c.Covered) / float64(c.Conditions)
}

// Uncovered is an outcome that no event of any case gave. A condition that no event reached is listed twice.
type Uncovered struct {
	Range Range  `json:"range"` // of the condition in the rule file
	Text  string `json:"text"`  // the condition, in canonical form
	Never string `json:"never"` // "true" or "false"
}

// Range is a place in the rule file, half open.
type Range struct {
	Start Place `json:"start"` // first character
	End   Place `json:"end"`   // behind the last character
}

// Place: line and column from 1, the column in characters, the offset in bytes.
type Place struct {
	Line   int `json:"line"`   // from 1
	Column int `json:"column"` // from 1, in characters
	Offset int `json:"offset"` // from 0, in bytes
}

// coverageOf sums up what the events of all cases run so far showed; nil for evaluators that do not watch.
func coverageOf(file *rule.File, m Matcher) *Coverage {
	e, ok := m.(*evaluator)
	if !ok || e.coverage == nil {
		return nil
	}
	conditions := search.Conditions(e.program)
	out := &Coverage{Conditions: len(conditions), Uncovered: []Uncovered{}}
	for i, c := range conditions {
		seen := Condition{Range: rangeOf(file, c.Span), Query: c.Span, Text: c.Text, Step: c.Step,
			True: e.coverage.True[i], False: e.coverage.False[i]}
		out.add(seen)
	}
	return out
}

func (c *Coverage) add(seen Condition) {
	c.All = append(c.All, seen)
	if seen.True > 0 && seen.False > 0 {
		c.Covered++
	}
	if seen.True == 0 {
		c.Uncovered = append(c.Uncovered, Uncovered{seen.Range, seen.Text, "true"})
	}
	if seen.False == 0 {
		c.Uncovered = append(c.Uncovered, Uncovered{seen.Range, seen.Text, "false"})
	}
}

func rangeOf(file *rule.File, query source.Span) Range {
	span := file.Query.FileSpan(query.Start, query.End)
	return Range{Place(file.Position(span.Start)), Place(file.Position(span.End))}
}
