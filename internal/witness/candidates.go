package witness

import (
	"iter"
	"slices"
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// candidates are values of a field worth trying, likely ones first. A field that must just not be something gets another
// value of the kind before it goes missing.
func (x *search) candidates(path string) iter.Seq[[]any] {
	positive := false
	for _, w := range x.on(path) {
		positive = positive || w.want
	}
	return func(yield func([]any) bool) {
		for _, source := range x.sources(path, positive) {
			for v := range source {
				if x.solver.valid(path, v) && !yield(v) {
					return
				}
			}
		}
	}
}

// sources are lists of candidates, each made when its turn comes.
func (x *search) sources(path string, positive bool) []iter.Seq[[]any] {
	late := func(list func() [][]any) iter.Seq[[]any] {
		return func(yield func([]any) bool) { slices.Values(list())(yield) }
	}
	probes := x.probes(path)
	usual := late(func() [][]any { return singles(x.solver.usual(path, x.value(path))) })
	changed := late(func() [][]any { return x.changed(path) })
	missing := late(func() [][]any { return [][]any{nil} })
	if positive { // first what is like the value that is there
		return []iter.Seq[[]any]{changed, probes, late(func() [][]any { return x.merged(path) }), usual, late(func() [][]any { return x.arrays(path) }), missing}
	}
	return []iter.Seq[[]any]{usual, changed, missing, probes}
}

func singles(list []any) [][]any {
	out := make([][]any, len(list))
	for i := range list {
		out[i] = list[i : i+1 : i+1]
	}
	return out
}

// probes are the values that the leaves on the field suggest: first those of leaves that must be true which none that must be
// false suggests too, then the rest of both.
func (x *search) probes(path string) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		list := x.on(path)
		spoiled := func(v any) bool {
			return slices.ContainsFunc(list, func(w want) bool { return !w.want && w.leaf.suggests(v) })
		}
		for _, w := range list {
			if !w.want {
				continue
			}
			if w.leaf.fixed != nil && !yield(w.leaf.fixed) {
				return
			}
			for i, v := range w.leaf.tries {
				if !spoiled(v) && !yield(w.leaf.tries[i:i+1:i+1]) {
					return
				}
			}
			for _, v := range w.leaf.lists {
				if !yield(v) {
					return
				}
			}
		}
		for _, to := range []bool{true, false} {
			for _, w := range list {
				if w.want != to {
					continue
				}
				if !to && w.leaf.fixed != nil && !yield(w.leaf.fixed) {
					return
				}
				for i, v := range w.leaf.tries {
					if (!to || spoiled(v)) && !yield(w.leaf.tries[i:i+1:i+1]) {
						return
					}
				}
			}
		}
		for _, w := range x.joint {
			if !w.leaf.each(yield) {
				return
			}
		}
	}
}

// suggests tells whether a value is among those worth trying.
func (l *leaf) suggests(v any) bool {
	if len(l.tries) < 16 {
		return slices.Contains(l.tries, v)
	}
	if l.known == nil {
		l.known = make(map[any]bool, len(l.tries))
		for _, t := range l.tries {
			l.known[t] = true
		}
	}
	return l.known[v]
}

// each yields the values worth trying, each by itself.
func (l *leaf) each(yield func([]any) bool) bool {
	for _, v := range l.lists {
		if !yield(v) {
			return false
		}
	}
	for i := range l.tries {
		if !yield(l.tries[i : i+1 : i+1]) {
			return false
		}
	}
	return true
}

// changed are variations of what the field has: letters of other case, less, more, one value of an array exchanged, the
// last one first, since the first argument of a process is its name.
func (x *search) changed(path string) [][]any {
	old := x.base[path]
	var out [][]any
	for i, v := range slices.Backward(old) {
		with := func(other any) []any {
			c := slices.Clone(old)
			c[i] = other
			return c
		}
		switch v := v.(type) {
		case string:
			for _, s := range []string{swapCase(v), strings.ToUpper(v), strings.ToLower(v), v + "x", before(v)} {
				out = append(out, with(s))
			}
		case int64:
			out = append(out, with(v+1), with(v-1))
		}
		if len(old) == 1 {
			continue
		}
		out = append(out, slices.Delete(slices.Clone(old), i, i+1))
		for p := range x.probes(path) {
			if len(p) > 0 {
				out = append(out, with(p[0]))
			}
		}
	}
	if len(old) > 1 {
		out = append(out, x.spared(path, old))
		for p := range x.probes(path) {
			if len(p) > 0 {
				out = append(out, append(slices.Clone(old), p[0]))
			}
		}
	}
	return out
}

// spared is an array without the values that make a leaf true that must be false.
func (x *search) spared(path string, old []any) []any {
	return slices.DeleteFunc(slices.Clone(old), func(v any) bool {
		return slices.ContainsFunc(x.on(path), func(w want) bool {
			holds, _ := x.solver.holds(w.leaf, func(string) []any { return []any{v} })
			return holds && !w.want
		})
	})
}

// maxMerged bounds the merged patterns that are tried for a field.
const maxMerged = 200

