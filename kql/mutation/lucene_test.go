package mutation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/kql/mutation"
	"github.com/rulevet/rulevet/search"
)

// TestOfLucene has the mutants of each kind of clause.
func TestOfLucene(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"a:x", []string{"negate NOT a:x"}},
		{"a:x AND NOT b:y", []string{"drop-clause NOT b:y", "negate NOT a:x AND NOT b:y", "drop-clause a:x", "and-or a:x OR NOT b:y", "negate a:x AND b:y"}},
		{"+a:x -b:y", []string{"drop-clause -b:y", "negate a:x -b:y", "drop-clause +a:x", "and-or +a:x AND -b:y", "negate +a:x b:y"}},
		{"a:(x || y)", []string{"negate NOT a:(x || y)", "drop-clause a:(y)", "negate a:(NOT x || y)", "drop-clause a:(x)", "and-or a:(x AND y)", "negate a:(x || NOT y)"}},
		{"a:5", []string{"negate NOT a:5", "number a:6"}},
		{"a:>=5", []string{"negate NOT a:>=5", "number a:>5", "number a:>=4"}},
		{"a:[1 TO 9}", []string{"negate NOT a:[1 TO 9}", "number a:{1 TO 9}", "number a:[2 TO 9}", "number a:[1 TO 8}", "number a:[1 TO 9]"}},
		{"a:[1 TO *]", []string{"negate NOT a:[1 TO *]", "number a:{1 TO *]", "number a:[2 TO *]"}},
		{"a:x*", []string{"negate NOT a:x*", "wildcard a:*x*", "wildcard a:x"}},
		{"a:*x*y", []string{"negate NOT a:*x*y", "wildcard a:x*y", "wildcard a:*x*y*"}},
		{"a:*", []string{"negate NOT a:*"}},
		{"_exists_:5", []string{"negate NOT _exists_:5"}},
		{"a:(", nil},
		{"", nil},
	} {
		var got []string
		for _, m := range mutation.OfLucene(tt.query) {
			changed := search.Edited(tt.query, m.Edits)
			got = append(got, string(m.Change)+" "+changed)
			if _, issues := eval.ParseLucene(changed); len(issues) > 0 {
				t.Errorf("%s: %s cannot be read: %s", tt.query, changed, issues[0].Message)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}
