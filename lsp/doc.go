// Package lsp is an editor server for detection rules: it speaks the Language Server Protocol (version 3.17) and shows what
// the rest of the module knows. Diagnostics are those of package lint, on every change of the text; fixes and suppressions
// are code actions; fields, techniques, keys of the format and functions complete and explain themselves; fixtures run from
// a lens above the rule.
//
// Messages and their transport are github.com/sourcegraph/jsonrpc2. The types of the protocol that the server uses are
// declared here, because the libraries that have them all are unmaintained or bring loggers and websockets along.
//
// A change is linted before the next message is read: every didChange gets a publishDiagnostics with its version, and the
// editor's pace is the server's. All other requests work on a snapshot of the text, each in a goroutine of its own, and end
// early when they are cancelled.
package lsp
