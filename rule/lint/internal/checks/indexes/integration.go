package indexes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/kqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/schema"
)

// Checks of metadata.integration and of machine-learning jobs. Which versions
// of a package suit a stack is not known here, so integration/no-version and its like are not checked.

// IntegrationChecks lists the checks of this file.
func IntegrationChecks() []*check.Check {
	return []*check.Check{
		{Code: "integration/index-missing", Title: "an integration has no index",
			Severity: rule.Error, Scope: check.General, Part: check.PartIndex, Fix: check.Suggested,
			Needs: []string{"metadata.integration", "rule.index", "rule.type"}, Run: checkIntegrationIndex},
		{Code: "integration/unknown", Title: "integration is not a known package",
			Severity: rule.Warning, Scope: check.General, Part: check.PartIndex, Fix: check.Suggested,
			Needs: []string{"metadata.integration", "rule.index", "rule.type"}, Run: checkIntegrationUnknown},
		{Code: "integration/expected", Title: "an index implies a package that integration lacks",
			Severity: rule.Error, Scope: check.House, Part: check.PartIndex, Fix: check.Automatic,
			Needs: []string{"metadata.integration", "rule.index", "rule.type"}, Run: checkIntegrationExpected},
		{Code: "integration/missing", Title: "the indexes come from integrations, but none is named",
			Severity: rule.Error, Scope: check.House, Part: check.PartIndex, Fix: check.Automatic,
			Needs: []string{"metadata.integration", "rule.index", "rule.type"}, Run: checkIntegrationMissing},
		{Code: "integration/mismatch", Title: "the data sets of the query belong to other integrations",
			Severity: rule.Error, Scope: check.House, Part: check.PartIndex, Fix: check.Suggested,
			Needs: []string{"metadata.integration", "rule.index", "rule.type"}, Run: checkIntegrationMismatch},
		{Code: "ml/job-unknown", Title: "machine learning job is not one of its package",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.machine_learning_job_id", "metadata.integration"}, Run: checkJob},
	}
}

// integrationNodes lists the packages of metadata.integration with their places.
func integrationNodes(p *check.Pass) []*rule.Node {
	n := p.File.Lookup("metadata", "integration")
	switch {
	case n == nil:
		return nil
	case n.Kind == rule.StringNode:
		return []*rule.Node{n}
	}
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *rule.Node) bool { return c.Kind != rule.StringNode })
}

// mlRule reports whether one of the integrations brings machine-learning jobs.
func mlRule(p *check.Pass, nodes []*rule.Node) bool {
	return slices.ContainsFunc(nodes, func(n *rule.Node) bool {
		return slices.Contains(p.Config.InForce().MLPackages, strings.ToLower(n.Str))
	})
}

func checkIntegrationUnknown(p *check.Pass) {
	catalog, err := p.Shared.FieldCatalog()
	if err != nil {
		return
	}
	for _, n := range integrationNodes(p) {
		if catalog.HasPackage(n.Str) {
			continue
		}
		if !p.Run.MayGuess() {
			return
		}
		if near := schema.NearestOf(n.Str, catalog.Packages()); len(near) > 0 {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("unknown integration %s", rule.Quote(n.Str)), Hint: fmt.Sprintf("did you mean %s?", rule.Quote(near[0])),
				Fixes: check.Repair("write "+near[0], false, []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(near[0])}})})
		}
	}
}

func checkIntegrationIndex(p *check.Pass) {
	r := p.File.Rule
	nodes := integrationNodes(p)
	if len(r.Index) == 0 || r.Type == "threat_match" || r.Type == "machine_learning" || OnlyAlerts(r.Index) ||
		mlRule(p, nodes) {
		return
	}
	for _, n := range nodes {
		if hasIndex(p, n.Str) {
			continue
		}
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("no index pattern for integration %s", rule.Quote(n.Str)),
			Hint:  fmt.Sprintf("add `logs-%s.*` to `index`, or remove the integration", n.Str),
			Fixes: check.Repair("add logs-"+n.Str+".*", false, tomlspan.AppendStrings(p.File, p.File.Lookup("rule", "index"), "logs-"+n.Str+".*"))})
	}
}

// hasIndex reports whether an index pattern can hold the events of a package.
func hasIndex(p *check.Pass, name string) bool {
	return slices.ContainsFunc(p.File.Rule.Index, func(i string) bool {
		for _, s := range []string{"logs-", "metrics-", "traces-"} {
			if strings.Contains(i, s+name) {
				return true
			}
		}
		return name == "windows" && strings.Contains(i, "winlog") || name == "apm" && strings.Contains(i, "apm") ||
			schema.Covers(i, "logs-"+name+".x-default")
	})
}

