package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/mapping"
)

// Reads tells whether a query reads an index: whether the patterns of its FROM fit the name.
func Reads(q *esql.Query) func(index string) bool {
	s := sourceOf(q)
	return func(index string) bool { return s.fits(index) }
}

// sourceOf has the patterns of a query.
func sourceOf(q *esql.Query) *indexSource {
	s := &indexSource{}
	for n := range esql.Preorder(q) {
		if ix, ok := n.(*esql.Index); ok {
			for name := range strings.SplitSeq(ix.Name, ",") {
				s.patterns = append(s.patterns, strings.TrimSpace(name))
			}
		}
	}
	return s
}

// FieldTypes are the fields of the indexes that a query reads, for its check: a closed set.
func FieldTypes(q *esql.Query, indexes []*Index) esql.FieldMap {
	s := sourceOf(q)
	types := map[string][]string{}
	for _, ix := range indexes {
		if !s.reads(ix.Name) {
			continue
		}
		for i := range ix.Fields {
			f := &ix.Fields[i]
			if f.Type != closedObject && !slices.Contains(types[f.Name], f.Type) {
				types[f.Name] = append(types[f.Name], f.Type)
			}
		}
	}
	out := esql.FieldMap{}
	for name, list := range types {
		out[name] = strings.Join(list, "|")
	}
	return out
}

// FieldsOf are fields for the check of a query.
func FieldsOf(fields []Field) esql.FieldMap {
	out := esql.FieldMap{}
	for _, f := range fields {
		out[f.Name] = f.Type
	}
	return out
}

// CatalogField is a field as a catalog knows it; ok is false if it does not.
func CatalogField(fields mapping.Fields, name string) (Field, bool) {
	info, presence := fields.Lookup(name)
	if presence != mapping.Present || info.Name == "" {
		return Field{}, false
	}
	return Field{Name: name, Type: info.Name, Source: info.Target, Format: info.Format, IgnoreAbove: info.IgnoreAbove, NullValue: info.NullValue,
		HasNull: info.NullValue != "", Constant: info.Constant, Lowercase: info.Normalizer == "lowercase", Scale: info.Scale, Unsorted: info.NoDocValues}, true
}

// Fits tells whether events of an index are those of the sampler.
func (s *Sampler) Fits(index string) bool {
	name := s.index.Name
	return name == "" || index == "" || globMatch(strings.Split(name, "*"), index) || fitsDataStream(name, index)
}

// Want adds a field that a catalog knows although no document has it.
func (s *Sampler) Want(name string) {
	if s.Known == nil {
		return
	}
	if f, ok := s.Known(name); ok {
		s.add(f)
	}
}
