package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadOverlay(t *testing.T) {
	tests := []struct {
		name, data, field, want string // type, or the error
	}{
		{"mapping", `{"mappings":{"properties":{"a":{"properties":{"b":{"type":"text","fields":{"raw":{"type":"keyword"}}}}}}}}`, "a.b", "text exact=a.b.raw"},
		{"bare mapping", `{"properties":{"a":{"type":"alias","path":"b"},"b":{"type":"ip"}}}`, "a", "ip"},
		{"by index", `{"my-index":{"mappings":{"properties":{"n":{"type":"nested","properties":{"x":{"type":"long"}}}}}}}`, "n.x", "long nested=n"},
		{"field caps", `{"indices":["i"],"fields":{"a":{"keyword":{"type":"keyword","searchable":true}}}}`, "a", "keyword"},
		{"custom", `{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`, "c.d", "ip"},
		{"custom nested", `{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`, "a.b", "long"},
		{"tsv", "field\ttype\tflags\na.b\tkeyword\tignore_above=10\n", "a.b", "keyword"},
		{"absent", "a.b\tkeyword\n", "a.c", "absent"},
		{"broken json", "{\n  \"a\": }", "", "broken json:2:8: not valid JSON"},
		{"broken tsv", "a keyword\n", "", "broken tsv:1:1: expected field"},
		{"broken custom", `{"p":{"a":[1]}}`, "", "broken custom:1:12: expected the type of field \"a\""},
		{"empty", " ", "", "empty:1:1: empty"},
	}
	c := open(t)
	for _, tt := range tests {
		list, err := ReadOverlay(tt.name, []byte(tt.data), nil)
		if err != nil {
			if tt.field != "" || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
			continue
		}
		r := c.Only(list...).Lookup(tt.field)
		got := "absent"
		if r.Presence == Known {
			got = r.Field.Type
		}
		if r.Exact != "" {
			got += " exact=" + r.Exact
		}
		if r.Nested != "" {
			got += " nested=" + r.Nested
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func FuzzReadOverlay(f *testing.F) {
	f.Add(`{"mappings":{"properties":{"a":{"properties":{"b":{"type":"text","fields":{"raw":{"type":"keyword"}}}}}}}}`)
	f.Add(`{"fields":{"a":{"keyword":{"type":"keyword","searchable":true}}}}`)
	f.Add(`{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`)
	f.Add("a\tkeyword\tm\n")
	f.Fuzz(func(t *testing.T, data string) {
		list, err := ReadOverlay("x", []byte(data), nil)
		if err == nil {
			for _, o := range list {
				o.appliesTo("logs-x")
			}
		}
	})
}
