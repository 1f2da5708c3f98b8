// Package tags has the checks of tags.
package tags

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of tags.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "tags/case", Title: "tag differs from the vocabulary in upper and lower case",
			Severity: rule.Warning, Scope: check.General, Part: check.PartTags, Fix: check.Automatic, Run: checkTagCase},
		{Code: "tags/duplicate", Title: "a tag is listed twice",
			Severity: rule.Warning, Scope: check.General, Part: check.PartTags, Fix: check.Automatic, Run: checkTagDuplicate},
		{Code: "tags/variants", Title: "rules write a tag in different upper and lower case",
			Severity: rule.Warning, Scope: check.General, Part: check.PartTags, Fix: check.Automatic, RunSet: checkTagVariants, Reads: facts.Reads("rule.tags")},
		{Code: "tags/missing", Title: "the rule has no tags",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags,
			Needs: []string{"rule.tags"}, Run: checkTagsMissing},
		{Code: "tags/prefix", Title: "tag does not start with a known prefix",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Suggested, Run: checkTagPrefix},
		{Code: "tags/index", Title: "a tag that an index pattern requires is missing",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.index"}, Run: checkTagIndex},
		{Code: "tags/bbr", Title: "building block rule without its tag",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags"}, Run: checkTagBBR},
		{Code: "tags/primary-tactic", Title: "no tag names a primary tactic",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.threat", "rule.type"}, Run: checkTagPrimaryTactic},
		{Code: "tags/os-missing", Title: "rule in the folder of an operating system without its tag",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags"}, Run: checkTagOS},
		{Code: "tags/ml", Title: "machine learning rule without its tags",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.type"}, Run: checkTagML},
		{Code: "tags/investigation-guide", Title: "rule with an investigation guide without its tag",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.note"}, Run: checkTagGuide},
		{Code: "tags/llm", Title: "ES|QL rule with COMPLETION without its tag",
			Severity: rule.Warning, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.query", "rule.type"}, Run: checkTagLLM},
		{Code: "tags/tactic-mismatch", Title: "tactic tags and threat entries differ",
			Severity: rule.Info, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.threat"}, Run: checkTacticMismatch},
		{Code: "tags/guide-without-note", Title: "tag for an investigation guide without a guide",
			Severity: rule.Info, Scope: check.House, Part: check.PartTags, Fix: check.Suggested,
			Needs: []string{"rule.note"}, Run: checkGuideWithoutNote},
		{Code: "tags/taxonomy", Title: "a tag of the house's taxonomy is missing",
			Severity: rule.Info, Scope: check.House, Part: check.PartTags, Fix: check.Automatic,
			Needs: []string{"rule.tags", "rule.type"}, Run: checkTaxonomy},
	}
}

// TagList is the array of tags, or nil.
func TagList(f *rule.File) *rule.Node {
	n := f.Lookup("rule", "tags")
	if n == nil || n.Kind != rule.ArrayNode {
		return nil
	}
	return n
}

// addTags is a fix that appends tags.
func addTags(f *rule.File, safe bool, tags ...string) []rule.Fix {
	n := TagList(f)
	var edits []rule.Edit
	if n != nil {
		edits = tomlspan.AppendStrings(f, n, tags...)
	} else if f.Lookup("rule", "tags") == nil {
		edits = tomlspan.SetKey(f, "rule", "tags", tomlspan.QuoteList(tags))
	}
	return check.Repair("add the tag "+strings.Join(tags, ", "), safe, edits)
}

// tagsSpan is where findings about missing tags are shown.
func tagsSpan(f *rule.File) rule.Span {
	if n := f.Lookup("rule", "tags"); n != nil {
		return n.KeySpan
	}
	return facts.Top(f)
}

// requireTag reports a tag that is missing; why says what asks for it. A tag in another case is there already.
func requireTag(p *check.Pass, tag, why string) {
	if slices.ContainsFunc(p.File.Rule.Tags, func(t string) bool { return strings.EqualFold(t, tag) }) {
		return
	}
	p.Report(rule.Diagnostic{Span: tagsSpan(p.File), Message: fmt.Sprintf("tag %s is missing: %s", rule.Quote(tag), why),
		Fixes: addTags(p.File, true, tag)})
}

// requireKind reports the tags of a kind of rule that are missing.
func requireKind(p *check.Pass, kind, why string) {
	for _, tag := range p.Config.InForce().KindTags[kind] {
		requireTag(p, tag, why)
	}
}

// eachTag calls f for every tag that is a string.
func eachTag(f *rule.File, visit func(list, n *rule.Node, i int)) {
	list := TagList(f)
	if list == nil {
		return
	}
	for i, n := range list.Children {
		if n.Kind == rule.StringNode {
			visit(list, n, i)
		}
	}
}

func checkTagCase(p *check.Pass) {
	byLower := p.Config.InForce().ByLower
	eachTag(p.File, func(_, n *rule.Node, _ int) {
		if want, ok := byLower[strings.ToLower(n.Str)]; ok && want != n.Str {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("tag is %s, expected %s", rule.Quote(n.Str), rule.Quote(want)),
				Fixes: check.Repair("write "+want, true, tomlspan.SetString(n, want))})
		}
	})
}

func checkTagDuplicate(p *check.Pass) {
	seen := map[string]*rule.Node{}
	eachTag(p.File, func(list, n *rule.Node, i int) {
		if first := seen[n.Str]; first != nil {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("tag %s is listed twice", rule.Quote(n.Str)),
				Related: []rule.Related{{Span: first.Span, Message: "first here"}},
				Fixes:   check.Repair("remove the second one", true, tomlspan.RemoveElement(p.File, list, i))})
			return
		}
		seen[n.Str] = n
	})
}

// checkTagVariants reports tags that differ from a commoner one only in case. Tags of the vocabulary are tags/case.
func checkTagVariants(p *check.SetPass) {
	vocabulary := p.Config.InForce().ByLower
	count := map[string]int{}
	spellings := map[string][]string{}
	for _, f := range p.Files {
		if facts.Stage(f) == "deprecated" {
			continue
		}
		for _, t := range f.Rule.Tags {
			if count[t]++; count[t] == 1 {
				spellings[strings.ToLower(t)] = append(spellings[strings.ToLower(t)], t)
			}
		}
	}
	for low, all := range spellings {
		// The commonest spelling wins, the first in the alphabet of equally common ones.
		slices.SortFunc(all, func(a, b string) int {
			if count[a] != count[b] {
				return count[b] - count[a]
			}
			return strings.Compare(a, b)
		})
		if len(all) < 2 || vocabulary[low] != "" {
			delete(spellings, low)
		}
	}
	for _, f := range p.Files {
		if facts.Stage(f) == "deprecated" || !p.Named(f) {
			continue
		}
		eachTag(f, func(_, n *rule.Node, _ int) {
			all := spellings[strings.ToLower(n.Str)]
			if len(all) == 0 || all[0] == n.Str {
				return
			}
			p.Report(f, rule.Diagnostic{Span: n.Span,
				Message: fmt.Sprintf("tag %s (%d rules) is mostly written %s (%d rules)", rule.Quote(n.Str), count[n.Str], rule.Quote(all[0]), count[all[0]]),
				Fixes:   check.Repair("write "+all[0], true, tomlspan.SetString(n, all[0]))})
		})
	}
}

func checkTagsMissing(p *check.Pass) {
	n := p.File.Lookup("rule", "tags")
	if n == nil || n.Kind == rule.ArrayNode && len(n.Children) == 0 {
		p.Report(rule.Diagnostic{Span: tagsSpan(p.File), Message: "the rule has no tags"})
	}
}

func checkTagPrefix(p *check.Pass) {
	prefixes := p.Config.InForce().TagPrefixes
	if len(prefixes) == 0 {
		return
	}
	eachTag(p.File, func(_, n *rule.Node, _ int) {
		if _, other := p.Config.InForce().ByLower[strings.ToLower(n.Str)]; other && p.Run.Enabled("tags/case") {
			return // which tells
		}
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(n.Str, prefix) }) ||
			bareTactic(p, n.Str) {
			return // a bare tactic name is tags/primary-tactic
		}
		d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("tag %s has no known prefix", rule.Quote(n.Str))}
		word, value, ok := strings.Cut(n.Str, ":")
		near := near.Names(word+":", prefixes)
		switch {
		case ok && len(near) > 0:
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
			d.Fixes = check.Repair("write the prefix "+near[0], false, tomlspan.SetString(n, near[0]+" "+strings.TrimSpace(value)))
		default:
			d.Hint = "known prefixes are " + facts.QuoteList(prefixes)
			if with := withPrefix(n.Str, p.Config.InForce().Tags); with != "" {
				d.Fixes = check.Repair("write "+with, false, tomlspan.SetString(n, with))
			}
		}
		p.Report(d)
	})
}

