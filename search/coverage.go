package search

import (
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/source"
)

// Condition is an atomic condition of a query: a comparison, a function, one member of a list.
type Condition struct {
	Step   int         // the step it belongs to, by position; until comes last
	Span   source.Span // in the query; of a list member the member only
	Text   string      // the condition in canonical form
	Member bool        // one member of a list of several
}

// Conditions lists the atomic conditions of a program in source order. Those that are the same for every event are left
// out, because no event can change them; so are event categories.
func Conditions(p Program) []Condition {
	if c, ok := AsCovering(p); ok {
		return c.Conditions()
	}
	var out []Condition
	for i, s := range p.Steps() {
		for _, c := range s.conditions() {
			out = append(out, Condition{i, c.Span, clip(c.Text(), maxClauseText), c.Member})
		}
	}
	return out
}

// Coverage counts for each of the Conditions of a program how many events saw it true and how many saw it false.
type Coverage struct{ True, False []int }

// NewCoverage makes empty counts for the conditions of a program.
func NewCoverage(p Program) *Coverage {
	if c, ok := AsCovering(p); ok {
		n := len(c.Conditions())
		return &Coverage{make([]int, n), make([]int, n)}
	}
	n := 0
	for _, s := range p.Steps() {
		n += len(s.conditions())
	}
	return &Coverage{make([]int, n), make([]int, n)}
}

// Observe adds the outcome of every condition for an event. Conditions of a step whose category the event does not have,
// and such that fail, are not seen at all.
func (c *Coverage) Observe(p Program, rec *event.Record) {
	if _, ok := AsCovering(p); ok {
		return // see StartCovered
	}
	i := 0
	for _, s := range p.Steps() {
		list := s.conditions()
		if len(list) > 0 && s.admits(rec) {
			c.observe(i, list, rec)
		}
		i += len(list)
	}
}

func (c *Coverage) observe(i int, list []*predicate.Cond, rec *event.Record) {
	for k, cond := range list {
		switch cond.Node.Eval(rec) {
		case predicate.Yes:
			c.True[i+k]++
		case predicate.No:
			c.False[i+k]++
		}
	}
}
