package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
)

// ANSI sequences.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	cyan   = "\x1b[1;36m"
	green  = "\x1b[1;32m"
	dim    = "\x1b[2m"
	reset  = "\x1b[0m"
)

// textWriter prints a report for people.
type textWriter struct {
	*bufio.Writer
	r    *Report
	opts Options
}

func (r *Report) writeText(out io.Writer, opts Options) error {
	w := &textWriter{bufio.NewWriter(out), r, opts}
	for _, d := range r.Diagnostics {
		w.diagnostic(d)
	}
	w.cases()
	if !opts.Quiet {
		w.skipped()
	}
	if !opts.Quiet && !opts.NoSummary {
		w.summary()
	}
	return w.Flush()
}

// paint colours text if colours are on.
func (w *textWriter) paint(color, s string) string {
	if !w.opts.Color || s == "" {
		return s
	}
	return color + s + reset
}

func severityColor(s rule.Severity) string {
	switch s {
	case rule.Error:
		return red
	case rule.Warning:
		return yellow
	}
	return cyan
}

// place is "path:line:col", or the path alone.
func place(path string, at located) string {
	if at.file == nil {
		return visible(path)
	}
	return fmt.Sprintf("%s:%d:%d", visible(path), at.start.Line, at.start.Column)
}

func (w *textWriter) diagnostic(d rule.Diagnostic) {
	at := w.r.locate(d.Path, d.Span)
	color := severityColor(d.Severity)
	record := ""
	if d.Record > 0 {
		record = fmt.Sprintf("record %d: ", d.Record)
	}
	fmt.Fprintf(w, "%s: %s: %s%s %s\n", w.paint(bold, place(d.Path, at)), w.paint(color, d.Severity.String()),
		record, visible(d.Message), w.paint(dim, "["+d.Code+"]"))
	if w.opts.Quiet {
		return
	}
	w.snippet(at, color)
	gutter := w.paint(blue, strings.Repeat(" ", gutterWidth(at))+" =")
	if d.Hint != "" {
		fmt.Fprintf(w, "%s %s %s\n", gutter, w.paint(bold, "hint:"), visible(d.Hint))
	}
	for _, f := range d.Fixes {
		label := "fix:"
		if !f.Safe {
			label = "suggested fix:"
		}
		fmt.Fprintf(w, "%s %s %s\n", gutter, w.paint(green, label), visible(f.Message))
	}
	for _, rel := range d.Related {
		path := rel.Path
		if path == "" {
			path = d.Path
		}
		rat := w.r.locate(path, rel.Span)
		fmt.Fprintf(w, "  %s: %s: %s\n", place(path, rat), w.paint(cyan, "note"), visible(rel.Message))
		w.snippet(rat, blue)
	}
}

// gutterWidth is the room for line numbers.
func gutterWidth(at located) int { return max(4, len(fmt.Sprint(at.start.Line))) }

// snippet prints the source line with the span underlined; of a span over several lines the first.
func (w *textWriter) snippet(at located, color string) {
	if at.file == nil || len(at.file.Src) == 0 {
		return
	}
	line, start := at.nearby()
	end := 1 << 30
	if at.end.Line == at.start.Line {
		end = start + at.end.Column - at.start.Column
	}
	g := gutterWidth(at)
	text, indent, width := excerpt(line, start, end, w.opts.columns(g+3))
	fmt.Fprintf(w, "%s %s\n", w.paint(blue, fmt.Sprintf("%*d |", g, at.start.Line)), text)
	fmt.Fprintf(w, "%s %s%s\n", w.paint(blue, fmt.Sprintf("%*s |", g, "")), strings.Repeat(" ", indent),
		w.paint(color, strings.Repeat("^", width)))
}

// nearby is the line on which a place starts, or of a long one as much as is more than shown, and how many characters of it stand in
// front of the place: a line of a megabyte may have thousands of findings.
func (at located) nearby() (line string, start int) {
	const most = 10 * maxColumns
	s := at.file.LineSpan(at.start.Offset)
	place := at.start.Offset
	if s.End-s.Start > longLine {
		s.Start, s.End = max(s.Start, place-most), min(s.End, place+most)
		for s.Start < place && !utf8.RuneStart(at.file.Src[s.Start]) {
			s.Start++
		}
		for s.End > place && s.End < len(at.file.Src) && !utf8.RuneStart(at.file.Src[s.End]) {
			s.End--
		}
	}
	line = strings.TrimPrefix(at.file.Slice(s), "\ufeff")
	return line, utf8.RuneCountInString(strings.TrimPrefix(at.file.Slice(rule.Span{Start: s.Start, End: place}), "\ufeff"))
}

// cases prints the failed cases.
func (w *textWriter) cases() {
	for _, c := range w.r.failedCases() {
		where := visible(c.Path)
		if c.File != "" {
			where = visible(c.File)
			if c.Line > 0 {
				where = fmt.Sprintf("%s:%d", where, c.Line)
			}
		}
		fmt.Fprintf(w, "%s: %s: case %s\n", w.paint(bold, where), w.paint(red, "failed"), visible(c.Name))
		if w.opts.Quiet {
			continue
		}
		for line := range strings.Lines(c.Message) {
			fmt.Fprintf(w, "    %s\n", visible(strings.TrimRight(line, "\r\n")))
		}
	}
}

// skipped says what was not checked, once for each reason.
func (w *textWriter) skipped() {
	for _, s := range w.r.NotChecked() {
		fmt.Fprintf(w, "%s %s\n", w.paint(yellow, "not checked:"), visible(s.text()))
	}
}

func (w *textWriter) summary() {
	s := w.r.Summary()
	color := green
	switch {
	case s.Errors > 0:
		color = red
	case s.Warnings > 0:
		color = yellow
	}
	parts := []string{wording.Count(s.Files, "file")}
	if s.Errors+s.Warnings+s.Infos == 0 {
		parts = append(parts, "no findings")
	} else {
		parts = append(parts, wording.Count(s.Errors, "error"), wording.Count(s.Warnings, "warning"), wording.Count(s.Infos, "info"))
	}
	if n := w.r.Suppressed; n > 0 {
		parts = append(parts, fmt.Sprintf("%d suppressed", n))
	}
	if len(w.r.Cases) > 0 {
		passed, failed, open := 0, 0, 0
		for _, c := range w.r.Cases {
			switch {
			case c.NotChecked != "":
				open++
			case c.OK:
				passed++
			default:
				failed++
			}
		}
		parts = append(parts, wording.Count(passed+failed, "case")+" run", fmt.Sprintf("%d failed", failed))
		if open > 0 {
			parts = append(parts, fmt.Sprintf("%d not checked", open))
		}
		if failed > 0 {
			color = red
		}
	}
	fmt.Fprintln(w, w.paint(color, strings.Join(parts, ", ")))
}
