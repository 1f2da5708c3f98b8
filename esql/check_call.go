package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// Calls of functions.

func (c *checker) call(x *Call, e env) Type {
	f := c.facts.funcs[x.Name]
	if f == nil {
		c.unknownFunction(x)
		c.args(x, e)
		return TypeUnknown
	}
	c.info.Funcs[x] = f
	inner := c.place(x, f, e)
	if !c.arity(x, f) {
		c.args(x, inner)
		return f.Result()
	}
	if n := len(x.Args); n > 0 && n <= len(f.Args) && f.Args[n-1].Map {
		c.args(x, inner)
		c.untyped("option", x.Range, "write {\"name\": value}", "%s takes options here, found %s", strings.ToUpper(f.Name), c.quote(x.Args[n-1]))
		return f.Result()
	}
	types := make([]Type, len(x.Args))
	for i, a := range x.Args {
		types[i] = c.expr(a, inner)
	}
	if inner.convert && len(types) > 0 && types[0] == TypeUnsupported {
		return c.convertCall(x, f)
	}
	if !c.castArgs(x, f, types) {
		return f.Result()
	}
	if len(types) < f.Min && len(f.Args) > 0 && f.Args[0].Optional {
		types = append([]Type{TypeNull}, types...) // the first argument is left out
	}
	return c.signature(x, f, types, e)
}

// convertCall checks a conversion function on a field that has several types.
func (c *checker) convertCall(x *Call, f *Func) Type {
	var from typeSet
	result := TypeUnknown
	for _, s := range f.sigs {
		if len(s.args) >= 1 {
			from |= s.args[0]
			result = s.ret
		}
	}
	return c.convertField(x.Args[0], from, result)
}

func (c *checker) args(x *Call, e env) {
	for _, a := range x.Args {
		c.expr(a, e)
	}
}

func (c *checker) unknownFunction(x *Call) {
	hint := functionHint(x.Name)
	if hint == "" {
		names := slices.Clone(c.facts.names)
		for _, f := range c.facts.funcs {
			names = append(names, f.Aliases...)
		}
		if m := near.Names(x.Name, names); len(m) > 0 {
			hint = "did you mean " + strings.ToUpper(m[0]) + "?"
		}
	}
	c.fail(stageResolve, "unknown-function", x.NameRange, hint, "unknown function %s", quoted(c.q.Source[x.NameRange.Start:x.NameRange.End]))
}

// functionHint names the function that does what one of another language does.
func functionHint(name string) string {
	switch name {
	case "lower":
		return "use TO_LOWER"
	case "upper":
		return "use TO_UPPER"
	case "distinct", "count_unique", "cardinality", "dc", "dcount", "uniq":
		return "use COUNT_DISTINCT"
	case "len", "strlen", "char_length":
		return "use LENGTH"
	case "if", "iif", "iff":
		return "use CASE(condition, value, otherwise)"
	case "ifnull", "nvl", "isnull":
		return "use COALESCE, or IS NULL"
	case "list", "collect", "make_list", "make_set", "array_agg":
		return "use VALUES"
	case "cidrmatch", "ipv4_is_in_range":
		return "use CIDR_MATCH"
	case "startswith", "endswith", "stringcontains":
		return "use STARTS_WITH, ENDS_WITH or CONTAINS"
	case "regex", "regexp", "wildcard":
		return "use RLIKE or LIKE"
	case "strcat":
		return "use CONCAT"
	case "stddev", "stdev":
		return "use STD_DEV"
	case "mean", "average":
		return "use AVG"
	}
	return ""
}

// converts tells whether a function reads a field that has several types, each with a conversion of its own.
func converts(f *Func) bool {
	switch f.Name {
	case "to_lower", "to_upper", "to_base64", "to_gauge":
		return false
	}
	return f.Kind == Scalar && strings.HasPrefix(f.Name, "to_")
}

