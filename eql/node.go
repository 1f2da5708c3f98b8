package eql

// Span reports the range of the node; the other methods close the set of nodes.
func (n *Query) Span() Span      { return n.Range }
func (n *EventQuery) Span() Span { return n.Range }
func (n *Sequence) Span() Span   { return n.Range }
func (n *Join) Span() Span       { return n.Range }
func (n *Sample) Span() Span     { return n.Range }
func (n *Term) Span() Span       { return n.Range }
func (n *Pipe) Span() Span       { return n.Range }
func (n *BadBody) Span() Span    { return n.Range }
func (n *Literal) Span() Span    { return n.Range }
func (n *Field) Span() Span      { return n.Range }
func (n *Call) Span() Span       { return n.Range }
func (n *Unary) Span() Span      { return n.Range }
func (n *Binary) Span() Span     { return n.Range }
func (n *Match) Span() Span      { return n.Range }
func (n *In) Span() Span         { return n.Range }
func (n *Paren) Span() Span      { return n.Range }
func (n *BadExpr) Span() Span    { return n.Range }

func (*EventQuery) body() {}
func (*Sequence) body()   {}
func (*Join) body()       {}
func (*Sample) body()     {}
func (*BadBody) body()    {}

func (*Literal) expr() {}
func (*Field) expr()   {}
func (*Call) expr()    {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Match) expr()   {}
func (*In) expr()      {}
func (*Paren) expr()   {}
func (*BadExpr) expr() {}

func visitAll[N Node](visit func(Node), nodes []N) {
	for _, n := range nodes {
		visit(n)
	}
}

func (n *Query) children(visit func(Node)) {
	visit(n.Body)
	visitAll(visit, n.Pipes)
}

func (n *EventQuery) children(visit func(Node)) { visit(n.Cond) }

func (n *Sequence) children(visit func(Node)) {
	visitAll(visit, n.By)
	visitAll(visit, n.Terms)
	if n.Until != nil {
		visit(n.Until)
	}
}

func (n *Join) children(visit func(Node)) {
	visitAll(visit, n.By)
	visitAll(visit, n.Terms)
	if n.Until != nil {
		visit(n.Until)
	}
}

func (n *Sample) children(visit func(Node)) {
	visitAll(visit, n.By)
	visitAll(visit, n.Terms)
}

func (n *Term) children(visit func(Node)) {
	visit(n.Filter)
	visitAll(visit, n.By)
}

func (n *Pipe) children(visit func(Node))   { visitAll(visit, n.Args) }
func (n *BadBody) children(func(Node))      {}
func (n *Literal) children(func(Node))      {}
func (n *Field) children(func(Node))        {}
func (n *Call) children(visit func(Node))   { visitAll(visit, n.Args) }
func (n *Unary) children(visit func(Node))  { visit(n.X) }
func (n *Paren) children(visit func(Node))  { visit(n.X) }
func (n *BadExpr) children(func(Node))      {}
func (n *Binary) children(visit func(Node)) { visit(n.X); visit(n.Y) }
func (n *Match) children(visit func(Node))  { visit(n.X); visitAll(visit, n.List) }
func (n *In) children(visit func(Node))     { visit(n.X); visitAll(visit, n.List) }
