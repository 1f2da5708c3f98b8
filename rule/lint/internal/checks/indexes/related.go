package indexes

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
)

// RelatedChecks lists the check of this file.
func RelatedChecks() []*check.Check {
	return []*check.Check{{Code: "integration/related", Title: "related_integrations names an unknown package or a version that is none",
		Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
		Needs: []string{"rule.related_integrations"}, Run: checkRelated}}
}

// versionRange is what Kibana takes as the version of a related integration: versions with an operator, alternatives by ||.
var versionRange = regexp.MustCompile(`^\s*(?:[~^]|>=|<=|>|<|=)?\s*v?\d+(?:\.(?:\d+|x|\*)){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?` +
	`(?:(?:\s*\|\|\s*|\s+-\s+|\s+)(?:[~^]|>=|<=|>|<|=)?\s*v?\d+(?:\.(?:\d+|x|\*)){0,2}(?:-[0-9A-Za-z.-]+)?)*\s*$`)

func checkRelated(p *check.Pass) {
	list := p.File.Lookup("rule", "related_integrations")
	catalog, err := p.Shared.FieldCatalog()
	if list == nil || list.Kind != rule.ArrayNode || err != nil {
		return
	}
	for _, entry := range list.Children {
		if n := entry.Get("package"); n != nil && n.Kind == rule.StringNode && n.Str != "" && !catalog.HasPackage(n.Str) {
			unknownPackage(p, catalog, n)
		}
		n := entry.Get("version")
		if n != nil && n.Kind == rule.StringNode && strings.TrimSpace(n.Str) != "" && strings.TrimSpace(n.Str) != "*" && !versionRange.MatchString(n.Str) {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("version %s of a related integration is none", rule.Quote(n.Str)),
				Hint: "write a version or a range, as in `^2.0.0` or `>=1.4.0`"})
		}
	}
}

// unknownPackage reports a package that is not known: with a near name an error, else an info, as it may be newer than the list.
func unknownPackage(p *check.Pass, catalog *schema.Catalog, n *rule.Node) {
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("unknown package %s in related_integrations", rule.Quote(n.Str)), Severity: rule.Info}
	if !p.Run.MayGuess() {
		return
	}
	if near := schema.NearestOf(n.Str, catalog.Packages()); len(near) > 0 {
		d.Severity, d.Hint = rule.Error, fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
		d.Fixes = check.Repair("write "+near[0], false, tomlspan.SetString(n, near[0]))
	}
	p.Report(d)
}
