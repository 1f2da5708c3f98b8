package eval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
	"github.com/rulevet/rulevet/event"
)

// Program is a compiled query. It is not changed by running it; runs may go on at the same time.
type Program struct {
	query   *esql.Query
	opts    Options
	env     *fn.Env
	sources []*indexSource
	root    *pipeline
	layout  *event.Layout
	columns []*column
	conds   []*Condition
	// aggregates is set if a STATS stands between events and the result.
	aggregates bool
	filters    []scoped // conditions of WHERE that single events must fulfil
	tests      map[*esql.Call]*docTest
}

// Column is a column of a result: its name, and the type of its values as a response states it, "long" or "keyword".
type Column struct{ Name, Type string }

// column is a column in scope. Its identity is its address.
type column struct {
	name string
	typ  block.Type
	// field is set for columns that FROM reads.
	field *fieldRef
	// lastRead is the last step that reads the column, origin the column of another name that it is.
	lastRead int
	origin   *column
	// def is what EVAL computes it from.
	def *scoped
	// roots are the columns that an EVAL made this one of, and so on down to those that no EVAL made; nil: it is one of these.
	roots []*column
}

// rooted are the roots of a column.
func (col *column) rooted() []*column {
	switch {
	case col.roots != nil:
		return col.roots
	case col.origin != nil:
		return col.origin.rooted()
	}
	return []*column{col}
}

// forever is later than all steps.
const forever = 1 << 30

// touch notes that a step reads a column.
func (col *column) touch(step int) {
	for c := col; c != nil; c = c.origin {
		c.lastRead = max(c.lastRead, step)
	}
}

// fieldRef is a field that a query can read; used says that it must.
type fieldRef struct {
	name string
	used bool
	// tested is set if a test on events reads the field; see eventTest.
	tested bool
	union  []*unionUse // conversions of a field whose types differ
	// byIndex has what each index of the source maps the name to; nil where it lacks it.
	byIndex []*Field
	typ     block.Type
	slots   []fieldSlot // by index; filled once the layout is known
}

// Error is why a query cannot be run.
type Error struct {
	Span    esql.Span // place in the query; zero if it concerns the query as a whole
	Message string    // one line, lower case
	// NotRun is set if nothing is wrong with the query, but this program does not run it.
	NotRun bool
}

func (e *Error) Error() string { return e.Message }

// Compile makes a query ready to run. The query should have passed the check of package esql: what that reports Compile may
// take for granted. Errors are of type *Error: what this program does not run, or what Elasticsearch refuses when it plans.
func Compile(q *esql.Query, opts Options) (p *Program, err error) {
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	if opts.Layout == nil {
		opts.Layout = &event.Layout{}
	}
	p = &Program{query: q, opts: opts, layout: opts.Layout, env: &fn.Env{Zone: time.UTC, V8: opts.V8}}
	if err := p.settings(); err != nil {
		return nil, err
	}
	c := &compiler{p: p}
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, recovered(r)
		}
	}()
	p.root = c.pipeline(&q.Pipeline)
	if !p.opts.NoRowLimit {
		c.cut(p.implicitLimit())
	}
	p.root.steps = c.steps
	p.aggregates = slices.ContainsFunc(c.steps, func(s step) bool { _, ok := s.(*statsStep); return ok })
	p.columns = c.scope
	for _, col := range c.scope {
		c.use(col)
		col.touch(forever)
	}
	p.layOut()
	return p, nil
}

// recovered is the error of a compilation or a run that was given up: what fail said, or a fault of this package.
func recovered(r any) error {
	if e, ok := r.(*Error); ok {
		return e
	}
	return &Error{Message: fmt.Sprintf("internal error, please report it with the query: %v", r), NotRun: true}
}

