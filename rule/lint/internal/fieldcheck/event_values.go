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

// Values of the ECS categorization fields (event.kind, event.category, event.type, event.outcome).

// eachValue calls f for every string that a field is compared with by ==, !=, in or a plain pattern.
func eachValue(e eql.Expr, f func(name string, l *eql.Literal)) {
	value := func(x, y eql.Expr) {
		field, ok := eql.Unparen(x).(*eql.Field)
		l, isLit := eql.Unparen(y).(*eql.Literal)
		if ok && isLit && l.Kind == eql.StringLiteral && !strings.ContainsAny(l.Str, "*?") {
			f(field.Name, l)
		}
	}
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		switch n := n.(type) {
		case *eql.Binary:
			if enter && (n.Op == eql.Eq || n.Op == eql.Ne) {
				value(n.X, n.Y)
			}
		case *eql.In:
			for _, y := range n.List {
				if enter {
					value(n.X, y)
				}
			}
		case *eql.Match:
			for _, y := range n.List {
				if enter && n.Op != eql.Regex && n.Op != eql.RegexFold {
					value(n.X, y)
				}
			}
		}
		return true
	})
}

func checkEventValues(p *check.Pass) {
	for _, f := range eql.Filters(p.Query) {
		eachValue(f.Cond, func(name string, l *eql.Literal) { eventValue(p, name, l.Str, l.Range) })
		if !f.Category.Any && p.File.Rule.EventCategoryOverride == "" && !CategoryNeverOccurs(p, f) {
			eventValue(p, "event.category", f.Category.Name, f.Category.Range)
		}
	}
}

// eventValue reports a value that ECS does not allow for one of its categorization fields. One near an allowed value is a
// warning; older sources have values of their own.
func eventValue(p *check.Pass, name, value string, span eql.Span) {
	allowed := schema.ECSValues(name)
	if allowed == nil || slices.Contains(allowed, strings.ToLower(value)) {
		return
	}
	d := rule.Diagnostic{Message: fmt.Sprintf("%s is none of the values that ECS allows for %s", rule.Quote(value), rule.Quote(name))}
	if near := schema.NearestOf(value, allowed); len(near) > 0 {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
	} else {
		d.Severity, d.Hint = rule.Info, "allowed: "+strings.Join(allowed, ", ")
	}
	facts.ReportSpan(p, span, d)
}

func checkEventTypes(p *check.Pass) {
	for _, f := range eql.Filters(p.Query) {
		categories := []string{f.Category.Name}
		if f.Category.Any {
			categories = Pinned(f.Cond, "event.category")
		}
		expected := func(typ string) bool {
			return slices.ContainsFunc(categories, func(c string) bool { return schema.ExpectedType(c, typ) })
		}
		if len(categories) == 0 {
			continue
		}
		eachValue(f.Cond, func(name string, l *eql.Literal) {
			if name != "event.type" || !slices.Contains(schema.ECSValues(name), l.Str) || expected(l.Str) {
				return
			}
			facts.ReportSpan(p, l.Range, rule.Diagnostic{
				Message: fmt.Sprintf("ECS does not expect event type %s in events of category %s", rule.Quote(l.Str), rule.Quote(strings.Join(categories, ", "))),
				Hint:    "expected: " + strings.Join(schema.ExpectedTypes(categories[0]), ", ")})
		})
	}
}
