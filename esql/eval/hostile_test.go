package eval_test

import (
	"strings"
	"testing"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
)

// TestExplosions runs queries that make much of little: values that double in each command, rows that are multiplied. They end with an
// error at the command.
func TestExplosions(t *testing.T) {
	list := "ROW a = [" + strings.TrimSuffix(strings.Repeat("1, 2, ", 200), ", ") + "], k = 1 | EVAL b = a"
	for _, tt := range []struct{ query, want string }{
		{"ROW a = 1" + strings.Repeat(" | EVAL a = MV_APPEND(a, a)", 60), "more than [4194304] values are not supported"},
		{`ROW a = "x"` + strings.Repeat(" | EVAL a = MV_APPEND(a, a)", 60), "more than [4194304] values are not supported"},
		{list + strings.Repeat(" | MV_EXPAND a | EVAL a = b", 5) + " | STATS COUNT(*)", "more than [4194304] rows that are made of others are not supported"},
		{"ROW k = 1" + strings.Repeat(" | LOOKUP JOIN many ON k", 8) + " | STATS COUNT(*)", "more than [4194304] rows that are made of others are not supported"},
	} {
		q, issues := esql.Parse(tt.query)
		if len(issues) > 0 {
			t.Fatalf("%.60s: %v", tt.query, issues)
		}
		many := &eval.Table{Fields: []eval.Field{{Name: "k", Type: "integer"}}}
		for range 100 {
			many.Docs = append(many.Docs, []byte(`{"k": 1}`))
		}
		p, err := eval.Compile(q, eval.Options{Lookups: map[string]*eval.Table{"many": many}})
		if err != nil {
			t.Fatalf("%.60s: %v", tt.query, err)
		}
		_, err = p.Start(nil).Finish()
		if err == nil || err.Error() != tt.want {
			t.Errorf("%.60s: %v, want %q", tt.query, err, tt.want)
		}
	}
}

// TestUnlikeValues: what the check of a query would have refused is refused by Compile, too, and not met while it runs.
func TestUnlikeValues(t *testing.T) {
	for _, call := range []string{"MV_APPEND(i2, k2)", "MV_APPEND(k2, d)", "MV_UNION(i2, k2)", "MV_INTERSECTION(d, k)"} {
		q, issues := esql.Parse("FROM a | EVAL z = " + call)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", call, issues)
		}
		_, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}})
		if err == nil || !strings.Contains(err.Error(), "the values of both arguments must be of one type") {
			t.Errorf("%s: %v", call, err)
		}
	}
}
