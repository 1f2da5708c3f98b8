package lsp

import (
	"path/filepath"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
)

// sourceName is what diagnostics say they come from.
const sourceName = "rulevet"

// Tags of diagnostics: what an editor greys out, or strikes through.
const (
	tagUnnecessary = 1
	tagDeprecated  = 2
)

// codeTags are the checks whose findings an editor shows in a way of its own.
var codeTags = map[string][]int{
	"query/duplicate-value":    {tagUnnecessary},
	"query/duplicate-clause":   {tagUnnecessary},
	"query/dead-clause":        {tagUnnecessary},
	"query/absorbed":           {tagUnnecessary},
	"threat/technique-retired": {tagDeprecated},
	"threat/technique-revoked": {tagDeprecated},
	"suppress/unused":          {tagUnnecessary},
}

// diagnostics is what is published of a document.
func (d *document) diagnostics() []diagnostic {
	out := []diagnostic{}
	c := d.checked()
	if c.err != nil {
		return append(out, diagnostic{Severity: 1, Source: sourceName, Message: "not checked: " + c.err.Error()})
	}
	for i := range c.diagnostics {
		out = append(out, d.diagnostic(&c.diagnostics[i]))
	}
	return out
}

// severityOf is the protocol's number.
func severityOf(s rule.Severity) int {
	switch s {
	case rule.Error:
		return 1
	case rule.Warning:
		return 2
	}
	return 3
}

func (d *document) diagnostic(f *rule.Diagnostic) diagnostic {
	out := diagnostic{Range: d.text.span(f.Span.Start, f.Span.End), Severity: severityOf(f.Severity), Code: f.Code, Source: sourceName,
		Message: f.Message, Tags: codeTags[f.Code]}
	if f.Hint != "" {
		out.Message += "\n" + f.Hint
	}
	for _, r := range f.Related {
		out.RelatedInformation = append(out.RelatedInformation, relatedInfo{d.related(&r), r.Message})
	}
	return out
}

// related is the place of another piece of text. Of another file only its lines on disk are known.
func (d *document) related(r *rule.Related) location {
	if r.Path == "" || r.Path == filepath.ToSlash(d.path) {
		return location{d.uri, d.text.span(r.Span.Start, r.Span.End)}
	}
	at := location{URI: uriOf(r.Path)}
	if src, err := fileio.Read(filepath.FromSlash(r.Path), fileio.MaxRule); err == nil {
		at.Range = newText(src, d.text.enc).span(r.Span.Start, r.Span.End)
	}
	return at
}
