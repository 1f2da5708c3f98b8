package esql

import "math/bits"

// Type is the type of a column or expression. The zero value is TypeUnknown: nothing is known, and nothing is reported.
type Type uint8

// The types, as Elasticsearch names them.
const (
	TypeUnknown Type = iota
	TypeUnsupported
	TypeNull
	TypeBoolean
	TypeCounterLong
	TypeCounterInteger
	TypeCounterDouble
	TypeLong
	TypeInteger
	TypeUnsignedLong
	TypeDouble
	TypeKeyword
	TypeText
	TypeDatetime
	TypeDateNanos
	TypeDateRange
	TypeIP
	TypeVersion
	TypeSource
	TypeDatePeriod
	TypeTimeDuration
	TypeGeoPoint
	TypeCartesianPoint
	TypeCartesianShape
	TypeGeoShape
	TypeGeohash
	TypeGeotile
	TypeGeohex
	TypeTsid
	TypeAggregateMetricDouble
	TypeExponentialHistogram
	TypeTDigest
	TypeHistogram
	TypeDenseVector
	TypeFlattened
	numTypes
)

var typeNames = [numTypes]string{
	"unknown", "unsupported", "null", "boolean", "counter_long", "counter_integer", "counter_double", "long", "integer", "unsigned_long", "double",
	"keyword", "text", "datetime", "date_nanos", "date_range", "ip", "version", "_source", "date_period", "time_duration", "geo_point",
	"cartesian_point", "cartesian_shape", "geo_shape", "geohash", "geotile", "geohex", "_tsid", "aggregate_metric_double",
	"exponential_histogram", "tdigest", "histogram", "dense_vector", "flattened",
}

// String is the type's name ("datetime").
func (t Type) String() string {
	if t < numTypes {
		return typeNames[t]
	}
	return "unknown"
}

// Column is the type's name as the type of a column in a result ("date").
func (t Type) Column() string {
	switch t {
	case TypeDatetime:
		return "date"
	case TypeDatePeriod, TypeTimeDuration, TypeUnknown:
		return "unsupported"
	}
	return t.String()
}

// ParseType is the type of a name as String gives it; false if there is none.
func ParseType(name string) (Type, bool) {
	for t := TypeUnsupported; t < numTypes; t++ {
		if typeNames[t] == name {
			return t, true
		}
	}
	return TypeUnknown, false
}

// Numeric tells whether the type is a number that is no counter.
func (t Type) Numeric() bool {
	return t == TypeLong || t == TypeInteger || t == TypeUnsignedLong || t == TypeDouble
}

// Text tells whether the type is keyword or text.
func (t Type) Text() bool { return t == TypeKeyword || t == TypeText }

// Date tells whether the type is a point in time.
func (t Type) Date() bool { return t == TypeDatetime || t == TypeDateNanos }

// Span tells whether the type is a span of time.
func (t Type) Span() bool { return t == TypeDatePeriod || t == TypeTimeDuration }

// Counter tells whether the type is a counter of a time series.
func (t Type) Counter() bool {
	return t == TypeCounterLong || t == TypeCounterInteger || t == TypeCounterDouble
}

// Spatial tells whether the type is a geometry or a cell of a grid.
func (t Type) Spatial() bool { return t >= TypeGeoPoint && t <= TypeGeohex }

// mappingTypes are the mapping types by the type that their values have in ES|QL.
func mappingType(name string) Type {
	switch name {
	case "keyword", "constant_keyword", "wildcard":
		return TypeKeyword
	case "text", "match_only_text", "semantic_text", "annotated_text", "pattern_text":
		return TypeText
	case "byte", "short", "integer":
		return TypeInteger
	case "half_float", "float", "scaled_float", "double":
		return TypeDouble
	case "date", "datetime":
		return TypeDatetime
	case "point":
		return TypeCartesianPoint
	case "shape":
		return TypeCartesianShape
	case "long", "unsigned_long", "boolean", "ip", "version", "date_nanos", "date_range", "geo_point", "geo_shape", "dense_vector", "flattened",
		"histogram", "exponential_histogram", "tdigest", "aggregate_metric_double", "null":
		t, _ := ParseType(name)
		return t
	}
	return TypeUnsupported
}

// mappingFamily is the name under which the types of a field in several indexes are compared.
func mappingFamily(name string) string {
	switch t := mappingType(name); t {
	case TypeKeyword, TypeText:
		return t.String()
	}
	return name
}

// typeSet is a set of types.
type typeSet uint64

func setOf(list ...Type) typeSet {
	var s typeSet
	for _, t := range list {
		s |= 1 << t
	}
	return s
}

func (s typeSet) has(t Type) bool { return s>>t&1 == 1 }

func (s typeSet) list() []Type {
	var out []Type
	for s != 0 {
		t := bits.TrailingZeros64(uint64(s))
		out = append(out, Type(t))
		s &^= 1 << t
	}
	return out
}
