// Command customcheck is rulevet with two checks of a house of its own: every rule must say which team owns it, and a
// sequence must not join events of different hosts by accident. It has every command, flag and format of rulevet; its
// codes stand in the configuration, in suppressions and in "customcheck explain" like the others. It is a module of its own, as such a command is.
//
//	go run . lint ../rules
//	go run . explain acme/owner
package main

import (
	_ "embed"
	"os"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/cli"
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

func main() { os.Exit(cli.Main(os.Args[1:], cli.Options{Checks: checks()})) }

// The page of a check is what "explain" prints. It is optional; one that is there has the sections of the pages in
// rule/lint/docs.
//
//go:embed owner.md
var ownerPage string

// checks are ours; the command adds them to the built-in ones. A code is area/name, in an area of one's own.
func checks() []*lint.Check {
	return []*lint.Check{
		{Code: "acme/owner", Title: "no tag names the team that owns the rule", Severity: rule.Error, Scope: lint.General,
			Part: lint.PartTags, Fix: lint.Automatic, Needs: []string{"rule.tags"}, Page: ownerPage, Run: checkOwner},
		{Code: "acme/host-key", Title: "a sequence is not joined by host", Severity: rule.Warning, Scope: lint.General,
			Part: lint.PartQuery, Fix: lint.Suggested, NeedsQuery: true, Run: checkHostKey},
	}
}

// owners are the teams that may own a rule.
var owners = []string{"Owner: Endpoint", "Owner: Cloud", "Owner: Identity"}

// checkOwner reports a rule without a tag of an owner, at its tags. A tag that differs in upper and lower case only is
// repaired by --fix.
func checkOwner(p *lint.Pass) {
	if slices.ContainsFunc(p.File.Rule.Tags, func(t string) bool { return slices.Contains(owners, t) }) {
		return
	}
	at := p.File.Lookup("rule", "tags")
	if at == nil {
		at = p.File.Lookup("rule")
	}
	d := rule.Diagnostic{Span: at.Span, Message: "no tag names the team that owns the rule", Hint: "add one of " + strings.Join(owners, ", ")}
	for _, tag := range at.Children {
		i := slices.IndexFunc(owners, func(o string) bool { return strings.EqualFold(o, tag.Str) })
		if tag.Kind != rule.StringNode || i < 0 {
			continue
		}
		d.Span, d.Message, d.Hint = tag.Span, "owner "+rule.Quote(tag.Str)+" is misspelt", "write "+rule.Quote(owners[i])
		d.Fixes = []rule.Fix{{Message: "write " + owners[i], Safe: true, Edits: []rule.Edit{{Span: tag.Span, New: rule.QuoteTOML(owners[i])}}}}
	}
	p.Report(d)
}

// checkHostKey reports a sequence that no key ties to one host. Spans of the query are byte offsets into its text;
// QuerySpan and QueryFix lead to the place in the file, whatever quotes and escapes are between.
func checkHostKey(p *lint.Pass) {
	s, ok := p.Query.Body.(*eql.Sequence)
	if !ok {
		return
	}
	for _, k := range append(slices.Clone(s.By), s.Terms[0].By...) {
		if f, ok := k.(*eql.Field); ok && (f.Name == "host.id" || f.Name == "agent.id" || f.Name == "container.id") {
			return
		}
	}
	d := rule.Diagnostic{Span: lint.QuerySpan(p.File, s.Keyword), Message: "the sequence joins events of different hosts", Hint: "write sequence by host.id"}
	if len(s.By) == 0 {
		edit := eql.Edit{Span: eql.Span{Start: s.Keyword.End, End: s.Keyword.End}, New: " by host.id"}
		if fix, ok := lint.QueryFix(p.File, "join by host.id", false, edit); ok {
			d.Fixes = []rule.Fix{fix}
		}
	}
	p.Report(d)
}
