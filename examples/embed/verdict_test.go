package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/cli"
	"github.com/rulevet/rulevet/rule/ruletest"
	"github.com/rulevet/rulevet/schema"
)

// typed are conditions on fields of every type, by field: what stands behind the name of the field.
var typed = map[string][]string{
	"source.ip": {`== "10.0.0.1"`, `== "10.0.0.0/8"`, `!= "10.0.0.0/8"`, `== "::ffff:10.0.0.1"`, `== "2001:db8::/32"`, `> "10.0.0.1"`, `<= "10.0.0.1"`, `>= "fe80::"`, `== null`, `!= null`,
		`== "0.0.0.0/0"`, `== "::/0"`, `== "10.0.0.1/32"`, `< "192.168.1.1"`, `!= "192.168.1.77"`, `== "2001:DB8::1"`, `== "fe80::1"`},
	"process.pid": {`== 1`, `== 1.0`, `== 1.5`, `== "1"`, `> 1`, `>= 1`, `< 1`, `<= 1`, `!= 1`, `== 4294967296`, `> 0.5`, `< -1`, `== null`, `!= null`, `in (1, 2, 300)`, `not in (1)`, `== -5`},
	"process.name": {`== "cmd.exe"`, `== "CMD.EXE"`, `: "CMD.EXE"`, `: "c*.EXE"`, `: ("powershell.exe", "c?d.exe")`, `like "c*"`, `like "C*"`, `like~ "C*"`, `regex "c[mn]d.*"`, `regex~ "C.D\\..*"`,
		`in ("cmd.exe", "x")`, `in~ ("CMD.exe", "x")`, `not in ("cmd.exe")`, `> "cmd"`, `<= "cmd.exe"`, `!= "cmd.exe"`, `== "1"`, `== "10.0.0.1"`, `== null`, `: "*"`, `: "*ü*"`, `: "*Ü*"`, `== ""`},
	"process.command_line": {`: "*-ENC*"`, `like "*-enc*"`, `== null`, `!= null`, `: "? *"`, `regex ".*-enc .*"`, `: ("a*", "*b")`},
	"event.created": {`> "2024-01-01"`, `>= "2024-01-01"`, `< "2024-01-01"`, `<= "2024-01-01"`, `== "2024-01-01"`, `== "2024-01-01T10:00:00Z"`, `== "2024-01-01T10:00:00.000Z"`, `!= "2024-01-01"`, `== null`, `!= null`,
		`> "2024-01-01T09:59:59.999Z"`, `<= "2024-01-01T10:00:00Z"`, `> "now-1d"`, `< "now+1h"`, `== "2024-01"`, `>= "2024"`, `< 1704103200001`, `== 1704103200000`, `> "2023-12-31||+1d"`, `> "2024-01-01T11:00:00+01:00"`},
	"process.interactive": {`== true`, `== false`, `!= true`, `!= false`, `== null`, `!= null`},
	"event.risk_score":    {`== 47`, `== 47.5`, `> 47`, `>= 47.5`, `< 47.25`, `<= 0.1`, `== 0.1`, `!= 0.1`, `in (47.5, 1)`, `== null`, `> 1e2`},
	"host.os.version":     {`== "10.0"`, `> "10"`, `< "9"`, `: "10.*"`, `!= "10.0"`, `== "10"`},
	"process.args":        {`== "-enc"`, `: "-EN*"`, `in ("-enc", "x")`, `!= "-enc"`, `== null`, `like ("a*", "-e*")`},
	"destination.ip":      {`== "10.0.0.0/8"`, `!= null`, `== null`, `== "::1"`, `> "1.1.1.1"`, `!= "0.0.0.0/0"`},
	"user.name":           {`== "ann"`, `: "ANN*"`, `like "a?n"`, `!= "ann"`, `in~ ("ANN", "bob")`, `regex "[a-b].*"`, `== null`, `> "b"`},
	"file.size":           {`> 1024`, `== 1024`, `<= 1024`, `!= 1024`, `== null`, `< 0`, `in (1024, 2048)`, `>= 1e3`, `== 1024.0`},
	"destination.port":    {`== 443`, `in (443, 8443)`, `> 1024`, `!= 443`, `== null`, `>= 443`, `< 65536`},
}

