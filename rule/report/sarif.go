package report

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// SARIF 2.1.0 as far as it is used here. Columns count Unicode code points, which the run says.

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Results     []sarifResult     `json:"results"`
}

// sarifInvocation says whether the run was whole, and what was not checked.
type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri,omitempty"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID       string       `json:"id"`
	Short    *sarifText   `json:"shortDescription,omitempty"`
	Help     *sarifHelp   `json:"help,omitempty"`
	HelpURI  string       `json:"helpUri,omitempty"`
	Defaults *sarifConfig `json:"defaultConfiguration,omitempty"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifHelp struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
	Fixes     []sarifFix      `json:"fixes,omitempty"`
}

type sarifLocation struct {
	ID       int           `json:"id,omitempty"`
	Physical sarifPhysical `json:"physicalLocation"`
	Message  *sarifText    `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int        `json:"startLine"`
	StartColumn int        `json:"startColumn"`
	EndLine     int        `json:"endLine"`
	EndColumn   int        `json:"endColumn"`
	Snippet     *sarifText `json:"snippet,omitempty"`
}

type sarifFix struct {
	Description sarifText     `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted *sarifText  `json:"insertedContent,omitempty"`
}

func (r *Report) writeSARIF(w io.Writer, _ Options) error {
	rules, index := r.sarifRules()
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: r.Tool.Name, Version: r.Tool.Version,
			InformationURI: "https://github.com/rulevet/rulevet", Rules: rules}},
		Invocations: []sarifInvocation{r.sarifInvocation()},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
	}
	for _, d := range r.Diagnostics {
		run.Results = append(run.Results, r.sarifResult(d, index[d.Code]))
	}
	for _, c := range r.failedCases() {
		run.Results = append(run.Results, r.sarifCase(c, index[caseCode]))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// sarifInvocation lists what was not checked as notes, a reason that several files share once, and what could not be read as errors.
func (r *Report) sarifInvocation() sarifInvocation {
	out := sarifInvocation{Successful: len(r.Failures) == 0}
	at := func(path string) []sarifLocation {
		if path == "" {
			return nil
		}
		return []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{fileURI(path)}}}}
	}
	for _, f := range r.Failures {
		out.Notifications = append(out.Notifications, sarifNotification{"error", sarifText{"not read: " + f.Message}, at(f.Path)})
	}
	for _, s := range r.gaps() {
		out.Notifications = append(out.Notifications, sarifNotification{"note", sarifText{s.String()}, at(s.Path)})
	}
	return out
}

// sarifRules lists the codes that occur, sorted, with what is known of them.
func (r *Report) sarifRules() (rules []sarifRule, index map[string]int) {
	known := map[string]Check{}
	for _, c := range r.Checks {
		known[c.Code] = c
	}
	var codes []string
	for _, d := range r.Diagnostics {
		codes = append(codes, d.Code)
	}
	if len(r.failedCases()) > 0 {
		codes = append(codes, caseCode)
	}
	slices.Sort(codes)
	rules, index = []sarifRule{}, map[string]int{}
	for _, code := range slices.Compact(codes) {
		index[code] = len(rules)
		out := sarifRule{ID: code}
		if c, ok := known[code]; ok {
			out.Short, out.HelpURI = &sarifText{c.Title}, c.HelpURI
			out.Defaults = &sarifConfig{sarifLevel(c.Severity)}
			if c.Help != nil {
				if text := c.Help(); text != "" {
					out.Help = &sarifHelp{Text: text, Markdown: text}
				}
			}
		}
		rules = append(rules, out)
	}
	return rules, index
}

func sarifLevel(s rule.Severity) string {
	switch s {
	case rule.Error:
		return "error"
	case rule.Warning:
		return "warning"
	}
	return "note"
}

func (r *Report) sarifResult(d rule.Diagnostic, index int) sarifResult {
	text := d.Message
	if d.Hint != "" {
		text += "; " + d.Hint
	}
	out := sarifResult{RuleID: d.Code, RuleIndex: index, Level: sarifLevel(d.Severity), Message: sarifText{text},
		Locations: []sarifLocation{{Physical: r.sarifPhysical(d.Path, d.Span)}}}
	for i, rel := range d.Related {
		path := rel.Path
		if path == "" {
			path = d.Path
		}
		out.Related = append(out.Related, sarifLocation{ID: i + 1, Physical: r.sarifPhysical(path, rel.Span), Message: &sarifText{rel.Message}})
	}
	for _, fix := range d.Fixes {
		if f, ok := r.sarifFix(d.Path, fix); ok {
			out.Fixes = append(out.Fixes, f)
		}
	}
	return out
}

func (r *Report) sarifCase(c Case, index int) sarifResult {
	out := sarifResult{RuleID: caseCode, RuleIndex: index, Level: "error", Message: sarifText{c.title() + "\n" + c.Message}}
	path := c.Path
	if c.File != "" {
		path = c.File
	}
	loc := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{fileURI(path)}}}
	if c.Line > 0 {
		loc.Physical.Region = &sarifRegion{StartLine: c.Line, StartColumn: 1, EndLine: c.Line, EndColumn: 1}
	}
	out.Locations = []sarifLocation{loc}
	return out
}

func (r *Report) sarifPhysical(path string, s rule.Span) sarifPhysical {
	p := sarifPhysical{Artifact: sarifArtifact{fileURI(path)}}
	if at := r.locate(path, s); at.file != nil {
		region := at.sarifRegion()
		region.Snippet = &sarifText{strings.ToValidUTF8(at.file.Slice(s), "\ufffd")}
		p.Region = &region
	}
	return p
}

func (at located) sarifRegion() sarifRegion {
	return sarifRegion{StartLine: at.start.Line, StartColumn: at.start.Column, EndLine: at.end.Line, EndColumn: at.end.Column}
}

// sarifFix converts a fix; one without edits or without a source to count lines in is left out.
func (r *Report) sarifFix(path string, fix rule.Fix) (sarifFix, bool) {
	change := sarifChange{Artifact: sarifArtifact{fileURI(path)}}
	for _, e := range fix.Edits {
		at := r.locate(path, e.Span)
		if at.file == nil {
			return sarifFix{}, false
		}
		rep := sarifReplacement{Deleted: at.sarifRegion()}
		if e.New != "" {
			rep.Inserted = &sarifText{e.New}
		}
		change.Replacements = append(change.Replacements, rep)
	}
	text := fix.Message
	if !fix.Safe {
		text += " (to be reviewed)"
	}
	return sarifFix{Description: sarifText{text}, Changes: []sarifChange{change}}, len(fix.Edits) > 0
}

// fileURI is a path as a relative reference.
func fileURI(path string) string {
	u := url.URL{Path: path}
	return u.String()
}
