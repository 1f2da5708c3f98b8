package prove

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Finding is a part of a query that does not do what it seems to, by proof.
type Finding struct {
	// Code is that of the check: query/never-matches, query/dead-clause, query/unreachable-value, query/absorbed or
	// query/exclusion-never-applies.
	Code string
	// Span is the part, in the query.
	Span source.Span
	// Message says what is wrong and why, in one line.
	Message string
	// Related are the parts that make it so.
	Related []source.Related
	// Sure tells that it holds for every event; else only if no field has several values that the schema knows as single.
	Sure bool
	// Edit leaves the part out, which changes nothing; nil if it cannot be cut out of the text.
	Edit *source.Edit
}

// Review finds the parts of a query that cannot be true, cannot be false, or that other parts make superfluous. query is the text that the
// program was compiled from.
func Review(query string, p search.Program) []Finding {
	var out []Finding
	for _, step := range p.Steps() {
		for _, f := range logic.Review(step.Cond(), single) {
			out = append(out, finding(query, step.Cond(), f))
		}
	}
	return out
}

// single tells fields that hold one value at most, as far as the schema knows.
func single(f *predicate.Field) bool {
	return f.Info.Type != 0 && !f.Info.Array && f.Class != predicate.AnyClass
}

func finding(query string, root *predicate.Cond, f logic.Finding) Finding {
	out := Finding{Span: f.Cond.Span, Sure: !f.Assumed}
	part := quote(f.Cond.Text())
	reason := reasonOf(f.By)
	switch f.Kind {
	case logic.NeverTrue:
		out.Code, out.Message = "query/never-matches", "no event can match: "+excludes(f.By)
		if root.Origin == nil || len(f.By) == 1 {
			out.Span = f.By[0].Span
		} else if len(f.By) > 1 {
			out.Span = f.By[len(f.By)-1].Span
		}
	case logic.Absorbed:
		out.Code, out.Message = "query/absorbed", fmt.Sprintf("%s adds nothing: %s says it already", part, reason)
	case logic.DeadValue:
		out.Code = "query/unreachable-value"
		if len(f.By) > 0 {
			out.Message = fmt.Sprintf("%s adds nothing: %s covers it", part, reason)
		} else {
			out.Message = fmt.Sprintf("%s is never true here: what stands around it excludes it", part)
		}
	case logic.NoExclusion:
		out.Code, out.Message = "query/exclusion-never-applies", fmt.Sprintf("%s excludes nothing: what it is about does not get here", part)
		if len(f.By) > 0 {
			out.Message = fmt.Sprintf("%s excludes nothing: %s rules that out already", part, reason)
		}
	default:
		out.Code = "query/dead-clause"
		word := "never"
		if f.Always {
			word = "always"
		}
		out.Message = fmt.Sprintf("%s is %s true here", part, word)
		if len(f.By) > 0 {
			out.Message += ": see " + reason
		} else {
			out.Message += ", given what stands around it"
		}
	}
	if f.Assumed {
		out.Message += " (as long as " + fieldNames(f) + " has one value)"
	}
	for _, by := range f.By {
		if by.Span != out.Span {
			out.Related = append(out.Related, source.Related{Span: by.Span, Message: "this"})
		}
	}
	if f.Kind == logic.Absorbed || f.Kind == logic.NoExclusion || f.Kind == logic.DeadClause && !f.Always {
		out.Edit = leaveOut(query, root, f.Cond)
	}
	return out
}

func quote(s string) string {
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

// fieldNames are the fields that a finding is about.
func fieldNames(f logic.Finding) string {
	var names []string
	var collect func(c *predicate.Cond)
	collect = func(c *predicate.Cond) {
		for _, field := range c.Fields {
			names = append(names, "`"+field.Name+"`")
		}
		for _, k := range c.Kids {
			collect(k)
		}
	}
	collect(f.Cond)
	if len(names) == 0 {
		return "each field"
	}
	return names[0]
}

// between is what may stand between two members of a chain for one of them to be cut out.
var between = regexp.MustCompile(`^\s+(?i:and|or)\s+(?i:not\s+)?$`)

// leaveOut cuts a member of a chain and the operator before it, if nothing else stands there.
func leaveOut(query string, root, part *predicate.Cond) *source.Edit {
	parent, at := parentOf(root, part)
	if parent == nil || at == 0 {
		return nil
	}
	from, to := parent.Kids[at-1].Span.End, part.Span.End
	if from > part.Span.Start || to > len(query) || !between.MatchString(query[from:part.Span.Start]) {
		return nil
	}
	return &source.Edit{Span: source.Span{Start: from, End: to}}
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
