// Package lint checks rule files. A Linter runs checks over files, applies suppressions and severities, and returns one
// Report with the findings and a receipt for every file: what was checked and what was not. Checks lists the built-in
// checks, which stand by area below internal/checks; a program may add its own.
package lint

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/parallel"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/ruleschema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// Options of a Linter. The zero value is the default preset with the built-in checks.
type Options struct {
	Config *check.Config  // nil = the default configuration
	Checks []*check.Check // nil = Checks(); one's own are appended to those
	// Only and Skip choose checks by code ("query/syntax") or area ("query/*"). A code in Only runs whatever the
	// preset says; an area narrows the preset.
	Only, Skip []string
	Jobs       int              // files at a time; 0 = one for each processor
	Now        func() time.Time // the clock; nil: that of the system
	// Lean drops the content of a file as soon as it is linted, but for what set-wide checks read: thousands of files take a
	// fraction of the memory. Files of the report have their Src and positions, but no tree.
	Lean bool
}

// Source is one file to lint.
type Source struct {
	Path string // as the user gave it, cleaned, with slashes; for output
	Src  []byte // content of the file
	// RepoPath is the path from the root of the repository, for checks and excludes that look at folders; empty = Path.
	RepoPath string
	// File is the file if it has been parsed before, as the rules of an export, and Diagnostics is what its parser found;
	// nil: Src is parsed.
	File        *rule.File
	Diagnostics []rule.Diagnostic // what the caller found already; it is reported with the rest
	// Before is the file at an earlier revision, for checks of what changed; nil: there is none to compare with.
	Before *check.Before
	// Companion says that the file lies in a folder of exceptions or actions: it is no rule, whatever it holds.
	Companion bool
}

func (s *Source) repoPath() string {
	if s.RepoPath != "" {
		return s.RepoPath
	}
	return s.Path
}

// Linter lints files. It may be used for several runs, one after another or at once.
type Linter struct {
	config  *check.Config
	known   map[string]*check.Check // all checks
	areas   map[string]bool         // theirs
	enabled map[string]rule.Severity
	checks  []*check.Check // enabled ones with Run, by code
	sets    []*check.Check // enabled ones with RunSet, by code
	shared  *check.Shared
	jobs    int
	now     func() time.Time
	lean    bool // Options.Lean
	infos   bool // the preset shows infos
	named   map[string]bool
	only    []string // Options.Only
	skip    []string
}

// chosenOut reports whether Options.Only or Skip leaves a code out.
func (l *Linter) chosenOut(code string) bool {
	match := func(p string) bool { return matchCode(p, code) }
	return len(l.only) > 0 && !slices.ContainsFunc(l.only, match) || slices.ContainsFunc(l.skip, match)
}

// New returns a Linter, or an error that says which code or area of the options does not exist, which check of the options
// is broken and how, why there is no ATT&CK as Config.Attack asks for, or what is wrong with a file of Config.Schemas (with
// line and column).
func New(opts Options) (*Linter, error) {
	l := &Linter{config: opts.Config, jobs: opts.Jobs, lean: opts.Lean, now: opts.Now, known: map[string]*check.Check{}, areas: map[string]bool{},
		enabled: map[string]rule.Severity{}, named: map[string]bool{}, only: opts.Only, skip: opts.Skip}
	if l.config == nil {
		l.config = &check.Config{}
	}
	if l.jobs <= 0 {
		l.jobs = runtime.GOMAXPROCS(0)
	}
	if l.now == nil {
		l.now = time.Now
	}
	attack, err := check.OpenAttack(l.config.Attack)
	if err != nil {
		return nil, err
	}
	overlays, err := overlay.Load(l.config.Schemas)
	if err != nil {
		return nil, fmt.Errorf("field schema: %w", err)
	}
	l.shared = &check.Shared{Config: l.config, Overlays: overlays, Attack: attack}
	if l.config.RuleSchema != "" {
		s, err := ruleschema.Load(l.config.RuleSchema)
		if err != nil {
			return nil, fmt.Errorf("rule-schema: %w", err)
		}
		l.shared.RuleSchema = s
	}
	l.infos = l.config.Preset == check.Strict
	checks := opts.Checks
	if checks == nil {
		checks = Checks()
	} else if err := Validate(checks); err != nil {
		return nil, err
	}
	if checks, err = inOrder(checks); err != nil {
		return nil, err
	}
	for _, c := range checks {
		l.known[c.Code] = c
		area, _, _ := strings.Cut(c.Code, "/")
		l.areas[area] = true
	}
	if err := l.checkNames(opts); err != nil {
		return nil, err
	}
	for _, c := range checks {
		l.enable(c, opts)
	}
	return l, nil
}

