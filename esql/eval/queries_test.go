package eval_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
)

// TestQueries runs the queries of testdata/queries.txt.
func TestQueries(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var docs []json.RawMessage
	for line := range bytes.Lines(read("events.ndjson")) {
		docs = append(docs, line)
	}
	indexes := map[string]corpusIndex{"ev": buildIndex(t, "ev", read("mapping.json"), nil, docs)}
	blocks := strings.Split(strings.TrimSpace(string(read("queries.txt"))), "\n\n")
	if len(blocks) < 40 {
		t.Fatalf("%d queries", len(blocks))
	}
	for _, block := range blocks[1:] {
		lines := strings.Split(block, "\n")
		query, want := lines[0], lines[1:]
		res, err := runQuery("FROM ev | "+query, indexes, eval.Options{Now: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), V8: true})
		got := []string{"error"}
		if err == nil {
			got = res.Rows
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("%s (%v) (-want +got):\n%s", query, err, diff)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for query, want := range map[string]string{
		`FROM a | WHERE nosuch == 1`:                          "unknown column `nosuch`",
		`FROM a | LOOKUP JOIN b ON k`:                         "no table for the lookup index `b`",
		`FROM a | COMPLETION x = k WITH {"inference_id":"m"}`: "COMPLETION asks a model",
		`FROM a | STATS x = TOP(l, 0, "asc")`:                 "Limit must be greater than 0",
		`FROM a | GROK k "%{NOSUCH:x}"`:                       "unknown GROK pattern `NOSUCH`",
		`FROM a | EVAL x = 1 day`:                             "a time span cannot be a column",
	} {
		q, issues := esql.Parse(query)
		if len(issues) > 0 {
			t.Errorf("%s: %v", query, issues)
			continue
		}
		_, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", query, err, want)
		}
	}
}

// TestCoverage: a condition is covered when it was seen true and not true, behind an aggregation too.
func TestCoverage(t *testing.T) {
	q, _ := esql.Parse(`FROM a | WHERE k == "x" AND NOT b | EVAL z = CASE(l > 5, 1, 0) | STATS c = COUNT(*) BY k | WHERE c > 1`)
	p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}})
	if err != nil {
		t.Fatal(err)
	}
	cover := p.NewCoverage()
	run := p.Start(cover)
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for _, doc := range []string{`{"k":"x","b":false,"l":9}`, `{"k":"x","b":true}`, `{"k":"y"}`} {
		if err := dec.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		run.Add(&rec, &eval.Meta{})
	}
	if _, err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, c := range p.Conditions() {
		got = append(got, fmt.Sprintf("%s %t %t", c.Text, cover.True[i], cover.False[i]))
	}
	want := []string{`k == "x" true true`, "b true true", "l > 5 true false", "c > 1 false true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func ExampleCompile() {
	q, _ := esql.Parse(`FROM logs-* | WHERE user.name == "mia" | STATS logons = COUNT(*) BY host.name`)
	p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{{Fields: []eval.Field{
		{Name: "user.name", Type: "keyword"}, {Name: "host.name", Type: "keyword"}}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	run := p.Start(nil)
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for _, doc := range []string{`{"user":{"name":"mia"},"host":{"name":"oak"}}`, `{"user":{"name":"noa"},"host":{"name":"oak"}}`} {
		if err := dec.Decode([]byte(doc), &rec); err != nil {
			fmt.Println(err)
			return
		}
		run.Add(&rec, &eval.Meta{Index: "logs-demo"})
	}
	res, err := run.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range res.Rows {
		fmt.Println(res.Object(i))
	}
	// Output: {"logons":1,"host.name":"oak"}
}
