package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/kql"
	"github.com/rulevet/rulevet/rule"
)

// fileRun is the state of linting one file.
type fileRun struct {
	linter     *Linter
	source     *Source
	file       *rule.File
	query      *eql.Query // as parsed, even with errors; nil for other languages
	kql        kql.Node   // nil unless the query is KQL and parsed without errors
	fields     *FieldStage
	companion  bool // lies beside rules and is none
	other      bool // belongs to the repository, but was not named
	syntaxOK   bool
	deprecated bool
	guesses    int      // searches for near names
	doubtful   []string // keys without a value to rely on, from the schema stage
	skips      []Skip
	diags      []rule.Diagnostic
	suppressed int
}

const deprecatedWhy = "the rule is deprecated"

// lintFile runs all stages and checks of one file.
func (l *Linter) lintFile(s *Source) *fileRun {
	r := &fileRun{linter: l, source: s}
	if !r.read() || r.checkCompanion() {
		return r
	}
	r.validateSchema()
	r.checkThreat()
	parsed := r.parseQuery()
	r.runChecks(parsed)
	return r
}

// readOther reads a file that only set-wide checks look at.
func (l *Linter) readOther(s *Source) *fileRun {
	r := &fileRun{linter: l, source: s, other: true}
	r.read()
	return r
}

// read parses the file; it reports false if nothing more can be checked.
func (r *fileRun) read() bool {
	file, diags := rule.Parse(r.source.Path, r.source.Src)
	r.file = file
	r.addAll(diags)
	r.syntaxOK = !file.Truncated
	if !r.syntaxOK {
		for _, part := range parts()[1:] {
			r.skip(part, "the file is not valid TOML")
		}
		return false
	}
	r.deprecated = file.Metadata.Maturity == "deprecated"
	return true
}

func (r *fileRun) validateSchema() {
	if r.deprecated {
		r.skip(PartSchema, deprecatedWhy)
		return
	}
	var diags []rule.Diagnostic
	diags, r.doubtful = r.file.CheckSchema()
	r.addAll(diags)
}

// parseQuery parses and type-checks the query; it reports whether checks may rely on the tree.
func (r *fileRun) parseQuery() bool {
	if why := r.queryNotChecked(); why != "" {
		if !r.deprecated && r.file.Query != nil && queryLanguage(r.file) == "esql" && !r.doubts("rule.query") {
			r.checkESQLSyntax()
		}
		r.skip(PartQuery, why)
		r.skip(PartFields, "the query is not checked")
		return false
	}
	if queryLanguage(r.file) == "kuery" {
		r.parseKQL()
		return false
	}
	var issues []eql.Issue
	r.query, issues = eql.Parse(r.file.Query.Value)
	r.addIssues(issues)
	if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
		r.skip(PartFields, "the query has syntax errors")
		return false
	}
	r.fields = checkFields(r.pass(nil))
	r.addIssues(r.fields.Issues)
	if r.fields.NotChecked != "" {
		r.skip(PartFields, r.fields.NotChecked)
	}
	return true
}

// queryNotChecked says why the query is not parsed; empty if it is.
func (r *fileRun) queryNotChecked() string {
	f := r.file
	switch off := f.Metadata.QuerySchemaValidation; {
	case r.deprecated:
		return deprecatedWhy
	case f.Rule.Type == "machine_learning":
		if r.linter.config.vocabulary().MLJobs == nil {
			return "machine learning rules have no query; their jobs are not checked: rules.ml_jobs of the configuration lists none"
		}
		return "machine learning rules have no query"
	case f.Query == nil:
		return "the rule has no query"
	case strings.TrimSpace(f.Query.Value) == "":
		return "the query is blank"
	case r.doubts("rule.query"):
		return "`query` is not a string"
	case off != nil && !*off:
		return "query_schema_validation is false"
	case queryLanguage(f) == "":
		return "query not checked: its language is not known, or type and language do not fit"
	case queryLanguage(f) != "eql" && queryLanguage(f) != "kuery":
		return "query not checked: language " + quote(queryLanguage(f)) + " is not supported yet"
	}
	return ""
}

// queryLanguage is the language of the rule's query, from its type where the key is absent; empty if type and language
// contradict each other or neither is known: which of them is wrong only the author can tell.
func queryLanguage(f *rule.File) string {
	typ, lang := f.Rule.Type, f.Rule.Language
	switch typ {
	case "eql", "esql":
		if lang != "" && lang != typ && knownLanguage(lang) {
			return ""
		}
		return typ
	case "query", "threshold", "new_terms", "threat_match", "saved_query":
		switch lang {
		case "":
			return "kuery"
		case "eql", "esql":
			return ""
		}
	}
	if !knownLanguage(lang) {
		return ""
	}
	return lang
}

