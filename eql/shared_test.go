package eql_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/rulevet/rulevet/eql"
)

const shared = "../../shared"

// corpus returns the EQL queries of the public rules by file name; the test is skipped where they are absent.
func corpus(t testing.TB) map[string]string {
	queries := map[string]string{}
	_ = filepath.Walk(filepath.Join(shared, "corpus"), func(path string, _ os.FileInfo, _ error) error {
		if !strings.HasSuffix(path, ".toml") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Rule struct{ Language, Query string }
		}
		if err := toml.Unmarshal(src, &file); err != nil {
			t.Fatal(err)
		}
		if file.Rule.Language == "eql" {
			queries[filepath.Base(path)] = file.Rule.Query
		}
		return nil
	})
	if len(queries) == 0 {
		t.Skip("no corpus")
	}
	return queries
}

func conformance(t *testing.T, name string, v any) {
	src, err := os.ReadFile(filepath.Join(shared, "conformance", name))
	if err != nil {
		t.Skip(err)
	}
	if err := json.Unmarshal(src, v); err != nil {
		t.Fatal(err)
	}
}

func TestCorpus(t *testing.T) {
	queries := corpus(t)
	for name, src := range queries {
		q, issues := eql.Parse(src)
		if len(issues) > 0 {
			t.Errorf("%s: %v", name, issues)
			continue
		}
		roundTrip(t, q)
		nested(t, q)
		if _, issues := eql.Check(q, nil); hasError(issues) {
			t.Errorf("%s: %v", name, issues)
		}
	}
	t.Logf("%d queries", len(queries))
}

func TestConformanceParse(t *testing.T) {
	var good, bad []string
	for _, folder := range []string{"", "eql2/"} {
		var ok, no []string
		conformance(t, folder+"parse-ok.json", &ok)
		conformance(t, folder+"parse-error.json", &no)
		good, bad = append(good, ok...), append(bad, no...)
	}
	for _, src := range good {
		q, issues := eql.Parse(src)
		if hasError(issues) {
			t.Errorf("%s: %v", src, issues)
			continue
		}
		roundTrip(t, q)
	}
	for _, src := range bad {
		if _, issues := eql.Parse(src); !hasError(issues) {
			t.Errorf("no error: %s", src)
		}
	}
	t.Logf("%d parse, %d do not", len(good), len(bad))
}

// TestConformanceNotSupported lists the queries that end without an error here, with the reason.
func TestConformanceNotSupported(t *testing.T) {
	const mapping, legal = "field is missing from the mapping only", "legal today; the case asserts an old result"
	reasons := map[string]string{
		"missingField1": mapping, "fakeFieldWithHead2": mapping, "invalidFieldName": mapping, "badFieldWithLength": mapping,
		"notExitCodeGtWithHead3":                      legal,
		"processWithStringComparisonCaseInsensitive1": legal,
		"processWithStringComparisonCaseInsensitive4": legal,
		"withByKey_tail_head":                         "legal; an upstream defect in its evaluation",
	}
	var cases []struct{ Name, Query string }
	conformance(t, "not-supported.json", &cases)
	for _, c := range cases {
		q, issues := eql.Parse(c.Query)
		_, more := eql.Check(q, nil)
		failed, reason := hasError(issues) || hasError(more), reasons[c.Name]
		if failed == (reason != "") {
			t.Errorf("%s: error %v, reason why not %q", c.Name, failed, reason)
		}
		if reason == mapping {
			if _, issues := eql.Check(q, catalog{}); !hasError(issues) {
				t.Errorf("%s: no error with an empty mapping", c.Name)
			}
		}
	}
}

func TestConformanceFolding(t *testing.T) {
	var cases []struct {
		Section, Expression string
		Expected            any
		Unsupported         bool `json:"es_unsupported"`
	}
	conformance(t, "folding.json", &cases)
	passed := 0
	for _, c := range cases {
		if c.Unsupported {
			continue // not run by Elasticsearch: eql2/folding.json has what it answers
		}
		q, issues := eql.Parse("any where " + c.Expression)
		if len(issues) > 0 {
			t.Errorf("%s: %v", c.Expression, issues)
			continue
		}
		want := "null"
		if c.Expected != nil {
			want = fmt.Sprint(c.Expected)
		}
		v, ok, err := eql.Fold(q.Body.(*eql.EventQuery).Cond, nil)
		if got := v.Text(); !ok || err != nil || got != want && got != want+".0" {
			t.Errorf("%s: want %s, got %s %v %v", c.Expression, want, got, ok, err)
		}
		passed++
	}
	t.Logf("%d of %d", passed, len(cases))
}

func BenchmarkParseCorpus(b *testing.B) {
	size := 0
	queries := corpus(b)
	for _, q := range queries {
		size += len(q)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, q := range queries {
			eql.Parse(q)
		}
	}
}

// BenchmarkCheckCorpus checks the queries of the public rules without a schema.
func BenchmarkCheckCorpus(b *testing.B) {
	var list []*eql.Query
	for _, src := range corpus(b) {
		q, _ := eql.Parse(src)
		list = append(list, q)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, q := range list {
			eql.Check(q, nil)
		}
	}
}
