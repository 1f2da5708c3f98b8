package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/tomledit"
)

// Suppression comments:
//
//	# rulevet:ignore CODE[, CODE] -- reason
//	# rulevet:ignore-file CODE[, CODE] -- reason
//
// A comment covers its own line; alone on its line, the next line that holds something. It covers the whole entry that
// starts or ends on that line, so that a finding inside a multi-line string can be silenced above its key. In an EQL or
// ES|QL query a comment of the query does the same for the lines of the query. A code may be an area, query/*.

const marker = "rulevet:"

func suppressChecks() []*check.Check {
	return []*check.Check{
		{Code: "suppress/malformed", Title: "suppression comment without a code or with an unknown word",
			Severity: rule.Warning, Scope: check.General, Part: check.PartSyntax, Deprecated: true},
		{Code: "suppress/unknown-code", Title: "suppression of a check that does not exist",
			Severity: rule.Warning, Scope: check.General, Part: check.PartSyntax, Fix: check.Suggested, Deprecated: true},
		{Code: "suppress/unused", Title: "suppression that matches no finding",
			Severity: rule.Warning, Scope: check.General, Part: check.PartSyntax, Deprecated: true},
		{Code: "suppress/no-reason", Title: "suppression without a reason",
			Severity: rule.Info, Scope: check.General, Part: check.PartSyntax, Deprecated: true},
	}
}

// suppression is one comment.
type suppression struct {
	whole  bool // ignore-file
	codes  []suppressedCode
	reason string
	span   rule.Span // the comment
	cover  rule.Span // what it covers
}

type suppressedCode struct {
	code string
	span rule.Span
	used bool
}

// suppress drops the findings that comments silence, and reports on the comments.
func (r *fileRun) suppress() {
	text := r.file.Src
	if r.file.Format != rule.TOML { // only the query has comments; the file may hold thousands of rules
		text = nil
		if r.file.Query != nil {
			text = []byte(r.file.Query.Value)
		}
	}
	if !r.syntaxOK || !bytes.Contains(text, []byte(marker)) {
		return
	}
	all := r.suppressions()
	if len(all) == 0 {
		return
	}
	kept := r.diags[:0]
	for _, d := range r.diags {
		if silenced(all, d) {
			r.suppressed++
			continue
		}
		kept = append(kept, d)
	}
	r.diags = kept
	for i := range all {
		r.judge(&all[i])
	}
}

// silenced marks every comment that covers the finding as used.
func silenced(all []suppression, d rule.Diagnostic) bool {
	if strings.HasPrefix(d.Code, "suppress/") {
		return false
	}
	found := false
	for i := range all {
		s := &all[i]
		if !s.whole && (d.Span.Start < s.cover.Start || d.Span.Start > s.cover.End) {
			continue
		}
		for j := range s.codes {
			if matchCode(s.codes[j].code, d.Code) {
				s.codes[j].used, found = true, true
			}
		}
	}
	return found
}

// judge reports on one comment after all findings are known.
func (r *fileRun) judge(s *suppression) {
	for _, c := range s.codes {
		if !r.exists(c.code) {
			d := rule.Diagnostic{Code: "suppress/unknown-code", Span: c.span, Message: fmt.Sprintf("there is no check %s", rule.Quote(c.code))}
			if names := near.Names(c.code, r.codes()); len(names) > 0 {
				d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
				d.Fixes = tomledit.Fix("write "+names[0], false, []rule.Edit{{Span: c.span, New: names[0]}})
			}
			r.add(d)
		} else if !c.used && r.lookedFor(c.code) {
			r.add(rule.Diagnostic{Code: "suppress/unused", Span: c.span, Message: fmt.Sprintf("nothing to suppress: %s finds nothing here", rule.Quote(c.code)),
				Hint: "remove it from the comment"})
		}
	}
	if s.reason == "" {
		r.add(rule.Diagnostic{Code: "suppress/no-reason", Span: s.span, Message: "the suppression gives no reason", Hint: "add ` -- reason`"})
	}
}

func (r *fileRun) exists(pattern string) bool { return knownCode(r.linter.known, pattern) == nil }

