package ruletest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/tomlspan"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// toml writes a proposal as an entry of cases.toml.
func (p *proposer) toml(name string, c *proposal) string {
	var b strings.Builder
	b.WriteString("[[case]]\n")
	fmt.Fprintf(&b, "# made up by rulevet: %s\n", strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, c.why))
	fmt.Fprintf(&b, "name = %s\nsynthetic = true\n", tomlspan.QuotePlain(name))
	switch {
	case c.exact:
		b.WriteString("want = " + tomlHits(c.hits) + "\n")
	default:
		fmt.Fprintf(&b, "match = %t\n", len(c.hits) > 0)
	}
	if len(c.story) == 1 && c.story[0].origin != nil {
		p.tomlActor(&b, c.story[0])
		return b.String()
	}
	moved := slices.ContainsFunc(c.story, func(a *actor) bool { return a.moved })
	for i, a := range c.story {
		b.WriteString("[[case.event]]\n")
		p.tomlActor(&b, a)
		if i > 0 && p.shape.Ordered && (moved || a.origin == nil) {
			fmt.Fprintf(&b, "at = %s\n", tomlspan.QuotePlain("+"+offsetText(a.time.Sub(c.story[0].time))))
		}
	}
	return b.String()
}

// tomlActor writes where an event comes from and what is changed, or all of it.
func (p *proposer) tomlActor(b *strings.Builder, a *actor) {
	if a.origin == nil {
		b.WriteString("event = " + tomlTable(flatten(a.doc)) + "\n")
		return
	}
	fmt.Fprintf(b, "base = %s\n", tomlspan.QuotePlain(p.relative(a.origin.file)))
	if a.origin.record > 1 || p.several(a.origin.file) {
		fmt.Fprintf(b, "record = %d\n", a.origin.record-1)
	}
	if len(a.set) > 0 {
		b.WriteString("set = " + tomlTable(a.set) + "\n")
	}
	if len(a.unset) > 0 {
		quoted := make([]string, len(a.unset))
		for i, f := range a.unset {
			quoted[i] = tomlspan.QuotePlain(f)
		}
		b.WriteString("unset = " + tomlspan.List(quoted) + "\n")
	}
}

// relative is the name of an event file as base names it.
func (p *proposer) relative(file string) string {
	for _, d := range p.dirs {
		if rest, ok := strings.CutPrefix(file, d+"/"); ok {
			return rest
		}
	}
	return file
}

// several tells whether an event file holds more than one event.
func (p *proposer) several(file string) bool {
	return slices.ContainsFunc(p.cases, func(c testCase) bool { return c.line == 0 && c.file == file && len(c.events) > 1 })
}

// flatten writes nested objects as dotted keys. Arrays of objects stay as they are.
func flatten(d document) map[string]any {
	out := map[string]any{}
	var walk func(prefix string, m map[string]any)
	walk = func(prefix string, m map[string]any) {
		for k, v := range m {
			if sub, ok := v.(map[string]any); ok && len(sub) > 0 {
				walk(prefix+k+".", sub)
				continue
			}
			if v != nil {
				out[prefix+k] = v
			}
		}
	}
	walk("", d)
	return out
}

func tomlTable(m map[string]any) string {
	parts := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		parts = append(parts, tomlspan.QuotePlain(k)+" = "+tomlValue(m[k]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func tomlValue(v any) string {
	switch v := v.(type) {
	case string:
		return tomlspan.QuotePlain(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return tomlspan.Float(strconv.FormatFloat(v, 'g', -1, 64))
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return v.String()
		}
		return tomlspan.Float(v.String())
	case []any:
		parts := make([]string, 0, len(v))
		for _, e := range v {
			if e != nil {
				parts = append(parts, tomlValue(e))
			}
		}
		return tomlspan.List(parts)
	case map[string]any:
		clean := map[string]any{}
		for k, e := range v {
			if e != nil {
				clean[k] = e
			}
		}
		return tomlTable(clean)
	}
	return `""`
}

func tomlHits(hits []Hit) string {
	parts := make([]string, len(hits))
	for i, h := range hits {
		numbers := make([]string, len(h.Events))
		for n, e := range h.Events {
			numbers[n] = strconv.Itoa(e)
		}
		parts[i] = tomlspan.List(numbers)
	}
	return tomlspan.List(parts)
}

// offsetText writes a duration as at takes it.
func offsetText(d time.Duration) string {
	if d%(24*time.Hour) == 0 && d > 0 {
		return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + "d"
	}
	s := d.String()
	s = strings.TrimSuffix(strings.TrimSuffix(s, "0s"), "0m")
	if s == "" || strings.HasSuffix(s, ".") {
		return d.String()
	}
	if last := s[len(s)-1]; last >= '0' && last <= '9' { // "10s" lost its "0s"
		return d.String()
	}
	return s
}
