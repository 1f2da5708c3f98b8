package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// testText writes the results of fixtures for people.
type testText struct {
	*bufio.Writer
	f     *testFlags
	run   *fixtureRun
	color bool
	width int // of the terminal; 0 = none
	// comments is what Writer writes to.
	comments *commenter
}

func (c *command) writeTestText(f *testFlags, run *fixtureRun) error {
	out := &testText{f: f, run: run, color: c.colored(f.color), width: terminalWidth(c.Stdout), comments: &commenter{w: c.Stdout}}
	out.Writer = bufio.NewWriter(out.comments)
	if f.suggest {
		out.color, out.comments.on = false, true // what is printed is to be a file
	}
	if err := out.problems(); err != nil {
		return err
	}
	if err := out.rules(); err != nil {
		return err
	}
	out.crossFire()
	if !f.quiet {
		out.summary()
	}
	return out.Flush()
}

// commenter makes comments of TOML of what is written, while it is on.
type commenter struct {
	w      io.Writer
	on     bool
	inLine bool // something of the line is written
}

// Write implements io.Writer.
func (c *commenter) Write(p []byte) (int, error) {
	if !c.on {
		return c.w.Write(p)
	}
	for line := range bytes.Lines(p) {
		if !c.inLine && len(bytes.TrimSpace(line)) > 0 && !bytes.HasPrefix(line, []byte("#")) {
			if _, err := io.WriteString(c.w, "# "); err != nil {
				return 0, err
			}
		}
		if _, err := c.w.Write(line); err != nil {
			return 0, err
		}
		c.inLine = !bytes.HasSuffix(line, []byte("\n"))
	}
	return len(p), nil
}

// writeDetails writes what flags ask for beyond findings and failed cases, which "check" prints itself.
func (c *command) writeDetails(f *testFlags, run *fixtureRun, color bool) error {
	out := &testText{f: f, run: run, color: color, width: terminalWidth(c.Stdout), comments: &commenter{w: c.Stdout}}
	out.Writer = bufio.NewWriter(out.comments)
	for _, r := range run.Rules {
		for i := range r.Cases {
			if k := &r.Cases[i]; k.OK || k.NotChecked != "" {
				out.testCase(r, k)
			}
		}
		if err := out.coverage(r); err != nil {
			return err
		}
		out.mutation(r)
		out.suggestions(r)
	}
	return out.Flush()
}

// maxListed bounds the rules without fixtures that are listed without -v.
const maxListed = 5

// problems prints what is wrong with fixtures and rules. Rules without fixtures are only counted where they are many.
func (t *testText) problems() error {
	var shown []rule.Diagnostic
	untested := 0
	for _, d := range t.run.diagnostics {
		if d.Severity == rule.Info {
			if untested++; untested > maxListed && !t.f.verbose {
				continue
			}
		}
		shown = append(shown, d)
	}
	r := &report.Report{Tool: tool(), Diagnostics: shown, Source: t.run.source}
	if err := r.Write(t, "text", report.Options{Width: t.width, Color: t.color, Quiet: t.f.quiet, NoSummary: true}); err != nil {
		return err
	}
	if more := untested - maxListed; more > 0 && !t.f.verbose && !t.f.quiet {
		t.line("and %s without fixtures; -v lists them", wording.Count(more, "more file"))
	}
	return nil
}

// line prints a line; control characters of names and events are kept off the terminal.
func (t *testText) line(format string, args ...any) {
	fmt.Fprintln(t, strings.Map(printable, fmt.Sprintf(format, args...)))
}

// printable is printableRune, but lets tabs pass.
func printable(r rune) rune {
	if r == '\t' {
		return r
	}
	return printableRune(r)
}

func (t *testText) rules() error {
	for _, r := range t.run.Rules {
		for i := range r.Cases {
			t.testCase(r, &r.Cases[i])
		}
		if err := t.coverage(r); err != nil {
			return err
		}
		t.mutation(r)
		t.suggestions(r)
	}
	t.notChecked()
	t.cluster()
	return nil
}

// notChecked says which rules could not be run, once for each reason.
func (t *testText) notChecked() {
	first, count := map[string]string{}, map[string]int{}
	var order []string
	for _, r := range t.run.Rules {
		if r.NotChecked == "" {
			continue
		}
		if count[r.NotChecked]++; count[r.NotChecked] == 1 {
			order = append(order, r.NotChecked)
			first[r.NotChecked] = r.Path
		}
	}
	for _, why := range order {
		more := ""
		if n := count[why] - 1; n > 0 {
			more = " and " + wording.Count(n, "other rule")
		}
		t.line("not checked: %s%s: %s", first[why], more, why)
	}
}

