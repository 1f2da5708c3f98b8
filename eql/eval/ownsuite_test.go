package eval_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOwnSuite runs the cases of testdata/eql, which stand there for other implementations too.
func TestOwnSuite(t *testing.T) {
	folder := filepath.Join("..", "..", "testdata", "eql")
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var cases []struct {
		About, Query, Tiebreaker string
		IDs                      []string
		Results                  [][]string
		Keys                     [][]string
		Error                    bool
	}
	if err := json.Unmarshal(read("cases.json"), &cases); err != nil {
		t.Fatal(err)
	}
	mapping, events := read("mapping.json"), read("events.ndjson")
	for _, c := range cases {
		got, keys, err := runQuery(t, c.Query, mapping, events, suiteOptions{Tiebreaker: c.Tiebreaker, ID: "id"}, 0)
		if (err != nil) != c.Error {
			t.Errorf("%s\nerror %v, want one: %v", c.Query, err, c.Error)
			continue
		}
		ids, results := []string{}, [][]string{}
		for _, r := range got {
			switch r := r.(type) {
			case string:
				ids = append(ids, r)
			case []any:
				var result []string
				for _, id := range r {
					text, _ := id.(string)
					result = append(result, text)
				}
				results = append(results, result)
			}
		}
		switch {
		case c.Error:
		case c.IDs != nil:
			if d := cmp.Diff(c.IDs, ids); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.Query, d)
			}
		default:
			if d := cmp.Diff(c.Results, results); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.Query, d)
			}
		}
		if c.Keys != nil {
			var texts [][]string
			for _, r := range keys {
				var row []string
				for _, k := range r {
					row = append(row, *k)
				}
				texts = append(texts, row)
			}
			if d := cmp.Diff(c.Keys, texts); d != "" {
				t.Errorf("%s keys (-want +got):\n%s", c.Query, d)
			}
		}
	}
	t.Logf("%d cases", len(cases))
}
