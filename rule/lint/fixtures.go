package lint

import (
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// fixtureChecks are the codes of tests. Package ruletest reports them; they stand here for the configuration, for
// suppression and for "rulevet explain". Their pages show txtar archives, which a test of the command runs.
func fixtureChecks() []*check.Check {
	return []*check.Check{
		{Code: "fixtures/coverage", Title: "the cases of a rule see too few of its conditions true and false",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/cross-fire", Title: "a rule matches in the fixtures of another",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/empty-file", Title: "an event file holds no event",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/invalid-case", Title: "cases.toml is not valid",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/invalid-data", Title: "answers, a mapping or a policy of fixtures are not valid",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/invalid-golden", Title: "a golden file is not valid",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/invalid-rule", Title: "a rule cannot be tested",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/malformed-event", Title: "an event cannot be read",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/min-cases", Title: "a rule has too few cases that match or that do not",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/mutation", Title: "the cases of a rule notice too few changes of its query",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/none", Title: "a rule has no fixtures",
			Severity: rule.Info, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/not-a-rule", Title: "a TOML file is no rule",
			Severity: rule.Info, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/only-nomatch", Title: "no case of a rule must match",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/orphan", Title: "fixtures belong to no rule",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/unknown-key", Title: "a key of cases.toml does not exist",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/unreadable", Title: "a file or folder cannot be read",
			Severity: rule.Error, Scope: check.General, Part: check.PartFixtures},
		{Code: "fixtures/unused-file", Title: "a fixture file is used by no case",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFixtures},
	}
}

// Fixture applies the configuration, --only, --skip and the suppression comments of the rule file to a finding of package
// ruletest; ok is false if it is not to be shown. repoPath is what excludes look at, f the rule (nil if the finding
// belongs to none). Presets do not matter: who runs fixtures wants to hear of them.
func (l *Linter) Fixture(f *rule.File, repoPath string, d rule.Diagnostic) (_ rule.Diagnostic, ok bool) {
	c := l.known[d.Code]
	if c == nil || c.Part != check.PartFixtures || l.chosenOut(d.Code) {
		return d, false
	}
	if sev, configured := l.configured(d.Code); configured {
		if sev == check.Off {
			return d, false
		}
		d.Severity = sev
	}
	if f == nil {
		f = &rule.File{}
	}
	r := &fileRun{linter: l, source: &Source{Path: d.Path, RepoPath: repoPath}, file: f}
	if r.excluded(d.Code) || f.Rule != nil && coverIndex(r.covering(d)).silenced(d) {
		return d, false
	}
	return d, true
}

// covering returns the comments that may silence a finding: in another file than the rule's only those for all of it.
func (r *fileRun) covering(d rule.Diagnostic) []suppression {
	var out []suppression
	for _, s := range r.suppressions() {
		if s.whole || d.Path == r.file.Path {
			out = append(out, s)
		}
	}
	return out
}
