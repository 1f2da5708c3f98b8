// Package eqlquery has the checks of EQL queries.
package eqlquery

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks on the syntax tree of an EQL query, and those that package eql reports. Checks that need field schemas stand in package
// fieldcheck.

// QueryChecks lists the checks of this file.
func QueryChecks() []*check.Check {
	return []*check.Check{
		{Code: "query/syntax", Title: "the query is not EQL",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/sequence-maxspan", Title: "maxspan has a wrong form or value",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/sequence-join", Title: "join keys differ in number or type, or are no fields",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: check.Found},
		{Code: "query/sequence-runs", Title: "runs has a wrong place or value",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/missing-event", Title: "missing event where none can stand",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: check.Found},
		{Code: "query/single-sequence", Title: "sequence of one stage",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: check.Found},
		{Code: "query/sample-size", Title: "sample of fewer than two or more than five clauses",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, After: []string{"query/syntax"}, Run: check.Found},
		{Code: "query/fork", Title: "fork is not known to Elasticsearch",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/join", Title: "join is not known to Elasticsearch",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/pipe", Title: "unknown pipe or wrong argument of a pipe",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/comment-nesting", Title: "comments in a comment are not balanced",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/until-missing", Title: "until ignores the ! of a missing event",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/unknown-function", Title: "function does not exist",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/function-arguments", Title: "number or types of a function's arguments are wrong",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/function-case", Title: "function has no case-insensitive form",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/field-comparison", Title: "two fields are compared",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/div-zero", Title: "division by zero",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/fold-error", Title: "constant expression fails",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/const-condition", Title: "condition is always true, false or null",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/wildcard-in-equality", Title: "wildcard is literal where text is compared as a whole",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/prefix-wildcard", Title: "wildcard is literal in startsWith",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/needle-wildcard", Title: "wildcard or backslash in a needle",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/indexof-negative", Title: "indexOf is compared with a negative number",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-anchor", Title: "anchor or flag in a regular expression is literal",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-escape", Title: "letter after a backslash is no class in a regular expression",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-syntax", Title: "Elasticsearch rejects the regular expression",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-operator", Title: "character is an operator only in Lucene's regular expressions",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-range-fold", Title: "range of letters does not ignore case under regex~",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-complexity", Title: "regular expression is too complex",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-stack", Title: "regular expression means something else on an older stack",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkRegexStack},
		{Code: "query/not-boolean", Title: "boolean field stands alone after not",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/key-number-types", Title: "join keys are numbers of different types",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/like-number", Title: "number is the pattern of like",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/expression-depth", Title: "expression is nested deep",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-length", Title: "regular expression is too long",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/contradiction", Title: "conditions on one field that no value meets",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/raw-double-backslash", Title: "two backslashes in a raw string",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/int-division", Title: "quotient of whole numbers is compared",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/number-throws", Title: "number of a text field can end the search",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/case-literal", Title: "text that its field never holds in that case",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/array-and", Title: "two values of an array may meet the bounds of a range",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/key-nullable", Title: "join key is optional in one clause only",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/until-same", Title: "until ends every sequence",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-script-flavour", Title: "operator of Lucene in a regular expression of Java",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/regex-no-dotstar", Title: "regular expression covers the whole command line",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/neq-missing", Title: "negative condition is true for events without the field",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/not-optional-null", Title: "negated test of an optional field",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/runs-overlap", Title: "all stages of a sequence are the same",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/exists-by-star", Title: "pattern * asks for existence",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/like-no-wildcard", Title: "like without a wildcard",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/redundant-list", Title: "pattern is covered by another one of the list",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/trailing-missing", Title: "sequence ends in a missing event",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/no-join-key", Title: "sequence without join key",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/maxspan-lookback", Title: "maxspan is longer than the rule looks back",
			Severity: rule.Warning, Scope: check.House, Part: check.PartQuery, Fix: check.Suggested, NeedsQuery: true,
			Needs: []string{"rule.query", "rule.from", "rule.to"}, Run: checkMaxspanLookback},
		{Code: "query/maxspan-interval", Title: "the rule runs too often for its maxspan",
			Severity: rule.Warning, Scope: check.House, Part: check.PartQuery, Fix: check.Suggested, NeedsQuery: true,
			Needs: []string{"rule.query", "rule.interval"}, Run: checkMaxspanInterval},
		{Code: "query/sequence-no-maxspan", Title: "sequence without maxspan",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkNoMaxspan},
		{Code: "query/maxspan-long", Title: "maxspan of more than five minutes",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkMaxspanLong},
		{Code: "query/duplicate-value", Title: "a value is listed twice",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: checkDuplicateValue},
		{Code: "query/leading-wildcard", Title: "pattern starts with *",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkLeadingWildcard},
		{Code: "query/drive-letter", Title: "Windows path with a fixed drive letter",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkDriveLetter},
		{Code: "query/feature-stack", Title: "a feature is newer than the rule's stack",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, NeedsQuery: true,
			Needs: []string{"rule.query"}, Run: checkFeatureStack},
	}
}

// Sequence returns the query's sequence, or nil.
func Sequence(q *eql.Query) *eql.Sequence {
	s, _ := q.Body.(*eql.Sequence)
	return s
}

func checkMaxspanLookback(p *check.Pass) {
	s, r := Sequence(p.Query), p.File.Rule
	if s == nil || s.MaxSpan == nil {
		return
	}
	span := time.Duration(s.MaxSpan.Nanos)
	back, ok := facts.LookbackOf(p.File)
	if !ok || span <= back+10*time.Minute {
		return // a malformed from is rule/from-format
	}
	want := "now-" + facts.SpanText(span+10*time.Minute)
	var fixes []rule.Fix
	if r.To == "" {
		fixes = check.Repair("set from to "+want, false, tomlspan.SetKey(p.File, "rule", "from", rule.QuoteTOML(want)))
	}
	facts.ReportSpan(p, s.MaxSpan.Range, rule.Diagnostic{
		Message: fmt.Sprintf("maxspan is %s, but the rule looks back only %s: sequences that take longer are never seen", facts.SpanText(span), facts.SpanText(back)),
		Fixes:   fixes})
}

func checkMaxspanInterval(p *check.Pass) {
	s := Sequence(p.Query)
	if s == nil || s.MaxSpan == nil {
		return
	}
	span := time.Duration(s.MaxSpan.Nanos)
	every, ok := facts.IntervalOf(p.File)
	if !ok || span <= 150*time.Second || every >= span/2 {
		return
	}
	half := (span/2 + time.Minute - 1).Truncate(time.Minute)
	facts.ReportSpan(p, s.MaxSpan.Range, rule.Diagnostic{
		Message: fmt.Sprintf("maxspan is %s, but the rule runs every %s, expected at least half of maxspan", facts.SpanText(span), facts.SpanText(every)),
		Hint:    "the same sequence is searched again and again",
		Fixes:   check.Repair("set interval to "+facts.SpanText(half), false, tomlspan.SetKey(p.File, "rule", "interval", rule.QuoteTOML(facts.SpanText(half))))})
}

func checkNoMaxspan(p *check.Pass) {
	if s := Sequence(p.Query); s != nil && s.MaxSpan == nil {
		facts.ReportSpan(p, s.Keyword, rule.Diagnostic{Message: "the sequence has no maxspan: its events may lie as far apart as the rule looks back"})
	}
}

func checkMaxspanLong(p *check.Pass) {
	if s := Sequence(p.Query); s != nil && s.MaxSpan != nil && time.Duration(s.MaxSpan.Nanos) > 5*time.Minute {
		facts.ReportSpan(p, s.MaxSpan.Range, rule.Diagnostic{Message: fmt.Sprintf("maxspan is %s, more than five minutes", facts.SpanText(time.Duration(s.MaxSpan.Nanos)))})
	}
}

// constant is what a literal stands for; those of equal literals are equal.
type constant struct {
	kind  eql.LiteralKind
	str   string
	yes   bool
	int   int64
	uint  uint64
	float uint64 // its bits
}

func constantOf(l *eql.Literal, fold bool) constant {
	s := l.Str
	if fold {
		s = strings.ToLower(s)
	}
	return constant{l.Kind, s, l.Bool, l.Int, l.Uint, math.Float64bits(l.Float)}
}

// values is a list of constants that a query compares a field with.
type values struct {
	list []*eql.Literal
	fold bool
	all  int // elements of the list, constants or not
}

// eachList calls f for the lists of in, :, like and regex.
func eachList(q *eql.Query, f func(values)) {
	facts.Inspect(q, func(n *eql.Match) {
		fold := n.Op == eql.Colon || n.Op == eql.LikeFold || n.Op == eql.RegexFold
		f(values{n.List, fold, len(n.List)})
	})
	facts.Inspect(q, func(n *eql.In) {
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
func checkDuplicateValue(p *check.Pass) {
	check.Found(p)
	if p.Query == nil {
		return
	}
	eachList(p.Query, func(v values) {
		if len(v.list) < 2 {
			return
		}
		seen := make(map[constant]*eql.Literal, len(v.list))
		for i, l := range v.list {
			key := constantOf(l, v.fold)
			first := seen[key]
			if first == nil {
				seen[key] = l
				continue
			}
			// The value goes with the comma before it; a duplicate is never the first of its list.
			edit := eql.Edit{Span: eql.Span{Start: v.list[i-1].Range.End, End: l.Range.End}}
			d := rule.Diagnostic{Message: fmt.Sprintf("value %s is listed twice", rule.Quote(p.Query.Source[l.Range.Start:l.Range.End])),
				Related: []rule.Related{{Span: facts.QuerySpan(p.File, first.Range), Message: "first here"}}}
			if !strings.ContainsAny(between(p.Query.Source, edit.Span, l.Range.Start), "/") {
				if f, ok := facts.QueryFix(p.File, "remove the second one", true, edit); ok {
					d.Fixes = []rule.Fix{f}
				}
			}
			facts.ReportSpan(p, l.Range, d)
		}
	})
}

// between is the text between the start of a span and an offset.
func between(src string, s eql.Span, to int) string { return src[s.Start:to] }

func checkLeadingWildcard(p *check.Pass) {
	facts.Inspect(p.Query, func(n *eql.Match) {
		if n.Op == eql.Regex || n.Op == eql.RegexFold {
			return
		}
		for _, l := range n.List {
			if l.Kind == eql.StringLiteral && len(l.Str) > 1 && l.Str[0] == '*' {
				facts.ReportSpan(p, l.Range, rule.Diagnostic{Message: fmt.Sprintf("pattern %s starts with *, which is slow", rule.Quote(l.Str))})
			}
		}
	})
}

var drivePath = regexp.MustCompile(`^[A-Za-z]:\\`)

func checkDriveLetter(p *check.Pass) {
	facts.Inspect(p.Query, func(n *eql.Match) {
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
			d := rule.Diagnostic{Message: fmt.Sprintf("path %s has a fixed drive letter", rule.Quote(l.Str)),
				Hint: fmt.Sprintf("write %s: Windows may be installed on another drive", rule.Quote("?"+l.Str[1:]))}
			if f, ok := facts.QueryFix(p.File, "allow any drive", false, eql.Edit{Span: eql.Span{Start: at, End: at + 1}, New: "?"}); ok {
				d.Fixes = []rule.Fix{f}
			}
			facts.ReportSpan(p, l.Range, d)
		}
	})
}

// checkRegexStack looks at what a regular expression means in the Lucene of the oldest stack.
func checkRegexStack(p *check.Pass) {
	stack := p.Config.StackVersions()[0]
	if v, _, ok := facts.MinStack(p.File); ok {
		stack = v
	}
	facts.Inspect(p.Query, func(m *eql.Match) {
		if _, ok := eql.Unparen(m.X).(*eql.Field); !ok || m.Op != eql.Regex && m.Op != eql.RegexFold {
			return
		}
		for _, lit := range m.List {
			for _, c := range lucene.Changes(lit.Str, m.Op == eql.RegexFold) {
				since := check.Version(c.Since)
				if stack.Compare(since) >= 0 {
					continue
				}
				facts.ReportSpan(p, lit.Range, rule.Diagnostic{Message: fmt.Sprintf("%s %s since stack %s, but the rule also runs on %s", rule.Quote(c.Text), c.What, since, stack), Hint: c.Hint})
				break
			}
		}
	})
}

// features of EQL by the stack that brought them.
func checkFeatureStack(p *check.Pass) {
	stack := p.Config.StackVersions()[0]
	if v, _, ok := facts.MinStack(p.File); ok {
		stack = v
	}
	need := func(span eql.Span, what string, v check.Version) {
		if stack.Compare(v) < 0 {
			facts.ReportSpan(p, span, rule.Diagnostic{Message: fmt.Sprintf("%s are known from stack %s on, but the rule also runs on %s", what, v, stack),
				Hint: "set `min_stack_version`"})
		}
	}
	if s, ok := p.Query.Body.(*eql.Sample); ok {
		need(s.Keyword, "samples", check.Version{8, 6, 0})
	}
	facts.Inspect(p.Query, func(t *eql.Term) {
		if t.Missing {
			need(eql.Span{Start: t.Range.Start, End: t.Range.Start + 1}, "missing events", check.Version{8, 9, 0})
		}
		if t.Runs != nil {
			need(t.Runs.Range, "runs", check.Version{7, 16, 0})
		}
	})
}
