package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/heaproom"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report"
)

// lintFlags are the flags of lint and check.
type lintFlags struct {
	commonFlags
	only, skip    []string
	preset        string
	fix, diff     bool
	unsafeFixes   bool
	baseline      string
	writeBaseline string
	stdinFilename string
	since         string
	stdin         bool // set when - is among the paths
}

func (f *lintFlags) register(cmd *cobra.Command) {
	f.commonFlags.register(cmd, report.Formats()...)
	fs := cmd.Flags()
	fs.StringSliceVar(&f.only, "only", nil, "run only these `codes` or areas (query/*)")
	fs.StringSliceVar(&f.skip, "skip", nil, "do not run these `codes` or areas")
	fs.StringVar(&f.preset, "preset", "", "choice of checks: default, elastic, strict")
	fs.BoolVar(&f.fix, "fix", false, "repair what can be repaired safely, then report the rest")
	fs.BoolVar(&f.diff, "diff", false, "print the repairs as a diff and change nothing")
	fs.BoolVar(&f.unsafeFixes, "unsafe-fixes", false, "with --fix or --diff: make the suggested repairs too, which may change what the rule means")
	fs.StringVar(&f.baseline, "baseline", "", "do not report the findings listed in `FILE`")
	fs.StringVar(&f.writeBaseline, "write-baseline", "", "write the findings to `FILE` and exit 0")
	fs.StringVar(&f.since, "since", "", "compare the rules with those of a `revision` of git: dates of new and changed rules")
	fs.StringVar(&f.stdinFilename, "stdin-filename", "stdin.toml", "`name` of the rule read from standard input")
}

func (c *command) lintCommand() *cobra.Command {
	var f lintFlags
	var bare bareLint
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "check rule files",
		Long: "lint checks rule files and prints what it finds. A PATH is a file, a folder or a glob; none means the configured\n" +
			"roots, else the current folder; - reads one rule from standard input. With --query-file it checks a query that has no rule\n" +
			"around it, in the language of --language.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(report.Formats()...); err != nil {
				return err
			}
			defer heaproom.Give(lintRoom, lintShare)()
			if bare.file != "" {
				if len(args) > 0 {
					return usageError("--query-file checks one query: no PATH beside it")
				}
				return c.lintQuery(&f, &bare)
			}
			w, err := c.open(&f.commonFlags, args)
			if err != nil {
				return err
			}
			f.stdin = w.stdin
			return c.lint(cmd.Context(), &f, w)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&bare.file, "query-file", "", "check the query in `FILE`, - for standard input, instead of rules")
	cmd.Flags().StringVar(&bare.language, "language", "eql", "with --query-file: `language` of the query: "+strings.Join(queryLanguages, ", "))
	cmd.Flags().StringSliceVar(&bare.index, "index", nil, "with --query-file: index `patterns` whose fields the query may name")
	return cmd
}

// lintRoom is what the heap may grow by while rules are linted: what checks make is thrown away with the next file. With very many rules
// the greater part of it is what is kept of them, of which garbage may take lintShare percent.
const (
	lintRoom  = 96 << 20
	lintShare = 50
)

// lint runs the checks, repairs if asked, and prints the report.
func (c *command) lint(ctx context.Context, f *lintFlags, w *workspace) error {
	linter, found, err := c.runLint(ctx, f, w)
	if err != nil {
		return err
	}
	if written, err := c.known(f, w, found, false); written || err != nil {
		return err
	}
	out := c.report(linter, found, w)
	to := c.Stdout
	if f.stdin && f.fix && !f.diff {
		to = c.terminal() // the repaired rule is on stdout
	}
	if err := out.Write(to, f.format, report.Options{Width: terminalWidth(to), Color: c.colored(f.color), Quiet: f.quiet}); err != nil {
		return failed(err)
	}
	return c.verdict(w.threshold(f.failOn), out.Diagnostics, w.problems)
}

