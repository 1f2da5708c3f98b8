package schema

import (
	"slices"
	"strings"
)

// Overlay is a user's own list of fields, laid over the embedded ones. Package overlay reads them from files.
type Overlay struct {
	Name     string   // file it came from; in messages
	Patterns []string // index patterns it belongs to; empty = all
	Fields   []Field  // sorted by name; several of one name are the types it has in several indexes
	Dynamic  bool     // a mapping that maps what it does not list when a document has it; see MapsDynamically
	Complete bool     // the fields of its patterns are all listed, ECS aside
	own      *table
	stars    []Field // those with a wildcard in their name
}

// NewOverlay makes an overlay of fields in any order.
func NewOverlay(name string, patterns []string, fields []Field) *Overlay {
	o := &Overlay{Name: name, Patterns: patterns, Fields: slices.Clone(fields)}
	slices.SortStableFunc(o.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range o.Fields {
		if strings.Contains(f.Name, "*") {
			o.stars = append(o.stars, f)
		}
	}
	o.own = &table{source: Source{Table: name}, rows: len(fields), overlay: o}
	return o
}

// named returns the fields of a name.
func (o *Overlay) named(name string) []Field {
	i, _ := slices.BinarySearchFunc(o.Fields, name, func(f Field, name string) int { return strings.Compare(f.Name, name) })
	j := i
	for j < len(o.Fields) && o.Fields[j].Name == name {
		j++
	}
	return o.Fields[i:j]
}

// appliesTo reports whether the overlay belongs to an index pattern.
func (o *Overlay) appliesTo(index string) bool {
	if len(o.Patterns) == 0 {
		return true
	}
	for _, p := range o.Patterns {
		if index != "" && globOverlap(indexName(p), index) {
			return true
		}
	}
	return false
}

// Described reports whether an overlay was made for an index pattern, or for some index that it matches: then its fields are
// known, whatever its name is near to.
func (c *Catalog) Described(pattern string) bool {
	return slices.ContainsFunc(c.overlays, func(o *Overlay) bool { return len(o.Patterns) > 0 && o.appliesTo(indexName(pattern)) })
}

// AppliesTo reports whether the overlay belongs to an index, or to an index that a pattern matches.
func (o *Overlay) AppliesTo(index string) bool { return o.appliesTo(indexName(index)) }

// MapsDynamically reports whether Elasticsearch would map a field of this name by itself when a document has it: the
// mapping does not list it, and neither the mapping nor the object around it turns dynamic mapping off.
func (o *Overlay) MapsDynamically(name string) bool {
	if len(o.named(name)) > 0 {
		return false
	}
	for parent := parentOf(name); parent != ""; parent = parentOf(parent) {
		list := o.named(parent)
		if len(list) == 0 {
			continue
		}
		switch f := list[0]; {
		case f.Type != "object" || f.Disabled || f.Dynamic == "false" || f.Dynamic == "strict":
			return false
		case f.Dynamic != "":
			return true
		}
	}
	return o.Dynamic
}

// overlayStars looks for overlay rows with a wildcard.
func (v *View) overlayStars(name string, r *Result) {
	for _, t := range v.layers {
		if t.overlay == nil {
			continue
		}
		for _, f := range t.overlay.stars {
			if globMatch(f.Name, name) {
				r.Parent = f.Name
				f.Name = name
				if f.Type == "object" {
					f.Type = f.ObjectType
				}
				r.add(f, t.sourceOf(f))
			}
		}
	}
}

// sourceOf names where a field of the table comes from; of an overlay with the line.
func (t *table) sourceOf(f Field) Source {
	if f.Pos != "" {
		return Source{Table: f.Pos}
	}
	return t.source
}

// Only returns the view of overlays alone, for queries over data whose mapping is fully known: every other name is
// absent.
func (c *Catalog) Only(overlays ...*Overlay) *View {
	d := c.With(overlays...)
	v := &View{&content{catalog: d, cache: map[string]*Result{}}, d.stack("")}
	for _, o := range overlays {
		v.layers = append(v.layers, o.own)
	}
	return v
}