// enable decides whether a check runs, and with which severity.
func (l *Linter) enable(c *check.Check, opts Options) {
	sev, configured := l.configured(c.Code)
	if !configured {
		sev = c.Severity
	}
	on := l.config.Preset.Includes(c) || configured && sev != check.Off
	if len(opts.Only) > 0 {
		exact := slices.Contains(opts.Only, c.Code)
		on = exact || on && slices.ContainsFunc(opts.Only, func(p string) bool { return matchCode(p, c.Code) })
		if exact && sev == check.Off {
			sev = c.Severity
		}
		configured = configured || exact
	}
	if slices.ContainsFunc(opts.Skip, func(p string) bool { return matchCode(p, c.Code) }) {
		on = false
	}
	if !on || sev == check.Off {
		return
	}
	l.enabled[c.Code] = sev
	l.named[c.Code] = configured
	if c.Run != nil {
		l.checks = append(l.checks, c)
	}
	if c.RunSet != nil {
		l.sets = append(l.sets, c)
	}
}

// configured looks a code up in the severities of the configuration.
func (l *Linter) configured(code string) (rule.Severity, bool) {
	if s, ok := l.config.Severity[code]; ok {
		return s, true
	}
	area, _, _ := strings.Cut(code, "/")
	s, ok := l.config.Severity[area+"/*"]
	return s, ok
}

// matchCode reports whether a pattern, a code or area/*, selects the code.
func matchCode(pattern, code string) bool {
	if area, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(code, area+"/")
	}
	return pattern == code
}

// checkNames refuses codes and areas that do not exist.
func (l *Linter) checkNames(opts Options) error {
	var errs []error
	for _, pattern := range slices.Concat(opts.Only, opts.Skip) {
		if err := l.CheckCode(pattern); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// CheckCode reports whether a code, or an area written area/*, exists; the error suggests near names.
func (l *Linter) CheckCode(pattern string) error { return knownCode(l.known, pattern) }

func knownCode(known map[string]*check.Check, pattern string) error {
	var names []string
	for code := range known {
		if matchCode(pattern, code) {
			return nil
		}
		names = append(names, code)
	}
	slices.Sort(names)
	if near := near.Names(pattern, names); len(near) > 0 {
		return fmt.Errorf("unknown check %q, did you mean %q?", pattern, near[0])
	}
	return fmt.Errorf("unknown check %q", pattern)
}

// Enabled returns the codes that a run looks for with their severities.
func (l *Linter) Enabled() map[string]rule.Severity { return l.enabled }

// Report is the result of a run.
type Report struct {
	Files       []FileReport      // in the order of the sources
	Diagnostics []rule.Diagnostic // sorted by path, place and code
	Suppressed  int               // findings that a comment, an exclude or the baseline silenced
}

// FileReport is the receipt of one file.
type FileReport struct {
	File    *rule.File // parsed; nil for a file that could not be read
	Path    string     // as the user gave it
	Repo    string     // the path from the root of the repository
	RuleID  string     // empty if the file has none
	Record  int        // of the rule in a file of several; 0 otherwise
	Checked []string   // parts that were checked
	Skipped []Skip     // parts that were not, or not wholly
}

// Skip is a part of a file, one of the Part constants, that was not checked, with the reason in one line.
type Skip struct{ Part, Why string }

// Lint lints the named files. The others belong to the same repository: set-wide checks compare with them, but nothing
// is reported about them. The result does not depend on the number of jobs. The error is that of the context.
func (l *Linter) Lint(ctx context.Context, named, others []Source) (*Report, error) {
	runs, err := l.lintAll(ctx, named, others, l.lean)
	if err != nil {
		return nil, err
	}
	return collect(runs), nil
}

// lintAll lints the named files, each with what the checks of the whole set say of it. With lean only what these read is kept of a file.
func (l *Linter) lintAll(ctx context.Context, named, others []Source, lean bool) ([]*fileRun, error) {
	runs := make([]*fileRun, len(named)+len(others))
	read, known := l.read()
	lean = lean && known
	err := parallel.Each(ctx, l.jobs, len(runs), func(i int) {
		if i < len(named) {
			runs[i] = l.lintFile(&named[i])
		} else {
			runs[i] = l.readOther(&others[i-len(named)])
		}
		if lean {
			runs[i].shrink(read)
		}
	})
	if err != nil {
		return nil, err
	}
	l.lintSet(runs)
	if err := parallel.Each(ctx, l.jobs, len(named), func(i int) { l.finish(runs[i]) }); err != nil {
		return nil, err
	}
	return runs[:len(named)], nil
}

// read lists the keys that the set-wide checks look at; known is false if one does not say.
func (l *Linter) read() (keys []string, known bool) {
	for _, c := range l.sets {
		if c.Reads == nil {
			return nil, false
		}
		keys = append(keys, c.Reads...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), true
}

func collect(runs []*fileRun) *Report {
	r := &Report{}
	for _, run := range runs {
		run.limit()
		r.Files = append(r.Files, run.receipt())
		r.Diagnostics = append(r.Diagnostics, run.diags...)
		r.Suppressed += run.suppressed
	}
	slices.SortStableFunc(r.Diagnostics, compareDiagnostics)
	return r
}

func compareDiagnostics(a, b rule.Diagnostic) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	if c := a.Span.Start - b.Span.Start; c != 0 {
		return c
	}
	if c := a.Span.End - b.Span.End; c != 0 {
		return c
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	return strings.Compare(a.Message, b.Message)
}
