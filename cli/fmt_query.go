package cli

import (
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
)

// layOutQuery lays out the query of a rule in ES|QL. A rule that has none, or one with syntax errors, stays as it is.
func layOutQuery(path string, src []byte) []byte {
	file, _ := rule.Parse(path, src)
	if file == nil || file.Query == nil || file.Rule.Language != "esql" {
		return src
	}
	old := file.Query.Value
	text, err := esql.Format(old)
	if err != nil {
		return src
	}
	if strings.HasPrefix(old, "\n") {
		text = "\n" + text
	}
	if !strings.HasSuffix(old, "\n") {
		text = strings.TrimSuffix(text, "\n")
	}
	if text == old {
		return src
	}
	edits, err := file.Query.Edits(rule.ValueEdit{Start: 0, End: len(old), New: text})
	if err != nil {
		return src
	}
	out, err := rule.Apply(src, edits)
	if err != nil {
		return src
	}
	return out
}
