package eval

import (
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/eql"
)

// The reference evaluator computes a condition straight from the text of LANGUAGE.md, on plain Go values. It shares with
// the package under test the parser, the tree and nothing else: folding, functions, types, dates, patterns and the order
// of evaluation are all written again, as slowly as they are stated. It knows what the generator produces and panics on
// anything else.

// refDoc maps field names to values: nil-free slices of bool, int64, uint64, float64, string.
type refDoc map[string][]any

// refError is what fails the search or the query.
type refError string

// reference evaluates conditions under a mapping; without one (nil) all fields are of unknown type.
type reference struct {
	fields fieldMap
	now    time.Time
	plain  bool // needles are no patterns (12.3.16)
}

// possible is the set of things a search may do. It has several members where the order of evaluation is not fixed: a
// script that fails may or may not be reached.
type possible uint8

const (
	canTrue possible = 1 << iota
	canFalse
	canFail
)

func possibleOf(b bool) possible {
	if b {
		return canTrue
	}
	return canFalse
}

func (o possible) not() possible {
	return o&canFail | o&canTrue<<1 | o&canFalse>>1
}

// failing runs f and reports whether it stopped at a refError.
func failing(f func()) (failed bool) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(refError); !ok {
				panic(x)
			}
			failed = true
		}
	}()
	f()
	return false
}

// letters is how case folds on fields.
func (r *reference) letters() refLetters {
	return foldASCII
}

// invalid reports a query that is refused: a constant part that fails.
func (r *reference) invalid(e eql.Expr) bool {
	return failing(func() {
		eql.Inspect(e, func(n eql.Node, enter bool) bool {
			if x, ok := n.(eql.Expr); ok && enter {
				if r.constant(x) {
					r.fold(x)
				}
			}
			return true
		})
	})
}

// suspect reports what is refused unless it is folded away: a regular expression on a computed value that Java does not
// know, a bad address block, a literal that the field's mapper cannot parse.
func (r *reference) suspect(e eql.Expr) bool {
	return failing(func() {
		queries := r.leaves(e)
		for _, leaf := range queries {
			r.parseLiterals(leaf)
		}
		eql.Inspect(e, func(n eql.Node, enter bool) bool {
			if x, ok := n.(eql.Expr); ok && enter {
				r.parsePatterns(x)
			}
			if m, ok := n.(*eql.Match); ok && enter && !r.isNull(m.X) {
				_, bare := eql.Unparen(m.X).(*eql.Field)
				if script := !bare || !slices.Contains(queries, eql.Expr(m)); script && (m.Op == eql.Regex || m.Op == eql.RegexFold) {
					refMatchRegex(m, "", true, foldText)
				}
			}
			return true
		})
	})
}

// leaves are the conditions below and, or, not.
func (r *reference) leaves(e eql.Expr) []eql.Expr {
	switch x := eql.Unparen(e).(type) {
	case *eql.Unary:
		if x.Op == eql.Not {
			return r.leaves(x.X)
		}
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return append(r.leaves(x.X), r.leaves(x.Y)...)
		}
		for _, side := range [][2]eql.Expr{{x.X, x.Y}, {x.Y, x.X}} {
			if v, known := r.fold(side[1]); known && refPredicate(eql.Unparen(side[0])) && (x.Op == eql.Eq || x.Op == eql.Ne) {
				if _, ok := v.(bool); ok {
					return r.leaves(side[0])
				}
			}
		}
	}
	return []eql.Expr{eql.Unparen(e)}
}

// parseLiterals compares every value that a mapper has to parse with nothing.
func (r *reference) parseLiterals(e eql.Expr) {
	parse := func(x, y eql.Expr, op eql.Op) {
		f, isField := eql.Unparen(x).(*eql.Field)
		if v, known := r.fold(y); isField && known && v != nil && r.fields != nil && !r.unmapped(f) {
			r.prepare(f.Name, op, v)
		}
	}
	switch e := e.(type) {
	case *eql.Binary:
		if e.Op >= eql.Eq && e.Op <= eql.Ge {
			op := e.Op
			if op == eql.Ne {
				op = eql.Eq
			}
			parse(e.X, e.Y, op)
			parse(e.Y, e.X, op)
		}
	case *eql.Match:
		if _, bare := eql.Unparen(e.X).(*eql.Field); bare && !r.isNull(e.X) && (e.Op == eql.Regex || e.Op == eql.RegexFold) {
			refRegex(joined(e))
		}
	case *eql.In:
		for _, item := range e.List {
			if !e.Fold {
				op := eql.Eq
				if v, _ := r.fold(item); v != nil {
					if _, number := v.(refNum); number { // what cannot be is an error in a list
						op = eql.Le
					}
				}
				parse(e.X, item, op)
			}
		}
	}
}

