package fieldcheck

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// StackViews returns one view for each stack the rule runs on, oldest first, restricted to the data sets and modules that
// a condition demands (nil = none): the configured stacks from min_stack_version on, at least the newest.
func StackViews(p *check.Pass, cond eql.Expr) ([]*schema.View, error) {
	req := schema.Request{Packages: p.File.Metadata.Integration}
	if cond != nil {
		req.Datasets, req.Modules = Pinned(cond, "event.dataset", "data_stream.dataset"), Pinned(cond, "event.module")
	}
	find := func() found {
		req.Indexes = indexes(p)
		views, err := ViewsOf(p, req)
		return found{views, err}
	}
	if req.Datasets != nil || req.Modules != nil {
		x := find()
		return x.views, x.err
	}
	x := p.Memo(viewsOf{p.ESQL}, func() any { return find() }).(found)
	return x.views, x.err
}

// viewsOf is what the views of the indexes of a rule are remembered under, and found what is.
type (
	viewsOf struct{ esql *esql.Info }
	found   struct {
		views []*schema.View
		err   error
	}
)

// indexes are those that the query searches: of ES|QL those behind FROM.
func indexes(p *check.Pass) []string {
	if p.ESQL != nil {
		return p.ESQL.Query.Indexes()
	}
	return p.File.Rule.Index
}

// ViewsOf returns one view of a request for each stack the rule runs on, oldest first: the configured stacks from
// min_stack_version on, at least the newest.
func ViewsOf(p *check.Pass, req schema.Request) ([]*schema.View, error) {
	views, err := p.Shared.Views(req)
	if err != nil {
		return nil, err
	}
	lowest, _, ok := facts.MinStack(p.File)
	from := slices.IndexFunc(p.Config.StackVersions(), func(v check.Version) bool { return !ok || v.Compare(check.Version{lowest[0], lowest[1], 0}) >= 0 })
	if from < 0 || p.Run.Doubts("metadata.min_stack_version") {
		from = len(views) - 1
	}
	return views[from:], nil
}

// Pinned returns the values that a condition demands of one of the fields: those of a conjunct field == "x",
// field in ("x", "y"), or of an or of such.
func Pinned(cond eql.Expr, fields ...string) []string {
	for _, c := range eql.Operands(eql.And, eql.Unparen(cond)) {
		if list := pinnedBy(eql.Unparen(c), fields); list != nil {
			return list
		}
	}
	return nil
}

func pinnedBy(e eql.Expr, fields []string) []string {
	switch e := e.(type) {
	case *eql.Binary:
		if e.Op == eql.Or {
			var out []string
			for _, arm := range eql.Operands(eql.Or, e) {
				list := Pinned(arm, fields...)
				if list == nil {
					return nil
				}
				out = append(out, list...)
			}
			return out
		}
		if e.Op == eql.Eq && IsField(e.X, fields) {
			return StringValues([]eql.Expr{e.Y})
		}
	case *eql.Match:
		if e.Op == eql.Colon && IsField(e.X, fields) {
			return plainValues(e.List)
		}
	case *eql.In:
		if !e.Negated && IsField(e.X, fields) {
			return StringValues(e.List)
		}
	}
	return nil
}

func IsField(e eql.Expr, names []string) bool {
	f, ok := eql.Unparen(e).(*eql.Field)
	return ok && slices.Contains(names, f.Name)
}

// StringValues returns the strings of a list, or nil if not all of its elements are strings.
func StringValues(list []eql.Expr) []string {
	var out []string
	for _, e := range list {
		l, ok := eql.Unparen(e).(*eql.Literal)
		if !ok || l.Kind != eql.StringLiteral {
			return nil
		}
		out = append(out, l.Str)
	}
	return out
}

// plainValues returns patterns that are plain words, or nil if one is not.
func plainValues(list []*eql.Literal) []string {
	var out []string
	for _, l := range list {
		if l.Kind != eql.StringLiteral || strings.ContainsAny(l.Str, "*?") {
			return nil
		}
		out = append(out, strings.ToLower(l.Str))
	}
	return out
}
