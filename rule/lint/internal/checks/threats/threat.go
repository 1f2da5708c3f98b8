// Package threats has the checks of threat mappings.
package threats

import (
	"fmt"
	"iter"
	"slices"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of the threat mapping. One stage finds all defects of an entry together, so that
// each is reported once, under its most specific code; that is why these checks have no Run.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	find := check.Stage(findThreat)
	return []*check.Check{
		{Code: "threat/framework", Title: "framework is unknown or not that of the entry's ids",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Run: find},
		{Code: "threat/reference-pattern", Title: "reference does not have the form of its framework and level",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/reference-slash", Title: "reference lacks its closing slash",
			Severity: rule.Info, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/unknown-tactic", Title: "tactic name is unknown",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/tactic-id", Title: "tactic id is not that of the tactic's name",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/tactic-reference", Title: "reference names another tactic than the id",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/unknown-technique", Title: "technique id is unknown",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/unknown-subtechnique", Title: "sub-technique id is unknown",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/technique-name", Title: "technique name is not that of its id",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/subtechnique-name", Title: "sub-technique name is not that of its id",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/technique-reference", Title: "reference names another technique than the id",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/subtechnique-reference", Title: "reference names another sub-technique than the id",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/technique-tactic", Title: "technique does not belong to its tactic",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/technique-retired", Title: "technique is revoked or deprecated",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/duplicate-tactic", Title: "a tactic is listed twice",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/subtechnique-parent", Title: "sub-technique does not belong to its technique or tactic",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/duplicate-technique", Title: "a technique is listed twice",
			Severity: rule.Warning, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/missing", Title: "no threat mapping, or a tactic without technique",
			Severity: rule.Info, Scope: check.General, Part: check.PartThreat,
			Needs: []string{"rule.threat"}, Run: find},
		{Code: "threat/older-version", Title: "entry is valid in an older version of ATT&CK only",
			Severity: rule.Info, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/versioned-duplicate", Title: "two mappings for one version of a framework",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Run: find},
		{Code: "threat/versioned-framework", Title: "framework of an entry is not that of its mapping",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/versioned-unknown-tactic", Title: "tactic name is unknown in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/versioned-tactic-id", Title: "tactic id is not that of the tactic's name in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/versioned-unknown-technique", Title: "technique id is unknown in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/versioned-unknown-subtechnique", Title: "sub-technique id is unknown in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/versioned-technique-name", Title: "technique name is not that of its id in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/versioned-subtechnique-name", Title: "sub-technique name is not that of its id in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
		{Code: "threat/versioned-technique-tactic", Title: "technique does not belong to its tactic in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Suggested, Run: find},
		{Code: "threat/versioned-technique-retired", Title: "technique is revoked or deprecated in the mapping's version",
			Severity: rule.Error, Scope: check.General, Part: check.PartThreat, Fix: check.Automatic, Run: find},
	}
}

// findThreat runs the stage.
func findThreat(p *check.Pass) {
	s := &threatStage{f: p.File, attack: p.Shared.Attack, older: p.Run.Enabled("threat/older-version")}
	s.run()
	for _, d := range s.out {
		p.Run.Stage(d)
	}
	for _, why := range s.skipped {
		p.Run.Skip(check.PartThreat, why)
	}
}

// threatStage collects the findings about the threat mappings of one file.
type threatStage struct {
	f       *rule.File
	attack  check.AttackPin
	older   bool // entries that are right in an older version only are reported
	out     []rule.Diagnostic
	skipped []string
}

func (s *threatStage) run() {
	r := s.f.Rule
	if len(r.Threat) == 0 && s.f.Lookup("rule", "threat") == nil && s.f.Lookup("rule") != nil {
		s.add("missing", facts.Top(s.f), "the rule has no threat mapping")
	}
	s.entries(r.Threat, "", s.catalogs)
	seen := map[string]rule.Span{}
	for _, m := range r.ThreatMappings {
		s.mapping(m, seen)
	}
}

func (s *threatStage) add(name string, span rule.Span, format string, args ...any) *rule.Diagnostic {
	s.out = append(s.out, rule.Diagnostic{Code: "threat/" + name, Span: span, Message: fmt.Sprintf(format, args...)})
	return &s.out[len(s.out)-1]
}

// mapping checks one block of rule.threat_mappings.
func (s *threatStage) mapping(m rule.ThreatMapping, seen map[string]rule.Span) {
	version := stringAt(s.f, m.Path, "version")
	framework := stringAt(s.f, m.Path, "framework")
	if version == nil || framework == nil {
		return // the schema asks for both
	}
	key := m.Framework + "\x00" + m.Version
	if first, ok := seen[key]; ok {
		d := s.add("versioned-duplicate", version.Span, "%s %s has two mappings", rule.Quote(m.Framework), rule.Quote(m.Version))
		d.Related = []rule.Related{{Span: first, Message: "first here"}}
	} else {
		seen[key] = version.Span
	}
	if _, ok := mitre.ParseFramework(m.Framework); !ok {
		s.unknownFramework(framework)
		return
	}
	s.entries(m.Threat, m.Framework, func(fw mitre.Framework) iter.Seq[*mitre.Catalog] { return s.mappingCatalogs(fw, m.Version) })
}

// stringAt is the string at a key of the table at a path, or nil.
func stringAt(f *rule.File, path []any, key string) *rule.Node {
	n := f.Lookup(slices.Concat(path, []any{key})...)
	if n == nil || n.Kind != rule.StringNode {
		return nil
	}
	return n
}

// entries checks a list of entries. outer is the framework of the mapping they stand in, "" for rule.threat.
func (s *threatStage) entries(list []rule.Threat, outer string, catalogs func(mitre.Framework) iter.Seq[*mitre.Catalog]) {
	reports := make([]*entryReport, len(list))
	for i := range list {
		e := &list[i]
		if fw := s.framework(e, outer); fw != 0 {
			s.references(fw, e)
			reports[i] = s.best(e, outer != "", catalogs(fw))
		}
		s.structure(e)
	}
	if outer == "" {
		s.migrations(list, reports)
	}
	s.duplicateTactics(list)
}

// entryReport is where the findings about an entry stand in the stage's, and the version that it should be right in.
type entryReport struct {
	from, to int
	target   *mitre.Catalog
}

// best reports what is wrong with an entry in the version where least is wrong, the newest of equals.
func (s *threatStage) best(e *rule.Threat, versioned bool, catalogs iter.Seq[*mitre.Catalog]) *entryReport {
	look := func(c *mitre.Catalog, quick bool) *entryCheck {
		x := &entryCheck{f: s.f, c: c, e: e, versioned: versioned, quick: quick}
		x.run()
		return x
	}
	var newest *mitre.Catalog
	r := &entryReport{from: len(s.out), to: len(s.out)}
	for c := range catalogs {
		if newest == nil {
			newest, r.target = c, c
		}
		if len(look(c, true).out) > 0 {
			continue
		}
		if c != newest && s.older {
			s.olderVersion(c, look(newest, false))
			r.to = len(s.out)
		}
		return r
	}
	if newest == nil {
		return nil
	}
	var best *entryCheck
	for c := range catalogs {
		if x := look(c, false); best == nil || x.score() < best.score() {
			best = x
		}
	}
	s.out = append(s.out, best.out...)
	r.to, r.target = len(s.out), best.c
	return r
}

// olderVersion reports an entry that is right in a version but not in the newest.
func (s *threatStage) olderVersion(right *mitre.Catalog, newest *entryCheck) {
	first := newest.out[0]
	d := s.add("older-version", first.Span, "entry is valid in %s %s but not in %s: %s", right.Framework, right.Version,
		newest.c.Version, first.Message)
	d.Hint = first.Hint
}
