package esql

import (
	"iter"
	"slices"
)

// Span reports the range of the node; the other methods close the sets of nodes.
func (n *Query) Span() Span    { return Span{Start: 0, End: len(n.Source)} }
func (n *Pipeline) Span() Span { return n.Range }
func (n *Setting) Span() Span  { return n.Range }
func (n *Index) Span() Span    { return n.Range }
func (n *Subquery) Span() Span { return n.Range }
func (n *head) Span() Span     { return n.Range }
func (n *Field) Span() Span    { return n.Range }
func (n *Name) Span() Span     { return n.Range }
func (n *Renaming) Span() Span { return n.Range }
func (n *SortKey) Span() Span  { return n.Range }
func (n *Option) Span() Span   { return n.Range }
func (n *EnrichField) Span() Span {
	return n.Range
}
func (n *Literal) Span() Span { return n.Range }
func (n *Column) Span() Span  { return n.Range }
func (n *Call) Span() Span    { return n.Range }
func (n *Unary) Span() Span   { return n.Range }
func (n *Binary) Span() Span  { return n.Range }
func (n *Cast) Span() Span    { return n.Range }
func (n *IsNull) Span() Span  { return n.Range }
func (n *Like) Span() Span    { return n.Range }
func (n *In) Span() Span      { return n.Range }
func (n *Match) Span() Span   { return n.Range }
func (n *Paren) Span() Span   { return n.Range }
func (n *Param) Span() Span   { return n.Range }
func (n *Map) Span() Span     { return n.Range }
func (n *Entry) Span() Span   { return n.Range }
func (n *BadExpr) Span() Span { return n.Range }

// Word is the command's name in upper case.
func (n *head) Word() string { return n.word }

// Broken tells whether the command has syntax errors, so that parts of it may be missing.
func (n *head) Broken() bool { return n.broken }
func (n *head) command()     {}
func (n *head) commandHead() *head {
	return n
}

func (*Index) source()    {}
func (*Subquery) source() {}

func (*Literal) expr() {}
func (*Column) expr()  {}
func (*Call) expr()    {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Cast) expr()    {}
func (*IsNull) expr()  {}
func (*Like) expr()    {}
func (*In) expr()      {}
func (*Match) expr()   {}
func (*Paren) expr()   {}
func (*Param) expr()   {}
func (*Map) expr()     {}
func (*BadExpr) expr() {}

func visitAll[N Node](visit func(Node), nodes []N) {
	for _, n := range nodes {
		visit(n)
	}
}

func visitColumn(visit func(Node), list ...*Column) {
	for _, c := range list {
		if c != nil {
			visit(c)
		}
	}
}

func visitExpr(visit func(Node), list ...Expr) {
	for _, x := range list {
		if x != nil {
			visit(x)
		}
	}
}

func visitMap(visit func(Node), m *Map) {
	if m != nil {
		visit(m)
	}
}

func (n *Query) children(visit func(Node)) {
	visitAll(visit, n.Settings)
	visitAll(visit, n.Commands)
}
func (n *Pipeline) children(visit func(Node)) { visitAll(visit, n.Commands) }
func (n *Setting) children(visit func(Node))  { visitExpr(visit, n.Value) }
func (n *Index) children(func(Node))          {}
func (n *Subquery) children(visit func(Node)) { visitAll(visit, n.Commands) }

func (n *head) children(func(Node)) {}
func (n *From) children(visit func(Node)) {
	visitAll(visit, n.Sources)
	visitAll(visit, n.Metadata)
}
func (n *Row) children(visit func(Node))   { visitAll(visit, n.Fields) }
func (n *Where) children(visit func(Node)) { visitExpr(visit, n.Cond) }
func (n *Eval) children(visit func(Node))  { visitAll(visit, n.Fields) }
func (n *Stats) children(visit func(Node)) {
	visitAll(visit, n.Aggs)
	visitAll(visit, n.By)
}
func (n *Keep) children(visit func(Node))   { visitAll(visit, n.Items) }
func (n *Drop) children(visit func(Node))   { visitAll(visit, n.Items) }
func (n *Rename) children(visit func(Node)) { visitAll(visit, n.Items) }
func (n *Sort) children(visit func(Node))   { visitAll(visit, n.Keys) }
func (n *Limit) children(visit func(Node)) {
	visitExpr(visit, n.Count)
	visitAll(visit, n.By)
}
func (n *Dissect) children(visit func(Node)) {
	visitExpr(visit, n.Input)
	if n.Pattern != nil {
		visit(n.Pattern)
	}
	visitAll(visit, n.Options)
}
func (n *Grok) children(visit func(Node)) {
	visitExpr(visit, n.Input)
	visitAll(visit, n.Patterns)
}
func (n *Enrich) children(visit func(Node)) {
	if n.On != nil {
		visit(n.On)
	}
	visitAll(visit, n.With)
}
func (n *LookupJoin) children(visit func(Node)) {
	if n.Index != nil {
		visit(n.Index)
	}
	visitAll(visit, n.On)
}
func (n *MvExpand) children(visit func(Node)) { visitColumn(visit, n.Field) }
func (n *Fork) children(visit func(Node))     { visitAll(visit, n.Branches) }
func (n *Fuse) children(visit func(Node)) {
	visitColumn(visit, n.Score)
	visitColumn(visit, n.Keys...)
	visitColumn(visit, n.Group)
	visitMap(visit, n.Options)
}
func (n *ChangePoint) children(visit func(Node)) {
	visitColumn(visit, n.Value, n.Key, n.Type, n.PValue)
}
func (n *Completion) children(visit func(Node)) {
	visitColumn(visit, n.Target)
	visitExpr(visit, n.Prompt)
	visitMap(visit, n.Options)
}
func (n *Rerank) children(visit func(Node)) {
	visitColumn(visit, n.Target)
	visitExpr(visit, n.Text)
	visitAll(visit, n.On)
	visitMap(visit, n.Options)
}
func (n *Sample) children(visit func(Node)) { visitExpr(visit, n.Probability) }
func (n *MMR) children(visit func(Node)) {
	visitExpr(visit, n.Vector)
	visitColumn(visit, n.Field)
	visitExpr(visit, n.Limit)
	visitMap(visit, n.Options)
}
func (n *Extract) children(visit func(Node)) {
	visitColumn(visit, n.Prefix)
	visitExpr(visit, n.Input)
	visitMap(visit, n.Options)
}

