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

// unset removes a field in whatever form it is written, and everything below it.
func (d document) unset(field string) { unsetPath(d, field) }

func unsetPath(m map[string]any, field string) {
	for key, v := range m {
		if key == field || strings.HasPrefix(key, field+".") {
			delete(m, key)
			continue
		}
		rest, below := strings.CutPrefix(field, key+".")
		if !below {
			continue
		}
		switch v := v.(type) {
		case map[string]any:
			unsetPath(v, rest)
			if len(v) == 0 {
				delete(m, key)
			}
		case []any:
			for _, e := range v {
				if sub, ok := e.(map[string]any); ok {
					unsetPath(sub, rest)
				}
			}
		}
	}
}

// set gives a field a value. A table sets the fields it names and leaves its other members alone; anything else
// replaces what was there.
func (d document) set(field string, value any) {
	if table, ok := value.(map[string]any); ok && len(table) > 0 {
		for _, k := range slices.Sorted(maps.Keys(table)) {
			d.set(field+"."+k, table[k])
		}
		return
	}
	d.unset(field)
	setPath(d, field, cloneValue(value))
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
