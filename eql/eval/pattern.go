package eval

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// caseOf is how letters compare under an operator.
func (c *compiler) caseOf(insensitive bool) lucene.Case {
	if insensitive {
		return c.opts.fold()
	}
	return lucene.Sensitive
}

// match compiles : like like~ regex regex~. The members of a list are alternatives, those of regex one expression.
func (c *compiler) match(m *eql.Match) (node, error) {
	x := eql.Unparen(m.X)
	if v, ok, err := c.fold(x); err != nil {
		return nil, err
	} else if ok && v.IsNull() {
		return foldedNull, nil
	}
	texts := make([]string, 0, len(m.List))
	for _, l := range m.List {
		switch {
		case l.Kind != eql.NullLiteral:
			texts = append(texts, constant(l).Text())
		case m.Op != eql.Colon:
			return nil, fmt.Errorf("%s needs a constant string, found null", m.Op)
		}
	}
	if len(texts) == 0 {
		return foldedFalse, nil
	}
	f, isField := x.(*eql.Field)
	var test textTest
	var err error
	switch {
	case !isField:
		if test, err = computedMatch(m.Op, texts); err == nil {
			return c.textScript(x, test)
		}
	case m.Op == eql.Regex || m.Op == eql.RegexFold:
		test, err = c.regexTest(texts, m.Op == eql.RegexFold)
	default:
		test = wildcardTest(texts, c.caseOf(m.Op != eql.Like))
	}
	if err != nil {
		return nil, err
	}
	return c.textLeaf(f.Name, test)
}

// textTest is a test of texts: patterns, a set of literals, a regular expression.
type textTest struct {
	match func(string) bool
	price int
	id    string // equal tests have equal ids
	needs []need // a text that matches meets one of them
}

// textLeaf tests the text of a field's values.
func (c *compiler) textLeaf(name string, t textTest) (node, error) {
	f, err := c.field(name)
	if err != nil {
		return nil, err
	}
	test := func(v *event.Value) bool { return t.match(v.Text) }
	if f.ignoreAbove > 0 {
		test = func(v *event.Value) bool { return t.match(v.Text) && f.indexed(v.Text) }
	}
	return newLeaf(f, fmt.Sprintf("text above %d %s", f.ignoreAbove, t.id), test, t.price, t.needs), nil
}

func (c *compiler) textScript(x eql.Expr, test textTest) (node, error) {
	return c.scriptNode(func(s *scripts) (script, error) {
		inner, err := s.expr(x)
		return &testScript{inner, test}, err
	})
}

// setSize is the number of equal literals from which a map beats trying them one by one.
const setSize = 8

// wildcardTest makes one test of a list of wildcard patterns.
func wildcardTest(texts []string, letters lucene.Case) textTest {
	out := textTest{id: testID("like", texts, letters)}
	var exact []string
	var rest []*lucene.Wildcard
	for _, t := range texts {
		w := lucene.NewWildcard(t, letters)
		out.needs = append(out.needs, needOf(w))
		if w.Kind() == lucene.ExactKind {
			exact = append(exact, t)
		} else {
			rest = append(rest, w)
		}
	}
	if len(exact) < setSize {
		for _, t := range exact {
			rest = append(rest, lucene.NewLiteral(t, letters))
		}
		exact = nil
	}
	set := literalTest(exact, letters)
	if len(rest) == 0 {
		out.match, out.price = set.match, set.price
		return out
	}
	out.price = patterns + len(rest)
	if len(rest) == 1 && len(exact) == 0 {
		out.match = rest[0].Match
		return out
	}
	out.match = func(s string) bool {
		if set.match(s) {
			return true
		}
		for _, w := range rest {
			if w.Match(s) {
				return true
			}
		}
		return false
	}
	return out
}

// testID names a test of texts by what it does; the order of alternatives does not matter.
func testID(kind string, texts []string, letters lucene.Case) string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return fmt.Sprintf("%s %d %q", kind, letters, slices.Compact(texts))
}

