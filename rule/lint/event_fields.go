package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// Checks of what the events of a category hold: values of the ECS categorization fields, and the fields that the
// documented events of Elastic Defend carry (spec/event-fields.md).

func eventFieldChecks() []*Check {
	check := func(code, title string, sev rule.Severity, run func(*Pass)) *Check {
		return &Check{Code: code, Title: title, Severity: sev, Scope: General, Part: PartFields, NeedsQuery: true, Run: run}
	}
	return []*Check{
		check("query/event-value", "value is none that ECS allows for the field", rule.Warning, checkEventValues),
		check("query/event-type", "event type is not expected in events of the category", rule.Info, checkEventTypes),
		check("query/event-field", "events of the category never carry the field", rule.Error, checkEventFields),
	}
}

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

func checkEventValues(p *Pass) {
	eachValueOf(p, func(name string, l *eql.Literal) {
		allowed := schema.ECSValues(name)
		if allowed == nil || slices.Contains(allowed, strings.ToLower(l.Str)) {
			return
		}
		d := rule.Diagnostic{Message: fmt.Sprintf("%s is none of the values that ECS allows for `%s`", quote(l.Str), name)}
		if near := schema.NearestOf(l.Str, allowed); len(near) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", quote(near[0]))
		} else {
			d.Severity = rule.Info // older sources have values of their own
		}
		reportSpan(p, l.Range, d)
	})
}

func eachValueOf(p *Pass, f func(string, *eql.Literal)) {
	for _, filter := range eql.Filters(p.Query) {
		eachValue(filter.Cond, f)
	}
}

func checkEventTypes(p *Pass) {
	for _, filter := range eql.Filters(p.Query) {
		if filter.Category.Any {
			continue
		}
		eachValue(filter.Cond, func(name string, l *eql.Literal) {
			if name != "event.type" || !slices.Contains(schema.ECSValues(name), l.Str) || schema.ExpectedType(filter.Category.Name, l.Str) {
				return
			}
			reportSpan(p, l.Range, rule.Diagnostic{
				Message: fmt.Sprintf("ECS does not expect event type %s in events of category %s", quote(l.Str), quote(filter.Category.Name)),
				Hint:    "expected: " + strings.Join(schema.ExpectedTypes(filter.Category.Name), ", ")})
		})
	}
}

// truth is a value of three-valued logic.
type truth int8

const (
	isFalse truth = iota - 1
	isUnknown
	isTrue
)

// carrier checks one clause against the documented events that can feed it.
type carrier struct {
	pass    *Pass
	catalog *schema.Catalog
	filter  *eql.EventQuery
	streams []string
	events  []*schema.Event // of the streams and the category
	live    []*schema.Event // those for which the condition is not certainly false
	dead    bool            // the condition is false for all live events once the fields they lack are null
	seen    map[string]bool
}

func checkEventFields(p *Pass) {
	catalog, err := p.Shared.fieldCatalog()
	if err != nil {
		return
	}
	terms := eql.Terms(p.Query.Body)
	for i, f := range eql.Filters(p.Query) {
		c := &carrier{pass: p, catalog: catalog, filter: f, seen: map[string]bool{}}
		if !c.scope() || !c.candidates() {
			continue
		}
		c.clause()
		if i < len(terms) {
			c.keys(append(slices.Clone(terms[i].By), sharedKeys(p.Query.Body)...))
		}
	}
}

// scope reports whether only Elastic Defend can feed the clause, and finds the streams.
func (c *carrier) scope() bool {
	data := pinned(c.filter.Cond, "event.dataset", "data_stream.dataset")
	module := pinned(c.filter.Cond, "event.module")
	views, err := stackViews(c.pass, data)
	if err != nil || len(c.pass.File.Rule.Index) == 0 {
		return false
	}
	pin := len(module) == 1 && module[0] == "endpoint" || len(data) > 0 && !slices.ContainsFunc(data, func(d string) bool { return !strings.HasPrefix(d, "endpoint.") })
	for _, t := range views[0].Targets() {
		switch {
		case t.Package == "endpoint" && len(t.Datasets) == 0:
			return false // a stream that the catalog does not know, or a misspelt one
		case t.Package == "endpoint" && t.Kind == schema.IntegrationTarget:
			for _, d := range t.Datasets {
				if len(data) == 0 || slices.Contains(data, d) {
					c.streams = append(c.streams, d)
				}
			}
		case t.Kind == schema.PackageTarget:
		case pin && t.Kind != schema.OpenTarget && t.Kind != schema.AlertsTarget:
		default:
			return false
		}
	}
	return len(c.streams) > 0
}

