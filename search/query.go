package search

import (
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Query is the Program of a language whose queries are about single events: all that such a language has to bring is the condition. Every
// event that satisfies it is a result, in order of time.
type Query struct {
	steps  []*Step
	layout *event.Layout
	time   *predicate.Field
}

// NewQuery makes the program of a condition on the records of a layout; timestamp is the field that orders events.
func NewQuery(cond *predicate.Cond, layout *event.Layout, timestamp *predicate.Field) *Query {
	return &Query{[]*Step{NewStep(Whole, cond, cond.Node, nil)}, layout, timestamp}
}

// Layout implements Program.
func (q *Query) Layout() *event.Layout { return q.layout }

// Steps implements Program.
func (q *Query) Steps() []*Step { return q.steps }

// Plain implements Program.
func (q *Query) Plain() bool { return true }

// Place implements Program: an event without a time is as good as any, it comes last.
func (q *Query) Place(*event.Record, int) error { return nil }

// Start implements Program.
func (q *Query) Start(o Start) State { return NewEvents(q, NewClock(q.time), o) }

// Shape implements Program.
func (q *Query) Shape() Shape {
	return Shape{Parts: []PartShape{{Count: 1}}, Timestamp: q.time.Name}
}
