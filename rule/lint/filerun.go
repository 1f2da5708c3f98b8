package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/anyquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/companions"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// fileRun is the state of linting one file.
type fileRun struct {
	linter      *Linter
	source      *Source
	file        *rule.File
	staged      map[string][]rule.Diagnostic // what stages found, by code
	failed      map[string]bool              // codes with an error
	once        map[any]bool
	kept        map[any]any
	companion   bool // lies beside rules and is none
	other       bool // belongs to the repository, but was not named
	syntaxOK    bool
	parsed      bool // checks may rely on the tree of the query
	queryBroken bool // the query was not read to its end
	deprecated  bool
	guesses     int      // searches for near names
	doubtful    []string // keys without a value to rely on, from the schema stage
	skips       []Skip
	diags       []rule.Diagnostic
	suppressed  int
}

const deprecatedWhy = "the rule is deprecated"

// lintFile runs all stages and checks of one file.
func (l *Linter) lintFile(s *Source) *fileRun {
	r := &fileRun{linter: l, source: s}
	defer func() {
		if v := recover(); v != nil {
			r.broken("(before the checks)", v)
		}
	}()
	if !r.read() {
		p := r.pass()
		for _, c := range l.checks {
			if c.Part == check.PartSyntax {
				r.run(p, c)
			}
		}
		return r
	}
	p := r.pass()
	if r.companion {
		companions.Stage(p)
		r.runChecks(p, false)
		return r
	}
	r.validateSchema()
	r.runChecks(p, r.parseQuery(p))
	return r
}

// readOther reads a file that only set-wide checks look at.
func (l *Linter) readOther(s *Source) *fileRun {
	r := &fileRun{linter: l, source: s, other: true}
	r.read()
	return r
}

// shrink drops what only the checks of the file itself needed. A file with suppressions is kept: what they cover is found out last.
func (r *fileRun) shrink(keep []string) {
	r.staged, r.failed, r.once = nil, nil, nil
	if r.file != nil && r.syntaxOK && !r.companion && r.file.Format == rule.TOML && !bytes.Contains(r.file.Src, []byte(marker)) {
		r.file.Shrink(append([]string{"rule.rule_id"}, keep...)...)
	}
}

// read parses the file; it reports false if nothing more can be checked.
func (r *fileRun) read() bool {
	file, diags := r.source.File, r.source.Diagnostics
	if file == nil {
		file, diags = rule.Parse(r.source.Path, r.source.Src)
	}
	r.file = file
	r.stageAll(diags)
	r.syntaxOK = !file.Truncated
	if !r.syntaxOK {
		for _, part := range check.Parts()[1:] {
			r.Skip(part, map[bool]string{true: "the file is not valid TOML", false: "it cannot be read as a rule"}[file.Format == rule.TOML])
		}
		return false
	}
	if file.Flat() {
		r.Skip(check.PartMetadata, "a rule in this form has no metadata")
	}
	r.companion = r.source.Companion || file.Kind().Companion()
	r.deprecated = file.Metadata.Maturity == "deprecated" && !r.companion
	return true
}

func (r *fileRun) validateSchema() {
	if r.deprecated {
		r.Skip(check.PartThreat, deprecatedWhy)
		r.Skip(check.PartSchema, deprecatedWhy)
		return
	}
	var diags []rule.Diagnostic
	diags, r.doubtful = r.file.CheckSchema()
	if own := r.linter.shared.RuleSchema; own != nil {
		diags = slices.DeleteFunc(diags, func(d rule.Diagnostic) bool {
			return (d.Code == "schema/unknown-key" || d.Code == "schema/table-missing") && own.Declares(r.file, d.Span)
		})
		r.stageAll(own.Validate(r.file))
	}
	r.stageAll(diags)
}

// parseQuery parses and type-checks the query; it reports whether checks may rely on the tree.
func (r *fileRun) parseQuery(p *check.Pass) bool {
	why := r.queryNotChecked()
	if !r.deprecated && !r.Doubts("rule.query") && anyquery.OtherLanguage(p) {
		r.Skip(check.PartQuery, "the query is in another language than the rule says")
		r.Skip(check.PartFields, "the query is not checked")
		return false
	}
	if why == "" {
		ok := queryStages()[facts.QueryLanguage(r.file)](p)
		r.queryBroken = r.failed["query/syntax"] || !ok && p.KQL == nil && p.ESQL == nil
		return ok
	}
	r.Skip(check.PartQuery, why)
	r.Skip(check.PartFields, "the query is not checked")
	return false
}

