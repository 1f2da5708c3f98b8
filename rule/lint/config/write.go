package config

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed config.schema.json
var schemaJSON []byte

// Schema returns the JSON Schema of the file, for editors.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// schema builds the JSON Schema out of the layout; a test holds the embedded file to it.
func schema() ([]byte, error) {
	root := object(layout())
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "rulevet configuration"
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(root)
	return out.Bytes(), err
}

func object(keys []key) map[string]any {
	props := map[string]any{}
	for _, k := range keys {
		props[k.name] = property(&k)
	}
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

func property(k *key) map[string]any {
	p := map[string]any{}
	switch k.kind {
	case text:
		p = word(k)
	case texts:
		p = map[string]any{"type": "array", "items": word(k)}
	case count:
		p = map[string]any{"type": "integer", "minimum": 0}
	case share:
		p = map[string]any{"type": "number", "minimum": 0, "maximum": 1}
	case truth:
		p = map[string]any{"type": "boolean"}
	case table:
		p = object(k.keys)
	case tables:
		p = map[string]any{"type": "array", "items": object(k.keys)}
	case open:
		p = map[string]any{"type": "object", "additionalProperties": property(k.elem)}
	}
	if k.doc != "" {
		p["description"] = k.doc
	}
	return p
}

func word(k *key) map[string]any {
	p := map[string]any{"type": "string"}
	if k.enum != nil {
		p["enum"] = k.enum
	}
	if k.pattern != "" {
		p["pattern"] = k.pattern
	}
	return p
}

// Default returns a configuration file that sets nothing and shows every key in comments: what "rulevet init" writes.
func Default() []byte {
	var out strings.Builder
	out.WriteString("# Configuration of rulevet. Every key is optional. To set one, remove the # in front of it and of its [table].\n")
	writeKeys(&out, layout(), "")
	return []byte(out.String())
}

func writeKeys(out *strings.Builder, keys []key, prefix string) {
	for _, k := range keys {
		name := prefix + k.name
		switch k.kind {
		case table, tables:
			head := "[" + name + "]"
			if k.kind == tables {
				head = "[" + head + "]"
			}
			fmt.Fprintf(out, "\n# %s\n#%s\n", k.doc, head)
			writeKeys(out, k.keys, name+".")
		case open:
			if k.example != "" {
				fmt.Fprintf(out, "\n# %s\n#[%s]\n#%s\n", k.doc, name, strings.ReplaceAll(k.example, "\n", "\n#"))
			}
		default:
			if k.example == "" {
				continue
			}
			blank := "\n"
			if prefix != "" {
				blank = ""
			}
			fmt.Fprintf(out, "%s# %s\n#%s = %s\n", blank, k.doc, k.name, k.example)
		}
	}
}
