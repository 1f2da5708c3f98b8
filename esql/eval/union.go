package eval

import (
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// unionUse is a conversion of a field that is of different types in the indexes: each event's values are read as its index
// maps them, then converted.
type unionUse struct {
	to      block.Type
	kernels []fn.Kernel // by index
	types   []block.Type
	site    *fn.Site
}

// union compiles such a conversion as a column of the source of its own.
func (c *compiler) union(x esql.Node, col *column, to block.Type) *expr {
	if !c.reachesSource(col) {
		c.fail(x, "the column `%s` cannot be converted here", col.name)
	}
	r := col.field
	u := &unionUse{to: to, site: c.site(x), kernels: make([]fn.Kernel, len(r.byIndex)), types: make([]block.Type, len(r.byIndex))}
	for i, f := range r.byIndex {
		if f == nil {
			continue
		}
		t, _ := typeOf(f.Type, c.p.opts.V8)
		conv, err := fn.Convert(c.p.env, t, to)
		if err != nil {
			c.fail(x, "%s in `%s`", err, c.text(x))
		}
		u.kernels[i], u.types[i] = conv.Kernel, t
	}
	r.union = append(r.union, u)
	n := len(r.union) - 1
	return &expr{typ: to, run: func(_ *Run, b *batch) *block.Block {
		if set := b.hidden[hiddenKey{field: r, n: n}]; set != nil {
			return set
		}
		return block.Nulls(to, b.n)
	}}
}

// hiddenKey names a hidden column: the nth conversion of a field, or a search.
type hiddenKey struct {
	field *fieldRef
	n     int
	test  *docTest
}

// reachesSource tells whether a column is still the field itself.
func (c *compiler) reachesSource(col *column) bool { return col.field != nil && len(c.p.sources) > 0 }

// unionFeed collects the values of one conversion.
type unionFeed struct {
	key hiddenKey
	use *unionUse
	w   *block.Builder
}

func (f *feed) resetHidden() {
	f.unions, f.tests = nil, nil
	for _, t := range f.s.tests {
		f.tests = append(f.tests, testFeed{hiddenKey{test: t}, block.NewBuilder(block.Boolean, 0)})
	}
	for _, r := range f.s.fields {
		for n, u := range r.union {
			f.unions = append(f.unions, unionFeed{hiddenKey{field: r, n: n}, u, block.NewBuilder(u.to, 0)})
		}
	}
}

// addUnions reads the conversions of one event.
func (f *feed) addUnions(ix int, rec *event.Record) {
	for _, u := range f.unions {
		slots := u.key.field.slots
		if ix < len(slots) && slots[ix].read != nil {
			w := block.NewBuilder(u.use.types[ix], 1)
			readInto(&slots[ix], rec, w)
			f.own(w)
			w.EndRow()
			b := u.use.kernels[ix](&fn.Call{Run: &f.r.Run, Site: u.use.site}, 1, []*block.Block{w.Build()})
			first, n := b.Range(0)
			u.w.AppendSlots(b, first, n)
		}
		u.w.EndRow()
	}
}

func (f *feed) buildHidden(b *batch) {
	if len(f.unions)+len(f.tests) == 0 {
		return
	}
	b.hidden = map[hiddenKey]*block.Block{}
	for _, u := range f.unions {
		b.hidden[u.key] = u.w.Build()
	}
	for _, t := range f.tests {
		b.hidden[t.key] = t.w.Build()
	}
}
