package backward

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// guesses are values that columns may have to have for a condition to hold.
type guesses struct {
	s      *space
	hints  predicate.Hints
	budget int
}

// maxGuesses bounds the values that one condition suggests.
const maxGuesses = 400

// hints guesses what values make a condition true, or just not.
func (s *space) hints(t *term) predicate.Hints {
	g := &guesses{s: s, budget: maxGuesses}
	if !s.quiet[t] {
		for _, name := range t.fields {
			for _, x := range s.merged[name] {
				for _, text := range x.texts() {
					g.column(text)
				}
			}
		}
		g.condition(t)
	}
	return g.hints
}

func (g *guesses) condition(t *term) {
	switch {
	case t.kind == opTerm && t.op.Comparison():
		g.comparison(t)
	case t.kind == inTerm:
		for _, k := range t.kids[1:] {
			g.constant(t.kids[0], k)
		}
	case t.kind == likeTerm:
		g.like(t)
	case t.kind == nullTerm, t.kind == someTerm:
		g.sample(t.kids[0])
	case t.kind == callTerm:
		g.call(t)
	default:
		for _, k := range t.kids {
			g.sample(k)
		}
	}
}

// comparison guesses equal values and those beside them; of two columns the same for both.
func (g *guesses) comparison(t *term) {
	x, y := t.kids[0], t.kids[1]
	switch {
	case y.constant():
		g.constant(x, y)
	case x.constant():
		g.constant(y, x)
	default:
		for _, side := range []*term{x, y} {
			g.sample(side)
			for _, n := range []int64{0, 1, 2, 10} {
				g.guess(side, n)
			}
		}
	}
	if len(t.fields) > 1 { // the columns depend on one another, and on what else is wanted of them
		for _, v := range g.s.numbers {
			g.column(v)
			g.column(v + 1)
			g.column(v - 1)
		}
	}
}

// constant guesses that a term is a constant, or near it.
func (g *guesses) constant(x, constant *term) {
	v, ok := g.s.value(constant)
	if !ok {
		return
	}
	list, several := v.([]any)
	if !several {
		list = []any{v}
	}
	for _, v := range list {
		g.near(x, plainValue(v))
	}
}

// near guesses a value and those beside it.
func (g *guesses) near(x *term, v any) {
	g.guess(x, v)
	switch v := v.(type) {
	case int64:
		g.guess(x, v+1)
		g.guess(x, v-1)
	case float64:
		g.guess(x, v+0.5)
		g.guess(x, v-0.5)
		g.guess(x, math.Ceil(v)+1)
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			for _, d := range []time.Duration{time.Millisecond, time.Hour, 48 * time.Hour} {
				g.guess(x, at.Add(d).Format(timeLayout))
				g.guess(x, at.Add(-d).Format(timeLayout))
			}
			return
		}
		g.guess(x, v+"x")
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			g.guess(x, strconv.FormatInt(n+1, 10))
		}
	}
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// like guesses texts of patterns.
func (g *guesses) like(t *term) {
	for _, p := range patternTexts(t) {
		if t.op == esql.Equal {
			for _, x := range regexpShapes(p) {
				for _, text := range x.texts() {
					g.guess(t.kids[0], text)
				}
			}
			continue
		}
		g.shape(t.kids[0], p)
	}
}

// shape guesses texts of a wildcard pattern.
func (g *guesses) shape(x *term, pattern string) {
	if direct(x) != nil {
		g.hints.Shapes = append(g.hints.Shapes, pattern)
		return
	}
	for _, text := range predicate.Fill(pattern)[:1] {
		g.guess(x, text)
	}
	for _, text := range predicate.Fill(pattern)[1:] {
		g.guess(x, text)
	}
}

// direct is the column whose texts a term has, in other letters perhaps; nil if it is none.
func direct(t *term) *term {
	for {
		switch {
		case t.kind == fieldTerm:
			return t
		case t.kind == expandTerm, t.kind == castTerm,
			t.kind == callTerm && len(t.kids) > 0 && slices.Contains([]string{"to_lower", "to_upper", "to_string", "trim", "url_decode", "mv_first", "mv_last", "mv_min", "mv_max", "mv_dedupe"}, t.name):
			t = t.kids[0]
		default:
			return nil
		}
	}
}

// patternTexts are the patterns of LIKE or RLIKE.
func patternTexts(t *term) []string {
	q, _ := esql.Parse("ROW x = \"\" | WHERE x" + t.parts[1])
	for n := range esql.Preorder(q) {
		x, ok := n.(*esql.Like)
		if !ok {
			continue
		}
		var out []string
		for _, p := range x.Patterns {
			if lit, ok := p.(*esql.Literal); ok {
				out = append(out, lit.Str)
			}
		}
		return out
	}
	return nil
}

