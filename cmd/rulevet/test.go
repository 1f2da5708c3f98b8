package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/rule/ruletest"
)

type testFlags struct {
	commonFlags
	run      string
	update   bool
	verbose  bool
	coverage bool
}

var testFormats = []string{"text", "json", "junit", "github"}

func (f *testFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.run, "run", "", "run only the cases that match the `regexp`, unanchored, on <rule stem>/<case name>")
	fs.BoolVar(&f.update, "update", false, "write the golden files")
	fs.BoolVar(&f.coverage, "coverage", false, "tell which conditions of the queries no event made true or false")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "list every case")
}

func (c *Command) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "run the fixtures of rules",
		Long: "test runs rules against the event fixtures in testdata/<rule>/ beside them and in the folders above. A PATH is as\n" +
			"for lint.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.commonFlags.check(testFormats...); err != nil {
				return err
			}
			w, err := c.open(&f.commonFlags, args)
			if err != nil {
				return err
			}
			result, err := c.runFixtures(cmd.Context(), &f, w)
			if err != nil {
				return err
			}
			if err := c.writeTests(&f, w, result); err != nil {
				return failed(err)
			}
			if result.Failed() {
				return findings()
			}
			return c.verdict("error", nil, w.problems)
		},
	}
	f.commonFlags.register(cmd, testFormats...)
	f.register(cmd)
	return cmd
}

// runFixtures executes the cases of the named rules. Fixtures are looked for up to the root of the repository, so the
// file system handed over is rooted there, or at the folder above all files if some lie outside.
func (c *Command) runFixtures(ctx context.Context, f *testFlags, w *workspace) (*ruletest.Report, error) {
	opts := ruletest.Options{Jobs: f.jobs, Update: f.update, Coverage: f.coverage}
	if f.run != "" {
		re, err := regexp.Compile(f.run)
		if err != nil {
			return nil, usageError("--run: %w", err)
		}
		opts.Run = re
	}
	root := commonRoot(w.root, w.files)
	back := map[string]string{}
	for _, path := range w.files {
		rel, err := filepath.Rel(root, absolute(path))
		if err != nil {
			return nil, failed(err)
		}
		rel = filepath.ToSlash(rel)
		back[rel] = path
		opts.Paths = append(opts.Paths, rel)
	}
	opts.Write = func(name string, data []byte) error { return os.WriteFile(filepath.Join(root, name), data, 0o666) }
	if len(opts.Paths) == 0 {
		return &ruletest.Report{SchemaVersion: ruletest.SchemaVersion, Rules: []*ruletest.RuleResult{}}, nil
	}
	result, err := ruletest.Execute(ctx, os.DirFS(root), opts)
	if err != nil {
		return nil, failed(err)
	}
	w.showPaths(result, root, back)
	return result, nil
}

// commonRoot is the repository's root, or the deepest folder above all files if one lies outside of it.
func commonRoot(root string, files []string) string {
	for _, path := range files {
		for dir := filepath.Dir(absolute(path)); ; root = filepath.Dir(root) {
			if rel, err := filepath.Rel(root, dir); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				break
			}
			if root == filepath.Dir(root) {
				break
			}
		}
	}
	return root
}

// showPaths writes paths in a result the way the user writes them.
func (w *workspace) showPaths(result *ruletest.Report, root string, back map[string]string) {
	show := func(path *string) {
		if *path == "" {
			return
		}
		if user, ok := back[*path]; ok {
			*path = user
			return
		}
		*path = filepath.ToSlash(shorten(filepath.Join(root, filepath.FromSlash(*path))))
	}
	problems := func(ps []ruletest.Problem) {
		for i := range ps {
			show(&ps[i].Path)
		}
	}
	problems(result.Problems)
	for _, r := range result.Rules {
		show(&r.Path)
		problems(r.Problems)
		for i := range r.Cases {
			show(&r.Cases[i].File)
		}
	}
}

