package esql

import "strings"

// What the tables of signatures cannot say: which arguments must be constants when all is folded, and which not null.

// demand is what a function asks of one argument, by number from 0.
type demand struct {
	name string
	arg  int
}

// constantArgs are the arguments whose constness Elasticsearch checks after folding.
func constantArgs() map[demand]bool {
	return map[demand]bool{{"bucket", 1}: true, {"bucket", 2}: true, {"bucket", 3}: true, {"decay", 1}: true, {"decay", 2}: true, {"embedding", 0}: true,
		{"embedding", 1}: true, {"kql", 0}: true, {"match", 1}: true, {"match_phrase", 1}: true, {"mv_sort", 1}: true, {"qstr", 0}: true, {"sample", 1}: true,
		{"top", 1}: true, {"top", 2}: true, {"top_snippets", 1}: true}
}

// valueArgs are the arguments that must not be the literal null.
func valueArgs() map[demand]bool {
	return map[demand]bool{{"decay", 0}: true, {"decay", 1}: true, {"decay", 2}: true, {"embedding", 0}: true, {"embedding", 1}: true, {"knn", 1}: true,
		{"kql", 0}: true, {"match", 1}: true, {"match_phrase", 1}: true, {"percentile", 1}: true, {"qstr", 0}: true, {"sample", 1}: true, {"text_embedding", 0}: true,
		{"text_embedding", 1}: true, {"top", 1}: true, {"top", 2}: true, {"top_snippets", 1}: true, {"weighted_avg", 1}: true, {"clamp", 0}: true,
		{"clamp_min", 0}: true, {"clamp_max", 0}: true}
}

// needsValue reports a null where a function needs a value.
func (c *checker) needsValue(x *Call, f *Func, types []Type) {
	if len(types) != len(x.Args) {
		return
	}
	for i, t := range types {
		if t == TypeNull && c.valueArgs[demand{f.Name, i}] {
			c.untyped("type", x.Range, "", "argument %s of %s must not be null", c.quote(x.Args[i]), strings.ToUpper(f.Name))
		}
	}
}

// demands reports arguments that are no constants, and constants out of range.
func (c *checker) demands(x *Call, f *Func, types []Type) {
	if len(types) != len(x.Args) {
		return
	}
	for i, a := range x.Args {
		if !c.constantArgs[demand{f.Name, i}] || types[i] == TypeUnknown {
			continue
		}
		if !c.foldable(a) {
			c.fail(stageFold, "constant", a.Span(), "", "argument %s of %s must be a constant", c.quote(a), strings.ToUpper(f.Name))
			continue
		}
		c.demandValue(x, f, i)
	}
}

func (c *checker) demandValue(x *Call, f *Func, i int) {
	l, ok := Unparen(x.Args[i]).(*Literal)
	if !ok {
		return
	}
	switch {
	case (f.Name == "top" || f.Name == "sample") && i == 1:
		if l.Kind == IntegerLiteral && l.Int <= 0 {
			c.untyped("bad-literal", x.Range, "", "%s takes a number above 0, found %s", strings.ToUpper(f.Name), c.quote(l))
		}
	case f.Name == "top" && i == 2 && l.Kind == KeywordLiteral && !isOrder(l.Str):
		c.untyped("bad-literal", x.Range, "", "the order is \"asc\" or \"desc\", found %s", c.quote(l))
	case f.Name == "mv_sort" && i == 1 && l.Kind == KeywordLiteral && !isOrder(l.Str):
		c.fail(stageFold, "bad-literal", l.Range, "", "the order is \"asc\" or \"desc\", found %s", c.quote(l))
	}
}

func isOrder(s string) bool { return strings.EqualFold(s, "asc") || strings.EqualFold(s, "desc") }

// plainCounter is the type of a counter as an aggregate behind TS sees it: its last value.
func plainCounter(f *Func, t Type) Type {
	if f.Kind != Aggregate {
		return t
	}
	switch t {
	case TypeCounterLong:
		return TypeLong
	case TypeCounterInteger:
		return TypeInteger
	case TypeCounterDouble:
		return TypeDouble
	}
	return t
}