// call guesses arguments of a function that gives a boolean.
func (g *guesses) call(t *term) {
	if len(t.kids) == 0 {
		return
	}
	x := t.kids[0]
	for _, k := range t.kids[1:] {
		v, ok := g.s.value(k)
		text, isText := v.(string)
		switch {
		case !ok:
			g.sample(x)
			g.sample(k)
		case isText && t.name == "starts_with":
			g.shape(x, text+"*")
		case isText && t.name == "ends_with":
			g.shape(x, "*"+text)
		case isText && t.name == "contains":
			g.shape(x, "*"+text+"*")
		default:
			g.constant(x, k)
		}
	}
	if x.constant() {
		for _, k := range t.kids[1:] {
			g.constant(k, x)
		}
	}
	if len(t.kids) == 1 {
		g.sample(x)
	}
}

// anything is no value: whatever a term may have.
var anything any = struct{}{}

// sample guesses that a term has any value.
func (g *guesses) sample(t *term) {
	base := g.s.now.Add(-time.Minute).UTC().Truncate(time.Minute)
	for _, v := range []any{anything, "sample", "other", int64(1), "192.0.2.10", base.Format(timeLayout), base.Add(-time.Hour).Format(timeLayout), base.Add(time.Second).Format(timeLayout)} {
		g.guess(t, v)
	}
}

// guess guesses that a term has a value, and goes back to what its columns must have then.
func (g *guesses) guess(t *term, v any) {
	if g.budget--; g.budget < 0 || t.constant() {
		return
	}
	switch t.kind {
	case fieldTerm:
		g.column(v)
	case pieceTerm:
		pieces := map[string]string{}
		for o, text := range g.s.fixed {
			if o.cmd == t.cmd && o.kids[0] == t.kids[0] {
				pieces[o.name] = text
			}
		}
		if v != anything {
			pieces[t.name] = textOf(v)
		}
		for _, x := range taken(t.cmd, pieces) {
			for _, text := range x.texts() {
				g.guess(t.kids[0], text)
				if v == anything {
					g.guess(t.kids[0], strings.NewReplacer("1", "2", "x", "y").Replace(text))
				}
			}
		}
	case opTerm:
		g.arithmetic(t, v)
	case callTerm:
		g.inverse(t, v)
	default:
		for _, k := range t.kids {
			g.guess(k, v)
		}
	}
}

func (g *guesses) column(v any) {
	var x predicate.Value
	switch v := v.(type) {
	case string:
		x = eqlfunc.OfString(v)
	case int64:
		x = eqlfunc.OfLong(v)
	case float64:
		x = eqlfunc.OfDouble(v)
	case bool:
		x = eqlfunc.OfBool(v)
	default:
		return
	}
	if !slices.Contains(g.hints.Values, x) {
		g.hints.Values = append(g.hints.Values, x)
	}
	if n, ok := v.(int64); ok { // a field of numbers may be mapped as text
		g.hints.Values = append(g.hints.Values, eqlfunc.OfString(strconv.FormatInt(n, 10)))
	}
}

