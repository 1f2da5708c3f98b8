package rule

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/source"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestFindings runs testdata/findings/*.txtar: each NAME.toml is a rule file, NAME.want its findings of reading and of
// the schema, as LINE:COLUMN-LINE:COLUMN CODE, the text underlined, the message, and what else there is.
func TestFindings(t *testing.T) {
	names, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range names {
		arch, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out := &txtar.Archive{Comment: arch.Comment}
		for i, file := range arch.Files {
			base, ok := strings.CutSuffix(file.Name, ".toml")
			if !ok {
				continue
			}
			want := ""
			if i+1 < len(arch.Files) && arch.Files[i+1].Name == base+".want" {
				want = string(arch.Files[i+1].Data)
			}
			src := expand(file.Data)
			got := findings(t, base+".toml", src)
			out.Files = append(out.Files, file, txtar.File{Name: base + ".want", Data: []byte(got)})
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+base, func(t *testing.T) {
				if diff := cmp.Diff(want, got); diff != "" && !*update {
					t.Errorf("%s (-want +got):\n%s", src, diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(out), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// expand turns \xHH, \r and \t written in a case between « and » into the bytes, which txtar and editors would spoil,
// and cuts the text at «end».
func expand(src []byte) []byte {
	src, _, _ = cutBytes(src, "«end»")
	return regexp.MustCompile(`«[^»]*»`).ReplaceAllFunc(src, func(m []byte) []byte {
		var out []byte
		for _, hex := range strings.Fields(string(m[len("«") : len(m)-len("»")])) {
			var b byte
			if _, err := fmt.Sscanf(hex, "%02x", &b); err != nil {
				return m
			}
			out = append(out, b)
		}
		return out
	})
}

func cutBytes(src []byte, sep string) (before, after []byte, found bool) {
	b, a, found := strings.Cut(string(src), sep)
	return []byte(b), []byte(a), found
}

func findings(t *testing.T, name string, src []byte) string {
	f, diags := Parse(name, src)
	checkTree(t, f)
	diags = append(diags, f.ValidateSchema()...)
	var b strings.Builder
	at := func(s Span) string {
		p, q := f.Position(s.Start), f.Position(s.End)
		return fmt.Sprintf("%d:%d-%d:%d %s", p.Line, p.Column, q.Line, q.Column, Quote(f.Slice(s)))
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "%s %s\n  %s\n", d.Code, at(d.Span), d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  note: %s %s\n", at(r.Span), r.Message)
		}
		for _, fix := range d.Fixes {
			safe := map[bool]string{true: "safe", false: "unsafe"}[fix.Safe]
			out, err := Apply(src, fix.Edits)
			if err != nil {
				t.Errorf("%s: fix %q: %v", name, fix.Message, err)
			}
			line := strings.Split(string(out), "\n")[f.Position(fix.Edits[0].Span.Start).Line-1]
			fmt.Fprintf(&b, "  %s fix: %s -> %s\n", safe, fix.Message, line)
		}
		if strings.Contains(d.Message, "\n") || strings.Contains(d.Hint, "\n") {
			t.Errorf("%s: message of several lines: %q", name, d.Message)
		}
	}
	return b.String()
}

func TestCorpusSatisfiesSchema(t *testing.T) {
	codes := map[string]int{}
	corpus(t, func(name string, src []byte) {
		f, _ := Parse(name, src)
		for _, d := range f.ValidateSchema() {
			codes[d.Code]++
			t.Logf("%s:%d: %s %s %s", name, f.Position(d.Span.Start).Line, d.Code, d.Message, d.Hint)
		}
	})
	t.Log("findings:", codes)
}

// general is the embedded schema in the general library.
func general(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	if err := c.AddResource("rule.json", strings.NewReader(schemaJSON)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rule.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// jsonValue is a tree as JSON. JSON cannot tell the float 1.0 from 1 and has no dates: these become what no schema of
// ours allows where it allows no floats and dates.
func jsonValue(n *Node) any {
	switch n.Kind {
	case TableNode:
		m := map[string]any{}
		for _, c := range n.Children {
			m[c.Key] = jsonValue(c)
		}
		return m
	case ArrayNode:
		a := []any{}
		for _, c := range n.Children {
			a = append(a, jsonValue(c))
		}
		return a
	case FloatNode:
		if n.Float == math.Trunc(n.Float) || math.IsNaN(n.Float) {
			return 0.5
		}
		return n.Float
	case DateNode:
		return nil
	}
	return plain(n)
}

// generalPlaces runs the general library and returns keyword and place of every breach.
func generalPlaces(t testing.TB, s *jsonschema.Schema, v any) []string {
	err := s.Validate(v)
	if err == nil {
		return nil
	}
	ve, ok := err.(*jsonschema.ValidationError)
	if !ok {
		t.Fatal(err)
	}
	set := map[string]bool{}
	var leaves func(e *jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			leaves(c)
		}
		if len(e.Causes) == 0 {
			set[e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]+" "+e.InstanceLocation] = true
		}
	}
	leaves(ve)
	return slices.Sorted(maps.Keys(set))
}

// ownPlaces is the same for the walker here.
func ownPlaces(f *File) []string {
	pointer := map[*Node]string{}
	parent := map[*Node]*Node{}
	var index func(n *Node, at string)
	escape := strings.NewReplacer("~", "~0", "/", "~1").Replace
	index = func(n *Node, at string) {
		pointer[n] = at
		for i, c := range n.Children {
			parent[c] = n
			if n.Kind == ArrayNode {
				index(c, fmt.Sprint(at, "/", i))
			} else {
				index(c, at+"/"+urlEscape(escape(c.Key)))
			}
		}
	}
	index(f.Root, "")
	set := map[string]bool{}
	w := walker{all: true, report: func(b breach) {
		n := b.node
		if b.keyword == "additionalProperties" {
			n = parent[n] // where the general library sees it
		}
		set[b.keyword+" "+pointer[n]] = true
	}}
	w.walk(ruleSchema(), f.Root)
	return slices.Sorted(maps.Keys(set))
}

func TestSchemaAgreesWithGeneralLibrary(t *testing.T) {
	s := general(t)
	rng := rand.New(rand.NewPCG(1, 2))
	checked, broken := 0, 0
	compare := func(name string, src []byte) {
		f, _ := Parse(name, src)
		if f.Truncated {
			return
		}
		want, got := generalPlaces(t, s, jsonValue(f.Root)), ownPlaces(f)
		checked++
		if len(want) > 0 {
			broken++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: places differ (-general +own):\n%s\n%s", name, diff, src)
		}
	}
	for _, src := range seeds(t) {
		compare("seed", src)
		for range 60 {
			compare("mutant", mutate(rng, src))
		}
	}
	t.Logf("%d files of testdata, %d of them broken", checked, broken)
	corpus(t, func(name string, src []byte) {
		compare(name, src)
		for range 2 {
			compare(name+" mutant", mutate(rng, src))
		}
	})
	t.Logf("%d files in all, %d of them broken", checked, broken)
}

// seeds are the rule files in testdata.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, path := range paths {
		arch, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range arch.Files {
			if strings.HasSuffix(file.Name, ".toml") {
				out = append(out, expand(file.Data))
			}
		}
	}
	return out
}

// mutate breaks one entry of a rule: renames its key, deletes it, or replaces its value.
func mutate(rng *rand.Rand, src []byte) []byte {
	f, _ := Parse("", src)
	var nodes []*Node
	walk(f.Root, func(n *Node) {
		if n != f.Root && n.Form == source.FromValue {
			nodes = append(nodes, n)
		}
	})
	if len(nodes) == 0 {
		return src
	}
	n := nodes[rng.IntN(len(nodes))]
	values := []string{`""`, `" "`, `"x"`, `"eql"`, `"kuery"`, "0", "-1", "7", "101", "1.0", "2.5", "true", "[]", `[""]`, `["a", "b", "c", "d", "e", "f"]`,
		"{}", `{ unit = "s", value = 0 }`, "[{}]", `[["a"]]`, "2026-11-24", `"threshold"`, `"machine_learning"`, `"deprecated"`, `"new_terms"`}
	edit := Edit{Span: n.Span, New: values[rng.IntN(len(values))]}
	switch k := rng.IntN(4); {
	case k == 0 && n.KeySpan != Span{}:
		edit = Edit{Span: n.KeySpan, New: []string{n.Key + "x", "threshold", "filters", "new_terms_fields", `"a/b~c%"`}[rng.IntN(5)]}
	case k == 1 && n.KeySpan != Span{} && f.Slice(Span{Start: n.Entry.End, End: n.Entry.End + 1}) == "\n":
		edit = Edit{Span: n.Entry}
	}
	out, err := Apply(src, []Edit{edit})
	if err != nil {
		panic(err)
	}
	return out
}

// urlEscape writes a pointer part as the general library does, in a URL fragment.
func urlEscape(s string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", "\"", "%22").Replace(s)
}

// TestSchemaKeywords makes sure that the schema uses no keyword that the walker does not know.
func TestSchemaKeywords(t *testing.T) {
	known := map[string]bool{"$schema": true, "$id": true, "title": true, "description": true, "$ref": true, "type": true,
		"enum": true, "const": true, "pattern": true, "minLength": true, "minimum": true, "maximum": true, "minItems": true,
		"maxItems": true, "items": true, "properties": true, "required": true, "additionalProperties": true, "allOf": true,
		"if": true, "then": true, "else": true, "definitions": true, "x-codes": true}
	var check func(at string, v any, isMap bool)
	check = func(at string, v any, isMap bool) {
		switch v := v.(type) {
		case map[string]any:
			_, isRef := v["$ref"]
			if isRef && len(v) > 1 && !isMap {
				t.Errorf("%s: draft 7 ignores what stands beside $ref", at)
			}
			for k, e := range v {
				if !isMap && !known[k] {
					t.Errorf("%s: unknown keyword %q", at, k)
				}
				if k == "x-codes" && !isMap {
					continue
				}
				check(at+"/"+k, e, !isMap && (k == "properties" || k == "definitions"))
			}
		case []any:
			for i, e := range v {
				check(fmt.Sprint(at, "/", i), e, false)
			}
		}
	}
	check("", decodeJSON(t, JSONSchema()), false)
}

// TestSchemaBranches makes sure that a key common to all types is in every branch, by the same definition.
func TestSchemaBranches(t *testing.T) {
	defs := ruleSchema().Definitions
	types := defs["key_type"].Enum
	count := map[string]int{}
	for _, typ := range types {
		for key := range defs["rule_"+typ].Properties {
			count[key]++
			if defs["rule_untyped"].Properties[key] == nil {
				t.Errorf("%s: key %q is not in rule_untyped", typ, key)
			}
		}
	}
	for key := range defs["rule_untyped"].Properties {
		if count[key] == 0 {
			t.Errorf("no type has key %q", key)
		}
	}
	for _, key := range []string{"name", "threat", "filters", "setup", "revision"} {
		if count[key] != len(types) {
			t.Errorf("key %q is in %d of %d branches", key, count[key], len(types))
		}
	}
}

func decodeJSON(t testing.TB, src []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
