package hunted_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/hunt"
	"github.com/rulevet/rulevet/rule/report/hunted"
	"github.com/rulevet/rulevet/rule/report/internal/browser"
)

var update = flag.Bool("update", false, "rewrite golden files")

func ruleFile(name, query string) *rule.File {
	file, _ := rule.Parse("rules/"+name+".toml", fmt.Appendf(nil, "[rule]\nname = %q\nrule_id = %q\ntype = \"eql\"\nlanguage = \"eql\"\nseverity = \"high\"\nquery = '''\n%s\n'''\n",
		strings.ToUpper(name), "id-"+name, query))
	return file
}

func input(name string, lines ...string) hunt.Input {
	return hunt.Input{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Join(lines, "\n") + "\n")), nil
	}}
}

func letter(at int64, letter, host string) string {
	return fmt.Sprintf(`{"@timestamp":%d,"process":{"name":%q},"host":{"name":%q}}`, at, letter, host)
}

func result(t testing.TB, files []*rule.File, inputs ...hunt.Input) *hunt.Report {
	t.Helper()
	h, err := hunt.New(files, hunt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Run(context.Background(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	r.Tool = hunt.Tool{Name: "rulevet", Version: "test"}
	return r
}

func render(t testing.TB, r *hunt.Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := hunted.Write(&b, r, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostile is a result whose every text tries to break out of the page.
func hostile(t testing.TB) *hunt.Report {
	const evil = `</script></pre></title><script>alert(1)</script><img src=x onerror=alert(1)>"'` + "\u202e"
	doc, err := json.Marshal(map[string]any{"@timestamp": "2024-05-04T10:00:00Z", "host": map[string]any{"name": evil}, "process": map[string]any{"name": "a", "command_line": evil}})
	if err != nil {
		t.Fatal(err)
	}
	r := result(t, []*rule.File{ruleFile("evil", `any where process.name == "a"`), ruleFile("quiet", `any where process.name == "z"`)},
		input("in<script>", string(doc), `{"process":{"name":"x`+"\x01"+`"}}`))
	r.Rules[0].Name, r.Rules[0].Severity = evil, evil
	r.NotChecked = append(r.NotChecked, hunt.NotChecked{Path: evil, Why: evil})
	return r
}

func TestHTMLIsEscaped(t *testing.T) {
	page := render(t, hostile(t), "html")
	for _, bad := range []string{"<script", "<img", "href=", "http:", "https:", "ZgotmplZ", "@import", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if n := strings.Count(page, "alert(1)"); n < 6 {
		t.Errorf("%d of the hostile texts are there, want at least 6", n)
	}
}

// TestFormats compares the text and JSON of a small hunt with golden files.
func TestFormats(t *testing.T) {
	ml, _ := rule.Parse("rules/k.toml", []byte("[rule]\nname = \"K\"\ntype = \"machine_learning\"\n"))
	const pair = `sequence by host.name with maxspan=1h [any where process.name == "a"] [any where process.name == "b"]`
	r := result(t, []*rule.File{ruleFile("pair", pair), ruleFile("b", `any where process.name == "b"`), ruleFile("quiet", `any where process.name == "z"`), ml},
		input("day1.ndjson", letter(1714780800000, "a", "web-1"), letter(1714780801000, "b", "web-1"), letter(1714780802000, "b", "db")),
		input("day2.ndjson", letter(1714867200000, "b", "web-1"), `{"process":{"name":"b"}}`))
	for _, format := range []string{"text", "json"} {
		golden(t, filepath.Join("testdata", "report."+format), render(t, r, format))
	}
	if text := render(t, hostile(t), "text"); strings.ContainsAny(text, "\x01\u202e") {
		t.Errorf("control characters in %q", text)
	}
	if err := hunted.Write(io.Discard, r, "yaml"); err == nil {
		t.Error("an unknown format is no error")
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestPageInBrowser looks at the page as Chromium lays it out.
func TestPageInBrowser(t *testing.T) {
	var rules []*rule.File
	var events []string
	for i := range 12 {
		name := fmt.Sprintf("a_rule_with_a_rather_long_name_number_%d_of_the_collection", i)
		rules = append(rules, ruleFile(name, `any where process.name == "b" or process.name : "`+strings.Repeat("x", i+1)+`"`))
		events = append(events, letter(1714780800000+int64(i)*3_600_000, "b", fmt.Sprintf("a-host-with-a-long-name-%d.corp.example.com", i)))
	}
	browser.Check(t, render(t, result(t, rules, input("archive/of/a/day/events-2024-05-04.ndjson", events...)), "html"))
}
