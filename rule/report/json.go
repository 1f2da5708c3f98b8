package report

import (
	"encoding/json"
	"io"

	"github.com/rulevet/rulevet/rule"
)

// SchemaVersion is the version of the JSON form.
const SchemaVersion = 1

type jsonReport struct {
	SchemaVersion int              `json:"schemaVersion"`
	Tool          Tool             `json:"tool"`
	Files         []File           `json:"files"`
	Diagnostics   []jsonDiagnostic `json:"diagnostics"`
	Errors        []Failure        `json:"errors,omitempty"`
	Summary       FindingCounts    `json:"summary"`
}

type jsonDiagnostic struct {
	Path     string        `json:"path"`
	RuleID   string        `json:"ruleId,omitempty"`
	Record   int           `json:"record,omitempty"`
	Code     string        `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
	Range    *jsonRange    `json:"range,omitempty"`
	Related  []jsonRelated `json:"related,omitempty"`
	Fixes    []jsonFix     `json:"fixes,omitempty"`
}

type jsonRange struct {
	Start jsonPosition `json:"start"`
	End   jsonPosition `json:"end"`
}

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

type jsonRelated struct {
	Path    string     `json:"path"`
	Message string     `json:"message"`
	Range   *jsonRange `json:"range,omitempty"`
}

type jsonFix struct {
	Message string     `json:"message"`
	Safe    bool       `json:"safe"`
	Edits   []jsonEdit `json:"edits"`
}

// jsonEdit gives byte offsets.
type jsonEdit struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	NewText string `json:"newText"`
}

// Failure is why a command could not run, or not on all of its input.
type Failure struct {
	Path     string `json:"path,omitempty"`     // of what could not be read
	Message  string `json:"message"`            // one line
	ExitCode int    `json:"exitCode,omitempty"` // of the command; 0: it goes on
}

// WriteFailure writes the JSON object of a command that has nothing else to say: {"schemaVersion":1,"error":{…}}.
func WriteFailure(w io.Writer, f Failure) error {
	return encode(w, struct {
		SchemaVersion int     `json:"schemaVersion"`
		Error         Failure `json:"error"`
	}{SchemaVersion, f})
}

// WriteDiagnostics writes the findings alone, as a JSON object with the member "diagnostics".
func (r *Report) WriteDiagnostics(w io.Writer) error {
	out := struct {
		Diagnostics []jsonDiagnostic `json:"diagnostics"`
	}{make([]jsonDiagnostic, 0, len(r.Diagnostics))}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, r.jsonDiagnostic(d))
	}
	return encode(w, out)
}

// encode writes a value as JSON on one line.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (r *Report) writeJSON(w io.Writer, _ Options) error {
	out := jsonReport{SchemaVersion: SchemaVersion, Tool: r.Tool, Errors: r.Failures, Summary: r.Summary(),
		Files: make([]File, 0, len(r.Files)), Diagnostics: make([]jsonDiagnostic, 0, len(r.Diagnostics))}
	for _, f := range r.Files {
		f.Checked = append([]string{}, f.Checked...) // [], not null
		f.Skipped = append([]Skip{}, f.Skipped...)
		out.Files = append(out.Files, f)
	}
	for _, d := range r.Diagnostics {
		out.Diagnostics = append(out.Diagnostics, r.jsonDiagnostic(d))
	}
	return encode(w, out)
}

func (r *Report) jsonDiagnostic(d rule.Diagnostic) jsonDiagnostic {
	out := jsonDiagnostic{Path: d.Path, RuleID: d.RuleID, Record: d.Record, Code: d.Code, Severity: d.Severity.String(),
		Message: d.Message, Hint: d.Hint, Range: r.jsonRange(d.Path, d.Span)}
	for _, rel := range d.Related {
		path := rel.Path
		if path == "" {
			path = d.Path
		}
		out.Related = append(out.Related, jsonRelated{Path: path, Message: rel.Message, Range: r.jsonRange(path, rel.Span)})
	}
	for _, fix := range d.Fixes {
		j := jsonFix{Message: fix.Message, Safe: fix.Safe, Edits: make([]jsonEdit, 0, len(fix.Edits))}
		for _, e := range fix.Edits {
			j.Edits = append(j.Edits, jsonEdit{e.Span.Start, e.Span.End, e.New})
		}
		out.Fixes = append(out.Fixes, j)
	}
	return out
}

// jsonRange is left out for files that are not at hand: a line that is guessed would mislead.
func (r *Report) jsonRange(path string, s rule.Span) *jsonRange {
	at := r.locate(path, s)
	if at.file == nil {
		return nil
	}
	return &jsonRange{jsonPosition(at.start), jsonPosition(at.end)}
}
