package eval

import (
	"fmt"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// script is a computed value: a constant, a field, a function, an operator. vals holds the value that each occurrence of
// a field has in the combination at hand.
type script interface {
	value(vals []eqlfunc.Value) (eqlfunc.Value, error)
}

type constScript struct{ v eqlfunc.Value }

func (s constScript) value([]eqlfunc.Value) (eqlfunc.Value, error) { return s.v, nil }

// fieldScript is one occurrence of a field.
type fieldScript struct {
	f     *predicate.Field
	index int
}

func (s *fieldScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) { return vals[s.index], nil }

type callScript struct {
	fn   eqlfunc.Func
	fold bool
	args []script
}

func (s *callScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	var buf [4]eqlfunc.Value
	args := buf[:0]
	for _, a := range s.args {
		v, err := a.value(vals)
		if err != nil {
			return v, err
		}
		args = append(args, v)
	}
	for i, v := range args {
		if s.fn.Arg(i) == eqlfunc.NumberArg {
			args[i] = numeric(v)
		}
	}
	v, err := s.fn.Call(s.fold, args)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.fn.Name, err)
	}
	return v, err
}

// numeric reads a text in arithmetic, which only a field without a mapping can be, as a number; what is none is null.
func numeric(v eqlfunc.Value) eqlfunc.Value {
	switch {
	case v.Kind == eqlfunc.String:
		v, _ = predicate.ParseNumber(v.Str)
	case !v.Numeric():
		return eqlfunc.Value{}
	}
	return v
}

// arithScript is a chain such as x + y - z, from left to right: as a list it may be as long as a query can be.
type arithScript struct {
	x    script
	rest []operation
}

type operation struct {
	op byte
	y  script
}

func (s *arithScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	for _, o := range s.rest {
		if err != nil {
			return x, err
		}
		y, yErr := o.y.value(vals)
		if yErr != nil {
			return y, yErr
		}
		x, err = eqlfunc.Arith(o.op, numeric(x), numeric(y))
	}
	return x, err
}

type negScript struct{ x script }

func (s *negScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil {
		return x, err
	}
	return eqlfunc.Neg(numeric(x))
}

type compareScript struct {
	op   predicate.CompareOp // "not equal" is the negation of Eq
	x, y script
}

func (s *compareScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil {
		return x, err
	}
	y, err := s.y.value(vals)
	if err != nil {
		return y, err
	}
	return compareValues(s.op, x, y), nil
}

// compareValues is true, false, or null where the kinds do not compare.
func compareValues(op predicate.CompareOp, x, y eqlfunc.Value) eqlfunc.Value {
	c, ok := eqlfunc.Compare(x, y)
	if !ok {
		return eqlfunc.Value{}
	}
	return eqlfunc.OfBool(predicate.Holds(op, c))
}

// testScript applies a test to one value: a typed comparison of a field, or a pattern.
type testScript struct {
	x    script
	text predicate.Text
}

func (s *testScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil || x.IsNull() {
		return eqlfunc.Value{}, err
	}
	return eqlfunc.OfBool(s.text.Match(x.Text())), nil
}

type nullScript struct {
	x    script
	want bool // true: is null; false: is not null
}

func (s *nullScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	return eqlfunc.OfBool(x.IsNull() == s.want), err
}

// logicScript is and, or within a computed value, where null is a value of its own.
type logicScript struct {
	and  bool
	x, y script
}

func (s *logicScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil {
		return x, err
	}
	y, err := s.y.value(vals)
	if err != nil {
		return y, err
	}
	a, b := foldedOf(x.True(), !x.IsNull()), foldedOf(y.True(), !y.IsNull())
	if s.and {
		return a.and(b).asValue(), nil
	}
	return foldedOr(a, b).asValue(), nil
}

func (k folded) and(b folded) folded { return foldedAnd(k, b) }

func (k folded) asValue() eqlfunc.Value {
	if k == foldedNull {
		return eqlfunc.Value{}
	}
	return eqlfunc.OfBool(k == foldedTrue)
}

type notScript struct{ x script }

func (s *notScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil || x.IsNull() {
		return x, err
	}
	return eqlfunc.OfBool(!x.True()), nil
}

// jsonScript compares a field without a mapping with a constant; null if the kinds do not compare.
type jsonScript struct {
	op  predicate.CompareOp
	x   script
	lit eqlfunc.Value
}

func (s *jsonScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil || x.IsNull() {
		return eqlfunc.Value{}, err
	}
	return predicate.CompareJSON(s.op, x, s.lit), nil
}

// inScript is true if the value equals one of the items, null if the value is null.
type inScript struct {
	x     script
	items []eqlfunc.Value
	json  bool // x is a field without a mapping
}

func (s *inScript) value(vals []eqlfunc.Value) (eqlfunc.Value, error) {
	x, err := s.x.value(vals)
	if err != nil || x.IsNull() {
		return eqlfunc.Value{}, err
	}
	for _, item := range s.items {
		if s.json && predicate.CompareJSON(predicate.Eq, x, item).True() || !s.json && compareValues(predicate.Eq, x, item).True() {
			return eqlfunc.OfBool(true), nil
		}
	}
	return eqlfunc.OfBool(false), nil
}
