package eql

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// Value is what a constant expression folds to: null, a boolean, a number, a text or a date. IsNull and Kind tell which, True, Int, Float, Str
// and Text give it, Text as Elasticsearch prints it.
type Value = eqlfunc.Value

// Fold evaluates a constant expression as Elasticsearch's optimizer does before a query is sent (LANGUAGE.md 4.3): three-valued, an optional field that the mapping lacks counting as null. ok is false if e depends on the
// event. err is what makes Elasticsearch reject the query: a division by zero, number("abc"). A nil Info is no schema.
// Logic folds also where only one side is constant: "false and x" is false, "null and x" is null, "true or x" is true.
func Fold(e Expr, in *Info) (v Value, ok bool, err error) {
	switch e := e.(type) {
	case *Paren:
		return Fold(e.X, in)
	case *Literal:
		return literalValue(e), true, nil
	case *Field:
		return eqlfunc.Value{}, in.Unmapped(e), nil
	case *Unary:
		return foldUnary(e, in)
	case *Binary:
		return foldBinary(e, in)
	case *Match:
		return foldMatch(e, in)
	case *In:
		return foldIn(e, in)
	case *Call:
		return foldCall(e, in)
	}
	return v, false, nil
}

// literalValue is the value of a literal.
func literalValue(l *Literal) eqlfunc.Value {
	switch l.Kind {
	case BoolLiteral:
		return eqlfunc.OfBool(l.Bool)
	case IntLiteral:
		return eqlfunc.OfInt(l.Int)
	case UintLiteral:
		return eqlfunc.OfUnsigned(l.Uint)
	case FloatLiteral:
		return eqlfunc.OfDouble(l.Float)
	case StringLiteral:
		return eqlfunc.OfString(l.Str)
	}
	return eqlfunc.Value{}
}

func foldUnary(e *Unary, in *Info) (eqlfunc.Value, bool, error) {
	v, ok, err := Fold(e.X, in)
	if !ok || err != nil {
		return v, false, err
	}
	switch e.Op {
	case Not:
		return not(v), true, nil
	case Neg:
		v, err = eqlfunc.Neg(v)
		return v, err == nil, foldError(e, err)
	}
	return v, true, nil
}

// FoldError is the error of Fold: it names the innermost part of the expression that fails.
type FoldError struct {
	Expr Expr  // the part of the expression that has no value
	Err  error // the reason, as package eql words it
}

func (e *FoldError) Error() string { return e.Err.Error() }

// Unwrap makes errors.Is and errors.As see the cause.
func (e *FoldError) Unwrap() error { return e.Err }

func foldError(e Expr, err error) error {
	if err == nil {
		return nil
	}
	return &FoldError{e, err}
}

func not(v eqlfunc.Value) eqlfunc.Value {
	if v.Kind != eqlfunc.Bool {
		return eqlfunc.Value{}
	}
	return eqlfunc.OfBool(!v.True())
}

// foldBinary walks a chain of left operands without recursion.
func foldBinary(e *Binary, in *Info) (eqlfunc.Value, bool, error) {
	var chain []*Binary
	var left Expr = e
	for b, ok := left.(*Binary); ok; b, ok = left.(*Binary) {
		chain = append(chain, b)
		left = b.X
	}
	v, ok, err := Fold(left, in)
	if err != nil {
		return v, false, err
	}
	for i := len(chain) - 1; i >= 0; i-- {
		y, yok, err := Fold(chain[i].Y, in)
		if err != nil {
			return v, false, err
		}
		if v, ok, err = foldOp(chain[i].Op, v, ok, y, yok); err != nil {
			return v, false, foldError(chain[i], err)
		}
	}
	return v, ok, nil
}

func foldOp(op Op, x eqlfunc.Value, xok bool, y eqlfunc.Value, yok bool) (eqlfunc.Value, bool, error) {
	if op == And || op == Or {
		v, ok := foldLogic(op, x, xok, y, yok)
		return v, ok, nil
	}
	if op >= Lt && op <= Ge && (xok && x.IsNull() || yok && y.IsNull()) {
		return eqlfunc.Value{}, true, nil // whatever the other side is
	}
	if !xok || !yok {
		return x, false, nil
	}
	if op.precedence() == precComparison {
		return compareConstants(op, x, y), true, nil
	}
	v, err := eqlfunc.Arith(op.String()[0], x, y)
	return v, err == nil, err
}

// foldLogic combines two sides of which either may be unknown. "null or x" is x.
func foldLogic(op Op, x eqlfunc.Value, xok bool, y eqlfunc.Value, yok bool) (eqlfunc.Value, bool) {
	strong := eqlfunc.OfBool(op == Or) // decides alone
	switch {
	case xok && x == strong, yok && y == strong:
		return strong, true
	case op == And && (xok && x.IsNull() || yok && y.IsNull()):
		return eqlfunc.Value{}, true
	case !xok || !yok:
		return x, false
	case x.IsNull() || y.IsNull():
		return eqlfunc.Value{}, true
	}
	return eqlfunc.OfBool(op == And), true
}

// compareConstants compares with null checks: x == null asks whether x is null. Other families compare to null.
func compareConstants(op Op, x, y eqlfunc.Value) eqlfunc.Value {
	if (op == Eq || op == Ne) && (x.IsNull() || y.IsNull()) {
		return eqlfunc.OfBool((x.IsNull() && y.IsNull()) == (op == Eq))
	}
	c, ok := eqlfunc.Compare(x, y)
	if !ok {
		return eqlfunc.Value{}
	}
	switch op {
	case Eq:
		return eqlfunc.OfBool(c == 0)
	case Ne:
		return eqlfunc.OfBool(c != 0)
	case Lt:
		return eqlfunc.OfBool(c < 0)
	case Le:
		return eqlfunc.OfBool(c <= 0)
	case Gt:
		return eqlfunc.OfBool(c > 0)
	}
	return eqlfunc.OfBool(c >= 0)
}