// parsePatterns reads the address blocks of a function.
func (r *reference) parsePatterns(e eql.Expr) {
	switch e := e.(type) {
	case *eql.Call:
		if strings.EqualFold(e.Name, "cidrMatch") && !r.constant(e) {
			for _, a := range e.Args[1:] {
				if v := r.must(a); v != nil {
					refBlock(refText(v))
				}
			}
		}
	}
}

func (r *reference) must(e eql.Expr) any {
	v, known := r.fold(e)
	if !known {
		panic("not a constant")
	}
	return v
}

// verdict evaluates the whole filter.
func (r *reference) verdict(e eql.Expr, doc refDoc) possible {
	if r.invalid(e) {
		return canFail
	}
	return r.cond(e, doc)
}

// cond evaluates a condition two-valued.
func (r *reference) cond(e eql.Expr, doc refDoc) possible {
	e = eql.Unparen(e)
	if v, known := r.fold(e); known {
		return possibleOf(v == true)
	}
	switch x := e.(type) {
	case *eql.Unary:
		return r.cond(x.X, doc).not()
	case *eql.Binary:
		switch x.Op {
		case eql.And, eql.Or:
			return r.logic(x, doc)
		case eql.Eq, eql.Ne:
			if o, ok := r.rewritten(x, doc); ok {
				return o
			}
		}
	case *eql.In:
		if x.Negated {
			c := *x
			c.Negated = false
			return r.cond(&c, doc).not()
		}
	}
	return r.leaf(e, doc)
}

// rewritten handles "!=", which is not of "==", and predicates compared with true or false.
func (r *reference) rewritten(x *eql.Binary, doc refDoc) (possible, bool) {
	if r.isNull(x.X) || r.isNull(x.Y) {
		return 0, false
	}
	for _, side := range [][2]eql.Expr{{x.X, x.Y}, {x.Y, x.X}} {
		v, known := r.fold(side[1])
		if b, ok := v.(bool); known && ok && refPredicate(eql.Unparen(side[0])) {
			o := r.cond(side[0], doc)
			if b != (x.Op == eql.Eq) {
				o = o.not()
			}
			return o, true
		}
	}
	if x.Op == eql.Ne {
		return r.cond(&eql.Binary{Op: eql.Eq, X: x.X, Y: x.Y}, doc).not(), true
	}
	return 0, false
}

func refPredicate(e eql.Expr) bool {
	switch e := e.(type) {
	case *eql.Match, *eql.In:
		return true
	case *eql.Unary:
		return e.Op == eql.Not
	case *eql.Binary:
		return e.Op == eql.And || e.Op == eql.Or || e.Op >= eql.Eq && e.Op <= eql.Ge
	case *eql.Call:
		return slices.Contains([]string{"startswith", "endswith", "stringcontains", "cidrmatch"}, strings.ToLower(e.Name))
	}
	return false
}

// logic evaluates query leaves first: if they decide, no script runs.
func (r *reference) logic(b *eql.Binary, doc refDoc) possible {
	strong, weak := canFalse, canTrue
	if b.Op == eql.Or {
		strong, weak = canTrue, canFalse
	}
	all, some := weak, possible(0)
	for _, scripts := range []bool{false, true} {
		for _, kid := range chain(b.Op, b) {
			_, known := r.fold(kid)
			if known && b.Op == eql.Or { // null and false vanish; true would have decided
				if v, _ := r.fold(kid); v != true {
					continue
				}
			}
			if r.runsScript(kid) != scripts {
				continue
			}
			o := r.cond(kid, doc)
			if !scripts && o == strong {
				return strong
			}
			all &= o
			some |= o
		}
	}
	return all | some&(strong|canFail)
}

