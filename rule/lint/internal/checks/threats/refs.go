package threats

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of threat entries that need no catalog: framework, form of references, repetitions.

// framework returns the framework of an entry, or 0 after a finding about it.
func (s *threatStage) framework(e *rule.Threat, outer string) mitre.Framework {
	n := stringAt(s.f, e.Path, "framework")
	if n == nil {
		return 0
	}
	if outer != "" && n.Str != outer {
		d := s.add("versioned-framework", n.Span, "framework is %s in a mapping for %s", rule.Quote(n.Str), rule.Quote(outer))
		d.Fixes = check.Repair("write "+outer, true, tomlspan.SetString(n, outer))
		return 0
	}
	fw, ok := mitre.ParseFramework(n.Str)
	if !ok {
		s.unknownFramework(n)
		return 0
	}
	if other := s.otherFramework(e, fw); other != 0 {
		d := s.add("framework", n.Span, "framework is %s, but ids and references are those of %s", rule.Quote(n.Str), other)
		d.Hint = fmt.Sprintf("write %s", rule.Quote(other.String()))
		return 0
	}
	return fw
}

func (s *threatStage) unknownFramework(n *rule.Node) {
	known := []string{mitre.ATTACK.String(), mitre.ATLAS.String()}
	d := s.add("framework", n.Span, "framework %s is unknown", rule.Quote(n.Str))
	d.Hint = "known are " + facts.QuoteList(known)
	if names := near.Names(n.Str, known); len(names) > 0 {
		d.Hint = "did you mean " + rule.Quote(names[0]) + "?"
	}
}

// otherFramework returns the framework that all ids and references of an entry belong to, if that is not fw.
func (s *threatStage) otherFramework(e *rule.Threat, fw mitre.Framework) mitre.Framework {
	var found mitre.Framework
	one := true
	eachRef(e, func(ref rule.ThreatRef, _ mitre.Kind) {
		of, _, ok := mitre.ParseID(ref.ID)
		by, _, _, ok2 := mitre.ParseURL(ref.Reference)
		if !ok || !ok2 || of != by || of == fw {
			one = false
		}
		found = of
	})
	if !one {
		return 0
	}
	return found
}

// eachRef visits tactic, techniques and sub-techniques of an entry.
func eachRef(e *rule.Threat, visit func(rule.ThreatRef, mitre.Kind)) {
	visit(e.Tactic, mitre.TacticKind)
	for _, te := range e.Techniques {
		visit(te.ThreatRef, mitre.TechniqueKind)
		for _, sub := range te.Subtechniques {
			visit(sub, mitre.SubtechniqueKind)
		}
	}
}

// referenceID is the id that the reference of the table at path names; "" if it has not the form of the level.
func referenceID(f *rule.File, path []any, kind mitre.Kind) string {
	n := stringAt(f, path, "reference")
	if n == nil {
		return ""
	}
	_, got, id, ok := mitre.ParseURL(n.Str)
	if !ok || got != kind {
		return ""
	}
	return id
}

// references checks the form of all references of an entry.
func (s *threatStage) references(fw mitre.Framework, e *rule.Threat) {
	eachRef(e, func(ref rule.ThreatRef, kind mitre.Kind) {
		n := stringAt(s.f, ref.Path, "reference")
		if n == nil {
			return
		}
		of, got, id, ok := mitre.ParseURL(n.Str)
		idOf, idKind, idOK := mitre.ParseID(ref.ID)
		switch {
		case !ok || got != kind || of != fw:
			if ok && id == ref.ID {
				return // id and reference agree: the id stands at the wrong level, which is reported there
			}
			d := s.add("reference-pattern", n.Span, "reference is %s, expected the form %s", rule.Quote(n.Str), rule.Quote(pattern(fw, kind)))
			if idOK && idOf == fw && idKind == kind {
				d.Fixes = check.Repair("write the reference of "+ref.ID, true, tomlspan.SetString(n, mitre.URL(ref.ID)))
			}
		case !strings.HasSuffix(n.Str, "/"):
			d := s.add("reference-slash", n.Span, "reference %s lacks its closing slash", rule.Quote(n.Str))
			d.Fixes = check.Repair("add the slash", true, tomlspan.SetString(n, n.Str+"/"))
		}
	})
}

// pattern is the form of a reference, with 0 for digits.
func pattern(fw mitre.Framework, kind mitre.Kind) string {
	id := map[mitre.Kind]string{mitre.TacticKind: "TA0000", mitre.TechniqueKind: "T0000", mitre.SubtechniqueKind: "T0000.000"}[kind]
	if fw == mitre.ATLAS {
		id = "AML." + id
	}
	return mitre.URL(id)
}

// structure reports a tactic without technique, and techniques listed twice.
func (s *threatStage) structure(e *rule.Threat) {
	if len(e.Techniques) == 0 {
		if n := stringAt(s.f, e.Tactic.Path, "name"); n != nil {
			s.add("missing", n.Span, "tactic %s has no technique", rule.Quote(n.Str))
		}
	}
	seen := map[string]rule.Span{}
	for i := range e.Techniques {
		te := &e.Techniques[i]
		s.once(te.ThreatRef, seen, len(te.Subtechniques) == 0)
		subs := map[string]rule.Span{}
		for _, sub := range te.Subtechniques {
			s.once(sub, subs, true)
		}
	}
}

// once reports an id that was seen before; leaf tells that nothing is lost with the second one.
func (s *threatStage) once(ref rule.ThreatRef, seen map[string]rule.Span, leaf bool) {
	id := stringAt(s.f, ref.Path, "id")
	if id == nil {
		return
	}
	first, ok := seen[id.Str]
	if !ok {
		seen[id.Str] = id.Span
		return
	}
	d := s.add("duplicate-technique", id.Span, "%s is listed twice", rule.Quote(id.Str))
	d.Related = []rule.Related{{Span: first, Message: "first here"}}
	if leaf {
		d.Fixes = check.Repair("remove the second one", true, removeTables(s.f, ref.Path))
	}
}

// duplicateTactics reports a tactic in two entries of one framework.
func (s *threatStage) duplicateTactics(list []rule.Threat) {
	first := map[string]*rule.Threat{}
	for i := range list {
		e := &list[i]
		n := stringAt(s.f, e.Tactic.Path, "name")
		if n == nil {
			continue
		}
		key := e.Framework + "\x00" + n.Str
		was := first[key]
		if was == nil {
			first[key] = e
			continue
		}
		d := s.add("duplicate-tactic", n.Span, "tactic %s is listed twice", rule.Quote(n.Str))
		d.Related = []rule.Related{{Span: stringAt(s.f, was.Tactic.Path, "name").Span, Message: "first here"}}
		d.Hint = "put all techniques of a tactic into one entry"
		d.Fixes = check.Repair("merge the entries", true, mergeEntries(s.f, was, e))
	}
}