// place checks where the function stands, and returns the place of its arguments.
func (c *checker) place(x *Call, f *Func, e env) env {
	in := e
	in.convert = converts(f)
	switch f.Kind {
	case Aggregate, TimeSeries:
		switch {
		case e.inAgg:
			if f.Kind == Aggregate {
				c.verify("aggregate", x.Range, "", "aggregate %s cannot stand inside another aggregate", c.quote(x))
			}
		case e.filter:
			c.verify("aggregate", x.Range, "", "aggregate %s cannot stand in the WHERE of another", c.quote(x))
		case e.group:
			c.verify("grouping", x.Range, "", "aggregate %s cannot be a key", c.quote(x))
		case !e.agg:
			hint := ""
			if c.columnNamed(c.text(x), e.scope) {
				hint = "the column of this name stands in back-quotes"
			}
			c.verify("aggregate", x.Range, hint, "aggregate %s stands in STATS, not in %s", c.quote(x), e.verb)
		}
		in.inAgg, in.condition = true, true
		in.agg = false
	case Grouping:
		switch {
		case f.Name == "categorize" && e.inAgg:
			c.verify("grouping", x.Range, "", "CATEGORIZE cannot stand inside an aggregate")
		case f.Name == "categorize" && e.verb == "LIMIT BY":
			c.verify("grouping", x.Range, "", "CATEGORIZE stands in STATS only")
		}
		if !e.group && !e.agg && !e.inAgg && !e.filter {
			c.verify("grouping", x.Range, "", "grouping function %s stands behind BY, not in %s", c.quote(x), e.verb)
		}
	}
	if f.Name == "score" {
		in.score, in.condition = true, true
	} else if fullText(f.Name) {
		c.fullTextPlace(x, strings.ToUpper(f.Name), e)
	} else if f.Kind == Scalar && !e.inAgg && e.condition {
		in.condition = false
	}
	return in
}

func (c *checker) columnNamed(name string, s *scope) bool {
	_, ok := s.byName[name]
	return ok
}

// arity checks the number of arguments.
func (c *checker) arity(x *Call, f *Func) bool {
	n := len(x.Args)
	least, most := 0, f.Max
	for _, a := range f.Args {
		if !a.Optional {
			least++
		}
	}
	least = min(least, f.Min)
	if x.Star {
		if f.Name == "count" || f.Name == "count_over_time" {
			return true
		}
		n = 1
	} else if x.Options != nil {
		if !slices.ContainsFunc(f.Args, func(a Arg) bool { return a.Map }) {
			n++
		} else {
			most = len(f.Args) - 1
		}
	}
	if x.Star && f.Max != 0 || n < least || most >= 0 && n > most {
		found := fmt.Sprint(n)
		if x.Star {
			found = "`*`"
		}
		c.fail(stageArity, "arity", x.Range, "", "%s takes %s, found %s", strings.ToUpper(f.Name), arguments(least, most), found)
		return false
	}
	return true
}

func arguments(least, most int) string {
	noun := func(n int) string {
		if n == 1 {
			return "1 argument"
		}
		return fmt.Sprintf("%d arguments", n)
	}
	switch {
	case most < 0:
		return "at least " + noun(least)
	case least == most:
		return noun(least)
	}
	return fmt.Sprintf("%d to %s", least, noun(most))
}

// castPriority is the order in which a type is chosen for a string constant, if an argument takes several.
var castPriority = []Type{TypeDatePeriod, TypeTimeDuration, TypeDatetime, TypeDouble, TypeLong, TypeInteger, TypeIP, TypeVersion, TypeGeoPoint, TypeGeoShape,
	TypeCartesianPoint, TypeCartesianShape, TypeBoolean, TypeUnsignedLong}

// argTarget is the type that a string constant takes as an argument; TypeUnknown if it stays a string.
func argTarget(a Arg) Type {
	if a.types.has(TypeKeyword) || a.types.has(TypeText) {
		return TypeUnknown
	}
	for _, t := range castPriority {
		if a.types.has(t) {
			return t
		}
	}
	return TypeUnknown
}