// queryNotChecked says why the query is not parsed; empty if it is.
func (r *fileRun) queryNotChecked() string {
	f := r.file
	switch off := f.Metadata.QuerySchemaValidation; {
	case r.deprecated:
		return deprecatedWhy
	case f.Rule.Type == "machine_learning":
		if r.linter.config.InForce().MLJobs == nil {
			return "machine learning rules have no query; their jobs are not checked: rules.ml_jobs of the configuration lists none"
		}
		return "machine learning rules have no query"
	case f.Query == nil:
		return "the rule has no query"
	case strings.TrimSpace(f.Query.Value) == "":
		return "the query is blank"
	case r.Doubts("rule.query"):
		return "`query` is not a string"
	case off != nil && !*off:
		return "query_schema_validation is false"
	case facts.QueryLanguage(f) == "":
		return "query not checked: its language is not known, or type and language do not fit"
	case queryStages()[facts.QueryLanguage(f)] == nil:
		return "query not checked: language " + rule.Quote(facts.QueryLanguage(f)) + " is not supported yet"
	}
	return ""
}

// add keeps a finding if its check is enabled, and fills in what is the same for all findings of the file.
func (r *fileRun) add(d rule.Diagnostic) {
	sev, ok := r.linter.enabled[d.Code]
	if !ok {
		return
	}
	configured, _ := r.linter.configured(d.Code)
	if d.Severity == 0 || d.Severity > sev || configured != 0 {
		d.Severity = sev
	}
	if d.Severity == rule.Info && !r.linter.infos && !r.linter.named[d.Code] {
		return
	}
	if r.excluded(d.Code) {
		r.suppressed++
		return
	}
	d.Path, d.RuleID, d.Record = r.source.Path, r.file.Rule.ID, r.file.Record
	if r.file.Format != rule.TOML {
		d.Fixes = nil // they are edits of TOML
	}
	r.diags = append(r.diags, d)
}

// pass makes the view of the file that checks get.
func (r *fileRun) pass() *check.Pass {
	l := r.linter
	return &check.Pass{File: r.file, Path: r.source.repoPath(), Config: l.config, Now: l.now, Shared: l.shared, Before: r.source.Before, Run: r}
}

// runChecks runs the enabled checks that apply to the file. All share one Pass: they run one after another.
func (r *fileRun) runChecks(p *check.Pass, parsed bool) {
	if !parsed {
		p.Query, p.Fields = nil, nil
	}
	r.parsed = parsed
	for _, c := range r.linter.checks {
		if r.applies(c) {
			r.run(p, c)
		}
	}
}

// applies reports whether a check is to be run on the file.
func (r *fileRun) applies(c *check.Check) bool {
	switch {
	case r.file.Flat() && needsMetadata(c):
		return false
	case c.Companion && !r.companion, r.companion && !c.Companion && r.staged[c.Code] == nil:
		return false
	case c.NeedsQuery && !r.parsed, r.deprecated && !c.Deprecated, c.ProductionOnly && r.file.Metadata.Maturity != "production":
		return false
	}
	return !r.Doubts(c.Needs...) && !slices.ContainsFunc(c.After, func(code string) bool { return r.failed[code] })
}

// needsMetadata reports a check that compares with [metadata], or looks at the file's name or folder, or at what Kibana
// itself writes: versions, widgets in notes.
func needsMetadata(c *check.Check) bool {
	return c.Part == check.PartMetadata || strings.HasPrefix(c.Code, "integration/") || c.Code == "schema/version-set" || c.Code == "note/literal-plugin" || c.Code == "schema/kibana-key"
}

// run runs one check. One that panics is reported and leaves the others and the other files alone.
func (r *fileRun) run(p *check.Pass, c *check.Check) {
	defer func() {
		if v := recover(); v != nil {
			r.broken(c.Code, v)
		}
	}()
	p.Check = c
	c.Run(p)
}

// internalError is the code of what went wrong inside a check.
const internalError = "internal/error"

