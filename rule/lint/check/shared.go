package check

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// Shared holds what is expensive and common to all files of a run. Its members load on first use and are safe for
// concurrent use.
type Shared struct {
	Config   *Config           // what the user set
	Overlays []*schema.Overlay // of Config.Schemas
	fields   fieldShared
	compiler compilerShared
	Attack   AttackPin // the version of ATT&CK that counts
	// RuleSchema is the JSON Schema of Config.RuleSchema; nil without one.
	RuleSchema RuleSchema
}

// RuleSchema is a JSON Schema of the user's own.
type RuleSchema interface {
	// Validate reports what of a file breaks the schema.
	Validate(f *rule.File) []rule.Diagnostic
	// Declares reports whether the schema lists the key at a place of the file.
	Declares(f *rule.File, key rule.Span) bool
}

// FieldStage is the result of checking a query against the fields of the rule's indexes.
type FieldStage struct {
	// Infos holds what eql.Check found out, one entry a stack, oldest first; equal schemas share their Info.
	Infos []StackInfo
	// Issues of all stacks, each once.
	Issues []eql.Issue
	// NotChecked says why fields were not checked, or not all of them; empty if all were.
	NotChecked string
}

// StackInfo is what eql.Check found out about the query on one stack.
type StackInfo struct {
	Stack string    // "9.5.0"; empty without field schemas
	Info  *eql.Info // of the query, against the fields of that stack
}
