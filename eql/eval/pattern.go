package eval

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// caseOf is how letters compare under an operator on a field: term, prefix and wildcard queries fold A to Z only, unlike
// regular expressions.
func caseOf(insensitive bool) lucene.Case {
	if insensitive {
		return lucene.FoldASCII
	}
	return lucene.Sensitive
}

// regexCase is caseOf for regular expressions.
func regexCase(op eql.Op) lucene.Case {
	if op == eql.RegexFold {
		return lucene.Fold
	}
	return lucene.Sensitive
}

// match compiles : like like~ regex regex~. The members of a list are alternatives, those of regex one expression.
func (c *compiler) match(m *eql.Match) (predicate.Node, error) {
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
	var test predicate.Text
	var err error
	switch {
	case !isField:
		if test, err = computedMatch(m.Op, texts); err == nil {
			return c.textScript(x, test)
		}
	case m.Op == eql.Regex || m.Op == eql.RegexFold:
		test, err = predicate.Regexps(texts, regexCase(m.Op))
	default:
		test = predicate.Wildcards(texts, caseOf(m.Op != eql.Like))
	}
	if err != nil {
		return nil, err
	}
	return c.textLeaf(f.Name, test)
}

// textLeaf tests the text of a field's values.
func (c *compiler) textLeaf(name string, t predicate.Text) (predicate.Node, error) {
	f, err := c.Field(name)
	if err != nil {
		return nil, err
	}
	return f.Text(t), nil
}

func (c *compiler) textScript(x eql.Expr, test predicate.Text) (predicate.Node, error) {
	return c.scriptNode(func(s *scriptCompiler) (script, error) {
		inner, err := s.expr(x)
		return &testScript{inner, test}, err
	})
}

// in compiles x in (…), in~, not in. Nulls in the list are dropped.
func (c *compiler) in(e *eql.In) (predicate.Node, error) {
	n, err := c.inList(e)
	if err != nil || !e.Negated {
		return n, err
	}
	return negate(n), nil
}

func (c *compiler) inList(e *eql.In) (predicate.Node, error) {
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
		return predicate.Never(), nil
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
		return c.textLeaf(f.Name, predicate.Literals(texts, caseOf(true)))
	}
	if isField {
		return c.inField(f.Name, items)
	}
	return c.scriptNode(func(s *scriptCompiler) (script, error) {
		inner, err := s.expr(x)
		return &inScript{x: inner, items: items}, err
	})
}

func (c *compiler) inField(name string, items []eqlfunc.Value) (predicate.Node, error) {
	f, err := c.Field(name)
	if err != nil {
		return nil, err
	}
	return f.In(items)
}

// call compiles a boolean function: on a bare field with constants a query leaf, else a script (LANGUAGE.md 5.2).
func (c *compiler) call(e *eql.Call) (predicate.Node, error) {
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
	return c.scriptNode(func(s *scriptCompiler) (script, error) { return s.expr(e) })
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
func (c *compiler) queryLeaf(name string, fold bool, f *eql.Field, args []eqlfunc.Value) (n predicate.Node, ok bool, err error) {
	letters, wildcards := caseOf(fold), !c.opts.LiteralNeedles
	var t predicate.Text
	switch name {
	case "startsWith":
		t = predicate.Prefix(args[0].Text(), letters)
	case "endsWith":
		t = predicate.Suffix(args[0].Text(), wildcards, letters)
	case "stringContains":
		t = predicate.Contains(args[0].Text(), wildcards, letters)
	case "cidrMatch":
		n, err := c.cidrLeaf(f, args)
		return n, true, err
	default:
		return nil, false, nil
	}
	n, err = c.textLeaf(f.Name, t)
	return n, true, err
}

func (c *compiler) cidrLeaf(e *eql.Field, args []eqlfunc.Value) (predicate.Node, error) {
	f, err := c.Field(e.Name)
	if err != nil {
		return nil, err
	}
	var blocks []string
	for _, a := range args {
		blocks = append(blocks, a.Text())
	}
	return f.CIDR(blocks)
}
