package compile

import (
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// ruleType is all that a type of rule has to bring.
type ruleType struct {
	name string
	// languages are those that its query may be in; the first is that of a rule that does not say.
	languages []string
	// unsupported says why rules of the type cannot be run; empty: they can.
	unsupported string
	// wrap makes the program of the rule from that of its query; nil: it is that.
	wrap func(p search.Program, file *rule.File, fields mapping.Fields, s Settings) (search.Program, error)
	// windowed rules find what they find because of when they run: over an archive that means nothing.
	windowed bool
}

// ruleTypes are the types of Elastic's detection engine. What is not among them cannot be run.
func ruleTypes() []ruleType {
	kibana := []string{"kuery", "lucene"}
	return []ruleType{
		{name: "eql", languages: []string{"eql"}},
		{name: "query", languages: kibana},
		{name: "saved_query", languages: kibana},
		{name: "esql", languages: []string{"esql"}},
		{name: "machine_learning", unsupported: "a rule of type \"machine_learning\" has no query that can be run"},
		{name: "threshold", languages: kibana, wrap: newThreshold, windowed: true},
		{name: "new_terms", languages: kibana, wrap: newNewTerms, windowed: true},
		{name: "threat_match", languages: kibana, wrap: newThreatMatch, windowed: true},
	}
}
