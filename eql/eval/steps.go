package eval

import (
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

// makeSteps lists the distinct stages in source order, until last: the position of a step is the number of its term.
func (p *Program) makeSteps() []*search.Step {
	role := search.Part
	if p.IsEvent() {
		role = search.Whole
	}
	var out []*search.Step
	for i, s := range p.stages {
		if i == 0 || s != p.stages[i-1] {
			out = append(out, search.NewStep(role, s.source, s.cond, s.category))
		}
	}
	if s := p.until; s != nil {
		out = append(out, search.NewStep(search.Stop, s.source, s.cond, s.category))
	}
	return out
}

// Steps implements search.Program: the terms in source order, until last.
func (p *Program) Steps() []*search.Step { return p.steps }

// Plain implements search.Program: an event query without limits is.
func (p *Program) Plain() bool { return p.IsEvent() && len(p.limits) == 0 }

// Place implements search.Program: an event must have one timestamp that is a date; in a query of events also none.
func (p *Program) Place(rec *event.Record, index int) error {
	_, err := p.ordinal(rec, index)
	return err
}

// Start implements search.Program.
func (p *Program) Start(o search.Start) search.State {
	var r *Run
	if o.Trace {
		r = p.NewTrace()
	} else {
		r = p.NewRun(o.Ordered && p.sequence)
	}
	r.shared = o.Copy
	return feeding{r}
}

// feeding is a run whose steps may be decided by others.
type feeding struct{ *Run }

// Feed implements search.State.
func (f feeding) Feed(rec *event.Record, ref search.Ref, given []predicate.Verdict) error {
	f.finder.given = given
	return f.Run.Feed(rec, ref)
}

// NewPreparer implements search.Preparing. What a tracing run notes it notes itself.
func (f feeding) NewPreparer() search.Preparer {
	if f.finder.trace != nil {
		return nil
	}
	return &preparer{newFinder(f.p)}
}

// Take implements search.Preparing.
func (f feeding) Take(prepared any, ref search.Ref) error {
	d := prepared.(*detached)
	d.ref, d.copy, d.ord.index = ref, f.shared, ref.Index
	return f.enter(&d.entry, func() *entry { return d.settle(ref, f.shared) })
}

// preparer makes detached entries of events.
type preparer struct{ finder }

// Prepare implements search.Preparer.
func (p *preparer) Prepare(rec *event.Record, given []predicate.Verdict) (any, error) {
	p.given = given
	e, err := p.find(p.program, rec, 0)
	if e == nil || err != nil {
		return nil, err
	}
	return e.detach(), nil
}

// Shape implements search.Program.
func (p *Program) Shape() search.Shape {
	out := search.Shape{Timestamp: p.opts.timestamp(), Ordered: p.sequence, MaxSpan: time.Duration(p.maxspan)}
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] {
			out.Parts[len(out.Parts)-1].Count++
			continue
		}
		out.Parts = append(out.Parts, search.PartShape{Keys: s.keyNames(), Count: 1, Missing: s.missing})
	}
	if p.until != nil {
		out.Parts = append(out.Parts, search.PartShape{Keys: p.until.keyNames()})
	}
	return out
}

func (s *stage) keyNames() []string {
	var out []string
	for _, k := range s.keys {
		out = append(out, k.f.Name)
	}
	return out
}
