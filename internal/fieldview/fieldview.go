// Package fieldview shows views of package schema to package eql, which do not know one another.
package fieldview

import (
	"github.com/rulevet/rulevet/eql"
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
	typ := TypeOf(r.Field.Type)
	if r.Doubtful {
		typ = eql.TypeUnknown
	}
	info := eql.FieldInfo{Type: typ, Name: r.Field.Type, Exact: r.Exact, Normalized: r.Field.Normalizer != "",
		Array: r.Field.Array, IgnoreAbove: r.Field.IgnoreAbove, NullValue: r.Field.NullValue, Format: r.Field.Format, Constant: r.Field.Value,
		Scale:  r.Field.Scale,
		Nested: r.Nested != "", Target: r.Alias}
	for _, t := range r.Types[min(1, len(r.Types)):] {
		if other := TypeOf(t.Type); other != eql.TypeUnknown && other != typ {
			info.Also = append(info.Also, other.String())
		}
	}
	return info, eql.Present
}

// Suggest implements eql.Fields.
func (v Fields) Suggest(name string) []string { return v.View.Suggest(name) }

// TypeOf maps the name of a mapping type to the type that the type check tells apart.
func TypeOf(name string) eql.Type {
	switch name {
	case "":
		return eql.TypeUnknown
	case "keyword", "array", "counted_keyword":
		return eql.TypeKeyword
	case "constant_keyword":
		return eql.TypeConstantKeyword
	case "wildcard":
		return eql.TypeWildcard
	case "text":
		return eql.TypeText
	case "match_only_text":
		return eql.TypeMatchOnlyText
	case "ip":
		return eql.TypeIP
	case "date":
		return eql.TypeDate
	case "date_nanos":
		return eql.TypeDateNanos
	case "version":
		return eql.TypeVersion
	case "boolean":
		return eql.TypeBoolean
	case "binary":
		return eql.TypeBinary
	case "object", "group":
		return eql.TypeObject
	case "nested":
		return eql.TypeNested
	case "flattened":
		return eql.TypeFlattened
	case "geo_point":
		return eql.TypeGeoPoint
	case "geo_shape":
		return eql.TypeGeoShape
	case "alias":
		return eql.TypeUnknown // an alias whose target the catalog lacks
	}
	return numberType(name)
}

func numberType(name string) eql.Type {
	switch name {
	case "byte":
		return eql.TypeByte
	case "short":
		return eql.TypeShort
	case "integer":
		return eql.TypeInteger
	case "long", "number":
		return eql.TypeLong
	case "unsigned_long":
		return eql.TypeUnsignedLong
	case "half_float":
		return eql.TypeHalfFloat
	case "float":
		return eql.TypeFloat
	case "scaled_float":
		return eql.TypeScaledFloat
	case "double":
		return eql.TypeDouble
	case "integer_range", "long_range", "float_range", "double_range", "date_range", "ip_range":
		return eql.TypeRange
	}
	return eql.TypeUnsupported
}