// chain lists the members of nested conditions of one operator.
func chain(op eql.Op, e eql.Expr) []eql.Expr {
	if b, ok := eql.Unparen(e).(*eql.Binary); ok && b.Op == op {
		return append(chain(op, b.X), chain(op, b.Y)...)
	}
	return []eql.Expr{e}
}

// runsScript reports a condition with a part that no query can express.
func (r *reference) runsScript(e eql.Expr) bool {
	e = eql.Unparen(e)
	if _, known := r.fold(e); known {
		return false
	}
	bare := func(e eql.Expr) bool { _, ok := eql.Unparen(e).(*eql.Field); return ok }
	switch x := e.(type) {
	case *eql.Field:
		return false
	case *eql.Unary:
		return r.runsScript(x.X)
	case *eql.Match:
		return !bare(x.X)
	case *eql.In:
		return !bare(x.X)
	case *eql.Call:
		return !r.queryCall(x)
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return r.runsScript(x.X) || r.runsScript(x.Y)
		}
		if o := (x.Op == eql.Eq || x.Op == eql.Ne) && !r.isNull(x.X) && !r.isNull(x.Y); o {
			for _, side := range [][2]eql.Expr{{x.X, x.Y}, {x.Y, x.X}} {
				if v, known := r.fold(side[1]); known && refPredicate(eql.Unparen(side[0])) {
					if _, ok := v.(bool); ok {
						return r.runsScript(side[0])
					}
				}
			}
		}
		return !bare(x.X) && !bare(x.Y)
	}
	return true
}

// queryCall reports the functions that are queries when their first argument is a field and the rest constant.
func (r *reference) queryCall(c *eql.Call) bool {
	if _, bare := eql.Unparen(c.Args[0]).(*eql.Field); !bare || !refPredicate(c) {
		return false
	}
	for _, a := range c.Args[1:] {
		if !r.constant(a) || r.isNull(a) {
			return false
		}
	}
	return true
}

// leaf is true if it is true for some choice of one value for each occurrence of a field; a field without values is null.
func (r *reference) leaf(e eql.Expr, doc refDoc) (o possible) {
	var occurs []*eql.Field
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter && !r.unmapped(f) {
			occurs = append(occurs, f)
		}
		return true
	})
	chosen := map[*eql.Field]any{}
	var try func(i int)
	try = func(i int) {
		if i == len(occurs) {
			var v any
			if failing(func() { v = r.value(e, true, chosen) }) {
				o |= canFail
			} else {
				o |= possibleOf(v == true)
			}
			return
		}
		vals := r.values(occurs[i].Name, doc)
		if len(vals) == 0 {
			vals = []any{nil}
		}
		for _, v := range vals {
			chosen[occurs[i]] = v
			try(i + 1)
		}
	}
	try(0)
	if o&canTrue != 0 || o&canFail != 0 {
		o &^= canFalse
	}
	return o
}

// value evaluates an expression for one choice; nil is null. top tells that it is the whole of a leaf: there a bare
// field is compared by a query, as its mapping says, and not by a script.
func (r *reference) value(e eql.Expr, top bool, chosen map[*eql.Field]any) any {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Literal:
		return refLiteral(x)
	case *eql.Field:
		v := chosen[x]
		if top && v != nil {
			return r.compareField(x.Name, eql.Eq, v, true)
		}
		return v
	case *eql.Unary:
		return r.unary(x, chosen)
	case *eql.Binary:
		return r.binary(x, top, chosen)
	case *eql.Match:
		if r.isNull(x.X) {
			return r.nullMatch(x)
		}
		if len(nonNull(x.List)) == 0 {
			return false
		}
		_, bare := eql.Unparen(x.X).(*eql.Field)
		return r.match(x, r.value(x.X, false, chosen), !bare || !top)
	case *eql.In:
		return r.in(x, top, chosen)
	case *eql.Call:
		return r.call(x, top, chosen)
	}
	panic("unexpected expression")
}

