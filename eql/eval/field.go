package eval

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unicode/utf16"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// class is how the values of a field compare.
type class uint8

const (
	anyClass class = iota // no mapping: by the JSON kind of each value
	stringClass
	boolClass
	longClass // byte to long
	unsignedClass
	doubleClass // double, scaled_float
	floatClass
	halfClass
	dateClass
	nanosClass
	ipClass
	versionClass
)

// field is a resolved field: where its values are in a record and what they mean.
type field struct {
	name        string // as the query writes it
	slot        int
	class       class
	ignoreAbove int
	format      *esdate.Format
	spec        string  // of the format
	scale       float64 // scaled_float: its factor, if known
	absent      bool    // the mapping does not have it
}

// id names what the values of the field are: fields of equal ids read the same.
func (f *field) id() string {
	return fmt.Sprintf("%d %d %d %q %g", f.slot, f.class, f.ignoreAbove, f.spec, f.scale)
}

var classes = map[eql.Type]class{
	eql.TypeKeyword: stringClass, eql.TypeConstantKeyword: stringClass, eql.TypeWildcard: stringClass,
	eql.TypeText: stringClass, eql.TypeMatchOnlyText: stringClass, eql.TypeFlattened: stringClass,
	eql.TypeIP: ipClass, eql.TypeDate: dateClass, eql.TypeDateNanos: nanosClass, eql.TypeVersion: versionClass,
	eql.TypeBoolean: boolClass, eql.TypeByte: longClass, eql.TypeShort: longClass, eql.TypeInteger: longClass,
	eql.TypeLong: longClass, eql.TypeUnsignedLong: unsignedClass, eql.TypeHalfFloat: halfClass,
	eql.TypeFloat: floatClass, eql.TypeScaledFloat: doubleClass, eql.TypeDouble: doubleClass,
}

// lookup asks the schema of the query; without one nothing is known.
func (c *compiler) lookup(name string) (eql.FieldInfo, eql.Presence) {
	if c.info == nil || c.info.Fields == nil {
		return eql.FieldInfo{}, eql.Undecidable
	}
	return c.info.Fields.Lookup(name)
}

// field resolves a name. Aliases lead to their target, a text field takes the limits of its keyword sub-field, and a
// sub-field reads the values of its parent, because events only carry the latter.
func (c *compiler) field(name string) (*field, error) {
	if f, ok := c.fields[name]; ok {
		return f, nil
	}
	info, presence := c.lookup(name)
	f := &field{name: name, class: classes[info.Type], ignoreAbove: info.IgnoreAbove, absent: presence == eql.Absent}
	if info.Type == eql.TypeScaledFloat && info.Scale > 0 && !math.IsInf(info.Scale, 0) {
		f.scale = info.Scale
	}
	path := name
	if info.Target != "" {
		path = info.Target
	}
	if info.Exact != "" && info.Exact != name {
		if exact, p := c.lookup(info.Exact); p == eql.Present {
			f.ignoreAbove = exact.IgnoreAbove
		}
	}
	if presence == eql.Present {
		path = c.multiFieldParent(path)
	}
	if f.class == dateClass || f.class == nanosClass {
		format, err := esdate.NewFormat(info.Format)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
		f.format, f.spec = format, info.Format
	}
	if f.absent && !c.opts.MappedOptional {
		f.slot = noSlot
		c.fields[name] = f
		return f, nil
	}
	f.slot = c.slot(path, info)
	c.fields[name] = f
	return f, nil
}

func (c *compiler) slot(path string, info eql.FieldInfo) int {
	switch {
	case info.Fill && info.Constant != "":
		return c.layout.AddConstant(path, info.Constant)
	case info.NullValue != "":
		return c.layout.AddNull(path, info.NullValue)
	}
	return c.layout.Add(path)
}

// noSlot is where a field that the mapping lacks would be: no record has values there, whatever the document says.
const noSlot = math.MaxInt

