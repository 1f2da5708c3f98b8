package eql

import "slices"

// bounds is what the operands of one and say about one field.
type bounds struct {
	values   []*Literal // nil = not restricted to values
	lo, hi   int64
	hasLo    bool
	hasHi    bool
	reported bool
}

// contradictions looks at each and-chain for conditions on one field that no single value meets. Fields that may hold
// several values meet them one by one, so only those that the schema knows as single are looked at (LANGUAGE.md 4.4).
func (c *checker) contradictions(e Expr) {
	for n := range Preorder(e) {
		b, ok := n.(*Binary)
		if !ok || b.Op != And || c.inChain[b] {
			continue
		}
		c.conjunction(map[string]*bounds{}, b)
	}
}

// conjunction adds the operands of an and, and of those that stand in parentheses below it.
func (c *checker) conjunction(fields map[string]*bounds, b *Binary) {
	for x, ok := b, true; ok && x.Op == And; x, ok = x.X.(*Binary) {
		c.inChain[x] = true
	}
	for _, side := range Operands(And, b) {
		e := Unparen(side)
		if inner, ok := e.(*Binary); ok && inner.Op == And {
			c.conjunction(fields, inner)
			continue
		}
		c.constrain(fields, e)
	}
}

// constrain adds one operand of an and.
func (c *checker) constrain(fields map[string]*bounds, e Expr) {
	var x Expr
	var list []Expr
	op := Eq
	switch e := e.(type) {
	case *Binary:
		x, list, op = e.X, []Expr{e.Y}, e.Op
	case *In:
		if e.Negated || e.Fold {
			return
		}
		x, list = e.X, e.List
	default:
		return
	}
	f, ok := Unparen(x).(*Field)
	if u := c.in.Use(orEmpty(f)); !ok || u.Presence != Present || u.Info.Array || ambiguous(u.Info) {
		return
	}
	b := fields[f.Name]
	if b == nil {
		b = &bounds{}
		fields[f.Name] = b
	}
	lits := c.plainLiterals(c.in.Type(f), list)
	switch {
	case lits == nil || b.reported:
		return
	case op == Eq:
		b.equal(lits)
	default:
		b.order(op, lits[0], c.in.Type(f).Integral())
	}
	if b.impossible() {
		b.reported = true
		c.report("query/contradiction", Warning, "", e.Span(), "write or, or in, if either will do", "no value of %s meets %s and the conditions before it",
			f.Name, c.text(e))
	}
}

func orEmpty(f *Field) *Field {
	if f == nil {
		return &Field{}
	}
	return f
}

// plainLiterals returns the constants if they are compared as they stand: strings with strings, whole numbers with
// numbers. Dates, addresses and versions have several spellings of one value.
func (c *checker) plainLiterals(t Type, list []Expr) []*Literal {
	var out []*Literal
	for _, e := range list {
		lit, ok := Unparen(e).(*Literal)
		if !ok || !(lit.Kind == StringLiteral && t.StringFamily() || lit.Kind == IntLiteral && t.Numeric()) {
			return nil
		}
		out = append(out, lit)
	}
	return out
}

func (b *bounds) equal(lits []*Literal) {
	if b.values == nil {
		b.values = append([]*Literal{}, lits...)
		return
	}
	allowed := map[string]bool{}
	ints := map[int64]bool{}
	for _, l := range lits {
		if l.Kind == StringLiteral {
			allowed[l.Str] = true
		} else {
			ints[l.Int] = true
		}
	}
	b.values = slices.DeleteFunc(b.values, func(l *Literal) bool {
		return l.Kind == StringLiteral && !allowed[l.Str] || l.Kind == IntLiteral && !ints[l.Int]
	})
}

// order adds a bound; the order of strings is left out. Between whole numbers lies nothing, so > 5 is >= 6.
func (b *bounds) order(op Op, l *Literal, integral bool) {
	if l.Kind != IntLiteral {
		return
	}
	n, step := l.Int, int64(0)
	if integral {
		step = 1
	}
	switch op {
	case Gt:
		n += step
		fallthrough
	case Ge:
		if n >= l.Int && (!b.hasLo || n > b.lo) { // n < l.Int is an overflow
			b.lo, b.hasLo = n, true
		}
	case Lt:
		n -= step
		fallthrough
	case Le:
		if n <= l.Int && (!b.hasHi || n < b.hi) {
			b.hi, b.hasHi = n, true
		}
	}
}

func (b *bounds) impossible() bool {
	if b.hasLo && b.hasHi && b.lo > b.hi {
		return true
	}
	return b.values != nil && !slices.ContainsFunc(b.values, func(l *Literal) bool {
		return l.Kind == StringLiteral || (!b.hasLo || l.Int >= b.lo) && (!b.hasHi || l.Int <= b.hi)
	})
}
