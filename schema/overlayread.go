package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	maxOverlaySize  = 64 << 20
	maxOverlayDepth = 64
)

// ReadOverlay reads a user's field list. The format is recognised by its content: an Elasticsearch mapping (bare, under
// "mappings", or a get-mapping response by index), a _field_caps response, the custom-schema JSON of detection-rules
// (index pattern -> field -> type, nested or dotted), or lines "field TAB type [TAB flags]". patterns scopes it; a custom
// schema brings its own. Errors name the file with line and column.
func ReadOverlay(name string, data []byte, patterns []string) ([]*Overlay, error) {
	if len(data) > maxOverlaySize {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxOverlaySize)
	}
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(trimmed) == 0 {
		return nil, fmt.Errorf("%s:1:1: empty field list", name)
	}
	if trimmed[0] != '{' {
		return readTSV(name, data, patterns)
	}
	r := &jsonReader{name: name, data: data}
	root, err := r.read()
	if err != nil {
		return nil, err
	}
	return r.overlays(root, patterns)
}

func readTSV(name string, data []byte, patterns []string) ([]*Overlay, error) {
	var fields []Field
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cells := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		switch {
		case line == "" || line[0] == '#' || i == 0 && cells[0] == "field":
			continue
		case len(cells) < 2 || len(cells) > 3 || cells[0] == "" || cells[1] == "":
			return nil, fmt.Errorf("%s:%d:1: expected field, type and optional flags separated by tabs, found %q", name, i+1, line)
		}
		f := parseFlags(cells[0], cells[1], strings.Join(cells[2:], ""))
		f.Pos = name + ":" + strconv.Itoa(i+1)
		fields = append(fields, f)
	}
	return []*Overlay{NewOverlay(name, patterns, fields)}, nil
}

// member is one entry of a JSON object, in source order.
type member struct {
	key string
	val *jsonValue
}

// jsonValue is a JSON value with its place. Arrays keep no elements.
type jsonValue struct {
	offset  int
	object  bool
	members []member
	scalar  any // string, json.Number, bool or nil
	array   bool
}

func (v *jsonValue) get(key string) *jsonValue {
	if v == nil {
		return nil
	}
	for _, m := range v.members {
		if m.key == key {
			return m.val
		}
	}
	return nil
}

func (v *jsonValue) text() string {
	if v == nil || v.scalar == nil {
		return ""
	}
	return fmt.Sprint(v.scalar)
}

type jsonReader struct {
	name string
	data []byte
	dec  *json.Decoder
}

func (r *jsonReader) read() (*jsonValue, error) {
	r.dec = json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(r.data, []byte("\ufeff"))))
	r.dec.UseNumber()
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return nil, r.errorf(int(r.dec.InputOffset()), "text behind the JSON object")
	}
	return v, nil
}

func (r *jsonReader) errorf(offset int, format string, args ...any) error {
	before := r.data[:min(max(offset, 0), len(r.data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:]))) + 1
	return fmt.Errorf("%s:%d:%d: %s", r.name, line, column, fmt.Sprintf(format, args...))
}

func (r *jsonReader) value(depth int) (*jsonValue, error) {
	if depth > maxOverlayDepth {
		return nil, r.errorf(int(r.dec.InputOffset()), "nested deeper than %d", maxOverlayDepth)
	}
	tok, err := r.dec.Token()
	if err != nil {
		return nil, r.errorf(int(r.dec.InputOffset()), "not valid JSON: %v", err)
	}
	v := &jsonValue{offset: int(r.dec.InputOffset())}
	delim, ok := tok.(json.Delim)
	if !ok {
		v.scalar = tok
		return v, nil
	}
	v.object, v.array = delim == '{', delim == '['
	for r.dec.More() {
		key := ""
		if v.object {
			tok, err := r.dec.Token()
			if err != nil {
				return nil, r.errorf(int(r.dec.InputOffset()), "not valid JSON: %v", err)
			}
			key, _ = tok.(string)
		}
		child, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if v.object {
			v.members = append(v.members, member{key, child})
		}
	}
	if _, err := r.dec.Token(); err != nil {
		return nil, r.errorf(int(r.dec.InputOffset()), "not valid JSON: %v", err)
	}
	return v, nil
}

