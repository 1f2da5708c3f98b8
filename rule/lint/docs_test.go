package lint

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/esqlquery"
)

const basePath = "rules/linux/persistence_shell_started_by_a_web_server.toml"

func baseRule(tb testing.TB) string {
	tb.Helper()
	src, err := os.ReadFile("testdata/base.toml")
	if err != nil {
		tb.Fatal(err)
	}
	return string(src)
}

func TestValidateBuiltInChecks(t *testing.T) {
	if err := Validate(Checks()); err != nil {
		t.Error(err)
	}
	for _, c := range Checks() {
		if _, err := PageOf(c.Code); err != nil {
			t.Error(err)
		}
	}
}

func TestTheBaseRuleIsClean(t *testing.T) {
	r := lintSources(t, Options{Config: &check.Config{Preset: check.Strict}}, Source{Path: basePath, Src: []byte(baseRule(t))})
	for _, d := range r.Diagnostics {
		t.Errorf("%s: %s", d.Code, d.Message)
	}
}

// TestPages runs the examples of every page.
func TestPages(t *testing.T) {
	for _, c := range Checks() {
		t.Run(c.Code, func(t *testing.T) {
			page, err := PageOf(c.Code)
			if err != nil {
				t.Fatal(err)
			}
			if page.Title != c.Title {
				t.Errorf("the page's title is %q, that of the check %q", page.Title, c.Title)
			}
			if c.Part == check.PartFixtures || c.Code == internalError {
				return // its examples are archives, which a test of the command runs, or Go
			}
			fixed := check.NoFix
			for i, e := range page.Bad {
				fixed = max(fixed, runBad(t, c, e, fmt.Sprintf("bad example %d", i+1)))
			}
			for i, e := range page.Good {
				for _, d := range lintExample(t, c, e).Diagnostics {
					t.Errorf("good example %d: %s %s", i+1, d.Code, d.Message)
				}
			}
			if c.Fix != fixed {
				t.Errorf("the check promises a fix: %s; the examples show: %s", c.Fix, fixed)
			}
		})
	}
}

// runBad expects the code, and tries its fix.
func runBad(t *testing.T, c *check.Check, e Example, name string) check.Fixable {
	t.Helper()
	sources := example(t, e)
	l := exampleLinter(t, c, e)
	r, err := l.Lint(t.Context(), sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Diagnostics) == 0 {
		t.Errorf("%s: no finding", name)
		return check.NoFix
	}
	best := check.NoFix
	for _, d := range r.Diagnostics {
		for _, f := range d.Fixes {
			src := sources[slices.IndexFunc(sources, func(s Source) bool { return s.Path == d.Path })]
			best = max(best, tryFix(t, l, src, sources, d, f, name))
		}
	}
	return best
}

