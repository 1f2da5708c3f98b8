// Package search is what compiled queries of all languages have in common: the conditions that they set single events,
// the search over a stream of events, for one program or for very many at once, and the explanation why something did or
// did not match. A language compiles to a Program; package rule/compile makes one of a rule.
package search

import (
	"errors"
	"sync"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Ref names an event of the input.
type Ref struct {
	Index  int    // 0-based position over the whole input
	ID     string // document id, if there is one
	Source []byte // the document; may be nil if the caller does not need it back
	Origin int64  // the caller's own note where the event comes from; not looked at
}

// Result is one match: the events in the order of the steps, nil for a missing event, and the values of the join keys as
// text, nil for null. A plain event query has one event and no keys.
type Result struct {
	Keys   []*string // join values as texts; nil for a query without keys, a nil key is null
	Events []*Ref    // in order; nil for a missing event
}

// Program is a compiled query, or a whole rule. It is immutable and safe for concurrent use.
type Program interface {
	// Layout is what the program reads from a record. Programs that search one stream share it.
	Layout() *event.Layout
	// Steps are the conditions on single events, in source order. An event that satisfies none of them changes nothing.
	Steps() []*Step
	// Plain tells that there is one step, and that every event that satisfies it is a result by itself.
	Plain() bool
	// Start begins a search.
	Start(o Start) State
	// Shape says how results are made of events.
	Shape() Shape
	// Place checks that an event which satisfies a step can be put in order with others: that its time is one. index is the
	// position of the event.
	Place(rec *event.Record, index int) error
}

// Shape says how the results of a program are made of events, for whoever makes events up.
type Shape struct {
	Parts     []PartShape   // by step
	Timestamp string        // the field that has the time of an event
	Ordered   bool          // the events of a result follow one another in time, in the order of the steps
	MaxSpan   time.Duration // of a result, from the first to the last event; 0 = no limit
}

// PartShape is what a step contributes to a result.
type PartShape struct {
	Keys    []string // fields whose values all events of a result share, in the order of the keys of the other steps
	Count   int      // how many events, one after another; 0 of until
	Missing bool     // there must be no such event
}

// Start says how a search goes.
type Start struct {
	// Ordered promises that events come in the order of their times: then state that cannot matter any more is dropped as
	// time passes, and results come early. Otherwise what matters is sorted at the end.
	Ordered bool
	// Trace makes the state remember how far it got; see Tracer.
	Trace bool
	// Copy is where searches that share a stream keep the one copy of the current event's source, made on first need. Nil: each
	// makes its own.
	Copy *[]byte
	// Answer is the model that the program asks, ok false where it has no answer. Nil: the one that the program was compiled with.
	Answer func(prompt string) (answer string, ok bool)
}

// State is one search of a program. It is not safe for concurrent use.
type State interface {
	// Feed takes the next event. rec need not stay; ref.Source is copied if the event may be part of a result. given are the
	// verdicts of the steps on the event, nil: the state finds out. An error concerns this event only, which then does not
	// count: that of a condition that failed, or of an event that cannot be placed.
	Feed(rec *event.Record, ref Ref, given []predicate.Verdict) error
	// Finish returns the results in order. The state cannot be used any more.
	Finish() []Result
}

// Framed is a Program whose steps are tied together by more than their conditions, and which can say by what. Two programs of
// equal frames and of steps with equal roles differ in the conditions of their steps alone.
type Framed interface {
	Program
	Frame() Frame // what ties the steps together: keys, spans of time, order
}

// FrameOf is the frame of a program: of one that has none, that of a query of single events.
func FrameOf(p Program) Frame {
	if f, ok := p.(Framed); ok {
		return f.Frame()
	}
	return Frame{Kind: "event"}
}

// Frame is what ties the steps of a program together.
type Frame struct {
	// Kind is "sequence", "sample" or the like, Rest all that the other members leave out: what orders events, limits.
	Kind, Rest string
	// Span is the longest time from the first to the last event, in nanoseconds; 0 = any.
	Span int64
	// Missing tells of each step that its event must not be there.
	Missing []bool
	// Runs says of each step how many events in a row it takes.
	Runs []int
	// Fields are the fields of the join keys of each step, those that have none left out.
	Fields [][]*predicate.Field
	// Optional tells of each of these that an event without it counts too.
	Optional [][]bool
	// Time is the field that orders events.
	Time *predicate.Field
	// Hopeless tells that no event can make a result, whatever the conditions.
	Hopeless bool
}

// As finds out whether a state, or one that it wraps, is also something else: Streaming, Bounded, Tracer.
func As[T any](s State) (x T, ok bool) {
	for {
		if x, ok = s.(T); ok {
			return x, true
		}
		outer, wraps := s.(interface{ Unwrap() State })
		if !wraps {
			return x, false
		}
		s = outer.Unwrap()
	}
}

// Streaming is a State that can hand results over before the end.
type Streaming interface {
	State
	// Deliver hands results to f as soon as they are complete, if none that is still to come can change them.
	Deliver(f func(Result))
	// Done reports that no later event can change the results.
	Done() bool
}

// Tracer is a State that was started with Trace and can tell how far it got.
type Tracer interface {
	// Progress lists after Finish how far what has no result got: the furthest first.
	Progress() []Progress
}

// Progress tells how far the events of one key got in a sequence or sample, and what stopped them.
type Progress struct {
	Keys   []*string // join values as text, nil for null; empty without keys
	Events []*Ref    // of the steps that are not missing, as far as they matched
	Reason string    // one line; empty if the sequence completed
}

// String is a line such as `host.id "h1": 1 of 2 steps; event 3 matches step 2 17s over maxspan`.
func (g Progress) String() string { return g.Reason }

// Role is what a step is to its query.
type Role uint8

// Roles.
const (
	Whole Role = iota // its condition is the query
	Part              // one of the steps of a sequence, sample or the like
	Stop              // its events end what is pending: no result has one
)

// Step is a condition that a program sets single events.
type Step struct {
	Role Role // what the step is to the search
	// Cond is the condition as the query has it; Node is what decides, which may be more. Admit is what an event must have to count
	// for the coverage of the condition, nil: nothing. They are of this module's own engine.
	Cond  *predicate.Cond
	Node  predicate.Node  // the condition, compiled
	Admit *predicate.Cond // what an event must fulfil before the condition counts, its category say; nil: nothing

	once   sync.Once
	leaves []*predicate.Cond
}

// NewStep makes a step.
func NewStep(role Role, cond *predicate.Cond, node predicate.Node, admit *predicate.Cond) *Step {
	return &Step{Role: role, Cond: cond, Node: node, Admit: admit}
}

// failure is the error behind a failed verdict of the step.
func (s *Step) failure(rec *event.Record) error {
	if err := predicate.Err(s.Node, rec); err != nil {
		return err
	}
	return errors.New("an expression failed")
}

// conditions are made on first use: most programs never need them.
func (s *Step) conditions() []*predicate.Cond {
	s.once.Do(func() { s.leaves = s.Cond.Leaves() })
	return s.leaves
}

func (s *Step) admits(rec *event.Record) bool {
	return s.Admit == nil || s.Admit.Node.Eval(rec) == predicate.Yes
}
