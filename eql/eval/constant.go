package eval

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// constant is the value of a literal.
func constant(l *eql.Literal) eqlfunc.Value {
	switch l.Kind {
	case eql.BoolLiteral:
		return eqlfunc.OfBool(l.Bool)
	case eql.IntLiteral:
		return eqlfunc.OfInt(l.Int)
	case eql.UintLiteral:
		return eqlfunc.OfUnsigned(l.Uint)
	case eql.FloatLiteral:
		return eqlfunc.OfDouble(l.Float)
	case eql.StringLiteral:
		return eqlfunc.OfString(l.Str)
	}
	return eqlfunc.Value{}
}

// folded is a condition without a field: true, false, or null, which matches nothing and prevails over its
// neighbours as LANGUAGE.md 4.3 has it.
type folded uint8

const (
	foldedNull folded = iota
	foldedFalse
	foldedTrue
)

// Eval implements predicate.Node.
func (k folded) Eval(*event.Record) predicate.Verdict { return predicate.VerdictOf(k == foldedTrue) }

// Cost implements predicate.Node.
func (k folded) Cost() int { return predicate.ConstCost }

// Value implements predicate.Constant.
func (k folded) Value() bool { return k == foldedTrue }

// Note implements predicate.Constant.
func (k folded) Note() string {
	if k == foldedNull {
		return "null for every event, so it matches nothing, negated or not"
	}
	return predicate.True.Note()
}

// negate is the plain complement, except that not null is null.
func negate(n predicate.Node) predicate.Node {
	switch n := n.(type) {
	case folded:
		switch n {
		case foldedTrue:
			return foldedFalse
		case foldedFalse:
			return foldedTrue
		}
		return n
	}
	return predicate.Negate(n)
}

// foldedOf is the folded form of a boolean; null stays null.
func foldedOf(b, known bool) folded {
	switch {
	case !known:
		return foldedNull
	case b:
		return foldedTrue
	}
	return foldedFalse
}

// and2 combines as Elasticsearch's optimizer does: three-valued among constants; next to a real condition true vanishes,
// false and null prevail (LANGUAGE.md 4.3).
func and2(a, b predicate.Node) predicate.Node {
	ka, aConst := a.(folded)
	kb, bConst := b.(folded)
	switch {
	case aConst && bConst:
		return foldedAnd(ka, kb)
	case aConst:
		if ka == foldedTrue {
			return b
		}
		return a
	case bConst:
		if kb == foldedTrue {
			return a
		}
		return b
	}
	return &predicate.And{Kids: []predicate.Node{a, b}}
}

func foldedAnd(a, b folded) folded {
	switch {
	case a == foldedFalse || b == foldedFalse:
		return foldedFalse
	case a == foldedNull || b == foldedNull:
		return foldedNull
	}
	return foldedTrue
}

func foldedOr(a, b folded) folded {
	switch {
	case a == foldedTrue || b == foldedTrue:
		return foldedTrue
	case a == foldedNull || b == foldedNull:
		return foldedNull
	}
	return foldedFalse
}

// or2 is the counterpart of and2: next to a real condition false and null vanish.
func or2(a, b predicate.Node) predicate.Node {
	ka, aConst := a.(folded)
	kb, bConst := b.(folded)
	switch {
	case aConst && bConst:
		return foldedOr(ka, kb)
	case aConst:
		if ka == foldedTrue {
			return a
		}
		return b
	case bConst:
		if kb == foldedTrue {
			return b
		}
		return a
	}
	return &predicate.Or{Kids: []predicate.Node{a, b}}
}
