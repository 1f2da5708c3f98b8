package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/files"
)

// entries are written "tactic: technique technique.sub ..." in these tests; a technique that only holds sub-techniques is
// not written.

// mappingText makes a mapping with the names of a version.
func mappingText(t *testing.T, version string, entries ...string) string {
	t.Helper()
	c, err := mitre.Load(mitre.ATTACK, version)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	item := func(header, id, name string) {
		fmt.Fprintf(&b, "\n%s\nid = %q\nname = %q\nreference = %q\n", header, id, name, mitre.URL(id))
	}
	for _, e := range entries {
		tactic, list, _ := strings.Cut(e, ":")
		b.WriteString("\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n")
		parent := ""
		for _, id := range strings.Fields(list) {
			te := c.Technique(id)
			if te == nil {
				t.Fatalf("%s is not in %s", id, version)
			}
			if p := c.Technique(te.Parent()); p != nil && p.ID != parent {
				item("[[rule.threat.technique]]", p.ID, p.Name)
				parent = p.ID
			}
			if te.Parent() == "" {
				item("[[rule.threat.technique]]", te.ID, te.Name)
				parent = te.ID
				continue
			}
			item("[[rule.threat.technique.subtechnique]]", te.ID, te.Name)
		}
		item("[rule.threat.tactic]", tactic, c.Tactic(tactic).Name)
	}
	return b.String()
}

// entriesOf reads a mapping back.
func entriesOf(src string) []string {
	f, _ := rule.Parse("x.toml", []byte(src))
	var out []string
	for _, e := range f.Rule.Threat {
		var ids []string
		for _, te := range e.Techniques {
			if len(te.Subtechniques) == 0 {
				ids = append(ids, te.ID)
			}
			for _, sub := range te.Subtechniques {
				ids = append(ids, sub.ID)
			}
		}
		out = append(out, e.Tactic.ID+": "+strings.Join(ids, " "))
	}
	return out
}

// ruleWith is the base rule with another mapping.
func ruleWith(t *testing.T, mapping string) string {
	head, _, ok := strings.Cut(baseRule(t), "\n[[rule.threat]]")
	if !ok {
		t.Fatal("the base rule has no mapping")
	}
	return head + mapping
}

