package rule

import "github.com/rulevet/rulevet/source"

// Span is a half-open range of byte offsets into a rule file.
type Span = source.Span

// Position is a place in a file as people count: Line and Column start at 1, Column counts code points, Offset bytes.
type Position = source.Position

// Severity is how bad a finding is. The zero value is invalid.
type Severity uint8

// Severities, rising.
const (
	_ Severity = iota
	Info
	Warning
	Error
)

// String is the name used in output and config: error, warning or info.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return "invalid"
}

// Diagnostic is one finding. Message is one line, lower case, quotes the user's text and says expected and found;
// Hint says what to do.
type Diagnostic struct {
	Code     string // area/name, see package lint
	Severity Severity
	Path     string // as the user gave it, cleaned, with slashes
	RuleID   string
	Record   int // of the rule in a file of several, as File.Record; 0 otherwise
	Span     Span
	Message  string
	Hint     string
	Related  []Related
	Fixes    []Fix
}

// Related is another place that explains a finding. Path is empty for the same file.
type Related struct {
	Path    string
	Span    Span
	Message string
}

// Fix is one way to repair a finding; the fixes of one finding are alternatives. Message is a verb phrase. Safe means
// the rule's meaning is kept, or restored beyond doubt.
type Fix struct {
	Message string
	Safe    bool
	Edits   []Edit
}

// Edit replaces a span of the file by New.
type Edit = source.Edit
