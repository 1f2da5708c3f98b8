package eval

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/rulevet/rulevet/eql"
)

// The reference evaluator computes a condition straight from the text of spec/eql.md, on plain Go values and without
// any of the package's own parts. A leaf (anything below and, or, not) is true if it is true for some choice of one
// value for each occurrence of a field; a field without values is null. It knows what the generator produces and
// panics on anything else.

// refDoc maps field names to values: nil-free slices of bool, int64, float64, string.
type refDoc map[string][]any

// reference evaluates conditions under a mapping; without one (nil) all fields are of unknown type.
type reference struct{ fields fieldMap }

// tri is the value of a folded condition.
type tri int

const (
	triNull tri = iota
	triFalse
	triTrue
)

func (k tri) not() tri {
	switch k {
	case triTrue:
		return triFalse
	case triFalse:
		return triTrue
	}
	return k
}

func triOf(b bool) tri {
	if b {
		return triTrue
	}
	return triFalse
}

// verdict evaluates the whole filter: a null filter matches nothing.
func (r *reference) verdict(e eql.Expr, doc refDoc) bool {
	k, known := r.folded(e)
	if known {
		return k == triTrue
	}
	return r.cond(e, doc)
}

// folded is the value of a condition that does not depend on the event (spec/eql.md 4.3).
func (r *reference) folded(e eql.Expr) (k tri, known bool) {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Unary:
		if x.Op == eql.Not {
			k, known = r.folded(x.X)
			return k.not(), known
		}
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return r.foldedLogic(x)
		}
	case *eql.Match:
		if r.isNull(x.X) {
			return r.nullMatch(x), true
		}
	case *eql.In:
		if r.isNull(x.X) {
			return triNull, true
		}
	}
	if b, ok := e.(*eql.Binary); ok && (b.Op == eql.Eq || b.Op == eql.Ne) && r.constant(b.X) && r.constant(b.Y) {
		if r.isNull(b.X) || r.isNull(b.Y) {
			both := r.isNull(b.X) && r.isNull(b.Y)
			return triOf(both == (b.Op == eql.Eq)), true
		}
	}
	if b, ok := e.(*eql.Binary); ok && b.Op >= eql.Lt && b.Op <= eql.Ge && (r.isNull(b.X) || r.isNull(b.Y)) {
		return triNull, true
	}
	if !r.constant(e) {
		return 0, false
	}
	v := r.value(e, nil, nil)
	if v == nil {
		return triNull, true
	}
	return triOf(v.(bool)), true
}

// nullMatch is a pattern test of null: false if all patterns had become equalities, else null.
func (r *reference) nullMatch(m *eql.Match) tri {
	metas := map[eql.Op]string{eql.Like: "*?", eql.Regex: ".*|[+?("}[m.Op]
	if metas == "" || m.Op == eql.Regex && len(m.List) > 1 {
		return triNull
	}
	for _, l := range m.List {
		if strings.ContainsAny(l.Str, metas) {
			return triNull
		}
	}
	return triFalse
}

func (r *reference) foldedLogic(b *eql.Binary) (tri, bool) {
	x, xKnown := r.folded(b.X)
	y, yKnown := r.folded(b.Y)
	neutral, strong := triTrue, triFalse
	if b.Op == eql.Or {
		neutral, strong = triFalse, triTrue
	}
	switch {
	case xKnown && yKnown:
		if x == strong || y == strong {
			return strong, true
		}
		if x == triNull || y == triNull {
			return triNull, true
		}
		return neutral, true
	case xKnown && b.Op == eql.And:
		return x, x != triTrue
	case xKnown:
		return x, x == triTrue
	case yKnown && b.Op == eql.And:
		return y, y != triTrue
	case yKnown:
		return y, y == triTrue
	}
	return 0, false
}

// cond evaluates a condition two-valued.
func (r *reference) cond(e eql.Expr, doc refDoc) bool {
	e = eql.Unparen(e)
	if k, known := r.folded(e); known {
		return k == triTrue
	}
	switch x := e.(type) {
	case *eql.Unary:
		return !r.cond(x.X, doc)
	case *eql.Binary:
		switch x.Op {
		case eql.And:
			return r.cond(x.X, doc) && r.cond(x.Y, doc)
		case eql.Or:
			return r.cond(x.X, doc) || r.cond(x.Y, doc)
		case eql.Ne:
			if !r.isNull(x.X) && !r.isNull(x.Y) {
				return !r.cond(&eql.Binary{Op: eql.Eq, X: x.X, Y: x.Y}, doc)
			}
		case eql.Eq: // "predicate == true" is the predicate, "== false" its negation
			if b, ok := boolLiteral(x.Y); ok && predicate(x.X) {
				return r.cond(x.X, doc) == b
			}
			if b, ok := boolLiteral(x.X); ok && predicate(x.Y) {
				return r.cond(x.Y, doc) == b
			}
		}
	case *eql.In:
		if x.Negated {
			c := *x
			c.Negated = false
			return !r.cond(&c, doc)
		}
	}
	return r.leaf(e, doc)
}

