package schema

import (
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/mapping"
)

// Field is one row of a mapping.
type Field struct {
	Name        string   // full path, with dots
	Type        string   // Elasticsearch mapping type: "keyword", "scaled_float", …; "" if a template leaves it open
	Multi       bool     // a multi-field ("process.name.text"): the same value indexed in another way
	Array       bool     // the schema normalises the value to an array
	IgnoreAbove int      // longer strings are not indexed; 0 = no limit
	ObjectType  string   // fields below this object are mapped dynamically with this type
	Path        string   // alias: the field it stands for
	Value       string   // constant_keyword: its only value
	Scale       float64  // scaled_float: its scaling_factor; 0 = not known
	NullValue   string   // value indexed for an explicit null
	Format      string   // date: the mapping's formats, separated by "||"; empty = the default
	Normalizer  string   // keyword: name of the normalizer
	Filters     string   // keyword: the filters of the normalizer, separated by commas, if the settings of the index say so
	NoIndex     bool     // index: false
	NoDocValues bool     // doc_values: false
	NoCoerce    bool     // number, coerce: false: texts and fractions are malformed
	Disabled    bool     // object with enabled: false: stored, not searchable
	Dynamic     string   // object: the mapping's dynamic setting ("true", "false", "strict", "runtime"); empty = not stated
	External    bool     // the list names the field only and takes its type from ECS
	Module      string   // Beats: the module or data set the row belongs to; empty for root fields
	CopyFrom    []string // the fields whose values it holds too, by their copy_to
	Pos         string   // overlay: "file:line" or "file: path" of the definition
}

// ParseField makes a Field of a row of a table: its name, type and flags ("m,ignore_above=1024"; a comma in a value is
// written %2C). Flags are those of the embedded tables; unknown ones are ignored.
func ParseField(name, typ, flags string) Field {
	f := Field{Name: name, Type: typ}
	for flags != "" {
		var flag string
		flag, flags, _ = strings.Cut(flags, ",")
		key, value, _ := strings.Cut(flag, "=")
		if strings.Contains(value, "%2C") {
			value = strings.ReplaceAll(value, "%2C", ",")
		}
		f.set(key, value)
	}
	return f
}

func (f *Field) set(key, value string) {
	switch key {
	case "m":
		f.Multi = true
	case "normalize":
		f.Array = value == "array"
	case "ignore_above":
		f.IgnoreAbove, _ = strconv.Atoi(value)
	case "object_type":
		f.ObjectType = value
	case "path":
		f.Path = value
	case "scaling_factor":
		f.Scale, _ = strconv.ParseFloat(value, 64)
	case "value":
		f.Value = value
	case "format":
		f.Format = value
	case "index":
		f.NoIndex = value == "false"
	case "doc_values":
		f.NoDocValues = value == "false"
	case "enabled":
		f.Disabled = value == "false"
	case "module", "dataset":
		f.Module = value
	case "external":
		f.External = value == "ecs"
	}
}

// Flags writes what ParseField reads, in alphabetical order.
func (f Field) Flags() string {
	var list []string
	flag := func(on bool, key, value string) {
		if on {
			list = append(list, key+strings.ReplaceAll(value, ",", "%2C"))
		}
	}
	flag(f.NoDocValues, "doc_values=", "false")
	flag(f.Disabled, "enabled=", "false")
	flag(f.External, "external=", "ecs")
	flag(f.Format != "", "format=", f.Format)
	flag(f.IgnoreAbove > 0, "ignore_above=", strconv.Itoa(f.IgnoreAbove))
	flag(f.NoIndex, "index=", "false")
	flag(f.Multi, "m", "")
	flag(f.Module != "", "module=", f.Module)
	flag(f.Array, "normalize=", "array")
	flag(f.ObjectType != "", "object_type=", f.ObjectType)
	flag(f.Path != "", "path=", f.Path)
	flag(f.Scale > 0, "scaling_factor=", strconv.FormatFloat(f.Scale, 'g', -1, 64))
	flag(f.Value != "", "value=", f.Value)
	return strings.Join(list, ",")
}

// Presence tells what a view knows about a name.
type Presence = mapping.Presence

// A name can be known to exist, known not to exist, or undecidable: the view says why in Result.Gaps.
const (
	Undecidable = mapping.Undecidable
	Known       = mapping.Present
	Absent      = mapping.Absent
)

// Source is a table that defines a field.
type Source struct {
	Table   string // "ecs", "winlogbeat", "endpoint.process", "non-ecs logs-okta*", or the name of an overlay
	Version string // "9.5.0"; empty if the source has none
}

// String is the table with its version.
func (s Source) String() string {
	if s.Version == "" {
		return s.Table
	}
	return s.Table + " " + s.Version
}

// TypeUse is one mapping type of a field and where the field has it.
type TypeUse struct {
	Type    string   // of the mapping
	Sources []Source // the field lists that say so
}

// Result is what a view knows about a name.
type Result struct {
	Presence Presence  // whether the field is known, known not to exist, or neither
	Field    Field     // of the source that comes first: ECS, then the order of the indexes
	Types    []TypeUse // distinct types; the first is that of Field. For an alias, those of its target
	Alias    string    // the field an alias stands for; Field and Types describe that one
	Exact    string    // text: full name of a keyword multi-field with the same value
	Nested   string    // the nested object the field lies below, if any
	Parent   string    // the ancestor whose type, template or openness decided, if the name itself is not listed
	Outside  bool      // not in the indexes of the request, but in another data stream of one of its packages
	Doubtful bool      // a list made for another pattern that meets those of the request has another type
	Single   bool      // ECS has the field, and does not normalise it to an array
	Gaps     []Gap     // why the name is undecidable, or what makes "absent" less certain

	corrected bool // the types come from a list that corrects others
	ruled     bool // the types come from overlays that apply to every index
}

// GapKind is a reason for not knowing.
type GapKind uint8

// Kinds of gaps.
const (
	_           GapKind = iota
	NoData              // the package or data stream is not in the catalog
	OldPackage          // the catalog has an older version of the package
	OpenPattern         // the pattern can match anything ("logs-*")
	OpenObject          // the name lies below an object whose members the catalog does not list
	UnknownName         // the pattern matches nothing the catalog knows
)

// Gap is one reason for not knowing.
type Gap struct {
	Kind    GapKind // why nothing is known
	Pattern string  // index pattern, as written
	Package string  // the integration that is missing
	Object  string  // OpenObject: its name
	Have    string  // OldPackage: embedded version
	Newest  string  // OldPackage: newest version known
}

// String says the reason in a phrase that fits after "not checked: ".
func (g Gap) String() string {
	switch g.Kind {
	case NoData:
		return "no field data for " + g.subject()
	case OldPackage:
		return "field data for package " + g.Package + " is of version " + g.Have + ", newest is " + g.Newest
	case OpenPattern:
		if g.Pattern == "" {
			return "no index is known"
		}
		return "index pattern " + strconv.Quote(g.Pattern) + " can hold anything"
	case OpenObject:
		return "the members of object " + g.Object + " are not listed"
	}
	return "index pattern " + strconv.Quote(g.Pattern) + " is not in the catalog"
}

func (g Gap) subject() string {
	if g.Package != "" {
		return "package " + g.Package
	}
	return "index pattern " + strconv.Quote(g.Pattern)
}
