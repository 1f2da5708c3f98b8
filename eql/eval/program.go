package eval

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Program is a compiled query. It is immutable and safe for concurrent use; the state of a search is in a Run.
type Program struct {
	query     *eql.Query
	opts      Options
	layout    *event.Layout
	stages    []*stage // of an event query one; of runs the same again
	steps     []*search.Step
	until     *stage
	keys      int   // join keys of a stage
	maxspan   int64 // nanoseconds; 0 = none
	sample    bool
	sequence  bool
	timestamp *predicate.Field
	tiebreak  *predicate.Field
	limits    []limit
	unsent    bool // no event can matter: Elasticsearch does not send such a search
}

// stage is one step: a condition with its category, and the fields of its join keys. A term with runs=N gives N stages.
type stage struct {
	term     int // number of the term in source order; until has the one behind the last
	missing  bool
	category *predicate.Cond // nil for any
	cond     predicate.Node  // with the category
	dead     bool            // its own condition folds to false or null
	keys     []joinKey
	source   *predicate.Cond // with the category
}

// hopeless reports a step that every result needs and whose condition folds to false or null (LANGUAGE.md 4.3).
func (s *stage) hopeless() bool { return s.dead && !s.missing }

type joinKey struct {
	f        *predicate.Field
	optional bool
	width    byte // of the numbers of a sequence: those of different widths are never equal
}