// castArgs casts string constants to what the arguments want, and changes types; false if one cannot be read.
func (c *checker) castArgs(x *Call, f *Func, types []Type) bool {
	if f.Kind == Aggregate || f.Kind == TimeSeries {
		return true
	}
	ok := true
	for i, a := range x.Args {
		if types[i] != TypeKeyword || !c.stringConstant(a) || len(f.Args) == 0 || fullText(f.Name) {
			continue
		}
		target := argTarget(f.Args[min(i, len(f.Args)-1)])
		if i >= len(f.Args) && !f.Args[len(f.Args)-1].Variadic || target == TypeUnknown {
			continue
		}
		if target.Spatial() || f.Name == "bucket" && i == 1 && !types[0].Date() {
			continue
		}
		t, good := c.castTo(a, target)
		if !good {
			ok = false
			continue
		}
		if target.Span() {
			if l, isLit := Unparen(a).(*Literal); isLit {
				_, t = parseSpan(l.Str)
			}
		}
		types[i] = t
	}
	if f.Name == "coalesce" {
		c.castNumbers(x, types)
	}
	for i, t := range types {
		vector := t == TypeInteger || t == TypeLong || t == TypeDouble || t == TypeKeyword && c.stringConstant(x.Args[i])
		if vector && (strings.HasPrefix(f.Name, "v_") || f.Name == "knn" && i == 1) {
			c.info.Casts[x.Args[i]] = TypeDenseVector
			types[i] = TypeDenseVector
		}
	}
	return ok
}

// castNumbers makes the numbers of COALESCE those of the first, if all are smaller.
func (c *checker) castNumbers(x *Call, types []Type) {
	first := TypeUnknown
	for _, t := range types {
		if !t.Numeric() {
			continue
		}
		if first == TypeUnknown {
			first = t
		}
		if rank(t) > rank(first) || (t == TypeUnsignedLong) != (first == TypeUnsignedLong) && first != TypeDouble && first != TypeUnsignedLong {
			return
		}
	}
	for i, t := range types {
		if t.Numeric() && t != first {
			c.info.Casts[x.Args[i]] = first
			types[i] = first
		}
	}
}

func rank(t Type) int {
	switch t {
	case TypeInteger:
		return 1
	case TypeLong:
		return 2
	case TypeUnsignedLong:
		return 3
	case TypeDouble:
		return 4
	}
	return 0
}

// signature finds the result of a call; it reports arguments of the wrong type.
func (c *checker) signature(x *Call, f *Func, types []Type, e env) Type {
	if x.Options != nil {
		c.options(x, f)
	}
	if x.Star || len(f.sigs) == 0 || len(types) == 0 {
		return c.special(x, f, types)
	}
	c.needsValue(x, f, types)
	c.innerQuery(x, f)
	switch f.Name {
	case "case":
		return c.caseCall(x, types)
	case "coalesce", "greatest", "least":
		return c.sameTypes(x, f, types)
	case "clamp", "clamp_min", "clamp_max", "round_to": // a null has the type of the value
		types = slices.Clone(types)
		for i, t := range types {
			if t == TypeNull {
				types[i] = types[0]
			}
		}
	}
	if e.ts {
		for i, t := range types {
			types[i] = plainCounter(f, t)
		}
	}
	c.demands(x, f, types)
	wrong := 0
	var results []Type
	for _, s := range f.sigs {
		n, ret := c.fits(s, f, types)
		if n == len(types) {
			if !slices.Contains(results, ret) {
				results = append(results, ret)
			}
			c.constants(x, f, s)
			continue
		}
		if len(s.args) == len(types) || f.Max < 0 {
			wrong = max(wrong, n)
		}
	}
	if slices.Contains(types, TypeUnknown) {
		if len(results) == 1 {
			return results[0]
		}
		if len(results) == 0 {
			return f.Result()
		}
		return TypeUnknown
	}
	switch {
	case len(results) == 1:
		return results[0]
	case len(results) > 1:
		if slices.Contains(types, TypeNull) {
			return TypeNull
		}
		return results[0]
	}
	c.wrongArgument(x, f, types, wrong)
	return f.Result()
}

