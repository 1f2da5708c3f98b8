package lucene

import (
	"fmt"
	"regexp"
	stdsyntax "regexp/syntax"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	maxStates = 100_000 // more than a set of states within maxEffort can make
	maxWords  = 2 << 20 // memory of one expression's nodes, in machine words
	maxWork   = 2 << 20 // nodes derived while all states are made ahead
	// maxExpanded bounds the size, in atoms with counted repetition written out, of what the standard library's
	// engine may be given when the automaton outgrows its limits.
	maxExpanded = 5_000
)

// Regexp is a compiled Lucene regular expression. It matches whole values; "." and "@" match line breaks.
type Regexp struct {
	pattern  string
	fold     Case
	tree     syntax
	literal  *Wildcard // the expression is a literal or a wildcard pattern
	required *segment  // must occur in the value; nil if checking first does not pay
	auto     *automaton
}

// CompileRegexp compiles the pattern of "regex" (Sensitive) or "regex~" on a field. Errors are of type *SyntaxError,
// or tell that the expression is too complex: such an expression is too complex for Elasticsearch as well.
func CompileRegexp(pattern string, c Case) (*Regexp, error) {
	if n := RegexpLength(pattern); n > MaxRegexpLength {
		return nil, fmt.Errorf("regular expression has %d characters, more than index.max_regex_length (%d)", n, MaxRegexpLength)
	}
	tree, err := parseRegexp(pattern, c)
	if err != nil {
		return nil, err
	}
	b, tree, err := analyse(tree, c)
	if err != nil {
		return nil, err
	}
	re := &Regexp{pattern: pattern, fold: c, tree: tree}
	if toks, ok := wildcardTokens(tree); ok && !(c == Fold && hasOneWay(toks)) {
		re.literal = newWildcard(slices.Clone(toks), c) // they may be those of the tree
		return re, nil
	}
	re.auto = newAutomaton(b, tree)
	if err := re.auto.secure(pattern, b, tree); err != nil {
		return nil, err
	}
	if lit := re.Required(); len(lit) > 2 && startsAnywhere(tree) {
		g := newSegment([]rune(lit), c).searched()
		re.required = &g
	}
	return re, nil
}

// analyse makes the alphabet of an expression, and finds out whether Elasticsearch gives up on it.
func analyse(tree syntax, c Case) (*builder, syntax, error) {
	b := &builder{fold: c, sets: map[string]set{}}
	b.collect(tree)
	b.partition()
	tree, err := b.simplify(tree)
	return b, tree, err
}

// Match reports whether the whole value matches.
func (re *Regexp) Match(s string) bool {
	if re.literal != nil {
		return re.literal.Match(s)
	}
	if re.required != nil && re.required.index(s) < 0 {
		return false
	}
	return re.auto.match(s)
}

// String returns the pattern.
func (re *Regexp) String() string { return re.pattern }

// Literal returns the string that the pattern denotes if it has no operator, and no letter that matches another one which does
// not match it.
func (re *Regexp) Literal() (string, bool) {
	s, ok := literalText(re.tree)
	return s, ok && !(re.fold == Fold && hasOneWay([]rune(s)))
}

// RegexpLiteral returns the string that a pattern denotes if it has no operator; ok is false also for invalid patterns.
func RegexpLiteral(pattern string) (s string, ok bool) {
	tree, err := parseRegexp(pattern, Sensitive)
	if err != nil {
		return "", false
	}
	return literalText(tree)
}

func literalText(tree syntax) (string, bool) {
	s, ok := tree.(text)
	if list, isList := tree.(concat); isList {
		ok = true
		for _, x := range list {
			t, isText := x.(text)
			s, ok = s+t, ok && isText
		}
	}
	if !ok {
		return "", false
	}
	return string(s), true
}

// Wildcard returns the equivalent wildcard pattern if the expression is made of text, ".", ".*" and the like only.
func (re *Regexp) Wildcard() (*Wildcard, bool) { return re.literal, re.literal != nil }

// Required returns literal text, as Case.String would write it, that every matching value contains (after
// Case.String); empty if none is known.
func (re *Regexp) Required() string { return requiredText(re.tree, re.fold) }

func requiredText(x syntax, c Case) string {
	best := ""
	take := func(s string) {
		if len(s) > len(best) {
			best = s
		}
	}
	switch x := x.(type) {
	case text:
		if c == Fold && hasOneWay([]rune(x)) {
			return ""
		}
		return c.String(string(x))
	case concat:
		for _, y := range x {
			take(requiredText(y, c))
		}
	case both:
		for _, y := range x {
			take(requiredText(y, c))
		}
	case repeat:
		if x.min > 0 {
			return requiredText(x.x, c)
		}
	}
	return best
}

// startsAnywhere tells whether the automaton would have to walk through the whole value before it can fail.
func startsAnywhere(x syntax) bool {
	switch x := x.(type) {
	case concat:
		return startsAnywhere(x[0])
	case repeat:
		return x.max < 0
	case anyText:
		return true
	}
	return false
}

// wildcardTokens turns an expression of text and dots into the tokens of a wildcard pattern.
func wildcardTokens(x syntax) ([]rune, bool) {
	switch x := x.(type) {
	case text:
		return []rune(x), true
	case anyChar:
		return []rune{hole}, true
	case anyText:
		return []rune{star}, true
	case repeat:
		if _, ok := x.x.(anyChar); !ok || x.min > 8 || x.max >= 0 && x.max != x.min {
			return nil, false
		}
		var out []rune
		for range x.min {
			out = append(out, hole)
		}
		if x.max < 0 {
			out = append(out, star)
		}
		return out, true
	case concat:
		var out []rune
		for _, y := range x {
			toks, ok := wildcardTokens(y)
			if !ok {
				return nil, false
			}
			out = append(out, toks...)
		}
		return out, true
	}
	return nil, false
}

