package ruletest

import (
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/rule"
)

// Coverage says which conditions of a rule's query the events of its cases made true and false. A condition is a
// comparison, a function, or one member of a list; those of sequence steps and of until count too, constants and event
// categories do not. An event that does not have a step's category does not reach its conditions.
type Coverage struct {
	Conditions int         `json:"conditions"`
	Covered    int         `json:"covered"` // seen true and seen false
	Uncovered  []Uncovered `json:"uncovered"`
}

// Uncovered is an outcome that no event of any case gave. A condition that no event reached is listed twice.
type Uncovered struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
	Never string `json:"never"` // "true" or "false"
}

// Range is a place in the rule file, half open.
type Range struct {
	Start Place `json:"start"`
	End   Place `json:"end"`
}

// Place: line and column from 1, the column in characters, the offset in bytes.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// coverageOf sums up what the events of all cases run so far showed; nil for evaluators that do not watch.
func coverageOf(file *rule.File, m Matcher) *Coverage {
	e, ok := m.(*evaluator)
	if !ok || e.coverage == nil {
		return nil
	}
	conditions := e.program.Conditions()
	out := &Coverage{Conditions: len(conditions), Uncovered: []Uncovered{}}
	for i, c := range conditions {
		if e.coverage.True[i] > 0 && e.coverage.False[i] > 0 {
			out.Covered++
		}
		for _, seen := range []struct {
			count int
			never string
		}{{e.coverage.True[i], "true"}, {e.coverage.False[i], "false"}} {
			if seen.count == 0 {
				out.Uncovered = append(out.Uncovered, uncovered(file, c, seen.never))
			}
		}
	}
	return out
}

func uncovered(file *rule.File, c eval.Condition, never string) Uncovered {
	span := file.Query.FileSpan(c.Span.Start, c.Span.End)
	return Uncovered{Range: Range{Place(file.Position(span.Start)), Place(file.Position(span.End))}, Text: c.Text, Never: never}
}
