package kql

import "github.com/rulevet/rulevet/source"

// Issue is a finding about a query, with its Level and Edits; see package source.
type (
	Issue = source.Issue
	Level = source.Level
	Edit  = source.Edit
	// Related is another place that explains an issue.
	Related = source.Related
)

// Error: the search is refused or fails. Warning: it hardly does what was meant. Info: worth knowing.
const (
	Error   = source.Error
	Warning = source.Warning
	Info    = source.Info
)

// HasErrors reports whether one of the issues is an error.
func HasErrors(issues []Issue) bool { return source.HasErrors(issues) }