func OnlyAlerts(index []string) bool {
	return len(index) == 1 && strings.HasPrefix(index[0], ".alerts-security.")
}

// OpenPatterns are index patterns that imply no package.
func OpenPatterns() []string {
	return []string{".alerts-security.*", "logs-*", "metrics-*", "traces-*", "endgame-*", "filebeat-*", "packetbeat-*", "auditbeat-*", "winlogbeat-*"}
}

// implied lists the packages that the index patterns imply and integration lacks, with the pattern of each.
func implied(p *check.Pass) (names []string, at []*rule.Node) {
	r, nodes := p.File.Rule, integrationNodes(p)
	if r.Type == "threat_match" || slices.Contains(p.Config.InForce().ExemptIDs, r.ID) || mlRule(p, nodes) {
		return nil, nil
	}
	for _, n := range facts.IndexNodes(p) {
		name := facts.ImpliedPackage(n.Str)
		if slices.Contains(OpenPatterns(), n.Str) || name == "" || slices.Contains(names, name) ||
			slices.ContainsFunc(nodes, func(i *rule.Node) bool { return i.Str == name }) {
			continue
		}
		names, at = append(names, name), append(at, n)
	}
	return names, at
}

// checkIntegrationExpected makes one finding: the packages that are lacking were forgotten together.
func checkIntegrationExpected(p *check.Pass) {
	names, at := implied(p)
	if len(names) == 0 || p.File.Lookup("metadata", "integration") == nil && p.Run.Enabled("integration/missing") && streamlessIndex(p) != nil {
		return // integration/missing tells
	}
	d := rule.Diagnostic{Span: at[0].Span, Message: fmt.Sprintf("index pattern %s implies integration %s, which `metadata.integration` lacks", rule.Quote(at[0].Str), rule.Quote(names[0])),
		Fixes: addIntegrations(p, names)}
	if len(names) > 1 {
		d.Message += fmt.Sprintf("; so do other patterns: %s", facts.QuoteList(names[1:]))
		for _, n := range at[1:min(4, len(at))] {
			d.Related = append(d.Related, rule.Related{Span: n.Span, Message: "this pattern too"})
		}
	}
	p.Report(d)
}

// addIntegrations is a fix that appends packages to metadata.integration.
func addIntegrations(p *check.Pass, names []string) []rule.Fix {
	n := p.File.Lookup("metadata", "integration")
	var edits []rule.Edit
	switch {
	case n == nil:
		edits = tomlspan.SetKey(p.File, "metadata", "integration", tomlspan.QuoteList(names))
	case n.Kind == rule.ArrayNode:
		edits = tomlspan.AppendStrings(p.File, n, names...)
	case n.Kind == rule.StringNode:
		edits = []rule.Edit{{Span: n.Span, New: tomlspan.QuoteList(append([]string{n.Str}, names...))}}
	}
	return check.Repair("add the integration "+strings.Join(names, ", "), true, edits)
}

// streamlessIndex is the first index pattern that names a package without data sets of its own, or Winlogbeat.
func streamlessIndex(p *check.Pass) *rule.Node {
	for _, n := range facts.IndexNodes(p) {
		low := strings.ToLower(n.Str)
		if strings.Contains(low, "winlog") || slices.ContainsFunc(p.Config.InForce().Streamless, func(s string) bool { return strings.Contains(low, s) }) {
			return n
		}
	}
	return nil
}

func checkIntegrationMissing(p *check.Pass) {
	r := p.File.Rule
	at := streamlessIndex(p)
	if at == nil || len(integrationNodes(p)) > 0 || r.Type == "machine_learning" || OnlyAlerts(r.Index) ||
		slices.Contains(p.Config.InForce().ExemptIDs, r.ID) || len(queryPackages(p)) > 0 {
		return
	}
	names, _ := implied(p)
	if strings.Contains(strings.ToLower(at.Str), "winlog") && !slices.Contains(names, "windows") {
		names = append(names, "windows")
	}
	d := rule.Diagnostic{Span: at.Span, Message: fmt.Sprintf("index pattern %s comes from an integration, but `metadata.integration` names none", rule.Quote(at.Str))}
	if len(names) > 0 {
		d.Fixes = addIntegrations(p, names)
	}
	p.Report(d)
}

