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
