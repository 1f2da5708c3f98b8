package fieldview

import (
	"errors"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/schema"
)

// exactSuffix names the keyword sub-field that a dynamically mapped text gets; it indexes texts up to exactLimit.
const (
	exactSuffix = ".keyword"
	exactLimit  = 256
)

// Dynamic is a mapping with what Elasticsearch adds to it when it indexes events: a field that the mapping neither lists
// nor forbids gets its type from the first value that an event has for it.
type Dynamic struct {
	Fields
	open  []string // names without a type so far
	found map[string]eql.FieldInfo
}

// NewDynamic starts with the mapping alone. names are the fields that matter.
func NewDynamic(fields Fields, overlays []*schema.Overlay, names []string) *Dynamic {
	d := &Dynamic{Fields: fields, found: map[string]eql.FieldInfo{}}
	for _, name := range names {
		if _, presence := fields.Lookup(name); presence != eql.Absent {
			continue
		}
		name = strings.TrimSuffix(name, exactSuffix)
		if !slices.Contains(d.open, name) && slices.ContainsFunc(overlays, func(o *schema.Overlay) bool { return o.MapsDynamically(name) }) {
			d.open = append(d.open, name)
		}
	}
	return d
}

// Complete reports whether no name is left that events could add.
func (d *Dynamic) Complete() bool { return len(d.open) == 0 }

// Sample reads documents until all names have a type or next fails; it returns the error of next.
func (d *Dynamic) Sample(next func() (event.Doc, error)) error {
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

// Lookup implements eql.Fields.
func (d *Dynamic) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if info, ok := d.found[name]; ok {
		return info, eql.Present
	}
	base := strings.TrimSuffix(name, exactSuffix)
	if info, ok := d.found[base]; ok && base != name && info.Type == eql.TypeText {
		return eql.FieldInfo{Type: eql.TypeKeyword, IgnoreAbove: exactLimit}, eql.Present
	}
	return d.Fields.Lookup(name)
}

// dynamicType is what Elasticsearch maps a new field to: a text that looks like a date to a date, any other to text with
// a keyword sub-field.
func dynamicType(name string, v *event.Value) eql.FieldInfo {
	switch v.Kind {
	case event.Bool:
		return eql.FieldInfo{Type: eql.TypeBoolean}
	case event.Int:
		return eql.FieldInfo{Type: eql.TypeLong}
	case event.Uint:
		return eql.FieldInfo{Type: eql.TypeUnsignedLong}
	case event.Float:
		return eql.FieldInfo{Type: eql.TypeFloat}
	}
	if _, number := esdate.Epoch(v.Text, 1); !number {
		if _, ok := esdate.Default().Value(v.Text); ok {
			return eql.FieldInfo{Type: eql.TypeDate}
		}
	}
	return eql.FieldInfo{Type: eql.TypeText, Exact: name + exactSuffix}
}
