package lint

import (
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// Mutators of threat mappings and notes.

func threatMutators() []mutator {
	// first finds the first entry that has the part.
	first := func(f *rule.File, part string) (n *rule.Node, i int) {
		for i := range f.Rule.Threat {
			var t *rule.Node
			switch part {
			case "tactic":
				t = f.Lookup("rule", "threat", i, "tactic")
			case "technique":
				t = f.Lookup("rule", "threat", i, "technique", 0)
			case "subtechnique":
				t = f.Lookup("rule", "threat", i, "technique", 0, "subtechnique", 0)
			}
			if t != nil {
				return t, i
			}
		}
		return nil, 0
	}
	set := func(codes, part, key string, to func(old string) string) mutator {
		return one(part+"."+key, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			t, _ := first(f, part)
			n := t.Get(key)
			if n == nil || to(n.Str) == n.Str || to(n.Str) == "" {
				return nil, 0, false
			}
			return []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(to(n.Str))}}, n.Span.Start, true
		})
	}
	last := func(s string) string { return s[:len(s)-1] }
	twist := func(s string) string { return strings.Replace(s, "a", "e", 1) }
	is := func(to string) func(string) string { return func(string) string { return to } }
	tags := "tags/primary-tactic file/name-tactic-prefix"
	return []mutator{
		set("threat/unknown-tactic", "tactic", "name", twist).allow(tags),
		set("threat/unknown-tactic", "tactic", "name", strings.ToUpper).allow(tags),
		set("threat/unknown-tactic", "tactic", "name", last).allow(tags),
		set("threat/tactic-id", "tactic", "id", is("TA9999")),
		set("threat/tactic-id", "tactic", "id", last),
		set("threat/reference-pattern", "tactic", "reference", is("https://attack.mitre.org/tactic/TA0001/")),
		set("threat/reference-pattern", "tactic", "reference", is("https://example.com/")),
		set("threat/reference-slash", "tactic", "reference", last),
		set("threat/tactic-reference", "tactic", "reference", func(s string) string {
			if strings.Contains(s, "TA0040") {
				return ""
			}
			return "https://attack.mitre.org/tactics/TA0040/"
		}),
		set("threat/unknown-technique", "technique", "id", is("T9999")),
		set("threat/unknown-technique", "technique", "id", strings.ToLower),
		set("threat/technique-name", "technique", "name", twist),
		set("threat/technique-name", "technique", "name", strings.ToUpper),
		set("threat/technique-name", "technique", "name", func(s string) string { return s + " " }),
		set("threat/reference-pattern", "technique", "reference", is("https://attack.mitre.org/technique/T1059/")),
		set("threat/reference-slash", "technique", "reference", last),
		set("threat/technique-reference", "technique", "reference", is("https://attack.mitre.org/techniques/T1595/")),
		set("threat/unknown-subtechnique", "subtechnique", "id", func(s string) string { return s[:5] + ".999" }),
		set("threat/subtechnique-name", "subtechnique", "name", twist),
		set("threat/subtechnique-reference", "subtechnique", "reference", is("https://attack.mitre.org/techniques/T1595/001/")),
		set("threat/reference-pattern", "subtechnique", "reference", func(s string) string { return strings.ReplaceAll(s, "/techniques/", "/techniqes/") }),
		one("technique of another tactic", "threat/technique-tactic", func(f *rule.File) ([]rule.Edit, int, bool) {
			t, i := first(f, "technique")
			if t == nil || f.Rule.Threat[i].Tactic.Name == "Reconnaissance" || len(f.Rule.Threat[i].Techniques[0].Subtechniques) > 0 {
				return nil, 0, false
			}
			return []rule.Edit{{Span: t.Get("id").Span, New: `"T1595"`}, {Span: t.Get("name").Span, New: `"Active Scanning"`},
				{Span: t.Get("reference").Span, New: `"https://attack.mitre.org/techniques/T1595/"`}}, t.Get("id").Span.Start, true
		}),
		one("sub-technique of another technique", "threat/subtechnique-parent", func(f *rule.File) ([]rule.Edit, int, bool) {
			t, _ := first(f, "subtechnique")
			if t == nil {
				return nil, 0, false
			}
			return []rule.Edit{{Span: t.Get("id").Span, New: `"T1595.001"`}, {Span: t.Get("name").Span, New: `"Scanning IP Blocks"`},
				{Span: t.Get("reference").Span, New: `"https://attack.mitre.org/techniques/T1595/001/"`}}, t.Get("id").Span.Start, true
		}),
		one("retired technique", "threat/technique-retired", func(f *rule.File) ([]rule.Edit, int, bool) {
			t, i := first(f, "technique")
			if t == nil || f.Rule.Threat[i].Tactic.Name != "Execution" || len(f.Rule.Threat[i].Techniques[0].Subtechniques) > 0 {
				return nil, 0, false
			}
			return []rule.Edit{{Span: t.Get("id").Span, New: `"T1086"`}, {Span: t.Get("name").Span, New: `"PowerShell"`},
				{Span: t.Get("reference").Span, New: `"https://attack.mitre.org/techniques/T1086/"`}}, t.Get("id").Span.Start, true
		}),
		one("tactic swapped with another", "threat/technique-tactic", func(f *rule.File) ([]rule.Edit, int, bool) {
			t, i := first(f, "tactic")
			if t == nil || len(f.Rule.Threat) != 1 || len(f.Rule.Threat[i].Techniques) != 1 || f.Rule.Threat[i].Tactic.Name == "Reconnaissance" || f.Rule.Threat[i].Tactic.Name == "Resource Development" {
				return nil, 0, false
			}
			at := f.Lookup("rule", "threat", i, "technique", 0, "id")
			return []rule.Edit{{Span: t.Get("id").Span, New: `"TA0043"`}, {Span: t.Get("name").Span, New: `"Reconnaissance"`},
				{Span: t.Get("reference").Span, New: `"https://attack.mitre.org/tactics/TA0043/"`}}, at.Span.Start, at.Span.Start < t.Span.Start
		}).allow(tags + " threat/subtechnique-parent"),
		one("tactic in two entries", "threat/duplicate-tactic", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "threat")
			if n == nil || n.Kind != rule.ArrayNode || len(n.Children) != 1 || n.Children[0].Inline {
				return nil, 0, false
			}
			tactic := n.Children[0].Get("tactic")
			text := "\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = " + rule.QuoteTOML(tactic.Get("id").Str) + "\nname = "
			end := len(f.Src)
			at := end + len(text)
			return []rule.Edit{{Span: rule.Span{Start: end, End: end}, New: text + rule.QuoteTOML(tactic.Get("name").Str) +
				"\nreference = " + rule.QuoteTOML(tactic.Get("reference").Str) + "\n"}}, at - 1, strings.HasSuffix(string(f.Src), "\n")
		}),
	}
}

