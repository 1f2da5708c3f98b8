package lint

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/kql"
	"github.com/rulevet/rulevet/rule"
)

// Checks of spec/checks.md section 11.5 on the syntax tree of an EQL query, and those that package eql reports. Checks
// that need field schemas stand in query_fields.go.

func queryChecks() []*Check {
	return []*Check{
		{Code: "query/syntax", Title: "the query is not EQL",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/sequence-maxspan", Title: "maxspan has a wrong form or value",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/sequence-join", Title: "join keys differ in number or type, or are no fields",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: Found},
		{Code: "query/sequence-runs", Title: "runs has a wrong place or value",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/missing-event", Title: "missing event where none can stand",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: Found},
		{Code: "query/single-sequence", Title: "sequence of one stage",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: Found},
		{Code: "query/sample-size", Title: "sample of fewer than two clauses",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: Found},
		{Code: "query/fork", Title: "fork is not known to Elasticsearch",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/join", Title: "join is not known to Elasticsearch",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/pipe", Title: "unknown pipe or wrong argument of a pipe",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/comment-nesting", Title: "comment ends before its nested comment does",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/until-missing", Title: "until ignores the ! of a missing event",
			Severity: rule.Warning, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/unknown-function", Title: "function does not exist",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/function-arguments", Title: "number or types of a function's arguments are wrong",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/function-case", Title: "function has no case-insensitive form",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/field-comparison", Title: "two fields are compared",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/div-zero", Title: "division by zero",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/fold-error", Title: "constant expression fails",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/const-condition", Title: "condition is always true, false or null",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/wildcard-in-equality", Title: "wildcard is literal where text is compared as a whole",
			Severity: rule.Warning, Scope: General, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/prefix-wildcard", Title: "wildcard is literal in startsWith",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/needle-wildcard", Title: "wildcard or backslash in a needle",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/indexof-negative", Title: "indexOf is compared with a negative number",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-anchor", Title: "anchor or flag in a regular expression is literal",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-escape", Title: "letter after a backslash is no class in a regular expression",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-syntax", Title: "Elasticsearch rejects the regular expression",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-operator", Title: "character is an operator only in Lucene's regular expressions",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-range-fold", Title: "range of letters does not ignore case under regex~",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-length", Title: "regular expression is too long",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/contradiction", Title: "conditions on one field that no value meets",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/raw-double-backslash", Title: "two backslashes in a raw string",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/int-division", Title: "quotient of whole numbers is compared",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/number-throws", Title: "number of a text field can end the search",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/case-literal", Title: "text that its field never holds in that case",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/array-and", Title: "two values of an array may meet the bounds of a range",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/key-nullable", Title: "join key is optional in one clause only",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/until-same", Title: "until ends every sequence",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-script-flavour", Title: "operator of Lucene in a regular expression of Java",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/regex-no-dotstar", Title: "regular expression covers the whole command line",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/neq-missing", Title: "negative condition is true for events without the field",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/not-optional-null", Title: "negated test of an optional field",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/runs-overlap", Title: "all stages of a sequence are the same",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/exists-by-star", Title: "pattern * asks for existence",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/like-no-wildcard", Title: "like without a wildcard",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/redundant-list", Title: "pattern is covered by another one of the list",
			Severity: rule.Info, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/trailing-missing", Title: "sequence ends in a missing event",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/no-join-key", Title: "sequence without join key",
			Severity: rule.Warning, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: Found},
		{Code: "query/host-os-type", Title: "rule for one operating system does not ask for host.os.type",
			Severity: rule.Warning, Scope: House, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: checkHostOS},
		{Code: "query/maxspan-lookback", Title: "maxspan is longer than the rule looks back",
			Severity: rule.Warning, Scope: House, Part: PartQuery, Fix: Suggested, NeedsQuery: true,
			Needs: []string{"rule.query", "rule.from", "rule.to"}, Run: checkMaxspanLookback},
		{Code: "query/maxspan-interval", Title: "the rule runs too often for its maxspan",
			Severity: rule.Warning, Scope: House, Part: PartQuery, Fix: Suggested, NeedsQuery: true,
			Needs: []string{"rule.query", "rule.interval"}, Run: checkMaxspanInterval},
		{Code: "query/sequence-no-maxspan", Title: "sequence without maxspan",
			Severity: rule.Info, Scope: General, Part: PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkNoMaxspan},
		{Code: "query/maxspan-long", Title: "maxspan of more than five minutes",
			Severity: rule.Info, Scope: General, Part: PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkMaxspanLong},
		{Code: "query/duplicate-value", Title: "a value is listed twice",
			Severity: rule.Warning, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: checkDuplicateValue},
		{Code: "query/leading-wildcard", Title: "pattern starts with *",
			Severity: rule.Info, Scope: General, Part: PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkLeadingWildcard},
		{Code: "query/drive-letter", Title: "Windows path with a fixed drive letter",
			Severity: rule.Info, Scope: General, Part: PartQuery, Fix: Suggested, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkDriveLetter},
		{Code: "query/feature-stack", Title: "a feature is newer than the rule's stack",
			Severity: rule.Error, Scope: General, Part: PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkFeatureStack},
	}
}

// sequence returns the query's sequence, or nil.
func sequence(q *eql.Query) *eql.Sequence {
	s, _ := q.Body.(*eql.Sequence)
	return s
}

func reportSpan(p *Pass, s eql.Span, d rule.Diagnostic) {
	d.Span = QuerySpan(p.File, s)
	p.Report(d)
}

func checkMaxspanLookback(p *Pass) {
	s, r := sequence(p.Query), p.File.Rule
	if s == nil || s.MaxSpan == nil {
		return
	}
	span := time.Duration(s.MaxSpan.Nanos)
	back, ok := lookbackOf(p.File)
	if !ok || span <= back+10*time.Minute {
		return // a malformed from is rule/from-format
	}
	want := "now-" + spanText(span+10*time.Minute)
	var fixes []rule.Fix
	if r.To == "" {
		fixes = fix("set from to "+want, false, setKey(p.File, "rule", "from", rule.QuoteTOML(want)))
	}
	reportSpan(p, s.MaxSpan.Range, rule.Diagnostic{
		Message: fmt.Sprintf("maxspan is %s, but the rule looks back only %s: sequences that take longer are never seen", spanText(span), spanText(back)),
		Fixes:   fixes})
}

func checkMaxspanInterval(p *Pass) {
	s := sequence(p.Query)
	if s == nil || s.MaxSpan == nil {
		return
	}
	span := time.Duration(s.MaxSpan.Nanos)
	every, ok := intervalOf(p.File)
	if !ok || span <= 150*time.Second || every >= span/2 {
		return
	}
	half := (span/2 + time.Minute - 1).Truncate(time.Minute)
	reportSpan(p, s.MaxSpan.Range, rule.Diagnostic{
		Message: fmt.Sprintf("maxspan is %s, but the rule runs every %s, expected at least half of maxspan", spanText(span), spanText(every)),
		Hint:    "the same sequence is searched again and again",
		Fixes:   fix("set interval to "+spanText(half), false, setKey(p.File, "rule", "interval", rule.QuoteTOML(spanText(half))))})
}

func checkNoMaxspan(p *Pass) {
	if s := sequence(p.Query); s != nil && s.MaxSpan == nil {
		reportSpan(p, s.Keyword, rule.Diagnostic{Message: "the sequence has no maxspan: its events may lie as far apart as the rule looks back"})
	}
}

func checkMaxspanLong(p *Pass) {
	if s := sequence(p.Query); s != nil && s.MaxSpan != nil && time.Duration(s.MaxSpan.Nanos) > 5*time.Minute {
		reportSpan(p, s.MaxSpan.Range, rule.Diagnostic{Message: fmt.Sprintf("maxspan is %s, more than five minutes", spanText(time.Duration(s.MaxSpan.Nanos)))})
	}
}

// inspect calls f for every node of a type.
func inspect[N eql.Node](q *eql.Query, f func(N)) {
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if x, ok := n.(N); ok && enter {
			f(x)
		}
		return true
	})
}

