package eval

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/cputime"
)

// typicalRule has five clauses: a category, two equalities, a list, and two that fold case.
const typicalRule = `process where host.os.type == "windows" and event.type == "start" and
	process.name in~ ("powershell.exe", "pwsh.exe", "cmd.exe") and process.parent.name : "winword.exe" and
	process.command_line : "*\\temp\\*.ps1"`

// typicalEvent matches the typical rule in the folder "temp", else it fails at the last clause.
func typicalEvent(dir string) string {
	return `{"event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},"process":{"name":"powershell.exe",
		"parent":{"name":"WINWORD.EXE"},"command_line":"powershell -file C:\\Users\\ann\\` + dir + `\\run.ps1"}}`
}

// BenchmarkMatch is a typical rule of five clauses on a decoded event: one that matches, and one that fails last.
func BenchmarkMatch(b *testing.B) {
	p, err := Compile(mustParse(b, typicalRule), nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, dir string }{{"match", "temp"}, {"fails last", "docs"}} {
		rec := mustDecode(b, p, typicalEvent(c.dir))
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

// sequenceEvents writes events [from, to) of a stream in which 100,000 processes are within maxspan at any time: nine of
// ten start, the tenth is a connection of the process that started five events before.
func sequenceEvents(from, to int) []byte {
	var b bytes.Buffer
	start := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	for i := from; i < to; i++ {
		at := start.Add(time.Duration(i) * 54 * time.Millisecond / 10).Format("2006-01-02T15:04:05.000Z")
		head := `{"@timestamp":"` + at + `","agent":{"type":"endpoint","version":"9.2.1"},"ecs":{"version":"9.2.0"},"event":{"kind":"event","category":["`
		if i%10 == 9 {
			fmt.Fprintf(&b, head+`network"],"type":["start"]},"host":{"id":"h%d","os":{"type":"windows"}},"process":{"entity_id":"p-%08d","name":"cmd.exe"},"destination":{"ip":"203.0.113.7","port":443}}`+"\n", (i-5)%100, i-5)
			continue
		}
		fmt.Fprintf(&b, head+`process"],"type":["start"]},"host":{"id":"h%d","os":{"type":"windows"}},"process":{"entity_id":"p-%08d","name":"cmd.exe","executable":"C:\\Windows\\cmd.exe","args":["cmd.exe","/c","whoami"]}}`+"\n", i%100, i)
	}
	return b.Bytes()
}

// BenchmarkSequence goes from NDJSON to the results of a two-step sequence by key while 100,000 keys are pending. One event
// in ten completes a sequence. It reports the memory of the run for each pending key.
func BenchmarkSequence(b *testing.B) {
	const fill = 120_000
	p, err := Compile(mustParse(b, `sequence by host.id, process.entity_id with maxspan=10m
		[process where event.type == "start" and process.name : "cmd.exe"]
		[network where destination.port == 443]`), nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, source := range []bool{false, true} {
		b.Run(fmt.Sprintf("source %v", source), func(b *testing.B) {
			dec, rec := event.NewDecoder(p.Layout()), new(event.Record)
			results := 0
			feed := func(run *Run, data []byte) {
				r, err := event.NewReader("x", bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				for {
					doc, err := r.Read(dec, rec)
					if errors.Is(err, io.EOF) {
						return
					}
					ref := Ref{Index: doc.Index}
					if source {
						ref.Source = doc.Source
					}
					if err = errors.Join(err, run.Feed(rec, ref)); err != nil {
						b.Fatal(err)
					}
					if doc.Index%1000 == 0 {
						results += len(run.Drain())
					}
				}
			}
			first, rest := sequenceEvents(0, fill), sequenceEvents(fill, fill+b.N)
			before := liveHeap()
			run := p.NewRun(true)
			feed(run, first)
			perKey := float64(liveHeap()-before) / float64(run.Pending())
			b.ReportAllocs()
			b.ResetTimer()
			cpu := cputime.Used()
			feed(run, rest)
			cpu = cputime.Used() - cpu
			b.StopTimer()
			results += len(run.Finish())
			runtime.KeepAlive([][]byte{first, rest})
			if results < b.N/10 {
				b.Fatalf("%d results", results)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/event")
			b.ReportMetric(perKey, "B/key")
		})
	}
}

func liveHeap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMatchAllocates holds the promise that a match of an event query allocates nothing.
func TestMatchAllocates(t *testing.T) {
	p, err := Compile(mustParse(t, typicalRule), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"temp", "docs"} {
		rec := mustDecode(t, p, typicalEvent(dir))
		want := dir == "temp"
		n := testing.AllocsPerRun(100, func() {
			if got, err := p.Match(rec); err != nil || got != want {
				t.Errorf("%s: %v, %v", dir, got, err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per match, want none", dir, n)
		}
	}
}