func (t *testText) testCase(r *ruletest.RuleResult, k *ruletest.CaseResult) {
	name := strings.TrimSuffix(path.Base(r.Path), ".toml") + "/" + k.Name
	switch {
	case k.NotChecked != "":
		t.painted(yellow, "--- SKIP: %s (%s): not checked: %s", name, k.Place(), k.NotChecked)
	case !k.OK:
		t.painted(red, "--- FAIL: %s (%s)", name, k.Place())
		t.indented(failure(k))
	case k.Updated:
		t.painted(green, "--- PASS: %s (golden written)", name)
		t.indented(k.Diff)
	case t.f.verbose:
		t.painted(green, "--- PASS: %s", name)
	}
}

// indented prints lines below a case; those of a difference in colour.
func (t *testText) indented(text string) {
	for line := range strings.Lines(text) {
		color := ""
		switch line[0] {
		case '-':
			color = red
		case '+':
			color = green
		}
		t.painted(color, "    %s", strings.TrimRight(line, "\r\n"))
	}
}

// ANSI colours of lines.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
)

// painted is line in a colour, if there are colours.
func (t *testText) painted(color, format string, args ...any) {
	text := strings.Map(printable, fmt.Sprintf(format, args...))
	if t.color && color != "" {
		text = color + text + "\x1b[0m"
	}
	fmt.Fprintln(t, text)
}

// crossFire lists the rules that match in the fixtures of others.
func (t *testText) crossFire() {
	if !t.f.cross {
		return
	}
	for _, x := range t.run.CrossFire {
		note := ""
		if x.Expected {
			note = " (expected)"
		}
		t.line("cross-fire: %s matches in fixtures of %s%s", x.Fires, x.Fixtures, note)
		for _, c := range x.Cases {
			if c.Error != "" {
				t.line("    %s: not decided: %s", c.Name, c.Error)
				continue
			}
			t.line("    %s: %v", c.Name, c.Got)
		}
	}
	if len(t.run.CrossFire) == 0 && !t.f.quiet {
		t.line("cross-fire: no rule matches in the fixtures of another")
	}
}

func (t *testText) summary() {
	s := t.run.Summary
	color := green
	if s.Failed+s.Errors > 0 {
		color = red
	} else if s.NotChecked+s.Warnings > 0 || s.Cases == 0 {
		color = yellow
	}
	text := fmt.Sprintf("%s, %d with fixtures: %s, %d passed, %d failed", wording.Count(s.Rules, "rule"), s.WithFixtures, wording.Count(s.Cases, "case"), s.Passed, s.Failed)
	if s.NotChecked > 0 {
		text += fmt.Sprintf(", %d not checked", s.NotChecked)
	}
	if s.Errors > 0 {
		text += ", " + wording.Count(s.Errors, "error")
	}
	if s.Updated > 0 {
		text += fmt.Sprintf(", %s written", wording.Count(s.Updated, "golden"))
	}
	t.painted(color, "%s", text)
}

// coverage shows the query with what the cases showed of its conditions, and lists the outcomes that none gave.
func (t *testText) coverage(r *ruletest.RuleResult) error {
	c := r.Coverage
	if c == nil || !t.f.coverage {
		return nil
	}
	opts := report.Options{Width: t.width, Color: t.color}
	t.line("coverage: %s: %d of %s seen true and false", r.Path, c.Covered, wording.Count(c.Conditions, "condition"))
	if c.Covered < c.Conditions || t.f.verbose {
		marks := make([]report.Mark, len(c.All))
		for i, x := range c.All {
			marks[i] = report.Mark{Span: rule.Span{Start: x.Start.Offset, End: x.End.Offset}, True: x.True > 0, False: x.False > 0}
		}
		if err := report.Annotate(t, r.Rule(), r.Rule().Query.Span, marks, opts); err != nil {
			return err
		}
		fmt.Fprintf(t, "     = %s\n", report.AnnotateLegend(opts))
	}
	for _, u := range c.Uncovered {
		t.line("%s:%d:%d: never %s: %s", r.Path, u.Range.Start.Line, u.Range.Start.Column, u.Never, u.Text)
	}
	return nil
}
