package esql

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// Conditions that cannot hold beside one another. A comparison is true only for a column with one value, so that what one condition
// leaves of its values the next one has to take, of fields with several values too. (Nothing is said of a boolean column without a
// comparison: one with several values makes null of the AND around it, whatever stands beside it.)

// never reports conditions that cannot all hold, alternatives that cannot hold beside the rest, and exclusions of what is not there.
// Conditions of WHERE commands that follow one another count together.
func (c *checker) never() {
	seen := &bounds{}
	for _, cmd := range c.q.Commands {
		switch cmd := cmd.(type) {
		case *Where:
			if clash := c.all(seen, []demanded{{cmd.Cond, false}}); clash != nil {
				c.clashes("query/contradiction", clash, demanded{clash.x, clash.not})
			}
		case *Sort, *Limit, *Sample, *Keep, *Drop, *Eval:
		default:
			seen = &bounds{}
		}
	}
}

// demanded is a condition that has to be true, or false.
type demanded struct {
	x   Expr
	not bool
}

// clash is a condition that cannot hold.
type clash struct {
	demanded
	other Expr // the condition that it cannot hold together with; nil: it never holds
	hint  string
}

// clashes reports that a condition never holds, because of a clash in it.
func (c *checker) clashes(code string, cl *clash, d demanded) {
	never, together := "never holds", "%s cannot hold together with %s"
	if d.not {
		never, together = "always holds", "%s always holds together with %s"
	}
	switch {
	case cl.other == nil:
		c.warn(code, Warning, d.x.Span(), cl.hint, "the condition %s %s", c.quote(d.x), never)
		return
	case d.x == cl.x:
		c.warn(code, Warning, d.x.Span(), cl.hint, together, c.quote(d.x), c.quote(cl.other))
	default:
		c.warn(code, Warning, d.x.Span(), cl.hint, "%s %s, because of %s and %s", c.quote(d.x), never, c.quote(cl.x), c.quote(cl.other))
	}
	c.issues[len(c.issues)-1].Related = []Related{{Span: cl.other.Span(), Message: "the other condition"}}
}

// split lists the conditions that have to hold for all of a list to hold, and the alternatives between them.
func split(list []demanded) (atoms, either []demanded) {
	stack := slices.Clone(list)
	slices.Reverse(stack)
	for len(stack) > 0 {
		d := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		d.x = Unparen(d.x)
		switch x := d.x.(type) {
		case *Unary:
			if x.Op == Not {
				stack = append(stack, demanded{x.X, !d.not})
				continue
			}
		case *Binary:
			switch {
			case x.Op == And && !d.not, x.Op == Or && d.not:
				stack = append(stack, demanded{x.Y, d.not}, demanded{x.X, d.not})
				continue
			case x.Op == And || x.Op == Or:
				either = append(either, d)
				continue
			}
		}
		atoms = append(atoms, d)
	}
	return atoms, either
}

// alternatives lists those that a condition has: of a or b, or of not (a and b).
func alternatives(d demanded) (out []demanded) {
	for _, x := range Operands(d.x.(*Binary).Op, d.x) {
		out = append(out, demanded{x, d.not})
	}
	return out
}

// all narrows the bounds by conditions that all have to hold. It returns the first clash, and reports alternatives that cannot hold.
func (c *checker) all(s *bounds, list []demanded) *clash {
	atoms, either := split(list)
	var exclusions []exclusion
	for _, d := range atoms {
		cl, ex := c.narrow(s, d)
		if cl != nil {
			cl.demanded = d
			return cl
		}
		exclusions = append(exclusions, ex...)
	}
	for _, e := range exclusions {
		c.superfluous(s, e)
	}
	for _, d := range either {
		arms := alternatives(d)
		dead := make([]*clash, len(arms))
		alive := 0
		for i, arm := range arms {
			if dead[i] = c.all(&bounds{outer: s}, []demanded{arm}); dead[i] == nil {
				alive++
			}
		}
		if alive == 0 {
			return &clash{d, dead[0].other, dead[0].hint}
		}
		for i, cl := range dead {
			if cl != nil {
				c.clashes("query/dead-clause", cl, arms[i])
			}
		}
	}
	return nil
}

// exclusion is a condition that takes values away.
type exclusion struct {
	demanded
	attr   *Attr
	values map[string]*Literal
}

// superfluous reports an exclusion of values that another condition leaves none of.
func (c *checker) superfluous(s *bounds, e exclusion) {
	b := s.find(e.attr)
	if b == nil || b.first == nil {
		return
	}
	for key := range e.values {
		if b.first[key] != nil {
			return
		}
	}
	not := ""
	if e.not {
		not = "NOT "
	}
	c.warn("query/exclusion-never-applies", Warning, e.x.Span(), "remove it, or correct the values", "%s%s excludes nothing: %s leaves other values only", not, c.quote(e.x), c.quote(b.firstAt))
	c.issues[len(c.issues)-1].Related = []Related{{Span: b.firstAt.Span(), Message: "the condition that leaves them"}}
}

