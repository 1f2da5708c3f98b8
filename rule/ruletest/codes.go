package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
)

// Codes of the problems this package reports.
const (
	codeUnreadable  = "fixtures/unreadable"      // a file or folder cannot be read
	codeEmpty       = "fixtures/empty-file"      // an event file without an event
	codeMalformed   = "fixtures/malformed-event" // an event that is not what it should be
	codeCases       = "fixtures/invalid-case"    // cases.toml: syntax, types, missing or contradicting keys
	codeUnknownKey  = "fixtures/unknown-key"     // cases.toml or a golden: a key that does not exist
	codeGolden      = "fixtures/invalid-golden"  // a golden that cannot be read
	codeData        = "fixtures/invalid-data"    // what lies beside events: answers, mappings, policies
	codeUnused      = "fixtures/unused-file"     // a file that no case uses
	codeOnlyNomatch = "fixtures/only-nomatch"    // no case that must match
	codeOrphan      = "fixtures/orphan"          // fixtures without a rule
	codeNone        = "fixtures/none"            // a rule without fixtures
	codeRule        = "fixtures/invalid-rule"    // a rule that cannot be tested: syntax error, or fixtures without a query
	codeNotASubject = "fixtures/not-a-rule"      // a TOML file without a [rule] table
	codeMinCases    = "fixtures/min-cases"       // fewer cases than Gate.MinCases
	codeCoverage    = "fixtures/coverage"        // less coverage than Gate.Coverage
	codeMutation    = "fixtures/mutation"        // a lower mutation score than Gate.Mutation
	codeCross       = "fixtures/cross-fire"      // another rule matches in the fixtures
)

// CodeInfo describes a code for lists and documentation.
type CodeInfo struct {
	Code     string // fixtures/…
	Severity string // default severity
	Title    string // one line
}

// Codes lists the codes of Problem, sorted.
func Codes() []CodeInfo {
	return []CodeInfo{
		{codeCoverage, "error", "the cases of a rule see too few of its conditions true and false"},
		{codeCross, "warning", "a rule matches in the fixtures of another"},
		{codeEmpty, "error", "an event file holds no event"},
		{codeCases, "error", "cases.toml is not valid"},
		{codeData, "error", "answers, a mapping or a policy of fixtures are not valid"},
		{codeGolden, "error", "a golden file is not valid"},
		{codeRule, "error", "a rule cannot be tested"},
		{codeMalformed, "error", "an event cannot be read"},
		{codeMinCases, "error", "a rule has too few cases that match or that do not"},
		{codeMutation, "error", "the cases of a rule notice too few changes of its query"},
		{codeNone, "info", "a rule has no fixtures"},
		{codeNotASubject, "info", "a TOML file is no rule"},
		{codeOnlyNomatch, "error", "no case of a rule must match"},
		{codeOrphan, "error", "fixtures belong to no rule"},
		{codeUnknownKey, "error", "a key of cases.toml does not exist"},
		{codeUnreadable, "error", "a file or folder cannot be read"},
		{codeUnused, "warning", "a fixture file is used by no case"},
	}
}

func unreadable(p string, err error) Problem {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return Problem{Code: codeUnreadable, Severity: "error", Path: p, Message: fmt.Sprintf("cannot be read: %v", err)}
}
