package schema

import (
	"errors"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/mapping"
)

// exactSuffix names the keyword sub-field that a dynamically mapped text gets; it indexes texts up to exactLimit.
const (
	exactSuffix = ".keyword"
	exactLimit  = 256
)

// Dynamic is a mapping with what Elasticsearch adds to it when it indexes events: a field that the mapping neither lists
// nor forbids gets its type from the first value that an event has for it.
type Dynamic struct {
	mapping.Fields
	open  []string // names without a type so far
	found map[string]mapping.Info

	overlays []*Overlay // nil unless every field of the events matters
}

// NewDynamicAll is NewDynamic for a query that may mean any field: one with a pattern of names, or with values that are
// looked for everywhere. Sample then reads all documents.
func NewDynamicAll(fields mapping.Fields, overlays []*Overlay) *Dynamic {
	d := &Dynamic{Fields: fields, found: map[string]mapping.Info{}}
	for _, o := range overlays {
		if o.Dynamic {
			d.overlays = overlays
		}
	}
	return d
}

// NewDynamic starts with the mapping alone. names are the fields that matter.
func NewDynamic(fields mapping.Fields, overlays []*Overlay, names []string) *Dynamic {
	d := &Dynamic{Fields: fields, found: map[string]mapping.Info{}}
	for _, name := range names {
		if _, presence := fields.Lookup(name); presence != mapping.Absent {
			continue
		}
		name = strings.TrimSuffix(name, exactSuffix)
		if !slices.Contains(d.open, name) && slices.ContainsFunc(overlays, func(o *Overlay) bool { return o.MapsDynamically(name) }) {
			d.open = append(d.open, name)
		}
	}
	return d
}

// Complete reports whether no name is left that events could add.
func (d *Dynamic) Complete() bool { return len(d.open) == 0 && d.overlays == nil }

// sampleAll reads all documents for the names and types of fields.
func (d *Dynamic) sampleAll(next func() (event.Doc, error)) error {
	var w event.Walker
	for {
		doc, err := next()
		var broken *event.InputError
		if errors.As(err, &broken) {
			continue // whoever reads for good tells of it
		}
		if err != nil {
			return err
		}
		_ = w.LeavesOf(doc.Source, func(path []byte, v event.Value) bool {
			if _, ok := d.found[string(path)]; ok {
				return true
			}
			name := string(path)
			if _, presence := d.Fields.Lookup(name); presence == mapping.Absent && slices.ContainsFunc(d.overlays, func(o *Overlay) bool { return o.MapsDynamically(name) }) {
				d.found[name] = dynamicType(name, &v)
			}
			return true
		})
	}
}

// Names implements mapping.Lister.
func (d *Dynamic) Names(prefix string) []string {
	var list []string
	if l, ok := d.Fields.(mapping.Lister); ok {
		list = l.Names(prefix)
	}
	for name, info := range d.found {
		for _, n := range []string{name, name + exactSuffix} {
			if strings.HasPrefix(n, prefix) && (n == name || info.Type == mapping.Text) {
				list = append(list, n)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Sample reads documents until all names have a type or next fails; it returns the error of next.
func (d *Dynamic) Sample(next func() (event.Doc, error)) error {
	if d.overlays != nil {
		return d.sampleAll(next)
	}
	var layout event.Layout
	for _, name := range d.open {
		layout.Add(name)
	}
	dec := event.NewDecoder(&layout)
	var rec event.Record
	for len(d.open) > 0 {
		doc, err := next()
		var broken *event.InputError
		if errors.As(err, &broken) {
			continue // whoever reads for good tells of it
		}
		if err != nil {
			return err
		}
		if dec.Decode(doc.Source, &rec) != nil {
			continue
		}
		for slot, name := range layout.Names() {
			if vs := rec.Values(slot); len(vs) > 0 && slices.Contains(d.open, name) {
				d.found[name] = dynamicType(name, &vs[0])
				d.open = slices.DeleteFunc(d.open, func(open string) bool { return open == name })
			}
		}
	}
	return nil
}

// Lookup implements mapping.Fields.
func (d *Dynamic) Lookup(name string) (mapping.Info, mapping.Presence) {
	if info, ok := d.found[name]; ok {
		return info, mapping.Present
	}
	base := strings.TrimSuffix(name, exactSuffix)
	if info, ok := d.found[base]; ok && base != name && info.Type == mapping.Text {
		return mapping.Info{Type: mapping.Keyword, IgnoreAbove: exactLimit}, mapping.Present
	}
	return d.Fields.Lookup(name)
}

// dynamicType is what Elasticsearch maps a new field to: a text that looks like a date to a date, any other to text with
// a keyword sub-field.
func dynamicType(name string, v *event.Value) mapping.Info {
	switch v.Kind {
	case event.Bool:
		return mapping.Info{Type: mapping.Boolean}
	case event.Int:
		return mapping.Info{Type: mapping.Long}
	case event.Uint:
		return mapping.Info{Type: mapping.UnsignedLong}
	case event.Float:
		return mapping.Info{Type: mapping.Float}
	}
	if esdate.Detected(v.Text) {
		return mapping.Info{Type: mapping.Date}
	}
	return mapping.Info{Type: mapping.Text, Exact: name + exactSuffix}
}
