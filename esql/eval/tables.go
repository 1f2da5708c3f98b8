package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
)

// NewTable makes a table of documents. fields are those of its mapping; one that the documents have beside these gets the type
// that known has for it, or else that of its values, with texts as keyword. known may be nil.
func NewTable(fields []Field, docs [][]byte, known func(name string) (Field, bool)) *Table {
	s := NewSampler(&Index{Fields: fields})
	s.Keywords, s.Known = true, known
	for _, d := range docs {
		s.Add(d)
	}
	return &Table{Fields: s.Index().Fields, Docs: docs}
}

// Needs is what a query reads beside events, each once, in source order.
type Needs struct {
	Lookups  []string // indexes of LOOKUP JOIN
	Policies []string // policies of ENRICH
	// Model is set if the query asks a model for answers: COMPLETION.
	Model bool
}

// NeedsOf lists what a query reads beside events.
func NeedsOf(q *esql.Query) Needs {
	var out Needs
	add := func(list *[]string, name string) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	for n := range esql.Preorder(q) {
		switch n := n.(type) {
		case *esql.LookupJoin:
			add(&out.Lookups, n.Index.Name)
		case *esql.Enrich:
			add(&out.Policies, n.Policy)
		case *esql.Completion:
			out.Model = true
		}
	}
	return out
}

// ParsePolicy reads the definition of an ENRICH policy as Elasticsearch takes it:
// {"match": {"match_field": "ip", "enrich_fields": ["owner"]}}; also "range" and "geo_match". Its table is left open.
func ParsePolicy(data []byte) (*Policy, error) {
	var kinds map[string]struct {
		MatchField   string   `json:"match_field"`
		EnrichFields []string `json:"enrich_fields"`
	}
	if err := json.Unmarshal(data, &kinds); err != nil {
		return nil, fmt.Errorf("expected the definition of an enrich policy, an object: %w", err)
	}
	if len(kinds) != 1 {
		return nil, fmt.Errorf(`expected one member, "match", "range" or "geo_match", found %d`, len(kinds))
	}
	for kind, p := range kinds {
		switch {
		case kind != "match" && kind != "range" && kind != "geo_match":
			return nil, fmt.Errorf(`unknown type %q: expected "match", "range" or "geo_match"`, kind)
		case p.MatchField == "":
			return nil, errors.New("the policy lacks match_field")
		}
		return &Policy{Type: kind, MatchField: p.MatchField, Fields: p.EnrichFields}, nil
	}
	return nil, nil
}

// GuessPolicy makes the policy of a table of which no definition is at hand from how a query uses it: it matches by the field that
// is called like the column, or else by the one field that WITH does not name. An error says that neither decides.
func GuessPolicy(q *esql.Query, name string, table *Table) (*Policy, error) {
	p := &Policy{Type: "match", Table: table}
	has := func(name string) bool {
		return slices.ContainsFunc(table.Fields, func(f Field) bool { return f.Name == name })
	}
	var rest []string
	for _, f := range table.Fields {
		rest = append(rest, f.Name)
	}
	for n := range esql.Preorder(q) {
		x, ok := n.(*esql.Enrich)
		if !ok || x.Policy != name {
			continue
		}
		if x.On != nil && has(x.On.Text) {
			p.MatchField = x.On.Text
		}
		for _, w := range x.With {
			rest = slices.DeleteFunc(rest, func(f string) bool { return f == w.Field.Text })
		}
	}
	switch {
	case p.MatchField != "":
	case len(rest) == 1:
		p.MatchField = rest[0]
	default:
		return nil, fmt.Errorf("the policy may match by `%s`: its definition must say by which", strings.Join(rest, "`, `"))
	}
	if table.ranges(p.MatchField) {
		p.Type = "range"
	}
	return p, nil
}

// ranges tells whether a field of the table holds ranges.
func (t *Table) ranges(name string) bool {
	return slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Name == name && strings.HasSuffix(f.Type, "_range") })
}
