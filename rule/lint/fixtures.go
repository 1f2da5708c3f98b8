package lint

import "github.com/rulevet/rulevet/rule"

// fixtureChecks are the codes of tests. Package ruletest reports them; they stand here for the configuration, for
// suppression and for "rulevet explain". Their pages show txtar archives, which a test of the command runs.
func fixtureChecks() []*Check {
	check := func(name, title string, sev rule.Severity) *Check {
		return &Check{Code: "fixtures/" + name, Title: title, Severity: sev, Scope: General, Part: PartFixtures, Fix: NoFix}
	}
	return []*Check{
		check("coverage", "the cases of a rule see too few of its conditions true and false", rule.Error),
		check("cross-fire", "a rule matches in the fixtures of another", rule.Warning),
		check("empty-file", "an event file holds no event", rule.Error),
		check("invalid-case", "cases.toml is not valid", rule.Error),
		check("invalid-golden", "a golden file is not valid", rule.Error),
		check("invalid-rule", "a rule cannot be tested", rule.Error),
		check("malformed-event", "an event cannot be read", rule.Error),
		check("min-cases", "a rule has too few cases that match or that do not", rule.Error),
		check("mutation", "the cases of a rule notice too few changes of its query", rule.Error),
		check("none", "a rule has no fixtures", rule.Info),
		check("not-a-rule", "a TOML file is no rule", rule.Info),
		check("orphan", "fixtures belong to no rule", rule.Error),
		check("unknown-key", "a key of cases.toml does not exist", rule.Error),
		check("unreadable", "a file or folder cannot be read", rule.Error),
		check("unused-file", "a fixture file is used by no case", rule.Warning),
	}
}

// Fixture applies the configuration, --only, --skip and the suppression comments of the rule file to a finding of package
// ruletest; ok is false if it is not to be shown. repoPath is what excludes look at, f the rule (nil if the finding
// belongs to none). Presets do not matter: who runs fixtures wants to hear of them.
func (l *Linter) Fixture(f *rule.File, repoPath string, d rule.Diagnostic) (_ rule.Diagnostic, ok bool) {
	check := l.known[d.Code]
	if check == nil || check.Part != PartFixtures || l.chosenOut(d.Code) {
		return d, false
	}
	if sev, configured := l.configured(d.Code); configured {
		if sev == Off {
			return d, false
		}
		d.Severity = sev
	}
	if f == nil {
		f = &rule.File{}
	}
	r := &fileRun{linter: l, source: &Source{Path: d.Path, RepoPath: repoPath}, file: f}
	if r.excluded(d.Code) || f.Rule != nil && silenced(r.covering(d), d) {
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
