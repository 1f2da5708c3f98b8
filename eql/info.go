package eql

import "github.com/rulevet/rulevet/internal/eqlfunc"

// Info is what Check found out about a query against one Fields. It sits beside the tree, so that one parsed query can
// be checked against several schemas, also at the same time. A nil *Info is valid and knows no field.
type Info struct {
	Fields Fields // as given to Check; nil = no schema
	uses   map[string]FieldUse
	folded map[*Call]folded // while a query is checked
}

// folded is what a call folds to.
type folded struct {
	v   Value
	ok  bool
	err error
}

// FieldUse is what the catalog says about a field of a query.
type FieldUse struct {
	Info     FieldInfo // type and multi-fields; zero unless Presence is Present
	Presence Presence  // whether the schema has the field
}

// Use reports what the catalog says about a field. It may be called for fields that are not part of the checked query.
func (in *Info) Use(f *Field) FieldUse {
	if in == nil {
		return FieldUse{}
	}
	return in.lookup(f.Name)
}

func (in *Info) lookup(name string) FieldUse {
	if u, ok := in.uses[name]; ok || in.Fields == nil {
		return u
	}
	info, presence := in.Fields.Lookup(name)
	return FieldUse{Info: info, Presence: presence}
}

// Unmapped tells whether f is an optional field that the mapping is known to lack: in a condition it is the literal
// null (LANGUAGE.md 3.3).
func (in *Info) Unmapped(f *Field) bool {
	return f.Optional && in.Use(f).Presence == Absent
}

// Type is the type of an expression: of a field its mapping type, of a literal the narrowest (TypeKeyword for strings),
// TypeUnknown where a field without known type decides.
func (in *Info) Type(e Expr) Type {
	switch e := Unparen(e).(type) {
	case *Literal:
		return literalType(e)
	case *Field:
		return in.fieldType(e)
	case *Call:
		return in.callType(e)
	case *Unary:
		if e.Op == Not {
			return TypeBoolean
		}
		return in.Type(e.X)
	case *Binary:
		return in.binaryType(e)
	case *Match, *In:
		return TypeBoolean
	}
	return TypeUnknown
}

func literalType(l *Literal) Type {
	switch l.Kind {
	case NullLiteral:
		return TypeNull
	case BoolLiteral:
		return TypeBoolean
	case IntLiteral:
		if int64(int32(l.Int)) == l.Int {
			return TypeInteger
		}
		return TypeLong
	case UintLiteral:
		return TypeUnsignedLong
	case FloatLiteral:
		return TypeDouble
	case StringLiteral:
		return TypeKeyword
	}
	return TypeUnknown
}

func (in *Info) fieldType(f *Field) Type {
	switch u := in.Use(f); {
	case u.Presence == Present && (unusable(u.Info) || ambiguous(u.Info)):
		return TypeUnknown // reported where the field is; what needs the type says nothing more
	case u.Presence == Present:
		return u.Info.Type
	case f.Optional && u.Presence == Absent:
		return TypeNull
	}
	return TypeUnknown
}

// unusable tells whether Elasticsearch rejects every use of a field.
func unusable(i FieldInfo) bool {
	text := i.Type == TypeText || i.Type == TypeMatchOnlyText
	return i.Nested || i.Type == TypeNested || i.Type == TypeObject || i.Type >= TypeFlattened || text && i.Exact == "" || i.Normalized
}

// binaryType is the type of x op y. Arithmetic chains are walked without recursion on the left.
func (in *Info) binaryType(b *Binary) Type {
	if b.Op.precedence() < precSum {
		return TypeBoolean
	}
	var rest []Expr
	var left Expr = b
	for x, ok := left.(*Binary); ok && x.Op.precedence() >= precSum; x, ok = left.(*Binary) {
		rest = append(rest, x.Y)
		left = x.X
	}
	t := in.Type(left)
	for i := len(rest) - 1; i >= 0; i-- {
		t = widerType(t, in.Type(rest[i]))
	}
	return t
}

// widerType is the result type of arithmetic on a and b.
func widerType(a, b Type) Type {
	switch {
	case a == TypeUnknown || b == TypeUnknown:
		return TypeUnknown
	case a == TypeNull:
		return b
	case b == TypeNull:
		return a
	case !a.Numeric() || !b.Numeric():
		return TypeUnknown
	}
	return max(numericResult(a), numericResult(b))
}

// numericResult is the type in which arithmetic on t is done.
func numericResult(t Type) Type {
	switch t {
	case TypeByte, TypeShort:
		return TypeInteger
	case TypeHalfFloat, TypeFloat, TypeScaledFloat:
		return TypeDouble
	}
	return t
}

// callType is the result type of a function (LANGUAGE.md 5.3).
func (in *Info) callType(c *Call) Type {
	f, ok := eqlfunc.Lookup(c.Name)
	if !ok {
		return TypeUnknown
	}
	switch f.Result {
	case eqlfunc.Bool:
		return TypeBoolean
	case eqlfunc.Integer:
		return TypeInteger
	case eqlfunc.String:
		return TypeKeyword
	}
	if f.Arg(0) == eqlfunc.NumberArg && len(c.Args) == 2 {
		return widerType(in.Type(c.Args[0]), in.Type(c.Args[1]))
	}
	return TypeDouble
}
