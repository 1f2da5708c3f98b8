package predicate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/mapping"
)

// Class is how the values of a field compare.
type Class uint8

// Classes of mapping types.
const (
	AnyClass    Class = iota // no mapping: by the JSON kind of each value
	StringClass              // keyword, wildcard, text and their like: of a text the whole
	BoolClass
	LongClass // byte to long
	UnsignedClass
	DoubleClass // double, scaled_float
	FloatClass
	HalfClass
	DateClass
	NanosClass
	IPClass
	VersionClass
)

var classes = map[mapping.Type]Class{
	mapping.Keyword: StringClass, mapping.ConstantKeyword: StringClass, mapping.Wildcard: StringClass,
	mapping.Text: StringClass, mapping.MatchOnlyText: StringClass, mapping.Flattened: StringClass,
	mapping.IP: IPClass, mapping.Date: DateClass, mapping.DateNanos: NanosClass, mapping.Version: VersionClass,
	mapping.Boolean: BoolClass, mapping.Byte: LongClass, mapping.Short: LongClass, mapping.Integer: LongClass,
	mapping.Long: LongClass, mapping.UnsignedLong: UnsignedClass, mapping.HalfFloat: HalfClass,
	mapping.Float: FloatClass, mapping.ScaledFloat: DoubleClass, mapping.Double: DoubleClass,
}

// Field is a resolved field: where its values are in a record and what they mean. Leaves are made by its methods.
type Field struct {
	Name        string // as the query writes it
	Path        string // the name under which events carry its values: the target of an alias, the parent of a multi-field
	Slot        int    // of the layout; NoSlot if no event has values
	Type        mapping.Type
	Class       Class
	IgnoreAbove int            // longer texts are not indexed; 0 = no limit. Of a text field that of its keyword sub-field
	Format      *esdate.Format // of a date
	Scale       float64        // scaled_float: its factor, if known
	Absent      bool           // the mapping does not have it
	Info        mapping.Info   // what the mapping says; empty unless it has the field

	spec string    // of Format
	now  time.Time // what "now" in a date is
}

// NoSlot is where a field that the mapping lacks would be: no record has values there, whatever the document says.
const NoSlot = math.MaxInt

// ID names what the values of the field are: fields of equal ids read the same.
func (f *Field) ID() string {
	var room [64]byte
	return string(f.appendID(room[:0]))
}

func (f *Field) appendID(b []byte) []byte {
	for _, n := range [...]int{f.Slot, int(f.Class), f.IgnoreAbove} {
		b = append(strconv.AppendInt(b, int64(n), 10), ' ')
	}
	b = append(strconv.AppendQuote(b, f.spec), ' ')
	return strconv.AppendFloat(b, f.Scale, 'g', -1, 64)
}

// Resolver resolves the names of a query's fields. It is not safe for concurrent use.
type Resolver struct {
	Fields mapping.Fields // what is known of fields; nil: nothing
	Layout *event.Layout  // receives the fields that are asked for
	// Open makes a field that the mapping lacks one that events may have all the same. Otherwise it has no values, whatever
	// the events say.
	Open bool
	Now  time.Time // what "now" in a date literal means

	known map[string]*Field
}

// Lookup asks the mapping; without one nothing is known.
func (r *Resolver) Lookup(name string) (mapping.Info, mapping.Presence) {
	if r.Fields == nil {
		return mapping.Info{}, mapping.Undecidable
	}
	return r.Fields.Lookup(name)
}

// Known returns a field that was resolved before; nil if it was not.
func (r *Resolver) Known(name string) *Field { return r.known[name] }

// Field resolves a name. Aliases lead to their target, a text field takes the limits of its keyword sub-field, and a
// sub-field reads the values of its parent, because events only carry the latter. The error is that of a date format that
// cannot be read.
func (r *Resolver) Field(name string) (*Field, error) {
	if f, ok := r.known[name]; ok {
		return f, nil
	}
	f, err := r.resolve(name)
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = map[string]*Field{}
	}
	r.known[name] = f
	return f, nil
}

func (r *Resolver) resolve(name string) (*Field, error) {
	info, presence := r.Lookup(name)
	f := &Field{Name: name, Path: name, Type: info.Type, Class: classes[info.Type], IgnoreAbove: info.IgnoreAbove,
		Absent: presence == mapping.Absent, Info: info, now: r.Now}
	if info.Type == mapping.ScaledFloat && info.Scale > 0 && !math.IsInf(info.Scale, 0) {
		f.Scale = info.Scale
	}
	if info.Target != "" {
		f.Path = info.Target
	}
	if info.Exact != "" && info.Exact != name {
		if exact, p := r.Lookup(info.Exact); p == mapping.Present {
			f.IgnoreAbove = exact.IgnoreAbove
		}
	}
	if presence == mapping.Present {
		f.Path = r.multiFieldParent(f.Path)
	}
	if f.Class == DateClass || f.Class == NanosClass {
		spec := info.Format
		if spec == "" && f.Class == NanosClass {
			spec = esdate.NanosSpec
		}
		format, err := esdate.NewFormat(spec)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		f.Format, f.spec = format, spec
	}
	f.Slot = NoSlot
	if !f.Absent || r.Open {
		f.Slot = r.slot(f.Path, info)
	}
	return f, nil
}

func (r *Resolver) slot(path string, info mapping.Info) int {
	switch {
	case info.Fill && info.Constant != "":
		return r.Layout.AddConstant(path, info.Constant)
	case info.NullValue != "":
		return r.Layout.AddNull(path, info.NullValue)
	}
	return r.Layout.Add(path)
}

// multiFieldParent returns the field whose values a multi-field indexes again ("process.name" for "process.name.text"),
// or the path itself.
func (r *Resolver) multiFieldParent(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return path
	}
	switch info, p := r.Lookup(path[:i]); {
	case p != mapping.Present:
	case info.Type == mapping.Object || info.Type == mapping.Nested || info.Type == mapping.Flattened || info.Type == mapping.Unknown:
	default:
		return path[:i]
	}
	return path
}

// Timestamp resolves the field that orders events; without a mapping it is a date, for conditions on it too.
func (r *Resolver) Timestamp(name string) (*Field, error) {
	f, err := r.Field(name)
	if err != nil || f.Class == DateClass || f.Class == NanosClass {
		return f, err
	}
	if f.Class != AnyClass {
		return nil, fmt.Errorf("timestamp field %q is not a date", name)
	}
	f.Class, f.Format = DateClass, esdate.Default()
	f.Absent, f.Slot = false, r.Layout.Add(name)
	return f, nil
}
