package event_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/cputime"
)

// fiveClauses is the typical rule of the throughput benchmarks: a category, two equalities, a list, a wildcard.
const fiveClauses = `process where host.os.type == "windows" and event.type == "start" and
  process.name in~ ("powershell.exe", "pwsh.exe", "cmd.exe") and process.parent.name : "winword.exe" and
  process.command_line : "*\\temp\\*.ps1"`

// syntheticEvents writes n process events of about 1.25 kB with the members that an endpoint agent sends.
func syntheticEvents(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"@timestamp":"2026-03-04T%02d:%02d:%02d.%03dZ","agent":{"id":"a1b2c3d4-%04x-4abc-9def-0123456789ab","type":"endpoint","version":"9.2.1"},`,
			i/3600000%24, i/60000%60, i/1000%60, i%1000, i&0xffff)
		fmt.Fprintf(&b, `"data_stream":{"dataset":"endpoint.events.process","namespace":"default","type":"logs"},"ecs":{"version":"9.2.0"},`)
		fmt.Fprintf(&b, `"event":{"action":"%s","category":["%s"],"created":"2026-03-04T00:00:00.000Z","dataset":"endpoint.events.process","id":"N%08xkQ+++++%d","kind":"event","module":"endpoint","sequence":%d,"type":["%s"]},`,
			pick("start", "end", "exec"), pick("process", "process", "file", "network"), i, i, i, pick("start", "end", "change"))
		fmt.Fprintf(&b, `"host":{"architecture":"x86_64","hostname":"WS-%03d","id":"0f%030x","ip":["10.0.%d.%d","fe80::%x"],"name":"ws-%03d","os":{"family":"windows","full":"Windows 11 Pro 23H2 (10.0.22631.3880)","name":"Windows","platform":"windows","type":"windows","version":"23H2 (10.0.22631.3880)"}},`,
			i%500, i%500, i>>8&255, i&255, i&0xffff, i%500)
		name := pick("cmd.exe", "powershell.exe", "svchost.exe", "chrome.exe", "RuntimeBroker.exe")
		fmt.Fprintf(&b, `"process":{"args":["C:\\Windows\\System32\\%s","-k","netsvcs"],"args_count":3,"code_signature":{"exists":true,"status":"trusted","subject_name":"Microsoft Windows","trusted":true},"command_line":"\"C:\\Windows\\System32\\%s\" -k netsvcs -p %d","entity_id":"{%08X-B293-5C05-0000-0010FAC80000}","executable":"C:\\Windows\\System32\\%s","hash":{"md5":"%032x","sha256":"%064x"},"name":"%s","parent":{"entity_id":"{%08X-0000}","executable":"C:\\Windows\\explorer.exe","name":"%s","pid":%d},"pid":%d},`,
			name, name, i, i, name, i, i, name, i, pick("explorer.exe", "WINWORD.EXE", "services.exe"), rnd.IntN(9999), rnd.IntN(9999))
		fmt.Fprintf(&b, `"user":{"domain":"CORP","id":"S-1-5-21-1004336348-1177238915-682003330-%d","name":"%s"}}`+"\n", 1000+i%90, pick("ann", "bob", "SYSTEM"))
	}
	return b.Bytes()
}

// recordedEvents reads the recorded attack events next to the repository; nil without them.
func recordedEvents(tb testing.TB) []byte {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "events", "atomic-red-team.ndjson.gz"))
	if err != nil {
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func compile(tb testing.TB, query string) *eval.Program {
	q, issues := eql.Parse(query)
	if len(issues) > 0 {
		tb.Fatal(issues)
	}
	p, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// BenchmarkNDJSON goes from NDJSON to the verdict of one rule, next to encoding/json into a map of the same bytes (which
// does not even evaluate the rule).
func BenchmarkNDJSON(b *testing.B) {
	inputs := []struct {
		name string
		data []byte
	}{{"synthetic", syntheticEvents(20_000)}, {"recorded", recordedEvents(b)}}
	for _, in := range inputs {
		if in.data == nil {
			continue
		}
		b.Run(in.name+"/rulevet", func(b *testing.B) { benchVerdicts(b, in.data) })
		b.Run(in.name+"/encoding-json", func(b *testing.B) { benchUnmarshal(b, in.data) })
	}
}

func benchVerdicts(b *testing.B, data []byte) {
	p := compile(b, fiveClauses)
	dec, rec := event.NewDecoder(p.Layout()), new(event.Record)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	events, cpu := 0, cputime.Used()
	for b.Loop() {
		r, err := event.NewReader("x", bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		for {
			_, err := r.Read(dec, rec)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			events++
			if _, err := p.Match(rec); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((cputime.Used()-cpu).Nanoseconds())/float64(events), "cpu-ns/event")
}

func benchUnmarshal(b *testing.B, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for line := range bytes.Lines(data) {
			var m map[string]any
			if err := json.Unmarshal(line, &m); err != nil {
				b.Fatal(err)
			}
		}
	}
}