func boolLiteral(e eql.Expr) (b, ok bool) {
	l, ok := eql.Unparen(e).(*eql.Literal)
	if !ok || l.Kind != eql.BoolLiteral {
		return false, false
	}
	return l.Bool, true
}

// leaf tries all choices of values.
func (r *reference) leaf(e eql.Expr, doc refDoc) bool {
	var occurs []*eql.Field
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter && !r.isNull(f) {
			occurs = append(occurs, f)
		}
		return true
	})
	chosen := map[*eql.Field]any{}
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(occurs) {
			v := r.value(e, e, chosen)
			return v == true
		}
		vals := r.values(occurs[i].Name, doc)
		if len(vals) == 0 {
			chosen[occurs[i]] = nil
			return try(i + 1)
		}
		for _, v := range vals {
			chosen[occurs[i]] = v
			if try(i + 1) {
				return true
			}
		}
		return false
	}
	return try(0)
}

// values are the values of a field that its mapping indexes, as their type.
func (r *reference) values(name string, doc refDoc) []any {
	var out []any
	for _, v := range doc[name] {
		text := refText(v)
		switch r.fields[name].Type {
		case eql.TypeKeyword:
			if limit := r.fields[name].IgnoreAbove; limit == 0 || len(utf16.Encode([]rune(text))) <= limit {
				out = append(out, text)
			}
		case eql.TypeLong:
			switch x := v.(type) {
			case int64:
				out = append(out, x)
			case float64:
				out = append(out, int64(x))
			case string:
				if i, err := strconv.ParseInt(x, 10, 64); err == nil {
					out = append(out, i)
				}
			}
		case eql.TypeBoolean:
			if text == "true" || text == "false" {
				out = append(out, text == "true")
			}
		case eql.TypeIP:
			if _, err := netip.ParseAddr(text); err == nil {
				out = append(out, text)
			}
		case eql.TypeDate:
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				out = append(out, at.Truncate(time.Millisecond))
			} else if ms, err := strconv.ParseFloat(text, 64); err == nil {
				out = append(out, time.UnixMilli(int64(ms)).UTC())
			}
		default:
			out = append(out, v)
		}
	}
	return out
}

func refText(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', 1, 64) // the generator has one digit after the point
	}
	return fmt.Sprint(v)
}

// constant reports an expression without a field; an optional field that is not mapped is null.
func (r *reference) constant(e eql.Expr) bool {
	ok := true
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, isField := n.(*eql.Field); isField && !(f.Optional && r.absent(f)) {
			ok = false
		}
		return ok
	})
	return ok
}

func (r *reference) absent(f *eql.Field) bool {
	if r.fields == nil {
		return false
	}
	_, ok := r.fields[f.Name]
	return !ok
}

func (r *reference) isNull(e eql.Expr) bool {
	return r.constant(e) && r.value(e, nil, nil) == nil
}

// value evaluates an expression for one choice; nil is null. top is the leaf's own expression: a comparison there whose
// side is a bare field compares as the field's mapping says.
func (r *reference) value(e eql.Expr, top eql.Expr, chosen map[*eql.Field]any) any {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Literal:
		switch x.Kind {
		case eql.BoolLiteral:
			return x.Bool
		case eql.IntLiteral:
			return x.Int
		case eql.FloatLiteral:
			return x.Float
		case eql.StringLiteral:
			return x.Str
		}
		return nil
	case *eql.Field:
		v := chosen[x]
		if top == eql.Expr(x) && v != nil { // a lone boolean field
			return r.compare(eql.Eq, x, v, true)
		}
		return v
	case *eql.Binary:
		return r.binary(x, top, chosen)
	case *eql.Match:
		return r.match(x, r.value(x.X, nil, chosen))
	case *eql.In:
		v := r.value(x.X, nil, chosen)
		if v == nil {
			return nil
		}
		for _, item := range x.List {
			w := r.value(item, nil, nil)
			if w == nil {
				continue
			}
			if x.Fold && foldText(refText(v)) == foldText(refText(w)) || !x.Fold && r.compare(eql.Eq, eql.Unparen(x.X), v, w) == true {
				return !x.Negated
			}
		}
		return x.Negated
	case *eql.Call:
		return r.call(x, top, chosen)
	case *eql.Unary:
		v := r.value(x.X, nil, chosen)
		switch {
		case v == nil:
			return nil
		case x.Op == eql.Not:
			return v == false
		}
		if i, ok := v.(int64); ok {
			return -i
		}
		return -v.(float64)
	}
	panic(fmt.Sprintf("%T", e))
}

