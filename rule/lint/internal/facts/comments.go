package facts

import (
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/source"
)

// stripComments removes // and /* */ comments outside of strings.
func stripComments(query string) string {
	return strings.ReplaceAll(source.MaskComments(query, true), "\x00", "")
}

// HasCommand reports whether a piped query has a command, whatever its case.
func HasCommand(query string, name *regexp.Regexp) bool { return name.MatchString(Code(query)) }

var (
	CommandKeep       = regexp.MustCompile(`(?i)\|\s*keep\b`)
	CommandStats      = regexp.MustCompile(`(?i)\|\s*(inline\s*)?stats\b`)
	CommandCompletion = regexp.MustCompile(`(?i)\|\s*completion\b`)
)

// Code is the query without comments and the content of strings, offsets unchanged.
func Code(query string) string {
	return strings.ReplaceAll(source.MaskComments(query, false), "\x00", " ")
}

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