// foldMatch folds patterns over a constant. A like or regex that denotes one string is an equality, which makes a
// difference for null: "?m like" with a plain string is false, with a wildcard null (LANGUAGE.md 4.3).
func foldMatch(e *Match, in *Info) (eqlfunc.Value, bool, error) {
	x, ok, err := Fold(e.X, in)
	if err != nil {
		return x, false, err
	}
	if !x.IsNull() || !ok { // nothing matches null
		if e.Op == Colon && !slices.ContainsFunc(e.List, func(l *Literal) bool { return l.Kind != NullLiteral }) {
			return eqlfunc.OfBool(false), true, nil
		}
	}
	if !ok {
		return x, false, nil
	}
	literals, plain := literalPatterns(e)
	if x.IsNull() {
		if plain && (e.Op == Like || e.Op == Regex) {
			return eqlfunc.OfBool(false), true, nil
		}
		return x, true, nil
	}
	if x.Kind != eqlfunc.String {
		return x, false, nil // no condition on text
	}
	if !plain {
		matched, ok := matchText(e, x.Str)
		return eqlfunc.OfBool(matched), ok, nil
	}
	for _, want := range literals {
		if x.Str == want || (e.Op != Like && e.Op != Regex) && eqlfunc.EqualFold(x.Str, want) {
			return eqlfunc.OfBool(true), true, nil
		}
	}
	return eqlfunc.OfBool(false), true, nil
}

// matchText matches a text that no field gives, as a script does; ok is false for an expression that Java does not know.
func matchText(e *Match, text string) (matched, ok bool) {
	if e.Op == Regex || e.Op == RegexFold {
		var patterns []string
		for _, lit := range e.List {
			patterns = append(patterns, lit.Str)
		}
		re, err := lucene.CompileJava(lucene.JoinPatterns(patterns), e.Op == RegexFold)
		return err == nil && re.MatchString(text), err == nil
	}
	return slices.ContainsFunc(e.List, func(lit *Literal) bool {
		pattern := literalValue(lit).Text()
		switch {
		case lit.Kind == NullLiteral:
			return false
		case e.Op != Like && !strings.ContainsAny(pattern, "*?"):
			return eqlfunc.EqualFold(text, pattern)
		}
		return lucene.NewJavaWildcard(pattern, e.Op != Like).Match(text)
	}), true
}

// literalPatterns returns the strings that the patterns denote; ok is false if one denotes more than one. The patterns of
// a regex are one expression, so a list of them is never plain.
func literalPatterns(e *Match) (list []string, ok bool) {
	if e.Op == Regex || e.Op == RegexFold {
		s, ok := lucene.RegexpLiteral(e.List[0].Str)
		return []string{s}, ok && len(e.List) == 1 && e.List[0].Kind == StringLiteral
	}
	for _, lit := range e.List {
		if strings.ContainsAny(lit.Str, "*?") {
			return nil, false
		}
		if lit.Kind != NullLiteral {
			list = append(list, literalValue(lit).Text())
		}
	}
	return list, true
}

func foldIn(e *In, in *Info) (eqlfunc.Value, bool, error) {
	x, ok, err := Fold(e.X, in)
	if !ok || err != nil {
		return x, false, err
	}
	found := false
	for _, item := range e.List {
		v, ok, err := Fold(item, in)
		if !ok || err != nil {
			return v, false, err
		}
		c, same := eqlfunc.Compare(x, v)
		found = found || same && c == 0 || e.Fold && x.Kind == eqlfunc.String && v.Kind == eqlfunc.String && eqlfunc.EqualFold(x.Str, v.Str)
	}
	if x.IsNull() {
		return x, true, nil
	}
	return eqlfunc.OfBool(found != e.Negated), true, nil
}

// foldCall folds calls within calls once while a query is checked: every one of them is asked for, from the innermost out. Its value is
// given up when the call two levels up has one, so that long texts do not pile up.
func foldCall(e *Call, in *Info) (eqlfunc.Value, bool, error) {
	if in == nil || in.folded == nil {
		return foldCallAnew(e, in)
	}
	x, there := in.folded[e]
	if !there {
		x.v, x.ok, x.err = foldCallAnew(e, in)
		in.folded[e] = x
		for _, arg := range e.Args {
			if arg, isCall := Unparen(arg).(*Call); isCall {
				for _, a := range arg.Args {
					if a, isCall := Unparen(a).(*Call); isCall {
						delete(in.folded, a)
					}
				}
			}
		}
	}
	return x.v, x.ok, x.err
}

func foldCallAnew(e *Call, in *Info) (eqlfunc.Value, bool, error) {
	var null eqlfunc.Value
	f, ok := eqlfunc.Lookup(e.Name)
	if !ok || !argumentCount(&f, len(e.Args)) {
		return null, false, nil
	}
	args := make([]eqlfunc.Value, len(e.Args))
	for i, a := range e.Args {
		v, ok, err := Fold(a, in)
		if !ok || err != nil {
			return null, false, err
		}
		args[i] = v
	}
	v, err := f.Call(e.Fold, args)
	if err != nil {
		return null, false, foldError(e, err)
	}
	return v, true, nil
}

func argumentCount(f *eqlfunc.Func, n int) bool { return n >= f.Min && (f.Max < 0 || n <= f.Max) }

func (p *parser) constantInt(e Expr) (int64, bool) {
	v, ok, err := Fold(e, nil)
	if !ok || err != nil || v.Kind != eqlfunc.Integer && v.Kind != eqlfunc.Long {
		return 0, false
	}
	return v.Int(), true
}
