package lucene

import "slices"

// Kind is the shape of a wildcard pattern; eval code and rule sets pick their strategy by it.
type Kind uint8

// Shapes. Segments is "a*b", "*a*b*" and so on with literal parts only; General has at least one "?".
const (
	ExactKind    Kind = iota // no wildcard
	AnyKind                  // "*"
	PrefixKind               // "a*"
	SuffixKind               // "*a"
	ContainsKind             // "*a*"
	SegmentsKind
	GeneralKind
)

// Wildcard is a compiled wildcard pattern. It matches whole values: "*" is any run of code points, "?" exactly one;
// line breaks and backslashes are ordinary.
type Wildcard struct {
	kind       Kind
	fold       Case
	head, tail segment // anchored; empty where the pattern starts or ends with "*"
	mid        []segment
	stars      bool
	least      int // no shorter value, in bytes, can match
}

const star rune = -2

// NewWildcard compiles the pattern of ":" and "like": no escapes (eql/LANGUAGE.md 4.5).
func NewWildcard(pattern string, c Case) *Wildcard {
	toks := make([]rune, 0, len(pattern))
	for _, r := range pattern {
		toks = append(toks, wildcardRune(r))
	}
	return newWildcard(toks, c)
}

// NewEscaped compiles the pattern of a wildcard query, in which "\\" escapes the next code point.
func NewEscaped(pattern string, c Case) *Wildcard { return newWildcard(needle(pattern, true), c) }

// NewLiteral matches the text itself.
func NewLiteral(text string, c Case) *Wildcard { return newWildcard([]rune(text), c) }

// NewPrefix matches values that start with the literal text: startsWith on a field.
func NewPrefix(text string, c Case) *Wildcard {
	return newWildcard(append([]rune(text), star), c)
}

// NewSuffix matches values that end with the text. With wildcards, "*" and "?" in it are wildcards and "\" escapes the
// next code point, as in Elasticsearch's endsWith on a field (eql/LANGUAGE.md 5.2); without, it is literal.
func NewSuffix(text string, wildcards bool, c Case) *Wildcard {
	return newWildcard(append([]rune{star}, needle(text, wildcards)...), c)
}

// NewContains matches values that contain the text; wildcards as in NewSuffix, but a "\" at the end makes a literal of the
// star behind the text. It is stringContains on a field.
func NewContains(text string, wildcards bool, c Case) *Wildcard {
	if wildcards {
		return newWildcard(append([]rune{star}, needle(text+"*", true)...), c)
	}
	return newWildcard(append(append([]rune{star}, []rune(text)...), star), c)
}

func wildcardRune(r rune) rune {
	switch r {
	case '*':
		return star
	case '?':
		return hole
	}
	return r
}

// needle turns an unescaped needle into tokens. A "\" at the very end stands for itself.
func needle(text string, wildcards bool) []rune {
	in := []rune(text)
	if !wildcards {
		return in
	}
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] == '\\' && i+1 < len(in) {
			i++
			out = append(out, in[i])
			continue
		}
		out = append(out, wildcardRune(in[i]))
	}
	return out
}

// newWildcard takes over the runes of a pattern.
func newWildcard(toks []rune, c Case) *Wildcard {
	w := &Wildcard{fold: c}
	var room [8][]rune
	parts, start, holes := room[:0], 0, false
	for i, r := range toks {
		holes = holes || r == hole
		if r == star {
			parts = append(parts, toks[start:i])
			start = i + 1
		}
	}
	parts = append(parts, toks[start:])
	last := len(parts) - 1
	w.head = newSegment(parts[0], c)
	w.tail = newSegment(nil, c)
	if last > 0 {
		w.tail = newSegment(parts[last], c)
		between := slices.DeleteFunc(parts[1:last], func(p []rune) bool { return len(p) == 0 })
		if len(between) > 0 {
			w.mid = make([]segment, len(between))
		}
		for i, p := range between {
			w.mid[i] = newSegment(p, c).searched()
		}
	}
	w.stars = last > 0
	w.kind = w.classify(holes)
	w.least = w.minBytes()
	return w
}

func (w *Wildcard) classify(holes bool) Kind {
	head, tail, mid := len(w.head.runes) > 0, len(w.tail.runes) > 0, len(w.mid)
	switch {
	case holes:
		return GeneralKind
	case !w.stars:
		return ExactKind
	case !head && !tail && mid == 0:
		return AnyKind
	case head && !tail && mid == 0:
		return PrefixKind
	case !head && tail && mid == 0:
		return SuffixKind
	case !head && !tail && mid == 1:
		return ContainsKind
	}
	return SegmentsKind
}

// minBytes counts one byte per code point: folding can make a character shorter (U+212A and k), never shorter than that.
func (w *Wildcard) minBytes() int {
	n := len(w.head.runes) + len(w.tail.runes)
	for i := range w.mid {
		n += len(w.mid[i].runes)
	}
	return n
}

// Match reports whether the whole value matches. It does not allocate, except for patterns with "?" in values built to
// make the search quadratic.
func (w *Wildcard) Match(s string) bool {
	if len(s) < w.least {
		return false
	}
	switch w.kind {
	case ExactKind:
		return w.head.prefix(s) == len(s)
	case AnyKind:
		return true
	case PrefixKind:
		return w.head.prefix(s) >= 0
	case SuffixKind:
		return w.tail.suffix(s) >= 0
	case ContainsKind:
		return w.mid[0].index(s) >= 0
	}
	n := w.head.prefix(s)
	if n < 0 {
		return false
	}
	if !w.stars {
		return n == len(s)
	}
	s = s[n:]
	n = w.tail.suffix(s)
	if n < 0 {
		return false
	}
	s = s[:n]
	for i := range w.mid {
		n = w.mid[i].index(s)
		if n < 0 {
			return false
		}
		s = s[n:]
	}
	return true
}

// Kind returns the shape of the pattern.
func (w *Wildcard) Kind() Kind { return w.kind }

// Case returns how letters compare.
func (w *Wildcard) Case() Case { return w.fold }

// Literal returns the text of an ExactKind, PrefixKind, SuffixKind or ContainsKind pattern as Case.String would; empty
// for the others.
func (w *Wildcard) Literal() string {
	switch w.kind {
	case ExactKind, PrefixKind:
		return w.head.lit
	case SuffixKind:
		return w.tail.lit
	case ContainsKind:
		return w.mid[0].lit
	}
	return ""
}

// Required returns literal text, as Case.String would write it, that every matching value contains (after
// Case.String): the longest there is without a wildcard; empty if there is none.
func (w *Wildcard) Required() string {
	best := longer(longer("", &w.head), &w.tail)
	for i := range w.mid {
		best = longer(best, &w.mid[i])
	}
	return best
}

// longer is the longest text without a hole in a segment, if it is longer than another.
func longer(best string, g *segment) string {
	if !g.holes {
		if len(g.lit) > len(best) {
			return g.lit
		}
		return best
	}
	start := 0
	for i := 0; i <= len(g.runes); i++ {
		if i < len(g.runes) && g.runes[i] != hole {
			continue
		}
		if lit := string(g.runes[start:i]); len(lit) > len(best) {
			best = lit
		}
		start = i + 1
	}
	return best
}
