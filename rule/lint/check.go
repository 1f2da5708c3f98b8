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

func (s Scope) String() string {
	switch s {
	case General:
		return "general"
	case House:
		return "house"
	}
	return "invalid"
}

// Fixable tells whether a check offers to repair what it finds.
type Fixable uint8

// A check without fix, one that proposes an edit for a person to accept, and one whose edits may be applied unseen. A
// check may offer less in a single case.
const (
	NoFix Fixable = iota
	Suggested
	Automatic
)

func (f Fixable) String() string {
	switch f {
	case NoFix:
		return "no"
	case Suggested:
		return "suggested"
	case Automatic:
		return "automatic"
	}
	return "invalid"
}

// Parts of a rule file, as the receipt names them.
const (
	PartSyntax   = "syntax"
	PartSchema   = "schema"
	PartMetadata = "metadata"
	PartRule     = "rule"
	PartThreat   = "threat"
	PartTags     = "tags"
	PartNote     = "note"
	PartIndex    = "index"
	PartQuery    = "query"
	PartFields   = "fields"
	PartFixtures = "fixtures"
)

// Check is one check. Its page (what, why, bad and good example, how to fix, configuration, since) is
// docs/<area>/<name>.md, embedded; Validate refuses a check without one. The layout is described in docs.go; the
// examples are run as tests.
type Check struct {
	Code     string // area/name
	Title    string // what it finds, one line, no final period
	Severity rule.Severity
	Scope    Scope
	Part     string // one of the Part constants
	Fix      Fixable
	// Deprecated checks run on rules with maturity "deprecated" too; all others skip them (spec/rule-format.md 2.3).
	Deprecated bool
	// ProductionOnly checks run on rules with maturity "production" only.
	ProductionOnly bool
	// NeedsQuery checks run only if Pass.Query is there: EQL that parsed without an error.
	NeedsQuery bool
	// Needs lists keys, "rule.tags", without which the check cannot tell right from wrong: it is skipped if the schema
	// stage found one of them misspelt, missing or of a wrong type.
	Needs  []string
	Run    func(*Pass)    // once per file; nil if RunSet or another stage reports the code
	RunSet func(*SetPass) // once over all files
}

// Pass is what a check sees of one file.
type Pass struct {
	Check *Check
	File  *rule.File
	// Path is the file's path from the root of the repository, with slashes, for checks that look at folders.
	Path   string
	Query  *eql.Query // nil unless the rule's query is EQL and parsed without errors
	Fields *FieldStage
	Config *Config
	Now    func() time.Time
	Shared *Shared // catalogs, loaded on first use
	report func(rule.Diagnostic)
	run    *fileRun
}

// Report adds a finding. Code, severity, path and rule id are filled in. A severity that is set and lower than the
// check's is kept.
func (p *Pass) Report(d rule.Diagnostic) { p.report(d) }

// doubts reports whether the schema stage found that one of the keys says nothing.
func (p *Pass) doubts(keys ...string) bool { return p.run != nil && p.run.doubts(keys...) }

// enabled reports whether the run looks for a code.
func (p *Pass) enabled(code string) bool {
	_, on := p.run.linter.enabled[code]
	return on
}

// SetPass is what a set-wide check sees: all files of the repository, of which only some are to be reported on.
type SetPass struct {
	Check  *Check
	Files  []*rule.File // sorted by path
	Config *Config
	named  map[*rule.File]bool
	paths  map[*rule.File]string
	report func(*rule.File, rule.Diagnostic)
}

// Named reports whether findings about the file are wanted. A finding about another file is dropped.
func (p *SetPass) Named(f *rule.File) bool { return p.named[f] }

// RepoPath is the path of a file from the root of the repository.
func (p *SetPass) RepoPath(f *rule.File) string { return p.paths[f] }

// Report adds a finding about a file of the set.
func (p *SetPass) Report(f *rule.File, d rule.Diagnostic) { p.report(f, d) }
