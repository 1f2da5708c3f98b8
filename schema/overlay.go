package schema

import "strings"

// Overlay is a user's own list of fields, laid over the embedded ones.
type Overlay struct {
	Name     string   // file it came from; in messages
	Patterns []string // index patterns it belongs to; empty = all
	Fields   []Field  // sorted by name
	Dynamic  bool     // a mapping that maps what it does not list when a document has it; see MapsDynamically
	byName   map[string]Field
	own      *table
}

// NewOverlay makes an overlay. Of several fields of the same name the first counts.
func NewOverlay(name string, patterns []string, fields []Field) *Overlay {
	o := &Overlay{Name: name, Patterns: patterns, Fields: fields, byName: make(map[string]Field, len(fields))}
	for _, f := range fields {
		if _, ok := o.byName[f.Name]; !ok {
			o.byName[f.Name] = f
		}
	}
	o.own = &table{source: Source{Table: name}, rows: len(fields), overlay: o}
	return o
}

func (o *Overlay) table() *table { return o.own }

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

// MapsDynamically reports whether Elasticsearch would map a field of this name by itself when a document has it: the
// mapping does not list it, and neither the mapping nor the object around it turns dynamic mapping off.
func (o *Overlay) MapsDynamically(name string) bool {
	if _, listed := o.byName[name]; listed {
		return false
	}
	for parent := parentOf(name); parent != ""; parent = parentOf(parent) {
		f, ok := o.byName[parent]
		switch {
		case !ok:
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
		for _, f := range t.overlay.Fields {
			if strings.Contains(f.Name, "*") && globMatch(f.Name, name) {
				row := f.Name
				f.Name = name
				r.add(f, t.source)
				r.Parent = row
			}
		}
	}
}
