package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// maxHits is the number of matches that are asked for: Elasticsearch gives no more without paging.
const maxHits = 10_000

// kind is how a rule's query is run.
type kind uint8

const (
	eqlSearch kind = iota // _eql/search
	dslSearch             // _search
	rows                  // _query
)

// request is the search of a rule.
type request struct {
	kind    kind
	body    map[string]any // of eqlSearch and dslSearch
	query   *esql.Query    // of rows
	filters []any
}

// newRequest makes the search of a rule. The error says why there is none.
func newRequest(file *rule.File, c *compile.Compiler) (*request, error) {
	r := file.Rule
	switch r.Type {
	case "threshold", "new_terms", "threat_match", "machine_learning":
		return nil, fmt.Errorf("rules of type %s are more than one search, which is not asked of a cluster", r.Type)
	}
	if file.Query == nil {
		return nil, errors.New("the rule has no query")
	}
	filters, err := filtersOf(file)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Type == "eql":
		return &request{kind: eqlSearch, body: eqlBody(file, filters), filters: filters}, nil
	case r.Type == "esql":
		q, issues := esql.Parse(file.Query.Value)
		if source.HasErrors(issues) {
			return nil, errors.New("the query is not valid ES|QL")
		}
		return &request{kind: rows, query: q}, nil
	}
	program, err := c.Compile(file, compile.Options{})
	if err != nil {
		return nil, err
	}
	query := program.Unwrap() // without the filters, which are clauses of their own
	if f, ok := query.(interface{ Unfiltered() search.Program }); ok {
		query = f.Unfiltered()
	}
	translated, ok := query.(interface{ DSL() []byte })
	if !ok {
		return nil, fmt.Errorf("queries in %s are not translated to the Query DSL", strconv.Quote(r.Language))
	}
	var dsl any
	if err := json.Unmarshal(translated.DSL(), &dsl); err != nil {
		return nil, err
	}
	must := append([]any{dsl}, filters...)
	return &request{kind: dslSearch, filters: filters, body: map[string]any{"query": map[string]any{"bool": map[string]any{"filter": must}},
		"size": maxHits, "track_total_hits": true}}, nil
}

func eqlBody(file *rule.File, filters []any) map[string]any {
	r := file.Rule
	body := map[string]any{"query": file.Query.Value, "size": maxHits, "fetch_size": 1000}
	for key, value := range map[string]string{"event_category_field": r.EventCategoryOverride, "timestamp_field": r.TimestampField,
		"tiebreaker_field": r.TiebreakerField} {
		if value != "" {
			body[key] = value
		}
	}
	if len(filters) > 0 {
		body["filter"] = map[string]any{"bool": map[string]any{"filter": filters}}
	}
	return body
}

// filtersOf are the rule's filters as clauses of the Query DSL.
func filtersOf(file *rule.File) (out []any, err error) {
	for i := 0; ; i++ {
		n := file.Lookup("rule", "filters", i)
		if n == nil {
			return out, nil
		}
		meta := n.Get("meta")
		if d := meta.Get("disabled"); d != nil && d.Bool {
			continue
		}
		q := n.Get("query")
		if q == nil {
			return nil, fmt.Errorf("filter %d has no `query`, and no other form is known here", i+1)
		}
		clause := q.Value()
		if neg := meta.Get("negate"); neg != nil && neg.Bool {
			clause = map[string]any{"bool": map[string]any{"must_not": []any{clause}}}
		}
		out = append(out, clause)
	}
}

// on is the ES|QL query with another index in the place of those that it reads.
func on(q *esql.Query, index string) (string, error) {
	text, shift := q.Source, 0
	for n := range esql.Preorder(q) {
		from, ok := n.(*esql.From)
		if !ok || len(from.Sources) == 0 {
			continue
		}
		for _, s := range from.Sources {
			if _, plain := s.(*esql.Index); !plain {
				return "", errors.New("the query reads a subquery, which is not run on a temporary index")
			}
		}
		start, end := from.Sources[0].Span().Start+shift, from.Sources[len(from.Sources)-1].Span().End+shift
		text = text[:start] + index + text[end:]
		shift += len(index) - (end - start)
	}
	if text == q.Source {
		return "", errors.New("the query does not begin with FROM")
	}
	return text, nil
}
