package esqlquery

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// ArrayChecks lists the checks of this file.
func ArrayChecks() []*check.Check {
	return []*check.Check{
		{Code: "query/esql-array-filter", Title: "ES|QL filter on a field with several values drops rows",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: checkArrayFilter},
	}
}

// checkArrayFilter reports conditions on fields that events fill with arrays. A comparison with several values is null, so
// neither it nor its negation keeps the row.
func checkArrayFilter(p *check.Pass) {
	if p.ESQL == nil || !strings.Contains(strings.ToLower(p.ESQL.Query.Source), "where") {
		return
	}
	views, err := stackViews(p, p.ESQL.Query)
	if err != nil || len(views) == 0 {
		return
	}
	a := &arrayFilters{p: p, view: views[len(views)-1]}
	for _, cmd := range p.ESQL.Query.Commands {
		switch cmd := cmd.(type) {
		case *esql.Where:
			a.condition(cmd.Cond)
		case *esql.Stats: // behind it a field is a key with one value
			if !cmd.Inline {
				return
			}
		}
	}
}

type arrayFilters struct {
	p    *check.Pass
	view *schema.View
}

// condition looks at the operands of the conditions in x.
func (a *arrayFilters) condition(x esql.Expr) {
	switch x := esql.Unparen(x).(type) {
	case *esql.Unary:
		a.condition(x.X)
	case *esql.Binary:
		if x.Op == esql.And || x.Op == esql.Or {
			a.condition(x.X)
			a.condition(x.Y)
			return
		}
		a.operand(x.X)
		a.operand(x.Y)
	case *esql.In:
		a.operand(x.X)
	case *esql.Like:
		if len(x.Patterns) == 1 { // one that matches everything asks whether there is a value
			if lit, ok := x.Patterns[0].(*esql.Literal); ok && (strings.Trim(lit.Str, "*") == "" && !x.Regex || lit.Str == ".*" && x.Regex) {
				return
			}
		}
		a.operand(x.X)
	case *esql.Call:
		switch x.Name {
		case "starts_with", "ends_with", "contains", "cidr_match":
			a.operand(x.Args[0])
		}
	}
}

// operand reports a field with several values, also below functions that keep them all.
func (a *arrayFilters) operand(x esql.Expr) {
	for {
		switch y := esql.Unparen(x).(type) {
		case *esql.Cast:
			x = y.X
			continue
		case *esql.Call:
			if len(y.Args) != 1 || !strings.HasPrefix(y.Name, "to_") {
				return
			}
			x = y.Args[0]
			continue
		case *esql.Column:
			a.column(y)
		}
		return
	}
}

// usuallyOne are fields that ECS calls arrays, but whose events nearly always have one value.
func usuallyOne(name string) bool { return name == "event.category" || name == "event.type" }

func (a *arrayFilters) column(col *esql.Column) {
	attr := a.p.ESQL.Refs[col]
	if attr == nil || attr.Field == "" || attr.Span.End > attr.Span.Start || usuallyOne(attr.Field) {
		return
	}
	info, _ := a.view.Lookup(attr.Field)
	if !info.Array {
		return
	}
	name := rule.Quote(attr.Field)
	facts.ReportQuery(a.p, col.Range.Start, col.Range.End, rule.Diagnostic{
		Message: fmt.Sprintf("%s has several values in many events: the condition is null for these, and drops them, negated or not", name),
		Hint:    fmt.Sprintf("write `MV_CONTAINS(%s, …)`, or `MV_EXPAND %s` in front of it, or `%s : …`", attr.Field, attr.Field, attr.Field)})
}
