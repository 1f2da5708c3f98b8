// Package lint checks rule files. A check is a value of type Check; Checks lists the built-in ones. A Linter runs them
// over files, applies suppressions and severities, and returns one Report with the findings and a receipt for every
// file: what was checked and what was not.
package lint

import (
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
)

// Scope tells which presets run a check: General in all, House in elastic and strict.
type Scope uint8

// Scopes of checks.
const (
	_ Scope = iota
	General
	House
)

// Check is one check. Its page (what, why, bad and good example, how to fix, configuration, since) is
// docs/<area>/<name>.md, embedded; Validate refuses a check without one.
type Check struct {
	Code     string // area/name
	Title    string // what it finds, one line
	Severity rule.Severity
	Scope    Scope
	Part     string // part of the receipt: syntax, schema, metadata, rule, threat, tags, note, index, query, fields, fixtures
	// Deprecated rules are skipped unless the check asks for them (spec/rule-format.md 2.3).
	Deprecated bool
	// ProductionOnly checks run on rules with maturity "production" only.
	ProductionOnly bool
	Run            func(*Pass)    // once per file; nil if RunSet or another stage reports the code
	RunSet         func(*SetPass) // once over all files
}

// Pass is what a check sees of one file.
type Pass struct {
	Check  *Check
	File   *rule.File
	Query  *eql.Query // nil unless the rule's query is EQL and parsed without errors
	Config *Config
	Now    func() time.Time
	Shared *Shared // catalogs, loaded on first use
	report func(rule.Diagnostic)
}

// Report adds a finding. Code, severity, path and rule id are filled in.
func (p *Pass) Report(d rule.Diagnostic) { p.report(d) }

// SetPass is what a set-wide check sees: all files, of which only some are to be reported on.
type SetPass struct {
	Check  *Check
	Files  []*rule.File
	Config *Config
	report func(*rule.File, rule.Diagnostic)
}

// Report adds a finding about a file of the set.
func (p *SetPass) Report(f *rule.File, d rule.Diagnostic) { p.report(f, d) }

// Config is what .rulevet.toml says, as far as checks need it.
type Config struct{}

// Shared holds what is expensive and common to all files of a run.
type Shared struct{}
