package esql

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed tables.txt
var tableText string

// facts are what Elasticsearch knows about functions, operators and casts. They are read once and never change.
type facts struct {
	funcs     map[string]*Func // by name and alias
	names     []string         // of functions, sorted
	operators map[operatorKey]Type
	casts     map[string]*castTarget // by name of ::
	metadata  map[string]Type
}

type operatorKey struct {
	op          string
	left, right Type
}

type castTarget struct {
	from   typeSet
	result Type
}

// Func is a function of ES|QL.
type Func struct {
	Name     string   // in lower case
	Aliases  []string // other names, in lower case
	Kind     FuncKind // scalar, aggregate, grouping, time series
	Min, Max int      // number of arguments, options included; Max is -1 for any number
	Args     []Arg    // in order
	Since    Versions // the versions that have it
	sigs     []signature
}

// FuncKind is where a function may stand.
type FuncKind uint8

// Kinds of functions.
const (
	Scalar FuncKind = iota
	Aggregate
	Grouping
	TimeSeries // an aggregate within a time series
)

// Arg is a declared argument.
type Arg struct {
	Name     string       // as the documentation of Elasticsearch calls it
	Optional bool         // may be left out
	Variadic bool         // may be repeated; always the last
	Map      bool         // a map of options
	Options  []FuncOption // of a map of options, its keys
	types    typeSet
}

// FuncOption is a key of the options of a function, with the types of its value.
type FuncOption struct {
	Name  string   // key of the option
	Types []string // names of the types that its value may have
}

// Result is the type that the function always has; TypeUnknown if it depends on the arguments.
func (f *Func) Result() Type {
	out := TypeUnknown
	for _, s := range f.sigs {
		if s.ret == TypeUnknown || out != TypeUnknown && out != s.ret {
			return TypeUnknown
		}
		out = s.ret
	}
	return out
}

// Versions are the releases looked at that have something.
type Versions uint8

// Releases of Elasticsearch whose functions are known.
const (
	V8_19 Versions = 1 << iota
	V9_1
	V9_4
	V9_5
)

// signature is a product of types for each argument that the type check takes.
type signature struct {
	args     []typeSet
	ret      Type // TypeUnknown: the type of argument like
	like     int
	constant uint // bit i: argument i must be a constant
}

var readFacts = sync.OnceValue(func() *facts {
	f := &facts{funcs: map[string]*Func{}, operators: map[operatorKey]Type{}, casts: map[string]*castTarget{}, metadata: map[string]Type{}}
	names := map[string]Type{}
	for t := TypeUnsupported; t < numTypes; t++ {
		names[typeNames[t]] = t
	}
	set := func(s string) typeSet {
		var out typeSet
		for s != "" {
			var name string
			name, s, _ = strings.Cut(s, ",")
			if t, ok := names[name]; ok {
				out |= 1 << t
			}
		}
		return out
	}
	var fn *Func
	for line := range strings.Lines(tableText) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch c[0] {
		case "F":
			fn = readFunc(c)
			f.funcs[fn.Name] = fn
			f.names = append(f.names, fn.Name)
			for _, a := range fn.Aliases {
				f.funcs[a] = fn
			}
		case "A":
			fn.Args = append(fn.Args, readArg(c, set))
		case "S":
			fn.sigs = append(fn.sigs, readSignature(c, set, names))
		case "O":
			for _, r := range set(c[4]).list() {
				f.operators[operatorKey{c[1], names[c[2]], r}] = names[c[3]]
			}
		case "C":
			f.casts[c[1]] = &castTarget{from: set(c[3]), result: names[c[2]]}
		case "N":
			if f.casts[c[1]] == nil {
				f.casts[c[1]] = &castTarget{result: names[c[2]]}
			}
		case "M":
			f.metadata[c[1]] = names[c[2]]
		}
	}
	return f
})

func readFunc(c []string) *Func {
	fn := &Func{Name: c[1], Max: -1}
	if c[2] != "" {
		fn.Aliases = strings.Split(c[2], ",")
	}
	switch c[3] {
	case "aggregate":
		fn.Kind = Aggregate
	case "grouping":
		fn.Kind = Grouping
	case "time_series_aggregate":
		fn.Kind = TimeSeries
	}
	fn.Min, _ = strconv.Atoi(c[4])
	if n, err := strconv.Atoi(c[5]); err == nil {
		fn.Max = n
	}
	for i, v := range c[6] {
		if v == '1' {
			fn.Since |= 1 << i
		}
	}
	return fn
}

func readArg(c []string, set func(string) typeSet) Arg {
	a := Arg{Name: c[1], types: set(c[2]), Map: c[2] == "map", Optional: strings.Contains(c[3], "o"), Variadic: strings.Contains(c[3], "v")}
	for _, o := range strings.Fields(c[4]) {
		name, types, _ := strings.Cut(o, ":")
		a.Options = append(a.Options, FuncOption{name, strings.Split(strings.Trim(types, "[]"), ",")})
	}
	return a
}

func readSignature(c []string, set func(string) typeSet, names map[string]Type) signature {
	var s signature
	for _, a := range strings.Fields(c[1]) {
		s.args = append(s.args, set(a))
	}
	if n, ok := strings.CutPrefix(c[2], "$"); ok {
		i, _ := strconv.Atoi(n)
		s.like = i - 1
	} else {
		s.ret = names[c[2]]
	}
	for _, p := range strings.Split(c[3], ",") {
		if i, err := strconv.Atoi(p); err == nil {
			s.constant |= 1 << (i - 1)
		}
	}
	return s
}

// LookupFunc finds a function by its name or an alias, in lower case; nil if there is none.
func LookupFunc(name string) *Func { return readFacts().funcs[name] }

// FuncNames lists the names of all functions, sorted, without aliases.
func FuncNames() []string { return readFacts().names }
