package eval

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// matchesAll tells whether a pattern matches every text, so that only a missing value fails it.
func matchesAll(pattern string, regex bool) bool {
	if regex {
		return pattern == ".*"
	}
	return pattern != "" && strings.Trim(pattern, "*") == ""
}

// patternTest is the test that the patterns of LIKE or RLIKE make, compiled once.
func (c *compiler) patternTest(patterns []string, regex, pushed bool) (func(string) bool, error) {
	key := fmt.Sprintf("%t %t %q", regex, pushed, patterns)
	if test := c.patterns[key]; test != nil {
		return test, nil
	}
	test, err := patternTest(patterns, regex, pushed)
	if err != nil {
		return nil, err
	}
	if c.patterns == nil {
		c.patterns = map[string]func(string) bool{}
	}
	c.patterns[key] = test
	return test, nil
}

// patternTest compiles the patterns of LIKE or RLIKE.
func patternTest(patterns []string, regex, pushed bool) (func(string) bool, error) {
	tests := make([]func(string) bool, len(patterns))
	for i, p := range patterns {
		if regex {
			re, err := lucene.CompileRegexp(p, lucene.Sensitive)
			var syntax *lucene.SyntaxError
			if err != nil && !errors.As(err, &syntax) { // too large as an automaton
				if nfa, ok := translated(p); ok {
					tests[i] = nfa.MatchString
					continue
				}
			}
			if err != nil {
				return nil, err
			}
			if w, ok := re.Wildcard(); ok {
				tests[i] = w.Match
			} else {
				tests[i] = re.Match
			}
			continue
		}
		test, err := likeTest(p, pushed)
		if err != nil {
			return nil, err
		}
		tests[i] = test
	}
	if len(tests) == 1 {
		return tests[0], nil
	}
	return func(s string) bool {
		for _, t := range tests {
			if t(s) {
				return true
			}
		}
		return false
	}, nil
}

// likeTest compiles a pattern of LIKE: "*", "?", and "\" before a character that stands for itself.
func likeTest(pattern string, pushed bool) (func(string) bool, error) {
	if pattern == "" { // a wildcard query on the index finds nothing
		return func(s string) bool { return s == "" && !pushed }, nil
	}
	if !strings.Contains(pattern, `\`) {
		return lucene.NewWildcard(pattern, lucene.Sensitive).Match, nil
	}
	var plain strings.Builder
	wild := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			i++
			plain.WriteByte(pattern[i])
		case c == '*' || c == '?':
			wild = true
		default:
			plain.WriteByte(c)
		}
	}
	if !wild {
		text := plain.String()
		return func(s string) bool { return s == text }, nil
	}
	return newGlob(pattern).match, nil
}

// glob is a pattern with escapes, as parts between its asterisks.
type glob struct{ parts [][]globRune }

type globRune struct {
	r   rune
	any bool
}

func newGlob(pattern string) *glob {
	g := &glob{}
	var part []globRune
	rs := []rune(pattern)
	for i := 0; i < len(rs); i++ {
		switch r := rs[i]; {
		case r == '\\' && i+1 < len(rs):
			i++
			part = append(part, globRune{r: rs[i]})
		case r == '?':
			part = append(part, globRune{any: true})
		case r == '*':
			g.parts = append(g.parts, part)
			part = nil
		default:
			part = append(part, globRune{r: r})
		}
	}
	g.parts = append(g.parts, part)
	return g
}

func (g *glob) match(s string) bool {
	rs := []rune(s)
	at := func(part []globRune, i int) bool {
		if i < 0 || i+len(part) > len(rs) {
			return false
		}
		for k, p := range part {
			if !p.any && p.r != rs[i+k] {
				return false
			}
		}
		return true
	}
	first, last := g.parts[0], g.parts[len(g.parts)-1]
	if len(g.parts) == 1 {
		return len(rs) == len(first) && at(first, 0)
	}
	if !at(first, 0) || len(rs) < len(first)+len(last) || !at(last, len(rs)-len(last)) {
		return false
	}
	i, end := len(first), len(rs)-len(last)
	for _, part := range g.parts[1 : len(g.parts)-1] {
		for ; ; i++ {
			if i+len(part) > end {
				return false
			}
			if at(part, i) {
				break
			}
		}
		i += len(part)
	}
	return true
}

// translated makes of a pattern of RLIKE one of package regexp, which needs no automaton; ok is false for the operators that
// package regexp lacks.
func translated(pattern string) (*regexp.Regexp, bool) {
	var b strings.Builder
	b.WriteString(`(?s)\A(?:`)
	class, quoted := false, false
	rs := []rune(pattern)
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		switch {
		case quoted && r != '"':
			b.WriteString(regexp.QuoteMeta(string(r)))
		case r == '"' && !class:
			quoted = !quoted
		case r == '\\' && i+1 < len(rs):
			i++
			if strings.ContainsRune("dDsSwW", rs[i]) {
				b.WriteString(`\` + string(rs[i]))
			} else {
				b.WriteString(regexp.QuoteMeta(string(rs[i])))
			}
		case class:
			class = r != ']'
			if r == '[' || r == '&' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		case r == '[':
			class = true
			b.WriteRune(r)
		case strings.ContainsRune("@#~&<", r):
			return nil, false
		case r == '^' || r == '$':
			b.WriteString(regexp.QuoteMeta(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(`)\z`)
	re, err := regexp.Compile(b.String())
	return re, err == nil
}
