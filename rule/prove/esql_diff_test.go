package prove

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// compared compares two queries and checks that what is shown is so.
func compared(t *testing.T, old, changed string) *RuleChange {
	t.Helper()
	a, b := esqlRule(t, old), esqlRule(t, changed)
	c := Rules(&compile.Compiler{}, a, b)
	for _, m := range c.Lost {
		if finds(t, a, m.Events) == 0 || finds(t, b, m.Events) > 0 {
			t.Errorf("%s\n%s: not lost: %s", old, changed, m.Events)
		}
	}
	for _, m := range c.Gained {
		if finds(t, a, m.Events) > 0 || finds(t, b, m.Events) == 0 {
			t.Errorf("%s\n%s: not gained: %s", old, changed, m.Events)
		}
	}
	return c
}

// TestCompareESQL: verdicts for changed queries.
func TestCompareESQL(t *testing.T) {
	for _, tt := range []struct {
		old, changed string // behind FROM
		want         Relation
	}{
		{`| WHERE a == "x"`, `| where a=="x" // the same`, Equal},
		{`| WHERE a == "x" AND b == "y"`, `| WHERE b == "y" | WHERE a == "x"`, Equal},
		{`| WHERE a IN ("x", "y")`, `| WHERE a == "x" OR a == "y"`, Equal},
		{`| WHERE NOT a == "x"`, `| WHERE a != "x"`, Equal},
		{`| WHERE a LIKE "x*" AND a IS NOT NULL`, `| WHERE a LIKE "x*"`, Equal},
		{`| EVAL k = CASE(a == "x", 1, 0) | WHERE k == 1`, `| EVAL k = CASE(a == "x", 2, 3) | WHERE k == 2`, Equal},
		{`| WHERE a IN ("x", "y") | STATS n = COUNT(*) BY h | WHERE n > 3`, `| WHERE a IN ("y", "x") | STATS n = COUNT(*) BY h | WHERE n > 3`, Equal},
		{`| WHERE a == "x"`, `| WHERE a == "x" AND NOT b IN ("u", "v")`, Narrower},
		{`| WHERE a == "x"`, `| WHERE a IN ("x", "z")`, Wider},
		{`| WHERE a LIKE "x*"`, `| WHERE a LIKE "xy*"`, Narrower},
		{`| WHERE LENGTH(b) > 3 AND a == "x"`, `| WHERE LENGTH(b) > 3 AND a == "y"`, Different},
		{`| WHERE a == "x" | STATS n = COUNT(*) BY h | WHERE n > 3`, `| WHERE a == "x" | STATS n = COUNT(*) BY h | WHERE n > 5`, Unknown},
		{`| WHERE a == "x" | STATS n = COUNT(*) BY h | WHERE n < 3`, `| WHERE a == "x" AND b == "y" | STATS n = COUNT(*) BY h | WHERE n < 3`, Unknown},
		{`| WHERE a == "x" | LIMIT 5`, `| WHERE a == "x" AND b == "y" | LIMIT 5`, Unknown},
		// A value beside another one makes a comparison null: what holds of single values need not hold then.
		{`| WHERE a == "x" OR a != "x"`, `| WHERE a IS NOT NULL`, Wider},
	} {
		if c := compared(t, "FROM logs-a-* "+tt.old, "FROM logs-a-* "+tt.changed); c.Relation != tt.want {
			t.Errorf("%s\n%s: got %v (%s), want %v", tt.old, tt.changed, c.Relation, c.Why, tt.want)
		}
	}
}

// randomCondition is a condition over few columns and values.
func randomCondition(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	if depth > 0 && r.IntN(3) > 0 {
		x, y := randomCondition(r, depth-1), randomCondition(r, depth-1)
		return pick("("+x+" AND "+y+")", "("+x+" OR "+y+")", "NOT ("+x+")", "CASE("+x+", "+y+", false)")
	}
	c := pick("user.name", "process.name")
	switch r.IntN(7) {
	case 0:
		return c + " == " + pick(`"a"`, `"b"`)
	case 1:
		return c + " != " + pick(`"a"`, `"b"`)
	case 2:
		return c + pick(" IS NULL", " IS NOT NULL")
	case 3:
		return c + pick(" LIKE ", " NOT LIKE ") + pick(`"a*"`, `"*b"`, `"*"`)
	case 4:
		return c + pick(" IN ", " NOT IN ") + pick(`("a", "b")`, `("b", "ab")`)
	case 5:
		return "LENGTH(" + c + ") > 1"
	}
	return `KQL("` + c + ": " + pick("a", "b", "a*") + `")`
}

// matched are the documents that a query lets through, each by itself.
func matched(t *testing.T, query string, docs []string) (out []bool) {
	t.Helper()
	p, err := (&compile.Compiler{}).Compile(esqlRule(t, query), compile.Options{Now: Now()})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	decoder := event.NewDecoder(p.Layout())
	for _, doc := range docs {
		var rec event.Record
		if err := decoder.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		state := p.Start(search.Start{})
		if err := state.Feed(&rec, search.Ref{Source: []byte(doc)}, nil); err != nil {
			t.Fatal(err)
		}
		out = append(out, len(state.Finish()) > 0)
	}
	return out
}

// TestCompareESQLRandom: no verdict contradicts what the queries do with all small documents, those with several values too.
func TestCompareESQLRandom(t *testing.T) {
	values := []string{`null`, `"a"`, `"b"`, `"ab"`, `["a", "b"]`, `["ab", "b"]`, `["a", "aa"]`, `"c"`}
	var docs []string
	for _, u := range values {
		for _, p := range values {
			docs = append(docs, fmt.Sprintf(`{"user": {"name": %s}, "process": {"name": %s}}`, u, p))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := map[Relation]int{}
	for range 100 {
		x := randomCondition(r, 2)
		y := x
		switch r.IntN(3) {
		case 0:
			y = randomCondition(r, 2)
		case 1:
			y = x + " AND " + randomCondition(r, 1)
		case 2:
			y = "NOT (NOT (" + strings.ReplaceAll(x, `user.name IN ("a", "b")`, `(user.name == "b" OR user.name == "a")`) + "))"
		}
		old, changed := "FROM logs-a-* | WHERE "+x, "FROM logs-a-* | WHERE "+y
		c := compared(t, old, changed)
		verdicts[c.Relation]++
		a, b := matched(t, old, docs), matched(t, changed, docs)
		for i := range docs {
			lost, gained := a[i] && !b[i], b[i] && !a[i]
			if lost && (c.Relation == Equal || c.Relation == Wider) || gained && (c.Relation == Equal || c.Relation == Narrower) {
				t.Fatalf("%s\n%s: %v, but on %s the old one finds %t and the new one %t", old, changed, c.Relation, docs[i], a[i], b[i])
			}
		}
	}
	t.Log(verdicts)
	if verdicts[Equal] < 20 || verdicts[Narrower] < 10 {
		t.Errorf("too little was proved: %v", verdicts)
	}
}
