package lint

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/kql"
	"github.com/rulevet/rulevet/rule"
)

// Checks of files that lie beside rules (spec/checks.md section 12); package rule finds what is wrong within one file.

func companionChecks() []*Check {
	return []*Check{
		{Code: "exception/value", Title: "exception entry has a value that its type does not take, or lacks the one it needs", Severity: rule.Error,
			Scope: General, Part: PartSchema, Companion: true, Run: Found},
		{Code: "exception/nested-list", Title: "nested exception entry refers to a value list", Severity: rule.Error, Scope: General, Part: PartSchema, Companion: true, Run: Found},
		{Code: "exception/endpoint-excluded", Title: "endpoint exception excludes a value", Severity: rule.Error, Scope: General, Part: PartSchema, Companion: true, Run: Found},
		{Code: "companion/unknown-kind", Title: "file in a folder of exceptions or actions holds neither", Severity: rule.Error, Scope: General,
			Part: PartSchema, Companion: true, Run: Found},
		{Code: "companion/duplicate", Title: "two files beside rules have the same name", Severity: rule.Error, Scope: General, Part: PartSchema, Companion: true,
			RunSet: checkCompanionNames},
		{Code: "companion/hunt-query", Title: "hunting query is not valid in its language", Severity: rule.Error, Scope: General, Part: PartQuery, Companion: true, Run: Found},
	}
}

// stageCompanion checks a file beside rules for what it is.
func stageCompanion(p *Pass) {
	kind := p.File.Kind()
	if !kind.Companion() {
		p.Run.Skip(PartSchema, "the file holds nothing that is known")
		p.Run.Stage(rule.Diagnostic{Code: "companion/unknown-kind", Span: top(p.File), Message: "the file holds no exceptions, actions, action connectors or hunting query",
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
func checkCompanionNames(p *SetPass) {
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
			p.Report(f, rule.Diagnostic{Span: at.Span, Message: fmt.Sprintf("another %s has the name %s too: %s", k.kind.Noun(), quote(name), other.Path)})
		}
	}
}

// huntLanguages are the languages of hunting queries by the names that their files use.
var huntLanguages = map[string]string{"EQL": "eql", "KQL": "kuery", "ES|QL": "esql", "Lucene": "lucene"}

// stageHunt parses the queries of a hunting file.
func stageHunt(p *Pass) {
	queries, language := p.File.HuntQueries()
	why := ""
	for _, q := range queries {
		if text := parseHunt(p, q, huntLanguages[language]); text != "" {
			why = text
		}
	}
	if why != "" {
		p.Run.Skip(PartQuery, why)
	}
	p.Run.Skip(PartFields, "a hunting query names no index")
}

// companionParts are the parts that a file beside rules has.
func companionParts(kind rule.Kind) []string {
	if kind == rule.HuntKind {
		return []string{PartSyntax, PartSchema, PartQuery, PartFields}
	}
	return []string{PartSyntax, PartSchema}
}

// parseHunt parses one hunting query; it says what could not be checked of it.
func parseHunt(p *Pass, q *rule.Text, language string) (why string) {
	switch language {
	case "eql":
		_, issues := eql.Parse(q.Value)
		for _, i := range issues {
			if i.Level == eql.Error {
				huntFinding(p, q, i.Span.Start, i.Span.End, i.Message, i.Hint)
			}
		}
	case "kuery":
		_, problems := kql.Parse(q.Value)
		for _, is := range problems {
			huntFinding(p, q, is.Span.Start, is.Span.End, is.Message, is.Hint)
		}
	case "esql":
		if at, message := balance(q.Value); message != "" {
			huntFinding(p, q, at, at+1, message, "")
		}
		return "ES|QL of a hunting query is checked for brackets and quotes only"
	default:
		return "the language of the hunting query is not one that can be checked"
	}
	return ""
}

func huntFinding(p *Pass, q *rule.Text, start, end int, message, hint string) {
	p.Run.Stage(rule.Diagnostic{Code: "companion/hunt-query", Span: q.FileSpan(start, end), Message: message, Hint: hint})
}