// fits tells how many arguments, from the left, a signature takes, and the result.
func (c *checker) fits(s signature, f *Func, types []Type) (int, Type) {
	if len(s.args) != len(types) && !(f.Max < 0 && len(types) > len(s.args) && len(s.args) > 0) {
		return 0, TypeUnknown
	}
	n := 0
	for i, t := range types {
		set := s.args[min(i, len(s.args)-1)]
		if t != TypeUnknown && t != TypeNull && !set.has(t) {
			break
		}
		n++
	}
	ret := s.ret
	if ret == TypeUnknown && s.like < len(types) {
		ret = types[s.like]
	}
	return n, ret
}

// constants reports arguments that must be constants and are not.
func (c *checker) constants(x *Call, f *Func, s signature) {
	for i, a := range x.Args {
		if s.constant>>min(i, len(s.args)-1)&1 == 1 && !c.foldable(a) {
			c.untyped("constant", x.Range, "", "argument %s of %s must be a constant", c.quote(a), strings.ToUpper(f.Name))
		}
	}
}

func (c *checker) wrongArgument(x *Call, f *Func, types []Type, at int) {
	at = min(at, len(types)-1)
	if at < 0 {
		return
	}
	a := x.Args[max(0, at-(len(types)-len(x.Args)))]
	var want typeSet
	for _, s := range f.sigs {
		if len(s.args) == len(types) || f.Max < 0 {
			if n, _ := c.fits(s, f, types); n == at {
				want |= s.args[min(at, len(s.args)-1)]
			}
		}
	}
	expected := typeList(want)
	hint := ""
	if types[at].Text() && want.has(TypeDouble) && !want.has(TypeKeyword) {
		hint = "convert with TO_DOUBLE or TO_LONG"
	} else if want.has(TypeKeyword) && !types[at].Text() {
		hint = "convert with TO_STRING"
	}
	c.untyped("type", x.Range, hint, "%s takes %s here: %s", strings.ToUpper(f.Name), expected, c.typed(a, types[at]))
}

// typeList names the types of a set, in groups.
func typeList(s typeSet) string {
	var out []string
	group := func(name string, list ...Type) {
		set := setOf(list...)
		if s&set == set {
			out = append(out, name)
			s &^= set
		}
	}
	if s&(1<<numTypes-1) == 0 {
		return "another type"
	}
	group("a number", TypeInteger, TypeLong, TypeUnsignedLong, TypeDouble)
	group("a number (not unsigned_long)", TypeInteger, TypeLong, TypeDouble)
	group("a string", TypeKeyword, TypeText)
	group("a date", TypeDatetime, TypeDateNanos)
	group("a span of time", TypeDatePeriod, TypeTimeDuration)
	for _, t := range s.list() {
		out = append(out, t.String())
	}
	const most = 6
	if len(out) > most {
		out = append(out[:most], "…")
	}
	return strings.Join(out, ", ")
}

// caseCall checks CASE(condition, value, …, otherwise).
func (c *checker) caseCall(x *Call, types []Type) Type {
	result := TypeNull
	for i, t := range types {
		if i%2 == 0 && i < len(types)-1 {
			if t != TypeBoolean && t != TypeNull && t != TypeUnknown {
				c.untyped("type", x.Range, "", "CASE takes a condition here: %s", c.typed(x.Args[i], t))
			}
			continue
		}
		if t.Text() {
			t = TypeKeyword
		}
		switch {
		case t == TypeUnknown:
			return TypeUnknown
		case t == TypeNull:
		case result == TypeNull:
			result = t
		case result != t && !widens(t, result):
			c.untyped("type", x.Range, "all values of CASE have one type", "CASE takes %s here, as before: %s", result, c.typed(x.Args[i], types[i]))
			return TypeUnknown
		}
	}
	return result
}

// widens tells whether a number of a type becomes one of another that stands in front of it.
func widens(from, to Type) bool {
	order := []Type{TypeInteger, TypeLong, TypeUnsignedLong, TypeDouble}
	f := slices.Index(order, from)
	return f >= 0 && f < slices.Index(order, to)
}