// withPrefix is the one tag of the vocabulary whose value is the word, case ignored.
func withPrefix(word string, tags []string) string {
	found := ""
	for _, t := range tags {
		if _, value, ok := strings.Cut(t, ": "); ok && strings.EqualFold(value, word) {
			if found != "" {
				return ""
			}
			found = t
		}
	}
	return found
}

func checkTagIndex(p *check.Pass) {
	r := p.File.Rule
	required := p.Config.InForce().RequiredTags
	for _, index := range r.Index {
		for _, tag := range required[index] {
			requireTag(p, tag, fmt.Sprintf("index %s requires it", rule.Quote(index)))
		}
	}
}

func checkTagBBR(p *check.Pass) {
	if slices.Contains(facts.Folders(p.Path), p.Config.InForce().BuildingBlocks) {
		requireKind(p, "building_block", "the rule is a building block")
	}
}

// bareTactic reports whether a tag is the name of a tactic of ATT&CK without its prefix.
func bareTactic(p *check.Pass, tag string) bool {
	return slices.Contains(p.Config.InForce().Tactics, tag) ||
		slices.ContainsFunc(p.File.Rule.Threat, func(t rule.Threat) bool { return t.Tactic.Name == tag && tag != "" })
}

func checkTagPrimaryTactic(p *check.Pass) {
	r := p.File.Rule
	tactics := facts.PrimaryTactics(r)
	if len(tactics) == 0 || r.Type == "machine_learning" || slices.Contains(r.Tags, "Continuous Monitoring") {
		return
	}
	named := slices.ContainsFunc(tactics, func(t string) bool { return slices.Contains(r.Tags, "Tactic: "+t) })
	if !named {
		requireTag(p, "Tactic: "+tactics[0], "it is the primary tactic")
	}
	eachTag(p.File, func(_, n *rule.Node, _ int) {
		in := slices.ContainsFunc(r.Threat, func(t rule.Threat) bool { return t.Tactic.Name == n.Str })
		if !in && bareTactic(p, n.Str) {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("tag %s names a tactic that is not in `threat`", rule.Quote(n.Str))})
		}
	})
}

