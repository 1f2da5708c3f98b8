package esql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
)

// TestNever: conditions that cannot hold, each as code and place, with what stands against them.
func TestNever(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{`WHERE k == "a" AND k == "b"`, `contradiction k == "b" / k == "a"`},
		{`WHERE k IN ("a", "b") | SORT n | WHERE k IN ("c", "d")`, `contradiction k IN ("c", "d") / k IN ("a", "b")`},
		{`WHERE k == "a" OR k == "b"`, ""},
		{`WHERE n > 10 AND n < 5`, `contradiction n < 5 / n > 10`},
		{`WHERE NOT (n <= 10 OR n >= 5)`, `contradiction n >= 5 / n <= 10`},
		{`WHERE n > 9007199254740992 AND n <= 9007199254740993`, ""},
		{`WHERE n == 5 AND n != 5`, `contradiction n != 5 / n == 5`},
		{`WHERE n > 5 AND n < 6`, ""},
		{`WHERE k == "a" AND k != "a"`, `contradiction k != "a" / k == "a"`},
		{`WHERE k != "a" AND NOT k == "b" AND k IN ("a", "b")`, `contradiction k IN ("a", "b") / k == "b"`},
		{`WHERE k IS NULL AND k == "a"`, `contradiction k == "a" / k IS NULL`},
		{`WHERE NOT k IS NOT NULL AND k != "a"`, `contradiction k != "a" / k IS NOT NULL`},
		{`WHERE k == "cmd.exe" AND k LIKE "*.dll"`, `contradiction k LIKE "*.dll" / k == "cmd.exe"`},
		{`WHERE k IN ("ab", "ac") AND NOT STARTS_WITH(k, "a")`, `contradiction STARTS_WITH(k, "a") / k IN ("ab", "ac")`},
		{`WHERE k IN ("ab", "xc") AND STARTS_WITH(k, "a") AND k == "xc"`, `contradiction k == "xc" / k IN ("ab", "xc")`},
		{`WHERE b AND NOT b`, ""},
		{`WHERE b == true AND b == false`, `contradiction b == false / b == true`},
		{`WHERE false`, `contradiction false`},
		{`WHERE k == "a" AND (k == "b" OR n == 1)`, `dead-clause k == "b" / k == "a"`},
		{`WHERE k == "a" AND (n == 1 OR (k == "b" AND n == 2))`, `dead-clause k == "b" AND n == 2 / k == "a"`},
		{`WHERE k == "a" AND (k == "b" OR k == "c")`, `contradiction k == "b" OR k == "c" / k == "a"`},
		{`WHERE k == "a" AND NOT (k == "a" AND n == 1)`, `dead-clause k == "a" / k == "a"`},
		{`WHERE (k == "a" AND k == "b") OR n == 1`, `dead-clause k == "a" AND k == "b" / k == "a"`},
		{`WHERE k == "a" AND k != "b"`, `exclusion-never-applies k != "b" / k == "a"`},
		{`WHERE k NOT IN ("b", "c") AND k IN ("a", "d")`, `exclusion-never-applies k NOT IN ("b", "c") / k IN ("a", "d")`},
		{`WHERE k NOT IN ("a", "c") AND k IN ("a", "d")`, ""},
		{`WHERE k == "a" | STATS n = COUNT(*) BY k | WHERE k == "b"`, ""},
		{`WHERE k == "a" | EVAL k = "b" | WHERE k == "b"`, ""},
		{`WHERE ip == "10.0.0.1" AND ip == "10.0.0.2"`, ""},
	} {
		src := "FROM logs-x | " + c.query
		q, issues := esql.Parse(src)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", c.query, issues)
		}
		_, issues = esql.Check(q, &esql.Schema{Fields: esql.FieldMap{"k": "keyword", "n": "long", "ip": "ip", "b": "boolean"}})
		var got []string
		for _, i := range issues {
			line := fmt.Sprintf("%s %s", strings.TrimPrefix(i.Code, "query/"), src[i.Span.Start:i.Span.End])
			for _, r := range i.Related {
				line += " / " + src[r.Span.Start:r.Span.End]
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}
