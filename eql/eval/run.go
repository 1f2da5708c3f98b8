package eval

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Ref names an event of the input.
type Ref struct {
	Index  int    // 0-based position over the whole input
	ID     string // document id, if there is one
	Source []byte // the document; may be nil if the caller does not need it back
}

// Result is one match: the events in the order of the steps, nil for a missing event, and the values of the join keys as
// text, nil for null. A plain event query has one event and no keys.
type Result struct {
	Keys   []*string
	Events []*Ref
}

// Run is the state of one search over a stream of events. It is not safe for concurrent use.
type Run struct {
	p       *Program
	ordered bool
	entries []*entry // waiting to be sorted; unused for ordered input
	results []ranked
	machine *machine
	samples *samples
}

// ordinal is the place of an event in time (spec/eql.md 6.1).
type ordinal struct {
	at    esdate.Instant
	none  bool // no timestamp: after all others
	tie   eqlfunc.Value
	index int
}

func (o *ordinal) compare(p *ordinal) int {
	switch {
	case o.none != p.none:
		if o.none {
			return 1
		}
		return -1
	case !o.none:
		if c := o.at.Compare(p.at); c != 0 {
			return c
		}
	}
	if c := compareTies(o.tie, p.tie); c != 0 {
		return c
	}
	return cmp.Compare(o.index, p.index)
}

// compareTies orders tiebreakers ascending; an event without one comes after those that have it.
func compareTies(a, b eqlfunc.Value) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	if a.Numeric() && b.Numeric() {
		return compareExact(a, b)
	}
	c, _ := eqlfunc.Compare(a, b)
	return c
}

// entry is an event that matches a step.
type entry struct {
	ref    *Ref
	ord    ordinal
	stages []stageHit // ascending
	until  []tuple
}

// stageHit is a stage that the event matches, with the keys it has there.
type stageHit struct {
	stage int
	keys  []tuple
}

// ranked is a result with what it is sorted by.
type ranked struct {
	Result
	ord ordinal
	key tuple
}

// NewRun starts a search. With ordered the caller promises that events come in the order of their timestamps: then
// state that is older than maxspan is dropped as time passes. Otherwise the events that match a step are kept and sorted
// at the end.
func (p *Program) NewRun(ordered bool) *Run {
	r := &Run{p: p, ordered: ordered}
	switch {
	case p.sequence:
		r.machine = newMachine(p, r.emit)
	case p.sample:
		r.samples = newSamples(p)
	}
	return r
}

func (r *Run) emit(x ranked) { r.results = append(r.results, x) }

// Feed takes the next event. rec need not stay; ref.Source is copied if the event may be part of a result. The error
// names the record: it is that of a script, or of an event without a usable timestamp in a sequence.
func (r *Run) Feed(rec *event.Record, ref Ref) error {
	e, err := r.match(rec)
	if err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
	if e == nil {
		return nil
	}
	ref.Source = bytes.Clone(ref.Source)
	e.ref = &ref
	if e.ord, err = r.ordinal(rec, ref.Index); err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
	switch {
	case r.p.IsEvent():
		r.emit(ranked{Result: Result{Events: []*Ref{e.ref}}, ord: e.ord})
	case r.samples != nil:
		r.samples.add(e)
	case r.ordered:
		r.machine.step(e)
	default:
		r.entries = append(r.entries, e)
	}
	return nil
}

// match finds the steps that an event matches; nil if there is none.
func (r *Run) match(rec *event.Record) (*entry, error) {
	p := r.p
	var e *entry
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] { // runs: the same step again
			if e != nil && len(e.stages) > 0 && e.stages[len(e.stages)-1].stage == i-1 {
				e.stages = append(e.stages, stageHit{i, e.stages[len(e.stages)-1].keys})
			}
			continue
		}
		switch s.cond.eval(rec) {
		case failed:
			return nil, p.scriptError(rec)
		case yes:
			keys, err := s.tuples(rec, false, p.sample)
			if err != nil {
				return nil, err
			}
			if len(keys) == 0 {
				continue
			}
			if e == nil {
				e = &entry{}
			}
			e.stages = append(e.stages, stageHit{i, keys})
		}
	}
	if p.until == nil {
		return e, nil
	}
	switch p.until.cond.eval(rec) {
	case failed:
		return nil, p.scriptError(rec)
	case yes:
		keys, err := p.until.tuples(rec, true, false)
		if err != nil {
			return nil, err
		}
		if e == nil {
			e = &entry{}
		}
		e.until = keys
	}
	return e, nil
}

func (r *Run) ordinal(rec *event.Record, index int) (ordinal, error) {
	p := r.p
	o := ordinal{index: index}
	vs := values(rec, p.timestamp.slot)
	switch {
	case len(vs) == 1:
		at, ok := p.timestamp.instant(&vs[0])
		if !ok {
			return o, fmt.Errorf("timestamp %q in %q is no date", vs[0].Text, p.timestamp.name)
		}
		o.at = at
	case p.sequence && len(vs) == 0:
		return o, fmt.Errorf("no timestamp in %q", p.timestamp.name)
	case p.sequence:
		return o, fmt.Errorf("%d timestamps in %q, expected one", len(vs), p.timestamp.name)
	default:
		o.none = true
	}
	if p.tiebreak == nil {
		return o, nil
	}
	ties := values(rec, p.tiebreak.slot)
	for i := range ties { // of several the smallest counts
		if v, ok := p.tiebreak.script(&ties[i]); ok && (o.tie.IsNull() || compareTies(v, o.tie) < 0) {
			v.Str = string([]byte(v.Str)) // the record's memory is reused
			o.tie = v
		}
	}
	return o, nil
}

// Finish returns all results in order, limits applied.
func (r *Run) Finish() []Result {
	if r.samples != nil {
		return apply(r.p.limits, r.samples.results())
	}
	slices.SortStableFunc(r.entries, func(a, b *entry) int { return a.ord.compare(&b.ord) })
	for _, e := range r.entries {
		r.machine.step(e)
	}
	r.entries = nil
	if r.machine != nil {
		r.machine.finish()
	}
	slices.SortStableFunc(r.results, func(a, b ranked) int {
		if c := a.ord.compare(&b.ord); c != 0 {
			return c
		}
		return a.key.compare(&b.key)
	})
	out := make([]Result, len(r.results))
	for i := range r.results {
		out[i] = r.results[i].Result
	}
	return apply(r.p.limits, out)
}
