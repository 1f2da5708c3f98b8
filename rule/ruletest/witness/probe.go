package witness

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// maxLength bounds the texts made for conditions on the length of a text.
const maxLength = 20000

// probe collects the values that a leaf suggests for its fields.
func (s *Solver) probe(l *leaf, e eql.Expr) {
	add := func(list ...any) {
		for _, p := range l.paths {
			l.probes[p] = append(l.probes[p], list...)
		}
	}
	switch e := e.(type) {
	case *eql.Field:
		add(true, false)
	case *eql.Match:
		for _, lit := range e.List {
			if e.Op == eql.Regex || e.Op == eql.RegexFold {
				add(anys(regexTexts(lit.Str))...)
				continue
			}
			l.shapes = append(l.shapes, lit.Str)
			add(anys(fill(lit.Str))...)
			if c, ok := eql.Unparen(e.X).(*eql.Call); ok {
				add(computed(c, anys(fill(lit.Str)))...)
			}
		}
		s.inner(e.X, add)
	case *eql.In:
		for _, x := range e.List {
			add(literals(x)...)
			l.shapes = append(l.shapes, plainTexts(x)...)
		}
		s.inner(e.X, add)
	case *eql.Binary:
		s.comparison(l, e, add)
	case *eql.Call:
		s.call(l, e, add)
	}
	l.edges(add)
}

// edges adds what lies just outside of the texts so far.
func (l *leaf) edges(add func(...any)) {
	if len(l.paths) == 0 {
		return
	}
	for _, v := range slices.Clone(l.probes[l.paths[0]]) {
		if t, ok := v.(string); ok && len(t) < maxLength/2 {
			add(swapCase(t), strings.ToUpper(t), before(t), t+"x", "a-"+t)
			if half := len(t) / 2; len(l.paths) > 1 { // one part for each field
				add(t[:half], t[half:])
			}
		}
	}
}

func (s *Solver) comparison(l *leaf, e *eql.Binary, add func(...any)) {
	x, y := eql.Unparen(e.X), eql.Unparen(e.Y)
	values := append(literals(y), literals(x)...)
	if c, ok := x.(*eql.Call); ok {
		add(computed(c, values)...)
	}
	for _, v := range values {
		switch v := v.(type) {
		case int64:
			step := []any{v, v + 1, v - 1}
			if e.Op == eql.Gt || e.Op == eql.Ge {
				step = []any{v + 1, v, v - 1}
			} else if e.Op == eql.Lt || e.Op == eql.Le {
				step = []any{v - 1, v, v + 1}
			}
			add(step...)
		case float64:
			add(v, v+0.5, v-0.5)
		case string:
			add(v)
			add(dates(v)...)
			add(addresses(v)...)
		default:
			add(v)
		}
	}
	l.shapes = append(l.shapes, plainTexts(y)...)
	s.inner(x, add)
	if _, constant := y.(*eql.Literal); !constant {
		s.inner(y, add)
	}
}

// computed are values of a field for which a function of it gives one of the values.
func computed(c *eql.Call, values []any) []any {
	var out []any
	switch strings.ToLower(c.Name) {
	case "length":
		return lengths(values)
	case "number":
		for _, v := range values {
			if n, ok := v.(int64); ok {
				out = append(out, strconv.FormatInt(n, 10), strconv.FormatInt(n+1, 10), strconv.FormatInt(n-1, 10))
			}
		}
	case "between":
		for _, v := range values {
			left, okLeft := stringOf(c.Args[1])
			right, okRight := stringOf(c.Args[2])
			if text, ok := v.(string); ok && okLeft && okRight {
				out = append(out, left+text+right)
			}
		}
	case "substring":
		for _, v := range values {
			if text, ok := v.(string); ok {
				out = append(out, text, "x"+text, text+"x", strings.Repeat("x", 8)+text)
			}
		}
	}
	return out
}

