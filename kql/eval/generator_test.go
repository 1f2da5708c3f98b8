package eval_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// testMapping has a field of every type that the oracle knows.
const testMapping = `{"dynamic": false, "properties": {
	"k": {"type": "keyword"}, "ks": {"type": "keyword", "ignore_above": 6}, "kn": {"type": "keyword", "normalizer": "lower"}, "kl": {"type": "keyword", "normalizer": "lowercase"},
	"knull": {"type": "keyword", "null_value": "none"}, "t": {"type": "text"}, "tk": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
	"km": {"type": "keyword", "fields": {"words": {"type": "text"}}}, "ip": {"type": "ip"}, "b": {"type": "boolean"}, "y": {"type": "byte"},
	"s": {"type": "short"}, "i": {"type": "integer"}, "l": {"type": "long"}, "h": {"type": "half_float"}, "f": {"type": "float"}, "d": {"type": "double"},
	"when": {"type": "date"}, "nano": {"type": "date_nanos"}, "day": {"type": "date", "format": "dd-MM-yyyy||epoch_second"}, "flat": {"type": "flattened"},
	"alias": {"type": "alias", "path": "k"}, "off": {"type": "keyword", "index": false, "doc_values": false}, "noindex": {"type": "long", "index": false},
	"o": {"properties": {"k": {"type": "keyword"}, "n": {"type": "long"}, "in": {"properties": {"k": {"type": "keyword"}}}}},
	"nest": {"type": "nested", "properties": {"k": {"type": "keyword"}, "n": {"type": "long"}, "t": {"type": "text"}, "when": {"type": "date"},
		"sub": {"type": "nested", "properties": {"k": {"type": "keyword"}}}}},
	"point": {"type": "geo_point"}, "bin": {"type": "binary"}, "lr": {"type": "long_range"}, "dr": {"type": "date_range"}, "ipr": {"type": "ip_range"}}}`

const testSettings = `{"index.analysis.normalizer.lower.type": "custom", "index.analysis.normalizer.lower.filter": "lowercase"}`

type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 7))} }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

var fieldPool = []string{"k", "ks", "kn", "kl", "knull", "t", "tk", "tk.raw", "km", "km.words", "ip", "b", "y", "s", "i", "l", "h", "f", "d", "when", "nano", "day",
	"flat", "flat.a", "flat.b.c", "flat.b", "flat.no", "alias", "off", "noindex", "o", "o.k", "o.n", "o.in.k", "nest", "nest.k", "nest.n", "point", "bin", "lr", "dr", "ipr", "nope", "_id"}

var wordPool = []string{"cmd.exe", "CMD.EXE", "run", "Run", "not run", "a b", "quick fox", "x", "y z", "1", "5", "-3", "2.5", "100", "300", "70000", "1e3", "true", "false", "null", "", " ",
	"10.1.2.3", "10.0.0.0/8", "::1", "fe80::1", "2024", "2024-05", "2024-05-01", "2024-05-01T10:00:00Z", "2024-05-01||/M", "2024-05-01||+1d", "01-05-2024", "1714557600", "C:\\Windows\\cmd.exe",
	"é", "É", "日本", "don't", "a_b", "x-y", "a,b", "AND", "OR", "not", "and", "or", "user@host", "foo:bar", "(x)", "[1 TO 5]", ">5", "x~", "a*b", "what?", "\"q\"", "/re/", "+x", "1,2", "none", "abcdefg"}