// literalKey tells equal literals.
func literalKey(l *eql.Literal, fold bool) string {
	s := l.Str
	if fold {
		s = strings.ToLower(s)
	}
	return fmt.Sprint(l.Kind, "\x00", s, "\x00", l.Bool, l.Int, l.Uint, l.Float)
}

// values is a list of constants that a query compares a field with.
type values struct {
	list []*eql.Literal
	fold bool
	all  int // elements of the list, constants or not
}

// eachList calls f for the lists of in, :, like and regex.
func eachList(q *eql.Query, f func(values)) {
	inspect(q, func(n *eql.Match) {
		fold := n.Op == eql.Colon || n.Op == eql.LikeFold || n.Op == eql.RegexFold
		f(values{n.List, fold, len(n.List)})
	})
	inspect(q, func(n *eql.In) {
		v := values{fold: n.Fold, all: len(n.List)}
		for _, e := range n.List {
			if l, ok := e.(*eql.Literal); ok {
				v.list = append(v.list, l)
			}
		}
		if len(v.list) == v.all {
			f(v)
		}
	})
}

// checkDuplicateValue looks at lists of EQL; the stage of KQL has found those of its own.
func checkDuplicateValue(p *Pass) {
	Found(p)
	if p.Query == nil {
		return
	}
	eachList(p.Query, func(v values) {
		if len(v.list) < 2 {
			return
		}
		seen := map[string]*eql.Literal{}
		for i, l := range v.list {
			key := literalKey(l, v.fold)
			first := seen[key]
			if first == nil {
				seen[key] = l
				continue
			}
			// The value goes with the comma before it; a duplicate is never the first of its list.
			edit := eql.Edit{Span: eql.Span{Start: v.list[i-1].Range.End, End: l.Range.End}}
			d := rule.Diagnostic{Message: fmt.Sprintf("value %s is listed twice", quote(p.Query.Source[l.Range.Start:l.Range.End])),
				Related: []rule.Related{{Span: QuerySpan(p.File, first.Range), Message: "first here"}}}
			if !strings.ContainsAny(between(p.Query.Source, edit.Span, l.Range.Start), "/") {
				if f, ok := QueryFix(p.File, "remove the second one", true, edit); ok {
					d.Fixes = []rule.Fix{f}
				}
			}
			reportSpan(p, l.Range, d)
		}
	})
}

