package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// queryLanguages are those of query --language.
var queryLanguages = []string{"eql", "kuery", "kql", "lucene", "esql"}

// accepted ends a dry run of a query without errors.
func (c *command) accepted(f *queryFlags) error {
	if f.format == "json" {
		fmt.Fprintln(c.Stdout, "{}")
	}
	return nil
}

// plainQuery is a parsed query of a language in which every event is decided by itself.
type plainQuery struct {
	names    []string // the fields that it names
	spans    []source.Span
	anyField bool // it may mean any field
	// check finds what is wrong with the query for events with the fields; what the fields alone cannot decide is an error of
	// compile.
	check   func(mapping.Fields) []source.Issue
	compile func(mapping.Fields, eval.Options) (*eval.Program, error)
}

// parsePlain parses a query.
func parsePlain(language, text string) (*plainQuery, []source.Issue) {
	if language == "lucene" {
		return parseLucene(text)
	}
	flavor := kql.Kuery
	if language == "kql" {
		flavor = kql.Server
	}
	q, issues := kql.Parse(text, flavor)
	out := &plainQuery{
		check:   func(fields mapping.Fields) []source.Issue { return kql.Check(q, fields) },
		compile: func(fields mapping.Fields, o eval.Options) (*eval.Program, error) { return eval.Compile(q, fields, o) },
	}
	for _, u := range kql.Fields(q) {
		if u.Pattern {
			out.anyField = true
		}
		out.names = append(out.names, u.Name)
		out.spans = append(out.spans, u.Span)
	}
	kql.Walk(q.Root, func(n kql.Node) {
		switch n := n.(type) {
		case *kql.Text:
			out.anyField = true
		case *kql.Is:
			out.anyField = out.anyField || hasAny(n.Value) // an object exists if something below it does
		}
	})
	return out, issues
}

// unknown are the fields that a view does not have: warnings, for KQL searches them and finds nothing.
func (q *plainQuery) unknown(all *schema.View) []source.Issue {
	var out []source.Issue
	for i, span := range q.spans {
		if strings.ContainsAny(q.names[i], "*{") {
			continue
		}
		if _, presence := all.Lookup(q.names[i]); presence == mapping.Absent {
			out = append(out, source.Issue{Code: "query/unknown-field", Level: source.Warning, Span: span,
				Message: fmt.Sprintf("no data source is known to have the field `%s`", q.names[i])})
		}
	}
	return out
}

func hasAny(n kql.Node) bool {
	found := false
	kql.Walk(n, func(n kql.Node) {
		if v, ok := n.(*kql.Value); ok && v.Literal.Any() {
			found = true
		}
	})
	return found
}

// parseLucene parses a text in Lucene's syntax.
func parseLucene(text string) (*plainQuery, []source.Issue) {
	q, issues := eval.ParseLucene(text)
	return &plainQuery{
		anyField: true,
		check:    func(fields mapping.Fields) []source.Issue { return eval.CheckLucene(q, fields) },
		compile: func(fields mapping.Fields, o eval.Options) (*eval.Program, error) {
			return eval.CompileLucene(text, fields, o)
		},
	}, issues
}

// queryOther runs a query that is not EQL.
func (c *command) queryOther(ctx context.Context, f *queryFlags, text string, files []string) error {
	q, issues := parsePlain(f.language, text)
	if _, err := os.Stat(text); err == nil && text != "" && source.HasErrors(issues) {
		return usageError("%s is a file, but the first argument is the query: write rulevet query QUERY %s", text, text)
	}
	if source.HasErrors(issues) {
		return c.queryIssues(f, text, issues)
	}
	fields, overlays, err := c.plainFields(ctx, f, q, files)
	if err != nil {
		return err
	}
	run := &plainRun{q: q, opts: eval.Options{TimestampField: f.timestampField, Now: c.Now(), Layout: &event.Layout{}}, fields: fields, overlays: overlays, f: f,
		byIndex: map[string]*eval.Program{}, byScope: map[string]*eval.Program{}}
	issues = append(issues, q.check(fields)...)
	run.all, err = q.compile(fields, run.opts)
	issues = refused(issues, err)
	if err := c.queryIssues(f, text, issues); err != nil {
		return err
	}
	if f.dryRun {
		return c.accepted(f)
	}
	run.start()
	out := newQueryOutput(c.Stdout, f, nil)
	if out.table != nil {
		out.table.addFields(q.names)
	}
	s := &querySearch{c: c, f: f, text: text, plain: run, files: files, out: out,
		unknown: f.unknownFields(q.unknown)}
	err = s.run(ctx)
	var plan *planError
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return err
	case errors.As(err, &plan):
		issue := plan.issue
		issue.Message = plan.Error()
		return c.queryIssues(f, text, []source.Issue{issue})
	case err != nil:
		return failed(err)
	}
	return nil
}