// literalTest makes one test of a list of texts without wildcards.
func literalTest(texts []string, letters lucene.Case) textTest {
	out := textTest{price: setCost, id: testID("in", texts, letters)}
	for _, t := range texts {
		out.needs = append(out.needs, needExact(t))
	}
	switch {
	case len(texts) == 0:
		out.match, out.price = func(string) bool { return false }, constCost
	case len(texts) < setSize:
		out.match = anyLiteral(texts, letters)
	default:
		out.match = memberOf(texts, letters)
	}
	return out
}

func anyLiteral(texts []string, letters lucene.Case) func(string) bool {
	var ws []*lucene.Wildcard
	for _, t := range texts {
		ws = append(ws, lucene.NewLiteral(t, letters))
	}
	return func(s string) bool {
		for _, w := range ws {
			if w.Match(s) {
				return true
			}
		}
		return false
	}
}

// memberOf looks a text up in a set.
func memberOf(texts []string, letters lucene.Case) func(string) bool {
	set := make(map[string]struct{}, len(texts))
	longest := 0
	for _, t := range texts {
		set[letters.String(t)] = struct{}{}
		longest = max(longest, len(t))
	}
	if letters == lucene.Sensitive {
		return func(s string) bool { _, ok := set[s]; return ok }
	}
	// Folding changes a letter's length by at most a factor of three (U+212A, the Kelvin sign, is "k").
	return func(s string) bool {
		if len(s) > 3*longest {
			return false
		}
		var buf [128]byte
		_, ok := set[string(letters.AppendKey(buf[:0], s))]
		return ok
	}
}

// regexTest compiles the alternatives of regex on a field.
func (c *compiler) regexTest(texts []string, fold bool) (textTest, error) {
	out := textTest{price: regexCost}
	letters := c.caseOf(fold)
	re, err := lucene.CompileRegexp(lucene.JoinPatterns(texts), letters)
	if err != nil {
		return out, fmt.Errorf("regular expression: %w", err)
	}
	out.match, out.id, out.needs = re.Match, fmt.Sprintf("regex %d %q", letters, texts), needsOf(re)
	return out, nil
}

// in compiles x in (…), in~, not in. Nulls in the list are dropped.
func (c *compiler) in(e *eql.In) (node, error) {
	n, err := c.inList(e)
	if err != nil || !e.Negated {
		return n, err
	}
	return negate(n), nil
}

func (c *compiler) inList(e *eql.In) (node, error) {
	x := eql.Unparen(e.X)
	if v, ok, err := c.fold(x); err != nil {
		return nil, err
	} else if ok && v.IsNull() {
		return foldedNull, nil
	}
	var items []eqlfunc.Value
	for _, item := range e.List {
		v, ok, err := c.fold(item)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%s: the list may hold constants only", eql.FormatExpr(e))
		}
		if !v.IsNull() {
			items = append(items, v)
		}
	}
	if len(items) == 0 {
		return neverNode{}, nil
	}
	f, isField := x.(*eql.Field)
	if e.Fold {
		var texts []string
		for _, v := range items {
			texts = append(texts, v.Text())
		}
		if !isField {
			return c.textScript(x, computedEqual(texts))
		}
		return c.textLeaf(f.Name, literalTest(texts, c.caseOf(true)))
	}
	if isField {
		return c.inField(f.Name, items)
	}
	return c.scriptNode(func(s *scripts) (script, error) {
		inner, err := s.expr(x)
		return &inScript{x: inner, items: items}, err
	})
}

