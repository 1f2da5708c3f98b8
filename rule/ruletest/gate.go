package ruletest

import (
	"fmt"
	"path"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
)

// Gate says what tests a rule must have. Zero values ask for nothing. Rules that are deprecated or in another language
// than EQL are let through, and so is a run of which Options.Run leaves cases out.
type Gate struct {
	MinCases int     // cases that match and cases that do not, at least so many of each
	Coverage float64 // share of the conditions seen both true and false, 0 to 1
	Mutation float64 // share of the mutants that some case notices, 0 to 1; needs Options.Mutate
}

// check returns what a rule lacks.
func (g Gate) check(r *RuleResult) []Problem {
	if r.file == nil || r.NotChecked != "" || r.file.Root.Get("rule") == nil || r.file.Metadata.Maturity == "deprecated" {
		return nil
	}
	var out []Problem
	report := func(code, hint, format string, args ...any) {
		p := Problem{Code: code, Severity: "error", Path: r.Path, Message: fmt.Sprintf(format, args...), Hint: hint}
		out = append(out, p.atName(r.file))
	}
	matching, silent := r.count()
	if matching == 0 && silent > 0 && g.MinCases == 0 {
		report(codeOnlyNomatch, fmt.Sprintf("put an event that must match into %s", path.Join(r.dirs[0], "match.json")),
			"no case must match, so that a query that finds nothing passes them all")
	}
	if matching < g.MinCases {
		report(codeMinCases, "drop a captured event into a file match*.json", "%s that match, expected at least %d", wording.Count(matching, "case"), g.MinCases)
	}
	if silent < g.MinCases {
		report(codeMinCases, "a near miss is a few lines of cases.toml", "%s that do not match, expected at least %d", wording.Count(silent, "case"), g.MinCases)
	}
	if c := r.Coverage; c != nil && len(r.Cases) > 0 && c.Share() < g.Coverage {
		report(codeCoverage, "rulevet test --coverage shows which, --suggest proposes cases",
			"%d of %s (%s) seen true and false, expected at least %s", c.Covered, wording.Count(c.Conditions, "condition"), percent(c.Share()), percent(g.Coverage))
	}
	if m := r.Mutation; m != nil && m.Score() < g.Mutation {
		report(codeMutation, "rulevet test --mutate shows the others, --suggest proposes cases",
			"%d of %s (%s) noticed by a case, expected at least %s", m.Killed, wording.Count(m.Mutants, "mutant"), percent(m.Score()), percent(g.Mutation))
	}
	return out
}

// count counts the cases that must match and those that must not.
func (r *RuleResult) count() (matching, silent int) {
	for i := range r.cases {
		if w := r.cases[i].want; w.count == countNone || w.count == countExactly && w.n == 0 || w.exact != nil && len(w.exact) == 0 {
			silent++
		} else {
			matching++
		}
	}
	return matching, silent
}

// percent rounds down: 99.6 % is not yet 100 %.
func percent(share float64) string { return fmt.Sprintf("%d %%", int(share*100+1e-9)) }

// atName places a problem of the rule as a whole at the rule's name.
func (p Problem) atName(file *rule.File) Problem {
	if name := file.Root.Get("rule").Get("name"); name != nil {
		at := file.Position(name.Span.Start)
		p.Line, p.Column, p.span = at.Line, at.Column, name.Span
	}
	return p
}
