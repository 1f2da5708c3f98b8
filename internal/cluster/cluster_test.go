package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/elastic"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// TestACancelledCaseLeavesNothing ends a run while the cluster searches: the index must go all the same.
func TestACancelledCaseLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	indexes := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "_eql/search") {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client is gone
			cancel()
			<-r.Context().Done()
			return
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == "PUT":
			indexes[r.URL.Path] = true
		case r.Method == "DELETE":
			delete(indexes, r.URL.Path)
		}
		fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	client, err := elastic.New(server.URL, elastic.Options{Env: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	tmp, _, err := elastic.NewTemporary(ctx, client, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file, _ := rule.Parse("a.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'any where true'\n"))
	m, err := NewTester(ctx, client, tmp, nil).Matcher(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Match([][]byte{[]byte(`{"@timestamp":"2026-01-01T00:00:00Z"}`)}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(indexes) > 0 {
		t.Errorf("left behind: %v", indexes)
	}
}

// types are fields by name.
type types map[string]mapping.Info

func (t types) Lookup(name string) (mapping.Info, mapping.Presence) {
	if info, ok := t[name]; ok {
		return info, mapping.Present
	}
	return mapping.Info{}, mapping.Absent
}

func (types) Suggest(string) []string { return nil }

func TestIndexBody(t *testing.T) {
	fields := types{
		"host.ip":           {Name: "ip"},
		"process.name":      {Name: "keyword", IgnoreAbove: 1024},
		"process.name.text": {Name: "match_only_text"},
		"old":               {Name: "keyword", Target: "process.name"},
		"list":              {Name: "nested"},
		"list.a":            {Name: "long", NestedPath: "list", Nested: true},
		"ratio":             {Name: "scaled_float", Scale: 100},
		"nothing":           {},
	}
	body := indexBody(fields, []string{"process.name.text", "old", "nothing", "_id"}, [][]byte{
		[]byte(`{"host":{"ip":"1.2.3.4"},"list":[{"a":1}],"ratio":0.5,"unknown":"x","process":{"name":null}}`), []byte(`not JSON`)})
	got := body["mappings"].(map[string]any)["properties"]
	want := map[string]any{
		"host":    map[string]any{"properties": map[string]any{"ip": map[string]any{"type": "ip"}}},
		"list":    map[string]any{"type": "nested", "properties": map[string]any{"a": map[string]any{"type": "long"}}},
		"old":     map[string]any{"type": "alias", "path": "process.name"},
		"process": map[string]any{"properties": map[string]any{"name": map[string]any{"type": "keyword", "ignore_above": 1024, "fields": map[string]any{"text": map[string]any{"type": "match_only_text"}}}}},
		"ratio":   map[string]any{"type": "scaled_float", "scaling_factor": 100.0},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestOnAnotherIndex(t *testing.T) {
	for text, want := range map[string]string{
		"from logs-*, other metadata _id | limit 1":            "from i metadata _id | limit 1",
		"FROM a\n| WHERE x IN (1)":                             "FROM i\n| WHERE x IN (1)",
		"row a = 1":                                            "",
		`from "quoted-*" | lookup join names on a | limit 1`:   "from i | lookup join names on a | limit 1",
		"from a | fork (where x == 1) (where x == 2) | keep x": "from i | fork (where x == 1) (where x == 2) | keep x",
	} {
		q, _ := esql.Parse(text)
		got, err := on(q, "i")
		if got != want || want == "" && err == nil {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestFiltersAreClauses holds the search of a rule with filters: the query and the filters stand beside each other.
func TestFiltersAreClauses(t *testing.T) {
	file, issues := rule.Parse("a.toml", []byte(`[rule]
type = "query"
language = "kuery"
index = ["logs-*"]
query = 'host.name: a'
[[rule.filters]]
[rule.filters.meta]
negate = true
[rule.filters.query.match_phrase]
"user.name" = "root"
[[rule.filters]]
[rule.filters.meta]
disabled = true
[rule.filters.query.match_phrase]
"user.name" = "ann"
`))
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	req, err := newRequest(file, &compile.Compiler{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(req.body["query"])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bool":{"filter":[{"bool":{"should":[{"term":{"host.name":{"value":"a"}}}],"minimum_should_match":1}},` +
		`{"bool":{"must_not":[{"match_phrase":{"user.name":"root"}}]}}]}}`
	var w, g any
	if err := errors.Join(json.Unmarshal([]byte(want), &w), json.Unmarshal(body, &g)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}
