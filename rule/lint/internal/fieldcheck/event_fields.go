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

// Checks of what the events of a category hold: values of the ECS categorization fields, and the fields that the
// documented events of Elastic Defend carry; query/event-field has the reasons on its page.

// carrier checks one clause against the documented events that can feed it.
type carrier struct {
	pass    *check.Pass
	catalog *schema.Catalog
	filter  *eql.EventQuery
	streams []string
	events  []*schema.Event // of the streams and the category
	live    []*schema.Event // those for which the condition is not certainly false
	dead    bool            // the condition is false for all live events once the fields they lack are null
	culprit bool            // one of those fields alone makes it so
	seen    map[string]bool // fields reported
	tree    *tree
	uses    []fieldUseAt    // for each use in the tree, the live events that it matters for
	kill    map[string]bool // fields that alone make the clause dead
	carries map[eventField]bool
	told    map[rule.Span]bool // places that the field stage has reported
	found   []finding
}

// finding is a diagnostic about a span of the query.
type finding struct {
	span eql.Span
	d    rule.Diagnostic
}

func checkEventFields(p *check.Pass) {
	catalog, err := p.Shared.FieldCatalog()
	if err != nil {
		return
	}
	var terms []*eql.Term
	if p.Query != nil {
		terms = eql.Terms(p.Query.Body)
	}
	for i, f := range clauses(p) {
		c := &carrier{pass: p, catalog: catalog, filter: f, seen: map[string]bool{}}
		if c.scope() && c.candidates() {
			c.clause()
			if i < len(terms) {
				c.keys(append(slices.Clone(terms[i].By), sharedKeys(p.Query.Body)...))
			}
		}
		for _, f := range c.found {
			facts.ReportSpan(p, f.span, f.d)
		}
	}
}

// CategoryNeverOccurs reports whether checkEventFields calls the category of a clause impossible.
func CategoryNeverOccurs(p *check.Pass, f *eql.EventQuery) bool {
	catalog, err := p.Shared.FieldCatalog()
	if err != nil {
		return false
	}
	c := &carrier{pass: p, catalog: catalog, filter: f}
	return c.scope() && !c.candidates() && len(c.found) > 0
}

// scope reports whether only Elastic Defend can feed the clause, and finds the streams.
func (c *carrier) scope() bool {
	data := Pinned(c.filter.Cond, "event.dataset", "data_stream.dataset")
	module := Pinned(c.filter.Cond, "event.module")
	views, err := StackViews(c.pass, c.filter.Cond)
	if err != nil || len(indexes(c.pass)) == 0 {
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
		d := rule.Diagnostic{Message: fmt.Sprintf("no event of %s has category %s: the clause never matches",
			strings.Join(c.streams, ", "), rule.Quote(c.filter.Category.Name))}
		if near := schema.NearestOf(c.filter.Category.Name, schema.ECSValues("event.category")); len(near) > 0 && near[0] != c.filter.Category.Name {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
			if f, ok := facts.QueryFix(c.pass.File, "write "+near[0], false, eql.Edit{Span: c.filter.Category.Range, New: near[0]}); ok {
				d.Fixes = []rule.Fix{f}
			}
		}
		c.found = append(c.found, finding{c.filter.Category.Range, d})
	}
	return len(c.events) > 0
}

func (c *carrier) clause() {
	c.tree = newTree(c.filter.Cond)
	c.uses = make([]fieldUseAt, len(c.tree.uses))
	c.kill = map[string]bool{}
	c.dead = true
	for _, e := range c.events {
		if !c.event(e) {
			continue
		}
		c.live = append(c.live, e)
	}
	if c.dead = c.dead && len(c.live) > 0; !c.dead {
		clear(c.kill)
	}
	for _, kills := range c.kill {
		c.culprit = c.culprit || kills
	}
	if len(c.live) == 0 {
		c.conditions()
		return
	}
	for i, u := range c.tree.uses {
		c.use(u, c.uses[i].among(c.live), c.dead && (!c.culprit || c.kill[u.Name]))
	}
}

