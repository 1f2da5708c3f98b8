// Package source names places in a text, and what is wrong there.
package source

// Span is a half-open range of byte offsets into a text: a query, or the file of a rule.
type Span struct{ Start, End int }
