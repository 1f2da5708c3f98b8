package eval_test

import (
	"fmt"
	"testing"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
)

const benchQuery = `FROM logs-* | WHERE event.action == "start" | STATS count(*) BY host.name`

// benchRecords are decoded events.
func benchRecords(b *testing.B, layout *event.Layout) []*event.Record {
	b.Helper()
	var out []*event.Record
	dec := event.NewDecoder(layout)
	for i := range 4096 {
		action, name := "start", "cmd.exe"
		if i%3 == 0 {
			action = "end"
		}
		if i%5 == 0 {
			name = "bash"
		}
		doc := fmt.Sprintf(`{"event":{"action":%q},"process":{"pid":%d,"name":%q},"host":{"name":"host-%d"}}`, action, i, name, i%200)
		rec := &event.Record{}
		if err := dec.Decode([]byte(doc), rec); err != nil {
			b.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

func benchProgram(b *testing.B) *eval.Program {
	b.Helper()
	q, issues := esql.Parse(benchQuery)
	if len(issues) > 0 {
		b.Fatal(issues)
	}
	p, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{{Fields: []eval.Field{{Name: "event.action", Type: "keyword"}, {Name: "process.pid", Type: "long"},
		{Name: "process.name", Type: "keyword"}, {Name: "host.name", Type: "keyword"}}}}})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkStats counts events by host with ES|QL; events a second is the figure that counts. BenchmarkStatsPlain does the
// same in a plain loop.
func BenchmarkStats(b *testing.B) {
	p := benchProgram(b)
	records := benchRecords(b, p.Layout())
	b.ReportAllocs()
	run := p.Start(nil)
	meta := &eval.Meta{}
	for i := 0; b.Loop(); i++ {
		run.Add(records[i%len(records)], meta)
	}
	if _, err := run.Finish(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkStatsPlain(b *testing.B) {
	var layout event.Layout
	action, host := layout.Add("event.action"), layout.Add("host.name")
	records := benchRecords(b, &layout)
	counts := map[string]int{}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		rec := records[i%len(records)]
		if a := rec.Values(action); len(a) == 1 && a[0].Text == "start" {
			for _, v := range rec.Values(host) {
				counts[v.Text]++
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
