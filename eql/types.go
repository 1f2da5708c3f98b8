package eql

import (
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/source"
)

// What a catalog says about fields; see package mapping.
type (
	Type      = mapping.Type
	Presence  = mapping.Presence
	FieldInfo = mapping.Info
	Fields    = mapping.Fields
)

// Mapping types that the type check tells apart (LANGUAGE.md 3.2).
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

// What Parse and Check find, as in every language.
type (
	Level   = source.Level
	Issue   = source.Issue
	Related = source.Related
	Edit    = source.Edit
)

// Error: Elasticsearch rejects the query or fails at run time. Warning: dead or surprising logic. Style: a simpler form.
// Issue.Phase is parse, verify, fold, plan or runtime.
const (
	Error   = source.Error
	Warning = source.Warning
	Style   = source.Info
)
