package querydsl

import (
	"fmt"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/wording"
)

// idNode compares the id of the document, or the name of its index.
type idNode struct {
	texts []string
	index bool
}

// Eval implements predicate.Node.
func (n *idNode) Eval(rec *event.Record) predicate.Verdict {
	text := rec.ID
	if n.index {
		text = rec.Index
	}
	for _, t := range n.texts {
		if t == text && text != "" {
			return predicate.Yes
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *idNode) Cost() int { return predicate.ExactCost }

// idPattern matches the name of the index.
type idPattern struct{ w *lucene.Wildcard }

// Eval implements predicate.Node.
func (n *idPattern) Eval(rec *event.Record) predicate.Verdict {
	return predicate.VerdictOf(rec.Index != "" && n.w.Match(rec.Index))
}

// Cost implements predicate.Node.
func (n *idPattern) Cost() int { return predicate.PatternCost }

// walkers visit the values of objects.
var walkers = sync.Pool{New: func() any { return new(event.Walker) }}

// anyLeaf reports whether a value of an object passes a test.
func anyLeaf(object string, test func(path []byte, v event.Value) bool) bool {
	w := walkers.Get().(*event.Walker)
	defer walkers.Put(w)
	found := false
	_ = w.Leaves(object, func(path []byte, v event.Value) bool {
		found = test(path, v)
		return !found
	})
	return found
}

// anyOf is true if the field has a value, or an object with one; bare: or an empty object.
type anyOf struct {
	slot, objects int
	name          string
	bare          bool
}

// Eval implements predicate.Node.
func (n *anyOf) Eval(rec *event.Record) predicate.Verdict {
	if len(predicate.Values(rec, n.slot)) > 0 {
		return predicate.Yes
	}
	for _, o := range predicate.Values(rec, n.objects) {
		if n.bare || anyLeaf(o.Text, func([]byte, event.Value) bool { return true }) {
			return predicate.Yes
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *anyOf) Cost() int { return predicate.PatternCost }

// ID is that of an Opaque.
func (n *anyOf) ID() string { return fmt.Sprintf("any of %d %d %t", n.slot, n.objects, n.bare) }

// leaves tests the values that an event has under the names of a pattern.
func (c *compiler) leaves(f *field, id string, t predicate.Test) predicate.Node {
	head, _, _ := strings.Cut(f.path, "*")
	at := strings.LastIndexByte(head, '.')
	prefix := f.path[:max(at, 0)]
	rest := f.path[at+1:]
	slot := c.layout.AddObjects(c.relative(prefix))
	return &leavesNode{slot, lucene.NewWildcard(rest, lucene.Sensitive), t, fmt.Sprintf("%d leaves %q %s", slot, rest, id)}
}

type leavesNode struct {
	slot  int
	names *lucene.Wildcard
	test  predicate.Test
	id    string
}

// Eval implements predicate.Node.
func (n *leavesNode) Eval(rec *event.Record) predicate.Verdict {
	for _, o := range predicate.Values(rec, n.slot) {
		if anyLeaf(o.Text, func(path []byte, v event.Value) bool { return n.names.Match(string(path)) && n.test(&v) }) {
			return predicate.Yes
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *leavesNode) Cost() int { return predicate.RegexCost }

// ID is that of an Opaque.
func (n *leavesNode) ID() string { return n.id }

// flatText tests the values at any depth of a flattened field.
func (c *compiler) flatText(f *field, t predicate.Text) predicate.Node {
	return &flatNode{c.layout.AddObjects(c.relative(f.path)), &predicate.Field{IgnoreAbove: f.info.IgnoreAbove}, t.Match, false, t.ID}
}

// keyedPattern is a pattern of query_string on one key of a flattened field. It is held against what the index has there, the
// key, a zero byte and the value, of all keys: a known defect of Elasticsearch.
func (c *compiler) keyedPattern(f *field, pattern string) predicate.Node {
	t := predicate.Escaped(pattern, lucene.Sensitive)
	root := strings.TrimSuffix(f.path, "."+f.key)
	return &flatNode{slot: c.layout.AddObjects(c.relative(root)), limit: &predicate.Field{IgnoreAbove: f.info.IgnoreAbove}, match: t.Match, keys: true, id: t.ID}
}

type flatNode struct {
	slot  int
	limit *predicate.Field
	match func(string) bool
	keys  bool // match the key with the value
	id    string
}

// Eval implements predicate.Node.
func (n *flatNode) Eval(rec *event.Record) predicate.Verdict {
	for _, o := range predicate.Values(rec, n.slot) {
		if anyLeaf(o.Text, func(path []byte, v event.Value) bool {
			text := v.Text
			if n.keys {
				text = string(path) + "\x00" + text
			}
			return n.limit.Indexed(v.Text) && n.match(text)
		}) {
			return predicate.Yes
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *flatNode) Cost() int { return predicate.RegexCost }

// ID is that of an Opaque.
func (n *flatNode) ID() string {
	return fmt.Sprintf("%d flat %d %t %s", n.slot, n.limit.IgnoreAbove, n.keys, n.id)
}

// nested compiles a query about the single objects of a nested field.
func (c *compiler) nested(q *Nested) (*predicate.Cond, error) {
	f, err := c.field(q.Path)
	if err != nil {
		return nil, c.fail(q, nil, "%v", err)
	}
	if f.kind != open && f.info.Name != "nested" && f.typ.String() != "nested" {
		if q.IgnoreUnmapped && f.kind == unmapped {
			return c.leaf(q, predicate.Never()), nil
		}
		return nil, c.fail(q, f, "%s is no nested field", wording.Quote(q.Path))
	}
	inner := &compiler{opts: c.opts, mapping: c.mapping, layout: &event.Layout{}, fields: c.fields, scope: q.Path, lenient: c.lenient}
	if f.kind != open && f.nested != c.scope && c.scope != "" && !strings.HasPrefix(f.nested+".", c.scope+".") {
		return c.leaf(q, predicate.Never()), nil
	}
	cond, err := inner.cond(q.Query)
	if err != nil {
		return nil, err
	}
	n := &nestedNode{slot: c.layout.AddObjects(c.relative(q.Path)), layout: inner.layout, cond: cond.Node}
	n.pool.New = func() any { return &nestedState{dec: event.NewDecoder(n.layout)} }
	return c.leaf(q, n, c.shown(f)), nil
}

// nestedNode is true if one object of the field satisfies the condition.
type nestedNode struct {
	slot   int
	layout *event.Layout
	cond   predicate.Node
	pool   sync.Pool
}

type nestedState struct {
	dec *event.Decoder
	rec event.Record
}

// Eval implements predicate.Node.
func (n *nestedNode) Eval(rec *event.Record) predicate.Verdict {
	objects := predicate.Values(rec, n.slot)
	if len(objects) == 0 {
		return predicate.No
	}
	s := n.pool.Get().(*nestedState)
	defer n.pool.Put(s)
	for _, o := range objects {
		if s.dec.Decode([]byte(o.Text), &s.rec) == nil && n.cond.Eval(&s.rec) == predicate.Yes {
			return predicate.Yes
		}
	}
	return predicate.No
}

// Cost implements predicate.Node.
func (n *nestedNode) Cost() int { return predicate.RegexCost + n.cond.Cost() }

// ID is that of an Opaque.
func (n *nestedNode) ID() string {
	return fmt.Sprintf("%d nested %q %s", n.slot, n.layout.Names(), predicate.ID(n.cond))
}