// candidates collects the events; it reports false if a stream has no document, so that nothing can be said.
func (c *carrier) candidates() bool {
	documented := map[string]bool{}
	anyCategory := false
	for _, e := range c.catalog.Events() {
		if !slices.Contains(c.streams, e.Dataset) {
			continue
		}
		documented[e.Dataset] = true
		if len(e.Category) == 0 {
			anyCategory = true
		}
		if c.filter.Category.Any || len(e.Category) == 0 || slices.Contains(e.Category, c.filter.Category.Name) {
			c.events = append(c.events, e)
		}
	}
	for _, s := range c.streams {
		if !documented[s] {
			return false
		}
	}
	if len(c.events) == 0 && !anyCategory {
		reportSpan(c.pass, c.filter.Category.Range, rule.Diagnostic{
			Message: fmt.Sprintf("no event of %s has category %s: the clause never matches", strings.Join(c.streams, ", "), quote(c.filter.Category.Name))})
	}
	return len(c.events) > 0
}

func (c *carrier) clause() {
	for _, e := range c.events {
		if eval3(c.filter.Cond, e, nil) != isFalse {
			c.live = append(c.live, e)
		}
	}
	if len(c.live) == 0 {
		return // values that no document states may be newer than the documents
	}
	c.dead = true
	for _, e := range c.live {
		lacks := func(f *eql.Field) bool { return !e.Has(f.Name) && c.decidable(f) }
		c.dead = c.dead && eval3(c.filter.Cond, e, lacks) == isFalse
	}
	c.walk(c.filter.Cond, c.live)
}

func (c *carrier) keys(keys []eql.Expr) {
	if len(c.live) == 0 {
		return
	}
	for _, k := range keys {
		if f, ok := eql.Unparen(k).(*eql.Field); ok {
			was := c.dead
			c.dead = true // a null key joins nothing
			c.use(f, c.live)
			c.dead = was
		}
	}
}

// walk visits every use of a field with the events that the conditions ANDed with it leave.
func (c *carrier) walk(e eql.Expr, live []*schema.Event) {
	switch x := eql.Unparen(e).(type) {
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			list := eql.Operands(x.Op, x)
			for i, o := range list {
				c.walk(o, c.given(x.Op, list, i, live))
			}
			return
		}
		if isNull(x.X) || isNull(x.Y) {
			return
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			c.walk(x.X, live)
			return
		}
	}
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			c.use(f, live)
		}
		return true
	})
}

// given keeps the events for which operand i is evaluated and matters: for and, the others are not false; for or, the
// operand itself is not false.
func (c *carrier) given(op eql.Op, list []eql.Expr, i int, live []*schema.Event) []*schema.Event {
	var out []*schema.Event
	for _, e := range live {
		keep := op == eql.Or && eval3(list[i], e, nil) != isFalse
		if op == eql.And {
			keep = !slices.ContainsFunc(list, func(o eql.Expr) bool { return eval3(o, e, nil) == isFalse && o != list[i] })
		}
		if keep {
			out = append(out, e)
		}
	}
	return out
}

func isNull(e eql.Expr) bool {
	l, ok := eql.Unparen(e).(*eql.Literal)
	return ok && l.Kind == eql.NullLiteral
}

// use reports a field that none of the live events carries.
func (c *carrier) use(f *eql.Field, live []*schema.Event) {
	has := func(e *schema.Event) bool { return e.Has(f.Name) }
	if len(live) == 0 || c.seen[f.Name] || slices.ContainsFunc(live, has) || !c.decidable(f) {
		return
	}
	c.seen[f.Name] = true
	if unknown(c.pass.Fields, f) {
		return // the field stage says so already
	}
	mapped := slices.ContainsFunc(c.streams, func(s string) bool { return c.catalog.Mapped(s, f.Name) })
	streamLevel := !slices.ContainsFunc(c.catalog.Events(), func(e *schema.Event) bool { return slices.Contains(c.streams, e.Dataset) && has(e) })
	d := rule.Diagnostic{Severity: severityOf(c.dead, mapped, streamLevel),
		Message: fmt.Sprintf("`%s` is in no %s event of Elastic Defend", f.Name, c.describe())}
	if c.dead {
		d.Message += ": the clause never matches"
	}
	if where := c.elsewhere(f.Name); where != "" {
		d.Hint = where + " have it"
	}
	reportSpan(c.pass, f.Range, d)
}

// unknown reports a use of a field that the field stage has called unknown or unusable.
func unknown(st *FieldStage, f *eql.Field) bool {
	return st != nil && slices.ContainsFunc(st.Issues, func(i eql.Issue) bool {
		return i.Span == f.Range && slices.Contains([]string{"unknown-field", "unusable-field", "text-field"}, i.ID)
	})
}

// severityOf is the table of tiers of spec/event-fields.md.
func severityOf(dead, mapped, streamLevel bool) rule.Severity {
	switch {
	case !streamLevel, !dead && mapped:
		return rule.Info
	case dead && !mapped:
		return rule.Error
	}
	return rule.Warning
}

func (c *carrier) describe() string {
	if c.filter.Category.Any {
		return strings.Join(c.streams, ", ")
	}
	return c.filter.Category.Name
}

