package querydsl

import (
	"fmt"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// Options say what a query is compiled for.
type Options struct {
	Fields mapping.Fields // what is known of the fields; nil: nothing, then values compare by their JSON kinds
	Layout *event.Layout  // receives what the query reads from a record
	Now    time.Time      // what "now" in a date means
	// Open says that events may have fields that Fields does not list: what is searched in all fields is searched in all that an
	// event has. So it is for Fields that list nothing.
	Open bool
	// Text is the source of a place, for coverage and explanations; nil: they have no texts.
	Text func(Span) string
}

// Error is why Elasticsearch refuses to run a query.
type Error struct {
	Span    Span
	Field   string // that it concerns; may be empty
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Message }

// Compile makes a condition of a query. The error is an *Error.
func Compile(q Query, o Options) (*predicate.Cond, error) {
	return newCompiler(o).cond(q)
}

func newCompiler(o Options) *compiler {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return &compiler{opts: o, mapping: o.Fields, layout: o.Layout, fields: map[string]*field{}}
}

type compiler struct {
	opts    Options
	mapping mapping.Fields
	layout  *event.Layout
	fields  map[string]*field
	scope   string // the nested object whose elements are looked at
	lenient int    // above 0 a refused clause matches nothing
}

func (c *compiler) fail(q Query, f *field, format string, args ...any) error {
	e := &Error{Span: q.At(), Message: fmt.Sprintf(format, args...)}
	if f != nil {
		e.Field = f.name
	}
	return e
}

// origin is what coverage and explanations know of a part.
type origin struct {
	text    string
	members []*predicate.Cond
}

// Text implements predicate.Origin.
func (o *origin) Text() string { return o.text }

// Members implements predicate.Origin.
func (o *origin) Members() []*predicate.Cond { return o.members }

func (c *compiler) origin(q Query) *origin { return c.originAt(q.At()) }

func (c *compiler) originAt(at Span) *origin {
	if c.opts.Text == nil {
		return &origin{}
	}
	return &origin{text: c.opts.Text(at)}
}

// leaf makes a condition without parts.
func (c *compiler) leaf(q Query, n predicate.Node, fields ...*predicate.Field) *predicate.Cond {
	return predicate.NewLeaf(q.At(), n, c.origin(q), fields...)
}

func (c *compiler) cond(q Query) (*predicate.Cond, error) {
	switch q := q.(type) {
	case *Bool:
		return c.bool(q)
	case *Nested:
		return c.nested(q)
	case *QueryString:
		if q.Whole {
			return c.queryString(q)
		}
	}
	n, fields, err := c.node(q)
	if err != nil {
		if c.lenient == 0 || c.early(q) {
			return nil, err
		}
		n, fields = predicate.Never(), nil
	}
	return c.leaf(q, n, fields...), nil
}

// bool combines clauses. If the search ends before it begins, because a clause that all need concerns a field that does not
// exist, nothing in the others is an error.
func (c *compiler) bool(q *Bool) (*predicate.Cond, error) {
	if q.constant(c) != undecided {
		c.lenient++
		defer func() { c.lenient-- }()
	}
	var parts []*predicate.Cond
	for _, list := range [][]Query{q.Must, q.Filter} {
		for _, m := range list {
			p, err := c.cond(m)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
	}
	should, err := c.should(q)
	if err != nil {
		return nil, err
	}
	if should != nil {
		parts = append(parts, should)
	}
	for _, m := range q.MustNot {
		p, err := c.cond(m)
		if err != nil {
			return nil, err
		}
		parts = append(parts, predicate.NewNot(q.At(), c.origin(q), p))
	}
	switch len(parts) {
	case 0:
		return c.leaf(q, predicate.True), nil
	case 1:
		return parts[0], nil
	}
	return predicate.NewAnd(q.At(), c.origin(q), parts...), nil
}

// should combines the alternatives; nil if none of them need hold.
func (c *compiler) should(q *Bool) (*predicate.Cond, error) {
	need := q.need()
	var kids []*predicate.Cond
	for _, s := range q.Should {
		k, err := c.cond(s)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k)
	}
	switch {
	case need <= 0:
		return nil, nil
	case need == 1 && len(kids) == 1:
		return kids[0], nil
	case need == 1:
		return alternatives(q.At(), c.origin(q), kids), nil
	case need >= len(kids):
		if need > len(kids) {
			return c.leaf(q, predicate.False), nil
		}
		return predicate.NewAnd(q.At(), c.origin(q), kids...), nil
	}
	return c.leaf(q, &atLeast{need, nodesOf(kids)}, fieldsOf(kids)...), nil
}

// alternatives links conditions of which one must hold. A list of exact values of one field is one leaf.
func alternatives(at Span, o *origin, kids []*predicate.Cond) *predicate.Cond {
	if n := predicate.SetOf(nodesOf(kids)); n != nil {
		o.members = kids
		return predicate.NewLeaf(at, n, o, kids[0].Fields...)
	}
	return predicate.NewOr(at, o, kids...)
}

func nodesOf(conds []*predicate.Cond) []predicate.Node {
	out := make([]predicate.Node, len(conds))
	for i, k := range conds {
		out[i] = k.Node
	}
	return out
}

func fieldsOf(conds []*predicate.Cond) []*predicate.Field {
	var out []*predicate.Field
	for _, k := range conds {
		out = append(out, k.Fields...)
		out = append(out, fieldsOf(k.Kids)...)
	}
	return out
}

// atLeast is true if some number of conditions is.
type atLeast struct {
	need int
	kids []predicate.Node
}

// Eval implements predicate.Node.
func (n *atLeast) Eval(rec *event.Record) predicate.Verdict {
	met := 0
	for _, k := range n.kids {
		if k.Eval(rec) == predicate.Yes {
			if met++; met == n.need {
				return predicate.Yes
			}
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *atLeast) Cost() int {
	total := 0
	for _, k := range n.kids {
		total += k.Cost()
	}
	return total
}
