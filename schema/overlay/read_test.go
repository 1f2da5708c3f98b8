package overlay

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/schema"
)

func catalog(t testing.TB) *schema.Catalog {
	t.Helper()
	c, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// describe writes what a view knows about a name.
func describe(r *schema.Result) string {
	if r.Presence != schema.Known {
		return [...]string{"undecidable", "known", "absent"}[r.Presence]
	}
	var words []string
	for _, u := range r.Types {
		words = append(words, u.Type)
	}
	for _, p := range []struct{ key, value string }{{"alias", r.Alias}, {"exact", r.Exact}, {"nested", r.Nested}, {"parent", r.Parent},
		{"flags", r.Field.Flags()}, {"at", r.Types[0].Sources[0].Table}} {
		if p.value != "" {
			words = append(words, p.key+"="+p.value)
		}
	}
	return strings.Join(words, " ")
}

func TestRead(t *testing.T) {
	const packageFields = `# a package
- name: acme
  type: group
  fields:
    - name: user.id
      type: long
    - name: notes
      type: text
      multi_fields:
        - {name: keyword, type: keyword, ignore_above: 256}
    - name: untyped
    - name: tags
      type: keyword
      normalize: [array]
    - name: labels.*
      type: object
      object_type: ip
    - name: hits
      type: nested
      fields:
        - name: score
          type: float
- name: data_stream.dataset
  type: constant_keyword
  value: acme.log
- name: process.pid
  external: ecs
- name: old
  type: alias
  path: acme.user.id
`
	const ecsFlat = `'@timestamp':
  flat_name: '@timestamp'
  type: date
  normalize: []
process.args:
  flat_name: process.args
  ignore_above: 1024
  type: wildcard
  normalize:
  - array
  multi_fields:
  - flat_name: process.args.text
    name: text
    type: match_only_text
`
	tests := []struct{ name, data, field, want string }{
		{"mapping.json", `{"mappings":{"properties":{"a":{"properties":{"b":{"type":"text","fields":{"raw":{"type":"keyword"}}}}}}}}`, "a.b", "text exact=a.b.raw at=mapping.json:1"},
		{"bare.json", "{\"properties\":{\n\"a\":{\"type\":\"alias\",\"path\":\"b\"},\n\"b\":{\"type\":\"ip\"}}}", "a", "ip alias=b at=bare.json:3"},
		{"template.json", `{"index_patterns":["x"],"template":{"mappings":{"properties":{"a":{"type":"ip"}}}}}`, "a", "ip at=template.json:1"},
		{"index.json", `{"my-index":{"mappings":{"properties":{"n":{"type":"nested","properties":{"x":{"type":"long"}}}}}}}`, "n.x", "long nested=n at=index.json:1"},
		{"runtime.json", `{"mappings":{"runtime":{"r":{"type":"double"}},"properties":{"a":{"type":"ip"}}}}`, "r", "double at=runtime.json:1"},
		{"dynamic.json", `{"mappings":{"dynamic_templates":[{"l":{"path_match":"labels.*","mapping":{"type":"ip"}}}],"properties":{"a":{"type":"ip"}}}}`, "labels.x.y", "ip parent=labels.* at=dynamic.json:1"},
		{"mapping.yml", "mappings:\n  properties:\n    a:\n      type: boolean\n", "a", "boolean at=mapping.yml:3"},
		{"caps.json", `{"indices":["i"],"fields":{"a":{"keyword":{"type":"keyword","searchable":true},"long":{"type":"long","searchable":true}}}}`, "a", "keyword long at=caps.json:1"},
		{"custom.json", `{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`, "c.d", "ip at=custom.json:1"},
		{"nested custom.json", `{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`, "a.b", "long at=nested custom.json:1"},
		{"list.tsv", "field\ttype\tflags\na.b\tkeyword\tignore_above=10\n", "a.b", "keyword flags=ignore_above=10 at=list.tsv:2"},
		{"unnamed", "a.b\tkeyword\n", "a.c", "absent"},
		{"fields.yml", packageFields, "acme.user.id", "long at=fields.yml:5"},
		{"fields.yml", packageFields, "acme.notes", "text exact=acme.notes.keyword at=fields.yml:7"},
		{"fields.yml", packageFields, "acme.untyped", "keyword at=fields.yml:11"},
		{"fields.yml", packageFields, "acme.tags", "keyword flags=normalize=array at=fields.yml:12"},
		{"fields.yml", packageFields, "acme.labels.x", "ip parent=acme.labels.* flags=object_type=ip at=fields.yml:15"},
		{"fields.yml", packageFields, "acme.hits.score", "float nested=acme.hits at=fields.yml:21"},
		{"fields.yml", packageFields, "data_stream.dataset", "constant_keyword flags=value=acme.log at=fields.yml:23"},
		{"fields.yml", packageFields, "process.pid", "long flags=external=ecs at=fields.yml:26"},
		{"fields.yml", packageFields, "old", "long alias=acme.user.id at=fields.yml:5"},
		{"fields.yml", packageFields, "acme", "absent"},
		{"beat.yml", "- key: ecs\n  title: x\n  fields:\n  - name: a\n    type: group\n    fields:\n    - name: b\n", "a.b", "keyword at=beat.yml:7"},
		{"ecs_flat.yml", ecsFlat, "process.args", "wildcard flags=ignore_above=1024,normalize=array at=ecs_flat.yml:5"},
		{"ecs_flat.yml", ecsFlat, "process.args.text", "match_only_text exact= at=ecs_flat.yml:12"},
	}
	c := catalog(t)
	for _, tt := range tests {
		list, err := Read(tt.name, []byte(tt.data), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		want := strings.ReplaceAll(tt.want, " exact= ", " flags=m ")
		if diff := cmp.Diff(want, describe(c.Only(list...).Describe(tt.field))); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", tt.field, tt.name, diff)
		}
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"a.json", "{\n  \"a\": }", "a.json:2:8: not valid JSON: "},
		{"a.json", "{\n  \"a\": {", "a.json:2:9: not valid JSON: the text ends too early"},
		{"a.json", "{} {}", "a.json:1:4: text behind the JSON value"},
		{"a.json", "{\"properties\":{\n  \"ä\":{\"type\":\"keywrod\"}}}", "a.json:2:3: unknown type \"keywrod\" of field \"ä\", did you mean \"keyword\"?"},
		{"a.json", `{"p":{"a":[1]}}`, "a.json:1:11: expected the type of field \"a\" as text"},
		{"a.json", `{"p":3}`, "a.json:1:2: expected a mapping"},
		{"a.json", `{"mappings":{"properties":{"a":1}}}`, "a.json:1:32: expected the mapping of field \"a\" to be an object"},
		{"a.json", strings.Repeat(`{"a":`, 80), "a.json:1:326: nested deeper than 64"},
		{"a.tsv", "a\tkeyword\nb keyword\n", "a.tsv:2:1: expected field, type"},
		{"a.tsv", "a\tlnog\n", "a.tsv:1:3: unknown type \"lnog\" of field \"a\", did you mean \"long\"?"},
		{"a.yml", "- name: a\n  type: [\n", "a.yml:"},
		{"a.yml", "- name: a\n  type: txet\n", "a.yml:1:3: unknown type \"txet\" of field \"a\", did you mean \"text\"?"},
		{"a.yml", "- type: keyword\n", "a.yml:1:3: expected a field with \"name\""},
		{"a.yml", "- name: a\n  type: group\n  fields: b\n", "a.yml:3:11: expected a list of fields in \"fields\""},
		{"a.yml", "- name: &x a\n- name: *x\n", "a.yml:2:9: "},
		{"a.yml", "# nothing\n", "a.yml:1:1: empty field list"},
		{"a", " ", "a:1:1: empty field list"},
		{"a.yml", "just words", "a.yml:1:1: expected a mapping"},
	}
	for _, tt := range tests {
		_, err := Read(tt.name, []byte(tt.data), nil)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %q: %v, want %s", tt.name, tt.data, err, tt.want)
		}
	}
}

