package main

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

type object = map[string]any

// translate writes a condition in the Query DSL; ok is false if a part of it runs as a script.
func translate(condition string) (dsl object, ok bool) {
	q, issues := eql.Parse("any where " + condition)
	for _, is := range issues {
		if is.Level == eql.Error {
			return nil, false
		}
	}
	body, ok := q.Body.(*eql.EventQuery)
	if !ok {
		return nil, false
	}
	return expr(body.Cond)
}

func expr(e eql.Expr) (object, bool) {
	switch e := eql.Unparen(e).(type) {
	case *eql.Binary:
		return binary(e)
	case *eql.Unary:
		if e.Op == eql.Not {
			inner, ok := expr(e.X)
			return not(inner), ok
		}
	case *eql.Field:
		return term(e.Name, true, false), true
	case *eql.Match:
		return match(e)
	case *eql.In:
		return in(e)
	case *eql.Call:
		return call(e)
	}
	return nil, false
}

func binary(b *eql.Binary) (object, bool) {
	if b.Op == eql.And || b.Op == eql.Or {
		var list []object
		for _, side := range eql.Operands(b.Op, b) {
			o, ok := expr(side)
			if !ok {
				return nil, false
			}
			list = append(list, o)
		}
		if b.Op == eql.And {
			return object{"bool": object{"filter": list}}, true
		}
		return should(list), true
	}
	f, isField := eql.Unparen(b.X).(*eql.Field)
	v, constant, err := eql.Fold(b.Y, nil)
	if !isField || !constant || err != nil {
		return nil, false
	}
	if v.IsNull() {
		exists := object{"exists": object{"field": exact(f.Name)}}
		switch b.Op {
		case eql.Eq:
			return not(exists), true
		case eql.Ne:
			return exists, true
		}
		return nil, false
	}
	name := map[eql.Op]string{eql.Lt: "lt", eql.Le: "lte", eql.Gt: "gt", eql.Ge: "gte"}[b.Op]
	switch {
	case b.Op == eql.Eq:
		return term(exact(f.Name), value(v), false), true
	case b.Op == eql.Ne:
		return not(term(exact(f.Name), value(v), false)), true
	case name != "":
		return object{"range": object{exact(f.Name): object{name: value(v), "time_zone": "Z"}}}, true
	}
	return nil, false
}

func match(m *eql.Match) (object, bool) {
	f, ok := eql.Unparen(m.X).(*eql.Field)
	if !ok {
		return nil, false
	}
	var texts []string
	for _, l := range m.List {
		if l.Kind != eql.StringLiteral {
			return nil, false
		}
		texts = append(texts, l.Str)
	}
	if m.Op == eql.Regex || m.Op == eql.RegexFold {
		return object{"regexp": object{exact(f.Name): object{"value": strings.Join(texts, "|"), "case_insensitive": m.Op == eql.RegexFold}}}, true
	}
	var list []object
	for _, t := range texts {
		if !strings.ContainsAny(t, "*?") {
			list = append(list, term(exact(f.Name), t, m.Op != eql.Like))
			continue
		}
		list = append(list, wildcard(exact(f.Name), strings.ReplaceAll(t, `\`, `\\`), m.Op != eql.Like))
	}
	return should(list), true
}

func in(e *eql.In) (object, bool) {
	f, ok := eql.Unparen(e.X).(*eql.Field)
	if !ok {
		return nil, false
	}
	var values []any
	var list []object
	for _, item := range e.List {
		v, constant, err := eql.Fold(item, nil)
		if !constant || err != nil || v.IsNull() {
			return nil, false
		}
		values = append(values, value(v))
		list = append(list, term(exact(f.Name), value(v), true))
	}
	out := object{"terms": object{exact(f.Name): values}}
	if e.Fold {
		out = should(list)
	}
	if e.Negated {
		out = not(out)
	}
	return out, true
}

func call(e *eql.Call) (object, bool) {
	if len(e.Args) < 2 {
		return nil, false
	}
	f, ok := eql.Unparen(e.Args[0]).(*eql.Field)
	if !ok {
		return nil, false
	}
	var texts []string
	for _, a := range e.Args[1:] {
		v, constant, err := eql.Fold(a, nil)
		if !constant || err != nil || v.Kind != eqlfunc.String {
			return nil, false
		}
		texts = append(texts, v.Str)
	}
	switch strings.ToLower(e.Name) {
	case "startswith":
		return object{"prefix": object{exact(f.Name): object{"value": texts[0], "case_insensitive": e.Fold}}}, true
	case "endswith":
		return wildcard(exact(f.Name), "*"+texts[0], e.Fold), true
	case "stringcontains":
		return wildcard(exact(f.Name), "*"+texts[0]+"*", e.Fold), true
	case "cidrmatch":
		return object{"terms": object{exact(f.Name): texts}}, true
	}
	return nil, false
}

func not(o object) object { return object{"bool": object{"must_not": []object{o}}} }

func should(list []object) object {
	if len(list) == 1 {
		return list[0]
	}
	return object{"bool": object{"should": list, "minimum_should_match": 1}}
}

// exact is the field that stands for a text field in conditions.
func exact(name string) string {
	if name == "txt" {
		return "txt.keyword"
	}
	return name
}

func term(field string, v any, fold bool) object {
	q := object{"value": v}
	if fold {
		q["case_insensitive"] = true
	}
	return object{"term": object{field: q}}
}

func wildcard(field, pattern string, fold bool) object {
	return object{"wildcard": object{field: object{"value": pattern, "case_insensitive": fold}}}
}

// number is a JSON number as Java would print it.
type number string

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// value is a literal in JSON.
func value(v eqlfunc.Value) any {
	switch v.Kind {
	case eqlfunc.Bool:
		return v.True()
	case eqlfunc.String:
		return v.Str
	}
	return number(fmt.Sprint(v.Text()))
}
