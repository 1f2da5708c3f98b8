package eval_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
)

// neverCondition makes conditions over few values, so that many of them cannot hold beside one another.
func (g *generator) neverCondition(depth int) string {
	if depth > 0 {
		x, y := g.neverCondition(depth-1), g.neverCondition(depth-1)
		return pick(g, x+" AND "+y, "("+x+" OR "+y+")", "("+x+" OR "+y+")", "NOT ("+x+" AND "+y+")", x+" AND "+y+" AND "+g.neverCondition(0))
	}
	text := func() string { return pick(g, `"a"`, `"b"`, `"ab"`) }
	number := func() int { return g.IntN(4) }
	return pick(g, "", "", "NOT ") + pick(g,
		"k == "+text(), "k != "+text(), text()+" == k", "k IN ("+text()+", "+text()+")", "k NOT IN ("+text()+", "+text()+")",
		"k LIKE "+pick(g, `"a*"`, `"?"`, `"*b"`), "STARTS_WITH(k, "+text()+")", "ENDS_WITH(k, "+text()+")", "k IS NULL", "k IS NOT NULL", "b == true", "b == false",
		fmt.Sprintf("l %s %d", pick(g, "<", "<=", ">", ">=", "==", "!="), number()), fmt.Sprintf("l IN (%d, %d)", number(), number()))
}

// TestNeverIsTrue: what is said to hold never, or to exclude nothing, is so for all events: the query gives the same rows with the
// condition written as false, or true.
func TestNeverIsTrue(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(5, 16))}
	mapping := json.RawMessage(`{"properties":{"id":{"type":"integer"},"k":{"type":"keyword"},"l":{"type":"long"},"b":{"type":"boolean"}}}`)
	var docs []json.RawMessage
	for _, k := range []string{"null", `"a"`, `"b"`, `"ab"`, `["a","b"]`, `["a","ab"]`} {
		for _, l := range []string{"null", "0", "1", "2", "3", "[1,2]"} {
			docs = append(docs, json.RawMessage(fmt.Sprintf(`{"id":%d,"k":%s,"l":%s,"b":%s}`, len(docs), k, l, pick(g, "true", "false", "null", "[true,false]"))))
		}
	}
	indexes := map[string]corpusIndex{"r": buildIndex(t, "r", mapping, nil, docs)}
	rows := func(query string) string {
		res, err := runQuery(query, indexes, eval.Options{})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return fmt.Sprint(res.Rows)
	}
	said := map[string]int{}
	for range 4000 {
		query := "FROM r | WHERE " + g.neverCondition(2) + " | SORT id | KEEP id"
		q, issues := esql.Parse(query)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", query, issues)
		}
		_, issues = esql.Check(q, &esql.Schema{Fields: eval.FieldTypes(q, []*eval.Index{indexes["r"].index})})
		for _, i := range issues {
			as := map[string]string{"query/contradiction": "false", "query/dead-clause": "false", "query/exclusion-never-applies": "true"}[i.Code]
			if as == "" {
				continue
			}
			said[i.Code]++
			switch { // of what stands behind NOT the contrary is said
			case strings.Contains(i.Message, "always holds"):
				as = "true"
			case strings.HasPrefix(i.Message, "NOT "):
				as = "false"
			}
			other := query[:i.Span.Start] + "(" + as + ")" + query[i.Span.End:]
			if i.Code == "query/contradiction" {
				other = "FROM r | WHERE false | SORT id | KEEP id"
			}
			if diff := cmp.Diff(rows(other), rows(query)); diff != "" {
				t.Fatalf("%s: %s, which is not so (-%s +as it is):\n%s", query, i.Message, as, strings.TrimSpace(diff))
			}
		}
	}
	for _, code := range []string{"query/contradiction", "query/dead-clause", "query/exclusion-never-applies"} {
		if said[code] < 50 {
			t.Errorf("%s was said %d times: too few to show anything", code, said[code])
		}
	}
}