// bounds are what conditions leave of columns, beside what the conditions around leave.
type bounds struct {
	outer *bounds
	of    map[*Attr]*bound
}

// bound is what is left of one column.
type bound struct {
	set          map[string]*Literal // by their text; nil: any value
	setAt        Expr
	first        map[string]*Literal // the set as a list of values demands it, before exclusions
	firstAt      Expr
	gone         []excluded // values that are left out
	lo, hi       float64
	loOpen       bool
	hiOpen       bool
	loAt, hiAt   Expr
	null, exists Expr // the condition that demands it
}

// find is what is known of a column; nil if nothing is.
func (s *bounds) find(a *Attr) *bound {
	for ; s != nil; s = s.outer {
		if b := s.of[a]; b != nil {
			return b
		}
	}
	return nil
}

// get is what is known of a column, to be changed.
func (s *bounds) get(a *Attr) *bound {
	if b := s.of[a]; b != nil {
		return b
	}
	b := &bound{lo: math.Inf(-1), hi: math.Inf(1)}
	if known := s.find(a); known != nil {
		*b = *known
		b.gone = slices.Clip(known.gone)
	}
	if s.of == nil {
		s.of = map[*Attr]*bound{}
	}
	s.of[a] = b
	return b
}

// excluded is a value that a condition leaves out.
type excluded struct {
	value string
	by    Expr
}

// exclude remembers a value; there are few of them in what people write.
func (b *bound) exclude(value string, x Expr) {
	const most = 50
	if len(b.gone) < most {
		b.gone = append(b.gone, excluded{value, x})
	}
}

// narrow adds a condition to the bounds. It returns what cannot hold, and the values that the condition excludes.
func (c *checker) narrow(s *bounds, d demanded) (*clash, []exclusion) {
	switch x := d.x.(type) {
	case *Literal:
		if x.Kind == BoolLiteral && x.Bool == d.not || x.Kind == NullLiteral {
			return &clash{}, nil
		}
	case *IsNull:
		if a := c.attrOf(x.X); a != nil {
			b := s.get(a)
			if x.Not != d.not {
				b.exists = x
			} else {
				b.null = x
			}
			return b.clash(x), nil
		}
	case *Binary:
		return c.narrowBinary(s, x, d.not)
	case *In:
		return c.narrowIn(s, x, x.Not != d.not)
	case *Like:
		if test := likeOf(x); test != nil {
			return c.narrowText(s, x.X, x, test, x.Not != d.not), nil
		}
	case *Call:
		if test := partOf(x); test != nil {
			return c.narrowText(s, x.Args[0], x, test, d.not), nil
		}
	}
	return nil, nil
}

// attrOf is the column that an expression is; nil if it is another.
func (c *checker) attrOf(x Expr) *Attr {
	if col, ok := Unparen(x).(*Column); ok {
		return c.info.Refs[col]
	}
	return nil
}

func literals(list ...*Literal) map[string]*Literal {
	out := map[string]*Literal{}
	for _, l := range list {
		out[FormatExpr(l)] = l
	}
	return out
}

func (c *checker) narrowIn(s *bounds, x *In, not bool) (*clash, []exclusion) {
	a := c.attrOf(x.X)
	if a == nil || x.Query != nil {
		return nil, nil
	}
	set := map[string]*Literal{}
	for _, item := range x.List {
		l := constantOf(item)
		if l == nil || c.info.Casts[item] != TypeUnknown {
			return nil, nil
		}
		set[FormatExpr(l)] = l
	}
	if not {
		return s.get(a).without(set, x), []exclusion{{demanded{x, not != x.Not}, a, set}}
	}
	return s.get(a).only(set, x), nil
}

func (c *checker) narrowBinary(s *bounds, x *Binary, not bool) (*clash, []exclusion) {
	if !x.Op.Comparison() {
		return nil, nil
	}
	a, l, op := c.attrOf(x.X), constantOf(x.Y), x.Op
	if a == nil {
		a, l, op = c.attrOf(x.Y), constantOf(x.X), mirror(x.Op)
	}
	if a == nil || l == nil || c.info.Casts[x.Y] != TypeUnknown || c.info.Casts[x.X] != TypeUnknown {
		return nil, nil
	}
	if not {
		op = opposite(op)
	}
	b := s.get(a)
	b.exists = x
	numeric := l.Kind >= IntegerLiteral && l.Kind <= DoubleLiteral
	switch {
	case op == NotEqual && !numeric:
		return b.without(literals(l), x), []exclusion{{demanded{x, not}, a, literals(l)}}
	case op == NotEqual:
		if v := number(l); b.lo == v && b.hi == v {
			return &clash{other: b.loAt}, nil
		}
		return nil, nil
	case numeric:
		return b.between(op, number(l), x), nil
	case op == Equal:
		return b.only(literals(l), x), nil
	}
	return b.clash(x), nil
}

