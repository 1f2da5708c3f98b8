package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// kind tells the values of a document apart.
type kind uint8

const (
	scalar kind = iota // text, number, boolean
	object
	list
	null
)

// node is a value of a JSON or YAML document with the place where it starts.
type node struct {
	line, column int // 1-based, columns in characters
	kind         kind
	text         string   // scalar: as written, strings without quotes
	members      []member // object, in source order
	elems        []*node  // list
}

type member struct {
	key string
	at  *node // place of the key
	val *node
}

// get returns the value of a key; nil if there is none or n is no object.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, m := range n.members {
		if m.key == key {
			return m.val
		}
	}
	return nil
}

// str is the text of a scalar, "" for everything else.
func (n *node) str() string {
	if n == nil {
		return ""
	}
	return n.text
}

// has reports whether n is an object with all the keys.
func (n *node) has(keys ...string) bool {
	for _, k := range keys {
		if n.get(k) == nil {
			return false
		}
	}
	return n != nil && n.kind == object
}

// jsonReader reads JSON with places, which encoding/json does not keep.
type jsonReader struct {
	name  string
	data  []byte
	dec   *json.Decoder
	lines []int                        // offsets of line starts
	last  struct{ offset, column int } // the place asked for last
}

func readJSON(name string, data []byte) (*node, error) {
	r := &jsonReader{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data)), lines: []int{0}}
	for i, b := range data {
		if b == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	r.dec.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if offset := r.next(); offset < len(data) {
		return nil, r.errorf(offset, "text behind the JSON value")
	}
	return root, nil
}

// next is the offset of the next token.
func (r *jsonReader) next() int {
	i := int(r.dec.InputOffset())
	for i < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[i]) >= 0 {
		i++
	}
	return i
}

// place makes a node for an offset. Offsets mostly rise: in one line, only what is new is counted.
func (r *jsonReader) place(offset int) *node {
	offset = min(offset, len(r.data))
	i := sort.SearchInts(r.lines, offset+1) - 1
	from, column := r.lines[i], 1
	if r.last.column > 0 && r.last.offset >= from && r.last.offset <= offset {
		from, column = r.last.offset, r.last.column
	}
	column += utf8.RuneCount(r.data[from:offset])
	r.last.offset, r.last.column = offset, column
	return &node{line: i + 1, column: column}
}

func (r *jsonReader) errorf(offset int, format string, args ...any) error {
	at := r.place(offset)
	return fmt.Errorf("%s:%d:%d: %s", r.name, at.line, at.column, fmt.Sprintf(format, args...))
}

// token reads a token and returns its place.
func (r *jsonReader) token() (json.Token, *node, error) {
	offset := r.next()
	tok, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, nil, r.errorf(max(offset, int(syntax.Offset)-1), "not valid JSON: %v", err)
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, nil, r.errorf(len(r.data), "not valid JSON: the text ends too early")
	case err != nil:
		return nil, nil, r.errorf(offset, "not valid JSON: %v", err)
	}
	return tok, r.place(offset), nil
}

func (r *jsonReader) value(depth int) (*node, error) {
	tok, n, err := r.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s:%d:%d: nested deeper than %d", r.name, n.line, n.column, maxDepth)
	}
	delim, ok := tok.(json.Delim)
	switch {
	case !ok && tok == nil:
		n.kind = null
		return n, nil
	case !ok:
		n.text = fmt.Sprint(tok)
		return n, nil
	case delim == '{':
		n.kind = object
	default:
		n.kind = list
	}
	for r.dec.More() {
		if err := r.element(n, depth); err != nil {
			return nil, err
		}
	}
	_, _, err = r.token()
	return n, err
}

// element reads a member of an object or an element of a list.
func (r *jsonReader) element(n *node, depth int) error {
	var m member
	if n.kind == object {
		tok, at, err := r.token()
		if err != nil {
			return err
		}
		m.key, m.at = fmt.Sprint(tok), at
	}
	var err error
	if m.val, err = r.value(depth + 1); err != nil {
		return err
	}
	if n.kind == object {
		n.members = append(n.members, m)
	} else {
		n.elems = append(n.elems, m.val)
	}
	return nil
}

var yamlLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`line (\d+): `) })

// readYAML reads the first document of a YAML text. Anchors are not followed: field lists have none, and an alias can
// stand for any amount of text.
func readYAML(name string, data []byte) (*node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line, text := 1, err.Error()
		if m := yamlLine().FindStringSubmatchIndex(text); m != nil {
			line, _ = strconv.Atoi(text[m[2]:m[3]])
			text = text[m[1]:]
		}
		return nil, fmt.Errorf("%s:%d:1: not valid YAML: %s", name, line, text)
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s:1:1: empty field list", name)
	}
	return yamlNode(name, doc.Content[0], 0)
}

func yamlNode(name string, y *yaml.Node, depth int) (*node, error) {
	n := &node{line: y.Line, column: y.Column}
	if y.Kind == yaml.AliasNode || depth > maxDepth {
		return nil, fmt.Errorf("%s:%d:%d: nested deeper than %d, or a YAML alias", name, y.Line, y.Column, maxDepth)
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = object
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := y.Content[i]
			v, err := yamlNode(name, y.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, member{k.Value, &node{line: k.Line, column: k.Column}, v})
		}
	case yaml.SequenceNode:
		n.kind = list
		for _, c := range y.Content {
			v, err := yamlNode(name, c, depth+1)
			if err != nil {
				return nil, err
			}
			n.elems = append(n.elems, v)
		}
	default:
		if y.Tag == "!!null" {
			n.kind = null
		} else {
			n.text = y.Value
		}
	}
	return n, nil
}
