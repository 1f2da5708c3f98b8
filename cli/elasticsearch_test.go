package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeCluster stands in for a cluster: it keeps indexes, answers searches as told, and notes what it was asked. The shapes of
// its answers are those of the public specification of the API.
type fakeCluster struct {
	mu      sync.Mutex
	indexes map[string]string // name to body
	log     []string
	answer  func(path, body string) (int, string)
}

func (f *fakeCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, r.Method+" "+r.URL.Path)
	name := strings.Trim(r.URL.Path, "/")
	switch {
	case strings.HasSuffix(name, "_settings/index.creation_date"):
		out := map[string]any{}
		for n := range f.indexes {
			out[n] = map[string]any{"settings": map[string]any{"index": map[string]any{"creation_date": fmt.Sprint(time.Now().UnixMilli())}}}
		}
		json.NewEncoder(w).Encode(out)
	case r.Method == "PUT":
		f.indexes[name] = string(body)
		fmt.Fprint(w, `{"acknowledged":true}`)
	case r.Method == "DELETE":
		delete(f.indexes, name)
		fmt.Fprint(w, `{"acknowledged":true}`)
	case strings.HasSuffix(name, "/_bulk"):
		fmt.Fprint(w, `{"errors":false,"items":[]}`)
	default:
		status, text := f.answer("/"+name, string(body))
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

// onCluster runs the command against a cluster that answers as told.
func onCluster(t *testing.T, env map[string]string, answer func(path, body string) (int, string), args ...string) (*fakeCluster, int, string, string) {
	t.Helper()
	f := &fakeCluster{indexes: map[string]string{}, answer: answer}
	server := httptest.NewServer(f)
	defer server.Close()
	var out, errs bytes.Buffer
	code := Main(append(args, "--elasticsearch", server.URL), Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Env: func(k string) string { return env[k] }})
	return f, code, out.String(), strings.ReplaceAll(errs.String(), server.URL, "URL")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const sequenceRule = `[rule]
name = "S"
rule_id = "0d1a2c3b-1111-4222-8333-444455556601"
type = "eql"
language = "eql"
index = ["logs-endpoint.events.*"]
query = 'sequence by host.id [process where process.name == "a"] [process where process.name == "b"]'
`

const sequenceEvents = `{"@timestamp":"2026-01-01T00:00:00Z","event":{"category":"process"},"process":{"name":"a"},"host":{"id":"h"}}
{"@timestamp":"2026-01-01T00:00:01Z","event":{"category":"process"},"process":{"name":"b"},"host":{"id":"h"}}
`

func TestElasticsearchAgrees(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.toml", sequenceRule)
	write(t, "testdata/s/match.ndjson", sequenceEvents)
	var asked string
	f, code, out, errs := onCluster(t, nil, func(path, body string) (int, string) {
		asked = path + " " + body
		return 200, `{"is_partial":false,"took":1,"timed_out":false,"hits":{"total":{"value":1,"relation":"eq"},"sequences":[{"join_keys":["h"],"events":[{"_index":"i","_id":"0"},{"_index":"i","_id":"1"}]}]}}`
	}, "test", "s.toml")
	if code != 0 || !strings.Contains(out, "Elasticsearch: 1 case as here, 0 otherwise or failed") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	if !strings.Contains(asked, "/_eql/search") || !strings.Contains(asked, `"query":"sequence by host.id`) {
		t.Errorf("asked %s", asked)
	}
	if len(f.indexes) > 0 {
		t.Errorf("left behind: %v", f.indexes)
	}
	created := strings.Contains(strings.Join(f.log, "\n"), "PUT /rulevet-test-")
	if !created {
		t.Errorf("requests %v", f.log)
	}
}

func TestElasticsearchDiffers(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.toml", sequenceRule)
	write(t, "testdata/s/match.ndjson", sequenceEvents)
	answers := map[string]struct {
		status    int
		text, out string
	}{
		"none":    {200, `{"hits":{"sequences":[]}}`, "Elasticsearch gives another answer (-ours +theirs):"},
		"refused": {400, `{"error":{"type":"verification_exception","reason":"Unknown column [host.id]"}}`, "Elasticsearch: the cluster answers 400: verification_exception: Unknown column [host.id]"},
		"partial": {200, `{"timed_out":true,"hits":{"sequences":[]}}`, "Elasticsearch: the answer is partial"},
		"lacks":   {400, `{"error":"no handler found for uri [/x/_eql/search] and method [POST]"}`, "not asked of Elasticsearch: 1 case: the cluster has no endpoint for EQL"},
	}
	for name, tt := range answers {
		f, code, out, errs := onCluster(t, nil, func(string, string) (int, string) { return tt.status, tt.text }, "test", "s.toml")
		want := 1
		if name == "lacks" {
			want = 0
		}
		if code != want || !strings.Contains(out, tt.out) {
			t.Errorf("%s: exit %d\n%s%s", name, code, out, errs)
		}
		if len(f.indexes) > 0 {
			t.Errorf("%s: left behind: %v", name, f.indexes)
		}
	}
}

func TestHuntOnACluster(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.toml", sequenceRule)
	write(t, "e.toml", strings.NewReplacer(`"eql"`, `"esql"`, "444455556601", "444455556604", `index = ["logs-endpoint.events.*"]`, "",
		`name = "S"`, `name = "E"`).Replace(sequenceRule[:strings.Index(sequenceRule, "query =")])+"query = 'from logs-* metadata _id | keep _id, host.name'\n")
	write(t, "b.toml", strings.NewReplacer("444455556601", "444455556605", `name = "S"`, `name = "B"`, "host.id", "host.name").Replace(sequenceRule))
	asked := map[string]string{}
	_, code, out, errs := onCluster(t, nil, func(path, body string) (int, string) {
		asked[path] += body
		switch {
		case strings.Contains(body, "by host.name"):
			return 400, `{"error":{"type":"verification_exception","reason":"Unknown column [host.name]"}}`
		case strings.HasSuffix(path, "/_eql/search"):
			return 200, `{"hits":{"total":{"value":1,"relation":"eq"},"sequences":[{"join_keys":["h"],"events":[
				{"_index":"logs-x","_id":"1","_source":{"@timestamp":"2026-01-01T00:00:00Z","host":{"name":"web"}}},
				{"_index":"","_id":"","_source":{},"missing":true},
				{"_index":"logs-x","_id":"2","_source":{"@timestamp":"2026-01-01T00:00:05Z","host":{"name":"web"}}}]}]}}`
		}
		return 200, `{"columns":[{"name":"_id","type":"keyword"},{"name":"host.name","type":"keyword"}],"values":[["7","db"],["8",null]]}`
	}, "hunt", ".", "--from", "now-1d", "--format", "json")
	var r struct {
		Cluster string
		Summary struct{ Rules, Fired, Matches, NotChecked int }
		Rules   []struct {
			Name, Failure, Last string
			Matches             int
			Samples             []struct {
				Keys   []string
				Events []*struct{ ID, Host string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	if code != 3 || r.Summary.Rules != 3 || r.Summary.Fired != 2 || r.Summary.Matches != 3 || !strings.HasSuffix(r.Cluster, ", now-1d to now") {
		t.Errorf("exit %d, %+v\n%s", code, r, errs)
	}
	if r.Rules[0].Name != "E" || r.Rules[0].Matches != 2 || r.Rules[0].Samples[0].Events[0].Host != "db" {
		t.Errorf("rows: %+v", r.Rules[0])
	}
	if s := r.Rules[1]; s.Name != "S" || s.Last != "2026-01-01T00:00:05.000Z" || len(s.Samples) != 1 || s.Samples[0].Keys[0] != "h" || len(s.Samples[0].Events) != 3 || s.Samples[0].Events[1] != nil {
		t.Errorf("sequence: %+v", s)
	}
	if b := r.Rules[2]; b.Name != "B" || !strings.Contains(b.Failure, "Unknown column [host.name]") {
		t.Errorf("refused: %+v", b)
	}
	if !strings.Contains(asked["/logs-endpoint.events.*/_eql/search"], `{"range":{"@timestamp":{"gte":"now-1d","lte":"now"}}}`) || !strings.Contains(asked["/_query"], `"filter":{"range"`) {
		t.Errorf("asked %v", asked)
	}
}

func TestSchemaPull(t *testing.T) {
	t.Chdir(t.TempDir())
	answer := func(path, _ string) (int, string) {
		switch path {
		case "/logs-a/_mapping":
			return 200, `{".ds-logs-a-2026.01.01-000001":{"mappings":{"properties":{"old":{"type":"ip"},"x":{"type":"long"}}}},
				".ds-logs-a-2026.01.02-000002":{"mappings":{"properties":{"x":{"type":"keyword","fields":{"t":{"type":"text"}}}}}}}`
		case "/secret/_mapping":
			return 403, `{"error":{"type":"security_exception","reason":"no"}}`
		case "/secret/_field_caps":
			return 200, `{"fields":{"_id":{"_id":{"metadata_field":true}},"a":{"object":{}},"a.b":{"keyword":{}},"n":{"long":{},"keyword":{}}}}`
		}
		return 200, `{}`
	}
	_, code, out, errs := onCluster(t, nil, answer, "schema", "pull", "--index", "logs-a,secret,gone", "-o", "pulled.json")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	got, err := os.ReadFile("pulled.json")
	if err != nil {
		t.Fatal(err)
	}
	var compacted bytes.Buffer
	if err := json.Compact(&compacted, got); err != nil {
		t.Fatal(err)
	}
	want := `{"logs-a":{"mappings":{"properties":{"old":{"type":"ip"},"x":{"fields":{"t":{"type":"text"}},"type":"keyword"}}}},` +
		`"secret":{"mappings":{"properties":{"a":{"properties":{"b":{"type":"keyword"}}},"n":{"type":"keyword"}}}}}`
	if compacted.String() != want {
		t.Errorf("got  %s\nwant %s", compacted.String(), want)
	}
	for _, note := range []string{"secret: the mappings may not be read", "n has several types: keyword, long", "gone: the cluster has no such index", "2 mappings of 3 patterns"} {
		if !strings.Contains(errs, note) {
			t.Errorf("standard error lacks %q:\n%s", note, errs)
		}
	}
	var b bytes.Buffer
	if code := Main([]string{"query", "--dry-run", "--schema", "pulled.json", `any where x == "a" and y == 1`}, Options{Stdin: strings.NewReader(""), Stdout: &b, Stderr: &b}); code != 1 || !strings.Contains(b.String(), "unknown field") {
		t.Errorf("the overlay is not taken: exit %d\n%s", code, b.String())
	}
	if _, code, _, errs := onCluster(t, nil, answer, "schema", "pull", "--index", "logs-a", "-o", "pulled.json"); code != 3 || !strings.Contains(errs, "is there already: nothing was written") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

func TestElasticsearchFaults(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.toml", sequenceRule)
	run := func(env map[string]string, args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := Main(args, Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Env: func(k string) string { return env[k] }})
		return code, out.String() + errs.String()
	}
	closed := httptest.NewServer(nil)
	address := closed.URL
	closed.Close()
	if code, text := run(nil, "test", "s.toml", "--elasticsearch", address); code != 3 || !strings.Contains(text, address+" cannot be reached: connection refused") {
		t.Errorf("closed port: exit %d, %s", code, text)
	}
	if code, text := run(nil, "test", "s.toml", "--elasticsearch", "http://ann:secret@localhost"); code != 2 || strings.Contains(text, "secret") || !strings.Contains(text, "the URL holds credentials") {
		t.Errorf("credentials in the URL: exit %d, %s", code, text)
	}
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		fmt.Fprintf(w, `{"error":{"type":"security_exception","reason":"unable to authenticate"}}`)
	}))
	defer refuses.Close()
	code, text := run(map[string]string{"ELASTICSEARCH_API_KEY": "topsecret"}, "test", "s.toml", "--elasticsearch", refuses.URL)
	if code != 3 || strings.Contains(text, "topsecret") || !strings.Contains(text, "the cluster refuses the credentials (401)") {
		t.Errorf("401: exit %d, %s", code, text)
	}
}

// TestElasticsearchNode runs against a real node: one that .ci/elasticsearch/run starts if RULEVET_ES_TEST is "node", or the one
// at the URL that it holds.
func TestElasticsearchNode(t *testing.T) {
	address := os.Getenv("RULEVET_ES_TEST")
	switch address {
	case "":
		t.Skip("not run against Elasticsearch: RULEVET_ES_TEST is not set (node, or a URL)")
	case "node":
		address = startNode(t)
	}
	t.Chdir(t.TempDir())
	write(t, "k.toml", `[rule]
name = "K"
rule_id = "0d1a2c3b-1111-4222-8333-444455556602"
type = "query"
language = "kuery"
index = ["logs-endpoint.events.process-*"]
query = 'process.name : c*d.exe and not process.command_line : *quiet* and process.pid >= 7'
[[rule.filters]]
[rule.filters.meta]
negate = true
[rule.filters.query.match_phrase]
"user.name" = "root"
`)
	write(t, "l.toml", `[rule]
name = "L"
rule_id = "0d1a2c3b-1111-4222-8333-444455556603"
type = "query"
language = "lucene"
index = ["logs-endpoint.events.process-*"]
query = 'process.name:cmd.exe AND NOT user.name:root'
`)
	events := `{"@timestamp":"2026-01-01T00:00:00Z","process":{"name":"cmd.exe","pid":7,"command_line":"x"},"user":{"name":"ann"}}
{"@timestamp":"2026-01-01T00:00:01Z","process":{"name":"sh","pid":8,"command_line":"quiet"},"user":{"name":"ann"}}
`
	write(t, "testdata/k/match.ndjson", events)
	write(t, "testdata/l/match.ndjson", events)
	var out, errs bytes.Buffer
	code := Main([]string{"test", ".", "--elasticsearch", address}, Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Env: os.Getenv})
	t.Logf("%s%s", out.String(), errs.String())
	if code != 0 || !strings.Contains(out.String(), "Elasticsearch: 2 cases as here, 0 otherwise or failed") {
		t.Errorf("exit %d", code)
	}
	resp, err := http.Get(address + "/rulevet-test-*/_settings")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if left, _ := io.ReadAll(resp.Body); strings.TrimSpace(string(left)) != "{}" {
		t.Errorf("left behind: %s", left)
	}
}

// startNode starts a node for the test; the test is skipped where there is no JDK or Maven.
func startNode(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("../.ci/elasticsearch/run")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	outs, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Skipf("the script cannot be run: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(outs); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "http://") {
			return lines.Text()
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() == 77 {
		t.Skipf("no node: %s", errs.String())
	} else {
		t.Fatalf("no node: %v\n%s", err, errs.String())
	}
	return ""
}
