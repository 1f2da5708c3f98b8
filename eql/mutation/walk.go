package mutation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/source"
)

// Options say what the query runs against. The zero value knows no schema.
type Options struct {
	Info          *eql.Info // of eql.Check
	CategoryField string    // empty: event.category
	All           bool      // return equivalent mutants too
}

// Of returns the mutants of a query that parsed without errors, in source order. Equivalent ones that the change itself
// gives away are left out; Redundant finds the others.
func Of(q *eql.Query, o Options) []*Mutant {
	if o.CategoryField == "" {
		o.CategoryField = "event.category"
	}
	g := &generator{src: q.Source, options: o}
	switch b := q.Body.(type) {
	case *eql.EventQuery:
		g.filter(b)
	case *eql.Sequence:
		g.sequence(b)
	case *eql.Sample:
		g.sample(b)
	}
	slices.SortStableFunc(g.out, func(a, b *Mutant) int { return cmp.Compare(a.Span().Start, b.Span().Start) })
	return g.out
}

type generator struct {
	src     string
	options Options
	term    int
	leaf    eql.Expr // the outermost condition without logic that is being changed
	same    bool     // the next mutant makes no difference
	out     []*Mutant
}

// add appends a mutant that replaces what a slot of the tree holds. build is not called before the mutant is applied:
// a query of a thousand clauses has thousands of mutants, of which few are tried.
func (g *generator) add(kind Kind, span eql.Span, text string, slot *eql.Expr, build func() eql.Expr) {
	g.change(kind, eql.Edit{Span: span, New: text}, func() func() {
		old := *slot
		*slot = build()
		return func() { *slot = old }
	})
}

// unless marks the next mutant as one that makes no difference.
func (g *generator) unless(equivalent bool) *generator {
	g.same = equivalent
	return g
}

// change appends a mutant of any form.
func (g *generator) change(kind Kind, edit eql.Edit, apply func() func()) {
	g.append(&Mutant{Kind: kind, Edits: []eql.Edit{edit}, Term: g.term, inside: g.leaf, apply: apply})
}

func (g *generator) append(m *Mutant) {
	m.Equivalent, g.same = g.same, false
	if m.Equivalent && !g.options.All {
		return
	}
	for i := range m.Edits {
		g.separate(&m.Edits[i])
	}
	g.out = append(g.out, m)
}

// separate puts blanks where an edit would make one word of two: "where(a)and b" without "(a)and".
func (g *generator) separate(e *eql.Edit) {
	rest := g.src[e.Span.End:]
	if joins(g.src[:e.Span.Start], e.New+rest) {
		e.New = " " + e.New
	}
	if e.New != "" && joins(e.New, rest) {
		e.New += " "
	}
}

// joins tells whether two texts side by side would read as one word.
func joins(a, b string) bool {
	return source.WordAt(a, len(a)-1) && source.WordAt(b, 0) || a != "" && a[len(a)-1] == '_' && source.WordAt(b, 0)
}

// filter changes one event query: its category and its condition.
func (g *generator) filter(f *eql.EventQuery) {
	if !f.Category.Any {
		g.unless(asksFor(f.Cond, g.options.CategoryField, f.Category.Name)).change(Category, eql.Edit{Span: f.Category.Range, New: "any"}, func() func() {
			old := f.Category
			f.Category = eql.Category{Any: true, Range: old.Range}
			return func() { f.Category = old }
		})
	}
	g.cond(&f.Cond, false)
}

// asksFor tells whether a condition demands that the field has the value.
func asksFor(e eql.Expr, field, value string) bool {
	e = eql.Unparen(e)
	if b, ok := e.(*eql.Binary); ok && b.Op == eql.And {
		for _, x := range eql.Operands(eql.And, b) {
			if x != e && asksFor(x, field, value) {
				return true
			}
		}
		return false
	}
	b, ok := e.(*eql.Binary)
	if !ok || b.Op != eql.Eq {
		return false
	}
	f, isField := eql.Unparen(b.X).(*eql.Field)
	l, isLiteral := eql.Unparen(b.Y).(*eql.Literal)
	return isField && isLiteral && f.Name == field && l.Kind == eql.StringLiteral && l.Str == value
}

// cond changes a condition. negated: it is the operand of a not, whose removal is its negation.
func (g *generator) cond(slot *eql.Expr, negated bool) {
	switch e := (*slot).(type) {
	case *eql.Paren:
		g.cond(&e.X, negated)
	case *eql.Unary:
		if e.Op != eql.Not {
			g.value(slot)
			return
		}
		if !negated {
			g.add(Negate, eql.Span{Start: e.Range.Start, End: e.X.Span().Start}, "", slot, func() eql.Expr { return e.X })
		}
		g.cond(&e.X, true)
	case *eql.Binary:
		if e.Op == eql.And || e.Op == eql.Or {
			g.chain(slot, e)
			return
		}
		g.condLeaf(slot, negated)
	default:
		g.condLeaf(slot, negated)
	}
}

