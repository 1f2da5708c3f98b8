package fieldcheck

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/kql"
)

// written shows a condition; what nothing is known of is a question mark.
func written(e eql.Expr) string {
	switch x := eql.Unparen(e).(type) {
	case nil:
		return "none"
	case *eql.BadExpr:
		return "?"
	case *eql.Unary:
		return "not (" + written(x.X) + ")"
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return "(" + written(x.X) + " " + x.Op.String() + " " + written(x.Y) + ")"
		}
	}
	return eql.FormatExpr(e)
}

func TestKQLCondition(t *testing.T) {
	for _, c := range []struct{ kql, want string }{
		{`a.b : x`, `a.b == "x"`},
		{`a.b : "x y"`, `a.b == "x y"`},
		{`a.b : x*`, `a.b like "*"`},
		{`a.b : *`, `a.b like "*"`},
		{`a.b >= 5`, `a.b like "*"`},
		{`a.b : true`, `a.b like "*"`},
		{`a.b : (x or "y" or not z*)`, `((a.b == "x" or a.b == "y") or not (a.b like "*"))`},
		{`a.b : (x and y)`, `(a.b == "x" and a.b == "y")`},
		{`a.b : x and not (c.d : y or e.f : z)`, `(a.b == "x" and not ((c.d == "y" or e.f == "z")))`},
		{`a.* : x or y or a.b : { c : z }`, `((? or ?) or ?)`},
	} {
		q, issues := kql.Parse(c.kql, kql.Kuery)
		if kql.HasErrors(issues) {
			t.Fatalf("%s: %v", c.kql, issues)
		}
		if diff := cmp.Diff(c.want, written(kqlCondition(q.Root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.kql, diff)
		}
	}
}

func TestESQLCondition(t *testing.T) {
	for _, c := range []struct{ esql, want string }{
		{`WHERE a == "x"`, `a == "x"`},
		{`WHERE "x" == a AND b != "y"`, `(a == "x" and b != "y")`},
		{`WHERE a == "x" | EVAL c = 1 | WHERE b > 5`, `(a == "x" and b like "*")`},
		{`WHERE a == "x" | STATS n = COUNT(*) BY b | WHERE b == "y"`, `a == "x"`},
		{`STATS n = COUNT(*) | WHERE n > 5`, `none`},
		{`RENAME a AS z | WHERE z == "x"`, `a == "x"`},
		{`MV_EXPAND a | WHERE b == "x" AND a == "y"`, `(b == "x" and ?)`},
		{`EVAL a = "y" | WHERE a == "x"`, `?`},
		{`WHERE a IN ("x", "y") OR NOT b IN ("z")`, `(a in ("x", "y") or not (b == "z"))`},
		{`WHERE a NOT IN ("x")`, `not (a == "x")`},
		{`WHERE a LIKE "x*" AND b NOT LIKE "y*"`, `(a like "*" and ?)`},
		{`WHERE a : "x" AND b IS NOT NULL AND a IS NULL`, `((a == "x" and not (b == null)) and a == null)`},
		{`WHERE STARTS_WITH(a, "x") OR TO_LOWER(a) == "x" OR a == b`, `((a like "*" or ?) or ?)`},
	} {
		q, issues := esql.Parse("FROM logs-x | " + c.esql)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", c.esql, issues)
		}
		info, _ := esql.Check(q, nil)
		if diff := cmp.Diff(c.want, written(esqlCondition(info))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.esql, diff)
		}
	}
}