// multiFieldParent returns the field whose values a multi-field indexes again ("process.name" for "process.name.text"),
// or the path itself.
func (c *compiler) multiFieldParent(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return path
	}
	switch info, p := c.lookup(path[:i]); {
	case p != eql.Present:
	case info.Type == eql.TypeObject || info.Type == eql.TypeNested || info.Type == eql.TypeFlattened || info.Type == eql.TypeUnknown:
	default:
		return path[:i]
	}
	return path
}

// timestampField resolves the field that orders events; without a mapping it is a date.
func (c *compiler) timestampField(name string) (*field, error) {
	f, err := c.field(name)
	if err != nil || f.class == dateClass || f.class == nanosClass {
		return f, err
	}
	if f.slot == noSlot {
		f.slot = c.layout.Add(name)
	}
	if f.class != anyClass {
		return nil, fmt.Errorf("timestamp field %q is not a date", name)
	}
	f.class, f.format = dateClass, esdate.Default()
	f.absent, f.slot = false, c.layout.Add(name)
	return f, nil
}

// indexed reports whether a text is short enough for the mapping to index it.
func (f *field) indexed(s string) bool {
	if f.ignoreAbove <= 0 || len(s) <= f.ignoreAbove {
		return true
	}
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n <= f.ignoreAbove
}

// number reads a value of a numeric field, in the precision the mapping stores.
func (f *field) number(v *event.Value) (eqlfunc.Value, bool) {
	n, ok := numberOf(v)
	if !ok {
		return n, false
	}
	switch f.class {
	case longClass, unsignedClass:
		if n.Kind == eqlfunc.Double { // coerced: a fraction is cut off
			t := math.Trunc(n.Float())
			switch {
			case t >= math.MinInt64 && t < math.MaxInt64:
				return eqlfunc.OfLong(int64(t)), true
			case t > 0 && t < math.MaxUint64:
				return eqlfunc.OfUnsigned(uint64(t)), true
			}
			return n, false
		}
		if f.class == longClass {
			return n, n.Kind != eqlfunc.Unsigned
		}
		return n, n.Kind == eqlfunc.Unsigned || n.Int() >= 0
	case floatClass:
		return eqlfunc.OfDouble(float64(float32(n.Float()))), true
	case halfClass:
		return eqlfunc.OfDouble(roundHalf(n.Float())), true
	}
	if f.scale > 0 {
		return eqlfunc.OfDouble(roundHalfUp(n.Float()*f.scale) / f.scale), true
	}
	return eqlfunc.OfDouble(n.Float()), true
}

// roundHalfUp is Java's Math.round, of a value that stays a double.
func roundHalfUp(x float64) float64 {
	if whole := math.Floor(x); x-whole < 0.5 {
		return whole
	}
	return math.Ceil(x)
}

// numberOf reads a number, or a text that is one.
func numberOf(v *event.Value) (eqlfunc.Value, bool) {
	switch v.Kind {
	case event.Int:
		return eqlfunc.OfLong(int64(v.Bits)), true
	case event.Uint:
		return eqlfunc.OfUnsigned(v.Bits), true
	case event.Float:
		return eqlfunc.OfDouble(math.Float64frombits(v.Bits)), true
	case event.String:
		return parseNumber(v.Text)
	}
	return eqlfunc.Value{}, false
}

// fractional reports whether values of the field are floating-point numbers, whole ones too.
func (f *field) fractional() bool {
	return f.class == doubleClass || f.class == floatClass || f.class == halfClass
}

// roundHalf rounds to the eleven significant bits of a half_float.
func roundHalf(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	frac, exp := math.Frexp(x)
	bits := 11
	if exp < -13 { // subnormal
		bits = max(bits+exp+13, 0)
	}
	scale := math.Ldexp(1, bits)
	return math.Ldexp(math.RoundToEven(frac*scale)/scale, exp)
}

func (f *field) boolean(v *event.Value) (b, ok bool) {
	switch {
	case v.Kind == event.Bool:
		return v.Bits != 0, true
	case v.Kind != event.String:
		return false, false
	}
	return parseBool(v.Text)
}