// queryPackages lists the packages of the data sets that the query names, sorted; nil for
// languages that are not parsed.
func queryPackages(p *check.Pass) []string {
	catalog, err := p.Shared.FieldCatalog()
	if err != nil {
		return nil
	}
	var sets []string
	switch {
	case p.Query != nil:
		sets = eqlDatasets(p.Query)
	case p.KQL != nil:
		sets = kqlquery.KqlDatasets(p.KQL)
	}
	var out []string
	for _, s := range sets {
		name, _, _ := strings.Cut(s, ".")
		if slices.Contains(catalog.Packages(), name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// eqlDatasets lists the data sets that an EQL query compares with == or in.
func eqlDatasets(q *eql.Query) []string {
	fields := []string{"event.dataset", "data_stream.dataset"}
	var out []string
	facts.Inspect(q, func(n *eql.Binary) {
		if l, ok := eql.Unparen(n.Y).(*eql.Literal); ok && n.Op == eql.Eq && fieldcheck.IsField(n.X, fields) && l.Kind == eql.StringLiteral {
			out = append(out, l.Str)
		}
	})
	facts.Inspect(q, func(n *eql.In) {
		if fieldcheck.IsField(n.X, fields) {
			out = append(out, fieldcheck.StringValues(n.List)...)
		}
	})
	return out
}

// checkIntegrationMismatch compares metadata.integration with the packages of the query's data sets. Packages without
// data sets of their own, and those of machine-learning jobs, are taken from the metadata. What integration/expected or
// integration/index-missing tells is left to them.
func checkIntegrationMismatch(p *check.Pass) {
	named := queryPackages(p)
	v := p.Config.InForce()
	if len(named) == 0 || len(facts.IndexNodes(p)) == 0 {
		return
	}
	var extra, lacking []string
	nodes := integrationNodes(p)
	for _, n := range nodes {
		if !slices.Contains(named, n.Str) && !slices.Contains(v.Streamless, n.Str) && !slices.Contains(v.MLPackages, n.Str) && hasIndex(p, n.Str) {
			extra = append(extra, n.Str)
		}
	}
	told, _ := implied(p)
	for _, name := range named {
		if !slices.ContainsFunc(nodes, func(n *rule.Node) bool { return n.Str == name }) && !slices.Contains(told, name) {
			lacking = append(lacking, name)
		}
	}
	if len(extra)+len(lacking) == 0 {
		return
	}
	d := rule.Diagnostic{Span: facts.KeySpan(p.File, "metadata", "integration")}
	switch {
	case len(extra) == 0:
		d.Message = fmt.Sprintf("`integration` lacks %s, whose data sets the query names", facts.QuoteList(lacking))
		d.Fixes = addIntegrations(p, lacking)
	case len(lacking) == 0:
		d.Message = fmt.Sprintf("`integration` names %s, but the query names no data set of it, only of %s", facts.QuoteList(extra), facts.QuoteList(named))
	default:
		d.Message = fmt.Sprintf("`integration` names %s, but the data sets of the query belong to %s", facts.QuoteList(extra), facts.QuoteList(named))
	}
	if len(extra) > 0 {
		d.Fixes = setIntegrations(p, nodes, extra, lacking)
	}
	p.Report(d)
}

// setIntegrations is a fix that takes packages out and puts others in.
func setIntegrations(p *check.Pass, nodes []*rule.Node, extra, lacking []string) []rule.Fix {
	n := p.File.Lookup("metadata", "integration")
	names := lacking
	for _, have := range nodes {
		if !slices.Contains(extra, have.Str) {
			names = append(names, have.Str)
		}
	}
	return check.Repair("name "+strings.Join(names, ", "), false, []rule.Edit{{Span: n.Span, New: tomlspan.QuoteList(names)}})
}

// checkJob looks jobs up in the configured lists.
func checkJob(p *check.Pass) {
	jobs := p.Config.InForce().MLJobs
	n := p.File.Lookup("rule", "machine_learning_job_id")
	if n == nil || p.File.Rule.Type != "machine_learning" || jobs == nil {
		return
	}
	for _, pkg := range integrationNodes(p) {
		known, ok := jobs[pkg.Str]
		if !ok {
			continue
		}
		list := []*rule.Node{n}
		if n.Kind == rule.ArrayNode {
			list = n.Children
		}
		for _, job := range list {
			reportJob(p, job, pkg.Str, known)
		}
		return
	}
}

func reportJob(p *check.Pass, job *rule.Node, pkg string, known []string) {
	if job.Kind != rule.StringNode || slices.Contains(known, job.Str) {
		return
	}
	d := rule.Diagnostic{Span: job.Span, Message: fmt.Sprintf("package %s has no job %s", rule.Quote(pkg), rule.Quote(job.Str))}
	if near := schema.NearestOf(job.Str, known); len(near) > 0 {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
		d.Fixes = check.Repair("write "+near[0], false, tomlspan.SetString(job, near[0]))
	}
	p.Report(d)
}
