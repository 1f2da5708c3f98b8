package eql

import "iter"

// Inspect visits n and everything below it in source order. f is called with enter true before the children of a node
// and with enter false after them; if f returns false on entering, the children are skipped (the call with enter false
// still comes). A chain of a million "or" terms costs no stack: only MaxDepth levels of real nesting do.
func Inspect(n Node, f func(n Node, enter bool) bool) {
	var walk func(Node) // one closure for all nodes
	walk = func(n Node) {
		if b, ok := n.(*Binary); ok {
			inspectChain(b, f, walk)
			return
		}
		if f(n, true) {
			n.children(walk)
		}
		f(n, false)
	}
	walk(n)
}

// inspectChain visits a chain of left operands without recursion.
func inspectChain(b *Binary, f func(n Node, enter bool) bool, walk func(Node)) {
	var room [16]*Binary
	entered := room[:0] // the left spine, outermost first; those whose children f wants
	var left Expr = b
	for {
		b, ok := left.(*Binary)
		if !ok {
			walk(left)
			break
		}
		if !f(b, true) {
			f(b, false)
			break
		}
		entered = append(entered, b)
		left = b.X
	}
	for i := len(entered) - 1; i >= 0; i-- {
		walk(entered[i].Y)
		f(entered[i], false)
	}
}

// Preorder iterates over n and everything below it, parents before children, in source order.
func Preorder(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		more := true
		Inspect(n, func(n Node, enter bool) bool {
			if enter && more {
				more = yield(n)
			}
			return more
		})
	}
}

// Unparen removes the parentheses around an expression.
func Unparen(e Expr) Expr {
	for {
		p, ok := e.(*Paren)
		if !ok {
			return e
		}
		e = p.X
	}
}

// Operands flattens a chain of one operator: for And, "a and b and (c or d)" gives a, b and the parenthesised part.
// Any other expression is its own single operand. It needs no stack, however long the chain.
func Operands(op Op, e Expr) []Expr {
	n := 1
	for b, ok := e.(*Binary); ok && b.Op == op; b, ok = b.X.(*Binary) {
		n++
	}
	list := make([]Expr, n)
	for b, ok := e.(*Binary); ok && b.Op == op; b, ok = e.(*Binary) {
		n--
		list[n] = b.Y
		e = b.X
	}
	list[0] = e
	return list
}

// Terms returns the terms of a sequence, sample or join, until last; nil for other bodies.
func Terms(b Body) []*Term {
	switch b := b.(type) {
	case *Sequence:
		return append(b.Terms[:len(b.Terms):len(b.Terms)], untilTerms(b.Until)...)
	case *Sample:
		return b.Terms
	case *Join:
		return append(b.Terms[:len(b.Terms):len(b.Terms)], untilTerms(b.Until)...)
	}
	return nil
}

// Filters returns the event queries of a query in source order: one, or one for every term.
func Filters(q *Query) []*EventQuery {
	if e, ok := q.Body.(*EventQuery); ok {
		return []*EventQuery{e}
	}
	var list []*EventQuery
	for _, t := range Terms(q.Body) {
		list = append(list, t.Filter)
	}
	return list
}
