package kqlquery

// KqlCode blanks what stands in quotes; KQL has no comments.
func KqlCode(query string) string {
	out := []byte(query)
	quoted := false
	for i := 0; i < len(out); i++ {
		switch {
		case out[i] == '\\':
			if quoted {
				out[i] = ' '
			}
			if i++; i < len(out) && quoted {
				out[i] = ' '
			}
		case out[i] == '"':
			quoted = !quoted
		case quoted && out[i] != '\n':
			out[i] = ' '
		}
	}
	return string(out)
}
