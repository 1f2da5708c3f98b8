package eval

import (
	"errors"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
)

// Options are the options of a search. The zero value is useful.
type Options struct {
	TimestampField string        // empty: @timestamp; orders the results
	Now            time.Time     // what "now" in a date means; zero is the time of Compile
	Layout         *event.Layout // receives the fields that the program reads, so that programs can share records; nil makes a new one

	// Open says that events may have fields that the fields given to Compile do not list, as those of rules may.
	Open bool

	// Options of Elasticsearch's kql query; Kibana sets none of them.
	CaseInsensitive bool
	TimeZone        string // of dates without one: "+02:00" or a name
	DefaultField    string // of values without a field; a pattern of names; empty: all
}

// Program is a compiled query. It is immutable and safe for concurrent use.
type Program struct {
	layout *event.Layout
	cond   *predicate.Cond
	time   *predicate.Field // that orders results
	steps  []*search.Step
	dsl    querydsl.Query
}

// Compile prepares a query that parsed without errors for events with the given fields; nil fields are not known. The error
// is an *Error: why Kibana or Elasticsearch refuse the query.
func Compile(q *kql.Query, fields mapping.Fields, o Options) (*Program, error) {
	dsl, err := translate(q, fields, &o)
	if err != nil {
		return nil, err
	}
	return compile(dsl, func(at kql.Span) string { return q.Source[at.Start:at.End] }, fields, o)
}

// CompileLucene is Compile for a text in Lucene's syntax, as Kibana runs it in a rule: a query_string whose prefixes are
// analyzed; a blank text matches everything.
func CompileLucene(text string, fields mapping.Fields, o Options) (*Program, error) {
	place := querydsl.Place{Span: kql.Span{End: len(text)}}
	dsl := querydsl.Query(&querydsl.QueryString{Place: place, Query: text, Analyze: true})
	if strings.TrimSpace(text) == "" {
		dsl = &querydsl.MatchAll{Place: place}
	}
	return compile(dsl, func(at kql.Span) string { return text[at.Start:at.End] }, fields, o)
}

func translate(q *kql.Query, fields mapping.Fields, o *Options) (querydsl.Query, error) {
	if q.Flavor == kql.Server {
		return (&server{fields: fields, opts: o}).query(q.Root)
	}
	return (&kuery{source: q.Source, fields: fields}).query(q.Root)
}

func compile(dsl querydsl.Query, text func(kql.Span) string, fields mapping.Fields, o Options) (*Program, error) {
	p := &Program{layout: o.Layout, dsl: dsl}
	if p.layout == nil {
		p.layout = &event.Layout{}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	cond, err := querydsl.Compile(dsl, querydsl.Options{Fields: fields, Layout: p.layout, Now: o.Now, Text: text, Open: o.Open})
	if err != nil {
		var refused *querydsl.Error
		errors.As(err, &refused)
		return nil, &Error{Phase: "query", Span: refused.Span, Field: refused.Field, Message: refused.Message, Hint: refused.Hint}
	}
	p.cond = cond
	name := o.TimestampField
	if name == "" {
		name = "@timestamp"
	}
	p.time = &predicate.Field{Name: name, Slot: p.layout.Add(name), Class: predicate.NanosClass, Format: esdate.Default()}
	if fields != nil {
		if info, found := fields.Lookup(name); found == mapping.Present && info.Type.DateFamily() {
			if f, err := esdate.NewFormat(info.Format); err == nil {
				p.time.Format = f
			}
		}
	}
	p.steps = []*search.Step{search.NewStep(search.Whole, cond, cond.Node, nil)}
	return p, nil
}

// Match decides one record.
func (p *Program) Match(rec *event.Record) bool { return p.cond.Node.Eval(rec) == predicate.Yes }

// DSL is the query of the Query DSL that the query is translated to, as JSON.
func (p *Program) DSL() []byte { return querydsl.Marshal(p.dsl) }

// Canonical names what the program does: programs of equal names, for the same fields, match the same events.
func (p *Program) Canonical() string { return querydsl.Canonical(p.dsl) }

// Layout implements search.Program.
func (p *Program) Layout() *event.Layout { return p.layout }

// Steps implements search.Program.
func (p *Program) Steps() []*search.Step { return p.steps }

// Plain implements search.Program: every event that matches is a result.
func (p *Program) Plain() bool { return true }

// Place implements search.Program. An event without a time is as good as any: it comes last.
func (p *Program) Place(*event.Record, int) error { return nil }

// Start implements search.Program: results come in the order of time, events without one last.
func (p *Program) Start(o search.Start) search.State {
	return search.NewEvents(p, search.NewClock(p.time), o)
}

// Shape implements search.Program.
func (p *Program) Shape() search.Shape {
	return search.Shape{Parts: []search.PartShape{{Count: 1}}, Timestamp: p.time.Name}
}

// Translate is what Kibana, or the kql query of Elasticsearch, makes of a query for the given fields: JSON of the Query DSL. The
// error is an *Error.
func Translate(q *kql.Query, fields mapping.Fields) ([]byte, error) {
	dsl, err := translate(q, fields, &Options{})
	if err != nil {
		return nil, err
	}
	return querydsl.Marshal(dsl), nil
}