// event evaluates the condition for one event; it reports whether the event is live, and notes what follows for the uses of
// fields, and for the question which field the clause dies of.
func (c *carrier) event(e *schema.Event) bool {
	t := c.tree
	t.evaluate(e)
	if t.root.value == isFalse {
		return false
	}
	t.reach(len(c.live), c.uses)
	lacks := func(f *eql.Field) bool { return !c.has(f.Name, e) && c.decidable(f) }
	for name, leaves := range t.byField {
		if len(c.live) > 0 && !c.kill[name] {
			continue // an event before it lives on without the field
		}
		c.kill[name] = c.lacking(leaves, e, lacks) == isFalse
		for _, l := range leaves {
			l.set(eval3(l.expr, e, nil))
		}
	}
	c.dead = c.dead && c.lacking(t.leaves, e, lacks) == isFalse
	return true
}

// lacking is the truth of the condition for an event if those of the leaves whose fields it lacks see null.
func (c *carrier) lacking(leaves []*treeNode, e *schema.Event, lacks func(*eql.Field) bool) truth {
	for _, l := range leaves {
		if l.field != nil && lacks(l.field) {
			l.set(eval3(l.expr, e, lacks))
		}
	}
	return c.tree.root.value
}

// has reports whether an event can carry a field; each answer is looked up once.
func (c *carrier) has(name string, e *schema.Event) bool {
	key := eventField{e, name}
	h, ok := c.carries[key]
	if !ok {
		h = e.Has(name)
		if c.carries == nil {
			c.carries = map[eventField]bool{}
		}
		c.carries[key] = h
	}
	return h
}

type eventField struct {
	event *schema.Event
	name  string
}

// conditions reports conditions on documented values that no event meets. The documents may be older than the rule: a
// value near a documented one is a warning too, but says what is meant.
func (c *carrier) conditions() {
	d := rule.Diagnostic{Severity: rule.Warning, Message: fmt.Sprintf("no documented %s event of Elastic Defend meets the conditions on %s",
		c.describe(), strings.Join(statedFields(c.filter.Cond), ", "))}
	span, said := c.filter.Category.Range, c.explained()
	eachValue(c.filter.Cond, func(name string, l *eql.Literal) {
		said = said || c.pass.Run.Enabled("query/event-value") && misspelt(name, l.Str)
		values := c.stated(name)
		if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, l.Str) }) || span != c.filter.Category.Range {
			return
		}
		span, d.Message = l.Range, fmt.Sprintf("no documented %s event of Elastic Defend has %s %s", c.describe(), name, rule.Quote(l.Str))
		if near := schema.NearestOf(l.Str, values); len(near) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
		}
	})
	if !said {
		c.found = append(c.found, finding{span, d})
	}
}

// explained reports whether another check says why a value of the clause matches nothing.
func (c *carrier) explained() bool {
	clause := facts.QuerySpan(c.pass.File, c.filter.Range)
	for _, code := range []string{"query/case-literal", "query/wildcard-in-equality"} {
		for _, d := range c.pass.Run.Staged(code) {
			if clause.Start <= d.Span.Start && d.Span.End <= clause.End && d.Severity != rule.Info {
				return true
			}
		}
	}
	return false
}

// stated lists the values that the documents of the candidates give a field; nil if one of them states none.
func (c *carrier) stated(name string) []string {
	var out []string
	for _, e := range c.events {
		list := knownValues(e, name)
		if len(list) == 0 {
			return nil
		}
		out = append(out, list...)
	}
	return out
}

// statedFields lists the fields of a condition whose values the documents state.
func statedFields(e eql.Expr) []string {
	var out []string
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter && knownValues(&schema.Event{OS: []string{""}, Action: []string{""}, Category: []string{""},
			Provider: []string{""}, Code: []string{""}}, f.Name) != nil && !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
		return true
	})
	return out
}

func (c *carrier) keys(keys []eql.Expr) {
	if len(c.live) == 0 {
		return
	}
	for _, k := range keys {
		if f, ok := eql.Unparen(k).(*eql.Field); ok {
			c.use(f, c.live, true) // a null key joins nothing
		}
	}
}

func isNull(e eql.Expr) bool {
	l, ok := eql.Unparen(e).(*eql.Literal)
	return ok && l.Kind == eql.NullLiteral
}

