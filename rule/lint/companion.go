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
			Scope: General, Part: PartSchema},
		{Code: "exception/nested-list", Title: "nested exception entry refers to a value list", Severity: rule.Error, Scope: General, Part: PartSchema},
		{Code: "exception/endpoint-excluded", Title: "endpoint exception excludes a value", Severity: rule.Error, Scope: General, Part: PartSchema},
		{Code: "companion/unknown-kind", Title: "file in a folder of exceptions or actions holds neither", Severity: rule.Error, Scope: General,
			Part: PartSchema},
		{Code: "companion/duplicate", Title: "two files beside rules have the same name", Severity: rule.Error, Scope: General, Part: PartSchema},
		{Code: "companion/hunt-query", Title: "hunting query is not valid in its language", Severity: rule.Error, Scope: General, Part: PartQuery},
	}
}

// checkCompanion checks a file beside rules for what it is; it reports whether the file is one.
func (r *fileRun) checkCompanion() bool {
	kind := r.file.Kind()
	if !r.source.Companion && !kind.Companion() {
		return false
	}
	r.companion = true
	if !kind.Companion() {
		r.skip(PartSchema, "the file holds nothing that is known")
		r.add(rule.Diagnostic{Code: "companion/unknown-kind", Span: top(r.file), Message: "the file holds no exceptions, actions, action connectors or hunting query",
			Hint: "expected [[exceptions]], [[actions]], [[action_connectors]] or [hunt]"})
		return true
	}
	r.addAll(r.file.CheckCompanion())
	if kind == rule.HuntKind {
		r.checkHunt()
	}
	return true
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
func (l *Linter) checkCompanionNames(runs []*fileRun) {
	type key struct {
		kind rule.Kind
		name string
	}
	first := map[key]*rule.File{}
	for _, r := range runs {
		if !r.companion {
			continue
		}
		name, at := companionName(r.file)
		k := key{r.file.Kind(), name}
		other := first[k]
		switch {
		case name == "":
		case other == nil:
			first[k] = r.file
		case !r.other:
			r.add(rule.Diagnostic{Code: "companion/duplicate", Span: at.Span,
				Message: fmt.Sprintf("another %s has the name %s too: %s", k.kind.Noun(), quote(name), other.Path)})
		}
	}
}

// huntLanguages are the languages of hunting queries by the names that their files use.
var huntLanguages = map[string]string{"EQL": "eql", "KQL": "kuery", "ES|QL": "esql", "Lucene": "lucene"}

// checkHunt parses the queries of a hunting file.
func (r *fileRun) checkHunt() {
	queries, language := r.file.HuntQueries()
	why := ""
	for _, q := range queries {
		if text := r.parseHunt(q, huntLanguages[language]); text != "" {
			why = text
		}
	}
	if why != "" {
		r.skip(PartQuery, why)
	}
	r.skip(PartFields, "a hunting query names no index")
}

// companionParts are the parts that a file beside rules has.
func companionParts(kind rule.Kind) []string {
	if kind == rule.HuntKind {
		return []string{PartSyntax, PartSchema, PartQuery, PartFields}
	}
	return []string{PartSyntax, PartSchema}
}

// parseHunt parses one hunting query; it says what could not be checked of it.
func (r *fileRun) parseHunt(q *rule.Text, language string) (why string) {
	switch language {
	case "eql":
		_, issues := eql.Parse(q.Value)
		for _, i := range issues {
			if i.Level == eql.Error {
				r.huntFinding(q, i.Span.Start, i.Span.End, i.Message, i.Hint)
			}
		}
	case "kuery":
		_, problems := kql.Parse(q.Value)
		for _, p := range problems {
			r.huntFinding(q, p.Span.Start, p.Span.End, p.Message, p.Hint)
		}
	case "esql":
		if at, message := balance(q.Value); message != "" {
			r.huntFinding(q, at, at+1, message, "")
		}
		return "ES|QL of a hunting query is checked for brackets and quotes only"
	default:
		return "the language of the hunting query is not one that can be checked"
	}
	return ""
}

func (r *fileRun) huntFinding(q *rule.Text, start, end int, message, hint string) {
	r.add(rule.Diagnostic{Code: "companion/hunt-query", Span: q.FileSpan(start, end), Message: message, Hint: hint})
}
