package eql

import "github.com/rulevet/rulevet/mapping"

// What a catalog says about fields; see package mapping.
type (
	Type      = mapping.Type
	Presence  = mapping.Presence
	FieldInfo = mapping.Info
	Fields    = mapping.Fields
)

// Mapping types that the type check tells apart (spec/eql.md 3.2).
const (
	TypeUnknown         = mapping.Unknown
	TypeNull            = mapping.Null
	TypeKeyword         = mapping.Keyword
	TypeConstantKeyword = mapping.ConstantKeyword
	TypeWildcard        = mapping.Wildcard
	TypeText            = mapping.Text
	TypeMatchOnlyText   = mapping.MatchOnlyText
	TypeIP              = mapping.IP
	TypeDate            = mapping.Date
	TypeDateNanos       = mapping.DateNanos
	TypeVersion         = mapping.Version
	TypeBoolean         = mapping.Boolean
	TypeByte            = mapping.Byte
	TypeShort           = mapping.Short
	TypeInteger         = mapping.Integer
	TypeLong            = mapping.Long
	TypeUnsignedLong    = mapping.UnsignedLong
	TypeHalfFloat       = mapping.HalfFloat
	TypeFloat           = mapping.Float
	TypeScaledFloat     = mapping.ScaledFloat
	TypeDouble          = mapping.Double
	TypeBinary          = mapping.Binary
	TypeObject          = mapping.Object
	TypeNested          = mapping.Nested
	TypeFlattened       = mapping.Flattened
	TypeGeoPoint        = mapping.GeoPoint
	TypeGeoShape        = mapping.GeoShape
	TypeRange           = mapping.Range
	TypeAlias           = mapping.Alias
	TypeUnsupported     = mapping.Unsupported
)

// What a catalog can know about a name.
const (
	Undecidable = mapping.Undecidable
	Present     = mapping.Present
	Absent      = mapping.Absent
)

// Level is how bad an Issue is. The zero value is invalid.
type Level uint8

// Error: Elasticsearch rejects the query or fails at run time. Warning: dead or surprising logic. Style: a simpler form.
const (
	_ Level = iota
	Error
	Warning
	Style
)

// Issue is a finding about a query. Code is the stable code of the check that reports it ("query/syntax",
// "query/unknown-field"): package rule/lint has a page for each.
type Issue struct {
	Code    string
	Level   Level
	Phase   string // parse, verify, fold, plan or runtime: where Elasticsearch fails; empty for warnings
	Span    Span
	Message string // one line, lower case
	Hint    string // what to write instead
	Related []Related
	Edits   []Edit // a repair, if one is certain
	Unsafe  bool   // the repair may change the meaning
	Missing bool   // an unknown field: other indexes, or events, may have it
}

// Related is another place that explains an issue.
type Related struct {
	Span    Span
	Message string
}

// Edit replaces a span of the query by New.
type Edit struct {
	Span Span
	New  string
}
