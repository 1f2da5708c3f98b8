package overlay

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/schema"
)

// overlays recognises the format of a document.
func (r *reader) overlays(root *node) ([]*schema.Overlay, error) {
	switch {
	case root.kind == list:
		if err := r.entries(root, ""); err != nil {
			return nil, err
		}
		return r.one(r.patterns, true), nil
	case root.kind != object || len(root.members) == 0:
		return nil, r.errorf(root, "expected a mapping, a _field_caps response, a list of fields, or index patterns with their fields")
	}
	for _, path := range [][]string{{}, {"mappings"}, {"mapping"}, {"template", "mappings"}} {
		m := root
		for _, key := range path {
			m = m.get(key)
		}
		if p := m.get("properties"); m != nil && m.kind == object && len(path) > 0 || p != nil && isProperties(p) {
			settings := root.get("settings")
			if len(path) == 2 {
				settings = root.get(path[0]).get("settings")
			}
			r.normalizers = normalizers(settings)
			return r.whole(m, r.patterns)
		}
	}
	switch fields := root.get("fields"); {
	case fields != nil && fields.kind == object && isFieldCaps(fields):
		if err := r.fieldCaps(fields); err != nil {
			return nil, err
		}
		return r.one(r.patterns, true), nil
	case isECSFlat(root):
		if err := r.ecsFlat(root); err != nil {
			return nil, err
		}
		return r.one(r.patterns, false), nil
	}
	return r.byIndex(root)
}

// one makes the overlay of what was read since the last.
func (r *reader) one(patterns []string, complete bool) []*schema.Overlay {
	for i, f := range r.fields {
		r.fields[i].CopyFrom = r.copyFrom[f.Name]
	}
	o := schema.NewOverlay(r.name, patterns, r.fields)
	o.Complete = complete
	r.fields, r.copyFrom = nil, nil
	return []*schema.Overlay{o}
}

// byIndex reads an object of index names: a get-mapping response or a custom schema of detection-rules.
func (r *reader) byIndex(root *node) ([]*schema.Overlay, error) {
	var out []*schema.Overlay
	for _, m := range root.members {
		if m.val.kind != object {
			return nil, r.errorf(m.at, "expected a mapping, a _field_caps response, a list of fields, or index patterns with their fields, found %q", m.key)
		}
		var made []*schema.Overlay
		var err error
		if maps := m.val.get("mappings"); maps != nil && maps.kind == object {
			patterns := r.patterns
			if len(patterns) == 0 {
				patterns = []string{dataStream(m.key)}
			}
			r.normalizers = normalizers(m.val.get("settings"))
			made, err = r.whole(maps, patterns)
		} else if err = r.custom(m.val, ""); err == nil {
			made = r.one([]string{m.key}, false)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, made...)
	}
	return out, nil
}

