package backward

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/esql"
)

// segment is a part of a pipeline in which rows are looked at one by one: from the source, or from an aggregation, to the next
// aggregation or the end.
type segment struct {
	*builder
	conds []*term      // that a row must satisfy
	agg   *aggregation // that ends it; nil for the last segment
}

// aggregation is a STATS or INLINE STATS.
type aggregation struct {
	inline  bool
	keys    []key
	through []key // columns that go through INLINE STATS
	calls   []*call
	text    string // of the command, for messages
}

// key is what STATS groups by: a term in front of it, and its column behind it.
type key struct {
	term   *term
	column string
}

// call is an aggregate: terms in front of STATS, and its column behind it.
type call struct {
	name   string
	arg    *term   // nil for COUNT(*)
	more   []*term // further arguments
	where  *term   // nil: all rows
	column string
	text   string
}

// cut cuts a query into segments.
func cut(q *esql.Query, all *terms) ([]*segment, error) {
	c := &cutter{src: q.Source, terms: all}
	c.begin(scope{}, c.field)
	c.here.source = true
	for _, cmd := range q.Commands {
		if err := c.command(cmd); err != nil {
			return nil, err
		}
	}
	return c.segments, nil
}

type cutter struct {
	*terms
	src      string
	segments []*segment
	here     *segment
	columns  int
}

func (c *cutter) begin(s scope, missing func(string) *term) {
	c.here = &segment{builder: &builder{terms: c.terms, src: c.src, scope: s, missing: missing}}
	c.segments = append(c.segments, c.here)
}

func (c *cutter) text(n esql.Node) string { return c.src[n.Span().Start:n.Span().End] }

func (c *cutter) command(cmd esql.Command) error {
	s := c.here
	switch cmd := cmd.(type) {
	case *esql.From:
		for _, src := range cmd.Sources {
			if _, ok := src.(*esql.Index); !ok {
				return fmt.Errorf("`FROM` reads a subquery, which is not searched for events")
			}
		}
	case *esql.Where:
		s.where(s.expr(cmd.Cond))
	case *esql.Eval:
		for _, f := range cmd.Fields {
			s.scope[c.name(f)] = s.expr(f.X)
		}
	case *esql.Rename:
		for _, r := range cmd.Items {
			t := s.column(r.Old.Text)
			s.scope[r.Old.Text] = c.null()
			s.scope[r.New.Text] = t
		}
	case *esql.Dissect:
		keys, err := esql.DissectKeys(cmd.Pattern.Str)
		if err != nil {
			return err
		}
		s.pieces(cmd, cmd.Input, keys)
	case *esql.Grok:
		var names []string
		for _, p := range cmd.Patterns {
			fields, err := esql.GrokFields(p.Str)
			if err != nil {
				return err
			}
			for _, f := range fields {
				names = append(names, f.Name)
			}
		}
		s.pieces(cmd, cmd.Input, names)
	case *esql.MvExpand:
		s.scope[cmd.Field.Name] = s.of(&term{kind: expandTerm, parts: []string{"", ""}, kids: []*term{s.column(cmd.Field.Name)}})
	case *esql.Stats:
		c.stats(cmd)
	case *esql.Keep, *esql.Drop, *esql.Sort, *esql.Limit:
	default:
		return fmt.Errorf("`%s` is not searched for events", cmd.Word())
	}
	return nil
}

// where adds a condition; those linked by AND one by one.
func (s *segment) where(t *term) {
	if t.kind == opTerm && t.op == esql.And {
		s.where(t.kids[0])
		s.where(t.kids[1])
		return
	}
	s.conds = append(s.conds, t)
}

// name is the name of the column that a field of EVAL or a key of STATS makes.
func (c *cutter) name(f *esql.Field) string {
	if f.Target != nil {
		return f.Target.Name
	}
	if col, ok := esql.Unparen(f.X).(*esql.Column); ok {
		return col.Name
	}
	return c.text(f.X)
}

func (s *segment) pieces(cmd esql.Command, input esql.Expr, names []string) {
	in := s.expr(input)
	for _, name := range names {
		s.scope[name] = s.of(&term{kind: pieceTerm, name: name, cmd: cmd, kids: []*term{in}})
	}
}

// column is a new name for a column behind an aggregation.
func (c *cutter) column() string {
	c.columns++
	return fmt.Sprintf("column%d", c.columns)
}

func (c *cutter) stats(cmd *esql.Stats) {
	s := c.here
	a := &aggregation{inline: cmd.Inline, text: c.text(cmd)}
	s.agg = a
	next := scope{}
	missing := func(string) *term { return c.null() }
	if cmd.Inline { // rows keep their columns
		missing = func(name string) *term {
			k := key{s.column(name), c.column()}
			next[name] = c.field(k.column)
			a.through = append(a.through, k)
			return next[name]
		}
	}
	for _, f := range cmd.By {
		k := key{s.expr(f.X), c.column()}
		a.keys = append(a.keys, k)
		name := c.name(f)
		s.scope[name] = k.term // aggregates may name it
		next[name] = c.field(k.column)
	}
	behind := &builder{terms: c.terms, src: c.src, scope: next, missing: missing}
	for _, target := range cmd.Aggs {
		var where *term
		if target.Where != nil {
			where = s.expr(target.Where)
		}
		behind.aggregate = func(x *esql.Call) *term { return c.field(c.aggregate(a, s, x, where).column) }
		name := c.name(&target.Field)
		t := behind.expr(target.X)
		next[name] = t
	}
	c.begin(next, missing)
}

// aggregate is the call of an aggregation for an aggregate function.
func (c *cutter) aggregate(a *aggregation, s *segment, x *esql.Call, where *term) *call {
	out := &call{name: x.Name, where: where, text: c.text(x)}
	for i, arg := range x.Args {
		t := s.expr(arg)
		if i == 0 && !(x.Name == "count" && t.constant()) {
			out.arg = t
		} else if i > 0 {
			out.more = append(out.more, t)
		}
	}
	for _, old := range a.calls {
		if old.name == out.name && old.arg == out.arg && old.where == out.where && slices.Equal(old.more, out.more) {
			return old
		}
	}
	out.column = c.column()
	a.calls = append(a.calls, out)
	return out
}
