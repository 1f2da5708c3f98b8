package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/bytedance/sonic"
	"github.com/minio/simdjson-go"
	"github.com/valyala/fastjson"

	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// Process writes n process events of about 1.25 kB with the members that an endpoint agent sends, one a line.
func Process(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	var b bytes.Buffer
	for i := range n {
		name := pick("cmd.exe", "powershell.exe", "svchost.exe", "chrome.exe")
		fmt.Fprintf(&b, `{"@timestamp":"2026-03-04T%02d:%02d:%02d.%03dZ","agent":{"id":"a1b2c3d4-%04x-4abc-9def-0123456789ab","type":"endpoint","version":"9.2.1"},`+
			`"data_stream":{"dataset":"endpoint.events.process","namespace":"default","type":"logs"},"ecs":{"version":"9.2.0"},`,
			i/3600000%24, i/60000%60, i/1000%60, i%1000, i&0xffff)
		fmt.Fprintf(&b, `"event":{"action":"start","category":"%s","dataset":"endpoint.events.process","id":"N%08xkQ+++++%d","kind":"event","module":"endpoint","sequence":%d,"type":"%s"},`,
			pick("process", "process", "file"), i, i, i, pick("start", "start", "end"))
		fmt.Fprintf(&b, `"host":{"architecture":"x86_64","hostname":"ws-%03d","id":"0f%030x","ip":["10.0.%d.%d","fe80::%x"],"name":"ws-%03d","os":{"family":"windows","full":"Windows 11 Pro 23H2","name":"Windows","type":"windows","version":"23H2 (10.0.22631.3880)"}},`,
			i%500, i, i>>8&255, i&255, i&0xffff, i%500)
		fmt.Fprintf(&b, `"process":{"args":["C:\\Windows\\System32\\%s","-k","netsvcs"],"args_count":3,"code_signature":{"exists":true,"status":"trusted","subject_name":"Microsoft Windows"},`+
			`"command_line":"c:\\windows\\system32\\%s -file c:\\%s\\x%d.%s","entity_id":"{%08X-B293-5C05-0000-0010FAC80000}","executable":"C:\\Windows\\System32\\%s","hash":{"md5":"%032x"},"name":"%s",`+
			`"parent":{"entity_id":"{%08X-0000}","executable":"C:\\Windows\\explorer.exe","name":"%s","pid":%d},"pid":%d},`,
			name, name, pick("temp", "docs"), i, pick("ps1", "txt"), i, name, i, name, i, pick("explorer.exe", "winword.exe", "services.exe"), rnd.IntN(9999), rnd.IntN(9999))
		fmt.Fprintf(&b, `"user":{"domain":"corp","id":"S-1-5-21-1004336348-1177238915-682003330-%d","name":"%s"}}`+"\n", 1000+i%90, pick("ann", "bob", "system"))
	}
	return b.Bytes()
}

// Scanner counts the events of an NDJSON input that satisfy the predicate.
type Scanner struct {
	Name string
	Scan func(data []byte) (matches int, err error)
}

// Scanners are rulevet and its peers. The peers evaluate the predicate as plain Go code on what they decode, and read
// neither dotted keys nor arrays of values; encoding/json and sonic decode into a struct of the needed members, which is
// the fastest they offer. simdjson-go only parses: it has no verdict.
var Scanners = []Scanner{
	{"rulevet", ScanQuery(eqlText)}, {"encoding/json", scanStruct(json.Unmarshal)}, {"sonic", scanStruct(sonic.Unmarshal)}, {"fastjson", scanFastjson},
}

// Parser is simdjson-go reading a whole input into its tape, whose memory it uses again.
type Parser struct{ tape *simdjson.ParsedJson }

// Parse reads an input in pieces of about 256 kB, for which the tape stays in the cache.
func (p *Parser) Parse(data []byte) error {
	if !simdjson.SupportedCPU() {
		return errors.New("simdjson-go does not support this processor")
	}
	for len(data) > 0 {
		n := len(data)
		if i := bytes.IndexByte(data[min(n, 256<<10):], '\n'); i >= 0 {
			n = min(n, 256<<10) + i + 1
		}
		tape, err := simdjson.ParseND(data[:n], p.tape, simdjson.WithCopyStrings(false))
		if err != nil {
			return err
		}
		p.tape, data = tape, data[n:]
	}
	return nil
}

// ScanQuery counts what a query matches.
func ScanQuery(query string) func(data []byte) (int, error) {
	return func(data []byte) (int, error) {
		p, err := Compile(query)
		if err != nil {
			return 0, err
		}
		r, err := event.NewReader("events", bytes.NewReader(data))
		if err != nil {
			return 0, err
		}
		return scan(r, p)
	}
}

func scan(r *event.Reader, p *eval.Program) (matches int, err error) {
	dec, rec := event.NewDecoder(p.Layout()), new(event.Record)
	for {
		if _, err := r.Read(dec, rec); errors.Is(err, io.EOF) {
			return matches, nil
		} else if err != nil {
			return matches, err
		}
		if ok, err := p.Match(rec); err != nil {
			return matches, err
		} else if ok {
			matches++
		}
	}
}

// holds is the predicate on the values it needs.
func holds(category, kind, os, name, parent, line string) bool {
	return category == "process" && os == "windows" && kind == "start" && (name == "powershell.exe" || name == "pwsh.exe" || name == "cmd.exe") &&
		parent == "winword.exe" && strings.Contains(line, `\temp\`) && strings.HasSuffix(line, ".ps1")
}

func scanStruct(unmarshal func([]byte, any) error) func([]byte) (int, error) {
	return func(data []byte) (int, error) {
		matches := 0
		for line := range bytes.Lines(data) {
			var e Event
			if err := unmarshal(line, &e); err != nil {
				return matches, err
			}
			if holds(e.Event.Category, e.Event.Type, e.Host.Os.Type, e.Process.Name, e.Process.Parent.Name, e.Process.CommandLine) {
				matches++
			}
		}
		return matches, nil
	}
}

func scanFastjson(data []byte) (int, error) {
	var p fastjson.Parser
	matches := 0
	for line := range bytes.Lines(data) {
		v, err := p.ParseBytes(line)
		if err != nil {
			return matches, err
		}
		text := func(keys ...string) string { return string(v.GetStringBytes(keys...)) }
		if holds(text("event", "category"), text("event", "type"), text("host", "os", "type"), text("process", "name"),
			text("process", "parent", "name"), text("process", "command_line")) {
			matches++
		}
	}
	return matches, nil
}
