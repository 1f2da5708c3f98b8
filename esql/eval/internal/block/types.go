// Package block holds columns of values as ES|QL computes with them: typed, with nulls and multi-values.
package block

// Type is a data type of ES|QL.
type Type uint8

// Types. Null is the type of the literal null, which fits everywhere; Unsupported columns can be kept but not used.
const (
	Null Type = iota
	Boolean
	Integer
	Long
	UnsignedLong
	Double
	Keyword
	Text
	IP
	Version
	Date
	DateNanos
	GeoPoint
	CartesianPoint
	GeoShape
	CartesianShape
	DatePeriod
	TimeDuration
	Source
	Flattened
	DateRange
	Histogram
	DenseVector
	AggregateMetricDouble
	Unsupported
	numTypes
)

var typeNames = [numTypes]string{"null", "boolean", "integer", "long", "unsigned_long", "double", "keyword", "text", "ip", "version",
	"date", "date_nanos", "geo_point", "cartesian_point", "geo_shape", "cartesian_shape", "date_period", "time_duration", "_source",
	"flattened", "date_range", "histogram", "dense_vector", "aggregate_metric_double", "unsupported"}

// String is the name of the type as a column of a response shows it.
func (t Type) String() string { return typeNames[t] }

// ParseType returns the type of a name, with the aliases that casts know.
func ParseType(name string) (Type, bool) {
	switch name {
	case "string":
		return Keyword, true
	case "datetime":
		return Date, true
	case "int":
		return Integer, true
	case "bool":
		return Boolean, true
	case "ul", "ulong":
		return UnsignedLong, true
	case "ver":
		return Version, true
	}
	for t, n := range typeNames {
		if n == name {
			return Type(t), true
		}
	}
	return Null, false
}

// IsString reports keyword and text.
func (t Type) IsString() bool { return t == Keyword || t == Text }

// IsNumeric reports the four number types.
func (t Type) IsNumeric() bool {
	return t == Integer || t == Long || t == UnsignedLong || t == Double
}

// IsDate reports the two types of instants.
func (t Type) IsDate() bool { return t == Date || t == DateNanos }

// IsPeriod reports the types of time spans, which exist as constants only.
func (t Type) IsPeriod() bool { return t == DatePeriod || t == TimeDuration }

// Storage is where a block keeps values of a type.
type Storage uint8

// Storages: Longs for whole numbers, booleans and instants, Doubles, Strings for all else (an address is its 16 bytes, a
// version its sortable key, a point its two numbers).
const (
	Longs Storage = iota
	Doubles
	Strings
)

// Storage returns where values of the type are kept.
func (t Type) Storage() Storage {
	switch t {
	case Boolean, Integer, Long, UnsignedLong, Date, DateNanos, Null, DatePeriod, TimeDuration, Unsupported:
		return Longs
	case Double:
		return Doubles
	}
	return Strings
}

// Opaque reports types whose values this program does not read: their columns are null.
func (t Type) Opaque() bool { return t >= DateRange }
