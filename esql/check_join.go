package esql

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// ENRICH, LOOKUP JOIN and FORK.

func (c *checker) enrich(cmd *Enrich, in *scope) *scope {
	switch cmd.Mode {
	case "", "any", "coordinator", "remote":
	default:
		c.fail(stageBuild, "option", cmd.PolicyRange, "modes are _any, _coordinator and _remote", "unknown mode %s of ENRICH", quoted("_"+cmd.Mode))
	}
	for _, n := range c.enrichNames(cmd) {
		if n.Glob != nil {
			c.fail(stageBuild, "wildcard", n.Range, "", "ENRICH takes no wildcard: %s", quoted(n.Text))
			return nil
		}
	}
	var key *Attr
	if cmd.On != nil {
		if key = c.lookup(cmd.On.Text, cmd.On.Range, in); key != nil && c.unusable(key, cmd.On.Range) {
			key = nil
		}
	}
	if c.schema.Policies == nil {
		return c.enrichUnknown(cmd, in)
	}
	p := c.schema.Policies[cmd.Policy]
	if p == nil {
		var names []string
		for n := range c.schema.Policies {
			names = append(names, n)
		}
		hint := ""
		if m := near.Names(cmd.Policy, names); len(m) > 0 {
			hint = "did you mean " + quoted(m[0]) + "?"
		}
		c.fail(stageResolve, "unknown-policy", cmd.PolicyRange, hint, "unknown policy %s", quoted(cmd.Policy))
		return nil
	}
	at := cmd.PolicyRange
	if cmd.On != nil {
		at = cmd.On.Range
	} else if key = c.lookup(p.Match, at, in); key != nil && c.unusable(key, at) {
		key = nil
	}
	if key != nil && !enrichable(key.Type, p.Type) {
		c.fail(stageResolve, "join", at, "", "ENRICH cannot look up %s, which has type %s, in a policy of type %s", quoted(key.Name), key.Type, p.Type)
	}
	return c.enrichColumns(cmd, p, in)
}

// enrichable tells whether a policy of a type can look up values of a type.
func enrichable(t Type, policy string) bool {
	if t == TypeUnknown || t == TypeNull {
		return true
	}
	if policy == "geo_match" {
		return t == TypeGeoPoint || t == TypeGeoShape
	}
	switch t {
	case TypeKeyword, TypeText, TypeIP, TypeLong, TypeInteger, TypeDouble, TypeDatetime:
		return true
	}
	return false
}

func (c *checker) enrichNames(cmd *Enrich) []*Name {
	var out []*Name
	if cmd.On != nil {
		out = append(out, cmd.On)
	}
	for _, w := range cmd.With {
		out = append(out, w.Field)
		if w.New != nil {
			out = append(out, w.New)
		}
	}
	return out
}

// enrichUnknown is the scope behind a policy of which nothing is known.
func (c *checker) enrichUnknown(cmd *Enrich, in *scope) *scope {
	var cols []*Attr
	for _, w := range cmd.With {
		n := w.Field
		if w.New != nil {
			n = w.New
		}
		a := &Attr{Name: n.Text, Kind: EnrichAttr, Span: n.Range}
		c.info.Defs[w] = a
		cols = append(cols, a)
	}
	out := in.with(cols...)
	if len(cmd.With) == 0 {
		out.open = in.open.behindTable()
	}
	return out
}

