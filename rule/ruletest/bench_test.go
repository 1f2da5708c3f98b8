package ruletest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// repositoryOf writes n rules with fixtures in the sizes of a real repository: two event files, a cases.toml of four, one
// rule in ten a sequence.
func repositoryOf(tb testing.TB, n int) string {
	tb.Helper()
	dir := tb.TempDir()
	put := func(name, data string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range n {
		stem := fmt.Sprintf("rule_%04d", i)
		query := fmt.Sprintf(`process where host.os.type == "linux" and event.type == "start" and process.name in ("tool%d", "tool%d-static") and
  process.args : ("--exec*", "-e", "/tmp/%d/*") and not process.parent.executable : ("/opt/agent/*", "/usr/lib/systemd/*")`, i, i, i)
		if i%10 == 0 {
			query = fmt.Sprintf(`sequence by host.id with maxspan=1m
  [process where event.type == "start" and process.name == "tool%d" and process.args : ("--exec*", "-e")]
  [network where destination.port == %d and not cidrMatch(destination.ip, "10.0.0.0/8")]`, i, 1000+i)
		}
		put("rules/"+stem+".toml", "[metadata]\nintegration = [\"endpoint\"]\n[rule]\nname = \"Rule "+stem+"\"\nrule_id = \""+stem+
			"\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.*\"]\nquery = '''\n"+query+"\n'''\n")
		start := fmt.Sprintf(`{"@timestamp":"2026-05-04T10:00:00Z","event":{"category":["process"],"type":["start"],"action":"exec"},"host":{"id":"h1","os":{"type":"linux"}},`+
			`"process":{"name":"tool%d","pid":%d,"args":["tool%d","--exec=x","-v"],"executable":"/usr/bin/tool%d","command_line":"tool%d --exec=x -v","parent":{"name":"bash","executable":"/bin/bash"}},"user":{"name":"root"}}`, i, i, i, i, i)
		conn := fmt.Sprintf(`{"@timestamp":"2026-05-04T10:00:05Z","event":{"category":["network"],"type":["start"]},"host":{"id":"h1"},"destination":{"ip":"203.0.113.9","port":%d}}`, 1000+i)
		folder := "rules/testdata/" + stem + "/"
		put(folder+"match.ndjson", start+"\n"+conn+"\n")
		put(folder+"nomatch.ndjson", strings.Repeat(strings.Replace(start, "--exec=x", "--help", 1)+"\n", 3))
		var cases strings.Builder
		for c, set := range []string{`{"process.name" = "cat"}`, `{"process.args" = ["x"]}`, `{"event.type" = "end"}`, `{"event.category" = "file"}`} {
			fmt.Fprintf(&cases, "[[case]]\nname = \"near miss %d\"\nbase = \"match.ndjson\"\nrecord = 0\nset = %s\nmatch = false\n", c, set)
		}
		put(folder+"cases.toml", cases.String())
	}
	return dir
}

// BenchmarkRepository tests 1,000 rules with six cases each.
func BenchmarkRepository(b *testing.B) {
	const rules = 1000
	dir := repositoryOf(b, rules)
	for _, bb := range []struct {
		name string
		o    Options
	}{{"cases", Options{}}, {"coverage", Options{Coverage: true}}, {"cross", Options{Cross: true}}, {"mutate", Options{Mutate: true}}} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				rep, err := Execute(b.Context(), os.DirFS(dir), bb.o)
				if err != nil {
					b.Fatal(err)
				}
				if s := rep.Summary; s.Rules != rules || s.Failed > 0 || s.Cases != 6*rules {
					b.Fatalf("%+v", s)
				}
			}
			b.ReportMetric(rules*float64(b.N)/b.Elapsed().Seconds(), "rules/s")
		})
	}
}

// TestJobsMakeNoDifference compares the reports of one worker and of many.
func TestJobsMakeNoDifference(t *testing.T) {
	dir := repositoryOf(t, 30)
	report := func(jobs int) string {
		rep, err := Execute(t.Context(), os.DirFS(dir), Options{Jobs: jobs, Coverage: true, Cross: true})
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(rep)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if d := cmp.Diff(report(1), report(8)); d != "" {
		t.Errorf("(-1 +8):\n%s", d)
	}
}
