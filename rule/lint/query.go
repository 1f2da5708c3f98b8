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
	check := func(code, title string, sev rule.Severity, f Fixable, run func(*Pass)) *Check {
		return &Check{Code: code, Title: title, Severity: sev, Scope: General, Part: PartQuery, Fix: f, NeedsQuery: true, Run: run}
	}
	hostOS := &Check{Code: "query/host-os-type", Title: "rule for one operating system does not ask for host.os.type",
		Severity: rule.Warning, Scope: House, Part: PartQuery, Fix: Suggested, Run: checkHostOS}
	return append(issueChecks(), hostOS,
		&Check{Code: "query/maxspan-lookback", Title: "maxspan is longer than the rule looks back", Severity: rule.Warning,
			Scope: House, Part: PartQuery, NeedsQuery: true, Fix: Suggested, Run: checkMaxspanLookback},
		&Check{Code: "query/maxspan-interval", Title: "the rule runs too often for its maxspan", Severity: rule.Warning,
			Scope: House, Part: PartQuery, NeedsQuery: true, Fix: Suggested, Run: checkMaxspanInterval},
		check("query/sequence-no-maxspan", "sequence without maxspan", rule.Info, NoFix, checkNoMaxspan),
		check("query/maxspan-long", "maxspan of more than five minutes", rule.Info, NoFix, checkMaxspanLong),
		check("query/duplicate-value", "a value is listed twice", rule.Warning, Automatic, checkDuplicateValue),
		check("query/leading-wildcard", "pattern starts with *", rule.Info, NoFix, checkLeadingWildcard),
		check("query/drive-letter", "Windows path with a fixed drive letter", rule.Info, Suggested, checkDriveLetter),
		check("query/feature-stack", "a feature is newer than the rule's stack", rule.Error, NoFix, checkFeatureStack),
	)
}