func (s *Solver) call(l *leaf, e *eql.Call, add func(...any)) {
	for _, a := range e.Args[1:] {
		text, ok := stringOf(a)
		if !ok {
			continue
		}
		switch strings.ToLower(e.Name) {
		case "startswith":
			l.shapes = append(l.shapes, text+"*")
			add(text, text+"x", "x"+text)
		case "endswith":
			l.shapes = append(l.shapes, "*"+text)
			add(text, "x"+text, text+"x")
		case "stringcontains":
			l.shapes = append(l.shapes, "*"+text+"*")
			add(text, "x"+text+"x", "x"+text, text+"x")
		case "cidrmatch":
			add(addresses(text)...)
		}
	}
	for _, a := range e.Args {
		s.inner(a, add)
	}
}

// inner adds the texts and numbers that stand in the functions of a leaf, and joins them.
func (s *Solver) inner(e eql.Expr, add func(...any)) {
	if _, ok := eql.Unparen(e).(*eql.Field); ok {
		return
	}
	var texts []string
	for n := range eql.Preorder(e) {
		switch n := n.(type) {
		case *eql.Literal:
			add(literals(n)...)
			if n.Kind == eql.StringLiteral {
				texts = append(texts, n.Str)
			}
		case *eql.Field:
			add("x", int64(1))
		}
	}
	if len(texts) > 1 {
		add(strings.Join(texts, "x"), strings.Join(texts, ""))
	}
}

// literals are the values of a constant, if it is one.
func literals(e eql.Expr) []any {
	switch e := eql.Unparen(e).(type) {
	case *eql.Literal:
		switch e.Kind {
		case eql.StringLiteral:
			return []any{e.Str}
		case eql.IntLiteral:
			return []any{e.Int}
		case eql.FloatLiteral:
			return []any{e.Float}
		case eql.BoolLiteral:
			return []any{e.Bool, !e.Bool}
		}
	default:
		return folded(e)
	}
	return nil
}

// folded is the value of an expression that does not depend on the event.
func folded(e eql.Expr) []any {
	v, ok, err := eql.Fold(e, nil)
	if !ok || err != nil {
		return nil
	}
	switch v.Kind {
	case eqlfunc.String:
		return []any{v.Str}
	case eqlfunc.Bool:
		return []any{v.True()}
	case eqlfunc.Integer, eqlfunc.Long:
		return []any{v.Int()}
	case eqlfunc.Double:
		return []any{v.Float()}
	}
	return nil
}

func stringOf(e eql.Expr) (string, bool) {
	l, ok := eql.Unparen(e).(*eql.Literal)
	if !ok || l.Kind != eql.StringLiteral {
		return "", false
	}
	return l.Str, true
}

// plainTexts is the text of a constant as a pattern that can be merged, unless it would read as one with wildcards.
func plainTexts(e eql.Expr) []string {
	if t, ok := stringOf(e); ok && !strings.ContainsAny(t, "*?") {
		return []string{t}
	}
	return nil
}

// lengths are texts as long as numbers say, one shorter and one longer.
func lengths(values []any) []any {
	var out []any
	for _, v := range values {
		if n, ok := v.(int64); ok && n >= 0 && n < maxLength {
			for _, l := range []int64{n + 1, n, max(n-1, 0)} {
				out = append(out, strings.Repeat("x", int(l)))
			}
		}
	}
	return out
}

// dates are a time, one millisecond before and one after it; nothing if the text is none.
func dates(s string) []any {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		var out []any
		for _, d := range []time.Duration{0, time.Millisecond, -time.Millisecond, 25 * time.Hour} {
			out = append(out, t.Add(d).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		return out
	}
	return nil
}

// addresses are addresses inside and just outside of an address or a block.
func addresses(s string) []any {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	first := p.Masked().Addr()
	last := first.AsSlice()
	for i := p.Bits(); i < first.BitLen(); i++ {
		last[i/8] |= 1 << (7 - i%8)
	}
	end, _ := netip.AddrFromSlice(last)
	var out []any
	for _, a := range []netip.Addr{first.Next(), first, end, end.Next(), first.Prev()} {
		if a.IsValid() {
			out = append(out, a.String())
		}
	}
	return out
}
