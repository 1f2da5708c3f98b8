// Package check says what a check is and what it sees: the part of package lint on which checks build.
package check

import (
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/kql"
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

// Check is one check, written as one literal. The page of a built-in one (what, why, bad and good example, how to fix,
// configuration, since) is docs/<area>/<name>.md below package lint, whose tests run the examples.
type Check struct {
	Code     string        // area/name
	Title    string        // what it finds, one line, no final period
	Severity rule.Severity // of its findings, unless the configuration says another one
	Scope    Scope         // says which presets have it
	Part     string        // one of the Part constants
	Fix      Fixable       // whether its findings come with a repair
	// Deprecated checks run on rules with maturity "deprecated" too; all others skip them, as the checks of elastic/detection-rules do.
	Deprecated bool
	// Companion checks look at files that lie beside rules (exceptions, actions, hunting queries), not at rules.
	Companion bool
	// ProductionOnly checks run on rules with maturity "production" only.
	ProductionOnly bool
	// NeedsQuery checks run only if Pass.Query is there: EQL that parsed without an error.
	NeedsQuery bool
	// After lists codes of checks that this one depends on: it runs after them, and not on a file in which one of them
	// found an error, because its findings would be echoes.
	After []string
	// Needs lists keys, "rule.tags", without which the check cannot tell right from wrong: it is skipped if the schema
	// stage found one of them misspelt, missing or of a wrong type.
	Needs []string
	// Page is the page of a check that is not built in, in Markdown and laid out as those in rule/lint/docs; it may be empty.
	Page   string
	Run    func(*Pass)    // once per file; nil if RunSet or the engine itself reports the code
	RunSet func(*SetPass) // once over all files
	// Reads lists the keys of files, "rule.tags", that RunSet looks at; beside them it may look at the query, Src, positions and paths. Where
	// all set-wide checks say what they read, the rest of a file is dropped as soon as it is linted (see rule.File.Shrink). nil: all.
	Reads []string
}

// Pass is what a check sees of one file.
type Pass struct {
	Check *Check     // the check that runs
	File  *rule.File // the rule
	// Path is the file's path from the root of the repository, with slashes, for checks that look at folders.
	Path   string
	Query  *eql.Query  // nil unless the rule's query is EQL and parsed without errors
	KQL    kql.Node    // nil unless the rule's query is KQL and parsed without errors
	ESQL   *esql.Info  // nil unless the rule's query is ES|QL and parsed without errors
	Fields *FieldStage // nil unless Query is there
	// Before is the file at an earlier revision; nil unless the run compares with one.
	Before *Before
	Config *Config          // what the user set
	Now    func() time.Time // the clock; checks take today's date from it
	Shared *Shared          // catalogs, loaded on first use
	Run    Run              // of the engine

	memo map[any]any
}

// Memo is what find returns, which is asked once for all checks of the file that ask under the key: they run one after another.
func (p *Pass) Memo(key any, find func() any) any {
	v, known := p.memo[key]
	if !known {
		if v = find(); p.memo == nil {
			p.memo = map[any]any{}
		}
		p.memo[key] = v
	}
	return v
}

// Before is what a file was at an earlier revision.
type Before struct {
	Revision string // as the user named it
	New      bool   // there was no such file
	Src      []byte // its text then; nil for a new one
}

// Run is what the engine does for the checks of a file.
type Run interface {
	// Report adds a finding of a check. Code, severity, path and rule id are filled in.
	Report(c *Check, d rule.Diagnostic)
	// Stage keeps a finding of a stage (schema, parser, field types) until the check of its code runs.
	Stage(d rule.Diagnostic)
	// Staged returns what stages found under a code.
	Staged(code string) []rule.Diagnostic
	// Skip says that a part of the file was not checked, or not wholly.
	Skip(part, why string)
	// Doubts reports whether the schema stage found that one of the keys ("rule.tags") says nothing.
	Doubts(keys ...string) bool
	// Enabled reports whether the run looks for a code.
	Enabled(code string) bool
	// Infos reports whether findings of a code that are infos are shown.
	Infos(code string) bool
	// MayGuess reports whether another search for near names, which is slow, is allowed.
	MayGuess() bool
	// Keep remembers what a check found out about the file for checks of the set; see SetPass.Kept.
	Keep(key, v any)
	// Once calls f unless it was called with the key before, for this file.
	Once(key any, f func())
}

// Report adds a finding. Code, severity, path and rule id are filled in. A severity that is set and lower than the
// check's is kept.
func (p *Pass) Report(d rule.Diagnostic) { p.Run.Report(p.Check, d) }

// Found is the function of a check whose findings a stage before the checks makes: it reports those of its code.
func Found(p *Pass) {
	for _, d := range p.Run.Staged(p.Check.Code) {
		p.Report(d)
	}
}

// Stage makes the function of checks whose findings are made together: find runs once a file, whichever of the checks
// comes first, and hands its findings to Run.Stage. Each check reports those of its code.
func Stage(find func(*Pass)) func(*Pass) {
	key := new(int)
	return func(p *Pass) {
		p.Run.Once(key, func() { find(p) })
		Found(p)
	}
}

// SetPass is what a set-wide check sees: all files of the repository, of which only some are to be reported on.
type SetPass struct {
	Check  *Check       // the check that runs
	Files  []*rule.File // sorted by path
	Config *Config      // what the user set
	Shared *Shared      // as in Pass
	// Memory is behind Kept; nil: nothing was kept.
	Memory func(f *rule.File, key any) any
	named  map[*rule.File]bool
	paths  map[*rule.File]string
	report func(*Check, *rule.File, rule.Diagnostic)
}

// NewSetPass makes the view of a set, to which Add adds files. report is called for each finding.
func NewSetPass(config *Config, report func(*Check, *rule.File, rule.Diagnostic)) *SetPass {
	return &SetPass{Config: config, named: map[*rule.File]bool{}, paths: map[*rule.File]string{}, report: report}
}

// Add adds a file with its path from the root of the repository; named tells whether findings about it are wanted.
func (p *SetPass) Add(f *rule.File, path string, named bool) {
	p.Files = append(p.Files, f)
	p.named[f], p.paths[f] = named, path
}

// Kept is what a check of the file remembered by Run.Keep; nil if nothing.
func (p *SetPass) Kept(f *rule.File, key any) any {
	if p.Memory == nil {
		return nil
	}
	return p.Memory(f, key)
}

// Named reports whether findings about the file are wanted. A finding about another file is dropped.
func (p *SetPass) Named(f *rule.File) bool { return p.named[f] }

// RepoPath is the path of a file from the root of the repository.
func (p *SetPass) RepoPath(f *rule.File) string { return p.paths[f] }

// Report adds a finding about a file of the set.
func (p *SetPass) Report(f *rule.File, d rule.Diagnostic) { p.report(p.Check, f, d) }

// Parts lists the parts of a receipt in the order in which they are checked.
func Parts() []string {
	return []string{PartSyntax, PartSchema, PartMetadata, PartRule, PartThreat, PartTags, PartNote, PartIndex, PartQuery,
		PartFields, PartFixtures}
}

// Repair makes the list of fixes of a finding out of one; none if the edits cannot be made.
func Repair(message string, safe bool, edits []rule.Edit) []rule.Fix {
	if len(edits) == 0 {
		return nil
	}
	return []rule.Fix{{Message: message, Safe: safe, Edits: edits}}
}
