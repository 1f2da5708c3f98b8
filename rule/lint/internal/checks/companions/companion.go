// Package companions has the checks of files that lie beside rules.
package companions

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of files that lie beside rules; package rule finds what is wrong within one file.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "exception/value", Title: "exception entry has a value that its type does not take, or lacks the one it needs", Severity: rule.Error,
			Scope: check.General, Part: check.PartSchema, Companion: true, Run: check.Found},
		{Code: "exception/nested-list", Title: "nested exception entry refers to a value list", Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Companion: true, Run: check.Found},
		{Code: "exception/endpoint-excluded", Title: "endpoint exception excludes a value", Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Companion: true, Run: check.Found},
		{Code: "companion/unknown-kind", Title: "file in a folder of exceptions or actions holds neither", Severity: rule.Error, Scope: check.General,
			Part: check.PartSchema, Companion: true, Run: check.Found},
		{Code: "companion/duplicate", Title: "two files beside rules have the same name", Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Companion: true,
			RunSet: checkCompanionNames, Reads: facts.Reads()},
		{Code: "companion/hunt-query", Title: "hunting query is not valid in its language", Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Companion: true, Run: check.Found},
	}
}

// Stage checks a file beside rules for what it is.
func Stage(p *check.Pass) {
	kind := p.File.Kind()
	if !kind.Companion() {
		p.Run.Skip(check.PartSchema, "the file holds nothing that is known")
		p.Run.Stage(rule.Diagnostic{Code: "companion/unknown-kind", Span: facts.Top(p.File), Message: "the file holds no exceptions, actions, action connectors or hunting query",
			Hint: "expected [[exceptions]], [[actions]], [[action_connectors]] or [hunt]"})
		return
	}
	for _, d := range p.File.CheckCompanion() {
		p.Run.Stage(d)
	}
	if kind == rule.HuntKind {
		stageHunt(p)
	}
}

// companionName is the name by which a file beside rules is known.
func companionName(f *rule.File) (name string, at *rule.Node) {
	for _, path := range [][]any{{"metadata", "list_name"}, {"metadata", "rule_name"}, {"metadata", "action_connector_name"}, {"hunt", "uuid"}} {
		if n := f.Lookup(path...); n != nil && n.Kind == rule.StringNode && n.Str != "" {
			return n.Str, n
		}
	}
	return "", nil
}

// checkCompanionNames finds files of one kind with the same name.
func checkCompanionNames(p *check.SetPass) {
	type key struct {
		kind rule.Kind
		name string
	}
	first := map[key]*rule.File{}
	for _, f := range p.Files {
		name, at := companionName(f)
		k := key{f.Kind(), name}
		other := first[k]
		switch {
		case name == "":
		case other == nil:
			first[k] = f
		default:
			p.Report(f, rule.Diagnostic{Span: at.Span, Message: fmt.Sprintf("another %s has the name %s too: %s", k.kind.Noun(), rule.Quote(name), other.Path)})
		}
	}
}

// huntLanguages are the languages of hunting queries by the names that their files use.
var huntLanguages = map[string]string{"EQL": "eql", "KQL": "kuery", "ES|QL": "esql", "Lucene": "lucene"}

// stageHunt parses the queries of a hunting file.
func stageHunt(p *check.Pass) {
	queries, language := p.File.HuntQueries()
	why := ""
	for _, q := range queries {
		if text := parseHunt(p, q, huntLanguages[language]); text != "" {
			why = text
		}
	}
	if why != "" {
		p.Run.Skip(check.PartQuery, why)
	}
	p.Run.Skip(check.PartFields, "a hunting query names no index")
}

// CompanionParts are the parts that a file beside rules has.
func CompanionParts(kind rule.Kind) []string {
	if kind == rule.HuntKind {
		return []string{check.PartSyntax, check.PartSchema, check.PartQuery, check.PartFields}
	}
	return []string{check.PartSyntax, check.PartSchema}
}

// parseHunt parses one hunting query; it says what could not be checked of it.
func parseHunt(p *check.Pass, q *rule.Text, language string) (why string) {
	switch language {
	case "eql":
		_, issues := eql.Parse(q.Value)
		for _, i := range issues {
			if i.Level == eql.Error {
				huntFinding(p, q, i.Span.Start, i.Span.End, i.Message, i.Hint)
			}
		}
	case "kuery":
		_, problems := kql.Parse(q.Value, kql.Kuery)
		for _, is := range problems {
			huntFinding(p, q, is.Span.Start, is.Span.End, is.Message, is.Hint)
		}
	case "esql":
		_, issues := esql.Verify(q.Value, nil)
		for _, is := range issues {
			if is.Level == esql.Error {
				huntFinding(p, q, is.Span.Start, is.Span.End, is.Message, is.Hint)
			}
		}
		return "the fields of a hunting query in ES|QL are not checked"
	default:
		return "the language of the hunting query is not one that can be checked"
	}
	return ""
}

func huntFinding(p *check.Pass, q *rule.Text, start, end int, message, hint string) {
	p.Run.Stage(rule.Diagnostic{Code: "companion/hunt-query", Span: q.FileSpan(start, end), Message: message, Hint: hint})
}
