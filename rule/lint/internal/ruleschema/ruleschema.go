// Package ruleschema holds rules to a JSON Schema of the user's own: more keys than rulevet knows, closed lists of values.
// The schema describes the file as one object with the members metadata, rule and transform.
package ruleschema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/rulevet/rulevet/internal/fileio"
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
	c := jsonschema.NewCompiler()
	c.AssertFormat = true // else a schema that names its draft gets no formats, and one that does not gets them
	c.LoadURL = func(s string) (io.ReadCloser, error) {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "file" {
			return nil, fmt.Errorf("%s is not a file beside the schema, and nothing is fetched", s)
		}
		path := filepath.FromSlash(u.Path)
		if runtime.GOOS == "windows" {
			path = strings.TrimPrefix(path, `\`)
		}
		data, err := fileio.Read(path, fileio.MaxConfig)
		return io.NopCloser(bytes.NewReader(data)), err
	}
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
	if err := c.AddResource(at, bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", name, err)
	}
	root, err := c.Compile(at)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, plain(err, at))
	}
	return &Schema{name: name, root: root}, nil
}

// plain says what is wrong with a schema in one line, without the URL of its file.
func plain(err error, at string) string {
	var s *jsonschema.SchemaError
	var v *jsonschema.ValidationError
	if errors.As(err, &s) && errors.As(s.Err, &v) {
		leaf := leaves(v)[0]
		return fmt.Sprintf("not a JSON Schema: %s: %s", orRoot(leaf.InstanceLocation), leaf.Message)
	}
	text := strings.ReplaceAll(err.Error(), at, "")
	return strings.Join(strings.Fields(text), " ")
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "/"
	}
	return pointer
}

// Validate reports what of a rule breaks the schema, each at the value or key that does.
func (s *Schema) Validate(f *rule.File) []rule.Diagnostic {
	err := s.root.Validate(f.Root.Value())
	var v *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &v):
		return []rule.Diagnostic{{Code: Code, Severity: rule.Error, Message: fmt.Sprintf("the rule cannot be held to %s: %v", s.name, err)}}
	}
	var out []rule.Diagnostic
	for _, leaf := range leaves(v) {
		out = append(out, s.breach(f, leaf)...)
	}
	return out
}

// leaves lists the reasons of an error that have no further ones.
func leaves(v *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	var out []*jsonschema.ValidationError
	for _, c := range v.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

// breach makes the findings of one reason.
func (s *Schema) breach(f *rule.File, v *jsonschema.ValidationError) []rule.Diagnostic {
	n, path := find(f.Root, v.InstanceLocation)
	keyword := v.KeywordLocation[strings.LastIndexByte(v.KeywordLocation, '/')+1:]
	finding := func(span rule.Span, message string) rule.Diagnostic {
		return rule.Diagnostic{Code: Code, Severity: rule.Error, Span: span, Message: message, Hint: "see " + s.name}
	}
	switch {
	case keyword == "additionalProperties" || keyword == "unevaluatedProperties":
		var out []rule.Diagnostic
		for _, c := range n.Children {
			if strings.Contains(v.Message, "'"+c.Key+"'") {
				out = append(out, finding(c.KeySpan, fmt.Sprintf("key %s is not allowed in %s", rule.Quote(c.Key), rule.Quote(path))))
			}
		}
		if len(out) > 0 {
			return out
		}
	case keyword == "enum" && n.Kind == rule.StringNode:
		d := finding(n.Span, fmt.Sprintf("%s is %s: %s", rule.Quote(path), rule.Quote(n.Str), v.Message))
		if names := near.Names(n.Str, listed(v.Message)); len(names) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(names[0]))
		}
		return []rule.Diagnostic{d}
	}
	return []rule.Diagnostic{finding(place(n), fmt.Sprintf("%s: %s", rule.Quote(path), v.Message))}
}

// listed are the texts in double quotes of a message.
func listed(message string) []string {
	var out []string
	for rest := message; ; {
		_, after, ok := strings.Cut(rest, `"`)
		text, more, ok2 := strings.Cut(after, `"`)
		if !ok || !ok2 {
			return out
		}
		out, rest = append(out, text), more
	}
}

// place is where a value is shown: itself, or the key of a table.
func place(n *rule.Node) rule.Span {
	if n.Kind == rule.TableNode && !n.Inline && n.KeySpan != (rule.Span{}) {
		return n.KeySpan
	}
	return n.Span
}

// find follows a JSON pointer as far as it leads; path is how the value is called.
func find(n *rule.Node, pointer string) (*rule.Node, string) {
	path := ""
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if u, err := url.PathUnescape(part); err == nil {
			part = u
		}
		next := n.Get(part)
		if i, err := strconv.Atoi(part); err == nil && n.Kind == rule.ArrayNode {
			if next = n.At(i); next != nil {
				n, path = next, fmt.Sprintf("%s[%d]", path, i)
			}
			continue
		}
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
			p = s.Items2020
			if list, ok := s.Items.(*jsonschema.Schema); ok {
				p = list
			}
		} else if p != nil && c.KeySpan == key {
			return true
		}
		if p != nil && declares(p, c, key, depth+1) {
			return true
		}
	}
	also := slices.Concat([]*jsonschema.Schema{s.Ref, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf)
	return slices.ContainsFunc(also, func(x *jsonschema.Schema) bool { return declares(x, n, key, depth+1) })
}
