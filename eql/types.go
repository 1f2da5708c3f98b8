package eql

// Type is the Elasticsearch mapping type of a field, or the type of an expression. The zero value is TypeUnknown:
// nothing is known, and nothing is reported.
type Type uint8

// Mapping types that the type check tells apart (spec/eql.md 3.2).
const (
	TypeUnknown Type = iota
	TypeNull
	TypeKeyword
	TypeConstantKeyword
	TypeWildcard
	TypeText
	TypeMatchOnlyText
	TypeIP
	TypeDate
	TypeDateNanos
	TypeVersion
	TypeBoolean
	TypeByte
	TypeShort
	TypeInteger
	TypeLong
	TypeUnsignedLong
	TypeHalfFloat
	TypeFloat
	TypeScaledFloat
	TypeDouble
	TypeBinary
	TypeObject
	TypeNested
	TypeFlattened
	TypeGeoPoint
	TypeGeoShape
	TypeRange // any *_range
	TypeAlias // only in a hand-made mapping; catalogs resolve aliases
	TypeUnsupported
)

// Presence tells what a catalog knows about a name.
type Presence uint8

// A name can be known, known not to exist, or undecidable because the catalog lacks data for an index, has only an old
// version of the package, or the name lies below an open object.
const (
	Undecidable Presence = iota
	Present
	Absent
)

// FieldInfo is what the type check needs to know about a field.
type FieldInfo struct {
	Type        Type
	Name        string   // the mapping type as the source writes it ("scaled_float"); for messages
	Also        []string // other mapping types the field has in other indexes of the same query; ambiguous if incompatible
	Exact       string   // for text: full name of the keyword sub-field that replaces it, empty if there is none
	Normalized  bool     // keyword with a normalizer: cannot be used for exact matches
	Array       bool     // normalised to an array by its schema
	IgnoreAbove int      // keyword: longer values are not indexed; 0 = no limit
	NullValue   string   // keyword: text indexed for an explicit null; empty = none
	Format      string   // date: formats of the mapping, separated by "||"; empty = strict_date_optional_time||epoch_millis
	Constant    string   // constant_keyword: its only value, if known
	Fill        bool     // events that lack the field count as having Constant
	Scale       float64  // scaled_float: its scaling factor; 0 = not known
	Nested      bool     // the field lies below a nested object
	Target      string   // alias: full name of the field it stands for; the rest of FieldInfo describes that field
}

// Fields is the interface through which Check sees a field catalog. A nil Fields means "no schema": every field is
// Undecidable.
type Fields interface {
	Lookup(name string) (FieldInfo, Presence)
	// Suggest returns at most five near names, nearest first.
	Suggest(name string) []string
}

// Level is how bad an Issue is. The zero value is invalid.
type Level uint8

// Error: Elasticsearch rejects the query or fails at run time. Warning: dead or surprising logic. Style: a simpler form.
const (
	_ Level = iota
	Error
	Warning
	Style
)

// Issue is a finding about a query. ID is stable: "syntax", "unknown-field", "type-mismatch", or an id of
// spec/eql.md section 10.3 ("eq-wildcard").
type Issue struct {
	ID      string
	Level   Level
	Phase   string // parse, verify, fold, plan or runtime: where Elasticsearch fails; empty for warnings
	Span    Span
	Message string // one line, lower case
	Hint    string // what to write instead
	Related []Related
	Edits   []Edit // a repair, if one is certain
	Unsafe  bool   // the repair may change the meaning
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

// StringFamily tells whether the type is a string: keyword, constant_keyword, wildcard, text or match_only_text.
func (t Type) StringFamily() bool {
	switch t {
	case TypeKeyword, TypeConstantKeyword, TypeWildcard, TypeText, TypeMatchOnlyText:
		return true
	}
	return false
}

// Numeric tells whether the type is a number: integral or rational.
func (t Type) Numeric() bool { return t >= TypeByte && t <= TypeDouble }

// Integral tells whether the type is a whole number.
func (t Type) Integral() bool { return t >= TypeByte && t <= TypeUnsignedLong }

// DateFamily tells whether the type is a point in time.
func (t Type) DateFamily() bool { return t == TypeDate || t == TypeDateNanos }

// String is the name of the type in a mapping.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

var typeNames = [...]string{
	"unknown", "null", "keyword", "constant_keyword", "wildcard", "text", "match_only_text", "ip", "date", "date_nanos",
	"version", "boolean", "byte", "short", "integer", "long", "unsigned_long", "half_float", "float", "scaled_float",
	"double", "binary", "object", "nested", "flattened", "geo_point", "geo_shape", "range", "alias", "unsupported",
}
