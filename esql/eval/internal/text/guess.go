package text

import (
	"regexp"
	"strings"
	"sync"
)

// group is a named group of an expression as the expander writes it.
var group = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\(\?<([A-Za-z0-9_.@]+)>`) })

// GrokExpression is a pattern of GROK as an expression of package regexp, in which fields have the values given. What that dialect lacks is
// left out, so it may match other texts too; empty if the pattern cannot be expanded.
func GrokExpression(pattern string, values map[string]string) string {
	e := &expander{types: map[string]string{}, names: map[string]string{}}
	s, err := e.expand(pattern, nil)
	if err != nil {
		return ""
	}
	for {
		m := group().FindStringSubmatchIndex(s)
		if m == nil {
			break
		}
		name := s[m[2]:m[3]]
		if field, ok := e.names[name]; ok {
			name = field
		}
		if v, ok := values[name]; ok {
			s = s[:m[0]] + regexp.QuoteMeta(v) + s[Closing(s, m[1]):]
		} else {
			s = s[:m[0]] + "(?:" + s[m[1]:]
		}
	}
	return portable(s)
}

// Closing is the offset behind the parenthesis that closes the group whose content begins at an offset.
func Closing(s string, from int) int {
	depth, class := 1, false
	for i := from; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// portable takes out what package regexp lacks: looking around, groups that are not gone back into.
func portable(s string) string {
	for _, look := range []string{"(?<!", "(?<=", "(?!", "(?="} {
		for {
			i := strings.Index(s, look)
			if i < 0 {
				break
			}
			s = s[:i] + s[Closing(s, i+len(look)):]
		}
	}
	s = strings.ReplaceAll(s, "(?>", "(?:")
	for _, c := range []string{"+", "*", "?"} {
		s = strings.ReplaceAll(s, c+"+", c)
	}
	return s
}
