package ruletest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// SchemaVersion is the version of the JSON form of Report.
const SchemaVersion = 1

// Report is the outcome of Execute, in the shape of "rulevet test --format json". Everything in it is sorted: rules by
// path, cases by file and place.
type Report struct {
	SchemaVersion int           `json:"schemaVersion"` // of the JSON form: SchemaVersion
	Rules         []*RuleResult `json:"rules"`         // by path
	// Problems are the problems that belong to no rule, such as fixtures without one.
	Problems []Problem `json:"problems,omitempty"`
	// CrossFire lists rules that match in the fixtures of others, with Options.Cross.
	CrossFire []CrossFire `json:"crossFire,omitempty"`
	Summary   CaseCounts  `json:"summary"` // totals
}

// CaseCounts are the totals of cases. Cases = Passed + Failed + NotChecked.
type CaseCounts struct {
	Rules        int `json:"rules"`             // that were looked at
	WithFixtures int `json:"withFixtures"`      // of them, those that have any
	Cases        int `json:"cases"`             // of all rules
	Passed       int `json:"passed"`            // that gave what they should
	Failed       int `json:"failed"`            // that did not, or could not be evaluated
	NotChecked   int `json:"notChecked"`        // that could not be run here
	Updated      int `json:"updated,omitempty"` // goldens written
	Errors       int `json:"errors"`            // problems of severity error
	Warnings     int `json:"warnings"`          // problems of severity warning
}

// RuleResult is what became of one rule. Cases is empty, not nil, for a rule without fixtures.
type RuleResult struct {
	Path   string `json:"path"`           // of the rule file
	RuleID string `json:"ruleId"`         // value of rule_id; empty if the rule has none
	Name   string `json:"name,omitempty"` // as the rule titles itself
	// NotChecked says why the rule's cases could not be run, for example "language kuery is not supported".
	NotChecked string       `json:"notChecked,omitempty"`
	Cases      []CaseResult `json:"cases"`              // by file and place; empty, not nil, without fixtures
	Coverage   *Coverage    `json:"coverage,omitempty"` // with Options.Coverage
	Mutation   *Mutation    `json:"mutation,omitempty"` // with Options.Mutate
	// Suggestions are cases worth adding, with Options.Suggest.
	Suggestions []Suggestion `json:"suggestions,omitempty"`
	// Unsuggested counts the uncovered outcomes and the survivors for which no case was found, or beyond the limit of
	// suggestions.
	Unsuggested int       `json:"unsuggested,omitempty"`
	Problems    []Problem `json:"problems,omitempty"` // what is wrong with the fixtures

	file    *rule.File // nil if it could not be read
	matcher Matcher    // nil if its query cannot be run
	cases   []testCase // those of Cases
	dirs    []string   // the folders of the fixtures
	noRule  bool       // a TOML file of another kind
}

// Rule returns the rule file, nil if it could not be read.
func (r *RuleResult) Rule() *rule.File { return r.file }

// CaseResult is the outcome of one case.
type CaseResult struct {
	Name string `json:"name"` // stem of the event file, or name in cases.toml
	OK   bool   `json:"ok"`   // it gave what it should
	// NotChecked says why the case was not run. Such a case is neither passed nor failed; OK is false.
	NotChecked string `json:"notChecked,omitempty"`
	// Want is true (at least one match), false (none), a number of matches, or a list of Hit.
	Want any `json:"want"`
	// Got lists what matched; nil if the case could not be evaluated.
	Got []Hit `json:"got,omitzero"`
	// Diff is the go-cmp diff (-want +got), empty for a case that passed; of a golden that was written, from what it said.
	Diff string `json:"diff,omitempty"`
	// Explain says why, as far as the evaluator can tell: the first false condition and the value it saw, or how far a
	// sequence got. One line per event or stage.
	Explain string `json:"explain,omitempty"`
	// Error is set when evaluation itself failed, for example on an event without a timestamp in a sequence.
	Error string `json:"error,omitempty"`
	// Elasticsearch is the answer of a cluster, with Options.Remote.
	Elasticsearch *Remote `json:"elasticsearch,omitempty"`
	File          string  `json:"file,omitempty"` // event file or cases.toml
	Line          int     `json:"line,omitempty"` // line of the case in cases.toml
	// Synthetic marks a case whose events were made up and not captured.
	Synthetic bool `json:"synthetic,omitempty"`
	Updated   bool `json:"updated,omitempty"` // its golden was written

	goldenPath string // of a golden to be written
	goldenOld  []byte // what it said before, nil if it was not there
	goldenData []byte
}

