package backward

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
)

// shape is a text in which gap stands for any text and one for any character. Unlike a wildcard pattern it may hold asterisks.
type shape string

const (
	gap = '\uE000'
	one = '\uE001'
)

// maxShapes bounds the shapes of one column, maxShape the bytes of one.
const (
	maxShapes = 40
	maxShape  = 8000
)

// shapes are what texts columns, or pieces of DISSECT and GROK, may have so that a condition holds: one of the shapes.
type shapes map[*term][]shape

// collect gathers the shapes that conditions want.
func (s *space) collect(conds []*term) shapes {
	out := shapes{}
	for _, c := range conds {
		out.and(s.shapesOf(c))
	}
	s.whole(out)
	return out
}

// and wants what other shapes want too.
func (a shapes) and(b shapes) {
	for t, list := range b {
		if a[t] == nil {
			a[t] = list
		} else if both := product(a[t], list); len(both) > 0 {
			a[t] = both
		}
	}
}

func product(a, b []shape) []shape {
	var out []shape
	for _, x := range a {
		for _, y := range b {
			for _, m := range merge(x, y) {
				if len(out) < maxShapes && len(m) <= maxShape && !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// merge makes shapes of which every text has both shapes: the one is put into a gap of the other.
func merge(a, b shape) []shape {
	if a == b {
		return []shape{a}
	}
	var out []shape
	for _, pair := range [][2]shape{{a, b}, {b, a}} {
		host, guest := string(pair[0]), string(pair[1])
		front, back := strings.HasPrefix(guest, string(gap)), strings.HasSuffix(guest, string(gap))
		for i, r := range host {
			if r != gap || !front && i > 0 || !back && i+len(string(gap)) < len(host) {
				continue
			}
			out = append(out, shape(host[:i]+guest+host[i+len(string(gap)):]))
		}
	}
	return out
}

// texts are some texts of a shape.
func (x shape) texts() []string {
	var out []string
	for _, fill := range []string{"", "x"} {
		text := strings.NewReplacer(string(gap), fill, string(one), "x").Replace(string(x))
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func (s *space) shapesOf(t *term) shapes {
	out := shapes{}
	switch {
	case t.kind == opTerm && t.op == esql.And:
		out.and(s.shapesOf(t.kids[0]))
		out.and(s.shapesOf(t.kids[1]))
	case t.kind == opTerm && t.op == esql.Or:
		for _, k := range t.kids {
			for c, list := range s.shapesOf(k) {
				out[c] = append(out[c], list...)
				out[c] = out[c][:min(len(out[c]), maxShapes)]
			}
		}
	case t.kind == opTerm && t.op == esql.Equal:
		for i, k := range t.kids {
			if v, ok := s.value(k); ok {
				out.add(t.kids[1-i], shape(textOf(plainValue(v))))
			}
		}
	case t.kind == opTerm && t.op.Comparison():
		s.repeated(t, out)
		s.besides(t, out)
	case t.kind == inTerm:
		for _, k := range t.kids[1:] {
			if v, ok := s.value(k); ok {
				out.add(t.kids[0], shape(textOf(plainValue(v))))
			}
		}
	case t.kind == likeTerm:
		for _, p := range patternTexts(t) {
			if t.op == esql.Equal {
				out.add(t.kids[0], regexpShapes(p)...)
			} else {
				out.add(t.kids[0], likeShape(p))
			}
		}
	case t.kind == someTerm:
		if x := carrier(t.kids[0]); x != nil && x.kind == pieceTerm {
			out.add(x, shape(gap))
		}
	case t.kind == callTerm && len(t.kids) == 2:
		v, _ := s.value(t.kids[1])
		text, _ := v.(string)
		switch {
		case text == "":
		case t.name == "starts_with":
			out.add(t.kids[0], shape(text+string(gap)))
		case t.name == "ends_with":
			out.add(t.kids[0], shape(string(gap)+text))
		case t.name == "contains":
			out.add(t.kids[0], shape(string(gap)+text+string(gap)))
		}
	}
	return out
}

// add wants shapes of the column or piece whose text a term has.
func (a shapes) add(t *term, list ...shape) {
	if x := carrier(t); x != nil {
		a[x] = append(a[x], list...)
	}
}

// carrier is the column or piece that a term has the text of, changed a little perhaps; nil if it is none.
func carrier(t *term) *term {
	for {
		switch {
		case t.kind == fieldTerm, t.kind == pieceTerm:
			return t
		case direct(&term{kind: t.kind, name: t.name, kids: []*term{{kind: fieldTerm}}}) != nil, t.kind == callTerm && t.name == "replace":
			t = t.kids[0]
		default:
			return nil
		}
	}
}

// repeated wants, for a comparison that counts what REPLACE finds, texts that have it often.
func (s *space) repeated(t *term, out shapes) {
	var walk func(t *term)
	walk = func(t *term) {
		if t.kind == callTerm && t.name == "replace" {
			v, _ := s.value(t.kids[1])
			text, _ := v.(string)
			for _, x := range regexpShapes(text) {
				for _, size := range []int{60, 700, 3000} {
					if text := x.texts()[0]; text != "" && len(out[carrier(t)]) < maxShapes {
						out.add(t, shape(string(gap)+strings.Repeat(text, size/len(text)+1)+string(gap)))
					}
				}
			}
		}
		for _, k := range t.kids {
			walk(k)
		}
	}
	walk(t)
}

// besides wants, for a piece that is compared with a number, the numbers beside it.
func (s *space) besides(t *term, out shapes) {
	for i, k := range t.kids {
		v, _ := s.value(k)
		n, ok := plainValue(v).(int64)
		x := carrier(t.kids[1-i])
		if !ok || x == nil || x.kind != pieceTerm {
			continue
		}
		list := []shape{shape(strconv.FormatInt(n+1, 10)), shape(strconv.FormatInt(n-1, 10)), shape(strconv.FormatInt(n, 10))}
		if (t.op == esql.Less || t.op == esql.LessEqual) == (i == 1) {
			list[0], list[1] = list[1], list[0]
		}
		out.add(x, list...)
	}
}

// whole makes of the shapes of pieces shapes of the texts that they are taken from.
func (s *space) whole(a shapes) {
	for round := 0; round < 4; round++ { // pieces of pieces
		inputs := shapes{}
		for t := range a {
			if t.kind == pieceTerm {
				inputs.add(t.kids[0], s.inputs(t, a)...)
			}
		}
		grown := false
		for x, list := range inputs {
			if len(list) == 0 {
				continue
			}
			before := len(a[x])
			if old := a[x]; old != nil {
				if both := product(old, list); len(both) > 0 {
					a[x] = both
				}
			} else {
				a[x] = list[:min(len(list), maxShapes)]
			}
			grown = grown || x.kind == pieceTerm && len(a[x]) != before
		}
		for t := range a {
			if t.kind == pieceTerm && inputs[t] == nil {
				delete(a, t)
			}
		}
		if !grown {
			break
		}
	}
}

// inputs are shapes of the text that a piece is taken from, with the other pieces of it as wanted.
func (s *space) inputs(t *term, a shapes) []shape {
	var out []shape
	for _, x := range a[t] {
		pieces := map[string]string{}
		if x != shape(gap) {
			pieces[t.name] = x.texts()[0]
		}
		for o, list := range a {
			if o.kind == pieceTerm && o != t && o.cmd == t.cmd && o.kids[0] == t.kids[0] && len(list) > 0 && list[0] != shape(gap) {
				pieces[o.name] = list[0].texts()[0]
			}
		}
		out = append(out, taken(t.cmd, pieces)...)
	}
	return out
}

// taken makes shapes of texts that DISSECT or GROK take apart so that pieces have the values given; the others have any.
func taken(cmd esql.Command, pieces map[string]string) []shape {
	switch cmd := cmd.(type) {
	case *esql.Dissect:
		return []shape{shape(dissectText(cmd.Pattern.Str, pieces))}
	case *esql.Grok:
		var out []shape
		for _, p := range cmd.Patterns {
			text := eval.GrokExpression(p.Str, pieces)
			for _, x := range regexpShapes(text) {
				if !strings.HasPrefix(text, "^") && !strings.HasPrefix(string(x), string(gap)) {
					x = shape(gap) + x
				}
				if !strings.HasSuffix(text, "$") && !strings.HasSuffix(string(x), string(gap)) {
					x += shape(gap)
				}
				out = append(out, x)
			}
		}
		return out
	}
	return nil
}

// likeShape is a pattern of LIKE as a shape.
func likeShape(pattern string) shape {
	var b strings.Builder
	rs := []rune(pattern)
	for i := 0; i < len(rs); i++ {
		switch r := rs[i]; {
		case r == '\\' && i+1 < len(rs):
			i++
			b.WriteRune(rs[i])
		case r == '*':
			b.WriteRune(gap)
		case r == '?':
			b.WriteRune(one)
		default:
			b.WriteRune(r)
		}
	}
	return shape(b.String())
}

// regexpShapes are shapes of a regular expression, as far as package regexp/syntax reads it as Lucene and Java do. Wrong ones do no
// harm: the engine has the last word.
func regexpShapes(pattern string) []shape {
	re, err := syntax.Parse(strings.ReplaceAll(portable(pattern), `\"`, `"`), syntax.Perl)
	if err != nil {
		return nil
	}
	return slices.Compact(shapesOfRegexp(re.Simplify(), 0))
}

// portable leaves out what package regexp/syntax does not read: looking around.
func portable(s string) string {
	for _, look := range []string{"(?<!", "(?<=", "(?!", "(?="} {
		for {
			i := strings.Index(s, look)
			if i < 0 {
				break
			}
			s = s[:i] + s[eval.GroupEnd(s, i+len(look)):]
		}
	}
	return s
}

func shapesOfRegexp(re *syntax.Regexp, depth int) []shape {
	if depth > 50 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []shape{shape(re.Rune)}
	case syntax.OpCharClass:
		return []shape{shape(readable(re.Rune))}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []shape{shape(one)}
	case syntax.OpStar, syntax.OpPlus:
		if sub := re.Sub[0]; sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL {
			if re.Op == syntax.OpPlus {
				return []shape{shape(one) + shape(gap)}
			}
			return []shape{shape(gap)}
		}
		if re.Op == syntax.OpStar {
			return append([]shape{""}, shapesOfRegexp(re.Sub[0], depth+1)...)
		}
		return shapesOfRegexp(re.Sub[0], depth+1)
	case syntax.OpCapture:
		return shapesOfRegexp(re.Sub[0], depth+1)
	case syntax.OpQuest:
		return append([]shape{""}, shapesOfRegexp(re.Sub[0], depth+1)...)
	case syntax.OpAlternate:
		var out []shape
		for _, s := range re.Sub {
			list := shapesOfRegexp(s, depth+1)
			out = append(out, list[:min(len(list), 4)]...)
		}
		return out[:min(len(out), maxShapes)]
	case syntax.OpConcat:
		out := []shape{""}
		for _, s := range re.Sub {
			var next []shape
			list := shapesOfRegexp(s, depth+1)
			for k, b := range list {
				for _, a := range out {
					if len(next) < maxShapes && (k == 0 || len(a)+len(b) < 500) {
						next = append(next, a+b)
					}
				}
			}
			out = next
		}
		return out
	}
	return []shape{""}
}

// readable chooses a character of a class: a letter or digit, else one that can be seen.
func readable(ranges []rune) rune {
	in := func(c rune) bool {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= c && c <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for _, c := range "xa1A" {
		if in(c) {
			return c
		}
	}
	for c := rune(' '); c < 0x250; c++ {
		if unicode.IsGraphic(c) && in(c) {
			return c
		}
	}
	if len(ranges) > 0 {
		return ranges[0]
	}
	return 'x'
}

// merge remembers the texts that all conditions together want of columns.
func (s *space) merge(conds []*term) {
	s.merged = map[string][]shape{}
	for t, list := range s.collect(conds) {
		if t.kind == fieldTerm {
			s.merged[t.name] = list
		}
	}
	for name, text := range spelled(s, conds) {
		s.merged[name] = append(s.merged[name], shape(text))
	}
}

// maxWishes bounds the conditions that are looked at together with those of the segment.
const maxWishes = 50

// wish takes a condition into account when texts are merged: that a term has a value.
func (s *stage) wish(t, equal *term, text string) {
	x := carrier(t)
	if x == nil || slices.Contains(s.wishes, equal) || len(s.wishes) == maxWishes {
		return
	}
	if x.kind == pieceTerm {
		s.fixed[x] = text
	} else if s.merged[x.name] == nil {
		return
	}
	s.wishes = append(s.wishes, equal)
	s.merge(append(slices.Clone(s.conds), s.wishes...))
}
