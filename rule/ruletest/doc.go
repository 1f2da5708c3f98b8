// Package ruletest runs detection rules against event fixtures, and measures how good the fixtures are: from go test
// with Run, and behind "rulevet test" with Execute.
//
// The fixtures of <dir>/<stem>.toml live in testdata/<stem>/, beside the rule and in each parent up to the root of the
// file system. They are
//
//   - match*.json or .ndjson: captured events in which the query must match at least once;
//   - nomatch*: events in which it must never match;
//   - <stem>.golden.json beside an event file: exactly what matches, by position;
//   - cases.toml: variations of such events, and sequences put together from them.
//
// Coverage tells which conditions of the query no case has seen true, or false. The mutation score tells which changes
// to the query no case would notice. The package knows EQL and event documents; it does not lint, and it takes field
// types through the Fields option only.
package ruletest
