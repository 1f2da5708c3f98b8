package lsp

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// fixAllKind is the code action that repairs all that is safe, as editors ask for it on saving.
const fixAllKind = "source.fixAll.rulevet"

// wanted reports whether the client asks for a kind of action.
func wanted(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return kind == o || strings.HasPrefix(kind, o+".") })
}

// codeActions offers fixes and suppressions of the findings in a range, and all safe fixes at once.
func codeActions(ctx context.Context, s *server, d *document, p *codeActionParams) (any, error) {
	out := []codeAction{}
	c := d.checked()
	if c.err != nil || !d.isRule {
		return out, nil
	}
	start, end := d.text.offset(p.Range.Start), d.text.offset(p.Range.End)
	if wanted(p.Context.Only, "quickfix") {
		for i := range c.diagnostics {
			f := &c.diagnostics[i]
			if f.Span.Start > end || max(f.Span.End, f.Span.Start) < start {
				continue
			}
			out = append(out, s.fixActions(d, f)...)
			if a, ok := s.suppression(d, f); ok {
				out = append(out, a)
			}
		}
	}
	if wanted(p.Context.Only, fixAllKind) {
		if a, ok := s.fixAll(ctx, d, c); ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// fixActions are the fixes of one finding.
func (s *server) fixActions(d *document, f *rule.Diagnostic) []codeAction {
	var out []codeAction
	for i, fix := range f.Fixes {
		if len(fix.Edits) == 0 {
			continue
		}
		out = append(out, codeAction{Title: fix.Message, Kind: "quickfix", Diagnostics: []diagnostic{d.diagnostic(f)},
			IsPreferred: i == 0 && fix.Safe, Edit: s.edit(d, fix.Edits)})
	}
	return out
}

// edit makes a change of the document out of edits of its text.
func (s *server) edit(d *document, edits []rule.Edit) *workspaceEdit {
	var list []textEdit
	for _, e := range edits {
		list = append(list, textEdit{d.text.span(e.Span.Start, e.Span.End), e.New})
	}
	return s.changes(d.uri, &d.version, list)
}

// changes are edits of one document in the form that the client knows.
func (s *server) changes(uri string, version *int, edits []textEdit) *workspaceEdit {
	if s.client.Workspace.WorkspaceEdit.DocumentChanges {
		return &workspaceEdit{DocumentChanges: []documentEdit{{documentVersion{uri, version}, edits}}}
	}
	return &workspaceEdit{Changes: map[string][]textEdit{uri: edits}}
}

// suppression is the comment that silences a finding, on a line of its own above the key that it is about.
func (s *server) suppression(d *document, f *rule.Diagnostic) (codeAction, bool) {
	if strings.HasPrefix(f.Code, "file/") || strings.HasPrefix(f.Code, "suppress/") {
		return codeAction{}, false
	}
	at := f.Span.Start
	o := d.outline()
	for i := range o.entries { // a comment inside a multi-line value would be part of it
		if e := &o.entries[i]; e.keyStart <= at && at <= e.valEnd {
			at = e.keyStart
			break
		}
	}
	line := d.text.lines[d.text.lineOf(at)]
	indent := d.text.src[line:]
	indent = indent[:len(indent)-len(bytes.TrimLeft(indent, " \t"))]
	end := "\n"
	if bytes.Contains(d.text.src, []byte("\r\n")) {
		end = "\r\n"
	}
	comment := string(indent) + "# rulevet:ignore " + f.Code + " -- " + end
	return codeAction{Title: "Ignore " + f.Code + " here", Kind: "quickfix", Diagnostics: []diagnostic{d.diagnostic(f)},
		Edit: s.changes(d.uri, &d.version, []textEdit{{d.text.span(line, line), comment}})}, true
}

// fixAll is what "rulevet lint --fix" would do to the text.
func (s *server) fixAll(ctx context.Context, d *document, c *checked) (codeAction, bool) {
	if !slices.ContainsFunc(c.diagnostics, func(f rule.Diagnostic) bool {
		return slices.ContainsFunc(f.Fixes, func(x rule.Fix) bool { return x.Safe })
	}) {
		return codeAction{}, false
	}
	source := c.repo.source(d)
	result, err := c.repo.linter.Fix(ctx, []lint.Source{source}, c.repo.othersThan(d.path), lint.FixOptions{})
	if err != nil || len(result.Files) == 0 {
		return codeAction{}, false
	}
	return codeAction{Title: "Repair all that rulevet can repair safely", Kind: fixAllKind,
		Edit: s.changes(d.uri, &d.version, d.replacement(result.Files[0].New))}, true
}

// replacement are the edits that turn the text into another: what differs between common start and end.
func (d *document) replacement(with []byte) []textEdit {
	old := d.text.src
	start := 0
	for start < len(old) && start < len(with) && old[start] == with[start] {
		start++
	}
	end := 0
	for end < len(old)-start && end < len(with)-start && old[len(old)-1-end] == with[len(with)-1-end] {
		end++
	}
	for start > 0 && old[start-1] != '\n' { // whole lines: no character is split
		start--
	}
	for end > 0 && old[len(old)-end-1] != '\n' {
		end--
	}
	if start == len(old)-end && start == len(with)-end {
		return nil
	}
	return []textEdit{{d.text.span(start, len(old)-end), string(with[start : len(with)-end])}}
}
