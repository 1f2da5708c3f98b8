package eval_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
)

// fuzzIndex has fields of all types.
func fuzzIndex() *eval.Index {
	ix := &eval.Index{}
	for _, f := range fieldTypes {
		ix.Fields = append(ix.Fields, eval.Field{Name: f.name, Type: f.typ})
	}
	ix.Fields = append(ix.Fields, eval.Field{Name: "id", Type: "integer"}, eval.Field{Name: "u", Type: "unsigned_long"}, eval.Field{Name: "g", Type: "geo_point"},
		eval.Field{Name: "o", Type: "binary"}, eval.Field{Name: "fl", Type: "flattened"})
	return ix
}

func mustNotBeOurs(t *testing.T, err error) {
	t.Helper()
	if strings.HasPrefix(err.Error(), "internal error") {
		t.Fatal(err)
	}
}

// FuzzRun runs any text that parses as ES|QL: it may be refused, but must not panic, and gives rows with the columns promised.
func FuzzRun(f *testing.F) {
	g := &generator{Rand: rand.New(rand.NewPCG(3, 3))}
	docs := g.docs(12)
	for range 150 {
		f.Add(g.program())
	}
	for _, q := range []string{
		`FROM a METADATA _id, _index | GROK k "%{WORD:w} %{NUMBER:n:int}" | DISSECT x "%{a} %{b->} %{+a}" | KEEP *`,
		`FROM a | INLINE STATS m = MAX(l) BY k | LIMIT 3 BY b | SORT m DESC NULLS LAST`,
		`FROM a | FORK (WHERE b | LIMIT 2) (STATS c = COUNT(*) BY p)`,
		`FROM a | STATS c = COUNT(*) BY w = BUCKET(t, 5, "2024-01-01", "2024-02-01"), n = BUCKET(l, 3.5)`,
		`ROW a = [1, 2], b = "x" | MV_EXPAND a | EVAL c = JSON_EXTRACT(b, "a[0].b"), d = DATE_PARSE("yyyy", b) | RENAME a AS b`,
		`FROM a | WHERE x : "a b" AND KQL("k: a*") OR QSTR("l:1") | EVAL z = REPLACE(k, "(a|b)*?(?=c)", "$0")`,
		`SET time_zone = "Europe/Berlin"; FROM a | EVAL z = DATE_FORMAT("yyyy-MM-dd'T'HH:mm z VV O", t), y = DATE_TRUNC(3 months, ns)`,
		`FROM a | EVAL z = NETWORK_DIRECTION(p, p2, ["private", k]), y = ROUND_TO(l, 1, 5), w = CLAMP(d, 1.0, 2.0), v = ST_DISTANCE(g, g)`,
		`FROM a | EVAL z = MV_UNION(k, k2), y = MV_DIFFERENCE(l, l2), w = MV_INTERSECTION(p, p2) | STATS FIRST(l, t), LAST(k, ns), TOP(i, 3, "desc", k), PERCENTILE(d, 33)`,
	} {
		f.Add(q)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		q, issues := esql.Parse(text)
		if len(issues) > 0 {
			return
		}
		p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}, Now: now, Lookups: map[string]*eval.Table{
			"lk": {Fields: []eval.Field{{Name: "k", Type: "keyword"}, {Name: "n", Type: "long"}}, Docs: [][]byte{[]byte(`{"k":"a","n":1}`)}}}})
		if err != nil {
			mustNotBeOurs(t, err)
			return
		}
		needs := p.Needs().Node
		dec := event.NewDecoder(p.Layout())
		var rec event.Record
		run, prepared := p.Start(p.NewCoverage()), p.Start(nil)
		reader := p.NewReader()
		for i, d := range docs {
			if err := dec.Decode(d, &rec); err != nil {
				t.Fatal(err)
			}
			meta := &eval.Meta{ID: strconv.Itoa(i), Source: d}
			run.Add(&rec, meta)
			addPrepared(prepared, reader, needs, &rec, meta)
		}
		res, err := run.Finish()
		if err != nil {
			mustNotBeOurs(t, err)
			return
		}
		other, err := prepared.Finish()
		if err != nil {
			t.Fatalf("%s\nfails with events that were chosen and read before: %v", text, err)
		}
		if diff := cmp.Diff(res.Rows, other.Rows); diff != "" {
			t.Fatalf("%s\n(-all events +those that were chosen and read before):\n%s", text, diff)
		}
		for _, r := range res.Rows {
			var row []any
			if err := json.Unmarshal([]byte(r), &row); err != nil || len(row) != len(res.Columns) {
				t.Fatalf("%s\nrow %s of %d columns: %v", text, r, len(res.Columns), err)
			}
		}
	})
}