// TestLoad reads a folder, a scoped file and a package.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"lists/a.tsv":                        "a.x\tip\n",
		"lists/b.json":                       `{"properties":{"b":{"type":"ip"}}}`,
		"lists/.hidden":                      "no list",
		"acme/manifest.yml":                  "name: acme\n",
		"acme/data_stream/log/fields/f.yml":  "- name: acme.x\n",
		"acme/data_stream/perf/manifest.yml": "type: metrics\ndataset: acme.other\n",
		"acme/data_stream/perf/fields/f.yml": "- name: acme.y\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ spec, want string }{
		{"lists", "a.x [] b []"},
		{"p-*,q-*=lists/a.tsv", "a.x [p-* q-*]"},
		{"p-*=lists", "a.x [p-*] b [p-*]"},
		{"acme", "acme.x [logs-acme.log-*] acme.y [metrics-acme.other-*]"},
		{"nosuch", "stat nosuch: no such file or directory"},
	}
	t.Chdir(dir)
	for _, tt := range tests {
		var got []string
		list, err := Load([]string{tt.spec})
		for _, o := range list {
			for _, f := range o.Fields {
				got = append(got, fmt.Sprint(f.Name, " ", o.Patterns))
			}
		}
		if err != nil {
			got = append(got, err.Error())
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.spec, diff)
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
		list, err := Read("m", []byte(tt.mapping), nil)
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
	c := catalog(t)
	var all []*schema.Overlay
	for _, m := range []string{`{"properties":{"d":{"type":"date","format":"dd-MM-yyyy"}}}`, `{"properties":{"d":{"type":"date","format":"yyyy-MM-dd||dd-MM-yyyy"}}}`, `{"properties":{"d":{"type":"date"}}}`} {
		list, err := Read("m", []byte(m), nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	for n, want := range []string{1: "dd-MM-yyyy", 2: "dd-MM-yyyy||yyyy-MM-dd", 3: "dd-MM-yyyy||yyyy-MM-dd||strict_date_optional_time||epoch_millis"} {
		if n == 0 {
			continue
		}
		if got := c.Only(all[:n]...).Describe("d").Field.Format; got != want {
			t.Errorf("%d mappings: format %q, want %q", n, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(true, `{"mappings":{"properties":{"a":{"properties":{"b":{"type":"text","fields":{"raw":{"type":"keyword"}}}}}}}}`)
	f.Add(true, `{"fields":{"a":{"keyword":{"type":"keyword","searchable":true}}}}`)
	f.Add(true, `{"logs-mine-*":{"a":{"b":"long"},"c.d":"ip"}}`)
	f.Add(true, "a\tkeyword\tm\n")
	f.Add(false, "- name: a\n  fields:\n  - name: b\n    type: long\n")
	f.Add(false, "a.b:\n  flat_name: a.b\n  type: keyword\n")
	f.Fuzz(func(t *testing.T, sniff bool, data string) {
		name := "x.yml"
		if sniff {
			name = "x"
		}
		list, err := Read(name, []byte(data), nil)
		switch {
		case err == nil && list == nil:
			t.Error("neither overlays nor an error")
		case err != nil && !strings.HasPrefix(err.Error(), name+":"):
			t.Errorf("error without a place: %v", err)
		}
	})
}
