// Package fieldview shows views of package schema to package eql, which do not know one another.
package fieldview

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
)

// Fields shows a schema view to eql.Check.
type Fields struct{ View *schema.View }

// Lookup implements eql.Fields.
func (v Fields) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	r := v.View.Lookup(name)
	switch r.Presence {
	case schema.Absent:
		return eql.FieldInfo{}, eql.Absent
	case schema.Undecidable:
		return eql.FieldInfo{}, eql.Undecidable
	}
	typ := mapping.TypeOf(r.Field.Type)
	if r.Doubtful {
		typ = eql.TypeUnknown
	}
	info := eql.FieldInfo{Type: typ, Name: r.Field.Type, Exact: r.Exact, Normalized: r.Field.Normalizer != "", Normalizer: r.Field.Normalizer,
		Array: r.Field.Array, IgnoreAbove: r.Field.IgnoreAbove, NullValue: r.Field.NullValue, Format: r.Field.Format, Constant: r.Field.Value,
		Scale:  r.Field.Scale,
		Nested: r.Nested != "", Target: r.Alias}
	for _, t := range r.Types[min(1, len(r.Types)):] {
		if other := mapping.TypeOf(t.Type); other != eql.TypeUnknown && other != typ {
			info.Also = append(info.Also, other.String())
		}
	}
	return info, eql.Present
}

// Suggest implements eql.Fields.
func (v Fields) Suggest(name string) []string { return v.View.Suggest(name) }