// elsewhere names the streams whose events carry a field.
func (c *carrier) elsewhere(name string) string {
	var list []string
	for _, e := range c.catalog.Events() {
		stream := strings.TrimPrefix(e.Dataset, "endpoint.events.")
		if strings.HasPrefix(e.Dataset, "endpoint.events.") && e.Has(name) && !slices.Contains(list, stream) {
			list = append(list, stream)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list[:min(5, len(list))], ", ") + " events"
}

// decidable applies the exemptions: fields common to all events, added on ingestion or by another package, known gaps
// of the documents, optional fields.
func (c *carrier) decidable(f *eql.Field) bool {
	if f.Optional || !strings.Contains(f.Name, ".") {
		return false
	}
	for _, p := range []string{"host.", "agent.", "event.", "ecs.", "data_stream.", "elastic.", "labels.", "kibana.", "user.risk.", "user.asset.", "_"} {
		if strings.HasPrefix(f.Name, p) {
			return false
		}
	}
	for _, s := range []string{".Ext.device.", "process.thread.Ext.call_stack", ".geo.", ".as.", "dns.question.type"} {
		if strings.Contains(f.Name, s) {
			return false
		}
	}
	if strings.HasSuffix(f.Name, ".text") || strings.HasSuffix(f.Name, ".caseless") || strings.HasSuffix(f.Name, ".keyword") {
		return false
	}
	return !slices.ContainsFunc(c.pass.File.Metadata.Integration, func(name string) bool {
		return name != "endpoint" && c.catalog.PackageHas(name, f.Name)
	})
}

// eval3 evaluates a condition for an event of which only the documented properties are known. Comparisons with a field
// that the event lacks are false; lacks may be nil.
func eval3(e eql.Expr, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	switch x := eql.Unparen(e).(type) {
	case *eql.Literal:
		if x.Kind == eql.BoolLiteral {
			return truthOf(x.Bool)
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			return -eval3(x.X, ev, lacks)
		}
	case *eql.Binary:
		return evalBinary(x, ev, lacks)
	case *eql.In:
		t := evalLeaf(x.X, x.List, x.Fold, ev, lacks)
		if x.Negated {
			return -t
		}
		return t
	case *eql.Match:
		list := make([]eql.Expr, len(x.List))
		for i, l := range x.List {
			list[i] = l
		}
		if x.Op == eql.Regex || x.Op == eql.RegexFold || slices.ContainsFunc(x.List, func(l *eql.Literal) bool { return strings.ContainsAny(l.Str, "*?") }) {
			list = nil
		}
		return evalLeaf(x.X, list, x.Op != eql.Like, ev, lacks)
	case *eql.Field:
		return evalLeaf(x, nil, false, ev, lacks)
	}
	return isUnknown
}

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

func evalBinary(x *eql.Binary, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	switch x.Op {
	case eql.And, eql.Or:
		result, sign := isTrue, truth(1)
		if x.Op == eql.Or {
			sign = -1
		}
		for _, o := range eql.Operands(x.Op, x) {
			result = min(result, sign*eval3(o, ev, lacks))
		}
		return sign * result
	case eql.Eq, eql.Ne:
		if isNull(x.Y) {
			if f, ok := eql.Unparen(x.X).(*eql.Field); ok && lacks != nil && lacks(f) {
				return truthOf(x.Op == eql.Eq)
			}
			return isUnknown
		}
		t := evalLeaf(x.X, []eql.Expr{x.Y}, false, ev, lacks)
		if f, ok := eql.Unparen(x.X).(*eql.Field); x.Op == eql.Ne && !(ok && lacks != nil && lacks(f)) {
			return -t
		}
		return t
	}
	return evalLeaf(x.X, nil, false, ev, lacks)
}

// evalLeaf compares a field with a list; a nil list stands for any test of the field.
func evalLeaf(x eql.Expr, list []eql.Expr, fold bool, ev *schema.Event, lacks func(*eql.Field) bool) truth {
	f, ok := eql.Unparen(x).(*eql.Field)
	if !ok {
		return isUnknown
	}
	if lacks != nil && lacks(f) {
		return isFalse
	}
	known, want := knownValues(ev, f.Name), stringValues(list)
	if len(known) == 0 || len(want) == 0 {
		return isUnknown
	}
	n := 0
	for _, k := range known {
		if slices.ContainsFunc(want, func(w string) bool { return w == k || fold && strings.EqualFold(w, k) }) {
			n++
		}
	}
	switch n {
	case 0:
		return isFalse
	case len(known):
		return isTrue
	}
	return isUnknown
}

// knownValues are the values that the documents state for a field; nil if they state none.
func knownValues(e *schema.Event, field string) []string {
	switch field {
	case "host.os.type":
		return e.OS
	case "event.action":
		return e.Action
	case "event.dataset", "data_stream.dataset":
		return []string{e.Dataset}
	case "event.module":
		return []string{"endpoint"}
	case "event.provider":
		return e.Provider
	case "event.code":
		return e.Code
	}
	return nil
}
