package esql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFeatures: what in a query 8.19 does not have.
func TestFeatures(t *testing.T) {
	for query, want := range map[string]string{
		`FROM x | STATS t = TOP(a, 2, "asc") BY b`:                     "",
		`FROM x | STATS t = TOP(a, 2) BY b`:                            "TOP with two arguments",
		`FROM x | WHERE a == null OR b IN ("c", null)`:                 "a comparison with null",
		`FROM x | WHERE null IN ("a") OR b IN ("c", null)`:             "a comparison with null",
		`FROM x | WHERE null == null AND a IS NULL`:                    "",
		`FROM x METADATA _id, _size | KEEP _size`:                      "metadata field _size",
		`ROW a = 1, b = 2 | EVAL c = a`:                                "",
		`ROW a = 1, b = a + 1`:                                         "an earlier column within ROW",
		`FROM x | WHERE m : "a" | EVAL m = TO_LOWER(m)`:                "",
		`FROM x | EVAL m = TO_LOWER(n) | WHERE m : "a"`:                "a full-text search in the computed column m",
		`FROM x | EVAL m = TO_LOWER(n) | WHERE MATCH_PHRASE(m, "a b")`: "a full-text search in the computed column m",
		`FROM x | WHERE a RLIKE ("b", "c") | LIMIT 1 BY a`:             "RLIKE with a list, LIMIT … BY",
		`SET time_zone = "UTC"; FROM x | INLINE STATS COUNT(*)`:        "SET, command INLINE STATS",
	} {
		q, issues := Parse(query)
		if len(issues) > 0 {
			t.Errorf("%s: %v", query, issues)
		}
		var got []string
		for _, f := range Features(q) {
			if f.Absent.Lacks(8, 19) && !f.Absent.Lacks(9, 5) {
				got = append(got, f.What)
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}