// whole are conditions that are functions or link several fields.
var whole = []string{
	`cidrMatch(source.ip, "10.0.0.0/8")`, `cidrMatch(source.ip, "10.0.0.0/8", "fe80::/10")`, `not cidrMatch(source.ip, "10.0.0.0/8")`, `cidrMatch(source.ip, "2001:db8::/33")`,
	`startsWith(process.name, "c")`, `startsWith~(process.name, "C")`, `endsWith(process.name, ".exe")`, `endsWith~(process.name, ".EXE")`, `stringContains(process.command_line, "enc")`,
	`length(process.name) == 7`, `length(process.args) > 3`, `process.pid + 1 == 2`, `process.pid % 2 == 0`, `concat(process.name, "!") == "cmd.exe!"`,
	`substring(process.name, 0, 3) == "cmd"`, `indexOf(process.name, "m") == 1`, `string(process.pid) == "1"`, `string(source.ip) : "10.*"`, `between(process.name, "c", ".") == "md"`,
	`process.interactive`, `process.interactive and process.pid == 1`, `source.ip == "10.0.0.1" or event.created > "2024-06-01"`,
	`process.interactive == true or process.pid in (2, 300) and not process.name : "x*"`, `event.risk_score > 40 and event.risk_score < 50`, `event.risk_score / 2 > 23`,
	`?process.interactive == null`, `?host.os.version == "10.0"`, `not (source.ip == "10.0.0.0/8" or process.pid > 1)`, `true`, `false`, `process.pid == 1 and true`,
	`length(?process.working_directory) == 4`, `?process.working_directory : "/tmp"`,
	`process.name : ("a*", "c*", "p*") and destination.port != null`, `add(process.pid, 1) >= 2`, `subtract(destination.port, process.pid) == 442`,
	`multiply(process.pid, 2) == 600`, `modulo(process.pid, 7) == 6`, `divide(destination.port, 2) > 220`, `string(event.created) : "2024*"`, `concat(source.ip, ":", destination.port) : "10.0.0.1:*"`,
	`process.pid > 1 and process.pid < 400`, `process.args : "-enc" and not process.args : "x"`, `length(process.command_line) > 5 or process.name == null`,
	`destination.ip == "10.0.0.0/8" and user.name : "a*"`, `not user.name == "ann" and user.name != null`, `file.size > 1024 or destination.ip == "::1"`, `length(user.name) == 3`,
	`file.size % 1024 == 0`, `user.name : "ann" or user.name : "bob"`, `(file.size == 1024) == true`, `(user.name : "a*") == false`, `string(destination.ip) == "::1"`,
	`cidrMatch(destination.ip, "8.0.0.0/7", "::/120")`, `file.size - 1024 == 0`, `-file.size < -1500`, `event.created >= "2024-01-01" and event.created < "2024-01-02"`,
	`substring(process.name, -4) == ".exe"`, `indexOf~(process.name, "EXE") > 0`,
}

// documents have the values that tell a typed condition from one on plain JSON.
var documents = []string{
	`{"source":{"ip":"10.0.0.1"},"process":{"pid":1,"name":"cmd.exe","args":["cmd","-enc","x"],"command_line":"cmd -enc x","interactive":true},"event":{"created":1704103200000,"risk_score":47.5},"destination":{"port":443},"host":{"os":{"version":"10.0"}}}`,
	`{"source":{"ip":"::ffff:10.0.0.1"},"process":{"pid":"1","name":"CMD.EXE","interactive":"true"},"event":{"created":"2024-01-01T10:00:00.000Z","risk_score":"47.5"},"destination":{"port":"443"},"host":{"os":{"version":"9.1"}}}`,
	`{"source":{"ip":["192.168.1.77","2001:db8::1"]},"process":{"pid":[2,300],"name":["powershell.exe","cnd"],"interactive":"false"},"event":{"created":["2024-01-01","2024-07-01T00:00:00Z"],"risk_score":[0.1,100]},"destination":{"port":8443}}`,
	`{"source":{"ip":"fe80::1"},"process":{"pid":1.9,"name":"1","interactive":""},"event":{"created":"2023-12-31T23:59:59.999Z","risk_score":47},"destination":{"port":null}}`,
	`{"source.ip":"10.255.255.255","process.pid":-5,"process.name":"grün","process.working_directory":"/tmp","event.created":1e12}`,
	`{"process":{"pid":4294967296,"name":"10.0.0.1","args":"-enc"},"event":{"created":"2100-01-01T00:00:00+01:00"}}`,
	`{"process":{"name":"","interactive":false},"source":{"ip":null},"destination":{"ip":["::1","10.9.8.7"]},"user":{"name":["Ann","bob"]},"file":{"size":1024}}`,
	`{"destination":{"ip":"8.8.8.8"},"user":{"name":"ann"},"file":{"size":"2048"}}`,
	`{}`,
}

func conditions() []string {
	var out []string
	for field, list := range typed {
		for _, c := range list {
			out = append(out, field+" "+c)
		}
	}
	slices.Sort(out)
	return append(out, whole...)
}