func (n *Field) children(visit func(Node)) {
	visitColumn(visit, n.Target)
	visitExpr(visit, n.X)
}
func (n *Agg) children(visit func(Node)) {
	n.Field.children(visit)
	visitExpr(visit, n.Where)
}
func (n *Name) children(func(Node)) {}
func (n *Renaming) children(visit func(Node)) {
	visit(n.Old)
	visit(n.New)
}
func (n *SortKey) children(visit func(Node)) { visitExpr(visit, n.X) }
func (n *Option) children(visit func(Node)) {
	if n.Value != nil {
		visit(n.Value)
	}
}
func (n *EnrichField) children(visit func(Node)) {
	if n.New != nil {
		visit(n.New)
	}
	visit(n.Field)
}

func (n *Literal) children(visit func(Node)) { visitAll(visit, n.List) }
func (n *Column) children(func(Node))        {}
func (n *Call) children(visit func(Node)) {
	visitAll(visit, n.Args)
	visitMap(visit, n.Options)
}
func (n *Unary) children(visit func(Node))  { visitExpr(visit, n.X) }
func (n *Binary) children(visit func(Node)) { visitExpr(visit, n.X, n.Y) }
func (n *Cast) children(visit func(Node))   { visitExpr(visit, n.X) }
func (n *IsNull) children(visit func(Node)) { visitExpr(visit, n.X) }
func (n *Like) children(visit func(Node)) {
	visitExpr(visit, n.X)
	visitAll(visit, n.Patterns)
}
func (n *In) children(visit func(Node)) {
	visitExpr(visit, n.X)
	visitAll(visit, n.List)
	if n.Query != nil {
		visit(n.Query)
	}
}
func (n *Match) children(visit func(Node)) { visitExpr(visit, n.Field, n.Value) }
func (n *Paren) children(visit func(Node)) { visitExpr(visit, n.X) }
func (n *Param) children(func(Node))       {}
func (n *Map) children(visit func(Node))   { visitAll(visit, n.Entries) }
func (n *Entry) children(visit func(Node)) { visitExpr(visit, n.Value) }
func (n *BadExpr) children(func(Node))     {}

// Children calls visit for each direct child of a node, in source order.
func Children(n Node, visit func(Node)) { n.children(visit) }

// Preorder iterates over a node and all nodes below it, parents first.
func Preorder(root Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		stopped := false
		var walk func(Node) // one closure for all nodes
		walk = func(n Node) {
			if stopped {
				return
			}
			if stopped = !yield(n); !stopped {
				n.children(walk)
			}
		}
		walk(root)
	}
}

// Unparen removes parentheses around an expression.
func Unparen(x Expr) Expr {
	for {
		p, ok := x.(*Paren)
		if !ok || p.X == nil {
			return x
		}
		x = p.X
	}
}

// Indexes are the index patterns that the query reads, each once, in order: those of FROM and TS, in subqueries too.
func (n *Query) Indexes() []string {
	var out []string
	for n := range Preorder(n) {
		from, ok := n.(*From)
		if !ok {
			continue
		}
		for _, s := range from.Sources {
			if x, ok := s.(*Index); ok && !slices.Contains(out, x.Name) {
				out = append(out, x.Name)
			}
		}
	}
	return out
}

// Operands are the parts of a chain of one operator, And or Or, in the order of the query: those of chains within it too, and x alone if
// it is no such chain. Brackets around parts are left out.
func Operands(op Op, x Expr) []Expr {
	var out []Expr
	stack := []Expr{x} // long chains are gone through without recursion
	for len(stack) > 0 {
		x := Unparen(stack[len(stack)-1])
		stack = stack[:len(stack)-1]
		if b, ok := x.(*Binary); ok && b.Op == op {
			stack = append(stack, b.Y, b.X)
			continue
		}
		out = append(out, x)
	}
	return out
}
