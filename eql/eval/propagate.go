package eval

import (
	"github.com/rulevet/rulevet/eql"
)

// propagate copies conditions on join keys to the other steps of a sequence or sample, with their own key in place of the
// field. For keys with one value that changes nothing; of keys with several it removes some. Missing
// events receive conditions but give none; until neither gives nor receives.
func (c *compiler) propagate(terms []*eql.Term, stages []*stage) error {
	for i, from := range stages {
		if from.missing || len(from.keys) == 0 {
			continue
		}
		for _, e := range conjuncts(terms[i].Filter.Cond) {
			name, ok := onlyField(e)
			at := keyAt(from.keys, name)
			if !ok || at < 0 {
				continue
			}
			for j, to := range stages {
				if j == i || at >= len(to.keys) {
					continue
				}
				k := to.keys[at]
				kid, err := c.cond(substitute(e, name, &eql.Field{Name: k.f.Name, Optional: k.optional}))
				if err != nil {
					return err
				}
				to.cond = and2(to.cond, kid.Node)
			}
		}
	}
	return nil
}

// keyAt is the position of the first key that is the named field; -1 if none is.
func keyAt(keys []joinKey, name string) int {
	for i, k := range keys {
		if k.f.Name == name {
			return i
		}
	}
	return -1
}

// conjuncts splits a chain of and.
func conjuncts(e eql.Expr) []eql.Expr {
	var out []eql.Expr
	todo := []eql.Expr{e}
	for len(todo) > 0 {
		e := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch x := e.(type) {
		case *eql.Paren:
			todo = append(todo, x.X)
		case *eql.Binary:
			if x.Op == eql.And {
				todo = append(todo, x.Y, x.X)
				continue
			}
			out = append(out, e)
		default:
			out = append(out, e)
		}
	}
	return out
}

// onlyField returns the one field that a conjunct mentions; ok is false if it mentions several or holds an "or", which
// lists of patterns are too.
func onlyField(e eql.Expr) (name string, ok bool) {
	ok = true
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		switch n := n.(type) {
		case *eql.Field:
			ok = ok && (name == "" || name == n.Name)
			name = n.Name
		case *eql.Binary:
			ok = ok && n.Op != eql.Or
		case *eql.Match:
			ok = ok && (len(n.List) == 1 || n.Op == eql.Regex || n.Op == eql.RegexFold)
		case *eql.In:
			ok = ok && (!n.Fold || len(n.List) == 1)
		}
		return ok
	})
	return name, ok && name != ""
}

// substitute copies an expression with another field in place of the named one.
func substitute(e eql.Expr, name string, by *eql.Field) eql.Expr {
	sub := func(e eql.Expr) eql.Expr { return substitute(e, name, by) }
	list := func(in []eql.Expr) []eql.Expr {
		out := make([]eql.Expr, len(in))
		for i, e := range in {
			out[i] = sub(e)
		}
		return out
	}
	switch e := e.(type) {
	case *eql.Field:
		if e.Name == name {
			return &eql.Field{Name: by.Name, Optional: by.Optional, Range: e.Range}
		}
	case *eql.Paren:
		return &eql.Paren{X: sub(e.X), Range: e.Range}
	case *eql.Unary:
		c := *e
		c.X = sub(e.X)
		return &c
	case *eql.Binary:
		c := *e
		c.X, c.Y = sub(e.X), sub(e.Y)
		return &c
	case *eql.Match:
		c := *e
		c.X = sub(e.X)
		return &c
	case *eql.In:
		c := *e
		c.X, c.List = sub(e.X), list(e.List)
		return &c
	case *eql.Call:
		c := *e
		c.Args = list(e.Args)
		return &c
	}
	return e
}