// use reports a field that none of the live events carries.
func (c *carrier) use(f *eql.Field, live []*schema.Event, dead bool) {
	has := func(e *schema.Event) bool { return c.has(f.Name, e) }
	if len(live) == 0 || c.seen[f.Name] || slices.ContainsFunc(live, has) || !c.decidable(f) {
		return
	}
	c.seen[f.Name] = true
	if c.unknown(f) {
		return // the field stage says so already
	}
	streams := distinctValues(live, func(e *schema.Event) []string { return []string{e.Dataset} })
	mapped := slices.ContainsFunc(streams, func(s string) bool { return c.catalog.Mapped(s, f.Name) })
	streamLevel := !slices.ContainsFunc(c.catalog.Events(), func(e *schema.Event) bool { return slices.Contains(streams, e.Dataset) && has(e) })
	d := rule.Diagnostic{Severity: severityOf(dead, mapped, streamLevel),
		Message: fmt.Sprintf("%s is in no %s event of Elastic Defend%s", rule.Quote(f.Name), c.describe(), c.among(live, has))}
	if dead {
		d.Message += ": the clause never matches"
	}
	if where := c.elsewhere(f.Name); where != "" {
		d.Hint = where + " have it"
	}
	c.found = append(c.found, finding{f.Range, d})
}

// among says which of the category's events are meant, if others carry the field: those of a system, or of an action.
func (c *carrier) among(live []*schema.Event, has func(*schema.Event) bool) string {
	if !slices.ContainsFunc(c.events, has) {
		return ""
	}
	systems := distinctValues(live, func(e *schema.Event) []string { return e.OS })
	same := func(e *schema.Event) bool {
		return has(e) && slices.ContainsFunc(e.OS, func(os string) bool { return slices.Contains(systems, os) })
	}
	if !slices.ContainsFunc(c.events, same) {
		return " on " + strings.Join(systems, " or ")
	}
	actions := distinctValues(live, func(e *schema.Event) []string { return e.Action })
	switch n := len(actions); {
	case n == 0:
		return " that meets the other conditions"
	case n > 5:
		return fmt.Sprintf(" with action %s or %d others", strings.Join(actions[:4], ", "), n-4)
	}
	return " with action " + strings.Join(actions, " or ")
}

// distinctValues collects a property of events, each value once.
func distinctValues(events []*schema.Event, of func(*schema.Event) []string) []string {
	var out []string
	for _, e := range events {
		for _, v := range of(e) {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	return out
}

// unknown reports a use of a field that the field stage has called unknown or unusable.
func (c *carrier) unknown(f *eql.Field) bool {
	if c.told == nil {
		c.told = map[rule.Span]bool{}
		for _, code := range []string{"query/unknown-field", "query/text-field"} {
			for _, d := range c.pass.Run.Staged(code) {
				c.told[d.Span] = true
			}
		}
	}
	return c.told[facts.QuerySpan(c.pass.File, f.Range)]
}

// severityOf is how sure a finding is, by what is documented of the event.
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
	if !c.filter.Category.Any {
		return c.filter.Category.Name
	}
	var names []string
	for _, s := range c.streams {
		names = append(names, strings.TrimPrefix(s, "endpoint.events."))
	}
	if n := len(names); n > 3 {
		return strings.Join(names[:2], ", ") + fmt.Sprintf(" or other (%d)", n-2)
	}
	return strings.Join(names, " or ")
}

// elsewhere names the streams whose events carry a field, with the systems: "process events on linux and windows".
func (c *carrier) elsewhere(name string) string {
	var streams []string
	systems := map[string][]*schema.Event{}
	for _, e := range c.catalog.Events() {
		stream, ok := strings.CutPrefix(e.Dataset, "endpoint.events.")
		if !ok || !e.Has(name) {
			continue
		}
		if systems[stream] == nil {
			streams = append(streams, stream)
		}
		systems[stream] = append(systems[stream], e)
	}
	for i, s := range streams {
		on := distinctValues(systems[s], func(e *schema.Event) []string { return e.OS })
		streams[i] = s + " events"
		if len(on) < 3 {
			streams[i] += " on " + strings.Join(on, " and ")
		}
	}
	return strings.Join(streams[:min(5, len(streams))], ", ")
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
