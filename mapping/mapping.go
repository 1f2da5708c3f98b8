// Package mapping is what the query languages ask about fields: the mapping types of Elasticsearch, what is known of one
// field, and the interface through which a catalog of fields answers. It knows no catalog and no language.
package mapping

// Type is the Elasticsearch mapping type of a field, or the type of an expression. The zero value is Unknown: nothing is
// known, and nothing is reported.
type Type uint8

// Mapping types that the languages tell apart.
const (
	Unknown Type = iota
	Null
	Keyword
	ConstantKeyword
	Wildcard
	Text
	MatchOnlyText
	IP
	Date
	DateNanos
	Version
	Boolean
	Byte
	Short
	Integer
	Long
	UnsignedLong
	HalfFloat
	Float
	ScaledFloat
	Double
	Binary
	Object
	Nested
	Flattened
	GeoPoint
	GeoShape
	Range // any *_range
	Alias // only in a hand-made mapping; catalogs resolve aliases
	Unsupported
)

// StringFamily tells whether the type is a string: keyword, constant_keyword, wildcard, text or match_only_text.
func (t Type) StringFamily() bool {
	switch t {
	case Keyword, ConstantKeyword, Wildcard, Text, MatchOnlyText:
		return true
	}
	return false
}

// Analyzed tells whether the type is a text that is searched word by word.
func (t Type) Analyzed() bool { return t == Text || t == MatchOnlyText }

// Numeric tells whether the type is a number: integral or rational.
func (t Type) Numeric() bool { return t >= Byte && t <= Double }

// Integral tells whether the type is a whole number.
func (t Type) Integral() bool { return t >= Byte && t <= UnsignedLong }

// DateFamily tells whether the type is a point in time.
func (t Type) DateFamily() bool { return t == Date || t == DateNanos }

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

// Presence tells what a catalog knows about a name.
type Presence uint8

// A name can be known, known not to exist, or undecidable because the catalog lacks data for an index, has only an old
// version of the package, or the name lies below an open object.
const (
	Undecidable Presence = iota
	Present
	Absent
)

// Info is what a language needs to know about a field.
type Info struct {
	Type        Type     // of the mapping; Unknown if nothing is known
	Name        string   // the mapping type as the source writes it ("scaled_float"); for messages
	Also        []string // other mapping types the field has in other indexes of the same query; ambiguous if incompatible
	Exact       string   // for text: full name of the keyword sub-field that replaces it, empty if there is none
	Normalized  bool     // keyword with a normalizer: cannot be used for exact matches
	Normalizer  string   // keyword: its name ("lowercase"); empty if there is none or the name is not known
	Filters     string   // keyword: the filters of its normalizer, separated by commas; empty if they are not known
	Array       bool     // normalised to an array by its schema
	Single      bool     // its schema says that it holds one value at most: ECS, of fields that it does not normalise to arrays
	IgnoreAbove int      // keyword: longer values are not indexed; 0 = no limit
	NullValue   string   // text indexed for an explicit null; empty = none
	Format      string   // date: formats of the mapping, separated by "||"; empty = strict_date_optional_time||epoch_millis
	Constant    string   // constant_keyword: its only value, if known
	Fill        bool     // events that lack the field count as having Constant
	Scale       float64  // scaled_float: its scaling factor; 0 = not known
	Nested      bool     // the field lies below a nested object
	NestedPath  string   // the innermost nested object that it lies below; empty if there is none
	NoIndex     bool     // index: false
	NoDocValues bool     // doc_values: false
	NoCoerce    bool     // coerce: false: texts and fractions are malformed to a number field
	CopyFrom    []string // full names of the fields whose values it holds too, by their copy_to
	Target      string   // alias: full name of the field it stands for; the rest of Info describes that field
}

// Fields is what a language asks a field catalog. A nil Fields means "no schema": every field is Undecidable.
type Fields interface {
	// Lookup says what is known of a field; of one that is not Present the Info is empty.
	Lookup(name string) (Info, Presence)
	// Suggest returns at most five near names, nearest first.
	Suggest(name string) []string
}

// Lister is a Fields that can list its fields.
type Lister interface {
	Fields
	// Names lists the fields whose names begin with the prefix, multi-fields and aliases among them, objects not, sorted.
	Names(prefix string) []string
}

// TypeOf maps the name of a mapping type to the type that the languages tell apart: Unknown for the empty name and for an
// alias whose target is not known, Unsupported for a type that no query can use.
func TypeOf(name string) Type {
	switch name {
	case "", "alias":
		return Unknown
	case "array", "counted_keyword":
		return Keyword
	case "group":
		return Object
	case "number":
		return Long
	case "range", "integer_range", "long_range", "float_range", "double_range", "date_range", "ip_range":
		return Range
	}
	for t := Keyword; t <= GeoShape; t++ {
		if typeNames[t] == name {
			return t
		}
	}
	return Unsupported
}
