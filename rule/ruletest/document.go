package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// document is one event as data that can be changed. Numbers stay as written (json.Number).
type document map[string]any

// decodeStrict decodes one JSON value, refusing unknown keys and anything behind it.
func decodeStrict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON value")
	}
	return nil
}

func parseDocument(b []byte) (document, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, errors.New("expected a JSON object, found null")
	}
	return doc, nil
}

func (d document) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any(d)); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// clone copies the objects and arrays of a document.
func (d document) clone() document { return document(cloneValue(map[string]any(d)).(map[string]any)) }

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = cloneValue(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = cloneValue(e)
		}
		return c
	}
	return v
}

// get returns the value of a field in nested or dotted form. If the document holds several forms, the first in the
// order of their keys counts.
func (d document) get(field string) (any, bool) { return getPath(d, field) }

func getPath(m map[string]any, field string) (any, bool) {
	if v, ok := m[field]; ok {
		return v, true
	}
	for i, c := range []byte(field) {
		if c != '.' {
			continue
		}
		if sub, ok := m[field[:i]].(map[string]any); ok {
			if v, ok := getPath(sub, field[i+1:]); ok {
				return v, true
			}
		}
	}
	return nil, false
}

// unset removes fields in whatever form they are written, and everything below them.
func (d document) unset(fields ...string) {
	root := &fieldTree{}
	for _, f := range fields {
		root.add(f)
	}
	root.unset(d)
}

// fieldTree is a set of fields by their parts, so that many are found in one pass over a document.
type fieldTree struct {
	below map[string]*fieldTree
	ends  bool // a field ends here
}

func (t *fieldTree) add(field string) {
	for part := range strings.SplitSeq(field, ".") {
		next := t.below[part]
		if next == nil {
			next = &fieldTree{}
			if t.below == nil {
				t.below = map[string]*fieldTree{}
			}
			t.below[part] = next
		}
		t = next
	}
	t.ends = true
}

// at follows the parts of a key, up to the end of a field if there is one.
func (t *fieldTree) at(key string) *fieldTree {
	for part := range strings.SplitSeq(key, ".") {
		if t = t.below[part]; t == nil || t.ends {
			return t
		}
	}
	return t
}

func (t *fieldTree) unset(m map[string]any) {
	for key, v := range m {
		next := t.at(key)
		if next == nil {
			continue
		}
		if next.ends {
			delete(m, key)
			continue
		}
		switch v := v.(type) {
		case map[string]any:
			next.unset(v)
			if len(v) == 0 {
				delete(m, key)
			}
		case []any:
			for _, e := range v {
				if sub, ok := e.(map[string]any); ok {
					next.unset(sub)
				}
			}
		}
	}
}

// assignment gives a field a value.
type assignment struct {
	field string
	value any
}

// assign appends what a field and its value set: a table sets the fields it names and leaves its other members alone.
func assign(to []assignment, field string, value any) []assignment {
	table, ok := value.(map[string]any)
	if !ok || len(table) == 0 {
		return append(to, assignment{field, value})
	}
	for _, k := range slices.Sorted(maps.Keys(table)) {
		to = assign(to, field+"."+k, table[k])
	}
	return to
}

// set gives a field a value, which replaces what was there unless it is a table.
func (d document) set(field string, value any) { d.setAll(assign(nil, field, value)) }

// setAll gives fields values, one after the other.
func (d document) setAll(list []assignment) {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.field
	}
	d.unset(names...)
	set := fieldTree{} // what is set from here on
	last := make([]bool, len(list))
	for i, a := range slices.Backward(list) {
		if t := set.at(a.field); t == nil || !t.ends { // else it would be replaced
			last[i] = true
			set.add(a.field)
		}
	}
	for i, a := range list {
		if last[i] {
			setPath(d, a.field, cloneValue(a.value))
		}
	}
}

// setPath writes into the deepest object that is there already; where a value that is no object is in the way, the key
// is written in dotted form.
func setPath(m map[string]any, field string, value any) {
	head, rest, nested := strings.Cut(field, ".")
	if !nested {
		m[field] = value
		return
	}
	for i, c := range []byte(field) { // an object under a dotted key: {"process.parent":{…}}
		if c == '.' {
			if sub, ok := m[field[:i]].(map[string]any); ok {
				setPath(sub, field[i+1:], value)
				return
			}
		}
	}
	if _, taken := m[head]; taken {
		m[field] = value
		return
	}
	sub := map[string]any{}
	m[head] = sub
	setPath(sub, rest, value)
}

// describe names the JSON type of a value for messages.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number, int64, float64:
		return "a number"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("%T", v)
	}
}