// engineChecks are the codes that the engine itself reports.
func engineChecks() []*check.Check {
	return append(suppressChecks(), &check.Check{Code: internalError, Title: "a check broke down on this file, which is a fault of the check",
		Severity: rule.Error, Scope: check.General, Part: check.PartSyntax, Deprecated: true})
}

// broken reports that a check broke down, whatever the run looks for: the file was not checked as it should have been.
func (r *fileRun) broken(code string, v any) {
	if r.file == nil {
		r.file = rule.Unread(r.source.Path, r.source.Src)
	}
	r.diags = append(r.diags, rule.Diagnostic{Code: internalError, Severity: rule.Error, Path: r.source.Path, RuleID: r.file.Rule.ID,
		Message: fmt.Sprintf("check %s broke down: %v", rule.Quote(code), v),
		Hint:    "the other checks were made; please report it"})
}

// Report implements Run.
func (r *fileRun) Report(c *check.Check, d rule.Diagnostic) {
	d.Code = c.Code
	if d.Severity == rule.Error || d.Severity == 0 && c.Severity == rule.Error {
		r.fail(c.Code)
	}
	r.add(d)
}

// Stage implements Run.
func (r *fileRun) Stage(d rule.Diagnostic) {
	if r.staged == nil {
		r.staged = map[string][]rule.Diagnostic{}
	}
	r.staged[d.Code] = append(r.staged[d.Code], d)
	if d.Severity == rule.Error {
		r.fail(d.Code)
	}
}

// fail notes an error, for the checks that come after the one of the code.
func (r *fileRun) fail(code string) {
	if r.failed == nil {
		r.failed = map[string]bool{}
	}
	r.failed[code] = true
}

func (r *fileRun) stageAll(diags []rule.Diagnostic) {
	for _, d := range diags {
		r.Stage(d)
	}
}

// Staged implements Run.
func (r *fileRun) Staged(code string) []rule.Diagnostic { return r.staged[code] }

// Infos implements check.Run.
func (r *fileRun) Infos(code string) bool { return r.linter.infos || r.linter.named[code] }

// Enabled implements check.Run.
func (r *fileRun) Enabled(code string) bool {
	_, on := r.linter.enabled[code]
	return on
}

// Keep implements check.Run.
func (r *fileRun) Keep(key, v any) {
	if r.kept == nil {
		r.kept = map[any]any{}
	}
	r.kept[key] = v
}

// Once implements Run.
func (r *fileRun) Once(key any, f func()) {
	if r.once[key] {
		return
	}
	if r.once == nil {
		r.once = map[any]bool{}
	}
	r.once[key] = true
	f()
}

// maxGuesses bounds the searches for near names in a file, which are slow; maxFindings bounds what is reported. Only a file
// made to slow the tool down has more.
const (
	maxGuesses  = 500
	maxFindings = 2000
)

// MayGuess implements Run.
func (r *fileRun) MayGuess() bool {
	r.guesses++
	return r.guesses <= maxGuesses
}

// Skip implements Run.
func (r *fileRun) Skip(part, why string) { r.skips = append(r.skips, Skip{Part: part, Why: why}) }

// receipt lists what was checked. A part that was checked in part appears in both lists.
func (r *fileRun) receipt() FileReport {
	out := FileReport{File: r.file, Path: r.source.Path, Repo: r.source.repoPath(), RuleID: r.file.Rule.ID, Record: r.file.Record}
	skipped := slices.Clone(r.skips)
	if r.syntaxOK && !r.companion {
		skipped = append(skipped, Skip{check.PartFixtures, "run \"rulevet test\" or \"rulevet check\""})
	}
	all := check.Parts()
	if r.companion {
		all = companions.CompanionParts(r.file.Kind())
	}
	for _, part := range all {
		i := slices.IndexFunc(skipped, func(s Skip) bool { return s.Part == part })
		if i < 0 {
			out.Checked = append(out.Checked, part)
			continue
		}
		out.Skipped = append(out.Skipped, skipped[i])
	}
	return out
}

