package esql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
)

// TestTexts: what is said of texts in conditions, each as code, level and place.
func TestTexts(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{`WHERE k == "a*"`, "query/wildcard-in-equality warning \"a*\"\n"},
		{`WHERE "a?" != k`, "query/wildcard-in-equality warning \"a?\"\n"},
		{`WHERE k IN ("a", "b*", "c")`, "query/wildcard-in-equality warning \"b*\"\n"},
		{`WHERE k == "*"`, "query/wildcard-in-equality warning \"*\"\n"},
		{`WHERE k == "http://x/?a=b" OR n == 5 OR ip == "10.0.0.1"`, ""},
		{`EVAL p = CASE(k == "a", "x*", "y") | WHERE p == "x*" | KEEP p`, ""},
		{`WHERE TO_LOWER(k) == "Abc"`, "query/case-literal warning \"Abc\"\n"},
		{`EVAL p = TO_LOWER(k) | RENAME p AS q | WHERE q LIKE "*Abc*" | KEEP q`, "query/case-literal warning \"*Abc*\"\n"},
		{`WHERE TO_UPPER(k) IN ("ABC", "abc") OR STARTS_WITH(TO_LOWER(k), "A")`, "query/case-literal warning \"abc\"\nquery/case-literal warning \"A\"\n"},
		{`WHERE TO_LOWER(k) RLIKE """a\W+|[A-Z]x""" OR TO_LOWER(k) RLIKE "Abc.*"`, "query/case-literal warning \"Abc.*\"\n"},
		{`WHERE k RLIKE "^a.*" OR k RLIKE """a\(?b""" OR k RLIKE "(?i)a"`, "query/regex-anchor warning \"^a.*\"\nquery/regex-anchor warning \"(?i)a\"\n"},
		{`WHERE k RLIKE ".*>&1" OR k RLIKE """a\@b"""`, "query/regex-operator warning \".*>&1\"\n"},
		{`WHERE STARTS_WITH(k, "a*") OR ENDS_WITH(k, "*b")`, "query/prefix-wildcard warning \"a*\"\nquery/needle-wildcard warning \"*b\"\n"},
		{`WHERE k LIKE "abc" OR k LIKE ("a", "b") OR k LIKE """a\*"""`, "query/like-no-wildcard info \"abc\"\n"},
		{`WHERE k IN ("a", "b", "a") OR n IN (1, 1)`, "query/duplicate-value warning \"a\" - , \"a\"\nquery/duplicate-value warning 1 - , 1\n"},
		{`STATS c = COUNT(*) WHERE k == "x*" BY ip`, "query/wildcard-in-equality warning \"x*\"\n"},
	} {
		src := "FROM logs-x | " + c.query
		q, issues := esql.Parse(src)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", c.query, issues)
		}
		_, issues = esql.Check(q, &esql.Schema{Fields: esql.FieldMap{"k": "keyword", "n": "long", "ip": "ip"}})
		var got strings.Builder
		for _, i := range issues {
			fmt.Fprintf(&got, "%s %s %s", i.Code, i.Level, src[i.Span.Start:i.Span.End])
			for _, e := range i.Edits {
				fmt.Fprintf(&got, " - %s", src[e.Span.Start:e.Span.End])
			}
			got.WriteByte('\n')
		}
		if diff := cmp.Diff(c.want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}
