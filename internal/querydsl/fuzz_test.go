package querydsl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

var now = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// types is a mapping of names to types.
type types map[string]mapping.Type

func (m types) Lookup(name string) (mapping.Info, mapping.Presence) {
	if t, ok := m[name]; ok {
		return mapping.Info{Type: t}, mapping.Present
	}
	return mapping.Info{}, mapping.Absent
}

func (types) Suggest(string) []string { return nil }

var fields = types{"k": mapping.Keyword, "w": mapping.Wildcard, "t": mapping.Text, "n": mapping.Long, "d": mapping.Date, "ip": mapping.IP, "b": mapping.Boolean, "f": mapping.Double}

// FuzzQuery makes queries and documents at the choice of the fuzzer. A query that is written and read again is the same one; bool
// queries match what their clauses, each compiled for itself, match by the rules of bool alone.
func FuzzQuery(f *testing.F) {
	for i := range byte(30) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, 3 * i, 5 * i, 7 * i, 9 * i, 11 * i, 200, 13 * i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &maker{fuzzrand.New(choices)}
		text := g.query(3)
		q := decoded(t, text)
		if q == nil {
			return
		}
		again := decoded(t, string(Marshal(q)))
		if again == nil || string(Marshal(again)) != string(Marshal(q)) {
			t.Fatalf("%s\nis written as %s", text, Marshal(q))
		}
		var known mapping.Fields
		if g.IntN(3) > 0 {
			known = fields
		}
		whole, err := newMatcher(q, known)
		if err != nil {
			return
		}
		written, err := newMatcher(again, known)
		if err != nil {
			t.Fatalf("%s\nwritten as %s is refused: %v", text, Marshal(q), err)
		}
		for range 5 {
			doc := g.document()
			got := whole.match(t, doc)
			if written.match(t, doc) != got {
				t.Fatalf("%s\nwritten as %s\non %s: %v, then %v", text, Marshal(q), doc, got, !got)
			}
			if want, ok := naive(t, q, known, doc); ok && want != got {
				t.Fatalf("%s\n(fields known: %v) on %s\nis %v, its clauses one by one say %v", text, known != nil, doc, got, want)
			}
		}
	})
}

// FuzzDecode takes any JSON as a query.
func FuzzDecode(f *testing.F) {
	for i := range uint64(40) {
		f.Add((&maker{rand.New(rand.NewPCG(i, 1))}).query(2), (&maker{rand.New(rand.NewPCG(i, 2))}).document())
	}
	f.Add("{\"\\n\": \"\"}", "{}") // a line break in a name has no place in a message
	f.Fuzz(func(t *testing.T, text, doc string) {
		q := decoded(t, text)
		if q == nil {
			return
		}
		if m, err := newMatcher(q, fields); err == nil && json.Valid([]byte(doc)) && strings.HasPrefix(doc, "{") {
			m.match(t, doc)
		}
		Canonical(q)
	})
}

// decoded reads a query; nil is one that is refused, in one line.
func decoded(t *testing.T, text string) Query {
	t.Helper()
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	q, err := Decode(v, Span{})
	if (q == nil) == (err == nil) || err != nil && strings.Contains(err.Error(), "\n") {
		t.Fatalf("%s: %v, %q", text, q, err)
	}
	if err != nil {
		return nil
	}
	return q
}

// matcher is a compiled query.
type matcher struct {
	cond *predicate.Cond
	dec  *event.Decoder
}

func newMatcher(q Query, known mapping.Fields) (*matcher, error) {
	layout := &event.Layout{}
	cond, err := Compile(q, Options{Fields: known, Layout: layout, Now: now, Open: known == nil})
	if err != nil {
		return nil, err
	}
	return &matcher{cond, event.NewDecoder(layout)}, nil
}

func (m *matcher) match(t *testing.T, doc string) bool {
	t.Helper()
	var rec event.Record
	if err := m.dec.Decode([]byte(doc), &rec); err != nil {
		return false
	}
	return m.cond.Node.Eval(&rec) == predicate.Yes
}

// naive decides a query by the rules of bool; ok is false where a clause is refused by itself.
func naive(t *testing.T, q Query, known mapping.Fields, doc string) (match, ok bool) {
	b, isBool := q.(*Bool)
	if !isBool {
		m, err := newMatcher(q, known)
		return err == nil && m.match(t, doc), err == nil
	}
	ok, match = true, true
	count := func(list []Query) (n int) {
		for _, c := range list {
			yes, fine := naive(t, c, known, doc)
			ok = ok && fine
			if yes {
				n++
			}
		}
		return n
	}
	least := max(b.MinShould, 0)
	if len(b.Must)+len(b.Filter) == 0 {
		if least = max(least, 1); len(b.Should) == 0 {
			least = 0
		}
	}
	match = count(b.Must) == len(b.Must)
	match = count(b.Filter) == len(b.Filter) && match
	match = count(b.MustNot) == 0 && match
	return count(b.Should) >= least && match, ok
}