func (r *reference) binary(b *eql.Binary, top eql.Expr, chosen map[*eql.Field]any) any {
	x, y := r.value(b.X, nil, chosen), r.value(b.Y, nil, chosen)
	switch b.Op {
	case eql.Eq, eql.Ne, eql.Lt, eql.Le, eql.Gt, eql.Ge:
		if b.Op == eql.Eq || b.Op == eql.Ne {
			if r.isNull(b.X) || r.isNull(b.Y) {
				return (x == nil && y == nil) == (b.Op == eql.Eq)
			}
		}
		if x == nil || y == nil {
			return nil
		}
		if r.constant(b.X) {
			return r.compare(mirrored(b.Op), eql.Unparen(b.Y), y, x)
		}
		return r.compare(b.Op, eql.Unparen(b.X), x, y)
	}
	if s, ok := x.(string); ok {
		x = refNumber(s)
	}
	if s, ok := y.(string); ok {
		y = refNumber(s)
	}
	_, xBool := x.(bool)
	_, yBool := y.(bool)
	if x == nil || y == nil || xBool || yBool {
		return nil
	}
	i, iok := x.(int64)
	j, jok := y.(int64)
	if iok && jok {
		return map[eql.Op]func() any{eql.Add: func() any { return i + j }, eql.Sub: func() any { return i - j },
			eql.Mul: func() any { return i * j }, eql.Div: func() any { return i / j }, eql.Mod: func() any { return i % j }}[b.Op]()
	}
	f, g := refFloat(x), refFloat(y)
	switch b.Op {
	case eql.Add:
		return f + g
	case eql.Sub:
		return f - g
	case eql.Mul:
		return f * g
	}
	return f / g
}

func refNumber(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return f
	}
	return nil
}

func refFloat(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	return v.(float64)
}

// compare is "x op y" where x is the value of expression e; null (nil) if the kinds do not compare.
func (r *reference) compare(op eql.Op, e eql.Expr, x, y any) any {
	f, isField := e.(*eql.Field)
	if isField {
		switch t := r.fields[f.Name].Type; {
		case t == eql.TypeIP:
			return refCompareIP(op, x.(string), y.(string))
		case t == eql.TypeDate:
			return refCompareDate(op, x.(time.Time), y.(string))
		case t == eql.TypeKeyword:
			y = refText(y)
		case r.fields == nil:
			return refCompareAny(op, x, y)
		default:
			if s, ok := y.(string); ok && t == eql.TypeBoolean {
				y = s == "true"
			} else if ok {
				y = refNumber(s)
			}
		}
	}
	return refCompare(op, x, y)
}

func refCompare(op eql.Op, x, y any) any {
	switch x := x.(type) {
	case string:
		if s, ok := y.(string); ok {
			return refHolds(op, strings.Compare(x, s))
		}
	case bool:
		if b, ok := y.(bool); ok {
			return refHolds(op, map[bool]int{false: 0, true: 1}[x]-map[bool]int{false: 0, true: 1}[b])
		}
	case int64, float64:
		switch y.(type) {
		case int64, float64:
			f, g := refFloat(x), refFloat(y)
			switch {
			case f < g:
				return refHolds(op, -1)
			case f > g:
				return refHolds(op, 1)
			}
			return refHolds(op, 0)
		}
	}
	return nil
}

func refHolds(op eql.Op, c int) bool {
	return op == eql.Eq && c == 0 || op == eql.Lt && c < 0 || op == eql.Le && c <= 0 || op == eql.Gt && c > 0 || op == eql.Ge && c >= 0
}

// refCompareAny compares a value of unknown type (spec/eql.md 12.2.1).
func refCompareAny(op eql.Op, x, y any) any {
	switch x := x.(type) {
	case string:
		return refCompare(op, x, refText(y))
	case bool:
		if s, ok := y.(string); ok && (s == "true" || s == "false") {
			y = s == "true"
		}
		return refCompare(op, x, y)
	}
	if s, ok := y.(string); ok {
		y = refNumber(s)
	}
	return refCompare(op, x, y)
}

