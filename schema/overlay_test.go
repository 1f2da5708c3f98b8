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

func TestMapsDynamically(t *testing.T) {
	const props = `"properties":{"k":{"type":"keyword"},"o":{"properties":{"x":{"type":"long"}}},"off":{"dynamic":false,"properties":{}},"s":{"dynamic":"strict","properties":{}},
"on":{"dynamic":"true","properties":{}}}`
	for _, tt := range []struct {
		mapping, field string
		want           bool
	}{
		{`{` + props + `}`, "new", true}, {`{` + props + `}`, "k", false}, {`{` + props + `}`, "k.x", false}, {`{` + props + `}`, "o.y", true},
		{`{` + props + `}`, "off.x", false}, {`{` + props + `}`, "off.x.y", false}, {`{` + props + `}`, "s.x", false}, {`{"dynamic":"strict",` + props + `}`, "new", false},
		{`{"dynamic":"strict",` + props + `}`, "on.x", true}, {`{"mappings":{"dynamic":"runtime",` + props + `}}`, "new", true}, {"k\tkeyword\n", "new", false},
	} {
		list, err := ReadOverlay("m", []byte(tt.mapping), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0].MapsDynamically(tt.field); got != tt.want {
			t.Errorf("%.40s: %s is mapped dynamically: %t, want %t", tt.mapping, tt.field, got, tt.want)
		}
	}
}

// TestDateFormats joins the formats that a field has in several mappings.
func TestDateFormats(t *testing.T) {
	c := open(t)
	var all []*Overlay
	for _, m := range []string{`{"properties":{"d":{"type":"date","format":"dd-MM-yyyy"}}}`, `{"properties":{"d":{"type":"date","format":"yyyy-MM-dd||dd-MM-yyyy"}}}`, `{"properties":{"d":{"type":"date"}}}`} {
		list, err := ReadOverlay("m", []byte(m), nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	for n, want := range []string{1: "dd-MM-yyyy", 2: "dd-MM-yyyy||yyyy-MM-dd", 3: "dd-MM-yyyy||yyyy-MM-dd||strict_date_optional_time||epoch_millis"} {
		if n == 0 {
			continue
		}
		if got := c.Only(all[:n]...).Lookup("d").Field.Format; got != want {
			t.Errorf("%d mappings: format %q, want %q", n, got, want)
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
