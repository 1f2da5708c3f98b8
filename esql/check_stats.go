package esql

import "slices"

// STATS and INLINE STATS.

func (c *checker) stats(cmd *Stats, in *scope) *scope {
	if len(cmd.Aggs) == 0 && (cmd.Inline || len(cmd.By) == 0) {
		c.fail(stageBuild, "syntax", cmd.Range, "", "%s needs an aggregate", cmd.word)
	}
	if cmd.Inline && afterLimit(in.before) {
		c.verify("limit", cmd.Range, "move it in front of LIMIT", "INLINE STATS cannot stand behind LIMIT")
	}
	c.keyAsAggregate(cmd)
	groups, scope := c.groups(cmd, in)
	keys := c.keysOf(cmd)
	var aggs []*Attr
	for _, a := range cmd.Aggs {
		if a.Where != nil && !hasCall(a.X) {
			c.fail(stageBuild, "aggregate", a.Where.Span(), "", "WHERE is for aggregates, and %s is none", c.quote(a.X))
		}
		t := c.expr(a.X, env{scope: scope, verb: cmd.word, agg: true, condition: true, ts: c.ts})
		if t.Span() {
			c.verify("type", a.X.Span(), "", "%s has type %s, which no column can have", c.quote(a.X), t)
			t = TypeUnknown
		}
		if a.Where != nil {
			w := c.expr(a.Where, env{scope: in, verb: cmd.word, filter: true, condition: true})
			c.boolean(a.Where, w)
			c.filterGroups(a.Where, keys)
			if hasCall(a.X) && !c.hasAggregate(a.X) && t != TypeUnknown {
				c.verify("aggregate", a.X.Span(), "", "WHERE is for aggregates, and %s has none", c.quote(a.X))
			}
		}
		c.aggregate(a.X, keys, 0)
		at := &Attr{Name: c.fieldName(&a.Field), Type: t, Kind: ComputedAttr, Span: a.Range}
		if a.Target == nil {
			at.Name = c.text(a)
		}
		if a.Target != nil {
			at.Span = a.Target.Range
		}
		c.info.Defs[a] = at
		aggs = append(aggs, at)
	}
	return c.statsScope(cmd, in, aggs, groups)
}

// groups evaluates the keys; the scope is what the aggregates see.
func (c *checker) groups(cmd *Stats, in *scope) ([]*Attr, *scope) {
	var out []*Attr
	categorize := 0
	for i, f := range cmd.By {
		t := c.expr(f.X, env{scope: in, verb: cmd.word + " BY", group: true})
		switch {
		case t.Span() || !groupable(t) || t == TypeDenseVector:
			c.verify("grouping", f.X.Span(), "", "cannot group by %s, which has type %s", c.quote(f.X), t)
		}
		for n := range Preorder(f.X) {
			if call, ok := n.(*Call); ok && call.Name == "categorize" {
				if categorize++; categorize > 1 || i > 0 {
					c.verify("grouping", call.Range, "", "CATEGORIZE must be the first key, and the only one of its kind")
				} else if call != Unparen(f.X) {
					c.verify("grouping", call.Range, "", "CATEGORIZE must be a key of its own, not a part of one")
				}
				if cmd.Inline {
					c.verify("grouping", call.Range, "", "CATEGORIZE cannot be a key of INLINE STATS")
				}
			}
		}
		a := &Attr{Name: c.fieldName(f), Type: t, Kind: ComputedAttr, Span: f.Range}
		if col, ok := f.X.(*Column); ok && f.Target == nil {
			if ref := c.info.Refs[col]; ref != nil {
				a = ref // the column itself
			}
		}
		c.info.Defs[f] = a
		out = append(out, a)
	}
	return out, in.with(out...)
}

// hasCall tells whether an expression calls a function.
func hasCall(x Expr) bool {
	for n := range Preorder(x) {
		if _, ok := n.(*Call); ok {
			return true
		}
	}
	return false
}

// afterLimit tells whether a command in front is LIMIT, also in a branch of FORK.
func afterLimit(list []Command) bool {
	return slices.ContainsFunc(list, func(x Command) bool {
		switch x := x.(type) {
		case *Limit:
			return true
		case *Fork:
			return slices.ContainsFunc(x.Branches, func(b *Subquery) bool { return afterLimit(b.Commands) })
		}
		return false
	})
}

// filterGroups reports a grouping function in the WHERE of an aggregate that is no key.
func (c *checker) filterGroups(x Expr, keys statsKeys) {
	for n := range Preorder(x) {
		call, ok := n.(*Call)
		if !ok {
			continue
		}
		if f := c.facts.funcs[call.Name]; f != nil && f.Kind == Grouping && !c.isGroup(call, keys) {
			c.verify("grouping", call.Range, "", "grouping function %s must be a key behind BY", c.quote(call))
		}
	}
}

