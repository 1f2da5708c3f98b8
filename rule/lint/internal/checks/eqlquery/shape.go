package eqlquery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/schema"
)

// Checks of what stands around the conditions of an EQL query: categories and pipes (eql/LANGUAGE.md 8.2, 8.3, 4).

// ShapeChecks lists the checks of this file.
func ShapeChecks() []*check.Check {
	return []*check.Check{
		{Code: "query/category-case", Title: "event category is none that ECS allows",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkCategory},
		{Code: "query/head-size", Title: "head or tail asks for more than max_signals",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkHeadSize},
	}
}

// checkCategory looks at the words in front of where, which are compared exactly with the category field.
func checkCategory(p *check.Pass) {
	field := p.File.Rule.EventCategoryOverride
	if field == "" {
		field = "event.category"
	}
	for _, f := range eql.Filters(p.Query) {
		if f.Category.Any {
			anyCategory(p, f, field)
		} else if allowed := schema.ECSValues(field); allowed != nil && !slices.Contains(allowed, f.Category.Name) &&
			(!p.Run.Enabled("query/event-field") || !fieldcheck.CategoryNeverOccurs(p, f)) { // which says it as an error
			badCategory(p, f.Category, field, allowed)
		}
	}
}

func badCategory(p *check.Pass, c eql.Category, field string, allowed []string) {
	d := rule.Diagnostic{Message: fmt.Sprintf("category %s is none of the values that ECS allows for `%s`", rule.Quote(c.Name), field)}
	near := strings.ToLower(c.Name)
	if !slices.Contains(allowed, near) {
		near = ""
		if list := schema.NearestOf(c.Name, allowed); len(list) > 0 {
			near = list[0]
		}
	}
	if near == "" {
		d.Severity = rule.Info // the source may have categories of its own
	} else {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near))
		if f, ok := facts.QueryFix(p.File, "write "+near, false, eql.Edit{Span: c.Range, New: near}); ok {
			d.Fixes = []rule.Fix{f}
		}
	}
	facts.ReportSpan(p, c.Range, d)
}

// anyCategory points out "any where" whose condition demands one category.
func anyCategory(p *check.Pass, f *eql.EventQuery, field string) {
	if list := fieldcheck.Pinned(f.Cond, field); len(list) == 1 && !strings.ContainsAny(list[0], " \"\\") && slices.Contains(schema.ECSValues(field), list[0]) {
		facts.ReportSpan(p, f.Category.Range, rule.Diagnostic{Severity: rule.Info, Message: fmt.Sprintf("the condition demands one category: `%s`", list[0]),
			Hint: fmt.Sprintf("write `%s where`, and leave out the condition on `%s`", list[0], field)})
	}
}

const defaultMaxSignals = 100

// checkHeadSize compares the numbers of head and tail with the size that a rule searches with.
func checkHeadSize(p *check.Pass) {
	size := int64(defaultMaxSignals)
	if n := p.File.Rule.MaxSignals; n != nil {
		size = *n
	}
	for _, pipe := range p.Query.Pipes {
		if pipe.Count > size {
			facts.ReportSpan(p, pipe.Range, rule.Diagnostic{Message: fmt.Sprintf("%s %d asks for more than `max_signals`, which is %d", pipe.Name, pipe.Count, size),
				Hint: "a rule searches for `max_signals` results before the pipes see them"})
		}
	}
}
