package kql

// Level is how bad an Issue is. The zero value is invalid.
type Level uint8

// Error: the search is refused or fails. Warning: it hardly does what was meant. Info: worth knowing.
const (
	_ Level = iota
	Error
	Warning
	Info
)

// Issue is a finding about a query. Code is that of the check that reports it, as in "query/syntax".
type Issue struct {
	Code    string
	Level   Level
	Span    Span
	Message string // one line, lower case
	Hint    string // what to write instead
	Edits   []Edit // a repair, if one is certain
	Unsafe  bool   // the repair may change what the query matches
}

// Edit replaces a span of the query by New.
type Edit struct {
	Span Span
	New  string
}

// HasErrors reports whether one of the issues is an error.
func HasErrors(issues []Issue) bool {
	for _, i := range issues {
		if i.Level == Error {
			return true
		}
	}
	return false
}