// Place is where the case stands: "testdata/x/match.json", or "testdata/x/cases.toml:12".
func (c *CaseResult) Place() string {
	if c.Line > 0 {
		return fmt.Sprintf("%s:%d", c.File, c.Line)
	}
	return c.File
}

// Hit is one match by position: indexes into the events of the case, Missing for a missing event. A plain event
// query matches one event at a time and has no keys. A nil key is null.
type Hit struct {
	Events []int     // places in the events of the case, from 0; Missing for none
	Keys   []*string // join values as texts
}

// Missing stands in Hit.Events for a missing event ("![…]").
const Missing = -1

type jsonMatch struct {
	Events []*int    `json:"events"`
	Keys   []*string `json:"keys,omitempty"`
}

// MarshalJSON writes {"events":[0,null,5],"keys":["h1"]}.
func (m Hit) MarshalJSON() ([]byte, error) {
	j := jsonMatch{Events: make([]*int, len(m.Events)), Keys: m.Keys}
	for i, e := range m.Events {
		if e != Missing {
			j.Events[i] = &m.Events[i]
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Hit) UnmarshalJSON(b []byte) error {
	var j jsonMatch
	if err := decodeStrict(b, &j); err != nil {
		return err
	}
	if j.Events == nil {
		return fmt.Errorf("a match lacks \"events\"")
	}
	m.Keys = j.Keys
	m.Events = make([]int, len(j.Events))
	for i, e := range j.Events {
		switch {
		case e == nil:
			m.Events[i] = Missing
		case *e < 0:
			return fmt.Errorf("event position %d is negative (a missing event is null)", *e)
		default:
			m.Events[i] = *e
		}
	}
	return nil
}

// String writes "[0 null 5] by h1".
func (m Hit) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range m.Events {
		if i > 0 {
			b.WriteByte(' ')
		}
		if e == Missing {
			b.WriteString("null")
		} else {
			fmt.Fprint(&b, e)
		}
	}
	b.WriteByte(']')
	for i, k := range m.Keys {
		b.WriteString(map[bool]string{true: " by ", false: ", "}[i == 0])
		b.WriteString(keyText(k))
	}
	return b.String()
}

func keyText(k *string) string {
	if k == nil {
		return "null"
	}
	return fmt.Sprintf("%q", *k)
}

// Problem is something wrong with fixtures, or with a rule as far as testing it goes. Codes are fixtures/…, see Codes.
type Problem struct {
	Code     string `json:"code"`             // fixtures/…, or of what is wrong with the rule
	Severity string `json:"severity"`         // error, warning or info
	Path     string `json:"path"`             // of the file it is about
	Line     int    `json:"line,omitempty"`   // from 1; 0 = the file as a whole
	Column   int    `json:"column,omitempty"` // from 1, in characters
	Record   int    `json:"record,omitempty"` // from 1: the event of the file that is meant
	Message  string `json:"message"`          // one line
	Hint     string `json:"hint,omitempty"`   // what to do

	span rule.Span // of the file, where Line is known
}

// Span is the place in the file in bytes, for those who show it; zero where only Line and Column are known, or nothing.
func (p Problem) Span() rule.Span { return p.span }

// String writes "path:line:col: severity: message [code]".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	fmt.Fprintf(&b, ": %s: ", p.Severity)
	if p.Record > 0 {
		fmt.Fprintf(&b, "record %d: ", p.Record)
	}
	fmt.Fprintf(&b, "%s [%s]", p.Message, p.Code)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	return b.String()
}
