package fieldcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// checkDatasets reports data sets that a query names and no index of the rule has, where one that they have is meant: packages get new
// data sets all the time.
func checkDatasets(p *check.Pass) {
	var known []string
	for _, f := range clauses(p) {
		eachValue(f.Cond, func(name string, l *eql.Literal) {
			if name != "event.dataset" && name != "data_stream.dataset" {
				return
			}
			if known == nil {
				known = datasetsOf(p)
			}
			if slices.Contains(known, l.Str) || isDataset(p, l.Str) {
				return
			}
			near := schema.NearestOf(l.Str, known)
			if len(near) == 0 {
				return
			}
			d := rule.Diagnostic{Message: fmt.Sprintf("no index of the rule has the data set %s", rule.Quote(l.Str)), Hint: fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))}
			written := p.File.Query.Value[l.Range.Start:l.Range.End]
			if fix, ok := facts.QueryFix(p.File, "write "+near[0], false, eql.Edit{Span: l.Range, New: strings.Replace(written, l.Str, near[0], 1)}); ok {
				d.Fixes = []rule.Fix{fix}
			}
			facts.ReportSpan(p, l.Range, d)
		})
	}
}

// datasetsOf are the data sets of the indexes of a rule; none if one of them may have others.
func datasetsOf(p *check.Pass) []string {
	views, err := StackViews(p, nil)
	if err != nil || len(indexes(p)) == 0 {
		return []string{}
	}
	out := []string{}
	for _, t := range views[len(views)-1].Targets() {
		switch {
		case t.Kind == schema.PackageTarget:
		case t.Kind != schema.IntegrationTarget || len(t.Datasets) == 0:
			return []string{}
		}
		out = append(out, t.Datasets...)
	}
	return out
}

// isDataset reports whether some package has a data set.
func isDataset(p *check.Pass, name string) bool {
	catalog, err := p.Shared.FieldCatalog()
	return err != nil || slices.ContainsFunc(catalog.Targets("logs-"+name+"-*"), func(t schema.Target) bool { return slices.Contains(t.Datasets, name) })
}
