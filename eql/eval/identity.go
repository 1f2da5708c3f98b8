package eval

import (
	"fmt"

	"github.com/rulevet/rulevet/internal/predicate"
)

// Leaves carry a text that says what they compute, so that a set of programs can see which of them are the same. Texts
// are built from what was compiled, not from the query: folding, types and options have had their say by then.

// appendScriptID writes a script in prefix form.
func appendScriptID(b []byte, s script) []byte {
	switch s := s.(type) {
	case constScript:
		return append(b, predicate.ValueID(s.v)...)
	case *fieldScript:
		return fmt.Appendf(b, "(field %s #%d)", s.f.ID(), s.index)
	case *callScript:
		return appendScripts(fmt.Appendf(b, "(%s %t", s.fn.Name, s.fold), s.args...)
	case *arithScript:
		b = appendScriptID(append(b, "(arith "...), s.x)
		for _, o := range s.rest {
			b = appendScriptID(append(b, ' ', o.op), o.y)
		}
		return append(b, ')')
	case *negScript:
		return appendScripts(append(b, "(neg"...), s.x)
	case *compareScript:
		return appendScripts(append(b, "("+s.op.String()...), s.x, s.y)
	case *testScript:
		return appendScripts(fmt.Appendf(b, "(test %s", s.text.ID), s.x)
	case *nullScript:
		return appendScripts(fmt.Appendf(b, "(null %t", s.want), s.x)
	case *logicScript:
		return appendScripts(fmt.Appendf(b, "(and %t", s.and), s.x, s.y)
	case *notScript:
		return appendScripts(append(b, "(not"...), s.x)
	case *jsonScript:
		return appendScripts(fmt.Appendf(b, "(json %s %s", s.op, predicate.ValueID(s.lit)), s.x)
	case *inScript:
		return appendScripts(fmt.Appendf(b, "(in %t %s", s.json, predicate.ValuesID(s.items)), s.x)
	}
	return fmt.Appendf(b, "(%T %p)", s, s) // unknown: the same as itself only
}

func appendScripts(b []byte, list ...script) []byte {
	for _, s := range list {
		b = appendScriptID(append(b, ' '), s)
	}
	return append(b, ')')
}
