package prove

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// esqlRule is a rule with a query in ES|QL.
func esqlRule(t *testing.T, query string) *rule.File {
	t.Helper()
	f, diags := rule.Parse("r.toml", []byte("[rule]\nname = \"r\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''\n"+query+"\n'''\n"))
	for _, d := range diags {
		if d.Severity == rule.Error {
			t.Fatalf("%s: %s", query, d.Message)
		}
	}
	return f
}

// finds runs a rule that is compiled anew, as rulevet hunt does: event by event behind the filter of its step.
func finds(t *testing.T, f *rule.File, docs [][]byte) int {
	t.Helper()
	p, err := (&compile.Compiler{}).Compile(f, compile.Options{Now: Now(), Archive: true})
	if err != nil {
		t.Fatal(err)
	}
	state := p.Start(search.Start{})
	decoder := event.NewDecoder(p.Layout())
	for i, doc := range docs {
		rec := new(event.Record)
		if err := decoder.Decode(doc, rec); err != nil {
			t.Fatal(err)
		}
		if err := state.Feed(rec, search.Ref{Index: i, Source: doc}, nil); err != nil {
			t.Fatal(err)
		}
	}
	n := len(state.Finish())
	if err := search.Failure(state); err != nil {
		t.Fatal(err)
	}
	return n
}

func generated(t *testing.T, f *rule.File, o GenerateOptions) *Generated {
	t.Helper()
	p, err := (&compile.Compiler{}).Compile(f, compile.Options{Now: Now()})
	if err != nil {
		t.Fatalf("%s: %v", f.Query.Value, err)
	}
	return Generate(p, o)
}