func knownLanguage(name string) bool {
	return slices.Contains([]string{"kuery", "lucene", "eql", "esql"}, name)
}

func (r *fileRun) addIssues(issues []eql.Issue) {
	for _, i := range issues {
		if i.Code == "query/wildcard-in-equality" && meantLiterally(r.query, i.Span) {
			continue
		}
		d := issueDiagnostic(r.file, i)
		if i.Code == "query/wildcard-in-equality" && d.Fixes == nil {
			d.Fixes = likeFix(r.file, r.query, i)
		}
		r.add(d)
	}
}

func (r *fileRun) addAll(diags []rule.Diagnostic) {
	for _, d := range diags {
		r.add(d)
	}
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
	d.Path, d.RuleID = r.source.Path, r.file.Rule.ID
	r.diags = append(r.diags, d)
}

// pass makes the view of the file that a check gets.
func (r *fileRun) pass(c *Check) *Pass {
	l := r.linter
	p := &Pass{Check: c, File: r.file, Path: r.source.repoPath(), Query: r.query, Fields: r.fields, Config: l.config,
		Now: l.now, Shared: l.shared, run: r}
	p.report = func(d rule.Diagnostic) {
		d.Code = p.Check.Code
		r.add(d)
	}
	return p
}

// runChecks runs the enabled checks that apply to the file. All share one Pass: they run one after another.
func (r *fileRun) runChecks(parsed bool) {
	p := r.pass(nil)
	if !parsed {
		p.Query, p.Fields = nil, nil
	}
	maturity := r.file.Metadata.Maturity
	for _, c := range r.linter.checks {
		if c.NeedsQuery && !parsed || r.deprecated && !c.Deprecated || c.ProductionOnly && maturity != "production" ||
			r.doubts(c.Needs...) {
			continue
		}
		p.Check = c
		c.Run(p)
	}
}

// maxGuesses bounds the searches for near names in a file, which are slow; maxFindings bounds what is reported. Only a file
// made to slow the tool down has more.
const (
	maxGuesses  = 500
	maxFindings = 2000
)

// mayGuess reports whether another search for near names is allowed.
func (p *Pass) mayGuess() bool {
	if p.run == nil {
		return true
	}
	p.run.guesses++
	return p.run.guesses <= maxGuesses
}

func (r *fileRun) skip(part, why string) { r.skips = append(r.skips, Skip{Part: part, Why: why}) }

// receipt lists what was checked. A part that was checked in part appears in both lists.
func (r *fileRun) receipt() FileReport {
	out := FileReport{File: r.file, Path: r.source.Path, Repo: r.source.repoPath(), RuleID: r.file.Rule.ID}
	skipped := slices.Clone(r.skips)
	if r.syntaxOK && !r.companion {
		skipped = append(skipped, Skip{PartFixtures, "run \"rulevet test\" or \"rulevet check\""})
	}
	all := parts()
	if r.companion {
		all = companionParts(r.file.Kind())
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
	set := &SetPass{Config: l.config, named: map[*rule.File]bool{}, paths: map[*rule.File]string{}}
	for _, r := range runs {
		if r.syntaxOK && !r.companion {
			byFile[r.file] = r
			set.Files = append(set.Files, r.file)
			set.named[r.file] = !r.other
			set.paths[r.file] = r.source.repoPath()
		}
	}
	set.report = func(f *rule.File, d rule.Diagnostic) {
		if r := byFile[f]; r != nil && !r.other {
			d.Code = set.Check.Code
			r.add(d)
		}
	}
	for _, c := range l.sets {
		set.Check = c
		c.RunSet(set)
	}
	l.checkCompanionNames(runs)
}

// excluded reports whether the configuration switches a check off for the file.
func (r *fileRun) excluded(code string) bool {
	return slices.ContainsFunc(r.linter.config.Exclude, func(e Exclude) bool {
		return (len(e.Codes) == 0 || slices.ContainsFunc(e.Codes, func(c string) bool { return matchCode(c, code) })) &&
			slices.ContainsFunc(e.Paths, func(g string) bool { return matchPath(g, r.source.repoPath()) })
	})
}

// finish suppresses, sorts and removes repeated findings.
func (l *Linter) finish(r *fileRun) {
	r.suppress()
	slices.SortStableFunc(r.diags, compareDiagnostics)
	if n := len(r.diags); n > maxFindings {
		r.diags = r.diags[:maxFindings]
		r.skip(PartSyntax, fmt.Sprintf("only %d of %d findings are listed", maxFindings, n))
	}
	r.diags = slices.CompactFunc(r.diags, func(a, b rule.Diagnostic) bool {
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}