// groupable tells whether rows can be grouped by a type.
func groupable(t Type) bool {
	switch t {
	case TypeAggregateMetricDouble, TypeExponentialHistogram, TypeTDigest, TypeDateRange:
		return false
	}
	return !t.Counter()
}

// keyAsAggregate reports a target that is a key, and nothing else.
func (c *checker) keyAsAggregate(cmd *Stats) {
	names, refs := map[string]bool{}, map[string]bool{}
	for _, f := range cmd.By {
		names[c.fieldName(f)] = true
		for n := range Preorder(f.X) {
			if col, ok := n.(*Column); ok {
				refs[col.Name] = true
			}
		}
	}
	for _, a := range cmd.Aggs {
		if _, isCall := a.X.(*Call); isCall || a.Where != nil {
			continue
		}
		if name := c.text(a.X); names[name] || refs[name] {
			c.fail(stageBuild, "grouping", a.X.Span(), "remove it: keys are columns of the result anyway", "%s is a key of the STATS", quoted(name))
		}
	}
}

func (c *checker) hasAggregate(x Expr) bool {
	for n := range Preorder(x) {
		if call, ok := n.(*Call); ok {
			if f := c.facts.funcs[call.Name]; f == nil || f.Kind == Aggregate || f.Kind == TimeSeries {
				return true
			}
		}
	}
	return false
}

// aggregate checks that a target is made of aggregates, constants and keys.
func (c *checker) aggregate(x Expr, keys statsKeys, level int) {
	if level == 0 && c.foldable(x) {
		c.verify("aggregate", x.Span(), "", "expected an aggregate, found the constant %s", c.quote(x))
		return
	}
	if c.isGroup(x, keys) {
		if col, ok := x.(*Column); !ok || level > 0 {
			if call, isCall := x.(*Call); isCall && level == 0 {
				c.verify("grouping", call.Range, "remove it: keys are columns of the result anyway", "%s is a key of the STATS", c.quote(x))
			}
		} else {
			c.verify("grouping", col.Range, "remove it: keys are columns of the result anyway", "%s is a key of the STATS", c.quote(x))
		}
		return
	}
	switch x := x.(type) {
	case *Paren:
		c.aggregate(x.X, keys, level)
	case *Call:
		f := c.facts.funcs[x.Name]
		switch {
		case f == nil:
		case f.Kind == Aggregate || f.Kind == TimeSeries:
		case f.Kind == Grouping:
			c.verify("grouping", x.Range, "", "grouping function %s must be a key behind BY", c.quote(x))
		default:
			for _, a := range x.Args {
				c.aggregate(a, keys, level+1)
			}
		}
	case *Column:
		if c.info.Refs[x] == nil {
			return
		}
		c.verify("aggregate", x.Range, "put it behind BY, or into an aggregate such as VALUES or MAX", "column %s is neither aggregated nor a key", quoted(x.Name))
	case *Literal, *Map, *Param, *BadExpr:
	default:
		x.children(func(n Node) {
			if e, ok := n.(Expr); ok {
				c.aggregate(e, keys, level+1)
			}
		})
	}
}

// isGroup tells whether an expression is a key of the STATS.
func (c *checker) isGroup(x Expr, keys statsKeys) bool {
	if col, ok := x.(*Column); ok {
		ref := c.info.Refs[col]
		return ref != nil && keys.attrs[ref]
	}
	call, ok := x.(*Call)
	if !ok {
		return false
	}
	if f := c.facts.funcs[call.Name]; f == nil || f.Kind != Grouping {
		return false
	}
	return keys.calls[FormatExpr(x)]
}

// statsKeys are the keys of a STATS: their columns, and the grouping functions among them as FormatExpr prints them.
type statsKeys struct {
	attrs map[*Attr]bool
	calls map[string]bool
}

func (c *checker) keysOf(cmd *Stats) statsKeys {
	k := statsKeys{map[*Attr]bool{}, map[string]bool{}}
	for _, f := range cmd.By {
		k.attrs[c.info.Defs[f]] = true
		if call, ok := Unparen(f.X).(*Call); ok {
			k.calls[FormatExpr(call)] = true
		}
	}
	return k
}

// statsScope is the scope behind the command.
func (c *checker) statsScope(cmd *Stats, in *scope, aggs, groups []*Attr) *scope {
	cols := append(slices.Clone(aggs), groups...)
	if cmd.Inline {
		return in.with(cols...)
	}
	out := newScope(nil)
	out.nullify = false
	out.before = in.before
	out.last = gone{verb: "STATS", at: cmd.KeywordRange}
	for k, v := range in.gone {
		out.gone[k] = v
	}
	c.lose(in, out, cols, "STATS", cmd.KeywordRange)
	out.set(cols)
	return out
}