func (r *fileRun) codes() []string {
	out := make([]string, 0, len(r.linter.known))
	for code := range r.linter.known {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

// lookedFor reports whether all checks of a pattern were enabled and ran: otherwise silence proves nothing.
func (r *fileRun) lookedFor(pattern string) bool {
	for code, c := range r.linter.known {
		if !matchCode(pattern, code) {
			continue
		}
		if c.Part == check.PartFixtures { // what tests find is not known here
			return false
		}
		_, on := r.linter.enabled[code]
		if !on || r.partSkipped(c.Part) || r.deprecated && !c.Deprecated || r.excluded(code) {
			return false
		}
	}
	return true
}

func (r *fileRun) partSkipped(part string) bool {
	return slices.ContainsFunc(r.skips, func(s Skip) bool { return s.Part == part })
}

// suppressions reads the comments of the file and of its query; malformed ones are reported.
func (r *fileRun) suppressions() []suppression {
	var out []suppression
	f := r.file
	for _, c := range f.Comments {
		if s, ok := r.parse(c.Text, c.Span); ok {
			s.cover = coverLines(f, c.Span)
			out = append(out, s)
		}
	}
	if lang := facts.QueryLanguage(f); f.Query == nil || lang != "eql" && lang != "esql" {
		return out
	}
	query := f.Query.Value
	for i := 0; i < len(query); {
		n, isString := facts.LexemeLength(query[i:])
		if !isString && n > 1 {
			if s, ok := r.parse(query[i:i+n], f.Query.FileSpan(i, i+n)); ok {
				from, to := coverText(query, i, i+n)
				s.cover = f.Query.FileSpan(from, to)
				out = append(out, s)
			}
		}
		i += n
	}
	return out
}

// parse reads a comment, delimiters included.
func (r *fileRun) parse(comment string, span rule.Span) (s suppression, ok bool) {
	at := strings.Index(comment, marker)
	if at < 0 {
		return s, false
	}
	body := strings.TrimRight(strings.TrimSuffix(comment[at:], "*/"), " \t\r\n")
	head, reason, _ := strings.Cut(body, " -- ")
	word, list, _ := strings.Cut(strings.TrimPrefix(head, marker), " ")
	s = suppression{whole: word == "ignore-file", reason: strings.TrimSpace(reason), span: span}
	offset := at + len(marker) + len(word)
	for list != "" {
		part, rest, _ := strings.Cut(list, ",")
		offset++ // the blank or comma before the part
		code := strings.TrimSpace(part)
		if code != "" {
			start := span.Start + offset + strings.Index(part, code)
			s.codes = append(s.codes, suppressedCode{code: code, span: rule.Span{Start: start, End: start + len(code)}})
		}
		offset += len(part)
		list = rest
	}
	switch {
	case word != "ignore" && word != "ignore-file":
		r.add(rule.Diagnostic{Code: "suppress/malformed", Span: span,
			Message: fmt.Sprintf("unknown word %s, expected `rulevet:ignore` or `rulevet:ignore-file`", rule.Quote(marker+word))})
		return s, false
	case len(s.codes) == 0:
		r.add(rule.Diagnostic{Code: "suppress/malformed", Span: span, Message: "the suppression names no check",
			Hint: "write `# rulevet:ignore area/name -- reason`"})
		return s, false
	}
	return s, true
}

// coverLines is what a TOML comment covers.
func coverLines(f *rule.File, comment rule.Span) rule.Span {
	line := rule.Span{Start: tomledit.LineStart(f.Src, comment.Start), End: tomledit.LineEnd(f.Src, comment.Start)}
	for line.End < len(f.Src) && emptyLine(f.Src[line.Start:line.End]) {
		next := line.End + bytes.IndexByte(f.Src[line.End:], '\n') + 1
		line = rule.Span{Start: next, End: tomledit.LineEnd(f.Src, next)}
	}
	return wholeEntry(f.Root, line)
}

// emptyLine reports whether a line holds nothing but a comment.
func emptyLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// wholeEntry widens the span of a line to the plain entry or array element that starts or ends on it.
func wholeEntry(n *rule.Node, line rule.Span) rule.Span {
	out := line
	on := func(at int) bool { return at >= line.Start && at <= line.End }
	for _, c := range n.Children {
		entry := c.Entry
		if c.KeySpan == (rule.Span{}) {
			entry = c.Span
		}
		if (tomledit.PlainEntry(c) || c.Kind == rule.StringNode) && (on(entry.Start) || on(entry.End)) {
			out.Start, out.End = min(out.Start, entry.Start), max(out.End, entry.End)
		}
		if len(c.Children) > 0 {
			deeper := wholeEntry(c, line)
			out.Start, out.End = min(out.Start, deeper.Start), max(out.End, deeper.End)
		}
	}
	return out
}

// coverText is the range of a query that a comment of the query covers.
func coverText(query string, from, to int) (start, end int) {
	start = strings.LastIndexByte(query[:from], '\n') + 1
	end = to
	if i := strings.IndexByte(query[to:], '\n'); i >= 0 {
		end = to + i
	} else {
		end = len(query)
	}
	if strings.TrimSpace(query[start:from]) != "" || strings.TrimSpace(query[to:end]) != "" {
		return start, end
	}
	for end < len(query) {
		start = end + 1
		end = len(query)
		if i := strings.IndexByte(query[start:], '\n'); i >= 0 {
			end = start + i
		}
		if line := strings.TrimSpace(query[start:end]); line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "/*") {
			break
		}
	}
	return start, end
}
