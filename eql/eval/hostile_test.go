package eval

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
)

// TestHostileQueries compiles queries and runs events that are made to take too long: each ends in an error or a verdict.
// That they do so soon is for the test's deadline to say.
func TestHostileQueries(t *testing.T) {
	many := func(n int, sep, format string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteString(sep)
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	long := `"` + strings.Repeat("a", 300_000) + `"`
	array := `[` + many(500, ",", `"a%d"`) + `]`
	docs := []string{`{"a":` + long + `}`, `{"a":` + array + `}`, `{"a":` + strings.Repeat("[", 400) + "1" + strings.Repeat("]", 400) + `}`}
	for name, c := range map[string]struct{ cond, want string }{ // want: error for the query, or the outcome for each document
		"parentheses":             {strings.Repeat("(", 100_000) + "a == 1" + strings.Repeat(")", 100_000), "error"},
		"negations":               {strings.Repeat("not ", 100_000) + "a == 1", "error"},
		"nested calls":            {strings.Repeat("concat(", 50_000) + "a" + strings.Repeat(")", 50_000) + ` == "x"`, "error"},
		"two hundred thousand or": {many(200_000, " or ", "a == %d"), "false false true"},
		"equal and":               {many(50_000, " and ", `a != "x%d"`), "true true true"},
		"patterns":                {many(30_000, " or ", `a : "*x%d*y"`), "false false false"},
		"a long list":             {`a in (` + many(100_000, ",", `"v%d"`) + `)`, "false false false"},
		"a long sum":              {"a - " + many(20_000, " + ", "%d") + " == 5", "false false false"},
		"stars":                   {`a : "` + strings.Repeat("*a", 100) + `*b"`, "false false false"},
		"holes":                   {`a : "*` + strings.Repeat("a?", 100) + `*b"`, "false false false"},
		"a needle of stars":       {`stringContains(a, "` + strings.Repeat("a*?", 100) + `b")`, "false false false"},
		"nested stars":            {`a regex "` + strings.Repeat("(a|aa)*", 100) + `b"`, "false false false"},
		"nested counts":           {`a regex "((a{0,999}){0,999}){0,999}b"`, "error"},
		"complement":              {`a regex "~(.*a.{30})"`, "error"},
		"combinations":            {"concat(" + strings.TrimSuffix(strings.Repeat("a,", 50), ",") + `) == "x"`, "false fails false"},
		"combinations of three":   {`concat(a, a, a) == "x"`, "false fails false"},
		"Java's nested stars":     {`substring(a, 0) regex "` + strings.Repeat("(a*)*", 10) + `b"`, "false false false"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hostileOutcome(t, c.cond, docs); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func hostileOutcome(t *testing.T, cond string, docs []string) string {
	q, issues := eql.Parse("any where " + cond)
	for _, i := range issues {
		if i.Level == eql.Error {
			return "error"
		}
	}
	p, err := Compile(q, nil, Options{})
	if err != nil {
		return "error"
	}
	var out []string
	dec, rec := event.NewDecoder(p.Layout()), new(event.Record)
	for _, d := range docs {
		if err := dec.Decode([]byte(d), rec); err != nil {
			t.Fatal(err)
		}
		switch ok, err := p.Match(rec); {
		case err != nil:
			out = append(out, "fails")
		default:
			out = append(out, fmt.Sprint(ok))
		}
	}
	return strings.Join(out, " ")
}
