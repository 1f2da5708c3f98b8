package schema

import "github.com/rulevet/rulevet/mapping"

// Lookup implements mapping.Fields: what a query language needs to know of what Describe tells.
func (v *View) Lookup(name string) (mapping.Info, mapping.Presence) {
	r := v.Describe(name)
	if r.Presence != Known {
		return mapping.Info{}, r.Presence
	}
	typ := mapping.TypeOf(r.Field.Type)
	if r.Doubtful {
		typ = mapping.Unknown
	}
	info := mapping.Info{Type: typ, Name: r.Field.Type, Exact: r.Exact, Normalized: r.Field.Normalizer != "", Normalizer: r.Field.Normalizer, Filters: r.Field.Filters,
		Array: r.Field.Array, Single: r.Single, IgnoreAbove: r.Field.IgnoreAbove, NullValue: r.Field.NullValue, Format: r.Field.Format, Constant: r.Field.Value,
		Scale: r.Field.Scale, Nested: r.Nested != "", NestedPath: r.Nested, Target: r.Alias, NoIndex: r.Field.NoIndex, NoDocValues: r.Field.NoDocValues, NoCoerce: r.Field.NoCoerce,
		CopyFrom: r.Field.CopyFrom}
	for _, t := range r.Types[min(1, len(r.Types)):] {
		if other := mapping.TypeOf(t.Type); other != mapping.Unknown && other != typ {
			info.Also = append(info.Also, other.String())
		}
	}
	return info, mapping.Present
}