// lintSet runs the set-wide checks.
func (l *Linter) lintSet(runs []*fileRun) {
	byFile := map[*rule.File]*fileRun{}
	report := func(c *check.Check, f *rule.File, d rule.Diagnostic) {
		if r := byFile[f]; r != nil && !r.other {
			r.Report(c, d)
		}
	}
	memory := func(f *rule.File, key any) any {
		if r := byFile[f]; r != nil {
			return r.kept[key]
		}
		return nil
	}
	filed, beside, all := check.NewSetPass(l.config, report), check.NewSetPass(l.config, report), check.NewSetPass(l.config, report)
	for _, r := range runs {
		if !r.syntaxOK {
			continue
		}
		byFile[r.file] = r
		if r.companion {
			beside.Add(r.file, r.source.repoPath(), !r.other)
		} else {
			all.Add(r.file, r.source.repoPath(), !r.other)
			if !r.file.Flat() {
				filed.Add(r.file, r.source.repoPath(), !r.other)
			}
		}
	}
	for _, p := range []*check.SetPass{filed, beside, all} {
		p.Shared, p.Memory = l.shared, memory
	}
	for _, c := range l.sets {
		switch {
		case c.Companion:
			l.runSet(beside, c, runs)
		case needsMetadata(c):
			l.runSet(filed, c, runs)
		default:
			l.runSet(all, c, runs)
		}
	}
}

// runSet runs one check of the set; one that panics is reported at the first file that was named.
func (l *Linter) runSet(set *check.SetPass, c *check.Check, runs []*fileRun) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if i := slices.IndexFunc(runs, func(r *fileRun) bool { return !r.other }); i >= 0 {
			runs[i].broken(c.Code, v)
		}
	}()
	set.Check = c
	c.RunSet(set)
}

// excluded reports whether the configuration switches a check off for the file.
func (r *fileRun) excluded(code string) bool {
	return slices.ContainsFunc(r.linter.config.Exclude, func(e check.Exclude) bool {
		return (len(e.Codes) == 0 || slices.ContainsFunc(e.Codes, func(c string) bool { return matchCode(c, code) })) &&
			slices.ContainsFunc(e.Paths, func(g string) bool { return matchPath(g, r.source.repoPath()) })
	})
}

// finish suppresses, sorts and removes repeated findings.
func (l *Linter) finish(r *fileRun) {
	r.suppress()
	r.dropEchoes()
	slices.SortStableFunc(r.diags, compareDiagnostics)
	r.diags = slices.CompactFunc(r.diags, func(a, b rule.Diagnostic) bool {
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}

// dropEchoes takes away the errors of syntax that follow from what the schema says of an earlier header: after [rule.threat] in place
// of [[rule.threat]], each right one that follows is in conflict with it.
func (r *fileRun) dropEchoes() {
	if !slices.ContainsFunc(r.diags, func(d rule.Diagnostic) bool { return d.Code == "file/syntax" && len(d.Related) == 1 }) {
		return
	}
	var headers []rule.Span
	for _, d := range r.diags {
		switch d.Code {
		case "schema/wrong-type", "schema/unknown-table", "schema/table-missing":
			headers = append(headers, d.Span)
			for _, rel := range d.Related {
				headers = append(headers, rel.Span)
			}
		}
	}
	headers = headers[:min(len(headers), maxFindings)]
	r.diags = slices.DeleteFunc(r.diags, func(d rule.Diagnostic) bool {
		return d.Code == "file/syntax" && len(d.Related) == 1 && d.Related[0].Path == "" && slices.ContainsFunc(headers, func(s rule.Span) bool {
			first := d.Related[0].Span
			return first.Start <= s.Start && s.End <= first.End && s.Start < s.End
		})
	})
}

// limit leaves out findings that nobody would read. Fixes are chosen and judged before: what one does shows only in all findings.
func (r *fileRun) limit() {
	if n := len(r.diags); n > maxFindings {
		r.diags = r.diags[:maxFindings:maxFindings]
		r.Skip(check.PartSyntax, fmt.Sprintf("only %d of %d findings are listed", maxFindings, n))
	}
}

// Doubts reports whether the schema stage found that a key says nothing, or a table above it.
func (r *fileRun) Doubts(keys ...string) bool {
	if len(r.doubtful) == 0 {
		return false
	}
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(r.doubtful, func(d string) bool {
			return d == key || strings.HasPrefix(key, d) && key[len(d)] == '.'
		})
	})
}
