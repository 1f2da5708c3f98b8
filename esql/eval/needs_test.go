package eval_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/source"
)

// TestNeeds: which events a program lets come.
func TestNeeds(t *testing.T) {
	docs := []string{`{}`, `{"k":"a"}`, `{"k":"b","l":1}`, `{"k":["a","b"]}`, `{"k2":"a","b":true}`, `{"j":{"x":"on"}}`, `{"j.x":"off"}`, `{"j":{"x":[1]}}`}
	for _, c := range []struct {
		pipes string
		want  []int
	}{
		{`WHERE k == "a"`, []int{1, 3}},
		{`WHERE "a" == k AND l IS NOT NULL`, nil},
		{`WHERE k != "a"`, []int{1, 2, 3}}, // a comparison with nothing is null
		{`WHERE NOT (k == "a" OR l > 5)`, []int{2}},
		{`WHERE NOT (k != "a")`, []int{1, 3}},
		{`WHERE k IN ("b", "c") OR k2 LIKE "a*"`, []int{2, 3, 4}},
		{`WHERE k NOT IN ("b") AND k NOT LIKE "b*" AND k RLIKE "a|b"`, []int{1, 2, 3}},
		{`WHERE k IS NULL`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{`WHERE k NOT LIKE "*"`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{`MV_EXPAND k | WHERE k == "b"`, []int{2, 3}},
		{`EVAL z = TO_UPPER(COALESCE(k2, k)) | WHERE z == "A"`, []int{1, 2, 3, 4}},
		{`EVAL z = CASE(k == "b", "yes", k2 == "a", "yes", "no") | WHERE z == "yes"`, []int{2, 3, 4}},
		{`EVAL z = CASE(k == "b", l, null) | WHERE z IS NOT NULL`, []int{2}},
		{`EVAL z = k == "b", y = z | WHERE y`, []int{2, 3}},
		{`EVAL z = k == "b" | WHERE NOT z`, []int{1, 2, 3}},
		{`EVAL k = "a" | WHERE k == "a"`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{`EVAL k = "b" | WHERE k == "a"`, nil},
		{`EVAL z = k | EVAL k = k2 | WHERE z == "b"`, []int{2, 3}},
		{`RENAME k AS z | WHERE z == "b"`, []int{2, 3}},
		{`SORT l | KEEP k | WHERE k == "b"`, []int{2, 3}},
		{`LIMIT 5 | WHERE k == "b"`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{`WHERE l == 1 | STATS c = COUNT(*) BY k | WHERE k == "a"`, []int{2}},
		{`WHERE KQL("k: b") | KEEP k`, []int{2, 3}},
		{`WHERE NOT KQL("k: b") | KEEP k`, []int{0, 1, 4, 5, 6, 7}},
		{`WHERE JSON_EXTRACT(_source, "j.x") == "on"`, []int{5, 6, 7}},
		{`WHERE JSON_EXTRACT(_source, "j.x") IS NOT NULL`, []int{0, 1, 2, 3, 4, 5, 6, 7}}, // an object is a text too
		{`WHERE JSON_EXTRACT(_source, "j.x") == "[1]"`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	} {
		q, issues := esql.Parse("FROM a METADATA _source | " + c.pipes)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", c.pipes, issues)
		}
		p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}})
		if err != nil {
			t.Fatalf("%s: %v", c.pipes, err)
		}
		needs := p.Needs().Node
		dec := event.NewDecoder(p.Layout())
		var rec event.Record
		var got []int
		for i, d := range docs {
			if err := dec.Decode([]byte(d), &rec); err != nil {
				t.Fatal(err)
			}
			if needs.Eval(&rec) == predicate.Yes {
				got = append(got, i)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.pipes, diff)
		}
	}
}

// definition makes an EVAL of a column z that depends on others.
func (g *generator) definition() string {
	text := func() string {
		return pick(g, "k", "k2", "x", "low", g.literal("keyword"), "TO_LOWER(k2)", "TO_UPPER(x)", "SUBSTRING(k, 1, 1)", "CONCAT(k, k2)", "MV_APPEND(k, k2)", "NULL")
	}
	switch g.IntN(5) {
	case 0:
		return "COALESCE(" + text() + ", " + text() + ")"
	case 1:
		return "CASE(" + g.filter(1) + ", " + text() + ")"
	case 2:
		return "CASE(" + g.filter(1) + ", " + text() + ", " + g.filter(0) + ", " + text() + ", " + text() + ")"
	case 3:
		return "TO_LOWER(COALESCE(" + text() + ", CASE(" + g.filter(0) + ", " + text() + ", " + text() + ")))"
	}
	return text()
}

// TestNeedsDropNothing: the rows of the events that have what a program needs are those of all events.
func TestNeedsDropNothing(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(11, 11))}
	mapping := json.RawMessage(`{"properties":{"id":{"type":"integer"},"k":{"type":"keyword"},"k2":{"type":"keyword","ignore_above":2},"low":{"type":"keyword","normalizer":"lowercase"},` +
		`"l":{"type":"long"},"l2":{"type":"long"},"i":{"type":"integer"},"i2":{"type":"integer"},"small":{"type":"byte"},` +
		`"d":{"type":"double"},"d2":{"type":"double"},"b":{"type":"boolean"},"b2":{"type":"boolean"},"p":{"type":"ip"},"p2":{"type":"ip"},"t":{"type":"date"},` +
		`"t2":{"type":"date"},"ns":{"type":"date_nanos"},"x":{"type":"text"},"v":{"type":"version"}}}`)
	docs := g.docs(60)
	for i, d := range docs {
		var m map[string]any
		json.Unmarshal(d, &m)
		m["low"], m["small"] = g.value("keyword"), g.value("integer")
		docs[i], _ = json.Marshal(m)
	}
	indexes := map[string]corpusIndex{"r": buildIndex(t, "r", mapping, nil, docs)}
	ran, rejected := 0, 0
	for range 3000 {
		query := fmt.Sprintf("FROM r | EVAL z = %s, f = %s | %sWHERE %s %s %s | %sKEEP id, z", g.definition(), g.filter(1),
			pick(g, "", "MV_EXPAND z | ", "RENAME k AS old | EVAL k = z | ", "WHERE f | ", "SORT l, id | ", "EVAL z = TO_UPPER(z) | "),
			pick(g, "f", "NOT f", "z IS NOT NULL", `z == "a"`, `z != "b"`, `z IN ("a", "ab", "10")`, `z LIKE "a*"`, `z NOT LIKE "?"`, `"B" == z`),
			pick(g, "AND", "OR", "AND NOT", "OR NOT"), pick(g, "f == true", "("+g.filter(1)+")", `z == "A"`, `KQL("k: a*")`),
			pick(g, "", "EVAL f = k == z | WHERE f | ", "LIMIT 20 | WHERE l > 1 | "))
		q, issues := esql.Parse(query)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", query, issues)
		}
		if _, issues := esql.Check(q, &esql.Schema{Fields: eval.FieldTypes(q, []*eval.Index{indexes["r"].index})}); source.HasErrors(issues) {
			continue
		}
		if _, err := runQuery(query, indexes, eval.Options{}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		ran++
		rejected += rejects(t, q, indexes["r"])
	}
	if ran < 1000 || rejected < 10*ran {
		t.Errorf("%d queries reject %d events: too few to show anything", ran, rejected)
	}
}

// rejects counts the events that a query does not need.
func rejects(t *testing.T, q *esql.Query, ix corpusIndex) (n int) {
	p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{ix.index}})
	if err != nil {
		t.Fatal(err)
	}
	needs := p.Needs().Node
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for i, d := range ix.docs {
		if err := dec.Decode(d, &rec); err != nil {
			t.Fatal(strconv.Itoa(i), err)
		}
		if needs.Eval(&rec) == predicate.No {
			n++
		}
	}
	return n
}
