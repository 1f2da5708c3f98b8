// Package witness finds events for which conditions are true or false: an event that a query matches, a near miss of it,
// an event that tells two queries apart. It starts from an event that is there and changes as few fields as it can, or
// makes one from nothing. It knows nothing of sequences, times and files.
//
// The search is not complete. It takes a condition apart along and, or, not; for each field it tries values that the texts, patterns and
// numbers of the conditions on it suggest, one after another, alone, merged and as arrays, and asks the evaluator
// which ones do. So what it finds is right, and what it does not find may exist.
package witness

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// Values are the fields of an event by name, each with its values: string, bool, int64, float64 or json.Number. A field
// without values is missing.
type Values map[string][]any

// Solver finds values. It is not safe for concurrent use.
type Solver struct {
	// Effort bounds the values that one call of Solve tries; 0 is the most there is.
	Effort int

	fields  mapping.Fields
	leaves  map[string]*Formula // by what they compute
	chains  map[string]*Formula // by operator and the numbers of the parts
	numbers map[*Formula]int
	work    int // values that may still be tried
	record  event.Record
	decided map[string]bool         // see Decided
	infos   map[string]mapping.Info // of fields asked for before

	layout  *event.Layout // of Read: the fields of all formulas so far
	decoder *event.Decoder
	read    event.Record
}

// New returns a solver for conditions on fields that a mapping describes; nil is no mapping. The conditions must be of programs of
// one layout.
func New(fields mapping.Fields) *Solver {
	return &Solver{fields: fields, leaves: map[string]*Formula{}, chains: map[string]*Formula{}, numbers: map[*Formula]int{}, work: maxWork,
		infos: map[string]mapping.Info{}, layout: &event.Layout{}}
}

// Goal is what an event must do: make the formula true or false.
type Goal struct {
	Formula *Formula // what is wanted of one event
	Want    bool     // whether it is to hold or to fail
}

// Bounds of the values that are tried: in one search, and by one solver. They keep a query of thousands of clauses from
// taking minutes; what is not found within them counts as not found.
const (
	maxSteps = 5_000
	maxWork  = 1_000_000
)

// Solve looks for an event that reaches all goals, and returns the fields of their conditions; those of base stay as they
// are if they can. ok is false if nothing was found.
func (s *Solver) Solve(base Values, goals ...Goal) (v Values, ok bool) {
	x := newSearch(s, base)
	for _, g := range goals { // looking at a leaf costs too
		g.Formula.each(func(*leaf) { s.work-- })
	}
	if s.work <= 0 {
		return nil, false
	}
	start := x.budget
	ok = x.all(goals, nil)
	if s.work -= start - x.budget; !ok {
		return nil, false
	}
	out := Values{}
	for _, path := range paths(goals) {
		out[path] = x.value(path)
	}
	s.decided = map[string]bool{}
	for l := range x.wants {
		for _, path := range l.paths {
			s.decided[path] = true
		}
	}
	return out, true
}

// Decided tells whether the last Solve that found something wanted something of a field: the values of others do not matter.
func (s *Solver) Decided(path string) bool { return s.decided[path] }

// Read returns what an event document has in the fields of formulas.
func (s *Solver) Read(doc []byte, formulas ...*Formula) Values {
	var goals []Goal
	for _, f := range formulas {
		goals = append(goals, Goal{Formula: f})
	}
	wanted := paths(goals)
	known := len(s.layout.Names())
	slots := make([]int, len(wanted))
	for i, path := range wanted {
		slots[i] = s.layout.Add(path)
	}
	if s.decoder == nil || known < len(s.layout.Names()) {
		s.decoder = event.NewDecoder(s.layout)
	}
	if err := s.decoder.Decode(doc, &s.read); err != nil {
		return Values{}
	}
	out := Values{}
	for i, path := range wanted {
		for _, v := range s.read.Values(slots[i]) {
			out[path] = append(out[path], scalar(v))
		}
	}
	return out
}

// Any is a value of a record as Values have it.
func Any(v event.Value) any { return scalar(v) }

func scalar(v event.Value) any {
	switch v.Kind {
	case event.Bool:
		return v.Bits != 0
	case event.Int:
		return int64(v.Bits)
	case event.String:
		return strings.Clone(v.Text) // the record is read into again
	}
	return json.Number(strings.Clone(v.Text))
}

// paths are the fields of formulas, sorted.
func paths(goals []Goal) []string {
	seen := map[string]bool{}
	for _, g := range goals {
		g.Formula.each(func(l *leaf) {
			for _, p := range l.paths {
				seen[p] = true
			}
		})
	}
	return slices.Sorted(maps.Keys(seen))
}

// holds asks a leaf about values. failed: it raised an error.
func (s *Solver) holds(l *leaf, values func(path string) []any) (holds, failed bool) {
	switch {
	case l.present:
		return len(values(l.paths[0])) > 0, false
	case l.fixed != nil:
		return slices.Equal(values(l.paths[0]), l.fixed), false
	}
	for i, p := range l.paths {
		s.put(l.slots[i], values(p))
	}
	v := l.node.Eval(&s.record)
	for _, slot := range l.slots {
		s.record.Slots[slot] = s.record.Slots[slot][:0]
	}
	return v == predicate.Yes, v == predicate.Failed
}

// holdsOne is holds for a leaf of one field, with its values as the document has them and as a record has them.
func (s *Solver) holdsOne(l *leaf, values []any, scalars []event.Value) (holds, failed bool) {
	switch {
	case l.present:
		return len(values) > 0, false
	case l.fixed != nil:
		return slices.Equal(values, l.fixed), false
	}
	slot := l.slots[0]
	s.grow(slot)
	old := s.record.Slots[slot]
	s.record.Slots[slot] = scalars
	v := l.node.Eval(&s.record)
	s.record.Slots[slot] = old
	return v == predicate.Yes, v == predicate.Failed
}

func (s *Solver) grow(slot int) {
	for slot >= len(s.record.Slots) {
		s.record.Slots = append(s.record.Slots, nil)
	}
}

// put gives the record values in a slot.
func (s *Solver) put(slot int, values []any) {
	s.grow(slot)
	list := s.record.Slots[slot][:0]
	for _, v := range values {
		list = append(list, value(v))
	}
	s.record.Slots[slot] = list
}

// Scalar is a value as the decoder of events reads it from a document.
func Scalar(v any) event.Value { return value(v) }

// value is a scalar as the decoder reads it from a document.
func value(v any) event.Value {
	switch v := v.(type) {
	case string:
		return event.Value{Kind: event.String, Text: v}
	case bool:
		if v {
			return event.Value{Kind: event.Bool, Bits: 1, Text: "true"}
		}
		return event.Value{Kind: event.Bool, Text: "false"}
	case int64:
		return event.Value{Kind: event.Int, Bits: uint64(v), Text: strconv.FormatInt(v, 10)}
	case json.Number:
		if u, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return event.Value{Kind: event.Uint, Bits: u, Text: v.String()}
		}
		f, _ := v.Float64()
		return event.Value{Kind: event.Float, Bits: math.Float64bits(f), Text: v.String()}
	case float64:
		return event.Value{Kind: event.Float, Bits: math.Float64bits(v), Text: strconv.FormatFloat(v, 'g', -1, 64)}
	}
	return event.Value{}
}

// Holds tells whether a formula is true for an event document.
func (s *Solver) Holds(doc []byte, f *Formula) bool {
	x := newSearch(s, s.Read(doc, f))
	return x.now(f)
}

// True tells whether a formula is true for values.
func (s *Solver) True(v Values, f *Formula) bool { return newSearch(s, v).now(f) }
