package lint

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// What a check is and sees stands in package check, on which the checks build; these are its names for who runs them.
type (
	Check       = check.Check
	Pass        = check.Pass
	SetPass     = check.SetPass
	Scope       = check.Scope
	Fixable     = check.Fixable
	FieldStage  = check.FieldStage
	StackInfo   = check.StackInfo
	Shared      = check.Shared
	Config      = check.Config
	Preset      = check.Preset
	Exclude     = check.Exclude
	FixtureGate = check.FixtureGate
	Vocabulary  = check.Vocabulary
	OwnLicense  = check.OwnLicense
)

// Scopes, fixes, presets and parts; see package check.
const (
	General = check.General
	House   = check.House

	NoFix     = check.NoFix
	Suggested = check.Suggested
	Automatic = check.Automatic

	Default = check.Default
	Elastic = check.Elastic
	Strict  = check.Strict

	Off = check.Off

	PartSyntax   = check.PartSyntax
	PartSchema   = check.PartSchema
	PartMetadata = check.PartMetadata
	PartRule     = check.PartRule
	PartThreat   = check.PartThreat
	PartTags     = check.PartTags
	PartNote     = check.PartNote
	PartIndex    = check.PartIndex
	PartQuery    = check.PartQuery
	PartFields   = check.PartFields
	PartFixtures = check.PartFixtures
)

// ParsePreset returns the preset of a name; ok is false if there is none.
func ParsePreset(name string) (p Preset, ok bool) { return check.ParsePreset(name) }

// LoadCatalog lays files over the embedded field catalog, as Config.Schemas names them.
func LoadCatalog(schemas []string) (*schema.Catalog, error) { return check.LoadCatalog(schemas) }

// AttackCatalog returns ATT&CK as Config.Attack asks for it: a version, a file, or by default the newest that is embedded.
func AttackCatalog(spec string) (*mitre.Catalog, error) { return check.AttackCatalog(spec) }

// QuerySpan converts a span of the rule's query to one of the file.
func QuerySpan(f *rule.File, s eql.Span) rule.Span { return facts.QuerySpan(f, s) }

// QueryFix makes a fix out of edits of the rule's query. ok is false if the form of the string literal in the file cannot
// hold the new text.
func QueryFix(f *rule.File, message string, safe bool, edits ...eql.Edit) (fix rule.Fix, ok bool) {
	return facts.QueryFix(f, message, safe, edits...)
}
