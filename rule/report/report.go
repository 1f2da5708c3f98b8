package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/rulevet/rulevet/rule"
)

// Report is everything that one run has to say.
type Report struct {
	Tool  Tool   // what made the report
	Files []File // receipts, in the order to be listed
	// Diagnostics are printed in the order given; Sort puts them into the usual one.
	Diagnostics []rule.Diagnostic
	Cases       []Case // outcomes of the rules' tests
	// Suppressed counts findings that a comment, an exclude or a baseline silenced. Only the text format tells.
	Suppressed int
	// Failures are the files and folders that could not be read.
	Failures []Failure
	// Checks describes codes, for the formats that carry descriptions (SARIF). Codes without one are listed bare.
	Checks []Check
	// Source returns the file of a path, for positions and source lines. It may return nil: such findings have no line
	// (as for a file that could not be read). A nil Source knows no file.
	Source func(path string) *rule.File
}

// Tool says which program made a report.
type Tool = rule.Tool

// File is the receipt of one rule file: what was checked and what was not. The parts are syntax, schema, metadata,
// rule, threat, tags, note, index, query, fields and fixtures.
type File struct {
	Path    string   `json:"path"`             // as the user gave it
	RuleID  string   `json:"ruleId,omitempty"` // value of rule_id; empty if there is none
	Record  int      `json:"record,omitempty"` // of the rule in a file of several, from 1
	Checked []string `json:"checked"`          // parts that were
	Skipped []Skip   `json:"skipped"`          // parts that were not
}

// Skip is a part of a file that was not checked, with the reason.
type Skip struct {
	Part string `json:"part"` // one of the parts of File
	Why  string `json:"why"`  // one line
}

// Case is the outcome of one test case of a rule.
type Case struct {
	Path       string // of the rule file
	RuleID     string // value of rule_id; empty if the rule has none
	Name       string // as --run matches it, without the rule's stem
	OK         bool   // it gave what it should
	NotChecked string // why the case could not be run; then OK means nothing
	Message    string // why it failed, several lines
	File       string // the fixture, if it is another file
	Line       int    // in File; 0 = unknown
}

// Check describes a code.
type Check struct {
	Code     string        // area/name
	Title    string        // one line
	Help     func() string // its page in Markdown, asked for only where a format has it; nil or empty = none
	HelpURI  string        // where the page can be read; empty = nowhere
	Severity rule.Severity // of its findings by default
}

// FindingCounts are numbers of files and findings.
type FindingCounts struct {
	Files    int `json:"files"`    // that were checked
	Errors   int `json:"errors"`   // findings of severity error
	Warnings int `json:"warnings"` // findings of severity warning
	Infos    int `json:"infos"`    // findings of severity info
}

// Summary counts the report's files and findings.
func (r *Report) Summary() FindingCounts {
	var s FindingCounts
	for _, f := range r.Files {
		if len(f.Checked) > 0 { // else it was passed over
			s.Files++
		}
	}
	for _, d := range r.Diagnostics {
		switch d.Severity {
		case rule.Error:
			s.Errors++
		case rule.Warning:
			s.Warnings++
		case rule.Info:
			s.Infos++
		}
	}
	return s
}

// Sort orders findings by path, place, severity (worst first), code and message.
func Sort(ds []rule.Diagnostic) {
	slices.SortStableFunc(ds, func(a, b rule.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End), cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}

// Options tell how the formats look. The zero value is right for a file or a pipe.
type Options struct {
	Color bool // ANSI colours, text only
	Quiet bool // findings only: no source lines, notes and summary; text only
	// Width is the number of columns of the terminal: excerpts fit into it. 0 = wide; text only.
	Width int
	// NoSummary leaves out the last line, for a caller who has more to say; text only.
	NoSummary bool
}

type format struct {
	name  string
	write func(*Report, io.Writer, Options) error
}

func formats() []format {
	return []format{
		{"text", (*Report).writeText},
		{"json", (*Report).writeJSON},
		{"sarif", (*Report).writeSARIF},
		{"github", (*Report).writeGitHub},
		{"junit", (*Report).writeJUnit},
		{"checkstyle", (*Report).writeCheckstyle},
	}
}

// Formats lists the names that Write knows.
func Formats() []string {
	var names []string
	for _, w := range formats() {
		names = append(names, w.name)
	}
	return names
}

// Write writes the report in a format. An unknown format is an error, as is a failed write.
func (r *Report) Write(w io.Writer, format string, opts Options) error {
	for _, x := range formats() {
		if x.name == format {
			return x.write(r, w, opts)
		}
	}
	return fmt.Errorf("unknown format %q", format)
}

// file returns the source of a path, or nil.
func (r *Report) file(path string) *rule.File {
	if r.Source == nil {
		return nil
	}
	return r.Source(path)
}

// located is a finding's place in line and column form; zero lines mean that the source is not at hand.
type located struct {
	file       *rule.File
	start, end rule.Position
}

func (r *Report) locate(path string, s rule.Span) located {
	f := r.file(path)
	if f == nil {
		return located{start: rule.Position{Offset: s.Start}, end: rule.Position{Offset: s.End}}
	}
	return located{f, f.Position(s.Start), f.Position(max(s.Start, s.End))}
}