// compiler goes through the commands with the columns in scope.
type compiler struct {
	p     *Program
	scope []*column
	steps []step
	// pushable is set while filters reach the index: nothing but filters, and columns of FROM as they were.
	pushable bool
	mixed    bool // rows may depend on more than one event
	indexed  bool // the comparison that is being compiled is such a filter
	depth    int
	inWhere  bool
	bare     bool // in EVAL and STATS, where a needless conversion is left out
	outer    int  // steps in front of the branch of a FORK that is being compiled
	branch   bool // there is such a branch
	// patterns are the tests of LIKE and RLIKE that were compiled, by patterns and manner.
	patterns map[string]func(string) bool
	// aggregated gives the column of an aggregate within a target of STATS.
	aggregated func(*esql.Call) *expr
}

// pipeline is a source with steps behind it.
type pipeline struct {
	source *indexSource // FROM
	row    *rowSource   // ROW, SHOW
	steps  []step
}

// fail ends the compilation; Compile recovers it.
func (c *compiler) fail(n esql.Node, format string, args ...any) {
	panic(&Error{Span: n.Span(), Message: fmt.Sprintf(format, args...)})
}

// notRun ends the compilation of a query with which nothing is wrong.
func (c *compiler) notRun(n esql.Node, format string, args ...any) {
	panic(&Error{Span: n.Span(), Message: fmt.Sprintf(format, args...), NotRun: true})
}

func (c *compiler) add(s step) { c.steps = append(c.steps, s) }

// text is the source of a node.
func (c *compiler) text(n esql.Node) string {
	s := n.Span()
	return c.p.query.Source[s.Start:s.End]
}

// site is where a node stands.
func (c *compiler) site(n esql.Node) *fn.Site {
	line, col := position(c.p.query.Source, n.Span().Start)
	return &fn.Site{Line: line, Column: col, Text: c.text(n), Start: n.Span().Start, End: n.Span().End}
}

func position(src string, offset int) (line, column int) {
	before := src[:offset]
	line = strings.Count(before, "\n") + 1
	return line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
}

func (p *Program) settings() error {
	for _, s := range p.query.Settings {
		if s.Name != "time_zone" {
			continue
		}
		lit, ok := s.Value.(*esql.Literal)
		if !ok {
			continue
		}
		zone, err := moment.Zone(lit.Str)
		if err != nil {
			return &Error{Span: s.Span(), Message: err.Error()}
		}
		p.env.Zone = zone
	}
	return nil
}

// implicitLimit is the limit that Elasticsearch adds to a query.
func (p *Program) implicitLimit() *limitStep {
	for n := range esql.Preorder(p.query) {
		if _, ok := n.(*esql.Limit); ok {
			return &limitStep{n: 10000, cut: "the result ends after 10000 rows, more than which Elasticsearch does not give"}
		}
	}
	return &limitStep{n: 1000, cut: "the result ends after 1000 rows, the limit of a query without a LIMIT"}
}

// Columns are the columns of the result.
func (p *Program) Columns() []Column {
	out := make([]Column, len(p.columns))
	for i, c := range p.columns {
		out[i] = Column{c.name, c.typ.String()}
	}
	return out
}

// Layout is what must be decoded of events.
func (p *Program) Layout() *event.Layout { return p.layout }

// Streams tells whether rows of the result come while events are added, and nothing but a batch of them waits.
func (p *Program) Streams() bool {
	return !p.aggregates && !slices.ContainsFunc(p.root.steps, func(s step) bool {
		switch s.(type) {
		case *sortStep, *inlineStep, *forkStep:
			return true
		}
		return false
	})
}

func (p *Program) layOut() {
	for _, s := range p.sources {
		s.layOut(p.layout)
	}
}

// lookup finds a column in scope.
func (c *compiler) lookup(name string) *column {
	for _, col := range slices.Backward(c.scope) {
		if col.name == name {
			return col
		}
	}
	return nil
}

func (c *compiler) use(col *column) {
	if col.field != nil && !col.typ.Opaque() {
		col.field.used = true
	}
}

// index is the position of a column in the batch.
func (c *compiler) index(col *column) int { return slices.Index(c.scope, col) }

// HasColumn tells whether the result has a column.
func (p *Program) HasColumn(name string) bool {
	return slices.ContainsFunc(p.columns, func(c *column) bool { return c.name == name })
}