// sameTypes checks functions that take any number of values of one type.
func (c *checker) sameTypes(x *Call, f *Func, types []Type) Type {
	result := TypeNull
	for i, t := range types {
		if t == TypeUnknown {
			return TypeUnknown
		}
		if t == TypeNull {
			continue
		}
		if result == TypeNull {
			ok := false
			for _, s := range f.sigs {
				ok = ok || len(s.args) == 1 && s.args[0].has(t)
			}
			if !ok {
				c.wrongArgument(x, f, types, i)
				return TypeUnknown
			}
			result = t
			continue
		}
		if t != result && !(t.Text() && result.Text()) && !(f.Name != "coalesce" && widens(t, result)) {
			c.untyped("type", x.Range, "all values have one type", "%s takes %s here, as before: %s", strings.ToUpper(f.Name), result, c.typed(x.Args[i], t))
			return TypeUnknown
		}
	}
	if result == TypeText {
		result = TypeKeyword
	}
	return result
}

// special is the result of functions without tables of signatures.
func (c *checker) special(x *Call, f *Func, types []Type) Type {
	switch f.Name {
	case "count", "count_over_time":
		return TypeLong
	case "tbucket":
		if len(types) == 1 && types[0] == TypeInteger {
			c.verify("parameter", x.Range, "add the begin and the end, or a span such as 1 hour", "TBUCKET with a number of buckets needs from and to")
		}
		return TypeDatetime
	case "trange":
		return TypeBoolean
	case "percentile_over_time", "e", "pi", "tau":
		return TypeDouble
	case "now":
		return TypeDatetime
	case "earliest", "latest", "first_over_time", "last_over_time":
		if len(types) > 0 {
			if types[0] == TypeText {
				return TypeKeyword
			}
			return types[0]
		}
	}
	return TypeUnknown
}

// options checks the map of options of a call.
func (c *checker) options(x *Call, f *Func) {
	var known []string
	var arg *Arg
	for i := range f.Args {
		if f.Args[i].Map {
			arg = &f.Args[i]
		}
	}
	if arg == nil {
		return
	}
	for _, o := range arg.Options {
		known = append(known, o.Name)
	}
	for _, entry := range x.Options.Entries {
		i := slices.Index(known, entry.Key)
		if i < 0 {
			hint := "options are " + strings.Join(known, ", ")
			if m := near.Names(entry.Key, known); len(m) > 0 {
				hint = "did you mean " + quoted(m[0]) + "?"
			}
			c.untyped("option", x.Range, hint, "%s has no option %s", strings.ToUpper(f.Name), quoted(entry.Key))
			continue
		}
		if l, ok := entry.Value.(*Literal); !ok || !optionFits(l, arg.Options[i].Types) {
			c.untyped("option", x.Range, "", "option %s of %s takes %s, found %s", quoted(entry.Key), strings.ToUpper(f.Name), strings.Join(arg.Options[i].Types, " or "), c.quote(entry.Value))
		}
	}
}

// optionFits tells whether a value can be read as one of the types of an option.
func optionFits(l *Literal, types []string) bool {
	if l.Kind == NullLiteral || l.Kind == ListLiteral {
		return true
	}
	for _, t := range types {
		switch strings.TrimSpace(t) {
		case "keyword", "text", "string":
			return true
		case "boolean":
			if l.Kind == BoolLiteral || l.Kind == KeywordLiteral && (strings.EqualFold(l.Str, "true") || strings.EqualFold(l.Str, "false")) {
				return true
			}
		case "integer", "long", "unsigned_long":
			if l.Kind >= IntegerLiteral && l.Kind <= DoubleLiteral {
				return true
			}
			if _, ok := parseNumber(l.Str); ok && l.Kind == KeywordLiteral {
				return true
			}
		case "float", "double":
			if l.Kind >= IntegerLiteral && l.Kind <= DoubleLiteral {
				return true
			}
			if _, ok := parseNumber(l.Str); ok && l.Kind == KeywordLiteral {
				return true
			}
		case "time_duration":
			if l.Kind == TimeSpanLiteral {
				return true
			}
		}
	}
	return false
}
