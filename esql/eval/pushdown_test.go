package eval_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/source"
)

// filter makes conditions of the kind that are decided while events come in, beside others.
func (g *generator) filter(depth int) string {
	if depth > 0 {
		switch g.IntN(5) {
		case 0, 1:
			return g.filter(depth-1) + " AND " + g.filter(depth-1)
		case 2:
			return "(" + g.filter(depth-1) + " OR " + g.filter(depth-1) + ")"
		case 3:
			return "NOT (" + g.filter(depth-1) + ")"
		}
	}
	text := pick(g, "k", "k2", "x", "low")
	whole := pick(g, "l", "i", "i2", "small")
	switch g.IntN(9) {
	case 0, 1:
		return text + pick(g, " == ", " != ", " < ") + g.literal("keyword")
	case 2:
		return text + pick(g, " IN ", " NOT IN ") + `("a", "ab", "b*", ` + g.literal("keyword") + ")"
	case 3:
		return text + pick(g, " LIKE ", " NOT LIKE ", " RLIKE ") + pick(g, `"a*"`, `"*"`, `"?"`, `".*"`, `("a*", "b")`)
	case 4, 5:
		return whole + pick(g, " == ", " != ", " < ", " >= ") + pick(g, g.literal("integer"), g.literal("long"), "1.5")
	case 6:
		return pick(g, text, whole, "b", "t") + pick(g, " IS NULL", " IS NOT NULL")
	case 7:
		return g.literal("keyword") + " == " + text
	}
	return g.boolean(1)
}

// TestPushDown: what is decided while events come in gives the rows that the whole condition gives, which runs that record
// coverage decide over columns.
func TestPushDown(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(7, 7))}
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
	ix := buildIndex(t, "r", mapping, nil, docs).index
	dropped := 0
	for range 3000 {
		query := fmt.Sprintf("FROM r | %sWHERE %s | %sKEEP id, k", pick(g, "", "EVAL z = l + 1 | ", "WHERE "+g.filter(0)+" | "), g.filter(2), pick(g, "", "SORT k2, id | ", "STATS id = COUNT(*), k = MAX(k) BY i | "))
		q, issues := esql.Parse(query)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", query, issues)
		}
		if _, issues := esql.Check(q, &esql.Schema{Fields: eval.FieldTypes(q, []*eval.Index{ix})}); source.HasErrors(issues) {
			continue
		}
		run := func(covered bool) *eval.Result {
			p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{ix}, Now: time.Now()})
			if err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			var cover *eval.Coverage
			if covered {
				cover = p.NewCoverage()
			}
			r := p.Start(cover)
			dec := event.NewDecoder(p.Layout())
			var rec event.Record
			for i, d := range docs {
				if err := dec.Decode(d, &rec); err != nil {
					t.Fatal(err)
				}
				r.Add(&rec, &eval.Meta{ID: strconv.Itoa(i + 1), Index: "r", Source: d})
			}
			res, err := r.Finish()
			if err != nil {
				return &eval.Result{Rows: []string{err.Error()}}
			}
			return res
		}
		want, got := run(true), run(false)
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" {
			t.Errorf("%s (-over columns +while events come in):\n%s", query, diff)
		}
		if len(want.Rows) < len(docs) {
			dropped++
		}
	}
	if dropped < 1000 {
		t.Errorf("%d queries drop rows: too few to show anything", dropped)
	}
}