func (c *Command) writeTests(f *testFlags, w *workspace, result *ruletest.Report) error {
	switch f.format {
	case "json":
		enc := json.NewEncoder(c.Stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(result)
	case "text":
		out := bufio.NewWriter(c.Stdout)
		writeTestText(out, f, result)
		return out.Flush()
	}
	r := &report.Report{Tool: tool(), Cases: reportCases(result)}
	return r.Write(c.Stdout, f.format, report.Options{Quiet: f.quiet})
}

// reportCases converts results for the formats of package report.
func reportCases(result *ruletest.Report) []report.Case {
	var out []report.Case
	for _, r := range result.Rules {
		for _, k := range r.Cases {
			out = append(out, report.Case{Path: r.Path, RuleID: r.RuleID, Name: k.Name, OK: k.OK, NotChecked: k.NotChecked,
				Message: failure(&k), File: k.File, Line: k.Line})
		}
		for _, p := range r.Problems {
			if p.Severity == "error" {
				out = append(out, report.Case{Path: r.Path, RuleID: r.RuleID, Name: p.Code, Message: p.Message, File: p.Path, Line: p.Line})
			}
		}
	}
	return out
}

// failure says in several lines why a case failed.
func failure(k *ruletest.CaseResult) string {
	var parts []string
	for _, text := range []string{k.Error, strings.TrimRight(k.Diff, "\n"), strings.TrimRight(k.Explain, "\n")} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n")
}

func writeTestText(out io.Writer, f *testFlags, result *ruletest.Report) {
	for _, p := range result.Problems {
		fmt.Fprintln(out, p)
	}
	for _, r := range result.Rules {
		for _, p := range r.Problems {
			fmt.Fprintln(out, p)
		}
		for i := range r.Cases {
			writeCaseText(out, f, r, &r.Cases[i])
		}
		writeCoverage(out, r)
		if r.NotChecked != "" {
			fmt.Fprintf(out, "not checked: %s: %s\n", r.Path, r.NotChecked)
		}
	}
	if f.quiet {
		return
	}
	s := result.Summary
	fmt.Fprintf(out, "%s, %d with fixtures: %s, %d passed, %d failed", plural(s.Rules, "rule"), s.WithFixtures, plural(s.Cases, "case"), s.Passed, s.Failed)
	if s.NotChecked > 0 {
		fmt.Fprintf(out, ", %d not checked", s.NotChecked)
	}
	if s.Updated > 0 {
		fmt.Fprintf(out, ", %s written", plural(s.Updated, "golden"))
	}
	fmt.Fprintln(out)
}

// writeCoverage lists the outcomes that no event of a rule's cases gave.
func writeCoverage(out io.Writer, r *ruletest.RuleResult) {
	if r.Coverage == nil {
		return
	}
	for _, u := range r.Coverage.Uncovered {
		fmt.Fprintf(out, "%s:%d:%d: never %s: %s\n", r.Path, u.Range.Start.Line, u.Range.Start.Column, u.Never, u.Text)
	}
	fmt.Fprintf(out, "coverage: %s: %d of %s seen true and false\n", r.Path, r.Coverage.Covered, plural(r.Coverage.Conditions, "condition"))
}

func writeCaseText(out io.Writer, f *testFlags, r *ruletest.RuleResult, k *ruletest.CaseResult) {
	stem := strings.TrimSuffix(filepath.Base(r.Path), ".toml")
	where := k.File
	if k.Line > 0 {
		where = fmt.Sprintf("%s:%d", k.File, k.Line)
	}
	switch {
	case k.NotChecked != "":
		fmt.Fprintf(out, "--- SKIP: %s/%s (%s): not checked: %s\n", stem, k.Name, where, k.NotChecked)
	case !k.OK:
		fmt.Fprintf(out, "--- FAIL: %s/%s (%s)\n", stem, k.Name, where)
		for line := range strings.Lines(failure(k)) {
			fmt.Fprintf(out, "    %s\n", strings.TrimSuffix(line, "\n"))
		}
	case f.verbose:
		fmt.Fprintf(out, "--- PASS: %s/%s\n", stem, k.Name)
	}
}

// withTests adds the test results to the JSON object of a lint report.
func withTests(lintJSON []byte, result *ruletest.Report) ([]byte, error) {
	tests, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	object := bytes.TrimSuffix(bytes.TrimSpace(lintJSON), []byte("}"))
	return fmt.Appendf(nil, "%s,\"tests\":%s}\n", object, tests), nil
}
