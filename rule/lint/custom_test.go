package lint

import (
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule"
)

// TestNewRefusesBrokenChecks wants every slip of a check of one's own named, with its code.
func TestNewRefusesBrokenChecks(t *testing.T) {
	run := func(*Pass) {}
	good := Check{Code: "acme/owner", Title: "no owner", Severity: rule.Error, Scope: General, Part: PartTags, Run: run}
	for _, tt := range []struct {
		name  string
		broke func(*Check)
		want  string
	}{
		{"severity", func(c *Check) { c.Severity = 0 }, `check "acme/owner": no severity`},
		{"scope", func(c *Check) { c.Scope = 0 }, `check "acme/owner": no scope`},
		{"title", func(c *Check) { c.Title = "" }, `check "acme/owner": no title`},
		{"part", func(c *Check) { c.Part = "tag" }, `check "acme/owner": unknown part "tag"`},
		{"code", func(c *Check) { c.Code = "Owner" }, `check "Owner": the code is not area/name in kebab case`},
		{"taken", func(c *Check) { c.Code = "tags/missing" }, `check "tags/missing": the code is taken`},
		{"nothing to run", func(c *Check) { c.Run = nil }, `check "acme/owner": neither Run nor RunSet`},
		{"after", func(c *Check) { c.After = []string{"tags/mising"} }, `check "acme/owner": no check "tags/mising" to come after`},
		{"page", func(c *Check) { c.Page = "# acme/owner\n" }, `check "acme/owner": its page: no heading or no title`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.broke(&c)
			_, err := New(Options{Checks: append(Checks(), &c)})
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := New(Options{Checks: append(Checks(), &good)}); err != nil {
		t.Errorf("a good check without a page: %v", err)
	}
	if _, err := New(Options{Checks: []*Check{nil}}); err == nil {
		t.Error("nil is taken for a check")
	}
	a, b := good, good
	a.Code, a.After, b.Code, b.After = "acme/a", []string{"acme/b"}, "acme/b", []string{"acme/a"}
	if _, err := New(Options{Checks: []*Check{&a, &b}}); err == nil || !strings.Contains(err.Error(), "comes after itself") {
		t.Errorf("a circle of checks: %v", err)
	}
}

// TestABrokenCheckStopsNothing lets a check panic on one of two files, and one over the set.
func TestABrokenCheckStopsNothing(t *testing.T) {
	bad := &Check{Code: "acme/owner", Title: "no owner", Severity: rule.Warning, Scope: General, Part: PartTags, Run: func(p *Pass) {
		if p.Path == "rules/linux/a.toml" {
			panic("no owner")
		}
		p.Report(rule.Diagnostic{Message: "checked"})
	}}
	set := &Check{Code: "acme/set", Title: "set", Severity: rule.Warning, Scope: General, Part: PartTags, RunSet: func(*SetPass) { panic("no set") }}
	r := lintSources(t, Options{Checks: append(Checks(), bad, set), Only: []string{"acme/owner", "acme/set"}},
		Source{Path: "rules/linux/a.toml", Src: []byte(baseRule(t))}, Source{Path: "rules/linux/b.toml", Src: []byte(baseRule(t))})
	var got []string
	for _, d := range r.Diagnostics {
		got = append(got, d.Path+": "+d.Code+": "+d.Message)
	}
	want := "rules/linux/a.toml: internal/error: check `acme/owner` broke down: no owner\n" +
		"rules/linux/a.toml: internal/error: check `acme/set` broke down: no set\n" +
		"rules/linux/b.toml: acme/owner: checked"
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("findings:\n%s\nwant:\n%s", s, want)
	}
}

// TestAfter wants a check skipped where the one it comes after found an error, and only there.
func TestAfter(t *testing.T) {
	first := &Check{Code: "acme/z-first", Title: "first", Severity: rule.Error, Scope: General, Part: PartTags, Run: func(p *Pass) {
		if p.Path == "rules/linux/a.toml" {
			p.Report(rule.Diagnostic{Message: "first"})
		}
	}}
	second := &Check{Code: "acme/second", Title: "second", Severity: rule.Error, Scope: General, Part: PartTags, After: []string{"acme/z-first"},
		Run: func(p *Pass) { p.Report(rule.Diagnostic{Message: "second"}) }}
	r := lintSources(t, Options{Checks: []*Check{second, first}},
		Source{Path: "rules/linux/a.toml", Src: []byte(baseRule(t))}, Source{Path: "rules/linux/b.toml", Src: []byte(baseRule(t))})
	var got []string
	for _, d := range r.Diagnostics {
		got = append(got, d.Path+" "+d.Message)
	}
	if s := strings.Join(got, ", "); s != "rules/linux/a.toml first, rules/linux/b.toml second" {
		t.Errorf("findings: %s", s)
	}
}
