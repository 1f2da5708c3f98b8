// Package ruleschema holds rules to a JSON Schema of the user's own: more keys than rulevet knows, closed lists of values.
// The schema describes the file as one object with the members metadata, rule and transform.
package ruleschema

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/jsonschema"
	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
)

// Code is that of the check whose findings Validate makes.
const Code = "schema/rule-schema"

// Schema is a compiled schema. It may be used by several goroutines.
type Schema struct {
	name string
	root *jsonschema.Schema
}

// Load reads and compiles a schema and the files that it refers to. Nothing is fetched from a network. Errors name the file.
func Load(name string) (*Schema, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	// The file itself is read here, so that what is wrong with reading it is said in the words of the user.
	data, err := fileio.Read(name, fileio.MaxConfig)
	if err != nil {
		return nil, err
	}
	slashed := filepath.ToSlash(abs)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	at := (&url.URL{Scheme: "file", Path: slashed}).String()
	root, err := jsonschema.Compile(at, func(uri string) ([]byte, error) {
		if uri == at {
			return data, nil
		}
		return beside(uri)
	})
	if err != nil {
		text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), at, name), name+" ")
		return nil, fmt.Errorf("%s: %s", name, strings.Join(strings.Fields(text), " "))
	}
	return &Schema{name: name, root: root}, nil
}

// beside reads a file that a schema refers to.
func beside(uri string) ([]byte, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return nil, fmt.Errorf("%s is not a file beside the schema, and nothing is fetched", uri)
	}
	path := filepath.FromSlash(u.Path)
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, `\`)
	}
	return fileio.Read(path, fileio.MaxConfig)
}

// Validate reports what of a rule breaks the schema, each at the value or key that does.
func (s *Schema) Validate(f *rule.File) []rule.Diagnostic {
	var out []rule.Diagnostic
	for _, failure := range s.root.Validate(f.Root.Value()) {
		out = append(out, s.breach(f, failure)...)
	}
	return out
}

// breach makes the findings of one failure.
func (s *Schema) breach(f *rule.File, v jsonschema.Failure) []rule.Diagnostic {
	n, path := find(f.Root, v.Path)
	finding := func(span rule.Span, message string) rule.Diagnostic {
		return rule.Diagnostic{Code: Code, Severity: rule.Error, Span: span, Message: message, Hint: "see " + s.name}
	}
	var out []rule.Diagnostic
	for _, key := range v.Keys {
		if c := n.Get(key); c != nil {
			out = append(out, finding(c.KeySpan, fmt.Sprintf("key %s is not allowed in %s", rule.Quote(key), rule.Quote(path))))
		}
	}
	switch {
	case len(out) > 0:
		return out
	case len(v.Values) > 0 && n.Kind == rule.StringNode:
		d := finding(n.Span, fmt.Sprintf("%s is %s: %s", rule.Quote(path), rule.Quote(n.Str), v.Message))
		if names := near.Names(n.Str, v.Values); len(names) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
		}
		return []rule.Diagnostic{d}
	}
	return []rule.Diagnostic{finding(place(n), fmt.Sprintf("%s: %s", rule.Quote(path), v.Message))}
}

// place is where a value is shown: itself, or the key of a table.
func place(n *rule.Node) rule.Span {
	if n.Kind == rule.TableNode && !n.Inline && n.KeySpan != (rule.Span{}) {
		return n.KeySpan
	}
	return n.Span
}

// find follows a path as far as it leads; the text is how the value is called.
func find(n *rule.Node, parts []string) (*rule.Node, string) {
	path := ""
	for _, part := range parts {
		if i, err := strconv.Atoi(part); err == nil && n.Kind == rule.ArrayNode {
			if next := n.At(i); next != nil {
				n, path = next, fmt.Sprintf("%s[%d]", path, i)
			}
			continue
		}
		next := n.Get(part)
		if next == nil {
			break
		}
		if path != "" {
			path += "."
		}
		n, path = next, path+part
	}
	if path == "" {
		path = "the file"
	}
	return n, path
}

// Declares reports whether the schema lists a key of the file by name: such a key is known, whatever rulevet says of it.
func (s *Schema) Declares(f *rule.File, key rule.Span) bool { return declares(s.root, f.Root, key, 0) }

// maxDepth bounds schemas that refer to themselves.
const maxDepth = 50

func declares(s *jsonschema.Schema, n *rule.Node, key rule.Span, depth int) bool {
	if s == nil || depth > maxDepth {
		return false
	}
	for _, c := range n.Children {
		p := s.Properties[c.Key]
		if n.Kind == rule.ArrayNode {
			p = s.Items
		} else if p != nil && c.KeySpan == key {
			return true
		}
		if p != nil && declares(p, c, key, depth+1) {
			return true
		}
	}
	return slices.ContainsFunc(s.Also, func(x *jsonschema.Schema) bool { return declares(x, n, key, depth+1) })
}
