package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
)

// caseCode stands for failed test cases where a format wants a code.
const caseCode = "fixtures/case-failed"

func (r *Report) failedCases() []Case {
	var out []Case
	for _, c := range r.Cases {
		if !c.OK && c.NotChecked == "" {
			out = append(out, c)
		}
	}
	return out
}

// title is the headline of a failed case.
func (c Case) title() string { return fmt.Sprintf("case %s of %s failed", c.Name, c.Path) }

// writeGitHub writes workflow commands, which GitHub shows as annotations on the lines of a pull request.
func (r *Report) writeGitHub(out io.Writer, _ Options) error {
	w := bufio.NewWriter(out)
	for _, d := range r.Diagnostics {
		at := r.locate(d.Path, d.Span)
		fmt.Fprintf(w, "::%s file=%s", githubCommand(d.Severity), githubProperty(d.Path))
		if at.file != nil {
			fmt.Fprintf(w, ",line=%d,col=%d", at.start.Line, at.start.Column)
			if at.end.Line == at.start.Line {
				fmt.Fprintf(w, ",endColumn=%d", at.end.Column)
			} else {
				fmt.Fprintf(w, ",endLine=%d", at.end.Line)
			}
		}
		text := d.Message
		if d.Hint != "" {
			text += "\n" + d.Hint
		}
		fmt.Fprintf(w, ",title=%s::%s\n", githubProperty(d.Code), githubData(text))
	}
	for _, c := range r.failedCases() {
		fmt.Fprintf(w, "::error file=%s", githubProperty(first(c.File, c.Path)))
		if c.Line > 0 {
			fmt.Fprintf(w, ",line=%d", c.Line)
		}
		fmt.Fprintf(w, ",title=%s::%s\n", githubProperty(c.title()), githubData(c.Message))
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "::error file=%s,title=not read::%s\n", githubProperty(f.Path), githubData(f.Message))
	}
	for _, s := range r.gaps() {
		fmt.Fprintf(w, "::notice file=%s,title=not checked::%s\n", githubProperty(s.Path), githubData(s.text()))
	}
	return w.Flush()
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func githubCommand(s rule.Severity) string {
	switch s {
	case rule.Error:
		return "error"
	case rule.Warning:
		return "warning"
	}
	return "notice"
}

func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(xmlText(s))
}

func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

type checkstyle struct {
	XMLName xml.Name         `xml:"checkstyle"`
	Version string           `xml:"version,attr"`
	Files   []checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr,omitempty"`
	Column   int    `xml:"column,attr,omitempty"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// writeCheckstyle lists every file of the report, also those without findings.
func (r *Report) writeCheckstyle(w io.Writer, _ Options) error {
	out := checkstyle{Version: "8.0"}
	index := map[string]int{}
	file := func(path string) *checkstyleFile {
		i, ok := index[path]
		if !ok {
			i = len(out.Files)
			index[path] = i
			out.Files = append(out.Files, checkstyleFile{Name: xmlText(path)})
		}
		return &out.Files[i]
	}
	for _, f := range r.Files {
		file(f.Path)
	}
	for _, d := range r.Diagnostics {
		e := checkstyleError{Severity: d.Severity.String(), Message: xmlText(withHint(d)), Source: "rulevet." + d.Code}
		if at := r.locate(d.Path, d.Span); at.file != nil {
			e.Line, e.Column = at.start.Line, at.start.Column
		}
		f := file(d.Path)
		f.Errors = append(f.Errors, e)
	}
	for _, c := range r.failedCases() {
		f := file(first(c.File, c.Path))
		f.Errors = append(f.Errors, checkstyleError{Line: c.Line, Severity: "error", Message: xmlText(c.title() + ": " + c.Message), Source: "rulevet." + caseCode})
	}
	return writeXML(w, out)
}

func withHint(d rule.Diagnostic) string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + "; " + d.Hint
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// writeJUnit makes a suite of each rule file: a case "lint" that fails on errors, with warnings and infos as its
// output, and its test cases. What was not checked is a skipped case.
func (r *Report) writeJUnit(w io.Writer, _ Options) error {
	b := junitBuilder{r: r, index: map[string]int{}}
	for _, f := range r.Files {
		b.suite(f.Path)
		b.lint(f.Path, r.of(f.Path))
		for _, s := range f.Skipped {
			b.add(f.Path, junitCase{Name: "lint: " + xmlText(s.Part), Skipped: &junitSkipped{xmlText(s.Why)}})
		}
	}
	for _, d := range r.Diagnostics {
		if _, ok := b.index[d.Path]; !ok { // a file without receipt, such as the config
			b.lint(d.Path, r.of(d.Path))
		}
	}
	for _, c := range r.Cases {
		out := junitCase{Name: xmlText(c.Name), File: xmlText(c.File)}
		switch {
		case c.NotChecked != "":
			out.Skipped = &junitSkipped{xmlText(c.NotChecked)}
		case !c.OK:
			head, _, _ := strings.Cut(c.Message, "\n")
			out.Failure = &junitFailure{Message: xmlText(head), Type: caseCode, Text: xmlText(c.Message)}
		}
		b.add(c.Path, out)
	}
	out := junitSuites{Name: r.Tool.Name, Suites: b.suites}
	for _, s := range b.suites {
		out.Tests += s.Tests
		out.Failures += s.Failures
	}
	return writeXML(w, out)
}

// of returns the findings about a file.
func (r *Report) of(path string) []rule.Diagnostic {
	var out []rule.Diagnostic
	for _, d := range r.Diagnostics {
		if d.Path == path {
			out = append(out, d)
		}
	}
	return out
}

type junitBuilder struct {
	r      *Report
	suites []junitSuite
	index  map[string]int
}

func (b *junitBuilder) suite(path string) *junitSuite {
	i, ok := b.index[path]
	if !ok {
		i = len(b.suites)
		b.index[path] = i
		b.suites = append(b.suites, junitSuite{Name: xmlText(path)})
	}
	return &b.suites[i]
}

func (b *junitBuilder) add(path string, c junitCase) {
	s := b.suite(path)
	c.Class = s.Name
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func (b *junitBuilder) lint(path string, ds []rule.Diagnostic) {
	var errors, others []string
	for _, d := range ds {
		line := fmt.Sprintf("%s: %s: %s [%s]", place(d.Path, b.r.locate(d.Path, d.Span)), d.Severity, visible(withHint(d)), d.Code)
		if d.Severity == rule.Error {
			errors = append(errors, line)
		} else {
			others = append(others, line)
		}
	}
	c := junitCase{Name: "lint", File: xmlText(path), Out: xmlText(strings.Join(others, "\n"))}
	if len(errors) > 0 {
		c.Failure = &junitFailure{Message: wording.Count(len(errors), "error"), Type: "lint", Text: xmlText(strings.Join(errors, "\n"))}
	}
	b.add(path, c)
}

// xmlText drops what XML 1.0 cannot hold even escaped.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
