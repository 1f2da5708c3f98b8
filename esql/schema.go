package esql

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/mapping"
)

// Presence tells what a catalog knows about a name; see package mapping.
type Presence = mapping.Presence

// A name can be known, known not to exist, or undecidable because the catalog lacks data.
const (
	Undecidable = mapping.Undecidable
	Present     = mapping.Present
	Absent      = mapping.Absent
)

// Fields is what Check needs to know about the fields of an index pattern, or of a lookup index.
type Fields interface {
	// Lookup returns the mapping types of a field ("keyword"); several if it is mapped differently in several indexes.
	// A metric of a time series has its kind behind a colon ("long:counter"). An object or nested field is Absent.
	Lookup(name string) ([]string, Presence)
	// Names lists all fields, sorted. ok is false if there may be others.
	Names() (names []string, ok bool)
	// Suggest returns at most five near names, nearest first.
	Suggest(name string) []string
}

// Schema is what a query is checked against. The zero value knows nothing: every field may exist.
type Schema struct {
	// Fields are those of every index that FROM names. Nil: nothing is known.
	Fields Fields
	// Indexes are the fields by index pattern as FROM writes it, if patterns differ; one that is not listed does not exist.
	Indexes map[string]Fields
	// NoIndex: no index exists.
	NoIndex bool
	// Lookups are the indexes of LOOKUP JOIN, Policies those of ENRICH, Inference the task of each inference endpoint. Nil:
	// nothing is known, and none is called unknown.
	Lookups   map[string]Fields
	Policies  map[string]*Policy // those of ENRICH by name; nil: nothing is known of policies
	Inference map[string]string  // the task of each inference endpoint, "rerank" say; nil: nothing is known of endpoints
	// Params are the values of the query's parameters.
	Params []ParamValue
}

// Policy is a policy of ENRICH.
type Policy struct {
	Match  string        // the field that is matched
	Type   string        // match, range or geo_match
	Fields []PolicyField // that it adds, in order
}

// PolicyField is a field that a policy adds, with its mapping type.
type PolicyField struct{ Name, Type string }

// FieldMap is a closed set of fields: name to mapping type. "a|b" is mapped differently in two indexes ("-": not at all).
type FieldMap map[string]string

// Lookup implements Fields.
func (m FieldMap) Lookup(name string) ([]string, Presence) {
	t, ok := m[name]
	if !ok || t == "nested" || t == "object" || m.nested(name) {
		return nil, Absent
	}
	return slices.DeleteFunc(strings.Split(t, "|"), func(s string) bool { return s == "-" }), Present
}

// nested tells whether a name lies below a nested field.
func (m FieldMap) nested(name string) bool {
	for i := range len(name) {
		if name[i] == '.' && m[name[:i]] == "nested" {
			return true
		}
	}
	return false
}

// Names implements Fields.
func (m FieldMap) Names() ([]string, bool) {
	out := make([]string, 0, len(m))
	for n := range m {
		if _, p := m.Lookup(n); p == Present {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out, true
}

// Suggest implements Fields. Names of a closed set are columns of the query, which Check suggests by itself.
func (m FieldMap) Suggest(string) []string { return nil }

// layout is a schema as a file has it.
type layout struct {
	Fields    map[string]string            `json:"fields"`
	Indices   map[string]map[string]string `json:"indices"`
	Lookups   map[string]map[string]string `json:"lookups"`
	Policies  map[string]*policyLayout     `json:"policies"`
	Inference map[string]string            `json:"inference"`
	Params    []json.RawMessage            `json:"params"`
	Mode      string                       `json:"mode"`
}

type policyLayout struct {
	Match  string       `json:"match"`
	Type   string       `json:"type"`
	Fields policyFields `json:"fields"`
}

// policyFields are an object of names and types in its order: it is that of the columns.
type policyFields []PolicyField

// UnmarshalJSON implements json.Unmarshaler.
func (f *policyFields) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("expected an object of fields")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var typ string
		if err := d.Decode(&typ); err != nil {
			return err
		}
		*f = append(*f, PolicyField{name.(string), typ})
	}
	return nil
}

// IsSchema tells whether a JSON object has the layout that ParseSchema reads: fields as a flat table, or null.
func IsSchema(data []byte) bool {
	var top map[string]json.RawMessage
	if json.Unmarshal(data, &top) != nil {
		return false
	}
	for _, key := range []string{"fields", "indices", "lookups", "policies", "inference"} {
		if _, ok := top[key]; ok {
			return true
		}
	}
	return false
}

// ParseSchema reads a schema from JSON: {"fields": {name: type} or null, "indices": {pattern: fields}, "lookups":
// {index: fields}, "policies": {name: {"match", "type", "fields"}}, "inference": {endpoint: task}, "params": [...]}. A
// value of params is positional, or an object of one member: a named one; {"identifier": x} and {"pattern": x} as value
// stand for names.
func ParseSchema(data []byte) (*Schema, error) {
	var l layout
	var null struct {
		Fields json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	_ = json.Unmarshal(data, &null)
	s := &Schema{NoIndex: bytes.Equal(bytes.TrimSpace(null.Fields), []byte("null")), Inference: l.Inference}
	if l.Fields != nil {
		s.Fields = FieldMap(l.Fields)
	}
	if l.Indices != nil {
		s.Indexes = fieldMaps(l.Indices)
	}
	s.Lookups = fieldMaps(l.Lookups)
	s.Policies = map[string]*Policy{}
	for name, p := range l.Policies {
		if p != nil {
			s.Policies[name] = &Policy{Match: p.Match, Type: p.Type, Fields: p.Fields}
		}
	}
	if s.Inference == nil {
		s.Inference = map[string]string{}
	}
	for _, p := range l.Params {
		v, err := parseParam(p)
		if err != nil {
			return nil, fmt.Errorf("schema: params: %w", err)
		}
		s.Params = append(s.Params, v)
	}
	return s, nil
}

func fieldMaps(m map[string]map[string]string) map[string]Fields {
	out := map[string]Fields{}
	for name, fields := range m {
		out[name] = FieldMap(fields)
	}
	return out
}

func parseParam(raw json.RawMessage) (ParamValue, error) {
	v, err := jsonValue(raw)
	if err != nil {
		return ParamValue{}, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return ParamValue{Value: v}, nil
	}
	if len(m) != 1 {
		return ParamValue{}, fmt.Errorf("expected an object of one member, found %d", len(m))
	}
	var p ParamValue
	for name, value := range m {
		p.Name, p.Value = name, value
	}
	if inner, ok := p.Value.(map[string]any); ok {
		switch {
		case inner["identifier"] != nil:
			p.Kind, p.Value = IdentifierParam, inner["identifier"]
		case inner["pattern"] != nil:
			p.Kind, p.Value = PatternParam, inner["pattern"]
		case inner["value"] != nil:
			p.Value = inner["value"]
		}
	}
	return p, nil
}

// jsonValue decodes JSON with whole numbers as int64.
func jsonValue(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return plain(v), nil
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}
