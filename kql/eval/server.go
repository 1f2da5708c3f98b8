package eval

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/mapping"
)

// server translates as the kql query of Elasticsearch does.
type server struct {
	fields mapping.Fields
	path   string // of the braces around
	opts   *Options
}

func (s *server) query(n kql.Node) (querydsl.Query, error) {
	switch n := n.(type) {
	case nil:
		return &querydsl.MatchAll{}, nil
	case *kql.And:
		return s.list(n.Items, n.At, must, s.query)
	case *kql.Or:
		return s.list(n.Items, n.At, querydsl.Any, s.query)
	case *kql.Not:
		q, err := s.query(n.Item)
		if err != nil {
			return nil, err
		}
		return querydsl.None(n.At, q), nil
	case *kql.Nested:
		return s.nested(n)
	case *kql.Range:
		return s.ranged(n)
	case *kql.Is:
		return s.values(n.Field, n.Value, n.At, !n.List)
	case *kql.Text:
		if n.Literal != nil && n.Literal.Any() {
			return &querydsl.MatchAll{Place: querydsl.Place{Span: n.Span()}}, nil
		}
		if n.Literal != nil {
			return s.text(n.Literal)
		}
		return s.texts(n.Item)
	}
	return nil, &Error{Phase: "parse", Span: n.Span(), Message: "this part of the query cannot be read"}
}

func must(at kql.Span, list ...querydsl.Query) *querydsl.Bool {
	return &querydsl.Bool{Place: querydsl.Place{Span: at}, Must: list, MinShould: querydsl.Unset}
}