// issueChecks are the codes that package eql reports.
func issueChecks() []*Check {
	check := func(name, title string, sev rule.Severity, f Fixable) *Check {
		return &Check{Code: "query/" + name, Title: title, Severity: sev, Scope: General, Part: PartQuery, Fix: f}
	}
	return []*Check{
		check("syntax", "the query is not EQL", rule.Error, Automatic),
		check("sequence-maxspan", "maxspan has a wrong form or value", rule.Error, Automatic),
		check("sequence-join", "join keys differ in number or type, or are no fields", rule.Error, NoFix),
		check("sequence-runs", "runs has a wrong place or value", rule.Error, NoFix),
		check("missing-event", "missing event where none can stand", rule.Error, NoFix),
		check("single-sequence", "sequence of one stage", rule.Error, NoFix),
		check("sample-size", "sample of fewer than two clauses", rule.Error, NoFix),
		check("fork", "fork is not known to Elasticsearch", rule.Error, NoFix),
		check("join", "join is not known to Elasticsearch", rule.Error, NoFix),
		check("pipe", "unknown pipe or wrong argument of a pipe", rule.Error, NoFix),
		check("comment-nesting", "comment ends before its nested comment does", rule.Warning, NoFix),
		check("until-missing", "until ignores the ! of a missing event", rule.Warning, Automatic),
		check("unknown-function", "function does not exist", rule.Error, Suggested),
		check("function-arguments", "number or types of a function's arguments are wrong", rule.Error, NoFix),
		check("function-case", "function has no case-insensitive form", rule.Warning, NoFix),
		check("field-comparison", "two fields are compared", rule.Error, NoFix),
		check("div-zero", "division by zero", rule.Error, NoFix),
		check("fold-error", "constant expression fails", rule.Error, NoFix),
		check("const-condition", "condition is always true, false or null", rule.Warning, NoFix),
		check("wildcard-in-equality", "wildcard is literal where text is compared as a whole", rule.Warning, Suggested),
		check("prefix-wildcard", "wildcard is literal in startsWith", rule.Warning, NoFix),
		check("needle-wildcard", "wildcard or backslash in a needle", rule.Warning, NoFix),
		check("indexof-negative", "indexOf is compared with a negative number", rule.Warning, NoFix),
		check("regex-anchor", "anchor or flag in a regular expression is literal", rule.Warning, NoFix),
		check("regex-escape", "letter after a backslash is no class in a regular expression", rule.Error, NoFix),
		check("regex-syntax", "Elasticsearch rejects the regular expression", rule.Error, NoFix),
		check("regex-operator", "character is an operator only in Lucene's regular expressions", rule.Warning, NoFix),
		check("regex-range-fold", "range of letters does not ignore case under regex~", rule.Warning, NoFix),
		check("regex-length", "regular expression is too long", rule.Error, NoFix),
		check("contradiction", "conditions on one field that no value meets", rule.Warning, NoFix),
		check("raw-double-backslash", "two backslashes in a raw string", rule.Warning, NoFix),
		check("int-division", "quotient of whole numbers is compared", rule.Warning, NoFix),
		check("number-throws", "number of a text field can end the search", rule.Warning, NoFix),
		check("case-literal", "text that its field never holds in that case", rule.Warning, NoFix),
		check("array-and", "two values of an array may meet the bounds of a range", rule.Warning, NoFix),
		check("key-nullable", "join key is optional in one clause only", rule.Warning, NoFix),
		check("until-same", "until ends every sequence", rule.Warning, NoFix),
		check("regex-script-flavour", "operator of Lucene in a regular expression of Java", rule.Warning, NoFix),
		check("regex-no-dotstar", "regular expression covers the whole command line", rule.Info, NoFix),
		check("neq-missing", "negative condition is true for events without the field", rule.Info, NoFix),
		check("not-optional-null", "negated test of an optional field", rule.Info, NoFix),
		check("runs-overlap", "all stages of a sequence are the same", rule.Info, NoFix),
		check("exists-by-star", "pattern * asks for existence", rule.Info, NoFix),
		check("like-no-wildcard", "like without a wildcard", rule.Info, NoFix),
		check("redundant-list", "pattern is covered by another one of the list", rule.Info, NoFix),
		check("trailing-missing", "sequence ends in a missing event", rule.Warning, NoFix),
		check("no-join-key", "sequence without join key", rule.Warning, NoFix),
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

func checkDuplicateValue(p *Pass) {
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
		strings.TrimSpace(p.File.Query.Value) == "" || p.misspellsOS() {
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
	if edits := p.askForOS(folder); edits != nil {
		if out, err := p.File.Query.Edits(edits...); err == nil {
			d.Fixes = fix("ask for "+folder, false, out)
		}
	}
	p.Report(d)
}

// askForOS puts the condition in front of those of every clause.
func (p *Pass) askForOS(folder string) []rule.ValueEdit {
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
	case p.run.kql != nil:
		s := p.run.kql.Span()
		start, end := p.bracketed(s.Start, s.End)
		text := "host.os.type : " + folder + " and "
		if _, or := p.run.kql.(*kql.Or); or && start == s.Start {
			return []rule.ValueEdit{insert(start, text+"("), insert(end, ")")}
		}
		edits = append(edits, insert(start, text))
	}
	return edits
}

// bracketed widens a part of the query to the whole text, if nothing but brackets and blanks stands around it.
func (p *Pass) bracketed(start, end int) (int, int) {
	q := p.File.Query.Value
	for start > 0 && strings.IndexByte("( \t\r\n", q[start-1]) >= 0 {
		start--
	}
	text := strings.TrimLeft(q[start:], " \t\r\n")
	return len(q) - len(text), end
}

// misspellsOS reports whether a field that query/unknown-field reports stands for host.os.type.
func (p *Pass) misspellsOS() bool {
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
	return p.run.kql == nil || usesKQL(p.run.kql, name)
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