// merged are texts made of one pattern of each leaf that must be true.
func (x *search) merged(path string) [][]any {
	patterns := []string{""}
	first := true
	for _, w := range x.on(path) {
		if !w.want || len(w.leaf.shapes) == 0 {
			continue
		}
		if first {
			patterns, first = w.leaf.shapes, false
			continue
		}
		var next []string
		for _, a := range patterns {
			for _, b := range w.leaf.shapes {
				if len(next) < maxMerged {
					next = append(next, predicate.Merge(a, b)...)
				}
			}
		}
		patterns = next
	}
	if first {
		return nil
	}
	var out [][]any
	for _, p := range patterns {
		out = append(out, singles(anys(predicate.Fill(p)))...)
		out = append(out, singles(anys(x.stretched(path, p)))...)
	}
	return out
}

// stretched are texts of a pattern as long as the leaves on the field ask for.
func (x *search) stretched(path, pattern string) []string {
	star := strings.LastIndexByte(pattern, '*')
	if star < 0 {
		return nil
	}
	var out []string
	for _, w := range x.on(path) {
		for _, v := range w.leaf.tries {
			if s, ok := v.(string); ok && len(s) > len(pattern) && len(s) <= maxLength && strings.Trim(s, "x") == "" {
				body := predicate.FillWith(pattern[:star], "x") + strings.Repeat("x", len(s)) + predicate.FillWith(pattern[star+1:], "x")
				out = append(out, body, body[:star]+body[star+len(body)-len(s):])
			}
		}
	}
	return out
}

// arrays give each leaf that must be true a value of its own.
func (x *search) arrays(path string) [][]any {
	var out []any
	for _, w := range x.on(path) {
		if !w.want {
			continue
		}
		for _, p := range w.leaf.tries {
			one := []any{p}
			spoils := slices.ContainsFunc(x.on(path), func(o want) bool {
				holds, _ := x.solver.holds(o.leaf, func(string) []any { return one })
				return holds && !o.want
			})
			if holds, _ := x.solver.holds(w.leaf, func(string) []any { return one }); holds && !spoils {
				if !slices.Contains(out, p) {
					out = append(out, p)
				}
				break
			}
		}
	}
	if len(out) < 2 {
		return nil
	}
	return [][]any{out}
}

// valid tells whether a field may hold values by its mapping type.
func (s *Solver) valid(path string, values []any) bool {
	info := s.lookup(path)
	return !slices.ContainsFunc(values, func(v any) bool {
		if info.Constant != "" && v != info.Constant {
			return true
		}
		return !validType(info.Type, v)
	})
}

func (s *Solver) lookup(path string) mapping.Info {
	info, known := s.infos[path]
	if !known && s.fields != nil {
		var presence mapping.Presence
		if info, presence = s.fields.Lookup(path); presence != mapping.Present {
			info = mapping.Info{}
		}
		s.infos[path] = info
	}
	return info
}

func validType(t mapping.Type, v any) bool {
	text, isText := v.(string)
	switch {
	case t.StringFamily() || t == mapping.Version || t == mapping.Flattened:
		return isText
	case t.Integral():
		n, ok := v.(int64)
		return ok && (t != mapping.UnsignedLong || n >= 0)
	case t.Numeric():
		return !isText && v != true && v != false
	case t == mapping.Boolean:
		return v == true || v == false
	case t == mapping.IP:
		_, ok := eqlfunc.ParseIP(text)
		return isText && ok
	case t.DateFamily():
		return isText && len(text) > 9
	}
	return true
}

// usualValues are what fields of the Elastic Common Schema hold.
var usualValues = map[string][]string{
	"event.category": {"process", "file", "network", "registry", "authentication", "library", "dns", "iam"},
	"event.type":     {"start", "end", "creation", "deletion", "change", "access", "connection", "info"},
	"event.outcome":  {"failure", "success", "unknown"},
	"event.kind":     {"event", "alert", "metric"},
	"host.os.type":   {"windows", "linux", "macos"},
}

// usual are values of the field's kind that have nothing to do with the conditions.
func (s *Solver) usual(path string, old []any) []any {
	info := s.lookup(path)
	if info.Constant != "" {
		return []any{info.Constant}
	}
	if list := usualValues[path]; list != nil {
		return anys(list)
	}
	switch t := info.Type; {
	case t == mapping.IP:
		return []any{"203.0.113.77", "192.0.2.1", "10.1.2.3", "2001:db8::7"}
	case t.Integral():
		return []any{int64(7), int64(0), int64(100000)}
	case t.Numeric():
		return []any{0.5, int64(0), int64(100000)}
	case t == mapping.Boolean:
		return []any{true, false}
	case t.DateFamily():
		return []any{"2024-01-01T00:00:00.000Z", "2000-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z"}
	case t == mapping.Version:
		return []any{"1.2.3"}
	}
	out := others(old)
	if info.Type == mapping.Unknown {
		out = append(out, int64(7), true, false, "203.0.113.77")
	}
	return out
}

// others are texts that look like the old one: a path stays a path.
func others(old []any) []any {
	text := ""
	if len(old) > 0 {
		text, _ = old[0].(string)
	}
	switch {
	case strings.HasPrefix(text, "/"):
		return []any{"/opt/other", "other"}
	case len(text) > 2 && text[1:3] == `:\`:
		return []any{`D:\other\other.exe`, "other"}
	case strings.HasSuffix(strings.ToLower(text), ".exe"):
		return []any{"other.exe", "other"}
	}
	return []any{"other", "another-value", "x"}
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// swapCase exchanges upper and lower case.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// before puts something in front of a text; a path stays one.
func before(s string) string {
	if strings.HasPrefix(s, "/") {
		return "/x" + s
	}
	return "x" + s
}
