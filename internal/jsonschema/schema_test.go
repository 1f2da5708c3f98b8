package jsonschema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	peer "github.com/santhosh-tekuri/jsonschema/v5"
)

// compiled compiles a schema at an address, beside which lie others.
func compiled(schema string, others map[string]string) (*Schema, error) {
	return Compile("file:///s.json", func(uri string) ([]byte, error) {
		if uri == "file:///s.json" {
			return []byte(schema), nil
		}
		text, ok := others[strings.TrimPrefix(uri, "file:///")]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
}

func value(t *testing.T, text string) any {
	t.Helper()
	var x any
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		t.Fatal(text, err)
	}
	return x
}

func TestValidate(t *testing.T) {
	others := map[string]string{"other.json": `{"$defs": {"n": {"type": "integer"}}, "type": "string"}`}
	for _, tt := range []struct{ schema, value, want string }{
		{`{"type": "string"}`, `1`, "/ type: expected a string, found an integer"},
		{`{"type": ["string", "null"]}`, `1.5`, "/ type: expected a string or null, found a number"},
		{`{"type": "integer"}`, `2.0`, ""},
		{`{"enum": ["a", 1, {"b": [2]}]}`, `{"b": [2.0]}`, ""},
		{`{"enum": ["a", 1]}`, `"b"`, `/ enum: must be one of "a", 1`},
		{`{"const": {"a": 1}}`, `{"a": 2}`, `/ const: must be {"a":1}`},
		{`{"minimum": 3, "exclusiveMaximum": 5}`, `2`, "/ minimum: must be >= 3, found 2"},
		{`{"minimum": 3, "exclusiveMaximum": 5}`, `5`, "/ exclusiveMaximum: must be < 5, found 5"},
		{`{"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": true}`, `3`, "/ exclusiveMaximum: must be < 3, found 3"},
		{`{"multipleOf": 0.1}`, `0.3`, ""},
		{`{"multipleOf": 2}`, `3`, "/ multipleOf: must be a multiple of 2, found 3"},
		{`{"minLength": 2, "pattern": "^a"}`, `"é"`, "/ minLength: must have at least 2 characters, found 1; / pattern: does not match the pattern `^a`"},
		{`{"items": {"maxItems": 1}, "uniqueItems": true}`, `[[1, 2], [1, 2]]`, "/ uniqueItems: the elements 0 and 1 are equal; /0 maxItems: must have at most 1 elements, found 2; /1 maxItems: must have at most 1 elements, found 2"},
		{`{"prefixItems": [{"type": "string"}], "items": false}`, `["a", 1]`, "/1 false: nothing may stand here"},
		{`{"$schema": "http://json-schema.org/draft-07/schema#", "items": [true], "additionalItems": {"type": "null"}}`, `[1, 2]`, "/1 type: expected null, found an integer"},
		{`{"contains": {"type": "null"}, "minContains": 2}`, `[null, 1]`, "/ contains: must have at least 2 elements of a kind, found 1"},
		{`{"required": ["a", "b"], "properties": {"c": {"type": "string"}}}`, `{"c": 1}`, "/ required: must have `a`, `b`; /c type: expected a string, found an integer"},
		{`{"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}`, `{"x1": 2, "y": 1}`, "/x1 type: expected a string, found an integer; / additionalProperties: must not have `y`"},
		{`{"propertyNames": {"maxLength": 1}}`, `{"ab": 1}`, "/ propertyNames: the key `ab` must have at most 1 characters, found 2"},
		{`{"dependentRequired": {"a": ["b"]}}`, `{"a": 1}`, "/ dependentRequired: must have `b` where there is `a`"},
		{`{"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}`, `{"a": 1, "c": 1}`, "/ dependentRequired: must have `b` where there is `a`; / required: must have `d`"},
		{`{"anyOf": [{"type": "string"}, {"properties": {"a": {"type": "null"}}, "type": "object"}]}`, `{"a": 1}`, "/ anyOf: fits none of 2 alternatives; of the nearest: `a` expected null, found an integer"},
		{`{"oneOf": [{"type": "integer"}, {"minimum": 2}]}`, `3`, "/ oneOf: fits the alternatives 1 and 2, of which only one may"},
		{`{"not": {"type": "string"}}`, `"a"`, "/ not: is what the schema excludes by `not`"},
		{`{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}`, `1`, "/ minimum: must be >= 2, found 1"},
		{`{"properties": {"a": {"$ref": "#/properties/b"}, "b": {"type": "string"}}}`, `{"a": 1}`, "/a type: expected a string, found an integer"},
		{`{"items": {"$ref": "other.json#/$defs/n"}}`, `["a"]`, "/0 type: expected an integer, found a string"},
		{`{"$ref": "other.json"}`, `1`, "/ type: expected a string, found an integer"},
		{`{"$ref": "#x", "$defs": {"q": {"$anchor": "x", "type": "string"}}}`, `1`, "/ type: expected a string, found an integer"},
		{`{"$id": "http://h.example/root", "$ref": "in", "$defs": {"q": {"$id": "in", "type": "string"}}}`, `1`, "/ type: expected a string, found an integer"},
		{`{"properties": {"a": {"$ref": "#"}}, "additionalProperties": false}`, `{"a": {"a": {"b": 1}}}`, "/a/a additionalProperties: must not have `b`"},
		{`{"$ref": "#"}`, `1`, "/ $ref: the schema refers to itself without end"},
		{`{"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}`, `{"a": 1, "b": 2}`, "/ unevaluatedProperties: must not have `b`"},
		{`{"prefixItems": [true], "unevaluatedItems": {"type": "string"}}`, `[1, 2]`, "/1 type: expected a string, found an integer"},
		{`{"$id": "http://h.example/tree", "$dynamicAnchor": "n", "properties": {"kids": {"items": {"$dynamicRef": "#n"}}}}`, `{"kids": [{"kids": 1}, {"kids": [1]}]}`, ""},
		{`{"$id": "http://h.example/strict", "$dynamicAnchor": "n", "$ref": "tree", "unevaluatedProperties": false, "$defs": {"t": {"$id": "tree", "$dynamicAnchor": "n", "properties": {"kids": {"items": {"$dynamicRef": "#n"}}}}}}`,
			`{"kids": [{"kid": 1}]}`, "/kids/0 unevaluatedProperties: must not have `kid`"},
		{`{"format": "date"}`, `"2026-02-30"`, `/ format: "2026-02-30" is no valid date`},
		{`{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "type": "null", "definitions": {"a": {"type": "string"}}}`, `"x"`, ""},
	} {
		s, err := compiled(tt.schema, others)
		if err != nil {
			t.Errorf("%s: %v", tt.schema, err)
			continue
		}
		var got []string
		for _, f := range s.Validate(value(t, tt.value)) {
			got = append(got, fmt.Sprintf("/%s %s: %s", strings.Join(f.Path, "/"), f.Keyword, f.Message))
		}
		if text := strings.Join(got, "; "); text != tt.want {
			t.Errorf("%s on %s:\ngot  %s\nwant %s", tt.schema, tt.value, text, tt.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, tt := range []struct{ schema, want string }{
		{`{"properties": {"a": {"type": 5}}}`, "not a JSON Schema: /properties/a/type: expected the name of a type, or an array of them, found an integer"},
		{`{"type": "strin"}`, `not a JSON Schema: /type: "strin" is no type: expected one of null, boolean, object, array, number, string, integer`},
		{`{"items": [{}]}`, "not a JSON Schema: /items: expected a schema, an object or a boolean, found an array"},
		{`{"allOf": []}`, "not a JSON Schema: /allOf: expected an array of schemas, found an array"},
		{`{"required": ["a", 1]}`, "not a JSON Schema: /required: expected an array of strings, found an array"},
		{`{"minLength": -1}`, "not a JSON Schema: /minLength: expected a whole number from 0 up, found an integer"},
		{`{"pattern": "("}`, "not a JSON Schema: /pattern: the pattern \"(\" is not valid: error parsing regexp: missing closing ): `(`"},
		{`{"$defs": {"a": {"$ref": "#/$defs/b"}}}`, `not a JSON Schema: /$defs/a: "#/$defs/b" leads nowhere`},
		{`{"$ref": "none.json"}`, "file does not exist"},
		{`[]`, "not a JSON Schema: /: expected a schema, an object or a boolean, found an array"},
	} {
		_, err := compiled(tt.schema, nil)
		if got := fmt.Sprint(err); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.schema, got, tt.want)
		}
	}
}

// maker makes random schemas and values that have to do with one another.
type maker struct {
	*rand.Rand
	draft int
}

func (m *maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) value(depth int) any {
	switch n := m.IntN(9); {
	case n < 2:
		return float64(m.IntN(6))
	case n == 2:
		return float64(m.IntN(6)) + 0.5
	case n == 3:
		return m.pick("", "a", "ab", "abc", "é", "2026-01-02", "10.0.0.1")
	case n == 4:
		return []any{nil, true, false}[m.IntN(3)]
	case depth == 0:
		return "b"
	case n < 7:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(depth-1))
		}
		return list
	}
	table := map[string]any{}
	for range m.IntN(4) {
		table[m.pick("a", "b", "c", "d1")] = m.value(depth - 1)
	}
	return table
}

