package rule

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is what a test compares of a document: record, name, the spans' text, and what is wrong.
func shown(docs []Document) []string {
	var out []string
	for _, d := range docs {
		line := fmt.Sprintf("%d %s", d.Record, d.Rule.Name)
		if n := d.Lookup("rule", "name"); n != nil {
			line += " " + d.Slice(n.Entry)
		}
		for _, f := range d.Diagnostics {
			at := d.Position(f.Span.Start)
			line += fmt.Sprintf(" | %d:%d %s", at.Line, at.Column, f.Message)
		}
		out = append(out, line)
	}
	return out
}

func TestParseAll(t *testing.T) {
	one := `{"name": "One", "rule_id": "a", "type": "query", "note": null}`
	two := `{"name": "Tw\u00f6", "rule_id": "b", "type": "eql"}`
	tests := []struct {
		name, file, src string
		want            []string
	}{
		{"lines", "x.ndjson", one + "\n" + two + "\n" + `{"exported_count": 2}` + "\n", []string{`1 One "name": "One"`, `2 Twö "name": "Tw\u00f6"`}},
		{"one line", "x.ndjson", one + two, []string{`1 One "name": "One"`, `2 Twö "name": "Tw\u00f6"`}},
		{"array", "x.json", "[" + one + ",\n" + two + "]", []string{`1 One "name": "One"`, `2 Twö "name": "Tw\u00f6"`}},
		{"find", "x.json", `{"page": 1, "total": 7, "data": [` + one + `]}`, []string{`0 One "name": "One"`}},
		{"file shape", "x.json", `{"metadata": {"maturity": "production"}, "rule": ` + one + `}`, []string{`0 One "name": "One"`}},
		{"package", "x.json", `{"type": "security-rule", "attributes": ` + one + `}`, []string{`0 One "name": "One"`}},
		{"a bad line", "x.ndjson", one + "\n{\"name\": \"x\" \"rule_id\"}\n" + two,
			[]string{"2  | 2:14 found `\"`, expected `,` or `}`", `1 One "name": "One"`, `3 Twö "name": "Tw\u00f6"`}},
		{"a bad element", "x.json", "[\n" + one + ",\n{\"name\": x},\n" + two + "]",
			[]string{"2  | 3:10 found `x`, expected a value", `1 One "name": "One"`, `3 Twö "name": "Tw\u00f6"`}},
		{"cut short", "x.ndjson", one + "\n{\"name\": \"Thr",
			[]string{"2  | 2:10 the string that starts here is not closed", `0 One "name": "One"`}},
		{"key twice", "x.json", `{"rule_id": "a", "rule_id": "b"}`, []string{"1  | 1:18 key `rule_id` stands twice in this object"}},
		{"half a character", "x.json", `{"rule_id": "\ud83d"}`, []string{"1  | 1:14 `\\ud83d` is the first half of a character without the second"}},
		{"a timeline", "x.ndjson", `{"savedObjectId": "1", "timelineType": "default"}`, []string{"1  | 1:1 no rule of Elastic's, but a timeline"}},
		{"empty", "x.ndjson", "\n", []string{"0  | 1:1 the file is empty, expected rules in JSON"}},
		{"only a list", "x.ndjson", `{"list_id": "l", "name": "L", "type": "detection"}`, nil},
		{"not closed", "x.json", "[" + one, []string{"0  | 1:1 the array that starts here is not closed with `]`", `0 One "name": "One"`}},
		{"yaml flat", "x.yml", "name: One\ntype: eql\nquery: |\n  process where true\n", []string{"0 One name: One"}},
		{"yaml tables", "x.yaml", "metadata:\n  maturity: production\nrule:\n  name: 'O''ne'\n  type: eql\n", []string{"0 O'ne name: 'O''ne'"}},
		{"yaml broken", "x.yml", "name: One\n  type: [\n", []string{"0  | 2:1 not valid YAML: mapping values are not allowed in this context"}},
		{"yaml key twice", "x.yml", "type: eql\nname: a\nname: b\n", []string{"0  | 3:1 key `name` stands twice in this table"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, shown(ParseAll(tt.file, []byte(tt.src)))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestQueryOffsets holds that a place in a query leads to the same text in the file, in every format and style.
func TestQueryOffsets(t *testing.T) {
	tests := []struct{ name, file, src string }{
		{"json", "x.json", `{"type": "eql", "rule_id": "a", "query": "process where\n  process.name : \"cm\u0064.exe\" /* 😀 \ud83d\ude00 */ and \/needle > 1"}`},
		{"literal block", "x.yml", "type: eql\nquery: |\n  process where\n    process.name : \"a\" and\n\n    needle > 1\n"},
		{"stripped block", "x.yml", "type: eql\nquery: |-\n  process where needle\n"},
		{"folded block", "x.yml", "type: eql\nquery: >\n  process where\n  process.name : \"a\" and\n  needle > 1\nname: x\n"},
		{"double quotes", "x.yml", `type: eql` + "\n" + `query: "process where \"needle\" and\` + "\n" + `  needle > 1"` + "\n"},
		{"single quotes", "x.yml", "type: eql\nquery: 'process where ''x'' and\n  needle > 1'\n"},
		{"plain over lines", "x.yml", "type: eql\nquery: process where a and\n  b and needle\n"},
		{"crlf", "x.yml", "type: eql\r\nquery: |\r\n  process where\r\n    needle > 1\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs := ParseAll(tt.file, []byte(tt.src))
			if len(docs) != 1 || docs[0].Query == nil {
				t.Fatalf("documents: %v", shown(docs))
			}
			q := docs[0].Query
			at := strings.LastIndex(q.Value, "needle")
			if at < 0 {
				t.Fatalf("value %q", q.Value)
			}
			if got := docs[0].Slice(q.FileSpan(at, at+len("needle"))); got != "needle" {
				t.Errorf("the place of needle is %q, in %q", got, q.Value)
			}
			if got := docs[0].Slice(q.FileSpan(0, len("process"))); got != "process" {
				t.Errorf("the start is %q", got)
			}
		})
	}
}

func FuzzParseAll(f *testing.F) {
	for _, s := range []string{`{"rule_id": "a", "query": "b\n\u00e4"}`, `[{"type":"eql"},{"x":[1,2.5e3,null,true]}]`, "[{}", "{\"a\":{\"a\":"} {
		f.Add("x.json", s)
	}
	for _, s := range []string{"type: eql\nquery: |\n  a\n  b\n", "rule: &a {name: 'x'}\nb: *a\n", "- type: eql\n- \"a\\\n  b\""} {
		f.Add("x.yml", s)
	}
	f.Fuzz(func(t *testing.T, name, src string) {
		for _, d := range ParseAll(name, []byte(src)) {
			checkSpans(t, d.File, d.Root)
			if d.Query != nil {
				for i := range len(d.Query.Value) {
					s := d.Query.FileSpan(i, i+1)
					if s.Start < 0 || s.End > len(src) || s.Start > s.End {
						t.Fatalf("offset %d leads to %v of %d bytes", i, s, len(src))
					}
				}
			}
		}
	})
}

func checkSpans(t *testing.T, f *File, n *Node) {
	t.Helper()
	for _, s := range []Span{n.Span, n.KeySpan, n.Entry} {
		if s.Start < 0 || s.End > len(f.Src) || s.Start > s.End {
			t.Fatalf("span %v of %q outside of %d bytes", s, n.Key, len(f.Src))
		}
	}
	for _, c := range n.Children {
		checkSpans(t, f, c)
	}
}

// TestReports reads the exports of public reports, if they are at hand.
func TestReports(t *testing.T) {
	for name, want := range map[string]int{"29-export.ndjson": 2, "30-export-one-line.ndjson": 1} {
		src, err := os.ReadFile("../../shared/conformance/reports/" + name)
		if err != nil {
			t.Skip("the shared cases are not here")
		}
		if docs := ParseAll(name, src); len(docs) != want || len(docs[0].Diagnostics) > 0 {
			t.Errorf("%s: %v", name, shown(docs))
		}
	}
}
