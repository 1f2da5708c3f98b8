package proofs

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/prove"
	"github.com/rulevet/rulevet/source"
)

// Checks of rules against one another: those that are linted together.

// SetChecks lists the checks of this file.
func SetChecks() []*check.Check {
	reads := facts.Reads(append(compile.Reads(), "rule.exceptions_list", "rule.building_block_type")...)
	return []*check.Check{
		{Code: "repo/duplicate-query", Title: "two rules have the same query",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, RunSet: checkDuplicateQuery, Reads: reads},
		{Code: "repo/subsumed", Title: "another rule matches whenever this one does",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, RunSet: checkSubsumed, Reads: reads},
	}
}

// outlineKey is what the outline of a rule is kept under.
type outlineKey struct{}

// keepOutline remembers what the checks of the set want to know of a rule.
func keepOutline(p *check.Pass, study *prove.Study) {
	if p.Run.Enabled("repo/duplicate-query") || p.Run.Enabled("repo/subsumed") {
		p.Run.Keep(outlineKey{}, study.Outline())
	}
}

// overlaps compares the rules that are linted.
func overlaps(p *check.SetPass, equal bool) []prove.Overlap {
	var files []*rule.File
	for _, f := range p.Files {
		// Of ES|QL no more is proved than what the texts tell.
		if p.Named(f) && f.Query != nil && facts.Stage(f) != "deprecated" && facts.QueryLanguage(f) != "esql" {
			files = append(files, f)
		}
	}
	compiler, err := p.Shared.Compiler()
	if err != nil || len(files) < 2 {
		return nil
	}
	return prove.Overlaps(compiler, files, prove.OverlapOptions{Equal: equal, Outline: func(f *rule.File) (*prove.Outline, bool) {
		o, done := p.Kept(f, outlineKey{}).(*prove.Outline)
		return o, done
	}})
}

// checkDuplicateQuery compares queries without their comments, and then what they mean. Where comments differ it is a warning: the line
// that told two rules apart may stand in one. Queries that only mean the same nobody compares by eye.
func checkDuplicateQuery(p *check.SetPass) {
	facts.Duplicates(p, written, func(_ string, other *rule.File) string {
		return fmt.Sprintf("the query is the same as that of %s in %s", rule.Quote(other.Rule.Name), facts.Where(other))
	}, func(f, other *rule.File) rule.Severity {
		if foldSpace(f.Query.Value) != foldSpace(other.Query.Value) {
			return rule.Warning
		}
		return rule.Info
	})
	for _, o := range overlaps(p, true) {
		if a, _ := written(o.Inner); a != "" {
			if b, _ := written(o.Outer); a == b {
				continue // that was said
			}
		}
		for _, pair := range [][2]*rule.File{{o.Inner, o.Outer}, {o.Outer, o.Inner}} {
			f, other := pair[0], pair[1]
			p.Report(f, rule.Diagnostic{Span: f.Query.Span, Severity: degree(f, other), Related: []rule.Related{{Path: other.Path, Span: other.Query.Span, Message: "the other one"}},
				Message: fmt.Sprintf("the query matches the same events as that of %s in %s, written in another way", rule.Quote(other.Rule.Name), facts.Where(other))})
		}
	}
}

// degree is how bad it is that two rules find the same: one may be a building block on purpose.
func degree(a, b *rule.File) rule.Severity {
	if a.Rule.BuildingBlockType != b.Rule.BuildingBlockType {
		return rule.Info
	}
	return rule.Warning
}

// written is what a rule asks for, as it is written.
func written(f *rule.File) (string, rule.Span) {
	if f.Query == nil || facts.Stage(f) == "deprecated" || strings.TrimSpace(f.Query.Value) == "" {
		return "", rule.Span{}
	}
	filters := ""
	if n := f.Lookup("rule", "filters"); n != nil {
		filters = nodeText(n)
	}
	return f.Rule.Type + "\x00" + foldSpace(bareQuery(f)) + "\x00" + filters, f.Query.Span
}

// checkSubsumed reports a rule of which each match is one of another. Where that is so for several others, the first is named.
func checkSubsumed(p *check.SetPass) {
	said := map[*rule.File]bool{}
	for _, o := range overlaps(p, false) {
		if o.Equal || said[o.Inner] {
			continue
		}
		said[o.Inner] = true
		p.Report(o.Inner, rule.Diagnostic{Span: o.Inner.Query.Span, Related: []rule.Related{{Path: o.Outer.Path, Span: o.Outer.Query.Span, Message: "the wider one"}},
			Message: fmt.Sprintf("whenever this query matches, that of %s in %s does, over the same indexes", rule.Quote(o.Outer.Rule.Name), facts.Where(o.Outer)),
			Hint:    "leave out one of them, exclude from the wider one what this one finds, or make one a building block"})
	}
}

// bareQuery is the query without comments, in the languages that have them.
func bareQuery(f *rule.File) string {
	switch facts.QueryLanguage(f) {
	case "eql", "esql":
		return source.BlankComments(f.Query.Value)
	}
	return f.Query.Value
}

func foldSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// nodeText writes a value in one way whatever its layout in the file.
func nodeText(n *rule.Node) string {
	switch n.Kind {
	case rule.TableNode, rule.ArrayNode:
		var b strings.Builder
		b.WriteByte('[')
		for _, c := range n.Children {
			b.WriteString(rule.QuoteTOML(c.Key) + "=" + nodeText(c) + ",")
		}
		b.WriteByte(']')
		return b.String()
	case rule.StringNode, rule.DateNode:
		return rule.QuoteTOML(n.Str)
	}
	return fmt.Sprint(n.Int, n.Float, n.Bool)
}