// automaton is a deterministic automaton whose states are made as values need them. It may be used concurrently:
// transitions are published atomically, new ones are made under the lock.
type automaton struct {
	abc   *alphabet
	start *state

	mu     sync.Mutex
	alg    *algebra
	states map[*node]*state
	full   atomic.Bool // limits reached: the standard library's engine takes over

	limit    int // of states
	fallback func() *regexp.Regexp
}

type state struct {
	n      *node
	accept bool
	final  bool // nothing that follows can change accept
	next   []atomic.Pointer[state]
}

func newAutomaton(b *builder, tree syntax) *automaton {
	a := &automaton{abc: b.abc, alg: b.alg, states: map[*node]*state{}, limit: maxStates}
	a.start = a.state(b.build(tree))
	return a
}

func (a *automaton) state(n *node) *state {
	if s := a.states[n]; s != nil {
		return s
	}
	s := &state{n: n, accept: n.nullable, final: n == a.alg.none || n == a.alg.all, next: make([]atomic.Pointer[state], a.abc.count)}
	a.states[n] = s
	return s
}

// secure makes sure that no value can make the automaton fail: either another engine can take over when it outgrows
// its limits, or all its states are made here and fit.
func (a *automaton) secure(pattern string, b *builder, tree syntax) error {
	var src strings.Builder
	if expandedSize(tree) <= maxExpanded && b.goSource(&src, tree) {
		source := `\A(?s:` + src.String() + `)\z`
		if _, err := stdsyntax.Parse(source, stdsyntax.Perl); err == nil {
			a.fallback = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })
			return nil
		}
	}
	tooComplex := func() error {
		return fmt.Errorf("regular expression %.80q is too complex: it needs more than %d states", pattern, a.limit)
	}
	if a.alg.size > maxWords {
		return tooComplex()
	}
	todo := []*state{a.start}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for class := range s.next {
			have := len(a.states)
			next := a.step(s, uint16(class))
			if next == nil || a.alg.work > maxWork {
				return tooComplex()
			}
			if len(a.states) > have {
				todo = append(todo, next)
			}
		}
	}
	a.alg, a.states = nil, nil // complete: never needed again
	return nil
}

// step makes one transition. It returns nil if the automaton is at its limits.
func (a *automaton) step(s *state, class uint16) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	if next := s.next[class].Load(); next != nil {
		return next
	}
	if len(a.states) > a.limit || a.alg.size+len(a.states)*a.abc.count > maxWords {
		a.full.Store(true)
		return nil
	}
	next := a.state(a.alg.derivative(s.n, int(class)))
	s.next[class].Store(next)
	return next
}

func (a *automaton) match(v string) bool {
	s := a.start
	for i := 0; i < len(v); {
		var class uint16
		if c := v[i]; c < utf8.RuneSelf {
			class = a.abc.ascii[c]
			i++
		} else {
			r, n := utf8.DecodeRuneInString(v[i:])
			class = a.abc.of(r)
			i += n
		}
		next := s.next[class].Load()
		if next == nil {
			if a.full.Load() {
				return a.fallback().MatchString(v)
			}
			if next = a.step(s, class); next == nil {
				return a.fallback().MatchString(v)
			}
		}
		if s = next; s.final {
			return s.accept
		}
	}
	return s.accept
}

// expandedSize counts atoms with counted repetition written out; it stops counting far above maxExpanded.
func expandedSize(x syntax) int {
	sum := func(list []syntax) int {
		n := 1
		for _, y := range list {
			n = min(n+expandedSize(y), 1<<30)
		}
		return n
	}
	switch x := x.(type) {
	case text:
		return len(x)
	case concat:
		return sum(x)
	case union:
		return sum(x)
	case both:
		return sum(x)
	case negation:
		return expandedSize(x.x)
	case repeat:
		return min(expandedSize(x.x)*min(max(x.min, x.max, 1), 1<<20), 1<<30)
	}
	return 1
}

// goSource writes the expression in the standard library's syntax; false if that lacks an operator.
func (b *builder) goSource(out *strings.Builder, x syntax) bool {
	list := func(items []syntax, sep string) bool {
		for i, y := range items {
			if i > 0 {
				out.WriteString(sep)
			}
			if !b.goSource(out, y) {
				return false
			}
		}
		return true
	}
	out.WriteString("(?:")
	defer out.WriteString(")")
	switch x := x.(type) {
	case text:
		for _, r := range x {
			writeSet(out, b.charSet(r))
		}
		return true
	case anyChar:
		out.WriteByte('.')
		return true
	case anyText:
		out.WriteString(".*")
		return true
	case nothing:
		out.WriteString(`[^\x00-\x{10FFFF}]`)
		return true
	case class:
		writeSet(out, x.set)
		return true
	case concat:
		return list(x, "")
	case union:
		return list(x, "|")
	case repeat:
		ok := b.goSource(out, x.x)
		fmt.Fprintf(out, "{%d,", x.min)
		if x.max >= 0 {
			fmt.Fprint(out, x.max)
		}
		out.WriteByte('}')
		return ok
	}
	return false
}

func writeSet(out *strings.Builder, s set) {
	if len(s) == 0 {
		out.WriteString(`[^\x00-\x{10FFFF}]`)
		return
	}
	out.WriteByte('[')
	for _, r := range s {
		fmt.Fprintf(out, `\x{%X}-\x{%X}`, r.lo, r.hi)
	}
	out.WriteByte(']')
}
