package compile

import (
	"errors"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// esqlQuery is a query of ES|QL. Its result are rows: those that stand for events are results with their event, the others have
// the values of their columns as keys.
type esqlQuery struct{ query *esql.Query }

func parseESQL(text string) (Query, []source.Issue) {
	q, issues := esql.Parse(text)
	return esqlQuery{q}, issues
}

// Indexes are the patterns of FROM: a rule in ES|QL has no list of its own.
func (q esqlQuery) Indexes() []string { return q.query.Indexes() }

// Compile implements Query.
func (q esqlQuery) Compile(fields mapping.Fields, s Settings) (search.Program, error) {
	o := eval.Options{Indexes: []*eval.Index{esqlIndex(q.query, fields)}, Layout: s.Layout, Now: s.Now, Open: true, AnyIndex: true, NoRowLimit: true, V8: behind8(s.Stack)}
	err := besides(q.query, s.Beside, fields, &o)
	var p *eval.Program
	if err == nil {
		p, err = eval.Compile(q.query, o)
	}
	var refused *eval.Error
	if errors.As(err, &refused) {
		return nil, &CheckError{source.Issue{Level: source.Error, Span: refused.Span, Message: refused.Message}, refused.NotRun}
	}
	if err != nil {
		return nil, err
	}
	out := &esqlProgram{program: p, byEvent: p.HasColumn("_id"), text: canonical(q.query.Source)}
	cond := out.cond(q.query)
	cond.Node = p.Needs().Node
	out.steps = []*search.Step{search.NewStep(search.Whole, cond, cond.Node, nil)}
	return out, nil
}

// Mutants implements Query.
func (q esqlQuery) Mutants(fields mapping.Fields, s Settings, build func(search.Program) search.Program) []*search.Mutant {
	var out []*search.Mutant
	for _, m := range esqlMutants(q.query) {
		var program search.Program
		asked := false
		out = append(out, &search.Mutant{Change: m.change, Edits: m.edits, Compile: func() search.Program {
			if asked {
				return program
			}
			asked = true
			changed, issues := esql.Parse(search.Edited(q.query.Source, m.edits))
			if source.HasErrors(issues) {
				return nil
			}
			if p, err := (esqlQuery{changed}).Compile(fields, s); err == nil {
				program = build(p)
			}
			return program
		}})
	}
	return out
}

// esqlIndex is the index that a rule reads: the fields that its query names, with the types of the catalog. Of one that the catalog
// lacks the query says whether it is a number.
func esqlIndex(q *esql.Query, fields mapping.Fields) *eval.Index {
	ix := &eval.Index{}
	numbers := numericColumns(q)
	add := func(name string) {
		if slices.ContainsFunc(ix.Fields, func(f eval.Field) bool { return f.Name == name }) {
			return
		}
		if f, ok := eval.CatalogField(fields, name); ok {
			ix.Fields = append(ix.Fields, f)
			return
		}
		if info, presence := fields.Lookup(name); presence == mapping.Present && (info.Type == mapping.Object || info.Type == mapping.Nested) {
			return
		}
		typ := "keyword"
		if numbers[name] {
			typ = "double"
		}
		if name == "@timestamp" {
			typ = "date"
		}
		ix.Fields = append(ix.Fields, eval.Field{Name: name, Type: typ})
	}
	for n := range esql.Preorder(q) {
		switch n := n.(type) {
		case *esql.Column:
			add(n.Name)
		case *esql.Name:
			if n.Glob == nil && !strings.HasPrefix(n.Text, "_") {
				add(n.Text)
			}
		}
	}
	for _, name := range searchedFields(q, fields) {
		add(name)
	}
	slices.SortFunc(ix.Fields, func(a, b eval.Field) int { return strings.Compare(a.Name, b.Name) })
	return ix
}

// numericColumns are the columns that a query compares with a number, or computes with.
func numericColumns(q *esql.Query) map[string]bool {
	out := map[string]bool{}
	note := func(list ...esql.Expr) {
		number := false
		for _, x := range list {
			if lit, ok := esql.Unparen(x).(*esql.Literal); ok && lit.Kind >= esql.IntegerLiteral && lit.Kind <= esql.DoubleLiteral {
				number = true
			}
		}
		for _, x := range list {
			if col, ok := esql.Unparen(x).(*esql.Column); ok && number {
				out[col.Name] = true
			}
		}
	}
	for n := range esql.Preorder(q) {
		switch n := n.(type) {
		case *esql.Binary:
			note(n.X, n.Y)
		case *esql.In:
			note(append([]esql.Expr{n.X}, n.List...)...)
		case *esql.Call:
			switch n.Name {
			case "sum", "avg", "median", "percentile", "std_dev":
				if len(n.Args) > 0 {
					if col, ok := esql.Unparen(n.Args[0]).(*esql.Column); ok {
						out[col.Name] = true
					}
				}
			}
		}
	}
	return out
}

// esqlProgram shows a program of ES|QL as a search.
type esqlProgram struct {
	program *eval.Program
	steps   []*search.Step
	text    string // of the query, laid out in one way
	byEvent bool   // rows have _id, so they stand for events
}

// Layout implements search.Program.
func (p *esqlProgram) Layout() *event.Layout { return p.program.Layout() }

// Steps implements search.Program. The one step lets through what the conditions in front of the first aggregation may want.
func (p *esqlProgram) Steps() []*search.Step { return p.steps }

// Plain implements search.Program.
func (p *esqlProgram) Plain() bool { return false }

// Place implements search.Program: the order of events does not matter.
func (p *esqlProgram) Place(*event.Record, int) error { return nil }

// Shape implements search.Program.
func (p *esqlProgram) Shape() search.Shape {
	return search.Shape{Parts: []search.PartShape{{Count: 1}}, Timestamp: "@timestamp"}
}

// Conditions implements search.Covering.
func (p *esqlProgram) Conditions() []search.Condition {
	var out []search.Condition
	for _, c := range p.program.Conditions() {
		out = append(out, search.Condition{Span: c.Span, Text: oneLine(c.Text)})
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Start implements search.Program.
func (p *esqlProgram) Start(o search.Start) search.State { return p.start(o, nil) }

// StartCovered implements search.Covering.
func (p *esqlProgram) StartCovered(o search.Start, c *search.Coverage) search.State {
	return p.start(o, c)
}

// cond is the tree of the conditions of WHERE, for explanations: each is decided on an event alone.
func (p *esqlProgram) cond(q *esql.Query) *predicate.Cond {
	leaves := map[source.Span]int{}
	for i, c := range p.program.Conditions() {
		leaves[c.Span] = i
	}
	var kids []*predicate.Cond
	for _, cmd := range q.Commands {
		switch cmd := cmd.(type) {
		case *esql.Where:
			if c := p.tree(cmd.Cond, leaves, q); c != nil {
				kids = append(kids, c)
			}
		case *esql.Stats, *esql.Fork:
			return predicate.NewAnd(source.Span{End: len(q.Source)}, nil, kids...)
		}
	}
	return predicate.NewAnd(source.Span{End: len(q.Source)}, nil, kids...)
}

func (p *esqlProgram) tree(x esql.Expr, leaves map[source.Span]int, q *esql.Query) *predicate.Cond {
	x = esql.Unparen(x)
	text := esqlText(oneLine(q.Source[x.Span().Start:x.Span().End]))
	switch x := x.(type) {
	case *esql.Binary:
		if x.Op == esql.And || x.Op == esql.Or {
			var kids []*predicate.Cond
			for _, y := range []esql.Expr{x.X, x.Y} {
				if c := p.tree(y, leaves, q); c != nil {
					kids = append(kids, c)
				}
			}
			if x.Op == esql.And {
				return predicate.NewAnd(x.Range, text, kids...)
			}
			return predicate.NewOr(x.Range, text, kids...)
		}
	case *esql.Unary:
		if x.Op == esql.Not {
			if c := p.tree(x.X, leaves, q); c != nil {
				return predicate.NewNot(x.Range, text, c)
			}
			return nil
		}
	}
	i, ok := leaves[x.Span()]
	if !ok {
		return nil
	}
	return predicate.NewLeaf(x.Span(), &esqlLeaf{p, i}, text)
}

// esqlText is the origin of a part of a query.
type esqlText string

// Text implements predicate.Origin.
func (t esqlText) Text() string { return string(t) }

// Members implements predicate.Origin.
func (esqlText) Members() []*predicate.Cond { return nil }

// esqlLeaf decides a condition on one event: it runs the query on it alone.
type esqlLeaf struct {
	p *esqlProgram
	i int
}

// Eval implements predicate.Node.
func (l *esqlLeaf) Eval(rec *event.Record) predicate.Verdict {
	cover := l.p.program.NewCoverage()
	run := l.p.program.Start(cover)
	run.Add(rec, &eval.Meta{Index: rec.Index})
	_, _ = run.Finish()
	if cover.True[l.i] {
		return predicate.Yes
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (l *esqlLeaf) Cost() int { return predicate.FailCost - 1 }

// ID implements predicate.Opaque.
func (l *esqlLeaf) ID() string { return "" }

// Err implements predicate.Opaque.
func (l *esqlLeaf) Err(*event.Record) error { return nil }
