package prove

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReview(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{`any where a == "x" and b == "y"`, nil},
		{`any where a == "x" or a == "y" or a == "x"`, []string{"warning query/absorbed `a == \"x\"` adds nothing: `a == \"x\"` says it already => any where a == \"x\" or a == \"y\""}},
		{`any where a : "c*" and a != null`, []string{"info query/absorbed `a != null` adds nothing: `a: \"c*\"` says it already => any where a : \"c*\""}},
		{`any where a : "c*" and not a : "*"`, []string{"error query/never-matches no event can match: `a: \"c*\"` and `not a: \"*\"` exclude each other"}},
		{`any where process.pid > 5 and process.pid < 3`, []string{"warning query/never-matches no event can match: `process.pid > 5` and `process.pid < 3` exclude each other (as long as `process.pid` has one value)"}},
		{`any where a : "/opt/*" and not a : "/opt/x/*"`, nil},
		{`any where not a : "/opt/*" and not a : "/opt/x/*"`, []string{"warning query/exclusion-never-applies `not a: \"/opt/x/*\"` excludes nothing: `not a: \"/opt/*\"` rules that out already => any where not a : \"/opt/*\""}},
		{`any where b == "y" and (a == "x" or b != "y")`, []string{"warning query/dead-clause `b != \"y\"` is never true here, given what stands around it => any where b == \"y\" and (a == \"x\")"}},
		{`any where a : ("cmd*", "cmd.exe", "x")`, []string{"info query/unreachable-value `a: \"cmd.exe\"` adds nothing: `a: \"cmd*\"` covers it"}},
		{`any where a : ("b*", "c") and not a : "b*"`, []string{"warning query/unreachable-value `a: \"b*\"` is never true here: what stands around it excludes it"}},
		{`any where cidrmatch(source.ip, "10.0.0.0/8", "10.1.0.0/16")`, []string{"info query/unreachable-value `cidrmatch(source.ip, \"10.1.0.0/16\")` adds nothing: `cidrmatch(source.ip, \"10.0.0.0/8\")` covers it"}},
		{`sequence by h [any where a == "x" and a == "x"] [any where true]`, []string{"warning query/absorbed `a == \"x\"` adds nothing: `a == \"x\"` says it already => sequence by h [any where a == \"x\"] [any where true]"}},
	} {
		var got []string
		for _, i := range Review(tt.query, programs(t, tt.query)[0], true) {
			line := i.Level.String() + " " + i.Code + " " + i.Message
			if len(i.Edits) == 1 {
				e := i.Edits[0]
				line += " => " + tt.query[:e.Span.Start] + e.New + tt.query[e.Span.End:]
			}
			got = append(got, line)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, d)
		}
	}
}
