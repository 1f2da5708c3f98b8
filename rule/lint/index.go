package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// Checks of spec/checks.md section 10 on index patterns; integration.go has those on integrations.

func indexChecks() []*Check {
	return []*Check{
		{Code: "index/duplicate", Title: "an index pattern is listed twice",
			Severity: rule.Warning, Scope: General, Part: PartIndex, Fix: Automatic, Run: checkIndexDuplicate},
		{Code: "index/covered", Title: "another pattern of the list covers this one",
			Severity: rule.Info, Scope: General, Part: PartIndex, Fix: Automatic, Run: checkIndexCovered},
		{Code: "index/broad", Title: "index pattern matches far more than the query asks for",
			Severity: rule.Info, Scope: General, Part: PartIndex, Run: checkIndexBroad},
		{Code: "index/unknown", Title: "index pattern matches nothing known",
			Severity: rule.Warning, Scope: General, Part: PartIndex, Fix: Suggested, Run: checkIndexUnknown},
	}
}

// indexNodes lists the patterns of rule.index with their places.
func indexNodes(p *Pass) []*rule.Node {
	n := p.File.Lookup("rule", "index")
	if n == nil || n.Kind != rule.ArrayNode {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *rule.Node) bool { return c.Kind != rule.StringNode || c.Str == "" })
}

// removeIndex is a fix that takes a pattern out of rule.index.
func removeIndex(p *Pass, n *rule.Node) []rule.Fix {
	list := p.File.Lookup("rule", "index")
	return fix("remove it", true, removeElement(p.File, list, slices.Index(list.Children, n)))
}

func checkIndexDuplicate(p *Pass) {
	first := map[string]*rule.Node{}
	for _, n := range indexNodes(p) {
		if f := first[n.Str]; f != nil {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("index pattern %s is listed twice", quote(n.Str)),
				Related: []rule.Related{{Span: f.Span, Message: "first here"}}, Fixes: removeIndex(p, n)})
			continue
		}
		first[n.Str] = n
	}
}

func checkIndexCovered(p *Pass) {
	nodes := indexNodes(p)
	for _, n := range nodes {
		if strings.HasPrefix(n.Str, "-") {
			continue
		}
		i := slices.IndexFunc(nodes, func(o *rule.Node) bool { return o.Str != n.Str && schema.Covers(o.Str, n.Str) })
		if i >= 0 {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("index pattern %s is covered by %s", quote(n.Str), quote(nodes[i].Str)),
				Related: []rule.Related{{Span: nodes[i].Span, Message: "this pattern covers it"}}, Fixes: removeIndex(p, n)})
		}
	}
}

func checkIndexBroad(p *Pass) {
	for _, n := range indexNodes(p) {
		switch n.Str {
		case "*":
			p.Report(rule.Diagnostic{Span: n.Span, Message: "index pattern `*` searches every index"})
		case "logs-*":
			if p.Query != nil && strings.Contains(p.Query.Source, ".dataset") {
				p.Report(rule.Diagnostic{Span: n.Span, Message: "index pattern `logs-*` is broader than the data set that the query asks for"})
			}
		}
	}
}

// checkIndexUnknown reports a pattern near a known one. A pattern unlike all known ones is somebody's own index.
func checkIndexUnknown(p *Pass) {
	catalog, err := p.Shared.fieldCatalog()
	if err != nil {
		return
	}
	for _, n := range indexNodes(p) {
		if !p.Run.MayGuess() {
			return
		}
		if want := knownPattern(catalog, strings.TrimPrefix(n.Str, "-")); want != "" {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("unknown index pattern %s", quote(n.Str)), Hint: fmt.Sprintf("did you mean %s?", quote(want)),
				Fixes: fix("write "+want, false, setString(n, strings.TrimSuffix(n.Str, strings.TrimPrefix(n.Str, "-"))+want))})
		}
	}
}

// knownPattern is the pattern that an unknown one probably means; empty if it is known or like none.
func knownPattern(c *schema.Catalog, pattern string) string {
	t := c.Targets(pattern)[0]
	kind, rest, typed := strings.Cut(pattern, "-")
	switch {
	case t.Kind == schema.UnknownTarget:
		if near := schema.NearestOf(pattern, c.Patterns()); len(near) > 0 {
			return near[0]
		}
	case t.Kind != schema.IntegrationTarget || len(t.Gaps) == 0 || t.Gaps[0].Kind != schema.NoData || !typed:
		return ""
	}
	if !typed {
		return ""
	}
	types := []string{"logs", "metrics", "traces"}
	if near := near.Names(kind, types); len(near) > 0 && !slices.Contains(types, kind) {
		kind = near[0]
	}
	name := impliedPackage(pattern)
	stream := strings.TrimPrefix(rest, name)
	if near := schema.NearestOf(name, c.Packages()); len(near) > 0 && !slices.Contains(c.Packages(), name) {
		name = near[0]
	}
	if near := nearStream(c, name, stream); near != "" {
		stream = near
	}
	if want := kind + "-" + name + stream; want != pattern && c.Targets(want)[0].Kind == schema.IntegrationTarget {
		return want
	}
	return ""
}

// nearStream is ".events.process-*" for ".evnts.process-*": the streams of the package that differ by a letter or two.
func nearStream(c *schema.Catalog, name, stream string) string {
	var all []string
	for _, p := range c.Patterns() {
		if s, ok := strings.CutPrefix(p, "logs-"+name+"."); ok {
			all = append(all, "."+s)
		}
	}
	if near := near.Names(stream, all); len(near) > 0 && !slices.Contains(all, stream) && near[0] != ".*" {
		return near[0]
	}
	return ""
}
