package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// property is a field of an Elasticsearch mapping.
type property struct {
	Type        string               `json:"type"`
	Properties  map[string]*property `json:"properties"`
	Fields      map[string]*property `json:"fields"`
	Path        string               `json:"path"`
	CopyTo      json.RawMessage      `json:"copy_to"`
	Format      string               `json:"format"`
	IgnoreAbove int                  `json:"ignore_above"`
	NullValue   json.RawMessage      `json:"null_value"`
	Value       json.RawMessage      `json:"value"`
	Normalizer  string               `json:"normalizer"`
	Scale       float64              `json:"scaling_factor"`
	DocValues   *bool                `json:"doc_values"`
	Enabled     *bool                `json:"enabled"`
	Dynamic     json.RawMessage      `json:"dynamic"`
}

// Mapping reads an Elasticsearch mapping: {"properties": …}, alone or under "mappings", with "settings" beside it for
// normalizers. An answer of the get-mapping API gives an index for each of its members; otherwise the index has the name.
func Mapping(name string, data []byte) ([]*Index, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: no mapping: %w", name, err)
	}
	if doc["properties"] == nil && doc["mappings"] == nil && doc["dynamic"] == nil {
		var out []*Index
		for _, index := range slices.Sorted(maps.Keys(doc)) {
			ix, err := oneMapping(index, doc[index])
			if err != nil {
				return nil, err
			}
			out = append(out, ix)
		}
		return out, nil
	}
	ix, err := oneMapping(name, data)
	if err != nil {
		return nil, err
	}
	return []*Index{ix}, nil
}

func oneMapping(name string, data []byte) (*Index, error) {
	var doc struct {
		property
		Mappings *property `json:"mappings"`
		Mapping  *property `json:"mapping"`
		Settings map[string]any
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("mapping of %s: %w", name, err)
	}
	root := &doc.property
	if doc.Mappings != nil {
		root = doc.Mappings
	} else if doc.Mapping != nil {
		root = doc.Mapping
	}
	r := &mappingReader{index: &Index{Name: name}, lower: lowercasing(doc.Settings), copies: map[string][]string{}}
	r.index.Closed = closed(root.Dynamic)
	r.walk("", root.Properties, 0)
	for i := range r.index.Fields {
		f := &r.index.Fields[i]
		f.CopiedFrom = r.copies[f.Name]
	}
	r.aliases()
	slices.SortFunc(r.index.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return r.index, nil
}

// lowercasing finds the normalizers that make letters small.
func lowercasing(settings map[string]any) map[string]bool {
	out := map[string]bool{"lowercase": true}
	flat := map[string]any{}
	var walk func(prefix string, v any, depth int)
	walk = func(prefix string, v any, depth int) {
		if m, ok := v.(map[string]any); ok && depth < 20 {
			for k, x := range m {
				walk(strings.TrimPrefix(prefix+"."+k, "."), x, depth+1)
			}
			return
		}
		flat[strings.TrimPrefix(prefix, "index.")] = v
	}
	walk("", settings, 0)
	for key, v := range flat {
		name, ok := strings.CutPrefix(key, "analysis.normalizer.")
		name, isFilter := strings.CutSuffix(name, ".filter")
		if ok && isFilter && strings.Contains(fmt.Sprint(v), "lowercase") {
			out[name] = true
		}
	}
	return out
}

type mappingReader struct {
	index  *Index
	lower  map[string]bool
	copies map[string][]string
	paths  [][2]string
}

const maxMappingDepth = 100

// closedObject is the type of an object below which documents add no fields.
const closedObject = "object (closed)"

func closed(dynamic json.RawMessage) bool {
	switch rawText(dynamic) {
	case "false", "strict", "runtime":
		return true
	}
	return false
}

func (r *mappingReader) walk(prefix string, props map[string]*property, depth int) {
	if depth > maxMappingDepth {
		return
	}
	for name, p := range props {
		if p == nil {
			continue
		}
		full := prefix + name
		switch {
		case p.Enabled != nil && !*p.Enabled:
			r.index.Fields = append(r.index.Fields, Field{Name: full, Type: closedObject})
			continue
		case p.Type == "nested":
			r.index.Fields = append(r.index.Fields, Field{Name: full, Type: "nested"})
			continue
		case p.Properties != nil || p.Type == "object" || p.Type == "passthrough":
			if closed(p.Dynamic) {
				r.index.Fields = append(r.index.Fields, Field{Name: full, Type: closedObject})
			}
			r.walk(full+".", p.Properties, depth+1)
			continue
		case p.Type == "alias":
			r.paths = append(r.paths, [2]string{full, p.Path})
			r.index.Fields = append(r.index.Fields, Field{Name: full, Type: closedObject})
			continue
		}
		r.add(full, "", p)
		for sub, q := range p.Fields {
			if q != nil {
				r.add(full+"."+sub, full, q)
			}
		}
		var targets []string
		if json.Unmarshal(p.CopyTo, &targets) != nil {
			var one string
			if json.Unmarshal(p.CopyTo, &one) == nil && one != "" {
				targets = []string{one}
			}
		}
		for _, t := range targets {
			r.copies[t] = append(r.copies[t], full)
		}
	}
}

func (r *mappingReader) add(name, source string, p *property) {
	f := Field{Name: name, Source: source, Type: p.Type, Format: p.Format, IgnoreAbove: p.IgnoreAbove, Scale: p.Scale,
		Lowercase: p.Normalizer != "" && r.lower[p.Normalizer], Unsorted: p.DocValues != nil && !*p.DocValues}
	if len(p.NullValue) > 0 && string(p.NullValue) != "null" {
		f.HasNull, f.NullValue = true, rawText(p.NullValue)
	}
	if p.Type == "constant_keyword" && len(p.Value) > 0 {
		f.Constant = rawText(p.Value)
	}
	r.index.Fields = append(r.index.Fields, f)
}

// rawText is a JSON scalar as text.
func rawText(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

func (r *mappingReader) aliases() {
	for _, alias := range r.paths {
		for _, f := range r.index.Fields {
			if f.Name == alias[1] {
				f.Name, f.Source = alias[0], cmp.Or(f.Source, f.Name)
				at := slices.IndexFunc(r.index.Fields, func(o Field) bool { return o.Name == alias[0] })
				r.index.Fields[at] = f
				break
			}
		}
	}
}
