package eval

import (
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// Condition is an atomic condition of a query: a comparison, a function, one member of a list.
type Condition struct {
	Step   int      // the term of a sequence or sample in source order; until has the number behind the last
	Span   eql.Span // in the query; of a list member the member only
	Text   string   // the condition in canonical form
	Member bool     // one member of a list of several
}

// condition is a Condition with the node that decides it.
type condition struct {
	Condition
	node node
}

// conditions are made on first use: most programs never need them.
type conditions struct {
	once sync.Once
	list []condition
}

// Conditions lists the atomic conditions in source order. Those that fold to a constant are left out, because no event
// can change them; so are event categories.
func (p *Program) Conditions() []Condition {
	list := p.allConditions()
	out := make([]Condition, len(list))
	for i := range list {
		out[i] = list[i].Condition
	}
	return out
}

// Coverage counts for each of Conditions how many events saw it true and how many saw it false.
type Coverage struct{ True, False []int }

// NewCoverage makes empty counts for the conditions of the program.
func (p *Program) NewCoverage() *Coverage {
	n := len(p.allConditions())
	return &Coverage{make([]int, n), make([]int, n)}
}

// Observe adds the outcome of every condition for an event. Conditions of a step whose category the event does not have,
// and such whose script fails, are not seen at all.
func (p *Program) Observe(rec *event.Record, cov *Coverage) {
	list := p.allConditions()
	reached := -1
	admitted := false
	for i := range list {
		c := &list[i]
		if c.Step != reached {
			reached, admitted = c.Step, p.step(c.Step).admits(rec)
		}
		if !admitted {
			continue
		}
		switch c.node.eval(rec) {
		case yes:
			cov.True[i]++
		case no:
			cov.False[i]++
		}
	}
}

// admits reports whether an event has the category of a step.
func (s *stage) admits(rec *event.Record) bool {
	return s.category == nil || s.category.eval(rec) == yes
}

// steps are the distinct stages in source order, until last.
func (p *Program) steps() []*stage {
	var out []*stage
	for i, s := range p.stages {
		if i == 0 || s != p.stages[i-1] {
			out = append(out, s)
		}
	}
	if p.until != nil {
		out = append(out, p.until)
	}
	return out
}

func (p *Program) step(term int) *stage { return p.steps()[term] }

func (p *Program) allConditions() []condition {
	p.atoms.once.Do(func() {
		for _, s := range p.steps() {
			p.atoms.collect(p.compiler, s.term, s.trace)
		}
	})
	return p.atoms.list
}

// collect appends the conditions below a trace.
func (a *conditions) collect(c *compiler, step int, t *trace) {
	for _, kid := range t.kids {
		a.collect(c, step, kid)
	}
	if len(t.kids) > 0 || t.expr == nil {
		return
	}
	if _, constant := t.node.(folded); constant {
		return
	}
	members := membersOf(t.expr)
	for _, m := range members {
		n, _, err := c.cond(m.alone)
		if err != nil { // cannot be: the list as a whole compiled
			continue
		}
		if _, constant := n.(folded); constant {
			continue
		}
		a.list = append(a.list, condition{Condition{step, m.span, clip(eql.FormatExpr(m.alone), maxClauseText), true}, n})
	}
	if len(members) == 0 {
		a.list = append(a.list, condition{Condition{step, t.span, clip(eql.FormatExpr(t.expr), maxClauseText), false}, t.node})
	}
}

// member is one alternative of a list, and the condition that it is by itself.
type member struct {
	span  eql.Span
	alone eql.Expr
}

// membersOf splits lists of several members; the negation of "not in" is left aside.
func membersOf(e eql.Expr) []member {
	var out []member
	switch e := e.(type) {
	case *eql.Match:
		for _, l := range e.List {
			one := *e
			one.List, one.Parens = []*eql.Literal{l}, false
			out = append(out, member{l.Range, &one})
		}
	case *eql.In:
		for _, x := range e.List {
			one := *e
			one.List, one.Negated = []eql.Expr{x}, false
			out = append(out, member{x.Span(), &one})
		}
	case *eql.Call: // the blocks of cidrMatch
		if f, ok := eqlfunc.Lookup(e.Name); !ok || f.Max >= 0 || f.Result != eqlfunc.Bool {
			break
		}
		for _, x := range e.Args[1:] {
			one := *e
			one.Args = []eql.Expr{e.Args[0], x}
			out = append(out, member{x.Span(), &one})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}