func refLiteral(l *eql.Literal) any {
	switch l.Kind {
	case eql.BoolLiteral:
		return l.Bool
	case eql.IntLiteral:
		if int64(int32(l.Int)) == l.Int {
			return refInt('i', l.Int)
		}
		return refInt('l', l.Int)
	case eql.UintLiteral:
		return refUint(l.Uint)
	case eql.FloatLiteral:
		return refNum{kind: 'd', f: l.Float}
	case eql.StringLiteral:
		return l.Str
	}
	return nil
}

func (r *reference) unary(x *eql.Unary, chosen map[*eql.Field]any) any {
	v := r.value(x.X, false, chosen)
	switch {
	case x.Op == eql.Not:
		v = r.condition(x.X, v)
		if b, ok := v.(bool); ok {
			return !b
		}
		return nil
	case x.Op == eql.Neg:
		return refNegate(refOperand(v))
	}
	return v
}

func (r *reference) binary(b *eql.Binary, top bool, chosen map[*eql.Field]any) any {
	if b.Op == eql.And || b.Op == eql.Or {
		if v, known := r.foldLogic(b); known {
			return v
		}
	}
	x, y := r.value(b.X, false, chosen), r.value(b.Y, false, chosen)
	switch b.Op {
	case eql.Eq, eql.Ne, eql.Lt, eql.Le, eql.Gt, eql.Ge:
		return r.compare(b, x, y, top)
	case eql.And, eql.Or:
		x, y = r.condition(b.X, x), r.condition(b.Y, y)
		strong := b.Op == eql.Or
		switch {
		case x == strong || y == strong:
			return strong
		case x == nil || y == nil:
			return nil
		}
		return !strong
	}
	return refArith(b.Op, refOperand(x), refOperand(y))
}

// condition is a value where a condition is wanted: of a field without a mapping, whether it is true.
func (r *reference) condition(e eql.Expr, v any) any {
	if f, ok := eql.Unparen(e).(*eql.Field); ok && r.fields == nil && v != nil {
		return r.compareField(f.Name, eql.Eq, v, true)
	}
	return v
}

func (r *reference) compare(b *eql.Binary, x, y any, top bool) any {
	if b.Op == eql.Eq || b.Op == eql.Ne {
		if r.isNull(b.X) || r.isNull(b.Y) {
			return (x == nil && y == nil) == (b.Op == eql.Eq)
		}
	}
	if x == nil || y == nil {
		return nil
	}
	op := b.Op
	if op == eql.Ne {
		op = eql.Eq
	}
	var v any
	f, xField := eql.Unparen(b.X).(*eql.Field)
	g, yField := eql.Unparen(b.Y).(*eql.Field)
	switch {
	case xField && r.constant(b.Y) && (top || r.fields == nil):
		v = r.compareField(f.Name, op, x, y)
	case yField && r.constant(b.X) && (top || r.fields == nil):
		v = r.compareField(g.Name, swapped[op], y, x)
	default:
		v = refCompare(op, x, y)
	}
	if known, ok := v.(bool); ok && b.Op == eql.Ne {
		return !known
	}
	return v
}

var swapped = map[eql.Op]eql.Op{eql.Eq: eql.Eq, eql.Lt: eql.Gt, eql.Gt: eql.Lt, eql.Le: eql.Ge, eql.Ge: eql.Le}

func (r *reference) in(x *eql.In, top bool, chosen map[*eql.Field]any) any {
	v := r.value(x.X, false, chosen)
	if v == nil {
		return nil
	}
	f, bare := eql.Unparen(x.X).(*eql.Field)
	for _, item := range x.List {
		w, known := r.fold(item)
		if !known {
			panic(refError("not a constant"))
		}
		var equal any
		switch {
		case w == nil:
			continue
		case x.Fold && bare && top: // in a script it is Java that compares
			equal = r.letters()(refText(v)) == r.letters()(refText(w))
		case x.Fold:
			equal = refEqualFold(refText(v), refText(w))
		case bare && (top || r.fields == nil):
			equal = r.compareField(f.Name, eql.Eq, v, w)
		default:
			equal = refCompare(eql.Eq, v, w)
		}
		if equal == true {
			return !x.Negated
		}
	}
	return x.Negated
}
