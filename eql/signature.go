package eql

import (
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// argumentNames are what the arguments of functions are called, as far as their types do not say it.
var argumentNames = map[string][]string{
	"between":        {"source", "left", "right", "greedy"},
	"cidrMatch":      {"address", "block"},
	"concat":         {"value"},
	"endsWith":       {"source", "substring"},
	"indexOf":        {"source", "substring", "start"},
	"length":         {"string"},
	"number":         {"string", "base"},
	"startsWith":     {"source", "substring"},
	"string":         {"value"},
	"stringContains": {"source", "substring"},
	"substring":      {"source", "start", "end"},
}

// signature shows how a function is called: substring(source, start[, end]).
func signature(f *eqlfunc.Func) string {
	names := argumentNames[f.Name]
	if names == nil {
		names = []string{"a", "b"}
	}
	var b strings.Builder
	b.WriteString(f.Name + "(")
	for i := 0; i < len(names); i++ {
		optional := i >= f.Min
		if optional {
			b.WriteByte('[')
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(names[i])
		if optional {
			b.WriteByte(']')
		}
	}
	if f.Max < 0 {
		b.WriteString(", …")
	}
	return b.String() + ")"
}