func (c *checker) enrichColumns(cmd *Enrich, p *Policy, in *scope) *scope {
	if len(cmd.With) == 0 {
		var cols []*Attr
		for _, f := range p.Fields {
			cols = append(cols, &Attr{Name: f.Name, Type: mappingType(f.Type), Kind: EnrichAttr, Span: cmd.PolicyRange, Mapping: []string{f.Type}})
		}
		return in.with(cols...)
	}
	var cols []*Attr
	for _, w := range cmd.With {
		name := w.Field.Text
		i := slices.IndexFunc(p.Fields, func(f PolicyField) bool { return f.Name == name })
		a := &Attr{Name: name, Kind: EnrichAttr, Span: w.Range}
		if w.New != nil {
			a.Name = w.New.Text
		}
		if i < 0 {
			var names []string
			for _, f := range p.Fields {
				names = append(names, f.Name)
			}
			c.fail(stageResolve, "unknown-column", w.Field.Range, "it has "+strings.Join(names, ", "), "policy %s has no field %s", quoted(cmd.Policy), quoted(name))
		} else {
			a.Type, a.Mapping = mappingType(p.Fields[i].Type), []string{p.Fields[i].Type}
		}
		c.info.Defs[w] = a
		cols = append(cols, a)
	}
	return in.with(cols...)
}

func (c *checker) lookupJoin(cmd *LookupJoin, in *scope) *scope {
	name := cmd.Index.Name
	at := cmd.Index.Range
	switch {
	case strings.ContainsAny(name, "*?"):
		c.fail(stageBuild, "join", at, "", "LOOKUP JOIN takes one index, not a pattern: %s", quoted(name))
		return nil
	case strings.Contains(name, "::"):
		c.fail(stageBuild, "join", at, "", "LOOKUP JOIN takes no selector: %s", quoted(name))
		return nil
	case strings.Contains(name, ":"):
		c.fail(stageBuild, "join", at, "name the index without its cluster", "LOOKUP JOIN takes no index of another cluster: %s", quoted(name))
		return nil
	}
	c.indexName(cmd.Index)
	keys, ok := c.joinKeys(cmd)
	if !ok {
		return nil
	}
	var right *scope
	if c.schema.Lookups == nil {
		right = fieldScope(nil, LookupAttr)
	} else {
		f, ok := c.schema.Lookups[name]
		if !ok {
			c.unknownLookup(cmd)
			return nil
		}
		right = fieldScope(f, LookupAttr)
	}
	if keys == nil {
		c.joinCondition(cmd, in, right)
		return c.joined(in, right, nil)
	}
	for _, k := range keys {
		c.joinKey(k, in, right)
	}
	return c.joined(in, right, keys)
}

func (c *checker) unknownLookup(cmd *LookupJoin) {
	var names []string
	for n := range c.schema.Lookups {
		names = append(names, n)
	}
	hint := ""
	if m := near.Names(cmd.Index.Name, names); len(m) > 0 {
		hint = "did you mean " + quoted(m[0]) + "?"
	}
	c.fail(stageResolve, "unknown-index", cmd.Index.Range, hint, "unknown lookup index %s", quoted(cmd.Index.Name))
}

// joinKeys are the fields of "ON a, b"; nil for a condition.
func (c *checker) joinKeys(cmd *LookupJoin) ([]*Column, bool) {
	var keys []*Column
	seen := map[string]bool{}
	for _, x := range cmd.On {
		col, ok := Unparen(x).(*Column)
		if !ok {
			if len(cmd.On) > 1 || !joinable(x) {
				c.fail(stageBuild, "join", x.Span(), "", "LOOKUP JOIN joins on fields, or on one condition, found %s", c.quote(x))
				return nil, false
			}
			return nil, true
		}
		if seen[col.Name] {
			c.fail(stageBuild, "join", col.Range, "remove it", "key %s is listed twice", quoted(col.Name))
		}
		seen[col.Name] = true
		keys = append(keys, col)
	}
	return keys, true
}

// joinable tells whether an expression has the form of a condition.
func joinable(x Expr) bool {
	switch x := Unparen(x).(type) {
	case *Binary:
		return x.Op == And || x.Op == Or || x.Op.Comparison()
	case *Like, *In, *IsNull, *Match:
		return true
	case *Unary:
		return x.Op == Not
	case *Call:
		return fullText(x.Name) || x.Name == "cidr_match" || x.Name == "starts_with" || x.Name == "ends_with"
	}
	return false
}

