package esql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// partial knows some fields and says nothing of the others, as the catalog does.
type partial map[string]string

func (p partial) Lookup(name string) ([]string, Presence) {
	if t := p[name]; t != "" {
		return []string{t}, Present
	}
	return nil, Undecidable
}
func (p partial) Names() ([]string, bool) { return nil, false }
func (p partial) Suggest(string) []string { return nil }

// TestFieldsBehindTable: behind a table of which nothing is known, a name that the index does not have is no field of it.
func TestFieldsBehindTable(t *testing.T) {
	for query, want := range map[string][]string{
		`FROM x | WHERE c == 1 | LOOKUP JOIN t ON a | WHERE b == 2`:                   {"c", "a", "b"},
		`FROM x | LOOKUP JOIN t ON a | WHERE b == 1 AND c == 2`:                       {"a", "b"},
		`FROM x | ENRICH p ON a | WHERE b == 1 AND c == 2`:                            {"a", "b"},
		`FROM x | ENRICH p ON a | LOOKUP JOIN t ON d | WHERE b == 1 AND c == 2`:       {"a", "b"},
		`FROM x | ENRICH p ON a WITH d | WHERE b == 1 AND c == 2 AND d == "of table"`: {"a", "b", "c"},
	} {
		q, _ := Parse(query)
		info, issues := Check(q, &Schema{Fields: partial{"a": "keyword", "b": "long"}})
		if len(issues) > 0 {
			t.Errorf("%s: %v", query, issues)
		}
		var got []string
		for _, f := range info.Fields {
			got = append(got, f.Attr.Field)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
