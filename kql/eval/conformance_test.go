package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sort"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// sharedSet is a file of ../shared/conformance; the tests skip without it.
type sharedSet struct {
	Indices map[string]struct {
		Mapping  json.RawMessage
		Settings map[string]any
		Docs     map[string]json.RawMessage
	}
	Cases []sharedCase
}

type sharedCase struct {
	ID, Group, Index, Query string
	Fields                  []string
	Dsl                     json.RawMessage
	Expected                []string
	Options                 struct {
		CaseInsensitive bool   `json:"case_insensitive"`
		TimeZone        string `json:"time_zone"`
		DefaultField    string `json:"default_field"`
	}
	Error *struct{ Kind, Type, Message string }
}

func shared(t *testing.T, set string) *sharedSet {
	t.Helper()
	data, err := os.ReadFile("../../../shared/conformance/" + set + "/cases.json")
	if err != nil {
		t.Skip("no shared conformance cases")
	}
	s := &sharedSet{}
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// fieldsOf makes the fields of an index.
func fieldsOf(t testing.TB, catalog *schema.Catalog, mapping json.RawMessage, settings map[string]any) mapping.Lister {
	t.Helper()
	file := t.TempDir() + "/mapping.json"
	doc, _ := json.Marshal(map[string]any{"mappings": mapping, "settings": settings})
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	overlays, err := overlay.Load([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	return catalog.Only(overlays...)
}

// outcome runs a query over documents: the ids that match, or the phase of an error.
func outcome(query string, flavor kql.Flavor, fields mapping.Fields, docs map[string]json.RawMessage, o eval.Options) (ids []string, phase string, p *eval.Program) {
	q, issues := kql.Parse(query, flavor)
	if kql.HasErrors(issues) {
		return nil, "parse", nil
	}
	p, err := eval.Compile(q, fields, o)
	if err != nil {
		var refused *eval.Error
		errors.As(err, &refused)
		return nil, refused.Phase, nil
	}
	return matching(p, docs, o.TimestampField), "", p
}

// matching lists the documents that match, by id.
func matching(p *eval.Program, docs map[string]json.RawMessage, index string) []string {
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	ids := []string{}
	for id, doc := range docs {
		if err := dec.Decode(doc, &rec); err != nil {
			panic(err)
		}
		rec.ID, rec.Index = id, index
		if p.Match(&rec) {
			ids = append(ids, id)
		}
	}
	sort.Slice(ids, func(i, j int) bool {
		a, _ := strconv.Atoi(ids[i])
		b, _ := strconv.Atoi(ids[j])
		return a < b
	})
	return ids
}

func conformance(t *testing.T, set string, flavor kql.Flavor) {
	s := shared(t, set)
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]mapping.Lister{}
	for name, index := range s.Indices {
		fields[name] = fieldsOf(t, catalog, index.Mapping, index.Settings)
	}
	failed := map[string]int{}
	for _, c := range s.Cases {
		want := c.Error != nil
		o := eval.Options{CaseInsensitive: c.Options.CaseInsensitive, TimeZone: c.Options.TimeZone, DefaultField: c.Options.DefaultField, TimestampField: c.Index}
		got, phase, p := outcome(c.Query, flavor, fields[c.Index], s.Indices[c.Index].Docs, o)
		switch {
		case want && phase != c.Error.Kind:
			t.Errorf("%s %s: %q: refused by %q, want %s (%s)", c.ID, c.Index, c.Query, phase, c.Error.Kind, c.Error.Message)
			failed[c.Group]++
		case !want && phase != "":
			t.Errorf("%s %s: %q: refused by %s, want %v", c.ID, c.Index, c.Query, phase, c.Expected)
			failed[c.Group]++
		case !want && !slices.Equal(got, c.Expected):
			t.Errorf("%s %s: %q = %v, want %v", c.ID, c.Index, c.Query, got, c.Expected)
			failed[c.Group]++
		}
		if p != nil && len(c.Dsl) > 0 && flavor == kql.Kuery {
			if diff := cmp.Diff(canonical(t, c.Dsl), canonical(t, wrapped(p.DSL()))); diff != "" {
				t.Errorf("%s: %q: translation (-want +got):\n%s", c.ID, c.Query, diff)
			}
		}
	}
	t.Log(len(s.Cases), "cases; failed by group:", failed)
}

// wrapped is a translation in the query that the detection engine sends.
func wrapped(dsl []byte) []byte {
	filter := []byte(`[` + string(dsl) + `]`)
	if bytes.Equal(dsl, []byte(`{"match_all":{}}`)) {
		filter = []byte("[]")
	}
	return []byte(`{"bool":{"must":[],"filter":` + string(filter) + `,"should":[],"must_not":[]}}`)
}

// canonical sorts what has no order and takes lists of one for their member.
func canonical(t *testing.T, doc []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	return flat(v)
}

func flat(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if one, ok := x.(map[string]any); ok && k == "must_not" {
				x = []any{one}
			}
			v[k] = flat(x)
		}
	case []any:
		var keys []string
		byKey := map[string]any{}
		for _, x := range v {
			b, _ := json.Marshal(flat(x))
			keys = append(keys, string(b))
			byKey[string(b)] = x
		}
		sort.Strings(keys)
		out := []any{}
		for _, k := range keys {
			out = append(out, byKey[k])
		}
		return out
	}
	return v
}

func TestKuery(t *testing.T)  { conformance(t, "kuery", kql.Kuery) }
func TestServer(t *testing.T) { conformance(t, "kql", kql.Server) }