func (c *checker) joinKey(col *Column, in, right *scope) {
	l := c.column(col, in)
	r, _ := right.find(col.Name)
	if r == nil && right.open == nil {
		if l != nil {
			c.fail(stageResolve, "unknown-column", col.Range, "it has "+columnList(right), "the lookup index has no field %s", quoted(col.Name))
		}
		return
	}
	if l == nil || r == nil || l.Type == TypeUnknown || r.Type == TypeUnknown || c.unusable(l, col.Range) {
		return
	}
	if !joinField(r.Type) {
		c.verify("join", col.Range, "", "LOOKUP JOIN cannot join on %s, which is %s in the lookup index", quoted(col.Name), r.Type)
	} else if !joinTypes(l.Type, r.Type) {
		c.verify("join", col.Range, "convert it with EVAL before the join", "key %s is %s here, and %s in the lookup index", quoted(col.Name), l.Type, r.Type)
	}
}

// joinField tells whether a field of a lookup index of a type can be a key.
func joinField(t Type) bool {
	switch t {
	case TypeBoolean, TypeInteger, TypeLong, TypeDouble, TypeKeyword, TypeDatetime, TypeDateNanos, TypeIP, TypeNull, TypeUnknown:
		return true
	}
	return false
}

// joinTypes tells whether a join may compare two types.
func joinTypes(l, r Type) bool {
	switch {
	case l == TypeNull || r == TypeNull:
		return true
	case l.Text() && r == TypeKeyword:
		return true
	case l.Numeric() && r.Numeric() && l != TypeUnsignedLong && r != TypeUnsignedLong:
		return true
	case l.Date() && r.Date():
		return l == r
	}
	return l == r && r != TypeText && !r.Spatial()
}

// joinCondition checks a condition between the columns of both sides.
func (c *checker) joinCondition(cmd *LookupJoin, in, right *scope) {
	both := in.with(right.cols...)
	if right.open != nil {
		both.open = right.open
	}
	x := cmd.On[0]
	if !c.joinForm(x, in, right) {
		return
	}
	t := c.expr(x, env{scope: both, verb: "LOOKUP JOIN", condition: true})
	c.boolean(x, t)
}

// joinForm checks the form of the condition of a join: comparisons and filters that AND joins, one of them between both
// sides.
func (c *checker) joinForm(x Expr, in, right *scope) bool {
	relates, known := false, in.open == nil && right.open == nil
	for _, part := range Operands(And, x) {
		b, isBinary := part.(*Binary)
		if isBinary && b.Op == Or && part == Unparen(x) || isColumn(part) {
			c.fail(stageBuild, "join", x.Span(), "", "LOOKUP JOIN joins on conditions that AND joins, found %s", c.quote(part))
			return false
		}
		if isBinary && b.Op.Comparison() && isColumn(b.X) && isColumn(b.Y) {
			relates = true
		}
	}
	if !relates {
		c.fail(stageBuild, "join", x.Span(), "", "one condition of LOOKUP JOIN compares a column with a field of the lookup index")
		return false
	}
	for n := range Preorder(x) {
		col, ok := n.(*Column)
		if !ok || !known {
			continue
		}
		l, _ := in.find(col.Name)
		r, _ := right.find(col.Name)
		if l != nil && r != nil {
			c.fail(stageResolve, "join", col.Range, "rename the column in front of the join", "%s is a column on both sides", quoted(col.Name))
			return false
		}
	}
	return !known || c.joinSides(x, in, right)
}

// joinSides refuses a part of the condition that does not compare both sides, and is no filter of the lookup index alone.
func (c *checker) joinSides(x Expr, in, right *scope) bool {
	for _, part := range Operands(And, x) {
		var left, joined, others bool // columns of each side, columns that there are not
		for n := range Preorder(part) {
			if col, ok := n.(*Column); ok {
				l, _ := in.find(col.Name)
				r, _ := right.find(col.Name)
				left, joined, others = left || l != nil, joined || r != nil, others || l == nil && r == nil
			}
		}
		b, compares := part.(*Binary)
		compares = compares && b.Op.Comparison() && isColumn(b.X) && isColumn(b.Y)
		if !others && (compares && left != joined || !compares && left && !joined) {
			c.fail(stageResolve, "join", part.Span(), "filter with WHERE in front of the join", "LOOKUP JOIN compares a column with a field of the lookup index, or filters that index, found %s", c.quote(part))
			return false
		}
	}
	return true
}