// runLint lints the workspace, after repairing it if asked.
func (c *command) runLint(ctx context.Context, f *lintFlags, w *workspace) (*lint.Linter, *lint.Report, error) {
	if f.unsafeFixes && !f.fix && !f.diff {
		return nil, nil, usageError("--unsafe-fixes needs --fix or --diff")
	}
	named, others, err := c.sources(f.stdinFilename, w)
	if err != nil {
		return nil, nil, err
	}
	if f.since != "" {
		if err := compare(w.root, f.since, named); err != nil {
			return nil, nil, err
		}
	}
	named = append(named, w.besides()...)
	linter, err := c.linter(f, w)
	if err != nil {
		return nil, nil, err
	}
	if f.fix || f.diff {
		if named, err = c.repair(ctx, f, linter, named, others, w); err != nil {
			return nil, nil, err
		}
	}
	found, err := linter.Lint(ctx, named, others)
	if err != nil {
		return nil, nil, failed(err)
	}
	w.receipts(found)
	return linter, found, nil
}

// known takes the findings out that a baseline lists, or writes one, which ends the command: written is true then. tested
// tells that the report has the findings of fixtures too.
func (c *command) known(f *lintFlags, w *workspace, found *lint.Report, tested bool) (written bool, err error) {
	if f.writeBaseline == "" {
		return false, c.applyBaseline(f, w, found, tested)
	}
	if err := fileio.Write(f.writeBaseline, lint.NewBaseline(found).Encode()); err != nil {
		return false, failed(err)
	}
	fmt.Fprintf(c.Stderr, "rulevet: %s written to %s\n", wording.Count(len(found.Diagnostics), "finding"), f.writeBaseline)
	return true, c.verdict(f.failOn, nil, w.problems)
}

// threshold is the severity that fails the run: the flag's, else the configuration's, else error.
func (w *workspace) threshold(flag string) string {
	switch {
	case flag != "":
		return flag
	case w.failOn != "":
		return w.failOn
	}
	return "error"
}

// sources reads the files of the workspace: those named, and the rest of the configured roots for set-wide checks.
func (c *command) sources(stdinName string, w *workspace) (named, others []lint.Source, err error) {
	if w.stdin {
		src, err := c.stdinRule(w)
		if err != nil {
			return nil, nil, err
		}
		named = append(named, w.ruleSources(filepath.ToSlash(filepath.Clean(stdinName)), src)...)
	}
	for _, path := range w.files {
		named = append(named, w.ruleSources(path, w.texts[path])...)
	}
	for _, path := range w.others {
		src, err := readRule(path)
		if err != nil {
			continue // it is reported when it is named itself
		}
		if kind := kindOf(path, src, false); kind == rule.RuleKind {
			others = append(others, lint.Source{Path: path, Src: src, RepoPath: w.repoPath(path)})
		}
	}
	return named, others, nil
}

// stdinRule reads the rule on standard input, once.
func (c *command) stdinRule(w *workspace) ([]byte, error) {
	if w.stdinSrc == nil {
		src, err := fileio.ReadAll(c.Stdin, "the rule", fileio.MaxRule)
		if err != nil {
			return nil, failed(fmt.Errorf("standard input: %w", err))
		}
		w.stdinSrc = append([]byte{}, src...)
	}
	return w.stdinSrc, nil
}

// readRule reads a rule, or an export of many.
func readRule(path string) ([]byte, error) {
	if rule.FormatOf(path) != rule.JSON {
		return fileio.Read(path, fileio.MaxRule)
	}
	file, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readExport(file)
}

func (c *command) linter(f *lintFlags, w *workspace) (*lint.Linter, error) {
	if f.preset != "" {
		preset, ok := lint.ParsePreset(f.preset)
		if !ok {
			return nil, usageError("--preset %q: expected default, elastic or strict", f.preset)
		}
		w.config.Preset = preset
	}
	linter, err := lint.New(lint.Options{Checks: c.checks(), Config: w.config, Only: f.only, Skip: f.skip, Jobs: f.jobs, Now: c.Now, Lean: true})
	if err != nil {
		return nil, usageError("%w", err)
	}
	if len(linter.Enabled()) == 0 {
		return nil, usageError("no check is left to run: see --only, --skip and [severity] in the configuration")
	}
	return linter, nil
}