// TestGenerateESQL finds events for queries of each kind.
func TestGenerateESQL(t *testing.T) {
	for _, query := range []string{
		`FROM logs-a-* | WHERE process.name == "a" AND NOT user.name IN ("b", "c") AND process.pid > 100`,
		`FROM logs-a-* METADATA _id | WHERE process.name LIKE "a*b" AND process.name LIKE "*cd*" AND NOT process.name LIKE "*cdx*"`,
		`FROM logs-a-* | WHERE file.name RLIKE "[0-9]{3}-x+\\.(txt|log)" AND STARTS_WITH(file.name, "12")`,
		`FROM logs-a-* | WHERE KQL("process.name : (curl or wget) and not user.name : root")`,
		`FROM logs-a-* | WHERE CIDR_MATCH(source.ip, "10.0.0.0/8") AND NOT CIDR_MATCH(source.ip, "10.0.0.0/9")`,
		`FROM logs-a-* | WHERE file.path IS NULL AND process.executable IS NOT NULL`,
		`FROM logs-a-* | EVAL n = TO_LOWER(process.name) | WHERE n IN ("cmd.exe", "sh") AND LENGTH(process.name) == 7`,
		`FROM logs-a-* | EVAL a = CASE(url.path LIKE "*/etc/*", 1, 0), b = CASE(a == 1 AND http.request.method == "GET", "x", a == 0, "y") | WHERE b == "x"`,
		`FROM logs-a-* | EVAL who = COALESCE(user.name, host.name) | WHERE who == "z" AND user.name IS NULL`,
		`FROM logs-a-* | EVAL k = CONCAT(host.name, "|", user.name) | WHERE k == "h|u"`,
		`FROM logs-a-* | EVAL d = DATE_DIFF("minute", @timestamp, NOW()) | WHERE d <= 2`,
		`FROM logs-a-* | RENAME user.name AS who | DROP host.name | WHERE who RLIKE "adm.*"`,
		`FROM logs-a-* | DISSECT message "%{verb} %{what} from %{ip}" | WHERE verb == "GET" AND ip != "10.0.0.1" AND what LIKE "/api/*"`,
		`FROM logs-a-* | GROK message "user=(?<who>[a-z]+) id=%{INT:id:int}" | WHERE who == "eve" AND id > 10`,
		`FROM logs-a-* | EVAL t = REPLACE(process.command_line, "[0-9]", "") | WHERE LENGTH(process.command_line) - LENGTH(t) > 20`,
		`FROM logs-a-* | STATS n = COUNT(*) BY host.name | WHERE n > 500`,
		`FROM logs-a-* | WHERE event.outcome == "failure" | STATS n = COUNT(*), u = COUNT_DISTINCT(user.name), ips = COUNT_DISTINCT(source.ip) BY host.name | WHERE n >= 30 AND u >= 10 AND ips <= 2`,
		`FROM logs-a-* | EVAL bad = CASE(event.outcome == "failure", 1, 0), good = CASE(event.outcome == "success", 1, 0) | STATS b = SUM(bad), g = SUM(good) BY user.name | WHERE b >= 5 AND g == 1`,
		`FROM logs-a-* | STATS t1 = MIN(@timestamp), t2 = MAX(@timestamp), n = COUNT(*) BY user.name | EVAL s = DATE_DIFF("seconds", t1, t2) | WHERE s >= 10 AND s <= 20 AND n == 4`,
		`FROM logs-a-* | EVAL w = DATE_TRUNC(1 minute, @timestamp) | STATS v = COUNT_DISTINCT(event.action) BY w, user.name | WHERE v == 3`,
		`FROM logs-a-* | WHERE event.action IN ("a", "b", "c") | STATS v = COUNT_DISTINCT(event.action) BY user.name | WHERE v == 3`,
		`FROM logs-a-* | EVAL kind = CASE(url.path LIKE "*a*", "A", url.path LIKE "*b*", "B", url.path LIKE "*c*", "C") | STATS v = COUNT_DISTINCT(kind) BY user.name | WHERE v >= 3`,
		`FROM logs-a-* | STATS n = COUNT(*) WHERE event.outcome == "failure", all = COUNT(*) BY host.name | WHERE n == 3 AND all == 5`,
		`FROM logs-a-* | STATS n = COUNT(*) BY user.name, host.name | STATS hosts = COUNT(*), most = MAX(n) BY user.name | WHERE hosts >= 4 AND most == 2`,
		`FROM logs-a-* | INLINE STATS n = COUNT_DISTINCT(host.name) BY user.name | WHERE n >= 3 AND process.name == "x"`,
		`FROM logs-a-* | STATS v = VALUES(event.action) BY user.name | WHERE MV_CONTAINS(v, "x")`,
		`FROM logs-a-* | STATS b = SUM(destination.bytes) BY source.ip | WHERE b > 1000000`,
		`FROM logs-a-* | WHERE url.path LIKE "*recovery/*" | EVAL b = CASE(url.path LIKE "*/backup", 1, 0), r = CASE(url.path LIKE "*/restore", 1, 0) | STATS bc = SUM(b), rc = SUM(r) BY source.ip | WHERE bc >= 1 AND rc >= 1`,
		`FROM logs-a-* | WHERE a.x == "1" OR a.y == "2" | EVAL u = COALESCE(a.u, b.u), kt = CASE(a.x == "1", @timestamp, null), lt = CASE(a.y == "2", @timestamp, null) | STATS mk = MAX(kt), ml = MIN(lt) BY u | EVAL d = DATE_DIFF("minute", mk, ml) | WHERE d >= 3 AND d <= 180`,
		`FROM logs-a-* | STATS n = COUNT(*) BY u, ip | STATS users = COUNT(*), total = SUM(n), mx = MAX(n), few = SUM(CASE(n <= 2, 1, 0)) BY ip | EVAL pct = few * 100.0 / users | WHERE total >= 25 AND users >= 15 AND mx <= 2 AND pct >= 80.0`,
		`FROM logs-a-* | GROK q "%{INT:i}-%{DATA:p}\\.%{GREEDYDATA:d}" | WHERE i IS NOT NULL AND q RLIKE "[0-9]{1,5}-[A-Za-z0-9]{15,63}\\..+" | EVAL l = LENGTH(p) | STATS n = COUNT(*), u = COUNT_DISTINCT(i), a = AVG(l) BY d, h | WHERE n >= 30 AND u >= 30 AND a >= 20`,
		`FROM logs-a-* | EVAL m = CASE(d.s == "A", host.ip, null), n = CASE(d.s == "B", source.ip, null) | EVAL ip = COALESCE(m, n) | WHERE ip IS NOT NULL | STATS k = COUNT_DISTINCT(d.s), l = COUNT_DISTINCT(message) BY ip | WHERE k >= 2 AND l >= 2`,
		`FROM logs-a-* | EVAL c = CASE(a.b == "x", e.a, null) | STATS v = VALUES(c) BY u | WHERE MV_COUNT(v) >= 2`,
		`FROM logs-a-* METADATA _source | EVAL m = TO_UPPER(JSON_EXTRACT(_source, "proto.method")) | WHERE m IN ("GET", "PUT")`,
		`FROM logs-a-* | STATS n = COUNT(*), f = COUNT(CASE(event.outcome == "failure", 1, null)) BY user.name | EVAL r = f * 1.0 / n | WHERE r >= 0.5 AND n >= 10`,
	} {
		f := esqlRule(t, query)
		g := generated(t, f, GenerateOptions{Count: 3, Near: true})
		if len(g.Ways) == 0 || len(g.Near) == 0 {
			t.Errorf("%s: %d ways and %d near misses: %s", query, len(g.Ways), len(g.Near), g.Why)
			continue
		}
		for _, docs := range g.Ways {
			if finds(t, f, docs) == 0 {
				t.Errorf("%s: does not fire on\n%s", query, docs)
			}
		}
		for _, docs := range g.Near {
			if finds(t, f, docs) > 0 {
				t.Errorf("%s: fires on\n%s", query, docs)
			}
		}
	}
}

