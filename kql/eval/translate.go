package eval

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/mapping"
)

// Error is why a query that parses is refused. Phase is "translate" if Kibana refuses it, "parse" if the parser of
// Elasticsearch does, or "query" if the search fails when it begins.
type Error struct {
	Phase   string   // who refuses: "translate", "parse" or "query"
	Span    kql.Span // place in the query
	Field   string   // that it concerns; may be empty
	Message string   // one line, lower case
	Hint    string   // what to write instead; may be empty
}

func (e *Error) Error() string { return e.Message }

// Issue is the error as a finding.
func (e *Error) Issue() kql.Issue {
	code := "query/type-mismatch"
	if e.Phase == "parse" {
		code = "query/syntax"
	}
	return kql.Issue{Code: code, Level: kql.Error, Phase: e.Phase, Span: e.Span, Message: e.Message, Hint: e.Hint}
}

// kuery translates as Kibana does.
type kuery struct {
	source string
	fields mapping.Fields
	path   string // of the braces around
}

func (k *kuery) query(n kql.Node) (querydsl.Query, error) {
	switch n := n.(type) {
	case nil:
		return &querydsl.MatchAll{}, nil
	case *kql.And:
		return k.list(n.Items, n.At, querydsl.All)
	case *kql.Or:
		return k.list(n.Items, n.At, querydsl.Any)
	case *kql.Not:
		q, err := k.query(n.Item)
		if err != nil {
			return nil, err
		}
		return querydsl.None(n.At, q), nil
	case *kql.Nested:
		return k.nested(n)
	case *kql.Range:
		return k.ranged(n)
	case *kql.Is:
		return k.values(n.Field, n.Value, n.At)
	case *kql.Text:
		return k.is(nil, n.Literal, n.Span())
	case *kql.Bad:
		return nil, &Error{Phase: "parse", Span: n.At, Message: "this part of the query cannot be read"}
	}
	return nil, &Error{Phase: "translate", Span: n.Span(), Message: fmt.Sprintf("%T cannot be translated", n)}
}

