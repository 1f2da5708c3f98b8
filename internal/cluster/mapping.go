package cluster

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mapping"
)

// indexBody is the body that makes an index for documents: the fields that the rule uses and that the documents have, with
// the types that fields knows; of other fields the first document decides, texts are keywords.
func indexBody(fields mapping.Fields, used []string, docs [][]byte) map[string]any {
	names := map[string]bool{}
	for _, n := range used {
		names[n] = true
	}
	for _, d := range docs {
		var v any
		if json.Unmarshal(d, &v) == nil {
			leaves(v, "", names, 0)
		}
	}
	sorted := make([]string, 0, len(names))
	for n := range names {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	root := &property{}
	for _, n := range sorted {
		add(root, fields, n)
	}
	return map[string]any{
		"settings": map[string]any{"number_of_shards": 1, "number_of_replicas": 0, "index.mapping.total_fields.limit": 20000},
		"mappings": map[string]any{
			"dynamic_templates": []any{map[string]any{"texts": map[string]any{"match_mapping_type": "string", "mapping": map[string]any{"type": "keyword"}}}},
			"properties":        root.properties(),
		},
	}
}

// leaves collects the dotted names of the values of a document.
func leaves(v any, at string, names map[string]bool, depth int) {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			if depth < 50 {
				leaves(m, strings.TrimPrefix(at+"."+k, "."), names, depth+1)
			}
		}
	case []any:
		for _, e := range v {
			leaves(e, at, names, depth+1)
		}
	case nil:
	default:
		names[at] = true
	}
}

// property is a field or object of a mapping.
type property struct {
	def      map[string]any
	children map[string]*property
	fields   map[string]any // multi-fields
}

func (p *property) properties() map[string]any {
	out := map[string]any{}
	for name, c := range p.children {
		def := map[string]any{}
		for k, v := range c.def {
			def[k] = v
		}
		if len(c.fields) > 0 {
			def["fields"] = c.fields
		}
		if len(c.children) > 0 {
			def["properties"] = c.properties()
		}
		out[name] = def
	}
	return out
}

// add puts a field into the tree, if its type is known.
func add(root *property, fields mapping.Fields, name string) {
	info, presence := fields.Lookup(name)
	if presence != mapping.Present || name == "" || strings.HasPrefix(name, "_") {
		return
	}
	def := definition(info)
	if def == nil {
		return
	}
	parts := strings.Split(name, ".")
	at := root
	for i, part := range parts {
		if part == "" {
			return
		}
		if at.def["type"] != nil && at.def["type"] != "nested" { // below a field stand its multi-fields
			if i == len(parts)-1 && info.Target == "" {
				if at.fields == nil {
					at.fields = map[string]any{}
				}
				at.fields[part] = def
			}
			return
		}
		if at.children == nil {
			at.children = map[string]*property{}
		}
		next := at.children[part]
		if next == nil {
			next = &property{}
			at.children[part] = next
		}
		if path := strings.Join(parts[:i+1], "."); path == info.NestedPath {
			next.def = map[string]any{"type": "nested"}
		}
		at = next
	}
	if len(at.children) == 0 && at.def == nil {
		at.def = def
	}
	if info.Target != "" && info.Target != name {
		add(root, fields, info.Target)
	}
}

// definition is the mapping of a field; nil for one whose type says nothing.
func definition(info mapping.Info) map[string]any {
	if info.Target != "" {
		return map[string]any{"type": "alias", "path": info.Target}
	}
	name := info.Name
	if name == "" {
		if info.Type == mapping.Unknown {
			return nil
		}
		name = info.Type.String()
	}
	if name == "object" || name == "nested" || name == "group" {
		return nil
	}
	def := map[string]any{"type": name}
	put := func(key string, v any, set bool) {
		if set {
			def[key] = v
		}
	}
	put("ignore_above", info.IgnoreAbove, info.IgnoreAbove > 0 && name == "keyword")
	put("null_value", info.NullValue, info.NullValue != "" && name == "keyword")
	put("format", info.Format, info.Format != "" && info.Type.DateFamily())
	put("value", info.Constant, info.Constant != "" && name == "constant_keyword")
	put("index", false, info.NoIndex)
	put("doc_values", false, info.NoDocValues && name != "text" && name != "match_only_text")
	if name == "scaled_float" {
		def["scaling_factor"] = max(info.Scale, 1)
		if info.Scale == 0 {
			def["scaling_factor"] = 1000
		}
	}
	return def
}

// simpler are types that take the place of those that a cluster without all modules lacks.
var simpler = map[string]string{"wildcard": "keyword", "constant_keyword": "keyword", "version": "keyword", "match_only_text": "text",
	"scaled_float": "double", "unsigned_long": "long", "flattened": "object", "search_as_you_type": "text", "pattern_text": "text"}

// simplify replaces the types that a cluster may lack, and returns those that it replaced.
func simplify(properties map[string]any, replaced map[string]bool) {
	for _, p := range properties {
		def := p.(map[string]any)
		if name, _ := def["type"].(string); simpler[name] != "" {
			replaced[name] = true
			def["type"] = simpler[name]
			for _, key := range []string{"value", "scaling_factor", "ignore_above"} {
				delete(def, key)
			}
		}
		for _, key := range []string{"properties", "fields"} {
			if inner, ok := def[key].(map[string]any); ok {
				simplify(inner, replaced)
			}
		}
	}
}
