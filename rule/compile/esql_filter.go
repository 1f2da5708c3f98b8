package compile

import (
	"errors"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// prefilter is a condition that every event satisfies which can count for the query: what the first filters want of fields as
// they are. It lets through too many rather than too few, so that events can be sorted out before they become columns.
func (p *esqlProgram) prefilter(q *esql.Query, fields mapping.Fields, s Settings) predicate.Node {
	f := &esqlFilter{r: &predicate.Resolver{Fields: fields, Layout: p.Layout(), Open: true, Now: s.Now}}
	var nodes []predicate.Node
	for _, cmd := range q.Commands {
		switch cmd := cmd.(type) {
		case *esql.From:
			for _, m := range cmd.Metadata {
				f.changed = append(f.changed, m.Text)
			}
		case *esql.Where:
			nodes = append(nodes, f.node(cmd.Cond))
		case *esql.Eval:
			for _, field := range cmd.Fields {
				if field.Target != nil {
					f.changed = append(f.changed, field.Target.Name)
				}
			}
		case *esql.Keep, *esql.Drop:
		default: // what comes behind sees other columns
			return predicate.Chain(predicate.OpAnd, nodes)
		}
	}
	return predicate.Chain(predicate.OpAnd, nodes)
}

type esqlFilter struct {
	r       *predicate.Resolver
	changed []string // columns that are not the fields of their names
}

// node is a condition that holds whenever the expression does.
func (f *esqlFilter) node(x esql.Expr) predicate.Node {
	switch x := esql.Unparen(x).(type) {
	case *esql.Binary:
		switch {
		case x.Op == esql.And:
			return predicate.Chain(predicate.OpAnd, []predicate.Node{f.node(x.X), f.node(x.Y)})
		case x.Op == esql.Or:
			return predicate.Chain(predicate.OpOr, []predicate.Node{f.node(x.X), f.node(x.Y)})
		case x.Op.Comparison():
			return f.comparison(x)
		}
	case *esql.In:
		if !x.Not && x.Query == nil {
			return f.in(x)
		}
	case *esql.Like:
		if !x.Not && !x.Regex {
			return f.like(x)
		}
	case *esql.IsNull:
		if field := f.field(x.X); x.Not && field != nil {
			return field.Exists()
		}
	}
	return predicate.True
}

var errNoText = errors.New("no text")

// field is the field of a column that is still as in the index; nil for anything else, and for types that the engine and
// ES|QL do not read alike.
func (f *esqlFilter) field(x esql.Expr) *predicate.Field {
	col, ok := esql.Unparen(x).(*esql.Column)
	if !ok {
		return nil
	}
	for _, name := range f.changed {
		if name == col.Name {
			return nil
		}
	}
	if info, presence := f.r.Lookup(col.Name); presence != mapping.Present || info.Type != mapping.Keyword || info.Normalized || info.NullValue != "" || info.IgnoreAbove != 0 && info.IgnoreAbove < 1024 {
		return nil
	}
	field, err := f.r.Field(col.Name)
	if err != nil {
		return nil
	}
	return field
}

func literalText(x esql.Expr) (string, error) {
	lit, ok := esql.Unparen(x).(*esql.Literal)
	if !ok || lit.Kind != esql.KeywordLiteral {
		return "", errNoText
	}
	return lit.Str, nil
}

func (f *esqlFilter) comparison(x *esql.Binary) predicate.Node {
	field, other := f.field(x.X), x.Y
	if field == nil {
		field, other = f.field(x.Y), x.X
	}
	if field == nil {
		return predicate.True
	}
	text, err := literalText(other)
	if err == nil && x.Op == esql.Equal {
		if n, err := field.Equal(eqlfunc.OfString(text)); err == nil {
			return n
		}
	}
	return field.Exists() // a comparison with nothing is null
}

func (f *esqlFilter) in(x *esql.In) predicate.Node {
	field := f.field(x.X)
	if field == nil {
		return predicate.True
	}
	var values []predicate.Value
	for _, item := range x.List {
		text, err := literalText(item)
		if err != nil {
			return field.Exists()
		}
		values = append(values, eqlfunc.OfString(text))
	}
	n, err := field.In(values)
	if err != nil {
		return field.Exists()
	}
	return n
}

func (f *esqlFilter) like(x *esql.Like) predicate.Node {
	field := f.field(x.X)
	if field == nil {
		return predicate.True
	}
	var patterns []string
	for _, p := range x.Patterns {
		text, err := literalText(p)
		for _, c := range text {
			if c == '\\' {
				err = errNoText
			}
		}
		if err != nil || text == "" {
			return field.Exists()
		}
		patterns = append(patterns, text)
	}
	return field.Text(predicate.Wildcards(patterns, lucene.Sensitive))
}