func parseBool(s string) (b, ok bool) {
	switch s {
	case "true":
		return true, true
	case "false", "":
		return false, true
	}
	return false, false
}

// instant reads a value of a date field, in the resolution of the mapping.
func (f *field) instant(v *event.Value) (at esdate.Instant, ok bool) {
	switch v.Kind {
	case event.Int:
		if !f.format.Millis() {
			at, ok = f.format.Value(v.Text)
		}
		if !ok { // no other format is for it
			at, ok = esdate.Instant{Milli: int64(v.Bits)}, true
		}
	case event.Float, event.String:
		at, ok = f.format.Value(v.Text)
		if !ok && v.Kind == event.Float {
			x := math.Float64frombits(v.Bits)
			at, ok = esdate.Instant{Milli: int64(x)}, math.Abs(x) < 9e15
		}
	}
	if f.class == dateClass {
		at = at.Floor()
	}
	return at, ok && at.Milli < 9e15 && at.Milli > -9e15
}

// addressText is the canonical form of an address, the one that Elasticsearch stores.
func addressText(a [16]byte) string { return netip.AddrFrom16(a).Unmap().String() }

func (f *field) address(v *event.Value) ([16]byte, bool) {
	if v.Kind != event.String {
		return [16]byte{}, false
	}
	return eqlfunc.ParseIP(v.Text)
}

// has reports whether the mapping indexes the value at all. What it cannot read counts as missing.
func (f *field) has(v *event.Value) bool {
	ok := true
	switch f.class {
	case stringClass:
		ok = f.indexed(v.Text)
	case boolClass:
		_, ok = f.boolean(v)
	case longClass, unsignedClass, doubleClass, floatClass, halfClass:
		_, ok = f.number(v)
	case dateClass, nanosClass:
		_, ok = f.instant(v)
	case ipClass:
		_, ok = f.address(v)
	case versionClass:
		ok = v.Text != ""
	}
	return ok
}

// script is the value that a script sees; ok is false if the field does not index it.
func (f *field) script(v *event.Value) (val eqlfunc.Value, ok bool) {
	switch f.class {
	case anyClass:
		switch v.Kind {
		case event.String:
			return eqlfunc.OfString(v.Text), true
		case event.Bool:
			return eqlfunc.OfBool(v.Bits != 0), true
		}
		return numberOf(v)
	case boolClass:
		b, ok := f.boolean(v)
		return eqlfunc.OfBool(b), ok
	case longClass, unsignedClass, doubleClass, floatClass, halfClass:
		return f.number(v)
	case dateClass, nanosClass:
		at, ok := f.instant(v)
		return eqlfunc.OfDate(at), ok
	case ipClass:
		a, ok := f.address(v)
		return eqlfunc.OfString(addressText(a)), ok
	}
	return eqlfunc.OfString(v.Text), f.has(v)
}

// compareExact orders two numbers by their mathematical value, which Java's conversion to double would blur.
func compareExact(a, b eqlfunc.Value) int {
	if a.Kind == eqlfunc.Double && b.Kind != eqlfunc.Double {
		return -compareExact(b, a)
	}
	if a.Kind == eqlfunc.Double || b.Kind != eqlfunc.Double {
		c, _ := eqlfunc.Compare(a, b)
		return c
	}
	x := b.Float()
	if math.IsNaN(x) {
		return -1
	}
	switch {
	case x >= math.MaxUint64:
		return -1
	case x < math.MinInt64:
		return 1
	}
	t := math.Trunc(x)
	whole := eqlfunc.OfLong(int64(min(t, math.MaxInt64-1024)))
	if t >= math.MaxInt64 {
		whole = eqlfunc.OfUnsigned(uint64(t))
	}
	if c, _ := eqlfunc.Compare(a, whole); c != 0 {
		return c
	}
	return cmp.Compare(0, x-t)
}
