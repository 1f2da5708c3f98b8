package esql

import "github.com/rulevet/rulevet/source"

// Span, Issue and so on are those of every language.
type (
	Span    = source.Span
	Level   = source.Level
	Issue   = source.Issue
	Related = source.Related
	Edit    = source.Edit
)

// Levels of issues.
const (
	Error   = source.Error
	Warning = source.Warning
	Note    = source.Info
)

// Phases are where Elasticsearch refuses a query. It stops at the first stage that finds an error; Check goes on, and
// lists the issues stage by stage.
const (
	Parsing  = "parse"    // grammar, and what is checked while the tree is built
	Analysis = "analyze"  // names and types
	Folding  = "optimize" // constants and patterns
)

// codeOf is the code of a kind of issue.
func codeOf(kind string) string {
	switch kind {
	case "syntax", "size", "parameter":
		return "query/syntax"
	case "unknown-column":
		return "query/unknown-column"
	case "unknown-function":
		return "query/unknown-function"
	case "type", "unsupported-type", "unknown-type":
		return "query/type-mismatch"
	case "ambiguous-type":
		return "query/type-conflict"
	case "arity", "option", "constant":
		return "query/function-arguments"
	case "bad-literal", "time-unit", "number":
		return "query/esql-literal"
	case "aggregate", "grouping":
		return "query/esql-aggregate"
	case "full-text":
		return "query/esql-full-text"
	case "unknown-index", "index-name", "unknown-policy", "unknown-inference", "metadata", "join":
		return "query/esql-source"
	}
	return "query/esql-command"
}
