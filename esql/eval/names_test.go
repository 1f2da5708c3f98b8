package eval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql/eval"
)

// TestDateNames holds what 9.5 gives: the month of a date in nanoseconds is short.
func TestDateNames(t *testing.T) {
	res, err := runQuery(`ROW a = "2024-05-06"::datetime, b = "2024-05-06"::date_nanos | EVAL c = MONTH_NAME(a), d = MONTH_NAME(b), e = DAY_NAME(a), f = DAY_NAME(b) | KEEP c, d, e, f`, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{`["May","May","Mon","Mon"]`}, res.Rows); d != "" {
		t.Error(d)
	}
	if res, err = runQuery(`ROW b = "2024-01-06"::date_nanos, a = "2024-01-06"::datetime | EVAL c = MONTH_NAME(a), d = MONTH_NAME(b) | KEEP c, d`, nil, eval.Options{}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{`["January","Jan"]`}, res.Rows); d != "" {
		t.Error(d)
	}
}