func (s *server) list(items []kql.Node, at kql.Span, join func(kql.Span, ...querydsl.Query) *querydsl.Bool, each func(kql.Node) (querydsl.Query, error)) (querydsl.Query, error) {
	var list []querydsl.Query
	for _, i := range items {
		q, err := each(i)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return join(at, list...), nil
}

// texts translates values without a field.
func (s *server) texts(v kql.Node) (querydsl.Query, error) {
	switch v := v.(type) {
	case *kql.And:
		return s.list(v.Items, v.At, must, s.texts)
	case *kql.Or:
		return s.list(v.Items, v.At, querydsl.Any, s.texts)
	case *kql.Not:
		q, err := s.texts(v.Item)
		if err != nil {
			return nil, err
		}
		return querydsl.None(v.At, q), nil
	case *kql.Value:
		return s.text(v.Literal)
	}
	return nil, &Error{Phase: "parse", Span: v.Span(), Message: "this part of the query cannot be read"}
}

func (s *server) text(v *kql.Literal) (querydsl.Query, error) {
	place := querydsl.Place{Span: v.At}
	var fields []string
	if s.opts.DefaultField != "" {
		fields = s.defaults()
	}
	if v.Kind == kql.Pattern {
		return &querydsl.QueryString{Place: place, Fields: fields, Query: escapedServer(v), Lenient: true}, nil
	}
	return &querydsl.MultiMatch{Place: place, Fields: fields, Value: querydsl.Text(v.Text), Phrase: v.Kind == kql.Quoted, Lenient: true}, nil
}

// defaults are the fields of a value without a field; all, if the option names none that exist.
func (s *server) defaults() []string {
	var out []string
	l := &kql.Literal{Text: s.opts.DefaultField}
	if i := strings.IndexByte(l.Text, '*'); i >= 0 {
		l.Kind = kql.Pattern
		for i := range len(l.Text) {
			if l.Text[i] == '*' {
				l.Wild = append(l.Wild, i)
			}
		}
	}
	for _, t := range s.targets(l) {
		out = append(out, t.name)
	}
	return out
}

func (s *server) nested(n *kql.Nested) (querydsl.Query, error) {
	path := join(s.path, nameOf(n.Field))
	if s.fields != nil {
		if info, p := s.fields.Lookup(path); p == mapping.Absent || p == mapping.Present && info.Type != mapping.Nested || n.Field.Kind == kql.Pattern {
			return nil, &Error{Phase: "parse", Span: n.Field.At, Field: path, Message: fmt.Sprintf("`%s` is no nested field", nameOf(n.Field)),
				Hint: "braces are for the objects of a nested field; for others write the full names"}
		}
	}
	outer := s.path
	s.path = path
	q, err := s.query(n.Item)
	s.path = outer
	if err != nil {
		return nil, err
	}
	return s.wrap(path, querydsl.Place{Span: n.At}, q), nil
}

// wrap puts the nested objects around a query that lie between the braces and a field.
func (s *server) wrap(path string, place querydsl.Place, q querydsl.Query) querydsl.Query {
	for path != "" && path != s.path && strings.HasPrefix(path+".", prefixOf(s.path)) {
		q = &querydsl.Nested{Place: place, Path: path, Query: q}
		if s.fields == nil {
			break
		}
		info, _ := s.fields.Lookup(path)
		path = info.NestedPath
	}
	return q
}

func prefixOf(path string) string {
	if path == "" {
		return ""
	}
	return path + "."
}

// targets lists the fields that a name stands for and that can be searched.
func (s *server) targets(f *kql.Literal) []target {
	name := join(s.path, nameOf(f))
	if f.Kind != kql.Pattern {
		if s.fields == nil {
			return []target{{name: name, keyword: true}}
		}
		if t, ok := s.target(name); ok {
			return []target{t}
		}
		return nil
	}
	lister, ok := s.fields.(mapping.Lister)
	if !ok {
		return []target{{name: name, keyword: true}}
	}
	var list []target
	full := *f
	if s.path != "" {
		full.Text = name
		full.Wild = nil
		for _, w := range f.Wild {
			full.Wild = append(full.Wild, w+len(name)-len(f.Text))
		}
	}
	for _, meta := range []string{"_id", "_index"} {
		if full.Matches(meta) {
			list = append(list, target{name: meta})
		}
	}
	for _, n := range lister.Names(full.Parts()[0]) {
		if full.Matches(n) {
			if t, ok := s.target(n); ok && !below(s.fields, n) {
				list = append(list, t)
			}
		}
	}
	return list
}

func (s *server) target(name string) (target, bool) {
	t := target{name: name}
	if name == "_id" || name == "_index" {
		return t, true
	}
	info, p := s.fields.Lookup(name)
	switch {
	case p == mapping.Undecidable:
		t.keyword = true
		return t, !strings.HasPrefix(name, "_") || strings.Contains(name, ".")
	case p == mapping.Absent, info.Type == mapping.Object, info.Type == mapping.Nested, info.Type == mapping.Binary:
		if p == mapping.Absent && below(s.fields, name) {
			return t, true
		}
		return t, false
	case info.NoIndex && info.NoDocValues, info.NoIndex && info.Type.Analyzed():
		return t, false
	}
	t.keyword = info.Type == mapping.Keyword
	t.date = info.Type.DateFamily()
	t.nested = info.NestedPath
	return t, true
}

func (s *server) values(f *kql.Literal, v kql.Node, at kql.Span, alone bool) (querydsl.Query, error) {
	each := func(n kql.Node) (querydsl.Query, error) { return s.values(f, n, n.Span(), false) }
	switch v := v.(type) {
	case *kql.And:
		return s.list(v.Items, at, must, each)
	case *kql.Or:
		return s.list(v.Items, at, querydsl.Any, each)
	case *kql.Not:
		q, err := each(v.Item)
		if err != nil {
			return nil, err
		}
		return querydsl.None(at, q), nil
	case *kql.Value:
		return s.is(f, v.Literal, at, alone), nil
	}
	return nil, &Error{Phase: "parse", Span: v.Span(), Message: "this part of the query cannot be read"}
}

// each translates a condition on every field that a name stands for.
func (s *server) each(f *kql.Literal, place querydsl.Place, one func(target) querydsl.Query) querydsl.Query {
	var out []querydsl.Query
	for _, t := range s.targets(f) {
		out = append(out, s.wrap(t.nested, place, one(t)))
	}
	switch len(out) {
	case 0:
		return &querydsl.MatchNone{Place: place}
	case 1:
		return out[0]
	}
	return querydsl.Any(place.Span, out...)
}

func (s *server) is(f, v *kql.Literal, at kql.Span, alone bool) querydsl.Query {
	place := querydsl.Place{Span: at}
	if alone && f.Any() && v.Any() {
		return &querydsl.MatchAll{Place: place}
	}
	value := querydsl.Text(v.Text)
	return s.each(f, place, func(t target) querydsl.Query {
		switch {
		case alone && v.Any():
			return &querydsl.Exists{Place: place, Field: t.name}
		case v.Kind == kql.Pattern && t.keyword:
			return &querydsl.Wildcard{Place: place, Field: t.name, Pattern: v.Text, Fold: s.opts.CaseInsensitive}
		case v.Kind == kql.Pattern:
			return &querydsl.QueryString{Place: place, Fields: []string{t.name}, Query: escapedServer(v)}
		case t.date:
			return &querydsl.Range{Place: place, Field: t.name, GTE: &value, LTE: &value, TimeZone: s.opts.TimeZone}
		case t.keyword:
			return &querydsl.Term{Place: place, Field: t.name, Value: value, Fold: s.opts.CaseInsensitive}
		case v.Kind == kql.Quoted:
			return &querydsl.Match{Place: place, Field: t.name, Value: value, Phrase: true}
		}
		return &querydsl.Match{Place: place, Field: t.name, Value: value, Lenient: true}
	})
}

func (s *server) ranged(n *kql.Range) (querydsl.Query, error) {
	place := querydsl.Place{Span: n.At}
	v := querydsl.Text(n.Value.Text)
	return s.each(n.Field, place, func(t target) querydsl.Query {
		r := &querydsl.Range{Place: place, Field: t.name}
		if t.date {
			r.TimeZone = s.opts.TimeZone
		}
		switch n.Op {
		case "<":
			r.LT = &v
		case "<=":
			r.LTE = &v
		case ">":
			r.GT = &v
		default:
			r.GTE = &v
		}
		return r
	}), nil
}

// escapedServer writes a pattern in Lucene's syntax: any star is a wildcard.
func escapedServer(l *kql.Literal) string {
	var b strings.Builder
	for i := range len(l.Text) {
		if c := l.Text[i]; c != '*' && strings.IndexByte(special, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(l.Text[i])
	}
	return b.String()
}
