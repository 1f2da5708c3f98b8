package lsp

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/rule"
)

// keyInfo is what the format says of a key.
type keyInfo struct {
	name        string
	description string
	kind        string   // string, integer, array, object, …
	values      []string // closed list of texts
	required    bool
	items       *node // of an array of objects or an object: what it holds
}

// node is a part of the JSON Schema of rule files, as far as the server reads it.
type node struct {
	Ref         string          `json:"$ref"`
	Type        json.RawMessage `json:"type"`
	Description string          `json:"description"`
	Enum        []any           `json:"enum"`
	Properties  map[string]node `json:"properties"`
	Required    []string        `json:"required"`
	Items       *node           `json:"items"`
	AllOf       []node          `json:"allOf"`
	Definitions map[string]node `json:"definitions"`
}

// ruleSchema is the embedded schema, read once.
var ruleSchema = sync.OnceValue(func() *node {
	n := &node{}
	_ = json.Unmarshal(rule.JSONSchema(), n) // embedded and tested: without it there are no keys to offer
	return n
})

// resolve follows references.
func (n *node) resolve() *node {
	for range 10 {
		name, ok := strings.CutPrefix(n.Ref, "#/definitions/")
		if !ok {
			break
		}
		next, ok := ruleSchema().Definitions[name]
		if !ok {
			break
		}
		n = &next
	}
	return n
}

// kindName is the type of a node as one word.
func (n *node) kindName() string {
	var one string
	if json.Unmarshal(n.Type, &one) == nil {
		return one
	}
	var several []string
	if json.Unmarshal(n.Type, &several) == nil {
		return strings.Join(several, " or ")
	}
	return ""
}

// members lists the keys of an object, those of its parts included, by name.
func (n *node) members() []keyInfo {
	n = n.resolve()
	if n.Items != nil {
		return n.Items.members()
	}
	var out []keyInfo
	for _, part := range n.AllOf {
		out = append(out, part.members()...)
	}
	for name, p := range n.Properties {
		r := p.resolve()
		k := keyInfo{name: name, description: r.Description, kind: r.kindName(), values: enumTexts(r), items: r, required: slices.Contains(n.Required, name)}
		if p.Description != "" {
			k.description = p.Description
		}
		if r.Items != nil && k.values == nil {
			k.values = enumTexts(r.Items.resolve())
		}
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b keyInfo) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(out, func(a, b keyInfo) bool { return a.name == b.name })
}

func enumTexts(n *node) []string {
	var out []string
	for _, v := range n.Enum {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// tableKeys lists the keys of a table of a rule of a type: "metadata", "rule", "rule.threat.technique".
func tableKeys(table, ruleType string) []keyInfo {
	parts := strings.Split(table, ".")
	var n node
	switch parts[0] {
	case "":
		return []keyInfo{{name: "metadata"}, {name: "rule"}, {name: "transform"}}
	case "rule":
		n = node{Ref: "#/definitions/rule_" + ruleType}
		if _, ok := ruleSchema().Definitions["rule_"+ruleType]; !ok {
			n.Ref = "#/definitions/rule_untyped"
		}
	default:
		n = node{Ref: "#/definitions/" + parts[0]}
	}
	keys := n.members()
	for _, part := range parts[1:] {
		i := slices.IndexFunc(keys, func(k keyInfo) bool { return k.name == part })
		if i < 0 {
			return nil
		}
		keys = keys[i].items.members()
	}
	return keys
}

// keyOf finds one key.
func keyOf(table, key, ruleType string) (keyInfo, bool) {
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		table, key = strings.TrimPrefix(table+"."+key[:i], "."), key[i+1:]
	}
	for _, k := range tableKeys(table, ruleType) {
		if k.name == key {
			return k, true
		}
	}
	return keyInfo{}, false
}

// tableNames lists the tables of a rule of a type, as headers write them.
func tableNames(ruleType string) []string {
	out := []string{"[metadata]", "[rule]"}
	var walk func(prefix string, keys []keyInfo)
	walk = func(prefix string, keys []keyInfo) {
		for _, k := range keys {
			below := k.items.members()
			if len(below) == 0 {
				continue
			}
			name := prefix + "." + k.name
			if k.kind == "array" {
				out = append(out, "[["+name+"]]")
			} else {
				out = append(out, "["+name+"]")
			}
			walk(name, below)
		}
	}
	walk("rule", tableKeys("rule", ruleType))
	walk("transform", tableKeys("transform", ruleType))
	return out
}