// Compile prepares a query that parsed without errors. info is the result of eql.Check against the mapping of the events;
// with nil the events' own JSON types count (see the package documentation). An error is what Elasticsearch refuses
// when it plans the search.
func Compile(q *eql.Query, info *eql.Info, opts Options) (*Program, error) {
	p := &Program{query: q, opts: opts, layout: opts.Layout}
	if p.layout == nil {
		p.layout = &event.Layout{}
	}
	c := &compiler{program: p, info: info, foldInfo: info, opts: &p.opts, Resolver: newResolver(p.layout, info, &opts)}
	if opts.MappedOptional {
		c.foldInfo = nil
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	if err := c.order(); err != nil { // first: without a mapping it makes the timestamp a date for the conditions too
		return nil, err
	}
	if err := c.body(q.Body); err != nil {
		return nil, err
	}
	p.limits = limitsOf(q, &p.opts)
	p.unsent = slices.ContainsFunc(p.limits, func(l limit) bool { return l.n == 0 }) || slices.ContainsFunc(p.stages, (*stage).hopeless)
	p.steps = p.makeSteps()
	if opts.Cache != nil {
		opts.Cache.full = true
	}
	return p, nil
}

// newResolver resolves the fields of a query; that of a cache has resolved them before.
func newResolver(layout *event.Layout, info *eql.Info, opts *Options) *predicate.Resolver {
	if opts.Cache != nil && opts.Cache.resolver != nil {
		return opts.Cache.resolver
	}
	r := &predicate.Resolver{Layout: layout, Open: opts.MappedOptional, Now: opts.Now}
	if info != nil {
		r.Fields = info.Fields
	}
	if opts.Cache != nil {
		opts.Cache.resolver = r
	}
	return r
}

// Layout returns the fields that the program reads from a record.
func (p *Program) Layout() *event.Layout { return p.layout }

// Query returns the query that was compiled.
func (p *Program) Query() *eql.Query { return p.query }

// IsEvent reports whether the program is an event query, which Match decides one event at a time.
func (p *Program) IsEvent() bool { return !p.sequence && !p.sample }

// IsSequence reports whether the program is a sequence, whose results depend on the order of events in time.
func (p *Program) IsSequence() bool { return p.sequence }

// Match decides an event query for one record. The error is that of a script (a division by zero, say), which ends a
// search in Elasticsearch. Of a sequence or sample Match tells whether the record matches any of its steps.
func (p *Program) Match(rec *event.Record) (bool, error) {
	for _, s := range p.stages {
		switch s.cond.Eval(rec) {
		case predicate.Yes:
			return true, nil
		case predicate.Failed:
			return false, predicate.Err(s.cond, rec)
		}
	}
	return false, nil
}

type compiler struct {
	*predicate.Resolver
	program  *Program
	info     *eql.Info
	foldInfo *eql.Info
	opts     *Options
}

func (c *compiler) body(b eql.Body) error {
	p := c.program
	switch b := b.(type) {
	case *eql.EventQuery:
		st, err := c.stage(b, nil, nil, 0)
		p.stages = []*stage{st}
		return err
	case *eql.Sequence:
		p.sequence = true
		if b.MaxSpan != nil {
			p.maxspan = b.MaxSpan.Nanos
		}
		terms, err := c.terms(b.Terms, b.By)
		if err == nil {
			err = c.propagate(b.Terms, terms)
		}
		if err != nil {
			return err
		}
		if b.Until != nil {
			st, err := c.stage(b.Until.Filter, b.By, b.Until.By, len(b.Terms))
			for range b.Until.Count() - 1 { // with runs all copies but the last are ordinary stages
				p.stages = append(p.stages, st)
			}
			if p.until = st; err != nil {
				return err
			}
		}
		p.setWidths()
		return nil
	case *eql.Sample:
		p.sample = true
		terms, err := c.terms(b.Terms, b.By)
		if err == nil {
			err = c.propagate(b.Terms, terms)
		}
		return err
	}
	return fmt.Errorf("the query cannot be run: it has errors or is a join")
}

// terms compiles the steps in source order; runs repeat one in the stages of the program.
func (c *compiler) terms(terms []*eql.Term, by []eql.Expr) ([]*stage, error) {
	var steps []*stage
	for i, t := range terms {
		st, err := c.stage(t.Filter, by, t.By, i)
		if err != nil {
			return nil, err
		}
		steps = append(steps, st)
		st.missing = t.Missing
		for range t.Count() {
			c.program.stages = append(c.program.stages, st)
		}
		c.program.keys = len(st.keys)
	}
	return steps, nil
}

func (c *compiler) stage(q *eql.EventQuery, by, own []eql.Expr, term int) (*stage, error) {
	st := &stage{term: term}
	cond, err := c.cond(q.Cond)
	if err != nil {
		return nil, err
	}
	k, constant := cond.Node.(folded)
	st.source, st.cond, st.dead = cond, cond.Node, constant && k != foldedTrue
	if !q.Category.Any {
		if err := c.category(q, st); err != nil {
			return nil, err
		}
	}
	for _, k := range append(by[:len(by):len(by)], own...) {
		f, ok := eql.Unparen(k).(*eql.Field)
		if !ok {
			return nil, fmt.Errorf("a join key must be a field")
		}
		resolved, err := c.Field(f.Name)
		if err != nil {
			return nil, err
		}
		st.keys = append(st.keys, joinKey{f: resolved, optional: f.Optional})
	}
	return st, nil
}

// category puts the category of a step in front of its condition: it is cheap and rules most events out.
func (c *compiler) category(q *eql.EventQuery, st *stage) error {
	f, err := c.Field(c.opts.category())
	if err != nil {
		return err
	}
	span := source.Span{Start: q.Category.Range.Start, End: q.Cond.Span().End}
	own := predicate.NewLeaf(q.Category.Range, f.Exact(q.Category.Name), phrase(f.Name+" == "+strconv.Quote(q.Category.Name)), f)
	own.Aside = true
	st.category = own
	st.cond = &predicate.And{Kids: append([]predicate.Node{own.Node}, predicate.Members(predicate.OpAnd, st.cond)...)}
	st.source = &predicate.Cond{Span: span, Op: predicate.OpAnd, Node: st.cond, Kids: []*predicate.Cond{own, st.source},
		Origin: phrase(own.Text() + " and " + st.source.Text())}
	return nil
}

// phrase is the text of a condition that is no expression of the query.
type phrase string

// Text implements predicate.Origin.
func (p phrase) Text() string { return string(p) }

// Members implements predicate.Origin.
func (p phrase) Members() []*predicate.Cond { return nil }

// order resolves the fields that sort events.
func (c *compiler) order() error {
	p := c.program
	f, err := c.Timestamp(c.opts.timestamp())
	if err != nil {
		return err
	}
	p.timestamp = f
	if c.opts.TiebreakerField != "" {
		p.tiebreak, err = c.Field(c.opts.TiebreakerField)
	}
	return err
}
