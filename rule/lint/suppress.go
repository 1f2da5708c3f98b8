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
	"github.com/rulevet/rulevet/source"
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
	use  *bool // set if a finding was silenced; shared by all comments that cover the same for the code
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
	by := coverIndex(all)
	for _, d := range r.diags {
		if by.silenced(d) {
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

// coverage is what comments with one code cover.
type coverage struct {
	code  string
	cover rule.Span
	used  *bool
}

// covers finds the comments that cover a place.
type covers struct {
	whole []coverage // of the whole file
	parts []coverage // sorted by start
	reach []int      // the furthest end of parts[:i+1]
}

// coverIndex sorts what comments cover, the same once.
func coverIndex(all []suppression) *covers {
	type key struct {
		whole bool
		code  string
		cover rule.Span
	}
	out := &covers{}
	seen := map[key]*bool{}
	for i := range all {
		s := &all[i]
		for j := range s.codes {
			c := &s.codes[j]
			k := key{s.whole, c.code, s.cover}
			if s.whole {
				k.cover = rule.Span{}
			}
			used, twice := seen[k]
			if !twice {
				used = new(bool)
				seen[k] = used
				if s.whole {
					out.whole = append(out.whole, coverage{c.code, k.cover, used})
				} else {
					out.parts = append(out.parts, coverage{c.code, k.cover, used})
				}
			}
			c.use = used
		}
	}
	slices.SortStableFunc(out.parts, func(a, b coverage) int { return a.cover.Start - b.cover.Start })
	far := 0
	for _, c := range out.parts {
		far = max(far, c.cover.End)
		out.reach = append(out.reach, far)
	}
	return out
}

// silenced marks every comment that covers the finding as used.
func (x *covers) silenced(d rule.Diagnostic) bool {
	if strings.HasPrefix(d.Code, "suppress/") {
		return false
	}
	found := false
	mark := func(c coverage) {
		if matchCode(c.code, d.Code) {
			*c.used, found = true, true
		}
	}
	for _, c := range x.whole {
		mark(c)
	}
	i, _ := slices.BinarySearchFunc(x.parts, d.Span.Start+1, func(c coverage, at int) int { return c.cover.Start - at })
	for i--; i >= 0 && x.reach[i] >= d.Span.Start; i-- {
		if c := x.parts[i]; d.Span.Start <= c.cover.End {
			mark(c)
		}
	}
	return found
}

// judge reports on one comment after all findings are known.
func (r *fileRun) judge(s *suppression) {
	for _, c := range s.codes {
		if !r.exists(c.code) {
			d := rule.Diagnostic{Code: "suppress/unknown-code", Span: c.span, Message: fmt.Sprintf("there is no check %s", rule.Quote(c.code))}
			if names := near.Names(c.code, r.codes()); r.MayGuess() && len(names) > 0 {
				d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
				d.Fixes = check.Repair("write "+names[0], false, []rule.Edit{{Span: c.span, New: names[0]}})
			}
			r.add(d)
		} else if !*c.use && r.lookedFor(c.code) {
			r.add(rule.Diagnostic{Code: "suppress/unused", Span: c.span, Message: fmt.Sprintf("nothing to suppress: %s finds nothing here", rule.Quote(c.code)),
				Hint: "remove it from the comment"})
		}
	}
	if s.reason == "" {
		r.add(rule.Diagnostic{Code: "suppress/no-reason", Span: s.span, Message: "the suppression gives no reason", Hint: "add ` -- reason`"})
	}
}

func (r *fileRun) exists(pattern string) bool {
	if r.linter.known[pattern] != nil {
		return true
	}
	area, ok := strings.CutSuffix(pattern, "/*")
	return ok && r.linter.areas[area]
}

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
	if c := r.linter.known[pattern]; c != nil {
		return r.ranOn(c)
	}
	for code, c := range r.linter.known {
		if !matchCode(pattern, code) {
			continue
		}
		if !r.ranOn(c) {
			return false
		}
	}
	return true
}

// ranOn reports whether a check was enabled and ran.
func (r *fileRun) ranOn(c *check.Check) bool {
	_, on := r.linter.enabled[c.Code]
	return on && c.Part != check.PartFixtures && // what tests find is not known here
		!r.partSkipped(c.Part) && (!r.deprecated || c.Deprecated) && !r.excluded(c.Code)
}

func (r *fileRun) partSkipped(part string) bool {
	return slices.ContainsFunc(r.skips, func(s Skip) bool { return s.Part == part })
}

// suppressions reads the comments of the file and of its query; malformed ones are reported.
func (r *fileRun) suppressions() []suppression {
	var out []suppression
	f := r.file
	lines := &fileLines{f: f}
	for _, c := range slices.Backward(f.Comments) {
		if s, ok := r.parse(c.Text, c.Span); ok {
			s.cover = lines.covered(c.Span)
			out = append(out, s)
		}
	}
	slices.Reverse(out)
	if lang := facts.QueryLanguage(f); f.Query == nil || lang != "eql" && lang != "esql" {
		return out
	}
	return append(out, r.querySuppressions()...)
}

// querySuppressions reads the comments of the query.
func (r *fileRun) querySuppressions() []suppression {
	query, text := r.file.Query.Value, r.file.Query
	var comments []rule.Span
	for i := 0; i < len(query); {
		n, isString := source.LexemeLength(query[i:])
		if !isString && n > 1 {
			comments = append(comments, rule.Span{Start: i, End: i + n})
		}
		i += n
	}
	var out []suppression
	lines := newTextLines(query)
	for _, c := range slices.Backward(comments) {
		if s, ok := r.parse(query[c.Start:c.End], text.FileSpan(c.Start, c.End)); ok {
			cover := lines.covered(c)
			s.cover = text.FileSpan(cover.Start, cover.End)
			out = append(out, s)
		}
	}
	slices.Reverse(out)
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
