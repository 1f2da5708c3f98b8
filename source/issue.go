package source

import "slices"

// Level is how bad an Issue is. The zero value is invalid.
type Level uint8

// Error: the query is refused, or fails when it runs. Warning: it hardly does what was meant. Info: worth knowing, or a
// better form.
const (
	_ Level = iota
	Error
	Warning
	Info
)

func (l Level) String() string {
	switch l {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return "invalid"
}

// Issue is a finding about a query, in any language.
type Issue struct {
	Code    string    // of the check that reports it: "query/syntax", "query/unknown-field"
	Level   Level     // how bad it is
	Phase   string    // where Elasticsearch fails, in the words of the language; "runtime" if only when the query runs; empty if it does not
	Span    Span      // place in the text
	Message string    // one line, lower case
	Hint    string    // what to write instead
	Related []Related // other places that belong to it
	Edits   []Edit    // a repair, if one is certain
	Unsafe  bool      // the repair may change the meaning
	Missing bool      // an unknown field: other indexes, or events, may have it
}

// Related is another place that explains an issue.
type Related struct {
	Span    Span   // place in the same text
	Message string // what stands there
}

// Edit replaces a span of the query by New.
type Edit struct {
	Span Span   // what is replaced; empty for an insertion
	New  string // text that comes there; empty for a deletion
}

// HasErrors reports whether one of the issues is an error.
func HasErrors(issues []Issue) bool {
	return slices.ContainsFunc(issues, func(i Issue) bool { return i.Level == Error })
}
