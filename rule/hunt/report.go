package hunt

import "encoding/json"

// SchemaVersion is the version of the JSON form of a Report.
const SchemaVersion = 1

// Tool names the program that made a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Report is what a hunt found. Times are ISO 8601 in UTC, with milliseconds.
type Report struct {
	SchemaVersion int     `json:"schemaVersion"`
	Tool          Tool    `json:"tool"`
	Summary       Summary `json:"summary"`
	// By is the field that hosts are values of.
	By string `json:"by"`
	// Rules are those that ran, most matches first, equals by path.
	Rules []RuleResult `json:"rules"`
	Hosts Counts       `json:"hosts"`
	// Timeline counts matches by the time of their last event, in spans of BucketSeconds.
	Timeline      []Bucket      `json:"timeline"`
	BucketSeconds int64         `json:"bucketSeconds"`
	NotChecked    []NotChecked  `json:"notChecked"`
	Inputs        []InputResult `json:"inputs"`
	// Cluster says where the rules ran if that was not here: the address of the cluster and the time searched. Then the number of
	// events is not known, and Inputs is empty but for what ended the search.
	Cluster string `json:"cluster,omitempty"`
	// LeftOut are the files of folders of events that were not read because their names are not those of events. Whoever
	// chooses the inputs sets it.
	LeftOut []string `json:"leftOut,omitempty"`
}

// Summary counts.
type Summary struct {
	Events     int    `json:"events"`
	Rules      int    `json:"rules"` // that ran
	Fired      int    `json:"fired"` // of them with a match
	Matches    int    `json:"matches"`
	NotChecked int    `json:"notChecked"` // rules
	Damaged    int    `json:"damaged"`    // records that are no events
	First      string `json:"first,omitempty"`
	Last       string `json:"last,omitempty"`
	// Complete is false if a rule failed at an event or ended early, or an input could not be read to its end: then a rule
	// may have more matches than stated.
	Complete bool `json:"complete"`
	// Unordered is true if events came out of the order of time. Those of sequences were put in order; where that was
	// not possible the rule's Failure says so.
	Unordered bool `json:"unordered"`
}

// RuleResult is what one rule found.
type RuleResult struct {
	Path     string   `json:"path"`
	RuleID   string   `json:"ruleId,omitempty"`
	Name     string   `json:"name,omitempty"`
	Severity string   `json:"severity,omitempty"`
	Matches  int      `json:"matches"`
	First    string   `json:"first,omitempty"` // of the last events of matches
	Last     string   `json:"last,omitempty"`
	Hosts    Counts   `json:"hosts"`
	Samples  []Sample `json:"samples"` // the first matches
	// Failures counts the events at which the rule failed; Failure is the first.
	Failures int    `json:"failures,omitempty"`
	Failure  string `json:"failure,omitempty"`
	// Limited says what the rule left out from when on because it needed too much memory.
	Limited string `json:"limited,omitempty"`
}

// Counts are the most frequent values of a field among matches.
type Counts struct {
	Top []Count `json:"top"`
	// Others is the number of matches with other values, None of those without any.
	Others int `json:"others,omitempty"`
	None   int `json:"none,omitempty"`
}

// Count is a value with its matches.
type Count struct {
	Value   string `json:"value"`
	Matches int    `json:"matches"`
	Rules   int    `json:"rules,omitempty"` // that fired there; 0 within a rule
}

// Sample is one match.
type Sample struct {
	Keys   []*string      `json:"keys,omitempty"` // join values, null as null
	Events []*SampleEvent `json:"events"`         // null for a missing event
}

// SampleEvent is an event of a sample. Record is its number in the input, from 1.
type SampleEvent struct {
	Input  string          `json:"input"`
	Record int             `json:"record"`
	ID     string          `json:"id,omitempty"`
	Time   string          `json:"time,omitempty"`
	Host   string          `json:"host,omitempty"`
	Source json.RawMessage `json:"source,omitempty"`
	// Omitted says why there is no source.
	Omitted string `json:"omitted,omitempty"`
}

// Bucket is a span of time with the number of matches in it.
type Bucket struct {
	From    string `json:"from"`
	Matches int    `json:"matches"`
}

// NotChecked is a rule that did not run.
type NotChecked struct {
	Path   string `json:"path"`
	RuleID string `json:"ruleId,omitempty"`
	Name   string `json:"name,omitempty"`
	Why    string `json:"why"`
}

// InputResult is what became of an input. Damages are the first records that are no events, Error is what ended the reading
// before the end.
type InputResult struct {
	Name    string   `json:"name"`
	Events  int      `json:"events"`
	Damaged int      `json:"damaged,omitempty"`
	Damages []string `json:"damages,omitempty"`
	Error   string   `json:"error,omitempty"`
}
