package eval

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// member is one alternative of a list, and the condition that it is by itself.
type member struct {
	span  eql.Span
	alone eql.Expr
}

// membersOf splits lists of several members; the negation of "not in" is left aside.
func membersOf(e eql.Expr) []member {
	var out []member
	switch e := e.(type) {
	case *eql.Match:
		for _, l := range e.List {
			one := *e
			one.List, one.Parens = []*eql.Literal{l}, false
			out = append(out, member{l.Range, &one})
		}
	case *eql.In:
		for _, x := range e.List {
			one := *e
			one.List, one.Negated = []eql.Expr{x}, false
			out = append(out, member{x.Span(), &one})
		}
	case *eql.Call: // the blocks of cidrMatch
		if f, ok := eqlfunc.Lookup(e.Name); !ok || f.Max >= 0 || f.Result != eqlfunc.Bool {
			break
		}
		for _, x := range e.Args[1:] {
			one := *e
			one.Args = []eql.Expr{e.Args[0], x}
			out = append(out, member{x.Span(), &one})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}
