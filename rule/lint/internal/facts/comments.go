package facts

import (
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// stripComments removes // and /* */ comments outside of strings.
func stripComments(query string) string {
	return strings.ReplaceAll(maskComments(query, true), "\x00", "")
}

// BlankComments replaces comments by blanks, so that offsets stay.
func BlankComments(query string) string {
	return strings.ReplaceAll(maskComments(query, true), "\x00", " ")
}

// maskComments replaces the bytes of comments by NUL; with keepStrings false those inside strings too.
func maskComments(query string, keepStrings bool) string {
	out := []byte(query)
	mask := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = 0
			}
		}
	}
	for i := 0; i < len(query); {
		n, isString := LexemeLength(query[i:])
		switch {
		case isString && !keepStrings:
			mask(i+1, i+n-1)
		case !isString && n > 1:
			mask(i, i+n)
		}
		i += n
	}
	return string(out)
}

// LexemeLength is the length of the comment or string at the start of s, else 1.
func LexemeLength(s string) (n int, isString bool) {
	end := func(open int, close string) int {
		if i := strings.Index(s[open:], close); i >= 0 {
			return open + i + len(close)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "//"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i, false
		}
		return len(s), false
	case strings.HasPrefix(s, "/*"):
		return end(2, "*/"), false
	case strings.HasPrefix(s, `"""`):
		return end(3, `"""`), true
	case s[0] == '"':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"', '\n':
				return i + 1, true
			}
		}
		return len(s), true
	}
	return 1, false
}

// HasCommand reports whether a piped query has a command, whatever its case.
func HasCommand(query string, name *regexp.Regexp) bool { return name.MatchString(Code(query)) }

var (
	CommandKeep       = regexp.MustCompile(`(?i)\|\s*keep\b`)
	CommandStats      = regexp.MustCompile(`(?i)\|\s*(inline\s*)?stats\b`)
	CommandCompletion = regexp.MustCompile(`(?i)\|\s*completion\b`)
)

// Code is the query without comments and the content of strings, offsets unchanged.
func Code(query string) string { return strings.ReplaceAll(maskComments(query, false), "\x00", " ") }

// TextQuery returns the query if it is in the language and may be checked.
func TextQuery(p *check.Pass, language string) (string, bool) {
	off := p.File.Metadata.QuerySchemaValidation
	if p.File.Query == nil || QueryLanguage(p.File) != language || off != nil && !*off {
		return "", false
	}
	return p.File.Query.Value, true
}

func ReportQuery(p *check.Pass, start, end int, d rule.Diagnostic, edits ...rule.ValueEdit) {
	d.Span = p.File.Query.FileSpan(start, end)
	if len(edits) > 0 {
		if out, err := p.File.Query.Edits(edits...); err == nil {
			d.Fixes[0].Edits = out
		} else {
			d.Fixes = nil
		}
	}
	p.Report(d)
}
