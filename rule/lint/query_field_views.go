package lint

import (
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// What the indexes of a rule are to the field catalog.

// fieldShared keeps the catalog and the views of a run.
type fieldShared struct {
	once    sync.Once
	catalog *schema.Catalog
	err     error
	views   sync.Map // fieldRequest -> []*schema.View, one a stack of the configuration
}

// fieldCatalog opens the catalog with the overlays of the configuration.
func (s *Shared) fieldCatalog() (*schema.Catalog, error) {
	s.fields.once.Do(func() {
		if s.fields.catalog, s.fields.err = schema.New(); s.fields.err == nil {
			s.fields.catalog = s.fields.catalog.With(s.overlays...)
		}
	})
	return s.fields.catalog, s.fields.err
}

// LoadCatalog lays files over the embedded field catalog, as Config.Schemas names them.
func LoadCatalog(schemas []string) (*schema.Catalog, error) {
	overlays, err := overlay.Load(schemas)
	if err != nil {
		return nil, err
	}
	c, err := schema.New()
	if err != nil {
		return nil, err
	}
	return c.With(overlays...), nil
}

// fieldRequest is a comparable schema.Request.
type fieldRequest struct{ indexes, packages, datasets, modules string }

// views returns one view for each stack of the configuration, oldest first; rules on the same indexes share them.
func (s *Shared) views(req schema.Request) ([]*schema.View, error) {
	catalog, err := s.fieldCatalog()
	if err != nil {
		return nil, err
	}
	key := fieldRequest{strings.Join(req.Indexes, "\n"), strings.Join(req.Packages, "\n"), strings.Join(req.Datasets, "\n"), strings.Join(req.Modules, "\n")}
	if v, ok := s.fields.views.Load(key); ok {
		return v.([]*schema.View), nil
	}
	var stacks []string
	for _, v := range s.Config.stacks() {
		stacks = append(stacks, v.String())
	}
	v, _ := s.fields.views.LoadOrStore(key, catalog.Views(req, stacks...))
	return v.([]*schema.View), nil
}

// stackViews returns one view for each stack the rule runs on, oldest first, restricted to the data sets and modules that
// a condition demands (nil = none): the configured stacks from min_stack_version on, at least the newest.
func stackViews(p *Pass, cond eql.Expr) ([]*schema.View, error) {
	req := schema.Request{Indexes: p.File.Rule.Index, Packages: p.File.Metadata.Integration}
	if cond != nil {
		req.Datasets, req.Modules = pinned(cond, "event.dataset", "data_stream.dataset"), pinned(cond, "event.module")
	}
	views, err := p.Shared.views(req)
	if err != nil {
		return nil, err
	}
	lowest, _, ok := minStack(p.File)
	from := slices.IndexFunc(p.Config.stacks(), func(v version) bool { return !ok || v.compare(version{lowest[0], lowest[1], 0}) >= 0 })
	if from < 0 || p.Run.Doubts("metadata.min_stack_version") {
		from = len(views) - 1
	}
	return views[from:], nil
}

// pinned returns the values that a condition demands of one of the fields: those of a conjunct field == "x",
// field in ("x", "y"), or of an or of such.
func pinned(cond eql.Expr, fields ...string) []string {
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
				list := pinned(arm, fields...)
				if list == nil {
					return nil
				}
				out = append(out, list...)
			}
			return out
		}
		if e.Op == eql.Eq && isField(e.X, fields) {
			return stringValues([]eql.Expr{e.Y})
		}
	case *eql.Match:
		if e.Op == eql.Colon && isField(e.X, fields) {
			return plainValues(e.List)
		}
	case *eql.In:
		if !e.Negated && isField(e.X, fields) {
			return stringValues(e.List)
		}
	}
	return nil
}

func isField(e eql.Expr, names []string) bool {
	f, ok := eql.Unparen(e).(*eql.Field)
	return ok && slices.Contains(names, f.Name)
}

// stringValues returns the strings of a list, or nil if not all of its elements are strings.
func stringValues(list []eql.Expr) []string {
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