func (m *maker) schema(depth int) any {
	if depth == 0 && m.IntN(3) == 0 {
		return m.IntN(4) > 0
	}
	s := map[string]any{}
	for range 1 + m.IntN(3) {
		m.keyword(s, depth)
	}
	return s
}

func (m *maker) schemas(depth int) []any {
	out := []any{}
	for range 1 + m.IntN(3) {
		out = append(out, m.schema(depth-1))
	}
	return out
}

func (m *maker) keyword(s map[string]any, depth int) {
	few := func() any { return float64(m.IntN(4)) }
	plain := []func(){
		func() { s["type"] = m.pick("null", "boolean", "object", "array", "number", "string", "integer") },
		func() { s["type"] = []any{"string", m.pick("object", "array", "number", "null")} },
		func() { s["enum"] = []any{m.value(1), "only", 17.0} },
		func() { s["const"] = m.value(1) },
		func() { s["minimum"] = few() },
		func() { s["exclusiveMaximum"] = few() },
		func() { s["multipleOf"] = []any{0.5, 2.0, 3.0}[m.IntN(3)] },
		func() { s["minLength"] = few() },
		func() { s["maxLength"] = few() },
		func() { s["pattern"] = m.pick("^a", "b$", "^.$") },
		func() { s["format"] = m.pick("date", "ipv4", "unknown") },
		func() { s["minItems"] = few() },
		func() { s["maxItems"] = few() },
		func() { s["uniqueItems"] = true },
		func() { s["minProperties"] = few() },
		func() { s["maxProperties"] = few() },
		func() { s["required"] = []any{m.pick("a", "b")} },
	}
	if depth == 0 {
		plain[m.IntN(len(plain))]()
		return
	}
	sub := func() any { return m.schema(depth - 1) }
	deep := []func(){
		func() { s["properties"] = map[string]any{"a": sub(), "b": sub()} },
		func() { s["patternProperties"] = map[string]any{"d": sub()} },
		func() { s["additionalProperties"] = sub() },
		func() { s["additionalProperties"] = false },
		func() { s["propertyNames"] = sub() },
		func() { s["items"] = sub() },
		func() { s["contains"] = sub() },
		func() { s["allOf"] = m.schemas(depth) },
		func() { s["anyOf"] = m.schemas(depth) },
		func() { s["oneOf"] = m.schemas(depth) },
		func() { s["not"] = sub() },
		func() { s["if"], s["then"], s["else"] = sub(), sub(), sub() },
	}
	if m.draft >= draft2019 {
		deep = append(deep,
			func() { s["dependentRequired"] = map[string]any{"a": []any{"b"}} },
			func() { s["dependentSchemas"] = map[string]any{"a": sub()} },
			func() { s["unevaluatedProperties"] = sub() },
			func() { s["unevaluatedProperties"] = false },
			func() { s["unevaluatedItems"] = sub() },
			func() { s["contains"], s["minContains"], s["maxContains"] = sub(), few(), few() },
			func() { s["$ref"] = "#/$defs/shared" })
	} else {
		deep = append(deep,
			func() { s["dependencies"] = map[string]any{"a": []any{"b"}, "b": sub()} },
			func() { s["items"], s["additionalItems"] = m.schemas(depth), sub() })
	}
	if m.draft == draft2020 {
		deep = append(deep, func() { s["prefixItems"] = m.schemas(depth) })
	}
	if m.IntN(3) == 0 {
		plain[m.IntN(len(plain))]()
		return
	}
	deep[m.IntN(len(deep))]()
}