func migrated(t *testing.T, src string) (string, []rule.Diagnostic) {
	t.Helper()
	l, err := New(Options{Config: &check.Config{Attack: "19.1"}, Only: []string{"threat/*"}})
	if err != nil {
		t.Fatal(err)
	}
	sources := []Source{{Path: basePath, Src: []byte(src)}}
	res, err := l.Fix(t.Context(), sources, nil, FixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Refused {
		t.Errorf("refused: %s: %s", r.Diagnostic.Code, r.Why)
	}
	if len(res.Files) == 1 {
		sources[0].Src = res.Files[0].New
	}
	report, err := l.Lint(t.Context(), sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(sources[0].Src), report.Diagnostics
}

func hintsOf(list []rule.Diagnostic) string {
	var hints []string
	for _, d := range list {
		hints = append(hints, d.Hint)
	}
	return strings.Join(hints, "\n")
}

func TestMigrate(t *testing.T) {
	for _, tt := range []struct {
		name     string
		old, new []string
		why      string // in a hint of what is left
	}{
		{name: "the tactic keeps its id", old: []string{"TA0005: T1140"}, new: []string{"TA0005: T1140"}},
		{name: "all techniques move to the new tactic", old: []string{"TA0005: T1562.004"}, new: []string{"TA0112: T1686"}},
		{name: "an entry is split", old: []string{"TA0005: T1140 T1562.001", "TA0003: T1505.003"},
			new: []string{"TA0005: T1140", "TA0112: T1685", "TA0003: T1505.003"}},
		{name: "sub-techniques of one parent get two parents", old: []string{"TA0005: T1562.002 T1562.007"},
			new: []string{"TA0112: T1685.001 T1686.001"}},
		{name: "a technique joins an entry that is there", old: []string{"TA0004: T1055", "TA0005: T1548.002"},
			new: []string{"TA0004: T1055 T1548.002"}},
		{name: "a technique that the other entry lists already", old: []string{"TA0005: T1548.002 T1140", "TA0004: T1548.002"},
			new: []string{"TA0005: T1140", "TA0004: T1548.002"}},
		{name: "lost one tactic, gained one", old: []string{"TA0005: T1556.003"}, new: []string{"TA0112: T1556.003"}},
		{name: "left two tactics for two", old: []string{"TA0003: T1574.006"}, new: []string{"TA0003: T1574.006"},
			why: "T1574.006 (Dynamic Linker Hijacking) left Persistence and is now in Execution and Stealth"},
		{name: "one entry is decided, another is not", old: []string{"TA0005: T1140", "TA0004: T1574.006"},
			new: []string{"TA0005: T1140", "TA0004: T1574.006"}, why: "left Privilege Escalation"},
		{name: "the same technique decides in another entry", old: []string{"TA0005: T1574.006", "TA0003: T1574.006", "TA0004: T1574.006"},
			new: []string{"TA0005: T1574.006"}},
		{name: "a tactic without technique", old: []string{"TA0005:"}, new: []string{"TA0005: "}},
		{name: "nothing to do", old: []string{"TA0003: T1505.003"}, new: []string{"TA0003: T1505.003"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, left := migrated(t, ruleWith(t, mappingText(t, "18.1", tt.old...)))
			if diff := cmp.Diff(tt.new, entriesOf(got)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			all := hintsOf(left)
			if tt.why == "" && len(left) > 0 || !strings.Contains(all, tt.why) {
				t.Errorf("%d findings are left with hints\n%s\nwant %q", len(left), all, tt.why)
			}
		})
	}
}

// TestMigrateText: what is moved keeps its layout, and the tags follow the tactics.
func TestMigrateText(t *testing.T) {
	old := ruleWith(t, mappingText(t, "18.1", "TA0005: T1140 T1562.001"))
	old = strings.Replace(old, "Tactic: Persistence", "Tactic: Defense Evasion", 1)
	want := ruleWith(t, mappingText(t, "19.1", "TA0005: T1140", "TA0112: T1685"))
	want = strings.Replace(want, `"Tactic: Persistence"`, `"Tactic: Stealth",`+"\n    "+`"Tactic: Defense Impairment"`, 1)
	got, _ := migrated(t, old)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestMigrateComment: a mapping with a comment between its tables is left alone where tables would move, not where they stay.
func TestMigrateComment(t *testing.T) {
	comment := func(mapping string) string {
		return strings.Replace(mapping, "\n[rule.threat.tactic]", "\n# agreed with the SOC\n[rule.threat.tactic]", 1)
	}
	moving := ruleWith(t, comment(mappingText(t, "18.1", "TA0005: T1140 T1562.001")))
	got, left := migrated(t, moving)
	if got != moving || !strings.Contains(hintsOf(left), "its tables are written in a way that is not moved around") {
		t.Errorf("a mapping with a comment was moved, or no hint says why not: %v", left)
	}
	got, left = migrated(t, ruleWith(t, comment(mappingText(t, "18.1", "TA0005: T1140"))))
	if !strings.Contains(got, "# agreed with the SOC") || len(left) > 0 {
		t.Errorf("a tactic is not renamed beside a comment: %v", left)
	}
}

// TestMigrateMissing: an entry that lacks a value is not written in part.
func TestMigrateMissing(t *testing.T) {
	src := ruleWith(t, strings.Replace(mappingText(t, "18.1", "TA0005: T1562.004"), "reference = \"https://attack.mitre.org/tactics/TA0005/\"\n", "", 1))
	if got, _ := migrated(t, src); got != src {
		t.Errorf("an entry without the reference of its tactic was changed (-before +after):\n%s", cmp.Diff(src, got))
	}
	moved := ruleWith(t, strings.Replace(mappingText(t, "18.1", "TA0005: T1140"), "reference = \"https://attack.mitre.org/tactics/TA0005/\"\n", "", 1))
	if got, _ := migrated(t, moved); got != moved {
		t.Errorf("an entry was renamed in part (-before +after):\n%s", cmp.Diff(moved, got))
	}
}

// TestMigrateCorpus: every public mapping becomes right in 19.1 or keeps findings that say what the data leave open.
func TestMigrateCorpus(t *testing.T) {
	l, err := New(Options{Config: &check.Config{Attack: "19.1"}, Only: []string{"threat/*"}, Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	sources := corpus(t)
	before, err := l.Lint(t.Context(), sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := l.Fix(t.Context(), sources, nil, FixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Refused {
		t.Errorf("%s: %s: refused: %s", r.Diagnostic.Path, r.Diagnostic.Code, r.Why)
	}
	fixed := map[string][]byte{}
	for _, f := range res.Files {
		fixed[f.Path] = f.New
	}
	for i, s := range sources {
		if src, ok := fixed[s.Path]; ok {
			sources[i].Src = src
		}
	}
	after, err := l.Lint(t.Context(), sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, d := range after.Diagnostics {
		if d.Severity != rule.Error {
			continue
		}
		open++
		if !strings.Contains(d.Hint, "not migrated") && len(d.Fixes) == 0 {
			t.Errorf("%s: %s: %s: no fix and no reason", d.Path, d.Code, d.Message)
		}
	}
	t.Logf("%d findings before, %d of %d mappings rewritten, %d findings left with a reason", len(before.Diagnostics), len(res.Files),
		len(sources), open)
}

// TestFormerTactics: a file named after a tactic that a migration renamed or left keeps its name.
func TestFormerTactics(t *testing.T) {
	for name, want := range map[string][]string{"Stealth": {"Defense Evasion"}, "Defense Impairment": {"Defense Evasion"}, "Execution": nil, "Cooking": nil} {
		got := files.FormerTactics(name)
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