// overlays recognises the format.
func (r *jsonReader) overlays(root *jsonValue, patterns []string) ([]*Overlay, error) {
	switch {
	case isProperties(root.get("properties")):
		return r.mapping(root, patterns)
	case root.get("mappings").get("properties") != nil:
		return r.mapping(root.get("mappings"), patterns)
	case root.get("fields") != nil && root.get("fields").object && isFieldCaps(root.get("fields")):
		return r.fieldCaps(root.get("fields"), patterns)
	}
	var out []*Overlay
	for _, m := range root.members {
		if !m.val.object {
			return nil, r.errorf(m.val.offset, "expected a mapping, a _field_caps response, or index patterns with their fields, found %q", m.key)
		}
		var list []*Overlay
		var err error
		if maps := m.val.get("mappings"); maps != nil && maps.object {
			list, err = r.mapping(maps, patterns)
		} else {
			scope := []string{m.key}
			var fields []Field
			fields, err = r.custom(m.val, "", nil)
			list = []*Overlay{NewOverlay(r.name, scope, fields)}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func isProperties(v *jsonValue) bool {
	if v == nil || !v.object {
		return false
	}
	for _, m := range v.members {
		if m.val.get("type") == nil && m.val.get("properties") == nil && len(m.val.members) > 0 || !m.val.object {
			return false
		}
	}
	return true
}

func isFieldCaps(v *jsonValue) bool {
	return !slices.ContainsFunc(v.members, func(m member) bool {
		return slices.ContainsFunc(m.val.members, func(t member) bool { return t.val.get("searchable") == nil })
	})
}

func (r *jsonReader) mapping(m *jsonValue, patterns []string) ([]*Overlay, error) {
	fields, err := r.properties(m.get("properties"), "", nil)
	if err != nil {
		return nil, err
	}
	o := NewOverlay(r.name, patterns, fields)
	dynamic := m.get("dynamic").text()
	o.Dynamic = dynamic != "false" && dynamic != "strict"
	return []*Overlay{o}, nil
}

func (r *jsonReader) properties(props *jsonValue, prefix string, out []Field) ([]Field, error) {
	if props == nil {
		return out, nil
	}
	if !props.object {
		return nil, r.errorf(props.offset, "expected an object of fields in \"properties\"")
	}
	var err error
	for _, m := range props.members {
		if !m.val.object {
			return nil, r.errorf(m.val.offset, "expected the mapping of field %q to be an object", prefix+m.key)
		}
		f := mappingField(prefix+m.key, m.val)
		f.Pos = r.name
		out = append(out, f)
		if out, err = r.properties(m.val.get("properties"), f.Name+".", out); err != nil {
			return nil, err
		}
		if subs := m.val.get("fields"); subs != nil {
			for _, s := range subs.members {
				sub := mappingField(f.Name+"."+s.key, s.val)
				sub.Multi = true
				out = append(out, sub)
			}
		}
	}
	return out, nil
}

func mappingField(name string, v *jsonValue) Field {
	f := Field{Name: name, Type: v.get("type").text(), Path: v.get("path").text(), Value: v.get("value").text(),
		NullValue: v.get("null_value").text(), Format: v.get("format").text(), Normalizer: v.get("normalizer").text(), Dynamic: v.get("dynamic").text()}
	if f.Type == "" {
		f.Type = "object"
	}
	f.IgnoreAbove, _ = strconv.Atoi(v.get("ignore_above").text())
	f.NoIndex = v.get("index").text() == "false"
	f.NoDocValues = v.get("doc_values").text() == "false"
	f.Disabled = v.get("enabled").text() == "false"
	return f
}

func (r *jsonReader) fieldCaps(fields *jsonValue, patterns []string) ([]*Overlay, error) {
	var out []Field
	for _, m := range fields.members {
		for _, t := range m.val.members {
			if t.key != "unmapped" {
				out = append(out, Field{Name: m.key, Type: t.key, Pos: r.name, NoIndex: t.val.get("searchable").text() == "false"})
			}
		}
	}
	return []*Overlay{NewOverlay(r.name, patterns, out)}, nil
}

// custom reads field -> type, where a type is a string and an object adds a level of names.
func (r *jsonReader) custom(v *jsonValue, prefix string, out []Field) ([]Field, error) {
	var err error
	for _, m := range v.members {
		switch {
		case m.val.object:
			if out, err = r.custom(m.val, prefix+m.key+".", out); err != nil {
				return nil, err
			}
		case m.val.array || m.val.text() == "":
			return nil, r.errorf(m.val.offset, "expected the type of field %q as text", prefix+m.key)
		default:
			out = append(out, Field{Name: prefix + m.key, Type: m.val.text(), Pos: r.name})
		}
	}
	return out, nil
}

// Only returns the view of overlays alone, for queries over data whose mapping is fully known: every other name is
// absent.
func (c *Catalog) Only(overlays ...*Overlay) *View {
	d := c.With(overlays...)
	v := &View{&content{catalog: d, cache: map[string]*Result{}}, d.stack("")}
	for _, o := range overlays {
		v.layers = append(v.layers, o.table())
	}
	return v
}
