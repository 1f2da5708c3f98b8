package rule

// diagnoseSyntax words the finding for a TOML syntax error: at is what the parser points to, from where the failed
// expression may start, msg the parser's message.
func diagnoseSyntax(text string, at Span, from int, msg string) Diagnostic {
	return Diagnostic{Span: at, Message: msg}
}
