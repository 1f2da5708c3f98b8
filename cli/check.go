package cli

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/heaproom"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/rule/ruletest"
)

func (c *command) checkCommand() *cobra.Command {
	var f lintFlags
	var t testFlags
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "lint rules and run their fixtures: the main job",
		Long:  "check does what lint and test do, with one summary. A PATH is as for lint.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(report.Formats()...); err != nil {
				return err
			}
			defer heaproom.Give(lintRoom, lintShare)()
			w, err := c.open(&f.commonFlags, args)
			if err != nil {
				return err
			}
			f.stdin = w.stdin
			t.commonFlags, t.stdinFilename, t.only, t.skip = f.commonFlags, f.stdinFilename, f.only, f.skip
			return c.check(cmd.Context(), &f, &t, w)
		},
	}
	f.register(cmd)
	t.register(cmd)
	return cmd
}

// check lints and tests the workspace.
func (c *command) check(ctx context.Context, f *lintFlags, t *testFlags, w *workspace) error {
	linter, found, err := c.runLint(ctx, f, w)
	if err != nil {
		return err
	}
	tests, err := c.runFixtures(ctx, t, w)
	if err != nil {
		return err
	}
	inRules, inFixtures := tests.split(found)
	found.Diagnostics = append(found.Diagnostics, inRules...)
	if written, err := c.known(f, w, found, true); written || err != nil {
		return err
	}
	if err := c.writePage(t, w, tests); err != nil {
		return err
	}
	markTested(found, tests.Report)
	r := c.report(linter, found, w)
	tests.mergeInto(r, inFixtures)
	if err := c.writeCheck(f, t, r, tests); err != nil {
		return failed(err)
	}
	if err := c.nothingRan(t, tests); err != nil {
		return err
	}
	if tests.Summary.Failed > 0 && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict(w.threshold(f.failOn), r.Diagnostics, w.problems)
}

// split returns the findings that stand in linted files, which a baseline may excuse as it does those of lint, and those
// that stand in fixtures. Infos are left out: that a rule has no fixtures is in its receipt already; and so is that a rule
// cannot be run for a reason that lint gives at the same place.
func (r *fixtureRun) split(found *lint.Report) (inRules, inFixtures []rule.Diagnostic) {
	linted := map[string]bool{}
	for _, f := range found.Files {
		linted[f.Path] = true
	}
	for _, d := range r.diagnostics {
		said := func(x rule.Diagnostic) bool {
			return x.Path == d.Path && x.Severity == rule.Error && (x.Span.Start == d.Span.Start || strings.HasSuffix(d.Message, x.Message))
		}
		switch {
		case d.Severity == rule.Info, d.Code == "fixtures/invalid-rule" && slices.ContainsFunc(found.Diagnostics, said):
		case linted[d.Path]:
			inRules = append(inRules, d)
		default:
			inFixtures = append(inFixtures, d)
		}
	}
	return inRules, inFixtures
}

// mergeInto adds findings in fixtures and the cases to a report.
func (r *fixtureRun) mergeInto(out *report.Report, inFixtures []rule.Diagnostic) {
	out.Diagnostics = append(out.Diagnostics, inFixtures...)
	report.Sort(out.Diagnostics)
	out.Cases = r.cases()
	linted := out.Source
	out.Source = func(path string) *rule.File {
		if f := linted(path); f != nil {
			return f
		}
		return r.source(path)
	}
}

// markTested moves "fixtures" in the receipts of rules whose cases ran from skipped to checked.
func markTested(found *lint.Report, tests *ruletest.Report) {
	ran, why := map[string]bool{}, map[string]string{}
	for _, r := range tests.Rules {
		key := r.Path + "\x00" + r.RuleID // a file may hold several
		ran[key] = len(r.Cases) > 0 && r.NotChecked == ""
		why[key] = r.NotChecked
	}
	for i := range found.Files {
		f := &found.Files[i]
		var rest []lint.Skip
		for _, s := range f.Skipped {
			switch {
			case s.Part != lint.PartFixtures:
			case ran[f.Path+"\x00"+f.RuleID]:
				f.Checked = append(f.Checked, lint.PartFixtures)
				continue
			default:
				s.Why = cmp.Or(why[f.Path+"\x00"+f.RuleID], "the rule has no fixtures")
			}
			rest = append(rest, s)
		}
		f.Skipped = rest
	}
}

func (c *command) writeCheck(f *lintFlags, t *testFlags, r *report.Report, tests *fixtureRun) error {
	if f.format == "json" {
		var b bytes.Buffer
		if err := r.Write(&b, f.format, report.Options{}); err != nil {
			return err
		}
		out, err := withTests(b.Bytes(), tests.Report)
		if err == nil {
			_, err = c.Stdout.Write(out)
		}
		return err
	}
	opts := report.Options{Width: terminalWidth(c.Stdout), Color: c.colored(f.color), Quiet: f.quiet}
	if f.format == "text" {
		if err := c.writeDetails(t, tests, opts.Color); err != nil {
			return err
		}
	}
	return r.Write(c.Stdout, f.format, opts)
}