// condLeaf changes a condition without logic.
func (g *generator) condLeaf(slot *eql.Expr, negated bool) {
	if !negated {
		g.negate(slot)
	}
	if g.leaf == nil {
		g.leaf = *slot
		defer func() { g.leaf = nil }()
	}
	if b, ok := (*slot).(*eql.Binary); ok {
		g.comparison(slot, b)
		return
	}
	g.value(slot)
}

// chain changes a chain of one logical operator and what it links.
func (g *generator) chain(slot *eql.Expr, b *eql.Binary) {
	op := b.Op
	operands := eql.Operands(op, b)
	slots, ranges := chainSlots(b, len(operands))
	spare := g.spare(op, operands)
	for i, x := range operands {
		if i > 0 {
			g.link(slot, op, operands, i, ranges[i-1])
		}
		span := eql.Span{Start: x.Span().Start}
		if i == 0 {
			span.End = operands[1].Span().Start
		} else {
			span = eql.Span{Start: operands[i-1].Span().End, End: x.Span().End}
		}
		g.unless(spare[i]).add(DropClause, span, "", slot, func() eql.Expr {
			rest := append(operands[:i:i], operands[i+1:]...)
			return join(op, rest)
		})
		g.cond(slots[i], false)
	}
}

// chainSlots returns where the operands of a chain of n are kept, and the ranges of the operators between them.
func chainSlots(b *eql.Binary, n int) ([]*eql.Expr, []eql.Span) {
	slots, ranges := make([]*eql.Expr, n), make([]eql.Span, n-1)
	for i := n - 1; ; i-- {
		slots[i], ranges[i-1] = &b.Y, b.OpRange
		if i == 1 {
			slots[0] = &b.X
			return slots, ranges
		}
		b = b.X.(*eql.Binary)
	}
}

// join links operands from left to right.
func join(op eql.Op, operands []eql.Expr) eql.Expr {
	e := operands[0]
	for _, x := range operands[1:] {
		e = &eql.Binary{Op: op, X: e, Y: x, Range: eql.Span{Start: e.Span().Start, End: x.Span().End}}
	}
	return e
}

// link turns the operator in front of operand i into the other one. "and" binds tighter, so that an "or" splits a chain of
// "and" in two, and an "and" takes just its two neighbors out of a chain of "or".
func (g *generator) link(slot *eql.Expr, op eql.Op, operands []eql.Expr, i int, span eql.Span) {
	if op == eql.And {
		g.add(AndOr, span, "or", slot, func() eql.Expr {
			return join(eql.Or, []eql.Expr{join(op, operands[:i]), join(op, operands[i:])})
		})
		return
	}
	g.add(AndOr, span, "and", slot, func() eql.Expr {
		pair := join(eql.And, operands[i-1:i+1])
		return join(op, append(append(operands[:i-1:i-1], pair), operands[i+1:]...))
	})
}

// negate negates a condition that is no and, or, not.
func (g *generator) negate(slot *eql.Expr) {
	switch e := (*slot).(type) {
	case *eql.Literal:
		return // a constant: folded, or the whole condition
	case *eql.Binary:
		if e.Op == eql.Eq || e.Op == eql.Ne {
			op := eql.Eq + eql.Ne - e.Op
			g.add(Negate, e.OpRange, op.String(), slot, func() eql.Expr {
				c := *e
				c.Op = op
				return &c
			})
			return
		}
	case *eql.In:
		g.negateIn(slot, e)
		return
	}
	e := *slot
	at := e.Span().Start
	g.add(Negate, eql.Span{Start: at, End: at}, "not ", slot, func() eql.Expr {
		return &eql.Unary{Op: eql.Not, X: e, Range: e.Span()}
	})
}

func (g *generator) negateIn(slot *eql.Expr, e *eql.In) {
	at := e.OpRange.Start
	span, text := eql.Span{Start: at, End: at}, "not "
	if e.Negated {
		word := strings.Index(g.src[at:e.OpRange.End], "in")
		if word < 0 { // the keyword is there in whatever case
			word = strings.Index(strings.ToLower(g.src[at:e.OpRange.End]), "in")
		}
		span, text = eql.Span{Start: at, End: at + word}, ""
	}
	g.add(Negate, span, text, slot, func() eql.Expr {
		c := *e
		c.Negated = !e.Negated
		return &c
	})
}
