package fieldcheck

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/schema"
)

// truth is a value of three-valued logic.
type truth int8

const (
	isFalse truth = iota - 1
	isUnknown
	isTrue
)

// eval3 evaluates a condition for an event of which only the documented properties are known. Comparisons with a field
// that the event lacks are false; lacks may be nil.
func eval3(e eql.Expr, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	switch x := eql.Unparen(e).(type) {
	case *eql.Literal:
		if x.Kind == eql.BoolLiteral {
			return truthOf(x.Bool)
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			return -eval3(x.X, ev, lacks)
		}
	case *eql.Binary:
		return evalBinary(x, ev, lacks)
	case *eql.In:
		t := evalLeaf(x.X, x.List, x.Fold, ev, lacks)
		if x.Negated {
			return -t
		}
		return t
	case *eql.Match:
		list := make([]eql.Expr, len(x.List))
		for i, l := range x.List {
			list[i] = l
		}
		if x.Op == eql.Regex || x.Op == eql.RegexFold || slices.ContainsFunc(x.List, func(l *eql.Literal) bool { return strings.ContainsAny(l.Str, "*?") }) {
			list = nil
		}
		return evalLeaf(x.X, list, x.Op != eql.Like, ev, lacks)
	case *eql.Field:
		return evalLeaf(x, nil, false, ev, lacks)
	}
	return isUnknown
}

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

func evalBinary(x *eql.Binary, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	switch x.Op {
	case eql.And, eql.Or:
		result, sign := isTrue, truth(1)
		if x.Op == eql.Or {
			sign = -1
		}
		for _, o := range eql.Operands(x.Op, x) {
			result = min(result, sign*eval3(o, ev, lacks))
		}
		return sign * result
	case eql.Eq, eql.Ne:
		if isNull(x.Y) {
			if f, ok := eql.Unparen(x.X).(*eql.Field); ok && lacks != nil && lacks(f) {
				return truthOf(x.Op == eql.Eq)
			}
			return isUnknown
		}
		t := evalLeaf(x.X, []eql.Expr{x.Y}, false, ev, lacks)
		if f, ok := eql.Unparen(x.X).(*eql.Field); x.Op == eql.Ne && !(ok && lacks != nil && lacks(f)) {
			return -t
		}
		return t
	}
	return evalLeaf(x.X, nil, false, ev, lacks)
}

// evalLeaf compares a field with a list; a nil list stands for any test of the field.
func evalLeaf(x eql.Expr, list []eql.Expr, fold bool, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	f, ok := eql.Unparen(x).(*eql.Field)
	if !ok {
		return isUnknown
	}
	if lacks != nil && lacks(f) {
		return isFalse
	}
	known := knownValues(ev, f.Name)
	if len(known) == 0 {
		return isUnknown
	}
	want := StringValues(list)
	if len(want) == 0 {
		return isUnknown
	}
	n := 0
	for _, k := range known {
		if slices.ContainsFunc(want, func(w string) bool { return w == k || fold && strings.EqualFold(w, k) }) {
			n++
		}
	}
	switch n {
	case 0:
		return isFalse
	case len(known):
		return isTrue
	}
	return isUnknown
}

// knownValues are the values that the documents state for a field; nil if they state none.
func knownValues(e *schema.Event, field string) []string {
	switch field {
	case "host.os.type":
		return e.OS
	case "event.action":
		return e.Action
	case "event.category":
		return e.Category
	case "event.dataset", "data_stream.dataset":
		return []string{e.Dataset}
	case "event.module":
		return []string{"endpoint"}
	case "event.provider":
		return e.Provider
	case "event.code":
		return e.Code
	}
	return nil
}
