package eval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/event"
)

// indexSource is a FROM: the indexes it reads and their columns.
type indexSource struct {
	patterns []string
	indexes  []*Index // those that the patterns fit, in order
	fields   []*fieldRef
	metadata []string
	scope    []*column
	tests    []*docTest
	admit    []*eventTest // what events must pass
	v8       bool
	any      bool // see Options.AnyIndex
}

// from compiles FROM.
func (c *compiler) from(x *esql.From) *indexSource {
	s := &indexSource{v8: c.p.opts.V8, any: c.p.opts.AnyIndex}
	for _, src := range x.Sources {
		ix, ok := src.(*esql.Index)
		if !ok {
			c.notRun(src, "a query as a source of FROM is not run by this program")
		}
		for name := range strings.SplitSeq(ix.Name, ",") {
			s.patterns = append(s.patterns, strings.TrimSpace(name))
		}
	}
	for _, ix := range c.p.opts.Indexes {
		if s.reads(ix.Name) {
			s.indexes = append(s.indexes, ix)
		}
	}
	s.collect()
	for _, m := range x.Metadata {
		if t, ok := metadataType(m.Text); ok {
			s.metadata = append(s.metadata, m.Text)
			s.scope = append(s.scope, &column{name: m.Text, typ: t, field: &fieldRef{name: m.Text}})
		} else {
			c.fail(m, "unsupported metadata field `%s`", m.Text)
		}
	}
	if slices.Contains(s.metadata, "_ignored") {
		for _, f := range s.fields {
			f.used = f.used || slices.ContainsFunc(f.byIndex, func(x *Field) bool { return x != nil && x.IgnoreAbove > 0 })
		}
	}
	if len(s.scope) == 0 { // a query of an index without fields still has a column
		s.scope = append(s.scope, &column{name: "<no-fields>", typ: block.Null})
	}
	c.scope = s.scope
	c.p.sources = append(c.p.sources, s)
	return s
}

func metadataType(name string) (block.Type, bool) {
	switch name {
	case "_id", "_index", "_ignored", "_index_mode", "_tier", "_tsid":
		return block.Keyword, true
	case "_version":
		return block.Long, true
	case "_size":
		return block.Integer, true
	case "_score":
		return block.Double, true
	case "_source":
		return block.Source, true
	}
	return block.Null, false
}

// fits tells whether the patterns name an index; "-" in front of a pattern leaves out.
func (s *indexSource) fits(index string) bool {
	if index == "" {
		return true
	}
	in := false
	for _, p := range s.patterns {
		exclude := strings.HasPrefix(p, "-")
		p = strings.TrimPrefix(p, "-")
		if i := strings.Index(p, "::"); i >= 0 {
			p = p[:i]
		}
		if i := strings.LastIndexByte(p, ':'); i >= 0 && !strings.Contains(index, ":") { // events say nothing of clusters
			p = p[i+1:]
		}
		if globMatch(strings.Split(p, "*"), index) || fitsDataStream(p, index) {
			in = !exclude
		}
	}
	return in
}

// reads tells whether the patterns name an index, which may itself be a pattern.
func (s *indexSource) reads(name string) bool {
	if name == "" || s.fits(name) {
		return true
	}
	star := strings.IndexByte(name, '*')
	if star < 0 {
		return false
	}
	for _, p := range s.patterns {
		if strings.HasPrefix(p, "-") {
			continue
		}
		head, _, _ := strings.Cut(p, "*")
		if i := strings.LastIndexByte(head, ':'); i >= 0 {
			head = head[i+1:]
		}
		if n := min(len(head), star); head[:n] == name[:n] {
			return true
		}
	}
	return false
}

// fitsDataStream tells whether an index is the backing index of a data stream that the pattern names.
func fitsDataStream(pattern, index string) bool {
	rest, ok := strings.CutPrefix(index, ".ds-")
	if !ok {
		return false
	}
	// .ds-NAME-2024.01.01-000001
	for range 2 {
		i := strings.LastIndexByte(rest, '-')
		if i < 0 {
			return false
		}
		rest = rest[:i]
	}
	return globMatch(strings.Split(pattern, "*"), rest)
}

// collect makes the columns: all fields of all indexes by name.
func (s *indexSource) collect() {
	byName := map[string]*fieldRef{}
	for i, ix := range s.indexes {
		var nested []string
		for k := range ix.Fields {
			if f := &ix.Fields[k]; f.Type == "nested" {
				nested = append(nested, f.Name+".")
			}
		}
		for k := range ix.Fields {
			f := &ix.Fields[k]
			if _, ok := typeOf(f.Type, s.v8); !ok || slices.ContainsFunc(nested, func(n string) bool { return strings.HasPrefix(f.Name, n) }) {
				continue
			}
			r := byName[f.Name]
			if r == nil {
				r = &fieldRef{name: f.Name, byIndex: make([]*Field, len(s.indexes))}
				byName[f.Name] = r
				s.fields = append(s.fields, r)
			}
			r.byIndex[i] = f
		}
	}
	slices.SortFunc(s.fields, func(a, b *fieldRef) int { return cmp.Compare(a.name, b.name) })
	for _, r := range s.fields {
		r.typ = s.commonType(r)
		s.scope = append(s.scope, &column{name: r.name, typ: r.typ, field: r})
	}
}

// commonType is the type of a field over all indexes: Unsupported if they differ.
func (s *indexSource) commonType(r *fieldRef) block.Type {
	t, first := block.Null, true
	for _, f := range r.byIndex {
		if f == nil {
			continue
		}
		u, _ := typeOf(f.Type, s.v8)
		switch {
		case first:
			t, first = u, false
		case t == u:
		case t.IsDate() && u.IsDate() && !s.v8:
			t = block.DateNanos
		default:
			return block.Unsupported
		}
	}
	return t
}

// fieldSlot is where the values of a field of one index are decoded.
type fieldSlot struct {
	field  *Field
	slots  []int // its own and those copied to it
	points [2]int
	read   func(vs []event.Value, w *block.Builder)
	sorted bool
	unique bool
}

func (s *indexSource) layOut(l *event.Layout) {
	for _, r := range s.fields {
		if !r.used && !r.tested && len(r.union) == 0 {
			continue
		}
		r.slots = make([]fieldSlot, len(s.indexes))
		for i, f := range r.byIndex {
			if f != nil {
				r.slots[i] = newFieldSlot(f, l, r.typ)
			}
		}
	}
}

func newFieldSlot(f *Field, l *event.Layout, as block.Type) fieldSlot {
	t, _ := typeOf(f.Type, false)
	s := fieldSlot{field: f, points: [2]int{-1, -1}, sorted: !f.Unsorted && t != block.Text && t.Storage() != block.Strings || t == block.IP || t == block.Version}
	if t == block.Keyword && !f.Unsorted {
		s.sorted, s.unique = true, true
	}
	if t == block.IP || t == block.Version {
		s.unique = true
	}
	name := f.Name
	if f.Source != "" {
		name = f.Source
	}
	switch {
	case f.HasNull:
		s.slots = append(s.slots, l.AddNull(name, f.NullValue))
	case f.Constant != "":
		s.slots = append(s.slots, l.AddConstant(name, f.Constant))
	default:
		s.slots = append(s.slots, l.Add(name))
	}
	for _, other := range f.CopiedFrom {
		s.slots = append(s.slots, l.Add(other))
	}
	if t == block.GeoPoint {
		s.points = [2]int{l.Add(name + ".lat"), l.Add(name + ".lon")}
	}
	if as == block.Unsupported {
		as = t
	}
	s.read = reader(f, t, as)
	return s
}
