package tomlspan

// QuoteString writes a text as a one-line basic string.
func QuoteString(s string) string { return `"` + escapeFor(`"`, s) + `"` }
