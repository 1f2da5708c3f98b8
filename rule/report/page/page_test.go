package page_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/matrix"
	"github.com/rulevet/rulevet/rule/report/internal/browser"
	"github.com/rulevet/rulevet/rule/report/page"
	"github.com/rulevet/rulevet/rule/ruletest"
)

const evil = `</style></script><script>alert(1)</script><img src=x onerror=alert(2)> " ' & \u202e`

func repository() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"evil.toml": file("[rule]\nname = \"\"\"" + strings.ReplaceAll(evil, `"`, `\"`) + "\"\"\"\ntype = \"eql\"\nlanguage = \"eql\"\n" +
			"query = '''\n/* </pre><script>alert(3)</script> */\nprocess where process.name : (\"</code>*\", \"b\") and process.pid > 1\n'''\n" +
			"[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0002\"\n[[rule.threat.technique]]\nid = \"T1059\"\nname = \"<b>x</b>\"\n"),
		"testdata/evil/match.json": file(`{"_id":"<i>","_source":{"event":{"category":"process"},"process":{"name":"<script>alert(4)</script>","pid":3}}}`),
		"testdata/evil/cases.toml": file("[[case]]\nname = '" + `<script>alert(5)</script>` + "'\nbase = 'match.json'\nset = {'process.name' = 'b'}\nmatch = 1\nsynthetic = true\n" +
			"[[case]]\nname = 'low'\nbase = 'match.json'\nset = {'process.pid' = 1, 'process.name' = 'b'}\nmatch = true\n"),
		"good.toml": file("[rule]\nname = \"Good\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'process where process.pid > 1'\n" +
			"[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0003\"\n[[rule.threat.technique]]\nid = \"T1053\"\n"),
		"testdata/good/match.json": file(`{"event":{"category":"process"},"process":{"pid":3}}`),
		"testdata/gone/match.json": file(`{}`),
		"other.toml":               file("[rule]\nname = \"Other\"\ntype = \"machine_learning\"\n"),
	}
}

func render(t *testing.T) string {
	t.Helper()
	rep, err := ruletest.Execute(context.Background(), repository(), ruletest.Options{Coverage: true, Mutate: true, Cross: true, Suggest: true})
	if err != nil {
		t.Fatal(err)
	}
	attack, err := mitre.Load(mitre.ATTACK, "19.1")
	if err != nil {
		t.Fatal(err)
	}
	var files []*rule.File
	for _, r := range rep.Rules {
		files = append(files, r.Rule())
	}
	var out bytes.Buffer
	d := page.Data{Tool: "rulevet <test>", Report: rep, Matrices: []*matrix.Matrix{matrix.Build(attack, mitre.Enterprise, files), matrix.Build(attack, mitre.ICS, files)}}
	if err := page.Write(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPageLoadsNothingAndEscapesEverything(t *testing.T) {
	html := render(t)
	if again := render(t); again != html {
		t.Error("two pages of the same data differ")
	}
	if n := strings.Count(html, "<script"); n != 1 {
		t.Errorf("%d scripts, want the page's own", n)
	}
	for _, bad := range []string{"<img", "<i>\"", "<b>x</b>", "</code>*", "\u202e", "@import", "url("} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[1], "#") && m[1] != "data:," {
			t.Errorf("the page refers to %q", m[1])
		}
	}
	if !strings.Contains(html, "default-src &#39;none&#39;") {
		t.Error("no content security policy")
	}
}

// texts returns what stands between tags of a class, tags removed.
func texts(html, pattern string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?s)`+pattern).FindAllStringSubmatch(html, -1) {
		text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], "")
		out = append(out, strings.Join(strings.Fields(text), " "))
	}
	return out
}

func TestPageShowsTheResults(t *testing.T) {
	html := render(t)
	for _, tt := range []struct {
		name, pattern string
		want          []string
	}{
		{"cases", `<div class="tile bad">(.*?)</div>`, []string{"Cases2 / 42 failed"}},
		{"cross-fire tile", `<div class="tile warn">(.*?)</div>`, []string{"Cross-fire1unexpected pairs"}},
		{"seen both ways", `<span class="seen" title="[^"]*">(.*?)</span>`, []string{`&#34;b&#34;`, "process.pid &gt; 1"}},
		{"never true", `<span class="part never-true" title="[^"]*">(.*?)</span>`, []string{`&#34;&lt;/code&gt;*&#34;`}},
		{"comment", `<span class="comment">(.*?)</span>`, []string{"/* &lt;/pre&gt;&lt;script&gt;alert(3)&lt;/script&gt; */"}},
		{"statuses", `<summary><span class="badge [a-z]+">(.*?)</span>`, []string{"failed", "passed", "not checked"}},
		{"differences", `<span class="del">(- .*?)</span>`, []string{"- &#34;at least 1 match&#34;,", "- &#34;at least 1 match&#34;,"}},
		{"matrix", `<details class="cell ([a-z]+)"`, []string{"mapped", "proven"}},
		{"orphan", `<ul class="problems">(.*?)</ul>`, []string{"error testdata/gone: fixtures without a rule: no gone.toml beside the testdata folder or below it fixtures/orphanthe folder must bear the name of the rule file"}},
		{"cross-fire", `<ul class="cross">(.*?)</ul>`, []string{"good.toml in match, &lt;script&gt;alert(5)&lt;/script&gt;"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, texts(html, tt.pattern)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestEmptyPage(t *testing.T) {
	var out bytes.Buffer
	if err := page.Write(&out, page.Data{Report: &ruletest.Report{}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "There is no rule.") {
		t.Error("the page does not say that there is no rule")
	}
}

// TestPageInBrowser looks at the page as Chromium lays it out.
func TestPageInBrowser(t *testing.T) { browser.Check(t, render(t)) }