// applyBaseline takes known findings out of the report and names entries that match nothing any more.
func (c *command) applyBaseline(f *lintFlags, w *workspace, found *lint.Report, tested bool) error {
	path := f.baseline
	if path == "" {
		path = w.baseline
	}
	if path == "" {
		return nil
	}
	data, err := fileio.Read(path, fileio.MaxData)
	if err != nil {
		return usageError("baseline: %w", err)
	}
	base, err := lint.ParseBaseline(data)
	if err != nil {
		return usageError("baseline %s: %w", path, err)
	}
	for _, stale := range base.Apply(found) {
		if !tested && strings.HasPrefix(stale.Code, "fixtures/") {
			continue
		}
		fmt.Fprintf(c.Stderr, "rulevet: %s: the baseline entry %s for %q matches nothing any more\n", stale.Path, stale.Code, stale.Text)
	}
	return nil
}

// unwritten notes a file that could not be written; the others still are.
func (w *workspace) unwritten(path string, err error) {
	w.problems = append(w.problems, discover.Problem{Path: path, Err: reason(err)})
}

// reason is an error of reading or writing a file without the path that stands in front of it.
func reason(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// verdict prints the paths that could not be read or written and returns the error that stands for the exit code.
func (c *command) verdict(failOn string, ds []rule.Diagnostic, problems []discover.Problem) error {
	for _, p := range problems {
		fmt.Fprintf(c.Stderr, "rulevet: %v\n", p)
	}
	if len(problems) > 0 {
		return &exitError{code: exitFailed}
	}
	if failOn == "" {
		failOn = "error"
	}
	least, err := parseSeverity(failOn)
	if err != nil {
		return usageError("%w", err)
	}
	if slices.ContainsFunc(ds, func(d rule.Diagnostic) bool { return d.Severity >= least }) {
		return findings()
	}
	return nil
}

// report converts the linter's result for the writers.
func (c *command) report(linter *lint.Linter, found *lint.Report, w *workspace) *report.Report {
	out := &report.Report{Tool: tool(), Diagnostics: found.Diagnostics, Suppressed: found.Suppressed}
	sources := map[string]*rule.File{}
	for _, f := range found.Files {
		rf := report.File{Path: f.Path, RuleID: f.RuleID, Record: f.Record, Checked: f.Checked}
		for _, s := range f.Skipped {
			rf.Skipped = append(rf.Skipped, report.Skip{Part: s.Part, Why: s.Why})
		}
		out.Files = append(out.Files, rf)
		sources[f.Path] = f.File
	}
	out.Source = func(path string) *rule.File { return sources[path] }
	for _, p := range w.problems {
		out.Failures = append(out.Failures, report.Failure{Path: p.Path, Message: p.Reason()})
	}
	enabled := linter.Enabled()
	for _, check := range c.checks() {
		if sev, ok := enabled[check.Code]; ok {
			out.Checks = append(out.Checks, describe(check, sev))
		}
	}
	return out
}

// docsURL is where the pages of checks can be read.
const docsURL = "https://github.com/rulevet/rulevet/blob/main/rule/lint/docs/"

// describe makes the description of a check for the formats that carry one.
func describe(c *lint.Check, sev rule.Severity) report.Check {
	out := report.Check{Code: c.Code, Title: c.Title, Severity: sev, Help: func() string { return c.Page }}
	if c.Page == "" {
		out.HelpURI = docsURL + c.Code + ".md"
		out.Help = func() string {
			page, err := lint.PageOf(c.Code)
			if err != nil {
				return ""
			}
			return strings.TrimSpace(page.Text)
		}
	}
	return out
}

// noRules is what a run without any rule file says: a typo in a path must not look like success.
func noRules(paths, passed []string) error {
	if n := len(passed); n > 0 {
		return fmt.Errorf("no rule files found in %s: %s of TOML without a table [rule], %s first", strings.Join(paths, ", "), wording.Count(n, "file"), passed[0])
	}
	return fmt.Errorf("no rule files found: no *.toml in %s (testdata, vendored and hidden folders are not searched)", strings.Join(paths, ", "))
}
