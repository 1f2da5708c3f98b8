package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
)

func (r *reference) unmapped(f *eql.Field) bool {
	_, ok := r.fields[f.Name]
	return r.fields != nil && !ok && f.Optional
}

// constant reports an expression without a field; an optional field that is not mapped is null. Of and, or one side can
// be enough.
func (r *reference) constant(e eql.Expr) bool {
	ok := true
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if b, isBinary := n.(*eql.Binary); isBinary && (b.Op == eql.And || b.Op == eql.Or) {
			if _, known := r.foldLogic(b); known {
				return false
			}
		}
		if m, isMatch := n.(*eql.Match); isMatch && len(nonNull(m.List)) == 0 {
			return false
		}
		if f, isField := n.(*eql.Field); isField && !r.unmapped(f) {
			ok = false
		}
		return ok
	})
	return ok
}

// fold is the value of what does not depend on the event (LANGUAGE.md 4.3): nil is null.
func (r *reference) fold(e eql.Expr) (v any, known bool) {
	e = eql.Unparen(e)
	if b, ok := e.(*eql.Binary); ok {
		switch {
		case b.Op == eql.And || b.Op == eql.Or:
			return r.foldLogic(b)
		case b.Op >= eql.Lt && b.Op <= eql.Ge && (r.isNull(b.X) || r.isNull(b.Y)):
			return nil, true
		}
	}
	switch x := e.(type) {
	case *eql.Unary:
		if x.Op == eql.Not {
			v, known := r.fold(x.X)
			if b, ok := v.(bool); ok {
				return !b, known
			}
			return nil, known
		}
	case *eql.Match:
		if r.isNull(x.X) {
			return r.nullMatch(x), true
		}
		if m := nonNull(x.List); len(m) == 0 {
			return false, true
		}
	case *eql.In:
		if r.isNull(x.X) {
			return nil, true
		}
	}
	if !r.constant(e) {
		return nil, false
	}
	return r.value(e, false, nil), true
}

func nonNull(list []*eql.Literal) []*eql.Literal {
	return slices.DeleteFunc(slices.Clone(list), func(l *eql.Literal) bool { return l.Kind == eql.NullLiteral })
}

func (r *reference) isNull(e eql.Expr) bool {
	v, known := r.fold(e)
	return known && v == nil
}

// nullMatch is a pattern test of null: false if it had become one equality or a list of them, else null.
func (r *reference) nullMatch(m *eql.Match) any {
	switch {
	case m.Op != eql.Like && m.Op != eql.Regex, m.Op == eql.Regex && len(m.List) > 1:
		return nil
	}
	for _, l := range m.List {
		if m.Op == eql.Like && strings.ContainsAny(l.Str, "*?") || m.Op == eql.Regex && refRegex(l.Str).operator {
			return nil
		}
	}
	return false
}

func (r *reference) foldLogic(b *eql.Binary) (any, bool) {
	x, xKnown := r.fold(b.X)
	y, yKnown := r.fold(b.Y)
	strong := b.Op == eql.Or // decides alone
	switch {
	case xKnown && x == strong, yKnown && y == strong:
		return strong, true
	case xKnown && yKnown && (x == nil || y == nil):
		return nil, true
	case xKnown && yKnown:
		return !strong, true
	case b.Op == eql.And && (xKnown && x == nil || yKnown && y == nil):
		return nil, true
	}
	return nil, false
}
