package lint

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
)

// family folds mapping types that queries treat alike; "" for types about which sources disagree in form only (an
// object in one list, its members in another).
func family(name string) string {
	switch t := mapping.TypeOf(name); t {
	case eql.TypeKeyword, eql.TypeConstantKeyword, eql.TypeWildcard, eql.TypeText, eql.TypeMatchOnlyText:
		return "string"
	case eql.TypeByte, eql.TypeShort, eql.TypeInteger, eql.TypeLong, eql.TypeUnsignedLong, eql.TypeHalfFloat, eql.TypeFloat, eql.TypeScaledFloat, eql.TypeDouble:
		return "number"
	case eql.TypeDate, eql.TypeDateNanos:
		return "date"
	case eql.TypeIP, eql.TypeBoolean, eql.TypeGeoPoint:
		return name
	}
	return ""
}
