package hunt

import (
	"encoding/json"

	"github.com/rulevet/rulevet/rule"
)

// SchemaVersion is the version of the JSON form of a Report.
const SchemaVersion = 1

// Tool says which program made a report.
type Tool = rule.Tool

// Report is what a hunt found. Times are ISO 8601 in UTC, with milliseconds.
type Report struct {
	SchemaVersion int    `json:"schemaVersion"` // of the JSON form: SchemaVersion
	Tool          Tool   `json:"tool"`          // what made the report
	Summary       Totals `json:"summary"`       // totals over all rules and inputs
	// By is the field that hosts are values of.
	By string `json:"by"`
	// Rules are those that ran, most matches first, equals by path.
	Rules []RuleResult `json:"rules"`
	Hosts Counts       `json:"hosts"` // the values of By with most matches, over all rules
	// Timeline counts matches by the time of their last event, in spans of BucketSeconds.
	Timeline      []Bucket      `json:"timeline"`
	BucketSeconds int64         `json:"bucketSeconds"` // length of a span of Timeline
	NotChecked    []NotChecked  `json:"notChecked"`    // rules that did not run, by path
	Inputs        []InputResult `json:"inputs"`        // in the order read
	// Cluster says where the rules ran if that was not here: the address of the cluster and the time searched. Then the number of
	// events is not known, and Inputs is empty but for what ended the search.
	Cluster string `json:"cluster,omitempty"`
	// LeftOut are the files of folders of events that were not read because their names are not those of events. Whoever
	// chooses the inputs sets it.
	LeftOut []string `json:"leftOut,omitempty"`
}

// Totals are counts over all rules and inputs.
type Totals struct {
	Events     int    `json:"events"`          // read, over all inputs
	Rules      int    `json:"rules"`           // that ran
	Fired      int    `json:"fired"`           // of them with a match
	Matches    int    `json:"matches"`         // of all rules
	NotChecked int    `json:"notChecked"`      // rules
	Damaged    int    `json:"damaged"`         // records that are no events
	First      string `json:"first,omitempty"` // time of the first event; empty if none has a time
	Last       string `json:"last,omitempty"`  // time of the last event
	// Complete is false if a rule failed at an event or ended early, or an input could not be read to its end: then a rule
	// may have more matches than stated.
	Complete bool `json:"complete"`
	// Unordered is true if events came out of the order of time. Those of sequences were put in order; where that was
	// not possible the rule's Failure says so.
	Unordered bool `json:"unordered"`
}

// RuleResult is what one rule found.
type RuleResult struct {
	Path     string   `json:"path"`               // of the rule file
	RuleID   string   `json:"ruleId,omitempty"`   // value of rule_id; empty if the rule has none
	Name     string   `json:"name,omitempty"`     // as the rule titles itself
	Severity string   `json:"severity,omitempty"` // as the rule writes it
	Matches  int      `json:"matches"`            // all of them, however many Samples there are
	First    string   `json:"first,omitempty"`    // of the last events of matches
	Last     string   `json:"last,omitempty"`     // time of the last match
	Hosts    Counts   `json:"hosts"`              // values of Report.By with most matches
	Samples  []Sample `json:"samples"`            // the first matches
	// Failures counts the events at which the rule failed; Failure is the first.
	Failures int    `json:"failures,omitempty"`
	Failure  string `json:"failure,omitempty"` // the first reason why it failed at an event, or ended early
	// Limited says what the rule left out from when on because it needed too much memory.
	Limited string `json:"limited,omitempty"`
}

// Counts are the most frequent values of a field among matches.
type Counts struct {
	Top []Count `json:"top"` // most frequent first
	// Others is the number of matches with other values, None of those without any.
	Others int `json:"others,omitempty"`
	None   int `json:"none,omitempty"` // matches of events without the field
}

// Count is a value with its matches.
type Count struct {
	Value   string `json:"value"`           // as text
	Matches int    `json:"matches"`         // with that value
	Rules   int    `json:"rules,omitempty"` // that fired there; 0 within a rule
}

// Sample is one match.
type Sample struct {
	Keys   []*string      `json:"keys,omitempty"` // join values, null as null
	Events []*SampleEvent `json:"events"`         // null for a missing event
}

// SampleEvent is an event of a sample. Record is its number in the input, from 1.
type SampleEvent struct {
	Input  string          `json:"input"`            // name of the input it stands in
	Record int             `json:"record"`           // number of the event in the input, from 1
	ID     string          `json:"id,omitempty"`     // _id, if the input has one
	Time   string          `json:"time,omitempty"`   // of the event, UTC
	Host   string          `json:"host,omitempty"`   // value of Report.By
	Source json.RawMessage `json:"source,omitempty"` // the document
	// Omitted says why there is no source.
	Omitted string `json:"omitted,omitempty"`
}

// Bucket is a span of time with the number of matches in it.
type Bucket struct {
	From    string `json:"from"`    // start of the span, UTC
	Matches int    `json:"matches"` // whose last event lies in the span
}

// NotChecked is a rule that did not run.
type NotChecked struct {
	Path   string `json:"path"`             // of the rule file
	RuleID string `json:"ruleId,omitempty"` // value of rule_id; empty if the rule has none
	Name   string `json:"name,omitempty"`   // as the rule titles itself
	Why    string `json:"why"`              // one line
}

// InputResult is what became of an input. Damages are the first records that are no events, Error is what ended the reading
// before the end.
type InputResult struct {
	Name    string   `json:"name"`              // as given
	Events  int      `json:"events"`            // read from it
	Damaged int      `json:"damaged,omitempty"` // records that are no events
	Damages []string `json:"damages,omitempty"` // the first of them, with place and reason
	Error   string   `json:"error,omitempty"`   // what ended the reading before the end
}