// refused adds the error of the compiler, unless the check has said as much about the same place.
func refused(issues []source.Issue, err error) []source.Issue {
	if err == nil {
		// What the search does not mind is no error, whatever the check says.
		for i := range issues {
			if issues[i].Level == source.Error && issues[i].Phase != "parse" {
				issues[i].Level = source.Warning
			}
		}
		return issues
	}
	var e *eval.Error
	if !errors.As(err, &e) {
		return append(issues, source.Issue{Code: "query/plan", Level: source.Error, Message: err.Error()})
	}
	if source.HasErrors(issues) {
		return issues
	}
	return append(issues, e.Issue())
}

// plainFields says what the fields of the events are; see queryFields.
func (c *command) plainFields(ctx context.Context, f *queryFlags, q *plainQuery, files []string) (mapping.Fields, []*schema.Overlay, error) {
	catalog, err := schema.New()
	if err != nil {
		return nil, nil, failed(err)
	}
	if len(f.schemas) == 0 {
		return openFields{ecsTypes{catalog.View(schema.Request{}, "")}}, nil, nil
	}
	overlays, err := overlay.Load(f.schemas)
	if err != nil {
		return nil, nil, usageError("--schema: %w", err)
	}
	only := catalog.Only(overlays...)
	fields := schema.NewDynamic(only, overlays, q.names)
	if q.anyField {
		fields = schema.NewDynamicAll(only, overlays)
	}
	if fields.Complete() || f.dryRun && len(files) == 0 {
		return mappedFields{fields, catalog, overlays}, overlays, nil
	}
	if c.Stdin, err = replayed(ctx, c.Stdin, files); err != nil {
		return nil, nil, failed(err)
	}
	c.sample(ctx, fields, files)
	return mappedFields{fields, catalog, overlays}, overlays, nil
}

// openFields are fields that list nothing: what is searched in all fields is searched in all that an event has.
type openFields struct{ mapping.Fields }

// plainRun is the search of a query that decides every event by itself.
type plainRun struct {
	q        *plainQuery
	all      *eval.Program
	events   *search.Events
	opts     eval.Options
	f        *queryFlags
	fields   mapping.Fields
	overlays []*schema.Overlay
	byIndex  map[string]*eval.Program
	byScope  map[string]*eval.Program
}

// start begins the search. What is drained in between is kept in memory.
func (r *plainRun) start() {
	r.events = r.all.Start(search.Start{}).(*search.Events)
	if !r.f.inOrder || r.f.size >= 0 {
		r.events.Spill(spillAt)
	}
}

func (r *plainRun) layout() *event.Layout { return r.opts.Layout }
func (r *plainRun) single() bool          { return true }

// decode implements running.
func (r *plainRun) decode(dec *event.Decoder, doc event.Doc, rec *event.Record) (search.Program, *event.Decoder, error) {
	m, mapped := r.fields.(mappedFields)
	if !mapped || !m.scoped() || doc.IndexName == "" {
		return r.all, dec, nil
	}
	if p := r.byIndex[doc.IndexName]; p != nil {
		return p, dec, nil
	}
	p, err := r.forIndex(m, doc.IndexName)
	if err != nil {
		return nil, dec, err
	}
	r.byIndex[strings.Clone(doc.IndexName)] = p
	dec = event.NewDecoder(r.opts.Layout)
	return p, dec, dec.Decode(doc.Source, rec)
}

// forIndex compiles the query for the mappings of an index.
func (r *plainRun) forIndex(m mappedFields, index string) (*eval.Program, error) {
	var scope []*schema.Overlay
	name := ""
	for i, o := range r.overlays {
		if o.AppliesTo(index) {
			scope = append(scope, o)
			name += fmt.Sprint(i, " ")
		}
	}
	if p := r.byScope[name]; p != nil {
		return p, nil
	}
	fields := mapping.Fields(openFields{ecsTypes{m.catalog.View(schema.Request{}, "")}})
	if len(scope) > 0 {
		fields = scopedFields{m.catalog.Only(scope...), scope, m.Dynamic}
	}
	p, err := r.q.compile(fields, r.opts)
	if err != nil {
		var e *eval.Error
		errors.As(err, &e)
		return nil, &planError{index, e.Issue()}
	}
	r.byScope[name] = p
	return p, nil
}

func (r *plainRun) take(p search.Program, rec *event.Record, ref search.Ref) error {
	v := p.Steps()[0].Node.Eval(rec)
	return r.events.Feed(rec, ref, []predicate.Verdict{v})
}

// Deliver implements running.
func (r *plainRun) Deliver(f func(search.Result)) { r.events.Deliver(f) }

// Drain implements running.
func (r *plainRun) Drain() []search.Result {
	if r.f.size >= 0 {
		return nil // the limit is applied at the end
	}
	if r.events.Len() == 0 { // at most events
		return nil
	}
	out := r.events.Finish()
	r.start()
	return out
}

// Done implements running.
func (r *plainRun) Done() bool { return false }

// each hands over the results that --size leaves.
func (r *plainRun) each(f func(search.Result) error) error {
	from, to := 0, r.events.Len()
	if n := r.f.size; n >= 0 && n < to {
		if r.f.resultPosition == "head" {
			to = n
		} else {
			from = to - n
		}
	}
	at := 0
	return r.events.Each(func(x search.Result) error {
		if at++; at <= from || at > to {
			return nil
		}
		return f(x)
	})
}
