package compile

import (
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
)

// CatalogFields answers for ES|QL from the catalog. What a view does not have is undecidable, not absent: the catalog does not
// know every field of an index, and the check of fields says more about one that it lacks.
func CatalogFields(view *schema.View) esql.Fields { return catalogFields{view} }

type catalogFields struct{ view *schema.View }

// Lookup implements esql.Fields.
func (c catalogFields) Lookup(name string) ([]string, esql.Presence) {
	info, p := c.view.Lookup(name)
	if p != mapping.Present || info.Name == "" || len(info.Also) > 0 || info.Type == mapping.Object || info.Type == mapping.Nested || info.Type == mapping.Unknown {
		return nil, esql.Undecidable
	}
	return []string{info.Name}, esql.Present
}

// Names implements esql.Fields.
func (c catalogFields) Names() ([]string, bool) { return nil, false }

// Suggest implements esql.Fields.
func (c catalogFields) Suggest(name string) []string { return c.view.Suggest(name) }
