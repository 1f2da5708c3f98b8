package eql

import "strings"

// Warnings about the logic of one filter (LANGUAGE.md 4.2, 4.4, 4).

// logic looks at the conditions of a filter together. keys are the join keys of its clause.
func (c *checker) logic(f *EventQuery, keys []Expr) {
	l := filterLogic{checker: c, mentions: map[string]int{}, nulls: map[string]bool{},
		ranges: map[string]*arrayRange{}, uses: map[string][]textUse{}}
	for _, k := range keys {
		if f, ok := k.(*Field); ok {
			l.mentions[f.Name]++ // a key is never null
		}
	}
	for n := range Preorder(f.Cond) {
		switch n := n.(type) {
		case *Field:
			l.mentions[n.Name]++
		case *Binary:
			if n.Op == And && !l.seen(n) {
				l.arrayAnd(n)
			}
			if lit, ok := Unparen(n.Y).(*Literal); ok && lit.Kind == NullLiteral {
				if f, ok := Unparen(n.X).(*Field); ok {
					l.nulls[f.Name] = true
				}
			}
		}
	}
	l.leaves(f.Cond, false)
	l.mixedCases()
}

type filterLogic struct {
	*checker
	mentions map[string]int  // how often a field is named
	nulls    map[string]bool // fields that are compared with null
	ranges   map[string]*arrayRange
	uses     map[string][]textUse // by field
	chains   map[*Binary]bool
}

// seen tells whether an and is the left part of one that was looked at.
func (l *filterLogic) seen(b *Binary) bool {
	if l.chains[b] {
		return true
	}
	if l.chains == nil {
		l.chains = map[*Binary]bool{}
	}
	for x, ok := b, true; ok && x.Op == And; x, ok = x.X.(*Binary) {
		l.chains[x] = true
	}
	return false
}

// leaves visits the conditions below e; negated tells whether an odd number of nots stands above.
func (l *filterLogic) leaves(e Expr, negated bool) {
	switch e := Unparen(e).(type) {
	case *Unary:
		if e.Op == Not {
			l.leaves(e.X, !negated)
		}
	case *Binary:
		switch {
		case e.Op == And || e.Op == Or:
			for _, side := range Operands(e.Op, e) {
				l.leaves(side, negated)
			}
		case e.Op.precedence() == precComparison:
			l.comparison(e, negated)
		}
	case *In:
		l.negative(e, e.X, e.Negated && !negated)
		l.optional(e, e.X, negated || e.Negated)
		l.texts(e, e.X, !e.Fold)
	case *Match:
		l.optional(e, e.X, negated)
		if e.Op != Regex && e.Op != RegexFold {
			l.texts(e, e.X, e.Op == Like)
		}
	case *Call:
		l.function(e, negated)
	}
}

func (l *filterLogic) comparison(b *Binary, negated bool) {
	x, y := b.X, b.Y
	if _, isLit := Unparen(x).(*Literal); isLit {
		x, y = y, x
	}
	lit, ok := Unparen(y).(*Literal)
	if !ok || lit.Kind == NullLiteral || b.Op != Eq && b.Op != Ne {
		return
	}
	l.negative(b, x, b.Op == Ne && !negated)
	l.texts(b, x, true)
}

// function looks at startsWith(field, …) and the like.
func (l *filterLogic) function(e *Call, negated bool) {
	if len(e.Args) < 2 || l.in.Type(e) != TypeBoolean {
		return
	}
	l.optional(e, e.Args[0], negated)
	l.texts(e, e.Args[0], !e.Fold)
}

// negative reports a != or not in where nothing else asks for the field: it is also true for events without the field.
// "not field : (…)" is the usual way to exclude events, and meant so.
func (l *filterLogic) negative(e, x Expr, negated bool) {
	f, ok := Unparen(x).(*Field)
	if !ok || !negated || f.Optional || l.mentions[f.Name] > 1 {
		return
	}
	l.report("query/neq-missing", Style, "", e.Span(), "add "+l.text(f)+" != null if such events are not meant",
		"this is also true for events without %s: %s", f.Name, l.text(e))
}

// optional reports a negated test of an optional field which may be missing from the mapping: then the test is null, its
// negation too, and nothing matches (LANGUAGE.md 4.3).
func (l *filterLogic) optional(e, x Expr, negated bool) {
	f, ok := Unparen(x).(*Field)
	if !ok || !negated || !f.Optional || l.nulls[f.Name] || l.in.Use(f).Presence != Undecidable {
		return
	}
	if m, ok := e.(*Match); ok && m.Op == Like && len(m.List) == 1 && !strings.ContainsAny(m.List[0].Str, "*?") {
		return // an equality
	}
	l.report("query/not-optional-null", Style, "", e.Span(), "add "+l.text(f)+" == null or, or write !=",
		"nothing matches if the mapping lacks %s: the negation of null is null", f.Name)
}

// arrayRange collects the bounds that an and puts on the values of an array, or on their lengths.
type arrayRange struct{ lower, upper bool }

// arrayAnd reports a range of an array field: one value may meet the lower bound, another one the upper.
func (l *filterLogic) arrayAnd(b *Binary) {
	clear(l.ranges)
	for _, side := range Operands(And, b) {
		cmp, ok := Unparen(side).(*Binary)
		if !ok || cmp.Op < Lt || cmp.Op > Ge {
			continue
		}
		x, op := cmp.X, cmp.Op
		if _, isLit := Unparen(x).(*Literal); isLit {
			x, op = cmp.Y, op.flipped()
		}
		name := l.arrayOf(x)
		if name == "" {
			continue
		}
		r := l.ranges[name]
		if r == nil {
			r = &arrayRange{}
			l.ranges[name] = r
		}
		lower := op == Gt || op == Ge
		if lower && r.upper && !r.lower || !lower && r.lower && !r.upper {
			l.report("query/array-and", Warning, "", side.Span(), "a condition on an array is true if one of its values meets it",
				"%s may hold several values, and two of them may meet the two bounds", name)
		}
		r.lower, r.upper = r.lower || lower, r.upper || !lower
	}
}

// arrayOf returns the text of f or length(f) where f is an array by its schema.
func (l *filterLogic) arrayOf(x Expr) string {
	e := Unparen(x)
	if call, ok := e.(*Call); ok && strings.EqualFold(call.Name, "length") && len(call.Args) == 1 {
		e = Unparen(call.Args[0])
	}
	if f, ok := e.(*Field); ok && l.in.Use(f).Presence == Present && l.in.Use(f).Info.Array {
		return l.text(Unparen(x))
	}
	return ""
}
