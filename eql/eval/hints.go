package eval

import (
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// maxHintLength bounds the texts made for conditions on the length of a text.
const maxHintLength = 20000

// Hints implements predicate.Hinted: values of the fields of a script for which it may be true or false, made of the constants in it. They need
// not be right: whoever tries them asks the script.
func (l *scriptLeaf) Hints() predicate.Hints {
	h := &hinter{}
	h.condition(l.s)
	h.inner(l.s)
	if len(h.texts) > 1 {
		h.text(strings.Join(h.texts, "x"), strings.Join(h.texts, ""))
	}
	return h.out
}

// hinter collects the hints of a script.
type hinter struct {
	out   predicate.Hints
	texts []string // constants
}

func (h *hinter) add(values ...eqlfunc.Value) { h.out.Values = append(h.out.Values, values...) }

func (h *hinter) text(list ...string) {
	for _, s := range list {
		h.add(eqlfunc.OfString(s))
	}
}

// condition takes the outermost operation of a script: what it compares with, a function of a field must give.
func (h *hinter) condition(s script) {
	switch s := s.(type) {
	case *compareScript:
		h.out.Op = s.op
		h.compared(s.x, s.y)
		h.compared(s.y, s.x)
	case *jsonScript:
		h.out.Op = s.op
		h.compared(s.x, constScript{s.lit})
	case *inScript:
		for _, item := range s.items {
			h.compared(s.x, constScript{item})
		}
	case *testScript:
		h.out.Shapes = append(h.out.Shapes, s.text.Hints.Shapes...)
		h.out.Regexps = append(h.out.Regexps, s.text.Hints.Regexps...)
		for _, shape := range s.text.Hints.Shapes {
			for _, text := range predicate.Fill(shape) {
				h.add(computedFrom(s.x, eqlfunc.OfString(text))...)
			}
		}
	case *callScript:
		h.call(s)
	case *notScript:
		h.condition(s.x)
	case *logicScript:
		h.condition(s.x)
		h.condition(s.y)
	}
}

// compared adds values of a field for which x equals a constant, and the constant.
func (h *hinter) compared(x, constant script) {
	c, ok := constant.(constScript)
	if !ok || c.v.IsNull() {
		return
	}
	h.add(computedFrom(x, c.v)...)
	h.add(c.v)
}

// call adds what a function that is true or false looks for.
func (h *hinter) call(s *callScript) {
	for _, a := range s.args[min(1, len(s.args)):] {
		c, ok := a.(constScript)
		if !ok || c.v.Kind != eqlfunc.String {
			continue
		}
		switch s.fn.Name {
		case "startsWith":
			h.out.Shapes = append(h.out.Shapes, c.v.Str+"*")
		case "endsWith":
			h.out.Shapes = append(h.out.Shapes, "*"+c.v.Str)
		case "stringContains":
			h.out.Shapes = append(h.out.Shapes, "*"+c.v.Str+"*")
		}
	}
}

// inner adds the constants that stand anywhere in a script, and a value for a field of no known kind.
func (h *hinter) inner(s script) {
	switch s := s.(type) {
	case constScript:
		if !s.v.IsNull() {
			h.add(s.v)
		}
		if s.v.Kind == eqlfunc.String {
			h.texts = append(h.texts, s.v.Str)
		}
	case *fieldScript:
		h.add(eqlfunc.OfString("x"), eqlfunc.OfInt(1))
	case *callScript:
		for _, a := range s.args {
			h.inner(a)
		}
	case *arithScript:
		h.inner(s.x)
		for _, o := range s.rest {
			h.inner(o.y)
		}
	case *negScript:
		h.inner(s.x)
	case *compareScript:
		h.inner(s.x)
		h.inner(s.y)
	case *testScript:
		h.inner(s.x)
	case *nullScript:
		h.inner(s.x)
	case *logicScript:
		h.inner(s.x)
		h.inner(s.y)
	case *notScript:
		h.inner(s.x)
	case *jsonScript:
		h.inner(s.x)
	case *inScript:
		h.inner(s.x)
	}
}

// computedFrom are values of a field for which a function of it gives a value.
func computedFrom(s script, v eqlfunc.Value) []eqlfunc.Value {
	c, ok := s.(*callScript)
	if !ok {
		return nil
	}
	switch c.fn.Name {
	case "length":
		return lengthHints(v)
	case "number":
		if v.Numeric() && v.Kind != eqlfunc.Double {
			n := v.Int()
			return textHints(strconv.FormatInt(n, 10), strconv.FormatInt(n+1, 10), strconv.FormatInt(n-1, 10))
		}
	case "between":
		if len(c.args) > 2 && v.Kind == eqlfunc.String {
			left, okLeft := c.args[1].(constScript)
			right, okRight := c.args[2].(constScript)
			if okLeft && okRight {
				return textHints(left.v.Text() + v.Str + right.v.Text())
			}
		}
	case "substring":
		if v.Kind == eqlfunc.String {
			return textHints(v.Str, "x"+v.Str, v.Str+"x", strings.Repeat("x", 8)+v.Str)
		}
	}
	return nil
}

// lengthHints are texts as long as a number says, one shorter and one longer.
func lengthHints(v eqlfunc.Value) []eqlfunc.Value {
	if !v.Numeric() || v.Kind == eqlfunc.Double || v.Int() < 0 || v.Int() >= maxHintLength {
		return nil
	}
	n := int(v.Int())
	return textHints(strings.Repeat("x", n+1), strings.Repeat("x", n), strings.Repeat("x", max(n-1, 0)))
}

func textHints(list ...string) []eqlfunc.Value {
	out := make([]eqlfunc.Value, len(list))
	for i, s := range list {
		out[i] = eqlfunc.OfString(s)
	}
	return out
}
