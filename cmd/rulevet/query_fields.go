package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/fieldview"
	"github.com/rulevet/rulevet/schema"
)

// queryFields says what the query's fields are. With --schema these are the mappings and what Elasticsearch would add to
// them when it indexes the events; without, addresses and dates as in ECS, and of all else the events' JSON types count.
func (c *Command) queryFields(f *queryFlags, q *eql.Query, files []string) (eql.Fields, error) {
	catalog, err := schema.New()
	if err != nil {
		return nil, failed(err)
	}
	if len(f.schemas) == 0 {
		return ecsTypes{fieldview.Fields{View: catalog.View(schema.Request{}, "")}}, nil
	}
	overlays, err := readSchemas(f.schemas)
	if err != nil {
		return nil, err
	}
	fields := fieldview.Fields{View: catalog.Only(overlays...)}
	names := unlisted(f, q, fields, overlays)
	if len(names) == 0 {
		return fields, nil
	}
	if c.Stdin, err = replayed(c.Stdin, files); err != nil {
		return nil, failed(err)
	}
	return dynamicFields{fields, c.sample(files, names)}, nil
}

func readSchemas(specs []string) ([]*schema.Overlay, error) {
	var all []*schema.Overlay
	for _, spec := range specs {
		path, patterns := spec, []string(nil)
		if _, err := os.Stat(spec); err != nil {
			if pattern, file, scoped := strings.Cut(spec, "="); scoped {
				path, patterns = file, []string{pattern}
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, usageError("--schema: %w", err)
		}
		overlays, err := schema.ReadOverlay(path, data, patterns)
		if err != nil {
			return nil, usageError("--schema: %w", err)
		}
		all = append(all, overlays...)
	}
	return all, nil
}

// ecsTypes knows which fields ECS maps as addresses and dates: their values cannot be compared as the JSON texts they
// are (spec/eql.md 12.2.2).
type ecsTypes struct{ fieldview.Fields }

func (e ecsTypes) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	info, presence := e.Fields.Lookup(name)
	if presence == eql.Present && (info.Type == eql.TypeIP || info.Type.DateFamily()) {
		return info, presence
	}
	return eql.FieldInfo{}, eql.Undecidable
}

// unlisted returns the fields of the query that no mapping lists and some mapping would add by itself.
func unlisted(f *queryFlags, q *eql.Query, fields eql.Fields, overlays []*schema.Overlay) []string {
	names := []string{f.categoryField, f.timestampField}
	if f.tiebreakerField != "" {
		names = append(names, f.tiebreakerField)
	}
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if field, ok := n.(*eql.Field); ok && enter {
			names = append(names, field.Name)
		}
		return true
	})
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		_, presence := fields.Lookup(name)
		base := strings.TrimSuffix(name, exactSuffix)
		return presence != eql.Absent || !slices.ContainsFunc(overlays, func(o *schema.Overlay) bool { return o.MapsDynamically(base) })
	})
}

// exactSuffix names the keyword sub-field that a dynamically mapped text gets; it indexes texts up to exactLimit.
const (
	exactSuffix = ".keyword"
	exactLimit  = 256
)

// dynamicFields are a mapping and what the events add to it.
type dynamicFields struct {
	fieldview.Fields
	found map[string]eql.FieldInfo
}

func (d dynamicFields) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if info, ok := d.found[name]; ok {
		return info, eql.Present
	}
	base := strings.TrimSuffix(name, exactSuffix)
	if info, ok := d.found[base]; ok && base != name && info.Type == eql.TypeText {
		return eql.FieldInfo{Type: eql.TypeKeyword, IgnoreAbove: exactLimit}, eql.Present
	}
	return d.Fields.Lookup(name)
}

// replayed makes standard input readable twice, if it is an input at all.
func replayed(in io.Reader, files []string) (io.Reader, error) {
	if len(files) > 0 && !slices.Contains(files, "-") {
		return in, nil
	}
	spool, err := os.CreateTemp("", "rulevet-query-*")
	if err != nil {
		return nil, err
	}
	os.Remove(spool.Name()) // it stays readable until it is closed; where it does not, the system's clean-up is left
	if _, err := io.Copy(spool, in); err != nil {
		return nil, err
	}
	_, err = spool.Seek(0, io.SeekStart)
	return spool, err
}

// sample finds the dynamic types of fields: of each the type of the first value that an event has. What cannot be read
// is left to the run to report.
func (c *Command) sample(files, names []string) map[string]eql.FieldInfo {
	found := map[string]eql.FieldInfo{}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, path := range files {
		if len(found) == len(names) {
			break
		}
		in, rewind := c.Stdin, func() {}
		if path == "-" {
			if s, ok := in.(io.Seeker); ok {
				rewind = func() { s.Seek(0, io.SeekStart) }
			}
		} else if file, err := os.Open(path); err == nil {
			in, rewind = file, func() { file.Close() }
		} else {
			continue
		}
		sampleReader(in, path, names, found)
		rewind()
	}
	return found
}

func sampleReader(in io.Reader, path string, names []string, found map[string]eql.FieldInfo) {
	reader, err := event.NewReader(path, in)
	if err != nil {
		return
	}
	defer reader.Close()
	var layout event.Layout
	for _, name := range names {
		layout.Add(strings.TrimSuffix(name, exactSuffix))
	}
	dec := event.NewDecoder(&layout)
	var rec event.Record
	for len(found) < len(layout.Names()) {
		doc, err := reader.Next()
		if err == nil {
			err = dec.Decode(doc.Source, &rec)
		}
		if err != nil {
			return
		}
		for slot, name := range layout.Names() {
			if _, known := found[name]; !known && len(rec.Values(slot)) > 0 {
				found[name] = dynamicType(name, &rec.Values(slot)[0])
			}
		}
	}
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