// between is the text between the start of a span and an offset.
func between(src string, s eql.Span, to int) string { return src[s.Start:to] }

func checkLeadingWildcard(p *Pass) {
	inspect(p.Query, func(n *eql.Match) {
		if n.Op == eql.Regex || n.Op == eql.RegexFold {
			return
		}
		for _, l := range n.List {
			if l.Kind == eql.StringLiteral && len(l.Str) > 1 && l.Str[0] == '*' {
				reportSpan(p, l.Range, rule.Diagnostic{Message: fmt.Sprintf("pattern %s starts with *, which is slow", quote(l.Str))})
			}
		}
	})
}

var drivePath = regexp.MustCompile(`^[A-Za-z]:\\`)

func checkDriveLetter(p *Pass) {
	inspect(p.Query, func(n *eql.Match) {
		if n.Op == eql.Regex || n.Op == eql.RegexFold {
			return
		}
		for _, l := range n.List {
			if l.Kind != eql.StringLiteral || !drivePath.MatchString(l.Str) {
				continue
			}
			at := l.Range.Start + 1
			if l.Raw {
				at += 2
			}
			d := rule.Diagnostic{Message: fmt.Sprintf("path %s has a fixed drive letter", quote(l.Str)),
				Hint: fmt.Sprintf("write %s: Windows may be installed on another drive", quote("?"+l.Str[1:]))}
			if f, ok := QueryFix(p.File, "allow any drive", false, eql.Edit{Span: eql.Span{Start: at, End: at + 1}, New: "?"}); ok {
				d.Fixes = []rule.Fix{f}
			}
			reportSpan(p, l.Range, d)
		}
	})
}

// checkHostOS wants host.os.type in rules that lie in the folder of an operating system.
func checkHostOS(p *Pass) {
	folder := parent(p.Path)
	lang := queryLanguage(p.File)
	if !slices.Contains([]string{"windows", "macos", "linux"}, folder) || p.File.Query == nil || lang != "eql" && lang != "kuery" ||
		strings.TrimSpace(p.File.Query.Value) == "" || misspellsOS(p) {
		return
	}
	if usesField(p, "host.os.type") {
		return
	}
	d := rule.Diagnostic{Span: p.File.Query.FileSpan(0, firstWord(p.File.Query.Value)),
		Message: fmt.Sprintf("the rule lies in %s, but its query does not use `host.os.type`", quote(path.Dir(p.Path))),
		Hint:    fmt.Sprintf("add `host.os.type == %q`", folder)}
	if lang == "kuery" {
		d.Hint = fmt.Sprintf("add `host.os.type : %s`", folder)
	}
	if edits := askForOS(p, folder); edits != nil {
		if out, err := p.File.Query.Edits(edits...); err == nil {
			d.Fixes = fix("ask for "+folder, false, out)
		}
	}
	p.Report(d)
}

