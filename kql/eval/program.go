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
	*search.Query
	cond *predicate.Cond
	dsl  querydsl.Query
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
	dsl := querydsl.Query(&querydsl.QueryString{Place: place, Query: text, Analyze: true, Whole: true})
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
	if o.Layout == nil {
		o.Layout = &event.Layout{}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	cond, err := querydsl.Compile(dsl, querydsl.Options{Fields: fields, Layout: o.Layout, Now: o.Now, Text: text, Open: o.Open})
	if err != nil {
		var refused *querydsl.Error
		errors.As(err, &refused)
		return nil, &Error{Phase: "query", Span: refused.Span, Field: refused.Field, Message: refused.Message, Hint: refused.Hint}
	}
	name := o.TimestampField
	if name == "" {
		name = "@timestamp"
	}
	at := &predicate.Field{Name: name, Slot: o.Layout.Add(name), Class: predicate.NanosClass, Format: esdate.Default()}
	if fields != nil {
		if info, found := fields.Lookup(name); found == mapping.Present && info.Type.DateFamily() {
			if f, err := esdate.NewFormat(info.Format); err == nil {
				at.Format = f
			}
		}
	}
	return &Program{search.NewQuery(cond, o.Layout, at), cond, dsl}, nil
}

// Match decides one record.
func (p *Program) Match(rec *event.Record) bool { return p.cond.Node.Eval(rec) == predicate.Yes }

// DSL is the query of the Query DSL that the query is translated to, as JSON.
func (p *Program) DSL() []byte { return querydsl.Marshal(p.dsl) }

// Canonical names what the program does: programs of equal names, for the same fields, match the same events.
func (p *Program) Canonical() string { return querydsl.Canonical(p.dsl) }

// Translate is what Kibana, or the kql query of Elasticsearch, makes of a query for the given fields: JSON of the Query DSL. The
// error is an *Error.
func Translate(q *kql.Query, fields mapping.Fields) ([]byte, error) {
	dsl, err := translate(q, fields, &Options{})
	if err != nil {
		return nil, err
	}
	return querydsl.Marshal(dsl), nil
}
