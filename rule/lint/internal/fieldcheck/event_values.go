package fieldcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/source"
)

// Values of the ECS categorization fields (event.kind, event.category, event.type, event.outcome) and of host.os.type.

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
	for _, f := range clauses(p) {
		eachValue(f.Cond, func(name string, l *eql.Literal) { eventValue(p, name, l.Str, l.Range) })
		if !f.Category.Any && p.File.Rule.EventCategoryOverride == "" && !CategoryNeverOccurs(p, f) {
			eventValue(p, "event.category", f.Category.Name, f.Category.Range)
		}
	}
}

// nearValue is the allowed value that another was meant to be: a few letters away, of the same beginning ("started", "create"), or the name
// that people have for the system.
func nearValue(name, value string, allowed []string) string {
	value = strings.ToLower(value)
	if near := schema.NearestOf(value, allowed); len(near) > 0 {
		return near[0]
	}
	if name == "host.os.type" {
		switch value {
		case "darwin", "osx", "mac":
			return "macos"
		case "win":
			return "windows"
		}
	}
	const same = 4 // letters at the beginning; outcomes are named in many ways ("failed")
	for _, a := range allowed {
		if name == "event.type" && len(value) >= same && len(a) >= same && value[:same] == a[:same] && !strings.ContainsAny(value, "_-. ") {
			return a
		}
	}
	return ""
}

// notAllowed reports a value that ECS does not allow for a field, with the values that it does allow.
func notAllowed(name, value string) (allowed []string, wrong bool) {
	allowed = schema.ECSValues(name)
	return allowed, allowed != nil && !slices.Contains(allowed, strings.ToLower(value))
}

// misspelt reports whether a value of a categorization field is near one that ECS allows.
func misspelt(name, value string) bool {
	allowed, wrong := notAllowed(name, value)
	return wrong && nearValue(name, value, allowed) != ""
}

// eventValue reports a value that ECS does not allow for one of its categorization fields. One near an allowed value is a
// warning; older sources have values of their own.
func eventValue(p *check.Pass, name, value string, span eql.Span) {
	allowed, wrong := notAllowed(name, value)
	if !wrong {
		return
	}
	d := rule.Diagnostic{Message: fmt.Sprintf("%s is none of the values that ECS allows for %s", rule.Quote(value), rule.Quote(name))}
	if near := nearValue(name, value, allowed); near != "" {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near))
	} else {
		d.Severity, d.Hint = rule.Info, "allowed: "+strings.Join(allowed, ", ")
	}
	facts.ReportSpan(p, span, d)
}

func checkEventTypes(p *check.Pass) {
	for _, f := range clauses(p) {
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

// CaseLiterals are the texts with capitals that a query in KQL or ES|QL compares with a field that holds lower case only; package eql
// reports those of EQL. A query that asks for the text in lower case too knows of a source that does not keep to it.
func CaseLiterals(p *check.Pass) (out []source.Issue) {
	for _, f := range clauses(p) {
		both := map[[2]string]bool{}
		eachValue(f.Cond, func(name string, l *eql.Literal) { both[[2]string{name, l.Str}] = true })
		eachValue(f.Cond, func(name string, l *eql.Literal) {
			lower := strings.ToLower(l.Str)
			if l.Str == lower || both[[2]string{name, lower}] || !mapping.LowerCase(name) {
				return
			}
			out = append(out, source.Issue{Code: "query/case-literal", Level: source.Warning, Span: l.Range, Hint: "write it in lower case",
				Message: fmt.Sprintf("%s holds text in lower case, and %s is compared with its case", rule.Quote(name), rule.Quote(l.Str))})
		})
	}
	return out
}