func refCompareIP(op eql.Op, x, y string) any {
	a := netip.MustParseAddr(x)
	if strings.Contains(y, "/") {
		return netip.MustParsePrefix(y).Masked().Contains(a)
	}
	b := netip.MustParseAddr(y)
	as, bs := a.As16(), b.As16()
	return refHolds(op, strings.Compare(string(as[:]), string(bs[:])))
}

// refCompareDate knows literals of a day and of a second.
func refCompareDate(op eql.Op, x time.Time, y string) any {
	lo, err := time.Parse(time.RFC3339, y)
	hi := lo.Add(time.Second - 1)
	if err != nil {
		if lo, err = time.Parse("2006-01-02", y); err != nil {
			panic(err)
		}
		hi = lo.AddDate(0, 0, 1).Add(-1)
	}
	switch op {
	case eql.Eq:
		return !x.Before(lo) && !x.After(hi)
	case eql.Lt:
		return x.Before(lo)
	case eql.Ge:
		return !x.Before(lo)
	case eql.Le:
		return !x.After(hi)
	}
	return x.After(hi)
}

func foldText(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// refWildcard is the definition of a wildcard match.
func refWildcard(p, s []rune) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return refWildcard(p[1:], s) || len(s) > 0 && refWildcard(p, s[1:])
	case len(s) == 0:
		return false
	}
	return (p[0] == '?' || p[0] == s[0]) && refWildcard(p[1:], s[1:])
}

func (r *reference) match(m *eql.Match, v any) any {
	if v == nil {
		return nil
	}
	s := refText(v)
	for _, l := range m.List {
		p, t := l.Str, s
		if l.Kind == eql.NullLiteral {
			continue
		}
		switch m.Op {
		case eql.Colon, eql.LikeFold:
			p, t = foldText(p), foldText(t)
		case eql.Regex, eql.RegexFold: // the generator's patterns mean the same in Go
			flags := "(?s)"
			if m.Op == eql.RegexFold {
				flags = "(?si)"
			}
			if regexp.MustCompile(flags + "^(" + p + ")$").MatchString(t) {
				return true
			}
			continue
		}
		if refWildcard([]rune(p), []rune(t)) {
			return true
		}
	}
	return false
}

func (r *reference) call(c *eql.Call, top eql.Expr, chosen map[*eql.Field]any) any {
	var args []any
	for _, a := range c.Args {
		args = append(args, r.value(a, nil, chosen))
	}
	name := strings.ToLower(c.Name)
	if name == "substring" && args[0] != nil {
		return refSubstring(refText(args[0]), args[1:])
	}
	for _, a := range args {
		if a == nil {
			return nil
		}
	}
	s := make([]string, len(args))
	for i, a := range args {
		s[i] = refText(a)
		if c.Fold {
			s[i] = strings.Map(unicode.ToLower, s[i])
		}
	}
	switch name {
	case "length":
		return int64(len(utf16.Encode([]rune(s[0]))))
	case "concat":
		return strings.Join(s, "")
	case "string":
		return s[0]
	case "startswith":
		return strings.HasPrefix(s[0], s[1])
	case "endswith", "stringcontains":
		// On a bare field the needle is a wildcard pattern (spec/eql.md 5.2); the generator writes no backslashes.
		_, bare := eql.Unparen(c.Args[0]).(*eql.Field)
		pattern := "*" + s[1]
		if name == "stringcontains" {
			if s[1] == "" || s[0] == "" {
				return false
			}
			pattern += "*"
		}
		if bare && r.constant(c.Args[1]) {
			return refWildcard([]rune(pattern), []rune(s[0]))
		}
		if name == "endswith" {
			return strings.HasSuffix(s[0], s[1])
		}
		return strings.Contains(s[0], s[1])
	case "indexof":
		i := strings.Index(s[0], s[1])
		if i < 0 {
			return nil
		}
		return int64(len(utf16.Encode([]rune(s[0][:i]))))
	case "cidrmatch":
		a, err := netip.ParseAddr(s[0])
		return err == nil && netip.MustParsePrefix(s[1]).Masked().Contains(a)
	}
	panic(name)
}

func refSubstring(s string, args []any) any {
	u := utf16.Encode([]rune(s))
	at := func(i int, missing int) int {
		v := missing
		if i < len(args) && args[i] != nil {
			v = int(args[i].(int64))
		}
		if v < 0 {
			v += len(u)
		}
		return max(0, min(v, len(u)))
	}
	lo, hi := at(0, 0), at(1, len(u))
	if lo >= hi {
		return ""
	}
	return string(utf16.Decode(u[lo:hi]))
}
