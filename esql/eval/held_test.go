package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
)

// TestHeld: what a run keeps of 50,000 events with a text of 100 bytes, in bytes for each event.
func TestHeld(t *testing.T) {
	const n = 50_000
	for _, c := range []struct {
		pipes       string
		least, most int
	}{
		{"WHERE k IS NOT NULL | KEEP k", 0, 0},
		{"WHERE k == \"none\" | SORT k", 0, 0},
		{"SORT k | LIMIT 10 | KEEP k", 0, 30},
		{"SORT k | KEEP k", 116, 250},
		{"SORT l | KEEP l", 8, 120}, // the text is not read any more
		{"INLINE STATS m = MAX(l) | KEEP l, m", 8, 120},
		{"STATS c = COUNT(*)", 0, 1},
		{"STATS c = COUNT(*) BY k", 164, 300},
		{"STATS v = VALUES(k)", 116, 300},
		{"STATS v = COUNT_DISTINCT(k) BY l", 164, 400},
		{"STATS v = TOP(k, 3, \"asc\")", 0, 20},
		{"STATS v = MEDIAN(l)", 7, 20},
		{"STATS v = MAX(k), w = FIRST(k, l)", 0, 1},
	} {
		q, issues := esql.Parse("FROM a | " + c.pipes)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", c.pipes, issues)
		}
		p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{fuzzIndex()}, NoRowLimit: true})
		if err != nil {
			t.Fatalf("%s: %v", c.pipes, err)
		}
		run := p.Start(nil)
		rows := 0
		run.Each = func(string, *eval.Doc) { rows++ }
		dec := event.NewDecoder(p.Layout())
		var rec event.Record
		for i := range n {
			if err := dec.Decode(fmt.Appendf(nil, `{"k":"%0100d","l":%d}`, i, i), &rec); err != nil {
				t.Fatal(err)
			}
			run.Add(&rec, &eval.Meta{})
		}
		if held := run.Held() / n; held < c.least || held > c.most {
			t.Errorf("%s: %d bytes an event are held, want %d to %d", c.pipes, held, c.least, c.most)
		}
		before := rows
		if _, err := run.Finish(); err != nil {
			t.Errorf("%s: %v", c.pipes, err)
		}
		if p.Streams() != (before > 0) || rows == 0 && !strings.Contains(c.pipes, "none") {
			t.Errorf("%s: %d of %d rows came while events were added, promised: %t", c.pipes, before, rows, p.Streams())
		}
	}
}
