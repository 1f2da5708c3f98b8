package ruletest

import (
	"testing"
	"testing/fstest"
)

// TestSuggestionsESQL: cases that are made up for rules in ES|QL pass when they are run, and notice what they say.
func TestSuggestionsESQL(t *testing.T) {
	for _, tt := range []struct {
		query string
		left  int // of what coverage and mutation report
	}{
		{`FROM logs-a-* METADATA _id | WHERE process.name IN ("a", "b") AND NOT user.name LIKE "svc*" | KEEP _id, process.name`, 0},
		{`FROM logs-a-* | EVAL k = CASE(url.path LIKE "*x*", 1, 0) | WHERE k == 1 OR http.request.method == "PUT"`, 2},
		{`FROM logs-a-* | WHERE event.outcome == "failure" | STATS n = COUNT(*), u = COUNT_DISTINCT(user.name) BY host.name | WHERE n >= 4 AND u > 1`, 0},
	} {
		fsys := fstest.MapFS{"rules/r.toml": &fstest.MapFile{Data: []byte("[rule]\nname = \"r\"\nrule_id = \"11111111-1111-4111-8111-111111111111\"\ndescription = \"d\"\n" +
			"risk_score = 21\nseverity = \"low\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''\n" + tt.query + "\n'''\n")}}
		before, after := suggested(t, fsys, "rules/r.toml")
		if after == nil {
			t.Errorf("%s: nothing was suggested", tt.query)
			continue
		}
		holdsPromises(t, tt.query, before, after)
		if before.Unsuggested > tt.left {
			t.Errorf("%s: nothing was found for %d of what is reported, want at most %d", tt.query, before.Unsuggested, tt.left)
		}
	}
}

// TestNoSuggestionsForNow: cases for a query that looks at the clock would not hold tomorrow.
func TestNoSuggestionsForNow(t *testing.T) {
	fsys := fstest.MapFS{"rules/r.toml": &fstest.MapFile{Data: []byte("[rule]\nname = \"r\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''FROM logs-* | WHERE @timestamp > NOW() - 5 minutes'''\n")}}
	if before, _ := suggested(t, fsys, "rules/r.toml"); len(before.Suggestions) > 0 || before.Unsuggested == 0 {
		t.Errorf("got %v, and %d that nothing was found for", before.Suggestions, before.Unsuggested)
	}
}
