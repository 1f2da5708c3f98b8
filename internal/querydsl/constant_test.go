package querydsl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// TestOneValueForAnIndex: where an index has one value for all its documents, a star is a wildcard in every query, and nothing else is one. Asked of
// Elasticsearch 9.5.3 with _index; constant_keyword compares by the same code.
func TestOneValueForAnIndex(t *testing.T) {
	known := types{"set": mapping.ConstantKeyword, "k": mapping.Keyword}
	for _, tt := range []struct{ query, want string }{
		{`{"term": {"NAME": "own-a"}}`, "true"},
		{`{"term": {"NAME": "own-*"}}`, "true"},
		{`{"terms": {"NAME": ["zz", "*-a"]}}`, "true"},
		{`{"match_phrase": {"NAME": "o*-*a"}}`, "true"},
		{`{"term": {"NAME": "own-?"}}`, "false"},
		{`{"term": {"NAME": "own\\*"}}`, "false"},
		{`{"term": {"NAME": "OWN-*"}}`, "false"},
		{`{"term": {"NAME": {"value": "OWN-*", "case_insensitive": true}}}`, "true"},
		{`{"term": {"NAME": "b*"}}`, "false"},
		{`{"match_phrase_prefix": {"NAME": "own"}}`, "field `NAME` of type TYPE does not support match_phrase_prefix queries"},
	} {
		for _, name := range []struct{ field, typ string }{{"_index", "unknown"}, {"set", "constant_keyword"}} {
			query, want := replaced(tt.query, name.field, name.typ), replaced(tt.want, name.field, name.typ)
			if diff := cmp.Diff(want, onIndex(t, query, known)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
	}
	for query, want := range map[string]string{
		`{"wildcard": {"_index": "own-?"}}`: "false",
		`{"prefix": {"_index": "*-"}}`:      "true",
		`{"term": {"_index": ""}}`:          "the name of an index cannot be empty",
		`{"term": {"k": "own-*"}}`:          "false",
	} {
		if diff := cmp.Diff(want, onIndex(t, query, known)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func replaced(s, field, typ string) string {
	return strings.NewReplacer("NAME", field, "TYPE", typ).Replace(s)
}

// onIndex runs a query on a document of the index own-a.
func onIndex(t *testing.T, query string, known mapping.Fields) string {
	t.Helper()
	layout := &event.Layout{}
	cond, err := Compile(decoded(t, query), Options{Fields: known, Layout: layout, Now: now})
	if err != nil {
		return err.Error()
	}
	var rec event.Record
	if err := event.NewDecoder(layout).Decode([]byte(`{"set": "own-a", "k": "own-a"}`), &rec); err != nil {
		t.Fatal(err)
	}
	rec.Index = "own-a"
	return fmt.Sprint(cond.Node.Eval(&rec) == predicate.Yes)
}
