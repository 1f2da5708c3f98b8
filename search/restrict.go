package search

import (
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Restrict is a program that sees only the events that satisfy a further condition, as a rule with filters does. The condition is
// explained beside that of each step; coverage leaves it out.
func Restrict(p Program, filter *predicate.Cond) Program {
	r := &restricted{Program: p}
	own := *filter
	own.Aside = true
	for _, s := range p.Steps() {
		node := predicate.Chain(predicate.OpAnd, []predicate.Node{filter.Node, s.Node})
		admit := &own
		if s.Admit != nil {
			admit = predicate.NewAnd(s.Admit.Span, nil, &own, s.Admit)
		}
		cond := &predicate.Cond{Span: s.Cond.Span, Op: predicate.OpAnd, Node: node, Kids: []*predicate.Cond{&own, s.Cond}, Origin: s.Cond.Origin}
		r.steps = append(r.steps, NewStep(s.Role, cond, node, admit))
	}
	return r
}

// restricted decides the steps itself and hands the verdicts to the search of the program.
type restricted struct {
	Program
	steps []*Step
}

// Steps implements Program.
func (r *restricted) Steps() []*Step { return r.steps }

// Frame implements Framed.
func (r *restricted) Frame() Frame { return FrameOf(r.Program) }

// Unfiltered is the program without the condition. It is no Unwrap: what a search asks of a program must not lose the condition.
func (r *restricted) Unfiltered() Program { return r.Program }

// Start implements Program.
func (r *restricted) Start(o Start) State {
	return deciding{r.Program.Start(o), r.steps, make([]predicate.Verdict, len(r.steps))}
}

// deciding is a state that decides the steps of the program around it.
type deciding struct {
	State
	steps []*Step
	given []predicate.Verdict
}

// Feed implements State.
func (d deciding) Feed(rec *event.Record, ref Ref, given []predicate.Verdict) error {
	if given == nil {
		given = d.given
		for i, s := range d.steps {
			given[i] = s.Node.Eval(rec)
		}
	}
	if err := failed(d.steps, rec, given); err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
	return d.State.Feed(rec, ref, given)
}

// failed is the error of the first step that failed.
func failed(steps []*Step, rec *event.Record, given []predicate.Verdict) error {
	for i, v := range given {
		if v == predicate.Failed {
			return steps[i].failure(rec)
		}
	}
	return nil
}

// NewPreparer implements Preparing, if the state around which it is does.
func (d deciding) NewPreparer() Preparer {
	inner, ok := d.State.(Preparing)
	if !ok {
		return nil
	}
	p := inner.NewPreparer()
	if p == nil {
		return nil
	}
	return decidingPreparer{p, d.steps}
}

// Take implements Preparing.
func (d deciding) Take(prepared any, ref Ref) error { return d.State.(Preparing).Take(prepared, ref) }

// decidingPreparer prepares for a deciding state.
type decidingPreparer struct {
	Preparer
	steps []*Step
}

// Prepare implements Preparer.
func (d decidingPreparer) Prepare(rec *event.Record, given []predicate.Verdict) (any, error) {
	if err := failed(d.steps, rec, given); err != nil {
		return nil, err
	}
	return d.Preparer.Prepare(rec, given)
}

// Unwrap leads to the state that collects the results; see As.
func (d deciding) Unwrap() State { return d.State }