// askForOS puts the condition in front of those of every clause.
func askForOS(p *Pass, folder string) []rule.ValueEdit {
	insert := func(at int, text string) rule.ValueEdit { return rule.ValueEdit{Start: at, End: at, New: text} }
	var edits []rule.ValueEdit
	switch {
	case p.Query != nil:
		for _, f := range eql.Filters(p.Query) {
			s := f.Cond.Span()
			text := fmt.Sprintf("host.os.type == %q and ", folder)
			if b, ok := f.Cond.(*eql.Binary); ok && b.Op == eql.Or {
				edits = append(edits, insert(s.Start, text+"("), insert(s.End, ")"))
				continue
			}
			edits = append(edits, insert(s.Start, text))
		}
	case p.KQL != nil:
		s := p.KQL.Span()
		start, end := bracketed(p, s.Start, s.End)
		text := "host.os.type : " + folder + " and "
		if _, or := p.KQL.(*kql.Or); or && start == s.Start {
			return []rule.ValueEdit{insert(start, text+"("), insert(end, ")")}
		}
		edits = append(edits, insert(start, text))
	}
	return edits
}

// bracketed widens a part of the query to the whole text, if nothing but brackets and blanks stands around it.
func bracketed(p *Pass, start, end int) (int, int) {
	q := p.File.Query.Value
	for start > 0 && strings.IndexByte("( \t\r\n", q[start-1]) >= 0 {
		start--
	}
	text := strings.TrimLeft(q[start:], " \t\r\n")
	return len(q) - len(text), end
}

// misspellsOS reports whether a field that query/unknown-field reports stands for host.os.type.
func misspellsOS(p *Pass) bool {
	return p.Fields != nil && slices.ContainsFunc(p.Fields.Issues, func(i eql.Issue) bool {
		name := p.Query.Source[i.Span.Start:i.Span.End]
		return i.Code == "query/unknown-field" && (strings.Contains(i.Hint, "`host.os.type`") || strings.HasPrefix(name, "host.os") || strings.HasSuffix(name, "os.type"))
	})
}

// usesField reports whether the query names a field, by the tree if there is one.
func usesField(p *Pass, name string) bool {
	found := false
	if p.Query != nil {
		inspect(p.Query, func(n *eql.Field) { found = found || n.Name == name })
		return found
	}
	return p.KQL == nil || usesKQL(p.KQL, name)
}

// firstWord is the length of the query's first word with what blanks stand before it.
func firstWord(query string) int {
	start := len(query) - len(strings.TrimLeft(query, " \t\r\n"))
	n := strings.IndexAny(query[start:], " \t\r\n")
	if n < 0 {
		return len(query)
	}
	return start + n
}

// features of EQL by the stack that brought them (spec/checks.md section 11.5).
func checkFeatureStack(p *Pass) {
	stack := p.Config.stacks()[0]
	if v, _, ok := minStack(p.File); ok {
		stack = v
	}
	need := func(span eql.Span, what string, v version) {
		if stack.compare(v) < 0 {
			reportSpan(p, span, rule.Diagnostic{Message: fmt.Sprintf("%s are known from stack %s on, but the rule also runs on %s", what, v, stack),
				Hint: "set `min_stack_version`"})
		}
	}
	if s, ok := p.Query.Body.(*eql.Sample); ok {
		need(s.Keyword, "samples", version{8, 6, 0})
	}
	inspect(p.Query, func(t *eql.Term) {
		if t.Missing {
			need(eql.Span{Start: t.Range.Start, End: t.Range.Start + 1}, "missing events", version{8, 9, 0})
		}
		if t.Runs != nil {
			need(t.Runs.Range, "runs", version{7, 16, 0})
		}
	})
}
