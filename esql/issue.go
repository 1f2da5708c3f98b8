package esql

// Span is a half-open range of byte offsets into the query text.
type Span struct{ Start, End int }

// Level is how bad an Issue is. The zero value is invalid.
type Level uint8

// Error: Elasticsearch refuses the query. Warning: dead or surprising logic. Style: a better form.
const (
	_ Level = iota
	Error
	Warning
	Style
)

// Phase is the stage of Elasticsearch that refuses a query. The zero value belongs to warnings.
type Phase uint8

// Elasticsearch stops at the first stage that finds an error; Check goes on, and lists the issues stage by stage.
const (
	NoPhase  Phase = iota
	Parsing        // grammar, and what is checked while the tree is built
	Analysis       // names and types
	Folding        // constants and patterns, found by the optimiser
)

// String is "parse", "analyze" or "optimize"; empty for NoPhase.
func (p Phase) String() string { return [...]string{"", "parse", "analyze", "optimize"}[p&3] }

// Issue is a finding about a query. ID is stable; see IssueIDs.
type Issue struct {
	ID      string
	Level   Level
	Phase   Phase
	Span    Span
	Message string // one line, lower case
	Hint    string // what to write instead
	Related []Related
	Edits   []Edit // a repair, if one is certain
	Unsafe  bool   // the repair may change the meaning
}

// Related is another place that explains an issue.
type Related struct {
	Span    Span
	Message string
}

// Edit replaces a span of the query by New.
type Edit struct {
	Span Span
	New  string
}
