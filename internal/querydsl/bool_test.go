package querydsl

import "testing"

// TestMinimumShouldMatch holds what minimum_should_match means beside the other clauses. The verdicts are those of Elasticsearch 9.5.3 on two
// documents, k = a and k = b, observed in a node.
func TestMinimumShouldMatch(t *testing.T) {
	const all, a, b, none = `{"match_all": {}}`, `{"term": {"k": "a"}}`, `{"term": {"k": "b"}}`, `{"match_none": {}}`
	for _, tt := range []struct {
		query string
		a, b  bool
	}{
		{`{"filter": [` + all + `], "minimum_should_match": 1}`, false, false},
		{`{"should": [], "filter": [` + all + `], "minimum_should_match": 1}`, false, false},
		{`{"must": [` + all + `], "minimum_should_match": 0}`, true, true},
		{`{"minimum_should_match": 1}`, true, true},
		{`{"must_not": [` + a + `], "minimum_should_match": 1}`, false, true},
		{`{"must_not": [` + a + `], "minimum_should_match": 0}`, false, true},
		{`{"should": [` + a + `], "minimum_should_match": 2}`, false, false},
		{`{"should": [` + a + `], "minimum_should_match": 0}`, true, false},
		{`{"should": [` + a + `], "must_not": [` + b + `], "minimum_should_match": 0}`, true, false},
		{`{"should": [` + a + `], "filter": [` + all + `], "minimum_should_match": 0}`, true, true},
		{`{"should": [` + none + `], "filter": [` + all + `]}`, true, true},
		{`{"should": [` + a + `], "filter": [` + all + `], "minimum_should_match": 2}`, false, false},
		{`{"should": [` + a + `, ` + all + `], "minimum_should_match": 2}`, true, false},
		{`{"should": [` + a + `, ` + a + `], "minimum_should_match": 2}`, true, false},
		{`{"should": [` + a + `, ` + a + `, ` + b + `], "minimum_should_match": 2}`, true, false},
		{`{"should": [{"bool": {}}], "minimum_should_match": 1}`, true, true},
		{`{"must_not": [{"bool": {"filter": [` + all + `], "minimum_should_match": 1}}]}`, true, true},
		{`{"filter": [{"bool": {"should": [` + b + `], "minimum_should_match": 0}}]}`, false, true},
	} {
		q := decoded(t, `{"bool": `+tt.query+`}`)
		if q == nil {
			t.Fatalf("%s is refused", tt.query)
		}
		m, err := newMatcher(q, fields)
		if err != nil {
			t.Fatal(err)
		}
		if gotA, gotB := m.match(t, `{"k": "a"}`), m.match(t, `{"k": "b"}`); gotA != tt.a || gotB != tt.b {
			t.Errorf("%s matches a: %v, b: %v, want %v and %v", tt.query, gotA, gotB, tt.a, tt.b)
		}
	}
}
