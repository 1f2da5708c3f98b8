package kql

import "github.com/rulevet/rulevet/mapping"

// Check finds what is wrong with a query for events with the given fields.
func Check(q *Query, fields mapping.Fields) []Issue { return nil }
