// Package report renders diagnostics and test results: text with carets, JSON, SARIF, GitHub annotations, JUnit and
// Checkstyle. It is the only place that knows display columns, width and colour.
package report
