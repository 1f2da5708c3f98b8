package page

import (
	"fmt"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// count counts the rules by status, for the filter.
func (v *view) count() {
	for _, s := range []statusCount{{Status: failed, Label: "failed"}, {Status: passed, Label: "passed"}, {Status: untested, Label: "untested"}, {Status: notChecked, Label: "not checked"}} {
		for _, r := range v.Rules {
			if r.Status == s.Status {
				s.Count++
			}
		}
		if s.Count > 0 {
			v.Statuses = append(v.Statuses, s)
		}
	}
}

// tiles are the figures at the top: cases, rules, coverage, and what else was measured.
func (v *view) tiles(r *ruletest.Report) {
	s := r.Summary
	cases := tile{Label: "Cases", Value: fmt.Sprintf("%d / %d", s.Passed, s.Cases), Note: "passed", Level: "good"}
	switch {
	case s.Failed > 0:
		cases.Note, cases.Level = fmt.Sprintf("%d failed", s.Failed), "bad"
	case s.Errors > 0:
		cases.Note, cases.Level = count(s.Errors, "error"), "bad"
	case s.Cases == 0:
		cases.Note, cases.Level = "nothing to run", "none"
	case s.NotChecked > 0:
		cases.Note, cases.Level = fmt.Sprintf("%d not checked", s.NotChecked), "warn"
	}
	rules := tile{Label: "Rules with tests", Value: fmt.Sprintf("%d / %d", s.WithFixtures, s.Rules), Level: "none"}
	if s.Rules > 0 {
		rules.Meter = newMeter(float64(s.WithFixtures)/float64(s.Rules), "")
	}
	v.Tiles = append(v.Tiles, cases, rules)
	covered, conditions, killed, mutants := 0, 0, 0, 0
	for _, x := range r.Rules {
		if c := x.Coverage; c != nil && len(x.Cases) > 0 {
			covered, conditions = covered+c.Covered, conditions+c.Conditions
		}
		if m := x.Mutation; m != nil {
			killed, mutants = killed+m.Killed, mutants+m.Mutants
		}
	}
	v.share("Condition coverage", covered, conditions, "conditions seen true and false")
	v.share("Mutation score", killed, mutants, "mutants noticed by a case")
	for _, m := range v.Matrices {
		v.Tiles = append(v.Tiles, tile{Label: m.Framework + " techniques", Value: fmt.Sprint(m.Covered),
			Note: fmt.Sprintf("of %d in %s", m.All, m.Domain), Level: "none"})
	}
	if pairs, unexpected := len(r.CrossFire), 0; pairs > 0 {
		for _, x := range r.CrossFire {
			if !x.Expected {
				unexpected++
			}
		}
		t := tile{Label: "Cross-fire", Value: fmt.Sprint(unexpected), Note: "unexpected pairs", Level: "good"}
		if unexpected > 0 {
			t.Level = "warn"
		}
		v.Tiles = append(v.Tiles, t)
	}
}

// share adds a tile for a part of a whole, if there is a whole.
func (v *view) share(label string, part, whole int, note string) {
	if whole == 0 {
		return
	}
	m := newMeter(float64(part)/float64(whole), "")
	v.Tiles = append(v.Tiles, tile{Label: label, Value: fmt.Sprintf("%d %%", m.Percent), Note: fmt.Sprintf("%d of %d %s", part, whole, note), Level: "none", Meter: m})
}
