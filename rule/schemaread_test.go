package rule

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// UnmarshalJSON is what encoding/json needs to read what schemaReader reads.
func (a *additional) UnmarshalJSON(b []byte) error {
	if text := string(b); text == "false" || text == "true" {
		a.forbidden = text == "false"
		return nil
	}
	return json.Unmarshal(b, &a.schema)
}

// oneType makes a list of a type that stands alone.
func oneType(x any) {
	switch x := x.(type) {
	case map[string]any:
		for key, v := range x {
			if text, ok := v.(string); ok && key == "type" {
				x[key] = []any{text}
			}
			oneType(v)
		}
	case []any:
		for _, v := range x {
			oneType(v)
		}
	}
}

// The embedded schemas are read as encoding/json reads them.
func TestSchemaReader(t *testing.T) {
	for name, src := range map[string]string{"rule": schemaJSON, "companion": companionJSON} {
		var plain any
		if err := json.Unmarshal([]byte(src), &plain); err != nil {
			t.Fatal(name, err)
		}
		oneType(plain)
		listed, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(name, err)
		}
		var want schema
		if err := json.Unmarshal(listed, &want); err != nil {
			t.Fatal(name, err)
		}
		r := schemaReader{text: src}
		got := r.schema()
		if diff := cmp.Diff(&want, got, cmp.AllowUnexported(additional{}), cmpopts.IgnoreUnexported(schema{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if rest := strings.TrimSpace(r.text[r.at:]); rest != "" {
			t.Errorf("%s: %.40q was not read", name, rest)
		}
	}
}
