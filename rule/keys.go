package rule

import (
	"maps"
	"slices"
)

// Keys lists the keys that [rule] may have in a rule of a type, sorted; of a type that is not known, those of all types.
func Keys(typ string) []string {
	s := ruleSchema().Definitions["rule_"+typ]
	if s == nil || typ == "untyped" {
		s = ruleSchema().Definitions["rule_untyped"]
	}
	return slices.Sorted(maps.Keys(s.Properties))
}
