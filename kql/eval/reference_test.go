package eval_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
)

// The reference evaluator walks the tree of a query and looks at decoded JSON, one value after the other: slow, and with
// nothing in common with the engine. It knows keyword, long, boolean and text fields, and Kibana's flavor.
type reference struct{ types map[string]mapping.Type }

var referenceTypes = map[string]mapping.Type{"k": mapping.Keyword, "o.k": mapping.Keyword, "n": mapping.Long, "b": mapping.Boolean, "t": mapping.Text}

const referenceMapping = `{"dynamic": false, "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}, "b": {"type": "boolean"}, "t": {"type": "text"}, "o": {"properties": {"k": {"type": "keyword"}}}}}`

// values lists what a document has under a dotted name, as Go values.
func referenceValues(v any, name string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, e := range list {
			out = append(out, referenceValues(e, name)...)
		}
		return out
	}
	if name == "" {
		switch v.(type) {
		case nil, map[string]any:
			return nil
		}
		return []any{v}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	head, rest, _ := strings.Cut(name, ".")
	return referenceValues(m[head], rest)
}

var referenceWord = regexp.MustCompile(`[A-Za-z0-9_]+(?:\.[A-Za-z]+)*`)

func referenceWords(s string) []string {
	var out []string
	for _, w := range referenceWord.FindAllString(s, -1) {
		if strings.Trim(w, "_") != "" {
			out = append(out, strings.ToLower(w))
		}
	}
	return out
}

// refusal is panicked with where a search fails.
type refusal struct{}

func (r reference) node(n kql.Node, doc any) bool {
	switch n := n.(type) {
	case *kql.And:
		all := true
		for _, i := range n.Items {
			all = r.node(i, doc) && all // all are looked at: each may refuse
		}
		return all
	case *kql.Or:
		any := false
		for _, i := range n.Items {
			any = r.node(i, doc) || any
		}
		return any
	case *kql.Not:
		return !r.node(n.Item, doc)
	case *kql.Is:
		return r.value(n.Field.Text, n.Value, doc)
	case *kql.Range:
		return r.ranged(n, doc)
	}
	panic(fmt.Sprintf("%T", n))
}

func (r reference) value(field string, n kql.Node, doc any) bool {
	switch n := n.(type) {
	case *kql.And:
		all := true
		for _, i := range n.Items {
			all = r.value(field, i, doc) && all
		}
		return all
	case *kql.Or:
		any := false
		for _, i := range n.Items {
			any = r.value(field, i, doc) || any
		}
		return any
	case *kql.Not:
		return !r.value(field, n.Item, doc)
	case *kql.Value:
		return r.is(field, n.Literal, referenceValues(doc, field))
	}
	panic(fmt.Sprintf("%T", n))
}

func text(v any) string {
	if f, ok := v.(json.Number); ok {
		return f.String()
	}
	return fmt.Sprint(v)
}

func pattern(l *kql.Literal) *regexp.Regexp {
	var parts []string
	for _, p := range l.Parts() {
		parts = append(parts, regexp.QuoteMeta(p))
	}
	return regexp.MustCompile(`(?s)\A` + strings.Join(parts, ".*") + `\z`)
}

func (r reference) is(field string, l *kql.Literal, values []any) bool {
	typ := r.types[field]
	if l.Any() {
		return len(values) > 0
	}
	switch typ {
	case mapping.Keyword:
		if l.Kind == kql.Null {
			panic(refusal{})
		}
		match := func(s string) bool { return s == l.Text }
		if l.Kind == kql.Pattern {
			match = pattern(l).MatchString
		}
		return slices.ContainsFunc(values, func(v any) bool { return match(text(v)) })
	case mapping.Long:
		n, err := strconv.ParseInt(l.Text, 10, 64)
		if err != nil {
			panic(refusal{})
		}
		return slices.ContainsFunc(values, func(v any) bool { return text(v) == strconv.FormatInt(n, 10) })
	case mapping.Boolean:
		if l.Text != "true" && l.Text != "false" {
			panic(refusal{})
		}
		return slices.ContainsFunc(values, func(v any) bool { return text(v) == l.Text })
	case mapping.Text:
		return r.text(l, values)
	}
	return false
}

func (r reference) text(l *kql.Literal, values []any) bool {
	if l.Kind == kql.Null {
		panic(refusal{})
	}
	want := referenceWords(l.Text)
	return slices.ContainsFunc(values, func(v any) bool {
		have := referenceWords(text(v))
		if l.Kind != kql.Quoted {
			return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(have, w) })
		}
		for i := 0; len(want) > 0 && i+len(want) <= len(have); i++ {
			if slices.Equal(have[i:i+len(want)], want) {
				return true
			}
		}
		return false
	})
}

func (r reference) ranged(n *kql.Range, doc any) bool {
	values := referenceValues(doc, n.Field.Text)
	holds := func(c int) bool {
		switch n.Op {
		case "<":
			return c < 0
		case "<=":
			return c <= 0
		case ">":
			return c > 0
		}
		return c >= 0
	}
	if r.types[n.Field.Text] == mapping.Keyword {
		return slices.ContainsFunc(values, func(v any) bool { return holds(strings.Compare(text(v), n.Value.Text)) })
	}
	bound, err := strconv.ParseInt(n.Value.Text, 10, 64)
	if err != nil {
		panic(refusal{})
	}
	return slices.ContainsFunc(values, func(v any) bool {
		x, _ := strconv.ParseInt(text(v), 10, 64)
		return holds(int(x - bound))
	})
}