// text writes a word as a value, with or without quotes.
func (g generator) text(server bool) string {
	w := g.pick(wordPool...)
	if g.IntN(3) == 0 {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
	}
	if g.IntN(12) == 0 {
		return w // perhaps an error
	}
	var b strings.Builder
	for _, r := range w {
		if strings.ContainsRune(`\():<>"*{}`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 || strings.TrimSpace(b.String()) == "" {
		return `""`
	}
	return b.String()
}

func (g generator) pattern() string {
	w := strings.NewReplacer(`\`, `\\`, `:`, `\:`, `(`, `\(`, `)`, `\)`, `"`, `\"`, `*`, `\*`, `>`, `\>`, `<`, `\<`).Replace(g.pick(wordPool...))
	r := []rune(strings.TrimSpace(w))
	switch g.IntN(5) {
	case 0:
		return "*"
	case 1:
		return w + "*"
	case 2:
		return "*" + w
	case 3:
		return "*" + w + "*"
	}
	if len(r) < 2 {
		return "*" + w
	}
	at := 1 + g.IntN(len(r)-1)
	if r[at-1] == '\\' {
		at--
	}
	return string(r[:at]) + "*" + string(r[at:])
}

func (g generator) value(server bool) string {
	if g.IntN(4) == 0 {
		return g.pattern()
	}
	return g.text(server)
}

func (g generator) field() string {
	if g.IntN(12) == 0 {
		return g.pick("k*", "*k", "o.*", "t*", "nest.*", "f*", "*.raw", "zz*", "km*")
	}
	return g.pick(fieldPool...)
}

func (g generator) values(depth int, server bool) string {
	if depth == 0 || g.IntN(2) == 0 {
		return g.value(server)
	}
	var parts []string
	for range 1 + g.IntN(3) {
		p := g.values(depth-1, server)
		if g.IntN(5) == 0 {
			p = "not " + p
		}
		parts = append(parts, p)
	}
	return "(" + strings.Join(parts, g.pick(" or ", " and ", " OR ")) + ")"
}

// query writes a random query.
func (g generator) query(depth int, server bool) string {
	if depth > 0 && g.IntN(2) == 0 {
		var parts []string
		for range 2 + g.IntN(2) {
			parts = append(parts, g.query(depth-1, server))
		}
		out := parts[0]
		for _, p := range parts[1:] {
			out += g.pick(" and ", " or ") + p
		}
		switch g.IntN(4) {
		case 0:
			return "(" + out + ")"
		case 1:
			return "not (" + out + ")"
		}
		return out
	}
	switch g.IntN(10) {
	case 0:
		return fmt.Sprintf("%s %s %s", g.field(), g.pick("<", "<=", ">", ">="), g.text(server))
	case 1:
		return fmt.Sprintf("nest: { %s: %s and %s %s %s }", g.pick("k", "n", "t", "when"), g.value(server), g.pick("k", "n"), g.pick(":", ">", "<="), g.text(server))
	case 2:
		return g.value(server)
	case 3:
		return "not " + g.field() + ": " + g.value(server)
	case 4:
		return g.field() + ": *"
	}
	return g.field() + ": " + g.values(2, server)
}

// document writes a random document of testMapping.
func (g generator) document() string {
	var members []string
	add := func(name string, values ...string) {
		if g.IntN(3) > 0 {
			return
		}
		v := g.pick(values...)
		if g.IntN(5) == 0 {
			v = "[" + v + ", " + g.pick(values...) + "]"
		}
		members = append(members, fmt.Sprintf("%q: %s", name, v))
	}
	words := make([]string, len(wordPool))
	for i, w := range wordPool {
		words[i] = fmt.Sprintf("%q", w)
	}
	for _, f := range []string{"k", "ks", "kn", "kl", "knull", "t", "tk", "km", "off"} {
		add(f, append(words, "null", "5", "true", "2.5")...)
	}
	add("ip", `"10.1.2.3"`, `"10.0.0.1"`, `"::1"`, `"fe80::1"`, `"192.168.0.1"`)
	add("b", "true", "false", `"true"`, `""`)
	add("y", "1", "5", "-3", "100")
	add("s", "1", "5", "-3", "300")
	for _, f := range []string{"i", "l", "noindex"} {
		add(f, "1", "5", "-3", "100", "70000", `"5"`, "2.5")
	}
	for _, f := range []string{"h", "f", "d"} {
		add(f, "1", "2.5", "-3", "100", "0.1", "1000")
	}
	add("when", `"2024-05-01"`, `"2024-05-01T10:00:00Z"`, `"2024-01-01"`, "1714557600000", `"2023-12-31T23:59:59.999Z"`)
	add("nano", `"2024-05-01T10:00:00.000000001Z"`, `"2024-05-01"`)
	add("day", `"01-05-2024"`, `"02-05-2024"`)
	add("flat", `{"a": "x", "b": {"c": "run"}}`, `{"a": ["cmd.exe", "5"]}`, `{"a": 5, "b": {"c": true}}`, `{}`)
	add("o", `{"k": "x", "n": 5}`, `{"n": 1, "in": {"k": "run"}}`, `[{"k": "x", "n": 1}, {"k": "run", "n": 5}]`, `{"in": {"k": "cmd.exe"}}`)
	add("nest", `{"k": "x", "n": 5}`, `[{"k": "x", "n": 1}, {"k": "run", "n": 5}]`, `[{"k": "cmd.exe", "t": "quick fox", "when": "2024-05-01"}, {"k": "x"}]`, `{"sub": [{"k": "x"}]}`)
	add("point", `"1,2"`)
	add("bin", `"AAAA"`)
	add("lr", `{"gte": 1, "lte": 5}`, `{"gt": 5, "lt": 100}`)
	add("dr", `{"gte": "2024-05-01", "lt": "2024-06-01"}`)
	add("ipr", `"10.0.0.0/8"`, `{"gte": "10.1.2.3", "lte": "10.1.2.9"}`)
	return "{" + strings.Join(members, ", ") + "}"
}

// luceneTerm writes a term in Lucene's syntax.
func (g generator) luceneTerm() string {
	w := g.pick(wordPool...)
	esc := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if strings.ContainsRune(`+-!():^[]"{}~*?\/&|`, r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	switch g.IntN(12) {
	case 0:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
	case 1:
		return esc(w) + "*"
	case 2:
		return "*" + esc(w) + g.pick("", "*", "?")
	case 3:
		return g.pick("/r.n/", "/[a-z]+/", "/cmd\\.exe/", "/.*x.*/")
	case 4:
		return g.pick("[1 TO 5]", "{1 TO 100]", "[* TO 5}", "[a TO x]", "[2024-01-01 TO 2024-05-01]", "[10.0.0.0 TO 10.255.255.255]", `["a b" TO *]`)
	case 5:
		return g.pick(">5", ">=1", "<100", "<=2.5", ">x")
	case 6:
		return g.pick("rum~", "quik~1", "cmd.exe~", "fox~0", "x~2", `"quick fox"~2`, `"fox quick"~3`)
	case 7:
		return "*"
	case 8:
		return g.pick("a?b", "r?n", "c*d.e?e", "q*k")
	case 9:
		return w // perhaps an error
	case 10:
		return g.pick("run^2", `"x"^3`, "quick fox", "x y 5")
	}
	return esc(w)
}

// lucene writes a random query in Lucene's syntax.
func (g generator) lucene(depth int) string {
	var parts []string
	for range 1 + g.IntN(3) {
		p := ""
		switch {
		case depth > 0 && g.IntN(4) == 0:
			p = "(" + g.lucene(depth-1) + ")"
		default:
			p = g.luceneTerm()
		}
		if g.IntN(4) > 0 {
			p = g.pick(append(fieldPool, "_exists_", "k*")...) + ":" + p
			p = strings.Replace(p, "k*:", `k\*:`, 1)
		}
		parts = append(parts, g.pick("", "", "", "+", "-", "NOT ", "!")+p)
	}
	out := parts[0]
	for _, p := range parts[1:] {
		out += g.pick(" ", " AND ", " OR ", " && ", " || ") + p
	}
	return out
}