// TestGenerateESQLCount: further ways meet other alternatives of the conditions.
func TestGenerateESQLCount(t *testing.T) {
	f := esqlRule(t, `FROM logs-a-* | WHERE event.action IN ("a", "b") OR (user.name == "c" AND event.action IS NULL) | STATS n = COUNT(*) BY host.name | WHERE n >= 2`)
	g := generated(t, f, GenerateOptions{Count: 5})
	actions := map[string]bool{}
	for _, docs := range g.Ways {
		for _, doc := range docs {
			var d struct{ Event struct{ Action string } }
			if err := json.Unmarshal(doc, &d); err != nil {
				t.Fatal(err)
			}
			actions[d.Event.Action] = true
		}
	}
	if d := cmp.Diff(map[string]bool{"a": true, "b": true, "": true}, actions); d != "" {
		t.Errorf("actions (-want +got):\n%s", d)
	}
}

// TestGenerateESQLWhy: what cannot be is said, with the condition.
func TestGenerateESQLWhy(t *testing.T) {
	for _, tt := range []struct{ query, why string }{
		{`FROM logs-a-* | WHERE process.name == "a" AND process.name == "b"`, "no values were found for `process.name == \"b\"`"},
		{`FROM logs-a-* | STATS n = COUNT(*) BY host.name | WHERE n < 1`, "no values were found for `COUNT(*) < 1`"},
		{`FROM logs-a-* | FORK (WHERE host.name == "a") (WHERE host.name == "b")`, "`FORK` is not searched for events"},
	} {
		if g := generated(t, esqlRule(t, tt.query), GenerateOptions{}); len(g.Ways) > 0 || g.Why != tt.why {
			t.Errorf("%s: got %q and %d ways, want %q", tt.query, g.Why, len(g.Ways), tt.why)
		}
	}
}

// TestCorpusGenerateESQL makes events for the public rules and runs them through rules that are compiled anew.
func TestCorpusGenerateESQL(t *testing.T) {
	var files []string
	_ = filepath.WalkDir("../../../shared/corpus/detection-rules", func(path string, _ os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".toml" {
			files = append(files, path)
		}
		return nil
	})
	total, fired := 0, 0
	var missed []string
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := rule.Parse(path, src)
		if f.Rule.Language != "esql" {
			continue
		}
		total++
		p, err := (&compile.Compiler{}).Compile(f, compile.Options{Now: Now()})
		if err != nil {
			missed = append(missed, fmt.Sprintf("%s: %v", filepath.Base(path), err))
			continue
		}
		g := Generate(p, GenerateOptions{})
		switch {
		case len(g.Ways) == 0 && g.Why == "":
			t.Errorf("%s: neither events nor a reason", path)
		case len(g.Ways) == 0:
			missed = append(missed, fmt.Sprintf("%s: %s", filepath.Base(path), g.Why))
		case finds(t, f, g.Ways[0]) == 0:
			t.Errorf("%s: the events do not fire the rule", path)
		default:
			fired++
		}
	}
	if total == 0 {
		t.Skip("needs ../shared/corpus")
	}
	t.Logf("events for %d of %d rules; not for\n%s", fired, total, strings.Join(missed, "\n"))
	if fired*100 < total*80 {
		t.Errorf("events for %d of %d rules, want 80 of 100", fired, total)
	}
}