func checkTagOS(p *check.Pass) {
	for _, tag := range p.Config.InForce().FolderTags[facts.Parent(p.Path)] {
		requireTag(p, tag, fmt.Sprintf("the rule lies in %s", rule.Quote(path.Dir(p.Path))))
	}
}

func checkTagML(p *check.Pass) {
	if p.File.Rule.Type == "machine_learning" {
		requireKind(p, "machine_learning", "the rule is of type machine_learning")
	}
}

func checkTagGuide(p *check.Pass) {
	if hasGuide(p) {
		requireKind(p, "investigation_guide", "`note` holds an investigation guide")
	}
}

// hasGuide reports whether the note holds an investigation guide.
func hasGuide(p *check.Pass) bool { return strings.Contains(p.File.Rule.Note, "Investigating") }

func checkTagLLM(p *check.Pass) {
	if p.File.Query != nil && facts.QueryLanguage(p.File) == "esql" && facts.HasCommand(p.File.Query.Value, facts.CommandCompletion) {
		requireKind(p, "completion", "the query uses COMPLETION")
	}
}

func checkTacticMismatch(p *check.Pass) {
	r := p.File.Rule
	if len(r.Threat) == 0 {
		return
	}
	in := func(name string) bool {
		return slices.ContainsFunc(r.Threat, func(t rule.Threat) bool { return strings.EqualFold(t.Tactic.Name, name) })
	}
	eachTag(p.File, func(list, n *rule.Node, i int) {
		if name, ok := strings.CutPrefix(n.Str, "Tactic: "); ok && !in(name) {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("tag %s names a tactic that is not in `threat`", rule.Quote(n.Str)),
				Fixes: check.Repair("remove the tag", false, tomlspan.RemoveElement(p.File, list, i))})
		}
	})
	for _, t := range r.Threat {
		tag := "Tactic: " + t.Tactic.Name
		if t.Tactic.Name != "" && !slices.ContainsFunc(r.Tags, func(have string) bool { return strings.EqualFold(have, tag) }) {
			p.Report(rule.Diagnostic{Span: tagsSpan(p.File), Message: fmt.Sprintf("tactic %s of `threat` has no tag", rule.Quote(t.Tactic.Name)),
				Fixes: addTags(p.File, true, tag)})
		}
	}
}

func checkGuideWithoutNote(p *check.Pass) {
	if strings.Contains(strings.ToLower(p.File.Rule.Note), "## triage and analysis") {
		return
	}
	eachTag(p.File, func(list, n *rule.Node, i int) {
		if slices.Contains(p.Config.InForce().KindTags["investigation_guide"], n.Str) {
			d := rule.Diagnostic{Span: n.Span, Message: "the tag promises an investigation guide, but `note` has no \"## Triage and analysis\""}
			if hasGuide(p) {
				d.Hint = "give the guide this heading" // without the tag it would be tags/investigation-guide
			} else {
				d.Fixes = check.Repair("remove the tag", false, tomlspan.RemoveElement(p.File, list, i))
			}
			p.Report(d)
		}
	})
}

func checkTaxonomy(p *check.Pass) {
	r := p.File.Rule
	if len(r.Tags) == 0 {
		return // tags/missing
	}
	tags := p.Config.InForce().KindTags[r.Type]
	if !slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(r.Tags, t) }) && len(tags) > 0 {
		tag := tags[0]
		p.Report(rule.Diagnostic{Span: tagsSpan(p.File), Message: fmt.Sprintf("tag %s is missing for type %s", rule.Quote(tag), rule.Quote(r.Type)),
			Fixes: addTags(p.File, true, tag)})
	}
	for _, prefix := range []string{"Domain:", "Platform:"} {
		if !slices.ContainsFunc(r.Tags, func(t string) bool { return strings.HasPrefix(t, prefix) }) {
			p.Report(rule.Diagnostic{Span: tagsSpan(p.File), Message: fmt.Sprintf("no tag starts with %s", rule.Quote(prefix))})
		}
	}
}