// between narrows the bounds of a number.
func (b *bound) between(op Op, v float64, x Expr) *clash {
	const exact = 1 << 53 // beyond it two integers may be one double
	if math.Abs(v) >= exact {
		return b.clash(x)
	}
	if (op == Equal || op == Greater || op == GreaterEqual) && (v > b.lo || v == b.lo && op == Greater) {
		b.lo, b.loOpen, b.loAt = v, op == Greater, x
	}
	if (op == Equal || op == Less || op == LessEqual) && (v < b.hi || v == b.hi && op == Less) {
		b.hi, b.hiOpen, b.hiAt = v, op == Less, x
	}
	return b.clash(x)
}

// narrowText leaves of the texts of a column those that a test takes, or does not take.
func (c *checker) narrowText(s *bounds, of, x Expr, test func(string) bool, not bool) *clash {
	const most = 100 // values that are tried
	a := c.attrOf(of)
	if a == nil || a.Type != TypeKeyword {
		return nil
	}
	known := s.find(a)
	if known == nil || known.set == nil || len(known.set) > most {
		return nil
	}
	left := map[string]*Literal{}
	for key, l := range known.set {
		if l.Kind != KeywordLiteral || test(l.Str) != not {
			left[key] = l
		}
	}
	if len(left) == 0 {
		return &clash{other: known.setAt}
	}
	b := s.get(a)
	b.set = left
	return nil
}

// likeOf is the test that a pattern without escapes makes; nil for others.
func likeOf(x *Like) func(string) bool {
	if x.Regex || len(x.Patterns) != 1 {
		return nil
	}
	l := textOf(x.Patterns[0])
	if l == nil || l.Str == "" || strings.Contains(l.Str, `\`) {
		return nil
	}
	return lucene.NewWildcard(l.Str, lucene.Sensitive).Match
}

// partOf is the test that STARTS_WITH or ENDS_WITH makes; nil for other calls.
func partOf(x *Call) func(string) bool {
	part := map[string]func(s, part string) bool{"starts_with": strings.HasPrefix, "ends_with": strings.HasSuffix}[x.Name]
	if part == nil || len(x.Args) != 2 {
		return nil
	}
	l := textOf(x.Args[1])
	if l == nil {
		return nil
	}
	return func(s string) bool { return part(s, l.Str) }
}

func constantOf(x Expr) *Literal {
	l, ok := Unparen(x).(*Literal)
	if !ok || l.Kind == NullLiteral || l.Kind == ListLiteral || l.Kind == TimeSpanLiteral {
		return nil
	}
	return l
}

// mirror is the operator with its sides exchanged.
func mirror(op Op) Op {
	switch op {
	case Less:
		return Greater
	case LessEqual:
		return GreaterEqual
	case Greater:
		return Less
	case GreaterEqual:
		return LessEqual
	}
	return op
}

// opposite is the operator that is true of a value where this one is false.
func opposite(op Op) Op {
	switch op {
	case Equal:
		return NotEqual
	case NotEqual:
		return Equal
	case Less:
		return GreaterEqual
	case LessEqual:
		return Greater
	case Greater:
		return LessEqual
	}
	return Less
}

// mostListed bounds the lists of values that are looked at.
const mostListed = 200

// only leaves the values of a set.
func (b *bound) only(set map[string]*Literal, x Expr) *clash {
	b.exists = x
	if len(set) > mostListed {
		return b.clash(x)
	}
	at := b.setAt
	if b.first == nil {
		b.first, b.firstAt = set, x
	}
	left := set
	if b.set != nil {
		left = map[string]*Literal{}
		for v, l := range set {
			if b.set[v] != nil {
				left[v] = l
			}
		}
	}
	for _, e := range b.gone {
		if left[e.value] == nil {
			continue
		}
		if len(left) == 1 {
			return &clash{other: e.by}
		}
		left = dropped(left, e.value)
	}
	if len(left) == 0 {
		return &clash{other: at, hint: "join alternatives with OR, or use IN"}
	}
	b.set, b.setAt = left, x
	return b.clash(x)
}

// without takes the values of a set away.
func (b *bound) without(set map[string]*Literal, x Expr) *clash {
	b.exists = x
	if len(set) > mostListed {
		return b.clash(x)
	}
	for _, v := range slices.Sorted(maps.Keys(set)) {
		b.exclude(v, x)
		if b.set[v] != nil {
			if len(b.set) == 1 {
				return &clash{other: b.setAt}
			}
			b.set = dropped(b.set, v)
		}
	}
	return b.clash(x)
}

// dropped is a set without a value. Sets belong to several bounds.
func dropped(set map[string]*Literal, v string) map[string]*Literal {
	out := make(map[string]*Literal, len(set))
	for k, l := range set {
		if k != v {
			out[k] = l
		}
	}
	return out
}

// clash tells whether no value meets the bounds, as the condition that came last sees it.
func (b *bound) clash(x Expr) *clash {
	var other Expr
	switch {
	case b.null != nil && b.exists != nil:
		if other = b.null; other == x {
			other = b.exists
		}
	case b.lo > b.hi || b.lo == b.hi && (b.loOpen || b.hiOpen):
		if other = b.loAt; other == x {
			other = b.hiAt
		}
	}
	if other == nil || other == x {
		return nil
	}
	return &clash{other: other}
}