// textOf is a value as a text.
func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// plainValue is a value as hints have it.
func plainValue(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	return f
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// numberValue is a number as a column may have it.
func numberValue(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

// arithmetic goes back through an operator.
func (g *guesses) arithmetic(t *term, v any) {
	want, ok := number(v)
	if len(t.kids) == 1 {
		if ok {
			g.guess(t.kids[0], numberValue(-want))
		}
		return
	}
	for i, k := range t.kids {
		c, known := g.s.value(t.kids[1-i])
		other, isNumber := number(c)
		switch {
		case ok && !known && t.op == esql.Divide && want != 0:
			if i == 1 {
				g.guess(k, numberValue(math.Ceil(1/want)))
				g.guess(k, numberValue(math.Ceil(100/want)))
			} else {
				g.guess(k, numberValue(math.Ceil(want)))
			}
			g.guess(k, v)
		case !known || !isNumber || !ok:
			g.guess(k, v)
		case t.op == esql.Add:
			g.guess(k, numberValue(want-other))
		case t.op == esql.Subtract && i == 0:
			g.guess(k, numberValue(want+other))
		case t.op == esql.Subtract:
			g.guess(k, numberValue(other-want))
		case t.op == esql.Multiply && other != 0:
			g.guess(k, numberValue(want/other))
			g.guess(k, numberValue(math.Ceil(want/other)))
		case t.op == esql.Divide && i == 0:
			g.guess(k, numberValue(want*other))
		default:
			g.guess(k, v)
		}
	}
}

// inverse goes back through a function.
func (g *guesses) inverse(t *term, v any) {
	if len(t.kids) == 0 {
		return
	}
	x, text := t.kids[0], textOf(v)
	n, isNumber := v.(int64)
	switch t.name {
	case "case":
		for i := 1; i < len(t.kids); i += 2 {
			g.guess(t.kids[i], v)
		}
		if len(t.kids)%2 == 1 {
			g.guess(t.kids[len(t.kids)-1], v)
		}
	case "concat":
		g.concat(t, text)
	case "mv_count":
		g.several(x, n)
	case "length", "byte_length":
		if isNumber && n >= 0 && n < 10000 {
			g.guess(x, strings.Repeat("x", int(n)))
		}
	case "substring":
		start := int64(1)
		if v, ok := g.s.value(t.kids[1]); ok {
			start, _ = plainValue(v).(int64)
		}
		g.guess(x, strings.Repeat("x", int(max(min(start, 1000), 1)-1))+text)
	case "url_encode", "url_encode_component":
		if plain, err := url.QueryUnescape(text); err == nil {
			g.guess(x, plain)
		}
	case "json_extract":
		g.member(t, v)
	case "date_diff":
		g.apart(t, v)
	case "date_trunc", "bucket", "date_format", "date_parse", "date_extract":
		for _, k := range t.kids {
			g.guess(k, v)
		}
		g.sample(t.kids[min(1, len(t.kids)-1)])
	case "to_integer", "to_long", "to_double", "to_datetime", "to_ip", "to_boolean":
		g.guess(x, v)
		g.guess(x, text)
		if isNumber && n > 1_000_000_000 {
			g.guess(x, time.UnixMilli(n).UTC().Format(timeLayout))
		}
	case "replace", "split", "mv_concat", "mv_slice", "mv_sort", "left", "right":
		g.guess(x, v)
	default:
		for _, k := range t.kids {
			g.guess(k, v)
		}
	}
}

// several guesses that a term has so many values.
func (g *guesses) several(x *term, n int64) {
	x = carrier(x)
	if x == nil || x.kind != fieldTerm || n < 0 || n > 100 {
		return
	}
	var texts, numbers, addresses []predicate.Value
	for i := range n {
		texts = append(texts, eqlfunc.OfString(fmt.Sprintf("value-%d", i+1)))
		numbers = append(numbers, eqlfunc.OfLong(i+1))
		addresses = append(addresses, eqlfunc.OfString(fmt.Sprintf("192.0.2.%d", i+1)))
	}
	g.hints.Lists = append(g.hints.Lists, texts, numbers, addresses)
}

// concat takes the constant parts off a text.
func (g *guesses) concat(t *term, text string) {
	rest := text
	var open []*term
	for _, k := range t.kids {
		c, ok := g.s.value(k)
		if !ok {
			open = append(open, k)
			continue
		}
		part, _ := c.(string)
		before, after, found := strings.Cut(rest, part)
		switch {
		case !found || part == "":
		case len(open) > 0:
			g.guess(open[len(open)-1], before)
			rest = after
		default:
			rest = after
		}
	}
	for _, k := range open {
		g.guess(k, rest)
		g.guess(k, text)
	}
}

// member makes a JSON text with a value at a path.
func (g *guesses) member(t *term, v any) {
	path, ok := g.s.value(t.kids[1])
	text, isText := path.(string)
	if !ok || !isText {
		return
	}
	parts := strings.Split(strings.TrimPrefix(text, "$."), ".")
	for i := len(parts) - 1; i >= 0; i-- {
		v = map[string]any{parts[i]: v}
	}
	if b, err := json.Marshal(v); err == nil {
		g.guess(t.kids[0], string(b))
	}
}

// apart guesses two times that lie so many units from one another.
func (g *guesses) apart(t *term, v any) {
	n, ok := number(v)
	name, known := g.s.value(t.kids[0])
	if !ok || !known || len(t.kids) < 3 {
		return
	}
	d := unitOf(textOf(name))
	at := g.s.now.UTC().Truncate(time.Minute)
	from, to := t.kids[1], t.kids[2]
	shift := time.Duration(max(min(n, 1e6), -1e6)) * d
	for _, base := range []time.Time{at, at.Add(-time.Minute)} {
		g.guess(to, base.Format(timeLayout))
		g.guess(from, base.Add(-shift).Format(timeLayout))
		g.guess(to, base.Add(shift).Format(timeLayout))
		g.guess(from, base.Format(timeLayout))
	}
}

func unitOf(name string) time.Duration {
	name = strings.TrimSuffix(strings.ToLower(name), "s")
	for unit, d := range map[string]time.Duration{"millisecond": time.Millisecond, "ms": time.Millisecond, "minute": time.Minute, "mi": time.Minute,
		"n": time.Minute, "hour": time.Hour, "hh": time.Hour, "day": 24 * time.Hour, "dd": 24 * time.Hour, "d": 24 * time.Hour, "week": 7 * 24 * time.Hour,
		"month": 30 * 24 * time.Hour, "year": 365 * 24 * time.Hour} {
		if name == unit {
			return d
		}
	}
	return time.Second
}

// value is what a constant term gives; ok is false for other terms.
func (s *space) value(t *term) (v any, ok bool) {
	if !t.constant() {
		return nil, false
	}
	p, err := s.probe(t)
	if err != nil {
		return nil, false
	}
	rows, err := p.run([]Values{{}})
	if err != nil || len(rows) != 1 || rows[0][0] == nil {
		return nil, false
	}
	return rows[0][0], true
}
