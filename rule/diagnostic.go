package rule

import "github.com/rulevet/rulevet/source"

// Span is a half-open range of byte offsets into a rule file.
type Span = source.Span

// Position is a place in a file as people count: Line and Column start at 1, Column counts code points, Offset bytes.
type Position = source.Position

// Tool says which program made a report.
type Tool struct {
	Name    string `json:"name"`    // "rulevet", or what an importing program calls itself
	Version string `json:"version"` // of that program, "v0.3.0" say
	// Data names the embedded facts and their versions, such as "ecs": "9.5.0"; reports that do not depend on them leave it out.
	Data map[string]string `json:"data,omitempty"`
}

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
	Code     string    // area/name, see package lint
	Severity Severity  // how bad it is
	Path     string    // as the user gave it, cleaned, with slashes
	RuleID   string    // of the file's rule; empty if it has none that can be read
	Record   int       // of the rule in a file of several, as File.Record; 0 otherwise
	Span     Span      // bytes of the file; zero for the file as a whole
	Message  string    // one line, lower case, with the user's text in back quotes
	Hint     string    // what to do, one line; may be empty
	Related  []Related // other places that belong to it
	Fixes    []Fix     // ways to repair it, the best first; nil if none is certain enough
}

// Related is another place that explains a finding. Path is empty for the same file.
type Related struct {
	Path    string // of another file; empty: the same one
	Span    Span   // bytes of that file
	Message string // what stands there
}

// Fix is one way to repair a finding; the fixes of one finding are alternatives. Message is a verb phrase. Safe means
// the rule's meaning is kept, or restored beyond doubt.
type Fix struct {
	Message string // what it does, one line, imperative
	Safe    bool   // the meaning of the rule is kept beyond doubt, so --fix makes it
	Edits   []Edit // all of them or none are made; they do not overlap
}

// Edit replaces a span of the file by New.
type Edit = source.Edit