// run decides a document; ok is false if the search fails.
func (r reference) run(root kql.Node, doc any) (match, ok bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, refused := e.(refusal); !refused {
				panic(e)
			}
			match, ok = false, false
		}
	}()
	return r.node(root, doc), true
}

// referenceQuery writes a random query about the fields of the reference.
func referenceQuery(g generator, depth int) string {
	field := g.pick("k", "o.k", "n", "b", "t")
	value := func() string {
		switch {
		case field == "n":
			return g.pick("1", "5", "-3", "70", "x", `"5"`)
		case field == "b":
			return g.pick("true", "false", `"true"`, "maybe")
		case field == "t":
			return g.pick("quick", `"quick fox"`, "Fox quick", "run", `"a b"`, "brown.fox", "null", `""`)
		case g.IntN(3) == 0:
			return g.pick("*", "c*", "*.exe", "*d*", "c*d*e", "*", `a\*b*`, "**")
		}
		return g.pick("cmd.exe", "CMD.EXE", `"two words"`, "two words", `a\*b`, "x", `"*"`, "true", "5")
	}
	switch c := g.IntN(8); {
	case depth > 0 && c < 3:
		var parts []string
		for range 2 + g.IntN(2) {
			parts = append(parts, referenceQuery(g, depth-1))
		}
		out := parts[0]
		for _, p := range parts[1:] {
			out += g.pick(" and ", " or ", " AND ") + p
		}
		return strings.Replace(g.pick("%s", "(%s)", "not (%s)"), "%s", out, 1)
	case c == 3:
		field = g.pick("n", "k")
		return fmt.Sprintf("%s %s %s", field, g.pick("<", "<=", ">", ">="), g.pick("1", "5", "-3", "70", `"5"`))
	case c == 4:
		return fmt.Sprintf("%s: (%s %s %s)", field, value(), g.pick("or", "and", "and not"), value())
	case c == 5:
		return fmt.Sprintf("not %s: %s", field, value())
	}
	return fmt.Sprintf("%s: %s", field, value())
}

var referenceDocs = []string{
	`{"k": "cmd.exe", "n": 5, "b": true, "t": "the quick brown fox"}`,
	`{"k": ["CMD.EXE", "x"], "n": [1, 70], "b": [true, false], "t": ["quick", "Fox run"]}`,
	`{"k": "two words", "o": {"k": "a*b"}, "t": "quick fox"}`,
	`{"k": "a*b", "o": [{"k": "cmd.exe"}, {"k": "*"}], "n": -3}`,
	`{"k": 5, "t": 5, "b": "false"}`, `{"k": true, "n": "5"}`, `{"k": null, "t": "", "n": null}`, `{}`,
	`{"k": "cxdye", "t": "brown.fox A b"}`, `{"o.k": "x", "k": "*"}`,
}

// TestReference holds random queries against the reference evaluator: 20,000, or as many as RULEVET_PROGRAMS says.
func TestReference(t *testing.T) {
	count := 20_000
	if n, err := strconv.Atoi(os.Getenv("RULEVET_PROGRAMS")); err == nil {
		count = n
	}
	trial := newReferenceTrial(t)
	g := generator{rand.New(rand.NewPCG(1, 2))}
	matches := 0
	for i := range count {
		matches += trial.run(t, referenceQuery(g, 2))
		if t.Failed() {
			t.Fatalf("program %d", i)
		}
	}
	t.Logf("%d programs, %d matches", count, matches)
}

// referenceTrial is what queries are held against.
type referenceTrial struct {
	ref    reference
	fields mapping.Fields
	docs   []any
}

func newReferenceTrial(t testing.TB) *referenceTrial {
	t.Helper()
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	trial := &referenceTrial{ref: reference{referenceTypes}}
	trial.fields = fieldsOf(t, catalog, json.RawMessage(referenceMapping), nil)
	for _, d := range referenceDocs {
		var v any
		dec := json.NewDecoder(strings.NewReader(d))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if m, ok := v.(map[string]any); ok && m["o.k"] != nil {
			m["o"] = map[string]any{"k": m["o.k"]}
		}
		trial.docs = append(trial.docs, v)
	}
	return trial
}

// run holds a query against the reference on all documents, and returns how many match.
func (r *referenceTrial) run(t testing.TB, text string) (matches int) {
	t.Helper()
	q, issues := kql.Parse(text, kql.Kuery)
	if kql.HasErrors(issues) {
		t.Fatalf("%q: %v", text, issues)
	}
	p, err := eval.Compile(q, r.fields, eval.Options{})
	var dec *event.Decoder
	if err == nil {
		dec = event.NewDecoder(p.Layout())
	}
	for j, doc := range r.docs {
		want, ok := r.ref.run(q.Root, doc)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, the reference refuses it: %t", text, err, !ok)
		}
		if err != nil {
			break
		}
		var rec event.Record
		if err := dec.Decode([]byte(referenceDocs[j]), &rec); err != nil {
			t.Fatal(err)
		}
		if got := p.Match(&rec); got != want {
			t.Fatalf("%q on %s = %t, want %t", text, referenceDocs[j], got, want)
		}
		if want {
			matches++
		}
	}
	return matches
}

// FuzzReference takes the choices of the generator from the fuzzer.
func FuzzReference(f *testing.F) {
	trial := newReferenceTrial(f)
	for i := range byte(10) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) { trial.run(t, referenceQuery(generator{fuzzrand.New(choices)}, 2)) })
}
