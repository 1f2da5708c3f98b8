package eval

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/rulevet/rulevet/eql/event"
)

// BenchmarkMatch is a typical rule of five clauses on a decoded event: one that matches, and one that fails last.
func BenchmarkMatch(b *testing.B) {
	p, err := Compile(mustParse(b, `process where host.os.type == "windows" and event.type == "start" and
		process.name in~ ("powershell.exe", "pwsh.exe", "cmd.exe") and process.parent.name : "winword.exe" and
		process.command_line : "*\\temp\\*.ps1"`), nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, dir string }{{"match", "temp"}, {"fails last", "docs"}} {
		rec := mustDecode(b, p, `{"event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},"process":{"name":"powershell.exe",
			"parent":{"name":"WINWORD.EXE"},"command_line":"powershell -file C:\\Users\\ann\\`+c.dir+`\\run.ps1"}}`)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(rec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSequence feeds a two-step sequence by key from JSON, in order, while 100,000 keys are pending. One event in ten
// completes a sequence. It reports events a second and the live heap at the end.
func BenchmarkSequence(b *testing.B) {
	const keys = 100_000
	p, err := Compile(mustParse(b, `sequence by host.id, process.entity_id with maxspan=10m
		[process where event.type == "start" and process.name : "cmd.exe"]
		[network where destination.port == 443]`), nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	doc := func(i int) []byte {
		at := 1_700_000_000_000 + int64(i)*5 // 600,000 ms of maxspan hold 120,000 events
		if i%10 == 9 {
			return fmt.Appendf(nil, `{"@timestamp":%d,"event":{"category":"network"},"host":{"id":"h%d"},"process":{"entity_id":"p-%08d"},"destination":{"port":443}}`,
				at, (i-5)%100, i-5)
		}
		return fmt.Appendf(nil, `{"@timestamp":%d,"event":{"category":"process","type":["start"]},"host":{"id":"h%d"},"process":{"entity_id":"p-%08d","name":"cmd.exe"}}`,
			at, i%100, i)
	}
	for _, source := range []bool{false, true} {
		b.Run(fmt.Sprintf("source %v", source), func(b *testing.B) {
			run := p.NewRun(true)
			dec := event.NewDecoder(p.Layout())
			rec := new(event.Record)
			feed := func(i int, text []byte) {
				if err := dec.Decode(text, rec); err != nil {
					b.Fatal(err)
				}
				ref := Ref{Index: i}
				if source {
					ref.Source = text
				}
				if err := run.Feed(rec, ref); err != nil {
					b.Fatal(err)
				}
			}
			for i := range keys * 10 / 9 { // fill
				feed(i, doc(i))
			}
			docs := make([][]byte, b.N)
			for i := range docs {
				docs[i] = doc(keys*10/9 + i)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i, text := range docs {
				feed(keys*10/9+i, text)
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			clear(docs)
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "live-MB")
			runtime.KeepAlive(run)
		})
	}
}