// TestOneVerdict runs typed conditions in all the ways there are: by this program, in a test of Go, by rulevet test, hunt and query. They all
// find the same events.
func TestOneVerdict(t *testing.T) {
	list := conditions()
	if len(list) < 200 {
		t.Errorf("only %d conditions", len(list))
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, ".rulevet.toml", "roots = [\"rules\"]\n")
	write(t, "events.ndjson", strings.Join(documents, "\n")+"\n")
	write(t, "mapping.json", mappingOf(t))
	want := map[string][]int{}
	for i, c := range list {
		name := fmt.Sprintf("r%03d", i)
		path := filepath.Join("rules", name+".toml")
		src := fmt.Sprintf("[rule]\nname = %q\nrule_id = %q\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.*\"]\nquery = '''any where %s'''\n", name, name, c)
		write(t, path, src)
		write(t, filepath.Join("rules", "testdata", name, "match.ndjson"), strings.Join(documents, "\n")+"\n")
		want[name] = embedded(t, path)
		check(t, "ruletest.Match", c, want[name], matched(t, path))
		check(t, "query", c, want[name], queried(t, c))
	}
	tested, hunted := byTest(t), byHunt(t)
	none := 0
	for i, c := range list {
		name := fmt.Sprintf("r%03d", i)
		check(t, "rulevet test", c, want[name], tested[name])
		check(t, "hunt", c, want[name], hunted[name])
		if len(want[name]) == 0 || len(want[name]) == len(documents) {
			none++
		}
	}
	if none > len(list)/4 {
		t.Errorf("%d of %d conditions tell no event from another", none, len(list))
	}
}

func check(t *testing.T, way, condition string, want, got []int) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s by %s (-this program +there):\n%s", condition, way, d)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// mappingOf is a mapping with the types that the catalog has for the fields.
func mappingOf(t *testing.T) string {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	view := catalog.View(schema.Request{Indexes: []string{"logs-endpoint.events.*"}}, "")
	props := map[string]any{"event.category": map[string]string{"type": "keyword"}, "@timestamp": map[string]string{"type": "date"}}
	for _, name := range append(names(), "process.working_directory") {
		f := view.Describe(name).Field
		props[name] = map[string]any{"type": f.Type}
		if f.IgnoreAbove > 0 {
			props[name] = map[string]any{"type": f.Type, "ignore_above": f.IgnoreAbove}
		}
	}
	out, err := json.Marshal(map[string]any{"mappings": map[string]any{"properties": props}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func names() []string {
	var out []string
	for name := range typed {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// embedded is what the program prints.
func embedded(t *testing.T, path string) []int {
	var out strings.Builder
	if err := run(&out, path, "events.ndjson"); err != nil {
		t.Fatal(path, err)
	}
	found := []int{}
	for line := range strings.Lines(out.String()) {
		if text, ok := strings.CutPrefix(line, "match: "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return found
}

// silent is a test that does not fail: a condition that matches nothing is no failure here.
type silent struct{ testing.TB }

func (silent) Errorf(string, ...any) {}
func (silent) Helper()               {}

func matched(t *testing.T, path string) []int {
	found := []int{}
	for _, h := range ruletest.Match(silent{t}, path, strings.Join(documents, "\n")) {
		found = append(found, h.Events...)
	}
	return found
}

// rulevet runs the command and returns its output.
func rulevet(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := cli.Main(args, cli.Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs}); code > 1 {
		t.Fatalf("rulevet %v: exit %d\n%s%s", args, code, out.String(), errs.String())
	}
	return out.Bytes()
}

func queried(t *testing.T, condition string) []int {
	found := []int{}
	for line := range bytes.Lines(rulevet(t, "query", "--schema", "mapping.json", "--format", "json", "any where "+condition, "events.ndjson")) {
		var match struct{ Events []struct{ Index int } }
		if err := json.Unmarshal(line, &match); err != nil || len(match.Events) != 1 {
			t.Fatalf("%s: %s", condition, line)
		}
		found = append(found, match.Events[0].Index)
	}
	slices.Sort(found)
	return found
}

func byTest(t *testing.T) map[string][]int {
	var report struct {
		Rules []struct {
			RuleID string
			Cases  []struct {
				Got []struct{ Events []int }
			}
		}
	}
	if err := json.Unmarshal(rulevet(t, "test", "--format", "json"), &report); err != nil {
		t.Fatal(err)
	}
	out := map[string][]int{}
	for _, r := range report.Rules {
		out[r.RuleID] = []int{}
		for _, c := range r.Cases {
			for _, m := range c.Got {
				out[r.RuleID] = append(out[r.RuleID], m.Events...)
			}
		}
	}
	return out
}

func byHunt(t *testing.T) map[string][]int {
	var report struct {
		Rules []struct {
			RuleID  string
			Samples []struct {
				Events []struct{ Record int }
			}
		}
	}
	if err := json.Unmarshal(rulevet(t, "hunt", "--events", "events.ndjson", "--samples", "100", "--format", "json"), &report); err != nil {
		t.Fatal(err)
	}
	out := map[string][]int{}
	for _, r := range report.Rules {
		out[r.RuleID] = []int{}
		for _, s := range r.Samples {
			out[r.RuleID] = append(out[r.RuleID], s.Events[0].Record-1)
		}
	}
	return out
}
