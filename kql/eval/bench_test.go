package eval_test

import (
	"testing"

	"github.com/rulevet/rulevet/eql"
	eqleval "github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
)

const benchEvent = `{"@timestamp": "2026-11-20T09:12:04.000Z", "event": {"category": ["process"], "type": ["start"], "action": "exec"}, "host": {"os": {"type": "windows"}},
	"process": {"name": "powershell.exe", "args": ["powershell.exe", "-enc", "SQBFAFgA"], "pid": 4711, "parent": {"name": "winword.exe"}}, "user": {"name": "m.okafor"}}`

const benchKQL = `event.category: process and host.os.type: windows and process.name: (cmd.exe or powershell.exe or pwsh.exe) and process.parent.name: win* and not user.name: SYSTEM`

const benchEQL = `any where event.category == "process" and host.os.type == "windows" and process.name in ("cmd.exe", "powershell.exe", "pwsh.exe") and process.parent.name like "win*" and not user.name == "SYSTEM"`

func benchRecord(b *testing.B, l *event.Layout) *event.Record {
	b.Helper()
	var rec event.Record
	if err := event.NewDecoder(l).Decode([]byte(benchEvent), &rec); err != nil {
		b.Fatal(err)
	}
	return &rec
}

func BenchmarkMatch(b *testing.B) {
	b.Run("kql", func(b *testing.B) {
		q, _ := kql.Parse(benchKQL, kql.Kuery)
		p, err := eval.Compile(q, nil, eval.Options{})
		if err != nil {
			b.Fatal(err)
		}
		rec := benchRecord(b, p.Layout())
		b.ReportAllocs()
		for b.Loop() {
			if !p.Match(rec) {
				b.Fatal("no match")
			}
		}
	})
	b.Run("eql", func(b *testing.B) {
		q, _ := eql.Parse(benchEQL)
		p, err := eqleval.Compile(q, nil, eqleval.Options{})
		if err != nil {
			b.Fatal(err)
		}
		rec := benchRecord(b, p.Layout())
		b.ReportAllocs()
		for b.Loop() {
			if ok, err := p.Match(rec); !ok || err != nil {
				b.Fatal("no match")
			}
		}
	})
}

// TestMatchAllocates: deciding an event needs no memory, by whatever leaves on ordinary fields.
func TestMatchAllocates(t *testing.T) {
	for _, text := range []string{benchKQL, `process.pid >= 100 and process.args: *enc* and @timestamp > 2024-01-01`} {
		q, _ := kql.Parse(text, kql.Kuery)
		p, err := eval.Compile(q, nil, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var rec event.Record
		if err := event.NewDecoder(p.Layout()).Decode([]byte(benchEvent), &rec); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { p.Match(&rec) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{benchKQL, "nest: { k: x and n > 5 }", "*: x", "flat.a: *b*", "x", `t: "quick fox"`, "k: a* b*", "when: now-1d/d"} {
		f.Add(s, benchEvent)
	}
	f.Add("*~", "{}") // a text in Lucene's syntax that is longer than its source, once escaped
	f.Fuzz(func(t *testing.T, text, doc string) {
		for _, flavor := range []kql.Flavor{kql.Kuery, kql.Server} {
			q, issues := kql.Parse(text, flavor)
			if kql.HasErrors(issues) {
				continue
			}
			p, err := eval.Compile(q, nil, eval.Options{})
			if err != nil {
				continue
			}
			var rec event.Record
			if event.NewDecoder(p.Layout()).Decode([]byte(doc), &rec) == nil {
				p.Match(&rec)
			}
		}
		p, err := eval.CompileLucene(text, nil, eval.Options{})
		if err != nil {
			return
		}
		var rec event.Record
		if event.NewDecoder(p.Layout()).Decode([]byte(doc), &rec) == nil {
			p.Match(&rec)
		}
	})
}