// tryFix applies one fix: its finding must be gone and the file still be TOML.
func tryFix(t *testing.T, l *Linter, src Source, all []Source, d rule.Diagnostic, f rule.Fix, name string) check.Fixable {
	t.Helper()
	out, err := rule.Apply(src.Src, f.Edits)
	if err != nil {
		t.Errorf("%s: fix %q: %v", name, f.Message, err)
		return check.NoFix
	}
	if _, diags := rule.Parse(src.Path, out); slices.ContainsFunc(diags, func(d rule.Diagnostic) bool { return d.Code == "file/syntax" }) {
		t.Errorf("%s: fix %q breaks the file: %s\n%s", name, f.Message, diags[0].Message, out)
		return check.NoFix
	}
	again := slices.Clone(all)
	i := slices.IndexFunc(again, func(s Source) bool { return s.Path == src.Path })
	again[i].Src = out
	r, err := l.Lint(t.Context(), again, nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(r.Diagnostics, func(n rule.Diagnostic) bool { return n.Message == d.Message && n.Path == d.Path }) {
		t.Errorf("%s: fix %q leaves its finding %q:\n%s", name, f.Message, d.Message, out)
	}
	if f.Safe {
		return check.Automatic
	}
	return check.Suggested
}

func lintSources(tb testing.TB, opts Options, sources ...Source) *Report {
	tb.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC) }
	}
	l, err := New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := l.Lint(tb.Context(), sources, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func lintExample(t *testing.T, c *check.Check, e Example) *Report {
	t.Helper()
	r, err := exampleLinter(t, c, e).Lint(t.Context(), example(t, e), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var configLine = regexp.MustCompile(`(?m)^# config ([\w.-]+) = (.*)$`)

// exampleLinter looks for the check alone. A line "# config stacks = 8.2.0, 9.0.0" sets what the check depends on.
func exampleLinter(t *testing.T, c *check.Check, e Example) *Linter {
	t.Helper()
	config := &check.Config{}
	only := []string{c.Code}
	for _, m := range configLine.FindAllStringSubmatch(e.Text, -1) {
		switch m[1] {
		case "stacks":
			config.Stacks = esqlquery.SplitColumns(m[2])
		case "attack":
			config.Attack = m[2]
		case "rule-schema":
			config.RuleSchema = m[2]
		case "licenses":
			config.Licenses = esqlquery.SplitColumns(m[2])
		case "ml_jobs.lmd":
			config.MLJobs = map[string][]string{"lmd": esqlquery.SplitColumns(m[2])}
		case "enabled":
			only = append(only, esqlquery.SplitColumns(m[2])...)
		default:
			t.Fatalf("unknown configuration %q", m[1])
		}
	}
	l, err := New(Options{Config: config, Only: only, Now: func() time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var fileLine = regexp.MustCompile(`(?m)^# file (\S+)$`)

// example turns a code fence into files.
func example(t *testing.T, e Example) []Source {
	t.Helper()
	switch {
	case e.Lang == "eql":
		e.Text = "[rule]\nquery = '''\n" + e.Text + "'''\n"
	case e.Lang != "toml":
		t.Fatalf("unknown code fence %q", e.Lang)
	}
	text := configLine.ReplaceAllString(e.Text, "")
	places := fileLine.FindAllStringSubmatchIndex(text, -1)
	if len(places) == 0 {
		return []Source{{Path: basePath, Src: []byte(layOver(t, text)), Before: before(text, layOver(t, text))}}
	}
	var out []Source
	for i, m := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		name := text[m[2]:m[3]]
		out = append(out, Source{Path: name, Src: []byte(layOver(t, text[m[1]:end])), Before: before(text[m[1]:end], layOver(t, text[m[1]:end])), Companion: strings.HasPrefix(name, "exceptions/")})
	}
	return out
}

var sinceLine = regexp.MustCompile(`(?m)^# (new|changed|other date) since (\S+)$`)

// before is what a line "# changed since main" says of the file: that it was another then, or not there.
func before(text, src string) *check.Before {
	m := sinceLine.FindStringSubmatch(text)
	switch {
	case m == nil:
		return nil
	case m[1] == "new":
		return &check.Before{Revision: m[2], New: true}
	case m[1] == "other date":
		src = regexp.MustCompile(`updated_date = .*`).ReplaceAllString(src, `updated_date = "2001/01/01"`)
	}
	return &check.Before{Revision: m[2], Src: []byte(src + "\n# as it was\n")}
}

// layOver lays a fragment over the base rule.
func layOver(t *testing.T, fragment string) string {
	t.Helper()
	if _, raw, ok := strings.Cut(fragment, "# raw\n"); ok {
		return strings.NewReplacer("<BOM>", "\ufeff", "<FF>", "\xff").Replace(raw)
	}
	base, own := splitBlocks(baseRule(t)), splitBlocks(fragment)
	for _, m := range regexp.MustCompile(`(?m)^# without (\S+)$`).FindAllStringSubmatch(fragment, -1) {
		base.remove(m[1])
	}
	return base.merge(own)
}

// blocks is a rule file cut into keys and groups of tables.
type blocks struct {
	order  []string // "metadata.maturity", "rule.threat"
	text   map[string]string
	tables []string // tables whose keys are merged
}

var blockHeader = regexp.MustCompile(`(?m)^\[+[^\]\n]+\]+[^\n]*$`)

func splitBlocks(src string) *blocks {
	b := &blocks{text: map[string]string{}}
	src = regexp.MustCompile(`(?m)^# without .*\n`).ReplaceAllString(src, "")
	heads := blockHeader.FindAllStringIndex(src, -1)
	heads = slices.DeleteFunc(heads, func(h []int) bool { return !regexp.MustCompile(`^\[+[\w.]+\]+`).MatchString(src[h[0]:h[1]]) })
	for i, h := range heads {
		end := len(src)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		name := strings.Trim(strings.TrimSpace(src[h[0]:h[1]]), "[]")
		if !strings.Contains(name, ".") {
			b.addKeys(name, src[h[1]:end])
			continue
		}
		parts := strings.SplitN(name, ".", 3)
		b.add(parts[0]+"."+parts[1], src[h[0]:end])
	}
	return b
}

// addKeys cuts a table into its entries, comments above and behind them included.
func (b *blocks) addKeys(table, text string) {
	b.tables = append(b.tables, table)
	f, _ := rule.Parse("", []byte(text))
	at := 0
	for i, c := range f.Root.Children {
		end := len(text)
		if i+1 < len(f.Root.Children) {
			end = tomlspan.LineEnd([]byte(text), c.Entry.End)
		}
		b.add(table+"."+c.Key, strings.Trim(text[at:end], "\n")+"\n")
		at = end
	}
}

func (b *blocks) add(name, text string) {
	if b.text[name] == "" {
		b.order = append(b.order, name)
	}
	b.text[name] += text
}

func (b *blocks) remove(name string) {
	b.order = slices.DeleteFunc(b.order, func(n string) bool { return n == name || strings.HasPrefix(n, name+".") })
	b.tables = slices.DeleteFunc(b.tables, func(n string) bool { return n == name })
}

func (b *blocks) merge(own *blocks) string {
	for _, name := range own.order {
		if !slices.Contains(b.order, name) {
			b.order = append(b.order, name)
		}
		b.text[name] = own.text[name]
	}
	for _, t := range own.tables {
		if !slices.Contains(b.tables, t) {
			b.tables = append(b.tables, t)
		}
	}
	var keys, rest strings.Builder
	for _, t := range b.tables {
		fmt.Fprintf(&keys, "[%s]\n", t)
		for _, name := range b.order {
			if table, _, _ := strings.Cut(name, "."); table == t && !strings.HasPrefix(b.text[name], "[") {
				keys.WriteString(b.text[name])
			}
		}
		keys.WriteByte('\n')
	}
	for _, name := range b.order {
		if strings.HasPrefix(b.text[name], "[") {
			rest.WriteString(strings.TrimRight(b.text[name], "\n") + "\n\n")
		}
	}
	return keys.String() + strings.TrimRight(rest.String(), "\n") + "\n"
}
