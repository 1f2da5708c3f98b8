package eval_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql/eval"
)

// TestLookupKeys: a row of several values has no partner in LOOKUP JOIN, on whichever side; ENRICH takes each of its values.
func TestLookupKeys(t *testing.T) {
	mapping := json.RawMessage(`{"properties":{"k":{"type":"keyword"},"id":{"type":"integer"}}}`)
	docs := []json.RawMessage{[]byte(`{"id":1,"k":"a"}`), []byte(`{"id":2,"k":["a","b"]}`), []byte(`{"id":3,"k":"c"}`), []byte(`{"id":4}`)}
	table := eval.NewTable([]eval.Field{{Name: "k", Type: "keyword"}, {Name: "tag", Type: "keyword"}},
		[][]byte{[]byte(`{"k":"a","tag":"one"}`), []byte(`{"k":"a","tag":"two"}`), []byte(`{"k":["b","c"],"tag":"both"}`), []byte(`{"tag":"none"}`)}, nil)
	opts := eval.Options{Lookups: map[string]*eval.Table{"t": table}, Policies: map[string]*eval.Policy{"p": {Type: "match", MatchField: "k", Table: table}}}
	for query, want := range map[string][]string{
		"FROM r | LOOKUP JOIN t ON k | KEEP id, tag": {`[1,"one"]`, `[1,"two"]`, `[2,null]`, `[3,null]`, `[4,null]`},
		"FROM r | ENRICH p ON k | KEEP id, tag":      {`[1,["one","two"]]`, `[2,["one","two","both"]]`, `[3,"both"]`, `[4,null]`},
	} {
		res, err := runQuery(query, map[string]corpusIndex{"r": buildIndex(t, "r", mapping, nil, docs)}, opts)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, res.Rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
