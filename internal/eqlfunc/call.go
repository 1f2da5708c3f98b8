package eqlfunc

import (
	"fmt"
	"slices"
	"strings"
)

// Arg is what an argument must be.
type Arg uint8

// Kinds of arguments. AnyArg admits every exact type.
const (
	AnyArg Arg = iota
	StringArg
	NumberArg
	IntegerArg
	BoolArg
	IPArg
	ConstStringArg // a constant string
)

// Func describes a function.
type Func struct {
	Name      string // canonical spelling
	Min, Max  int    // number of arguments; Max < 0: any number, of the last kind in Args
	Args      []Arg
	Result    Kind // Bool, Integer, Double (any number) or String
	CaseAware bool // name~ makes a difference
	call      func(fold bool, args []Value) (Value, error)
}

// Arg is the kind of argument i.
func (f *Func) Arg(i int) Arg { return f.Args[min(i, len(f.Args)-1)] }

// Call applies the function. Arguments that should be strings and are not are taken by their text, as for an event
// field without a mapping (eql/LANGUAGE.md 9). The number of arguments must be right. An error is what makes
// Elasticsearch fail the search.
func (f *Func) Call(fold bool, args []Value) (Value, error) { return f.call(fold && f.CaseAware, args) }

// Funcs lists all functions by name.
func Funcs() []Func {
	str, num := []Arg{StringArg, StringArg}, []Arg{NumberArg, NumberArg}
	return []Func{
		{"add", 2, 2, num, Double, false, arith('+')},
		{"between", 3, 4, []Arg{StringArg, StringArg, StringArg, BoolArg}, String, true, between},
		{"cidrMatch", 2, -1, []Arg{IPArg, ConstStringArg}, Bool, false, cidrMatch},
		{"concat", 1, -1, []Arg{AnyArg}, String, false, concat},
		{"divide", 2, 2, num, Double, false, arith('/')},
		{"endsWith", 2, 2, str, Bool, true, endsWith},
		{"indexOf", 2, 3, []Arg{StringArg, StringArg, IntegerArg}, Integer, true, indexOf},
		{"length", 1, 1, str, Integer, false, length},
		{"modulo", 2, 2, num, Double, false, arith('%')},
		{"multiply", 2, 2, num, Double, false, arith('*')},
		{"number", 1, 2, []Arg{StringArg, IntegerArg}, Double, false, number},
		{"startsWith", 2, 2, str, Bool, true, startsWith},
		{"string", 1, 1, []Arg{AnyArg}, String, false, toString},
		{"stringContains", 2, 2, str, Bool, true, stringContains},
		{"substring", 2, 3, []Arg{StringArg, IntegerArg, IntegerArg}, String, false, substring},
		{"subtract", 2, 2, num, Double, false, arith('-')},
	}
}

// Lookup finds a function; upper and lower case do not matter.
func Lookup(name string) (Func, bool) {
	all := Funcs()
	i := slices.IndexFunc(all, func(f Func) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return Func{}, false
	}
	return all[i], true
}

func arith(op byte) func(bool, []Value) (Value, error) {
	return func(_ bool, args []Value) (Value, error) { return Arith(op, args[0], args[1]) }
}

func anyNull(args []Value) bool {
	return slices.ContainsFunc(args, Value.IsNull)
}

func concat(_ bool, args []Value) (Value, error) {
	if anyNull(args) {
		return Value{}, nil
	}
	if len(args) == 1 && args[0].Kind == String {
		return args[0], nil
	}
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.Text())
	}
	return OfString(b.String()), nil
}

func toString(_ bool, args []Value) (Value, error) {
	if args[0].IsNull() {
		return Value{}, nil
	}
	return OfString(args[0].Text()), nil
}

// integer reads an integer argument; a null gives def.
func integer(v Value, def int64) (int64, error) {
	switch v.Kind {
	case Null:
		return def, nil
	case Integer, Long:
		return v.Int(), nil
	}
	return 0, fmt.Errorf("an integer is required, found %q", v.Text())
}