func (k *kuery) list(items []kql.Node, at kql.Span, join func(kql.Span, ...querydsl.Query) *querydsl.Bool) (querydsl.Query, error) {
	var list []querydsl.Query
	for _, i := range items {
		q, err := k.query(i)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return join(at, list...), nil
}

// values spreads a list of values: each becomes a condition on the field.
func (k *kuery) values(f *kql.Literal, v kql.Node, at kql.Span) (querydsl.Query, error) {
	inner := func(items []kql.Node, at kql.Span, join func(kql.Span, ...querydsl.Query) *querydsl.Bool) (querydsl.Query, error) {
		var list []querydsl.Query
		for _, i := range items {
			q, err := k.values(f, i, i.Span())
			if err != nil {
				return nil, err
			}
			list = append(list, q)
		}
		return join(at, list...), nil
	}
	switch v := v.(type) {
	case *kql.And:
		return inner(v.Items, at, querydsl.All)
	case *kql.Or:
		return inner(v.Items, at, querydsl.Any)
	case *kql.Not:
		q, err := k.values(f, v.Item, v.Item.Span())
		if err != nil {
			return nil, err
		}
		return querydsl.None(at, q), nil
	case *kql.Value:
		return k.is(f, v.Literal, at)
	}
	return nil, &Error{Phase: "parse", Span: v.Span(), Message: "this part of the query cannot be read"}
}

func (k *kuery) nested(n *kql.Nested) (querydsl.Query, error) {
	outer := k.path
	k.path = join(k.path, nameOf(n.Field))
	defer func() { k.path = outer }()
	q, err := k.query(n.Item)
	if err != nil {
		return nil, err
	}
	return &querydsl.Nested{Place: querydsl.Place{Span: n.At}, Path: k.path, Query: q}, nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// nameOf is a literal as a name; Kibana prints the values of JSON.
func nameOf(l *kql.Literal) string { return l.Text }

// target is a field that a name stands for.
type target struct {
	name    string
	keyword bool // keyword and nothing else
	date    bool
	nested  string
}

// targets lists the fields that a name stands for; one that is not known stands for itself.
func (k *kuery) targets(f *kql.Literal) ([]target, error) {
	name := join(k.path, nameOf(f))
	if k.path != "" { // the types of fields in braces are not loaded
		return []target{{name: name}}, nil
	}
	if f.Kind == kql.Pattern {
		var list []target
		for _, n := range k.names(f) {
			list = append(list, k.target(n))
		}
		if _, lists := k.fields.(mapping.Lister); len(list) == 0 || !lists {
			list = []target{{name: name, keyword: !lists}}
		}
		return list, nil
	}
	t := k.target(name)
	if t.nested != "" {
		return nil, &Error{Phase: "translate", Span: f.At, Field: name, Message: fmt.Sprintf("`%s` is a nested field, which only braces reach", name),
			Hint: fmt.Sprintf("write %s: { %s: … }", t.nested, strings.TrimPrefix(name, t.nested+"."))}
	}
	return []target{t}, nil
}

// metaFields are the metadata that Kibana lists among the fields of an index.
var metaFields = []string{"_id", "_ignored", "_index", "_score", "_source"}

// names lists the fields whose names fit a pattern.
func (k *kuery) names(f *kql.Literal) []string {
	lister, ok := k.fields.(mapping.Lister)
	if !ok {
		return nil
	}
	var list []string
	for _, n := range metaFields {
		if f.Matches(n) {
			list = append(list, n)
		}
	}
	for _, n := range lister.Names(f.Parts()[0]) {
		if f.Matches(n) && k.exists(n) {
			list = append(list, n)
		}
	}
	return list
}

// exists reports what Kibana knows as a field: not objects.
func (k *kuery) exists(name string) bool {
	info, p := k.fields.Lookup(name)
	return p == mapping.Present && info.Type != mapping.Object && info.Type != mapping.Nested
}

func (k *kuery) target(name string) target {
	t := target{name: name}
	if k.fields == nil {
		t.keyword = true
		return t
	}
	info, p := k.fields.Lookup(name)
	switch {
	case p == mapping.Undecidable, p == mapping.Present && info.Type == mapping.Unknown && len(info.Also) == 0:
		t.keyword = true // by its JSON kind
	case p == mapping.Absent, len(info.Also) > 0:
	case info.Type == mapping.Keyword || info.Type == mapping.ConstantKeyword || info.Type == mapping.Wildcard:
		t.keyword = true
	case info.Type.DateFamily():
		t.date = true
	}
	if p == mapping.Present && info.Type != mapping.Object && info.Type != mapping.Nested {
		t.nested = info.NestedPath
	}
	if p == mapping.Present && info.Type == mapping.Flattened && below(k.fields, name) {
		t.nested = ""
	}
	return t
}

// below reports a key of a flattened field, which Kibana does not list.
func below(fields mapping.Fields, name string) bool {
	for i := range name {
		if name[i] == '.' {
			if info, p := fields.Lookup(name[:i]); p == mapping.Present && info.Type == mapping.Flattened {
				return true
			}
		}
	}
	return false
}

// is translates one value of a field; without a field it is looked for in all.
func (k *kuery) is(f, v *kql.Literal, at kql.Span) (querydsl.Query, error) {
	place := querydsl.Place{Span: at}
	if f != nil && f.Any() && v.Any() {
		return &querydsl.MatchAll{Place: place}, nil
	}
	if f == nil || f.Kind == kql.Null {
		if k.path == "" {
			if v.Kind == kql.Pattern {
				return &querydsl.QueryString{Place: place, Query: escaped(v)}, nil
			}
			return &querydsl.MultiMatch{Place: place, Value: valueOf(v), Phrase: v.Kind == kql.Quoted, Lenient: true}, nil
		}
		f = &kql.Literal{At: at, Text: "null"} // as JavaScript prints it behind the path
	}
	list, err := k.targets(f)
	if err != nil {
		return nil, err
	}
	var out []querydsl.Query
	for _, t := range list {
		q := k.onField(t, v, place)
		if t.nested != "" {
			q = &querydsl.Nested{Place: place, Path: t.nested, Query: q}
		}
		out = append(out, q)
	}
	return querydsl.Any(at, out...), nil
}

func (k *kuery) onField(t target, v *kql.Literal, place querydsl.Place) querydsl.Query {
	switch value := valueOf(v); {
	case v.Any():
		return &querydsl.Exists{Place: place, Field: t.name}
	case v.Kind == kql.Pattern && t.keyword:
		return &querydsl.Wildcard{Place: place, Field: t.name, Pattern: escaped(v)}
	case v.Kind == kql.Pattern:
		return &querydsl.QueryString{Place: place, Fields: []string{t.name}, Query: escaped(v)}
	case t.date:
		return &querydsl.Range{Place: place, Field: t.name, GTE: &value, LTE: &value, TimeZone: zone(value)}
	case t.keyword:
		return &querydsl.Term{Place: place, Field: t.name, Value: value}
	default:
		return &querydsl.Match{Place: place, Field: t.name, Value: value, Phrase: v.Kind == kql.Quoted}
	}
}

// zone is the time zone of the detection engine; Kibana gives none for a text that is only digits.
func zone(v querydsl.Value) string {
	if strings.Trim(v.Text, "0123456789") == "" && v.Kind == querydsl.String {
		return ""
	}
	return "Zulu"
}

func (k *kuery) ranged(n *kql.Range) (querydsl.Query, error) {
	list, err := k.targets(n.Field)
	if err != nil {
		return nil, err
	}
	var out []querydsl.Query
	for _, t := range list {
		v := valueOf(n.Value)
		r := &querydsl.Range{Place: querydsl.Place{Span: n.At}, Field: t.name}
		if t.date {
			r.TimeZone = zone(v)
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
		if t.nested != "" {
			out = append(out, &querydsl.Nested{Place: r.Place, Path: t.nested, Query: r})
			continue
		}
		out = append(out, r)
	}
	return querydsl.Any(n.At, out...), nil
}

func valueOf(l *kql.Literal) querydsl.Value {
	switch l.Kind {
	case kql.Null:
		return querydsl.Value{Kind: querydsl.Null, Text: "null"}
	case kql.True, kql.False:
		return querydsl.Value{Kind: querydsl.Boolean, Text: l.Text}
	}
	return querydsl.Text(l.Text)
}

// special are the characters that Kibana escapes in patterns, those of Lucene's query syntax. Its words AND, OR and NOT are
// not escaped.
const special = `+-=&|><!(){}[]^"~*?:\/`

// escaped writes a pattern so that only its wildcards are some.
func escaped(l *kql.Literal) string {
	var b strings.Builder
	for i, part := range l.Parts() {
		if i > 0 {
			b.WriteByte('*')
		}
		for j := range len(part) {
			if strings.IndexByte(special, part[j]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(part[j])
		}
	}
	return b.String()
}