var backingIndex = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:partial-|restored-)?\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$`)
})

// dataStream is the name of the data stream that a backing index belongs to, else the index itself.
func dataStream(index string) string {
	if m := backingIndex().FindStringSubmatch(index); m != nil {
		return m[1]
	}
	return index
}

// isProperties tells the properties of a mapping from a field or pattern that happens to be called so.
func isProperties(v *node) bool {
	return v.kind == object && !slices.ContainsFunc(v.members, func(m member) bool {
		return m.val.kind != object || len(m.val.members) > 0 && m.val.get("type") == nil && m.val.get("properties") == nil
	})
}

func isFieldCaps(v *node) bool {
	return !slices.ContainsFunc(v.members, func(m member) bool {
		return m.val.kind != object || slices.ContainsFunc(m.val.members, func(t member) bool { return t.val.get("searchable") == nil })
	})
}

func isECSFlat(root *node) bool {
	return len(root.members) > 0 && root.members[0].val.has("flat_name", "type")
}

// whole reads a mapping with its runtime fields and path templates.
func (r *reader) whole(m *node, patterns []string) ([]*schema.Overlay, error) {
	if err := r.properties(m.get("properties"), ""); err != nil {
		return nil, err
	}
	if rt := m.get("runtime"); rt != nil {
		for _, f := range rt.members {
			if err := r.add(f.at, schema.Field{Name: f.key, Type: f.val.get("type").str()}); err != nil {
				return nil, err
			}
		}
	}
	if t := m.get("dynamic_templates"); t != nil {
		if err := r.templates(t); err != nil {
			return nil, err
		}
	}
	out := r.one(patterns, true)
	dynamic := m.get("dynamic").str()
	out[0].Dynamic = dynamic != "false" && dynamic != "strict"
	return out, nil
}

func (r *reader) properties(props *node, prefix string) error {
	if props == nil {
		return nil
	}
	if props.kind != object {
		return r.errorf(props, "expected an object of fields in \"properties\"")
	}
	for _, m := range props.members {
		if m.val.kind != object {
			return r.errorf(m.val, "expected the mapping of field %q to be an object", prefix+m.key)
		}
		f := mappingField(prefix+m.key, m.val)
		f.Filters = r.normalizers[f.Normalizer]
		r.copies(f.Name, m.val.get("copy_to"))
		if err := r.add(m.at, f); err != nil {
			return err
		}
		if err := r.properties(m.val.get("properties"), f.Name+"."); err != nil {
			return err
		}
		if subs := m.val.get("fields"); subs != nil {
			for _, s := range subs.members {
				sub := mappingField(f.Name+"."+s.key, s.val)
				sub.Multi = true
				sub.Filters = r.normalizers[sub.Normalizer]
				if err := r.add(s.at, sub); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// copies notes the fields that the values of a field are copied to.
func (r *reader) copies(name string, to *node) {
	if to == nil {
		return
	}
	if r.copyFrom == nil {
		r.copyFrom = map[string][]string{}
	}
	for _, t := range append(to.elems, to) {
		if t.kind == scalar {
			r.copyFrom[t.text] = append(r.copyFrom[t.text], name)
		}
	}
}

// mappingField reads the parameters that mappings and field lists share.
func mappingField(name string, v *node) schema.Field {
	f := schema.Field{Name: name, Type: v.get("type").str(), Path: v.get("path").str(), Value: v.get("value").str(),
		NullValue: v.get("null_value").str(), Format: v.get("format").str(), Normalizer: v.get("normalizer").str(), Dynamic: v.get("dynamic").str()}
	if f.Type == "" {
		f.Type = "object"
	}
	if f.Type != "date" && f.Type != "date_nanos" && f.Type != "date_range" {
		f.Format = "" // Beats: how a dashboard shows a number
	}
	f.Scale, _ = strconv.ParseFloat(v.get("scaling_factor").str(), 64)
	f.IgnoreAbove, _ = strconv.Atoi(v.get("ignore_above").str())
	f.NoIndex = v.get("index").str() == "false"
	f.NoDocValues = v.get("doc_values").str() == "false"
	f.NoCoerce = v.get("coerce").str() == "false"
	f.Disabled = v.get("enabled").str() == "false"
	return f
}

// templates reads the dynamic templates that go by path; those by type or last name say nothing about one field.
func (r *reader) templates(t *node) error {
	for _, e := range t.elems {
		for _, m := range e.members {
			paths := m.val.get("path_match")
			if paths == nil {
				continue
			}
			for _, p := range append(paths.elems, paths) {
				typ := m.val.get("mapping").get("type").str()
				if typ == "" {
					typ = m.val.get("runtime").get("type").str()
				}
				if strings.Contains(typ, "{") { // "{dynamic_type}"
					typ = ""
				}
				if p.kind != scalar {
					continue
				}
				if err := r.add(p, schema.Field{Name: p.text, Type: typ}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *reader) fieldCaps(fields *node) error {
	for _, m := range fields.members {
		for _, t := range m.val.members {
			if t.key == "unmapped" || strings.HasPrefix(m.key, "_") {
				continue
			}
			if err := r.add(t.at, schema.Field{Name: m.key, Type: t.key, NoIndex: t.val.get("searchable").str() == "false"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// custom reads field -> type, where a type is a string and an object adds a level of names.
func (r *reader) custom(v *node, prefix string) error {
	for _, m := range v.members {
		var err error
		switch {
		case m.val.kind == object:
			err = r.custom(m.val, prefix+m.key+".")
		case m.val.kind != scalar || m.val.text == "":
			err = r.errorf(m.val, "expected the type of field %q as text", prefix+m.key)
		default:
			err = r.add(m.val, schema.Field{Name: prefix + m.key, Type: m.val.text})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries reads the list of a fields.yml. A group adds its name to those of its fields; an entry without name ("key:
// ecs" of a Beat) adds nothing. Without a type an entry is a group if it has fields, else a keyword.
func (r *reader) entries(v *node, prefix string) error {
	for _, e := range v.elems {
		if e.kind != object {
			return r.errorf(e, "expected a field with \"name\" and \"type\"")
		}
		name, fields := prefix+e.get("name").str(), e.get("fields")
		if e.get("name") == nil {
			if fields == nil {
				return r.errorf(e, "expected a field with \"name\"")
			}
			name = strings.TrimSuffix(prefix, ".")
		} else if err := r.entry(e, name); err != nil {
			return err
		}
		if fields == nil || fields.kind == null {
			continue
		}
		if fields.kind != list {
			return r.errorf(fields, "expected a list of fields in \"fields\"")
		}
		below := name + "."
		if name == "" {
			below = ""
		}
		if err := r.entries(fields, below); err != nil {
			return err
		}
	}
	return nil
}

// entry reads an entry itself and its multi-fields.
func (r *reader) entry(e *node, name string) error {
	f := mappingField(name, e)
	f.ObjectType, f.External = e.get("object_type").str(), e.get("external").str() == "ecs"
	f.Array = normalizes(e)
	switch typ := e.get("type").str(); {
	case f.External:
		f.Type = typ
	case typ == "" && e.get("fields") != nil, typ == "group":
		return nil // a level of names
	case typ == "":
		f.Type = "keyword"
	}
	if f.ObjectType == "" && f.Type == "object" && e.get("object_type_params") != nil {
		f.ObjectType = e.get("object_type_params").first().get("object_type").str()
	}
	if err := r.add(e, f); err != nil {
		return err
	}
	return r.multi(e, name)
}

// first is the first element of a list.
func (n *node) first() *node {
	if n == nil || len(n.elems) == 0 {
		return nil
	}
	return n.elems[0]
}

func (r *reader) multi(e *node, name string) error {
	m := e.get("multi_fields")
	if m == nil {
		return nil
	}
	for _, s := range m.elems {
		sub := mappingField(name+"."+s.get("name").str(), s)
		sub.Multi = true
		if err := r.add(s, sub); err != nil {
			return err
		}
	}
	return nil
}

func normalizes(e *node) bool {
	n := e.get("normalize")
	return n != nil && slices.ContainsFunc(n.elems, func(v *node) bool { return v.text == "array" })
}

// ecsFlat reads generated/ecs/ecs_flat.yml.
func (r *reader) ecsFlat(root *node) error {
	for _, m := range root.members {
		if !m.val.has("flat_name", "type") {
			return r.errorf(m.at, "expected \"flat_name\" and \"type\" in field %q", m.key)
		}
		f := mappingField(m.val.get("flat_name").str(), m.val)
		f.Array, f.ObjectType = normalizes(m.val), m.val.get("object_type").str()
		if err := r.add(m.at, f); err != nil {
			return err
		}
		if err := r.multi(m.val, f.Name); err != nil {
			return err
		}
	}
	return nil
}