var addresses = map[int]string{draft7: "http://json-schema.org/draft-07/schema#", draft2019: "https://json-schema.org/draft/2019-09/schema", draft2020: "https://json-schema.org/draft/2020-12/schema"}

// Values hold or not as they do for another implementation.
func TestAgainstPeer(t *testing.T) {
	held, tried := 0, 0
	for i := range 2000 {
		m := &maker{rand.New(rand.NewPCG(uint64(i), 11)), []int{draft7, draft2019, draft2020}[i%3]}
		schema := map[string]any{"$schema": addresses[m.draft], "allOf": []any{m.schema(3)}, "$defs": map[string]any{"shared": m.schema(0)}}
		text, _ := json.Marshal(schema)
		c := peer.NewCompiler()
		c.AssertFormat = true
		if err := c.AddResource("file:///s.json", strings.NewReader(string(text))); err != nil {
			t.Fatal(err)
		}
		theirs, err := c.Compile("file:///s.json")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		ours, err := compiled(string(text), nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for range 8 {
			x := m.value(3)
			err := theirs.Validate(x)
			found := ours.Validate(x)
			tried++
			if err == nil {
				held++
			}
			if (err == nil) != (len(found) == 0) {
				data, _ := json.Marshal(x)
				t.Fatalf("schema %s\nvalue %s\ntheirs: %v\nours: %+v", text, data, err, found)
			}
		}
	}
	if held < tried/20 || held > tried*19/20 {
		t.Errorf("%d of %d values hold: the schemas tell little apart", held, tried)
	}
}

// The place of a failure is that of another implementation, for what has no alternatives.
func TestPlacesAgainstPeer(t *testing.T) {
	const schema = `{"properties": {"a": {"type": "string", "maxLength": 2}, "b": {"items": {"minimum": 2}}, "c": {"required": ["d1"], "additionalProperties": {"type": "integer"}}}}`
	theirs := peer.MustCompileString("s.json", schema)
	ours, err := compiled(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{rand.New(rand.NewPCG(5, 11)), draft2020}
	for range 3000 {
		x := m.value(3)
		var want, got []string
		var v *peer.ValidationError
		if errors.As(theirs.Validate(x), &v) {
			want = places(v)
		}
		for _, f := range ours.Validate(x) {
			got = append(got, "/"+strings.Join(f.Path, "/"))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(slices.Compact(want), slices.Compact(got)); diff != "" {
			data, _ := json.Marshal(x)
			t.Fatalf("%s (-want +got):\n%s", data, diff)
		}
	}
}

func places(v *peer.ValidationError) []string {
	if len(v.Causes) == 0 {
		return []string{"/" + strings.TrimPrefix(v.InstanceLocation, "/")}
	}
	var out []string
	for _, c := range v.Causes {
		out = append(out, places(c)...)
	}
	return out
}

// Formats are those of another implementation.
func TestFormats(t *testing.T) {
	values := []string{"", "a", "2026-01-02", "2026-13-02", "2026-02-30", "23:59:60Z", "12:59:60Z", "10:00:00Z", "10:00:00+02:00", "10:00:00", "10:00:00.5z", "2026-01-02T10:00:00Z", "2026-01-02t10:00:00+25:00",
		"2026-01-02 10:00:00Z", "P1D", "P", "PT", "PT5M", "P1Y2M3DT4H", "P1W", "P1DT", "nobody", "a@b", "a.b@example.org", "A <a@b.c>", "@b", "a@-b", "a@[10.0.0.1]", "example.org", "-a.org", "a..b", "10.0.0.1", "10.0.0", "010.0.0.1", "::1", "fe80::1%eth0",
		"http://example.org/a?b", "//example.org", "a/b#c", "a\\b", "mailto:x@y.z", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810", "/a/b~0", "/a~2", "a/b", "0#", "1/a", "-1/a", "^a$", "("}
	for name, ours := range formats {
		theirs := peer.Formats[name]
		if theirs == nil {
			t.Errorf("%s is unknown to the other implementation", name)
			continue
		}
		for _, v := range values {
			if got, want := ours(v), theirs(v); got != want {
				t.Errorf("%s of %q: %v, want %v", name, v, got, want)
			}
		}
	}
}