func noteMutators() []mutator {
	in := func(name, codes, old, to string) mutator {
		return one(name, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "note")
			if n == nil || n.Kind != rule.StringNode {
				return nil, 0, false
			}
			at := strings.Index(n.Str, old)
			if at < 0 {
				return nil, 0, false
			}
			edits := tomlspan.ReplaceText(n, at, at+len(old), to)
			place := n.Text().FileSpan(at, at).Start + strings.Count(to, "\n")*0
			if i := strings.LastIndexByte(to, '\n'); i >= 0 {
				place += i + 1
			}
			return edits, place, edits != nil
		})
	}
	return []mutator{
		value("note/guide-title", "rule.note", `"## Triage and analysis\n\n### Investigating Something Else\n"`,
			func(f *rule.File, n *rule.Node) bool {
				return n.Kind == rule.StringNode && f.Lookup("transform") == nil && strings.Contains(n.Str, "Investigating")
			}),
		in("guide title", "note/guide-title", "### Investigating ", "### Investigating My "),
		in("placeholder number", "note/placeholder-index", "$osquery_0", "$osquery_9").allow("note/placeholder-count"),
		in("placeholder number", "note/placeholder-index", "$investigate_0", "$investigate_90").allow("note/placeholder-count"),
		in("orphan placeholder", "note/placeholder-orphan", "### Investigating", "$osquery_0\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}).only(func(f *rule.File) bool { return f.Lookup("transform") == nil }),
		in("plugin written out", "note/literal-plugin", "### Investigating", "### !{investigate{\"label\":\"x\"}} Investigating").allow("note/guide-title"),
		in("setup heading", "note/setup-level", "### Investigating", "### Setup\n\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}).allow("note/setup-twice"),
		in("setup in lower case", "note/setup-case", "### Investigating", "## setup\n\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}),
		in("setup twice", "note/setup-twice", "### Investigating", "## Setup\n\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}).only(func(f *rule.File) bool { return strings.TrimSpace(f.Rule.Setup) != "" }),
		in("config heading", "note/config-heading", "### Investigating", "## Config\n\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}),
		in("open fence", "note/markdown", "### Investigating", "```\n### Investigating").line(func(f *rule.File) int {
			n := f.Lookup("rule", "note")
			at := strings.Index(n.Str, "### Investigating")
			return n.Text().FileSpan(at, at).Start
		}).only(func(f *rule.File) bool { return !strings.Contains(f.Rule.Note, "```") }),
		drop("transform/note-missing", "rule", "note", "").only(func(f *rule.File) bool {
			t, n := f.Lookup("transform"), f.Lookup("rule", "note")
			return t != nil && n != nil && t.Children[0].Children[0].Span.Start < n.Span.Start
		}).line(func(f *rule.File) int { return f.Lookup("transform").Children[0].Children[0].Span.Start }).allow("note/triage-missing"),
		one("a transform too many", "note/placeholder-count note/placeholder-index", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("transform", "osquery")
			if n == nil || n.Kind != rule.ArrayNode || len(n.Children) == 0 {
				return nil, 0, false
			}
			at := n.Children[len(n.Children)-1].Entry.End
			return []rule.Edit{{Span: rule.Span{Start: at, End: at}, New: "\n[[transform.osquery]]\nlabel = \"x\"\nquery = \"select 1\"\n"}}, at + 1, true
		}),
	}
}
