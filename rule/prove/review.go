package prove

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Review finds the parts of a query that cannot be true, cannot be false, or that other parts make superfluous, by proof. query is the
// text that the program was compiled from. The codes of the issues are query/never-matches, query/dead-clause,
// query/unreachable-value, query/absorbed and query/exclusion-never-applies; their edits change nothing but the text. Without infos, what
// would only be worth knowing is not looked for, which is faster.
func Review(query string, p search.Program, infos bool) []source.Issue {
	return review(quickSpace(), query, p, infos)
}

// quickSpace is one for questions of which there are many.
func quickSpace() *logic.Space {
	s := logic.New()
	s.Quick()
	return s
}

func review(space *logic.Space, query string, p search.Program, infos bool) []source.Issue {
	var out []source.Issue
	for _, step := range p.Steps() {
		for _, f := range space.Review(step.Cond, single, infos) {
			out = append(out, issue(query, step.Cond, f))
		}
	}
	return out
}

// single tells fields that hold one value at most, as far as the schema knows.
func single(f *predicate.Field) bool {
	return f.Info.Single && f.Class != predicate.AnyClass
}

func issue(query string, root *predicate.Cond, f logic.Finding) source.Issue {
	out := source.Issue{Code: codes[f.Kind], Level: level(f), Span: f.Cond.Span, Message: message(f)}
	if n := len(f.By); f.Kind == logic.NeverTrue && n > 0 {
		out.Span = f.By[n-1].Span
	}
	if f.Assumed {
		of := f.Cond
		if len(f.By) > 0 {
			of = f.By[0]
		}
		out.Message += " (as long as " + fieldName(of) + " has one value)"
	}
	for _, by := range f.By {
		if by.Span != out.Span {
			out.Related = append(out.Related, source.Related{Span: by.Span, Message: "because of this"})
		}
	}
	if f.Kind == logic.Absorbed || f.Kind == logic.NoExclusion || f.Kind == logic.DeadClause && !f.Always {
		if edit, ok := leaveOut(query, root, f.Cond); ok {
			out.Edits, out.Unsafe = []source.Edit{edit}, f.Assumed
		}
	}
	return out
}

var codes = map[logic.Kind]string{
	logic.NeverTrue: "query/never-matches", logic.DeadClause: "query/dead-clause", logic.Absorbed: "query/absorbed",
	logic.DeadValue: "query/unreachable-value", logic.NoExclusion: "query/exclusion-never-applies",
}

// level is how bad a finding is: a query that cannot match is an error, what has no effect a warning if it holds without an
// assumption, and what is merely said twice in other words an info.
func level(f logic.Finding) source.Level {
	said := len(f.By) == 1 && f.By[0].Text() != f.Cond.Text()
	switch {
	case f.Kind == logic.NeverTrue && !f.Assumed:
		return source.Error
	case f.Kind == logic.NeverTrue:
		return source.Warning
	case f.Assumed, f.Kind == logic.DeadValue && len(f.By) > 0, f.Kind == logic.Absorbed && said:
		return source.Info
	}
	return source.Warning
}

// message says what is wrong and why, in one line.
func message(f logic.Finding) string {
	part, reason := quote(f.Cond.Text()), reasonOf(f.By)
	because := len(f.By) > 0
	switch {
	case f.Kind == logic.NeverTrue:
		return "no event can match: " + excludes(f.By)
	case f.Kind == logic.Absorbed:
		return fmt.Sprintf("%s adds nothing: %s says it already", part, reason)
	case f.Kind == logic.DeadValue && because:
		return fmt.Sprintf("%s adds nothing: %s covers it", part, reason)
	case f.Kind == logic.DeadValue:
		return fmt.Sprintf("%s is never true here: what stands around it excludes it", part)
	case f.Kind == logic.NoExclusion && because:
		return fmt.Sprintf("%s excludes nothing: %s rules that out already", part, reason)
	case f.Kind == logic.NoExclusion:
		return fmt.Sprintf("%s excludes nothing: what it is about does not get here", part)
	}
	word := "never"
	if f.Always {
		word = "always"
	}
	if because {
		return fmt.Sprintf("%s is %s true here: see %s", part, word, reason)
	}
	return fmt.Sprintf("%s is %s true here, given what stands around it", part, word)
}

func quote(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:77]) + "…"
	}
	return "`" + s + "`"
}

func reasonOf(by []*predicate.Cond) string {
	var parts []string
	for _, c := range by {
		parts = append(parts, quote(c.Text()))
	}
	return strings.Join(parts, " and ")
}

func excludes(by []*predicate.Cond) string {
	switch len(by) {
	case 0:
		return "the condition is never true"
	case 1:
		return reasonOf(by) + " is never true"
	}
	return reasonOf(by) + " exclude each other"
}

// fieldName is the first field that a condition is about.
func fieldName(c *predicate.Cond) string {
	if len(c.Fields) > 0 {
		return "`" + c.Fields[0].Name + "`"
	}
	for _, k := range c.Kids {
		return fieldName(k)
	}
	return "each field"
}

// between is what may stand between two members of a chain for one of them to be cut out.
var between = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s+(?i:and|or)\s+(?i:not\s+)?$`) })

// leaveOut cuts a member of a chain and the operator before it, if nothing else stands there.
func leaveOut(query string, root, part *predicate.Cond) (source.Edit, bool) {
	parent, at := parentOf(root, part)
	if parent == nil || at == 0 {
		return source.Edit{}, false
	}
	from, to := parent.Kids[at-1].Span.End, part.Span.End
	if from > part.Span.Start || to > len(query) || !between().MatchString(query[from:part.Span.Start]) {
		return source.Edit{}, false
	}
	to, ok := closed(query, from, to)
	return source.Edit{Span: source.Span{Start: from, End: to}}, ok
}

// closed is the end of a part of a query with the brackets behind it that belong to those that it opens; ok is false if there are others.
// The span of a condition ends with its last operand.
func closed(query string, from, to int) (end int, ok bool) {
	open, comment := 0, false // what looks like a comment is none in KQL
	for i := from; i < to; {
		n, isString := source.LexemeLength(query[i:])
		switch {
		case isString && i+n > to:
			return to, false
		case !isString && n > 1:
			comment, n = true, 1
		case query[i] == '(':
			open++
		case query[i] == ')':
			if open--; open < 0 {
				return to, false
			}
		}
		i += n
	}
	for ; open > 0 && !comment; open-- {
		for to < len(query) && strings.ContainsRune(" \t\r\n", rune(query[to])) {
			to++
		}
		if to == len(query) || query[to] != ')' {
			return to, false
		}
		to++
	}
	return to, open == 0
}

func parentOf(c, part *predicate.Cond) (parent *predicate.Cond, at int) {
	for i, k := range c.Kids {
		if k == part {
			return c, i
		}
		if p, at := parentOf(k, part); p != nil {
			return p, at
		}
	}
	return nil, 0
}