// maker makes queries and documents.
type maker struct{ *rand.Rand }

func (g *maker) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *maker) list(depth int) string {
	var out []string
	for range g.IntN(4) {
		out = append(out, g.query(depth))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (g *maker) query(depth int) string {
	if depth > 0 && g.IntN(3) > 0 {
		switch g.IntN(8) {
		case 0:
			return `{"constant_score": {"filter": ` + g.query(depth-1) + `}}`
		case 1:
			return `{"dis_max": {"queries": ` + g.list(depth-1) + `}}`
		default:
			var parts []string
			for _, part := range []string{"must", "filter", "should", "must_not"} {
				if g.IntN(3) == 0 {
					parts = append(parts, fmt.Sprintf("%q: %s", part, g.list(depth-1)))
				}
			}
			if g.IntN(5) == 0 {
				parts = append(parts, `"minimum_should_match": `+g.pick("0", "1", "2", `"1"`))
			}
			return `{"bool": {` + strings.Join(parts, ", ") + `}}`
		}
	}
	field := g.pick("k", "w", "t", "n", "d", "ip", "b", "f", "gone", "o.k")
	value := g.value(field)
	switch g.IntN(14) {
	case 0, 1, 2:
		return fmt.Sprintf(`{"term": {%q: %s}}`, field, g.pick(value, `{"value": `+value+`, "case_insensitive": true}`))
	case 3:
		return fmt.Sprintf(`{"terms": {%q: [%s, %s]}}`, field, value, g.value(field))
	case 4:
		return fmt.Sprintf(`{"exists": {"field": %q}}`, g.pick(field, "o", "*"))
	case 5:
		return fmt.Sprintf(`{"range": {%q: {%q: %s, %q: %s}}}`, field, g.pick("gt", "gte"), value, g.pick("lt", "lte"), g.value(field))
	case 6:
		return fmt.Sprintf(`{"prefix": {%q: %s}}`, field, g.pick(`"a"`, `"A"`, `""`, `"12"`))
	case 7:
		return fmt.Sprintf(`{"wildcard": {%q: {"value": %s, "case_insensitive": %s}}}`, field, g.pick(`"a*"`, `"*b"`, `"?b*"`, `"*"`, `"a\\*"`), g.pick("true", "false"))
	case 8:
		return fmt.Sprintf(`{"regexp": {%q: %s}}`, field, g.pick(`"a.*"`, `"[ab]+"`, `"a|b"`, `"a<1-3>"`, `"~(a)"`))
	case 9:
		return fmt.Sprintf(`{"match": {%q: %s}}`, field, g.pick(value, `{"query": `+value+`, "operator": "and"}`))
	case 10:
		return fmt.Sprintf(`{"match_phrase": {%q: %s}}`, field, value)
	case 11:
		return fmt.Sprintf(`{"query_string": {"query": %q}}`, g.pick("k:a", "a", "k:(a OR b)", "n:>3", "NOT t:a", "k:a*", "_exists_:k"))
	case 12:
		return fmt.Sprintf(`{"multi_match": {"query": %s, "fields": ["k", "t"], "type": %q}}`, value, g.pick("phrase", "best_fields", "phrase_prefix"))
	}
	return g.pick(`{"match_all": {}}`, `{"match_none": {}}`, `{"fuzzy": {"k": "ab"}}`, `{"ids": {"values": ["1"]}}`)
}

func (g *maker) value(field string) string {
	switch field {
	case "n", "f":
		return g.pick("1", "2", "2.5", "-3", `"2"`, "9007199254740993", "1e3", `"x"`)
	case "d":
		return g.pick(`"2026-02-03"`, `"now"`, `"now-1d/d"`, `"2026-02-03T04:05:06Z||+1h"`, "1770091506000", `"2026"`)
	case "ip":
		return g.pick(`"10.0.0.1"`, `"10.0.0.0/8"`, `"::1"`, `"::ffff:10.0.0.1"`)
	case "b":
		return g.pick("true", "false", `"true"`, `""`)
	}
	return g.pick(`"a"`, `"A"`, `"ab"`, `"b"`, `""`, `"a b"`, `"b a"`, `"a-b"`, "5", "true", `"é"`)
}

func (g *maker) document() string {
	var parts []string
	for _, field := range []string{"k", "w", "t", "n", "d", "ip", "b", "f", "o.k"} {
		switch g.IntN(4) {
		case 0:
		case 1:
			parts = append(parts, fmt.Sprintf("%q: [%s, %s]", field, g.value(field), g.value(field)))
		default:
			parts = append(parts, fmt.Sprintf("%q: %s", field, g.pick(g.value(field), g.value(field), "null")))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