// inField is a query leaf: one set for the texts, a typed comparison for each of the rest.
func (c *compiler) inField(name string, items []eqlfunc.Value) (node, error) {
	f, err := c.field(name)
	if err != nil {
		return nil, err
	}
	var texts []string
	var tests []test
	for _, v := range items {
		if v.Kind == eqlfunc.String && (f.class == stringClass && f.indexed(v.Str) || f.class == anyClass && plainText(v.Str)) {
			texts = append(texts, v.Str)
			continue
		}
		t, err := c.comparison(f, eql.Eq, v)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	if len(tests) == 0 {
		if len(texts) == 1 {
			return &exactLeaf{f.slot, texts[0]}, nil
		}
		t := literalTest(texts, lucene.Sensitive)
		return newLeaf(f, t.id, func(v *event.Value) bool { return t.match(v.Text) }, t.price, t.needs), nil
	}
	set := literalTest(texts, lucene.Sensitive)
	return newLeaf(f, "in "+valuesID(items), func(v *event.Value) bool {
		if set.match(v.Text) {
			return true
		}
		for _, t := range tests {
			if t(v) {
				return true
			}
		}
		return false
	}, typedCost, nil), nil
}

// call compiles a boolean function: on a bare field with constants a query leaf, else a script (spec/eql.md 5.2).
func (c *compiler) call(e *eql.Call) (node, error) {
	fn, ok := eqlfunc.Lookup(e.Name)
	if !ok {
		return nil, fmt.Errorf("unknown function %q", e.Name)
	}
	if len(e.Args) < fn.Min || fn.Max >= 0 && len(e.Args) > fn.Max {
		return nil, fmt.Errorf("%s: wrong number of arguments", fn.Name)
	}
	if f, isField := eql.Unparen(e.Args[0]).(*eql.Field); isField {
		args, constant, err := c.constants(e.Args[1:])
		if err != nil {
			return nil, err
		}
		if constant {
			if n, ok, err := c.queryLeaf(fn.Name, e.Fold, f, args); ok || err != nil {
				return n, err
			}
		}
	}
	return c.scriptNode(func(s *scripts) (script, error) { return s.expr(e) })
}

// constants folds all expressions; ok is false if one depends on the event or is null.
func (c *compiler) constants(list []eql.Expr) (values []eqlfunc.Value, ok bool, err error) {
	for _, e := range list {
		v, constant, err := c.fold(e)
		if err != nil || !constant || v.IsNull() {
			return nil, false, err
		}
		values = append(values, v)
	}
	return values, true, nil
}

// queryLeaf makes the leaves of startsWith, endsWith, stringContains and cidrMatch; ok is false for other functions.
func (c *compiler) queryLeaf(name string, fold bool, f *eql.Field, args []eqlfunc.Value) (n node, ok bool, err error) {
	letters := c.caseOf(fold)
	var w *lucene.Wildcard
	switch name {
	case "startsWith":
		w = lucene.NewPrefix(args[0].Text(), letters)
	case "endsWith":
		w = lucene.NewSuffix(args[0].Text(), !c.opts.LiteralNeedles, letters)
	case "stringContains":
		if args[0].Text() == "" {
			return neverNode{}, true, nil
		}
		w = lucene.NewContains(args[0].Text(), !c.opts.LiteralNeedles, letters)
	case "cidrMatch":
		n, err := c.cidrLeaf(f, args)
		return n, true, err
	default:
		return nil, false, nil
	}
	id := fmt.Sprintf("%s %d %t %q", name, letters, c.opts.LiteralNeedles, args[0].Text())
	n, err = c.textLeaf(f.Name, textTest{w.Match, patterns, id, []need{needOf(w)}})
	return n, true, err
}

func (c *compiler) cidrLeaf(e *eql.Field, args []eqlfunc.Value) (node, error) {
	f, err := c.field(e.Name)
	if err != nil {
		return nil, err
	}
	var blocks []eqlfunc.Block
	for _, a := range args {
		b, err := eqlfunc.ParseBlock(a.Text())
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	}
	return newLeaf(f, "cidr "+valuesID(args), func(v *event.Value) bool {
		addr, ok := f.address(v)
		if !ok {
			return false
		}
		for _, b := range blocks {
			if b.Contains(addr) {
				return true
			}
		}
		return false
	}, patterns, nil), nil
}