func isColumn(x Expr) bool {
	_, ok := Unparen(x).(*Column)
	return ok
}

// joined is the scope behind the join: the columns in front, then those of the lookup index but its keys.
func (c *checker) joined(in, right *scope, keys []*Column) *scope {
	var add []*Attr
	isKey := map[string]bool{}
	for _, k := range keys {
		isKey[k.Name] = true
	}
	for _, a := range right.cols {
		if !isKey[a.Name] {
			add = append(add, a)
		}
	}
	out := in.with(add...)
	if right.open != nil {
		out.open = in.open.behindTable()
		out.last = gone{}
	}
	return out
}

func (c *checker) fork(cmd *Fork, in *scope) *scope {
	if c.fork1 == nil {
		c.fork1 = cmd
	} else {
		i := c.fail(stageVerify, "fork", c.fork1.KeywordRange, "", "a query has one FORK")
		i.Related = []Related{{Span: cmd.KeywordRange, Message: "this is another"}}
	}
	const most = 8
	if len(cmd.Branches) > most {
		c.fail(stageBuild, "fork", cmd.Range, "", "FORK has at most %d branches, found %d", most, len(cmd.Branches))
	}
	if c.unions > 0 {
		c.fail(stageFold, "fork", cmd.Range, "", "FORK cannot stand in a subquery")
	}
	var outs []*scope
	saved := c.command
	c.unboundSort(cmd)
	for _, b := range cmd.Branches {
		out := c.pipeline(&b.Pipeline, in)
		if out == nil {
			c.command = saved
			return nil
		}
		out = out.with(&Attr{Name: "_fork", Type: TypeKeyword, Kind: ComputedAttr, Span: cmd.KeywordRange})
		if len(outs) > 0 {
			c.forkTypes(outs[0], out, b)
		}
		outs = append(outs, out)
	}
	c.command = saved
	out := c.union(outs)
	out.before = in.before
	return out
}

// unboundSort reports a SORT in a branch that nothing limits, if STATS follows the FORK: the limit that Elasticsearch
// adds by itself does not reach it.
func (c *checker) unboundSort(cmd *Fork) {
	rest := c.q.Commands
	i := slices.Index(rest, Command(cmd))
	if i < 0 {
		return
	}
	stats := slices.IndexFunc(rest[i:], func(x Command) bool { s, ok := x.(*Stats); return ok && !s.Inline })
	limit := slices.IndexFunc(rest[i:], func(x Command) bool { _, ok := x.(*Limit); return ok })
	if stats < 0 || limit >= 0 && limit < stats {
		return
	}
	for _, b := range cmd.Branches {
		var last *Sort
		for _, x := range b.Commands {
			switch x := x.(type) {
			case *Sort:
				last = x
			case *Limit, *Stats:
				last = nil
			}
		}
		if last != nil {
			c.fail(stageFold, "fork", last.Range, "add LIMIT to the branch", "SORT without LIMIT in a branch in front of STATS")
		}
	}
}

// forkTypes reports a column that has two types in the branches.
func (c *checker) forkTypes(first, other *scope, b *Subquery) {
	for _, a := range other.cols {
		i, ok := first.byName[a.Name]
		if !ok {
			continue
		}
		f := first.cols[i]
		if f.Type == a.Type || f.Type == TypeUnknown || a.Type == TypeUnknown || f.Type.Text() && a.Type.Text() {
			continue
		}
		at := a.Span
		if at == (Span{}) {
			at = b.Range
		}
		c.verify("fork", at, "", "column %s is %s in this branch and %s in the first", quoted(a.Name), a.Type, f.Type)
	}
}
