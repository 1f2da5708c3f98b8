// Package ruletest runs detection rules against event fixtures: from go test with Run, and behind "rulevet test" with
// Execute.
//
// The fixtures of <dir>/<stem>.toml live in testdata/<stem>/, beside the rule and in each parent up to the root of the
// file system. They are
//
//   - match*.json or .ndjson: captured events in which the query must match at least once;
//   - nomatch*: events in which it must never match;
//   - <stem>.golden.json beside an event file: exactly what matches, by position;
//   - cases.toml: variations of such events, and sequences put together from them.
//
// The package knows event documents and what a case wants; the evaluator is package eql/eval unless Options.Compile
// names another. The cases of a rule in another language than EQL are reported as not checked; those of a rule that is
// broken (the TOML, the query) fail.
package ruletest
