// Command customcheck lints rules with the checks of rulevet and two of its own: every rule must say which team owns it,
// and a sequence must not join events of different hosts by accident.
//
//	customcheck RULE.toml...
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: customcheck RULE.toml...")
		os.Exit(2)
	}
	found, err := run(os.Stdout, os.Args[1:])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	case found > 0:
		os.Exit(1)
	}
}

// checks are the built-in ones and ours. A code is area/name; an area of one's own keeps clear of those to come.
func checks() []*lint.Check {
	return append(lint.Checks(),
		&lint.Check{Code: "acme/owner", Title: "no tag names the team that owns the rule", Severity: rule.Error,
			Scope: lint.General, Part: lint.PartTags, Run: checkOwner},
		&lint.Check{Code: "acme/host-key", Title: "a sequence is not joined by host", Severity: rule.Warning,
			Scope: lint.General, Part: lint.PartQuery, NeedsQuery: true, Run: checkHostKey})
}

// run lints files and prints what was found, as the command does; it returns the number of findings.
func run(w io.Writer, paths []string) (int, error) {
	linter, err := lint.New(lint.Options{Checks: checks()})
	if err != nil {
		return 0, err
	}
	var sources []lint.Source
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		sources = append(sources, lint.Source{Path: path, Src: src})
	}
	found, err := linter.Lint(context.Background(), sources, nil)
	if err != nil {
		return 0, err
	}
	files := map[string]*rule.File{}
	for _, f := range found.Files {
		files[f.Path] = f.File
	}
	r := &report.Report{Diagnostics: found.Diagnostics, Source: func(path string) *rule.File { return files[path] }}
	return len(found.Diagnostics), r.Write(w, "text", report.Options{NoSummary: true})
}

// owners are the teams that may own a rule.
var owners = []string{"Owner: Endpoint", "Owner: Cloud", "Owner: Identity"}

// checkOwner reports a rule without a tag of an owner, at its tags.
func checkOwner(p *lint.Pass) {
	if slices.ContainsFunc(p.File.Rule.Tags, func(t string) bool { return slices.Contains(owners, t) }) {
		return
	}
	at := p.File.Lookup("rule", "tags")
	if at == nil {
		at = p.File.Lookup("rule")
	}
	p.Report(rule.Diagnostic{Span: at.Span, Message: "no tag names the team that owns the rule",
		Hint: "add one of " + strings.Join(owners, ", ")})
}

// checkHostKey reports a sequence that no key ties to one host. Spans of the query are byte offsets into its text;
// Query.FileSpan leads to the place in the file, whatever quotes and escapes are between.
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
	p.Report(rule.Diagnostic{Span: p.File.Query.FileSpan(s.Keyword.Start, s.Keyword.End),
		Message: "the sequence joins events of different hosts", Hint: "write sequence by host.id"})
}
