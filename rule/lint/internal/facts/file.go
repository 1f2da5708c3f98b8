// Package facts holds what checks of several areas ask of a rule file.
package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// Top is where findings about the file as a whole are shown: the name of the rule, else the first line.
func Top(f *rule.File) rule.Span {
	for _, path := range [][]any{{"rule", "name"}, {"rule"}, {"metadata"}} {
		if n := f.Lookup(path...); n != nil && n.Kind != rule.ArrayNode {
			return n.Span
		}
	}
	return rule.Span{}
}

var nameRest = regexp.MustCompile(`[^a-z0-9_]+`)

// Canonical makes the part of a file name out of a name.
func Canonical(s string) string {
	return strings.Trim(nameRest.ReplaceAllString(strings.ToLower(s), "_"), "_")
}

// PrimaryTactics are the tactic of the first threat entry and of the first entry of every threat mapping.
func PrimaryTactics(r *rule.Rule) []string {
	var out []string
	add := func(t []rule.Threat) {
		if len(t) > 0 && t[0].Tactic.Name != "" && !slices.Contains(out, t[0].Tactic.Name) {
			out = append(out, t[0].Tactic.Name)
		}
	}
	add(r.Threat)
	for _, m := range r.ThreatMappings {
		add(m.Threat)
	}
	return out
}

// Folders are the names of the folders that lead to a file.
func Folders(p string) []string { return strings.Split(path.Dir(p), "/") }

// Parent is the name of the folder that holds a file.
func Parent(p string) string { return path.Base(path.Dir(p)) }

// Stage tells active rules from deprecated ones: uniqueness holds within each.
func Stage(f *rule.File) string {
	if f.Metadata.Maturity == "deprecated" {
		return "deprecated"
	}
	return "active"
}

// QueryLanguage is the language of the rule's query, from its type where the key is absent; empty if type and language
// contradict each other or neither is known: which of them is wrong only the author can tell.
func QueryLanguage(f *rule.File) string {
	typ, lang := f.Rule.Type, f.Rule.Language
	switch typ {
	case "eql", "esql":
		if lang != "" && lang != typ && knownLanguage(lang) {
			return ""
		}
		return typ
	case "query", "threshold", "new_terms", "threat_match", "saved_query":
		switch lang {
		case "":
			return "kuery"
		case "eql", "esql":
			return ""
		}
	}
	if !knownLanguage(lang) {
		return ""
	}
	return lang
}

func knownLanguage(name string) bool {
	return slices.Contains([]string{"kuery", "lucene", "eql", "esql"}, name)
}

// IsSequence reports whether the query is an EQL sequence, by its first word so that it holds for broken queries too.
func IsSequence(f *rule.File) bool {
	if f.Query == nil || QueryLanguage(f) != "eql" {
		return false
	}
	text := strings.TrimSpace(stripComments(f.Query.Value))
	return strings.HasPrefix(text, "sequence") && len(text) > 8 && !isWordByte(text[8])
}

func isWordByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

var (
	VersionForm = regexp.MustCompile(`^\d+\.\d+(\.\d+[\w-]*)*$`)
	FullVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	ShortStack  = regexp.MustCompile(`^\d+\.\d+$`)
)

// MinStack is the rule's minimum stack; ok is false if it has none or a malformed one.
func MinStack(f *rule.File) (v check.Version, n *rule.Node, ok bool) {
	n = f.Lookup("metadata", "min_stack_version")
	if n == nil || n.Kind != rule.StringNode || !VersionForm.MatchString(n.Str) {
		return v, n, false
	}
	v, ok = check.ParseVersion(n.Str)
	return v, n, ok
}

// EachGroup calls f for every group of threat mappings with the node of its entries.
func EachGroup(p *check.Pass, f func(group []rule.ThreatMatchEntry, n *rule.Node)) {
	if p.File.Rule.ThreatMatch == nil {
		return
	}
	for i, group := range p.File.Rule.ThreatMatch.Mapping {
		if n := p.File.Lookup("rule", "threat_mapping", i, "entries"); n != nil {
			f(group, n)
		}
	}
}

func QuoteList(list []string) string {
	out := make([]string, 0, 6)
	for i, s := range list {
		if i == 5 {
			out = append(out, "…")
			break
		}
		out = append(out, rule.Quote(s))
	}
	return strings.Join(out, ", ")
}
