//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/esql/eval/internal/backtrack"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// replaceFunction is REPLACE: all matches of a java.util.regex expression.
func replaceFunction(r *resolver) (Func, error) {
	cache := map[string]*backtrack.Regexp{}
	fixed := r.args[1].Const != nil
	if fixed { // constant: compiled once, an error fails the query
		if pattern, ok := r.args[1].Text(); ok {
			re, err := backtrack.Compile(pattern, backtrack.Java)
			if err != nil {
				return Func{Type: block.Keyword, Want: keywords(3), Kernel: fRows(block.Keyword, func(*Call, []*block.Block, int, *block.Builder) error { return &FatalError{err} })}, nil
			}
			cache[pattern] = re
		}
	}
	return Func{Type: block.Keyword, Want: keywords(3), Kernel: f3(block.Keyword, func(_ *Call, s, pattern, with string) (string, error) {
		var err error
		re := (*backtrack.Regexp)(nil)
		if fixed {
			re = cache[pattern]
		} else if re, err = backtrack.Compile(pattern, backtrack.Java); err != nil {
			return "", err
		}
		return replaceAll(re, s, with)
	})}, nil
}

func replaceAll(re *backtrack.Regexp, s, with string) (string, error) {
	if len(s) > maxText {
		return "", errors.New("the text is too long")
	}
	var b strings.Builder
	last, from := 0, 0
	for from <= len(s) {
		loc, err := re.Find(s, from)
		if err != nil {
			return "", err
		}
		if loc == nil {
			break
		}
		b.WriteString(s[last:loc[0]])
		if err := expand(&b, re, s, loc, with); err != nil {
			return "", err
		}
		if b.Len() > maxText {
			return "", errors.New("the result is too long")
		}
		last = loc[1]
		if from = loc[1]; loc[0] == loc[1] {
			// Java steps by UTF-16 units: between the two halves of a pair there is an empty match as well
			r, n := utf8.DecodeRuneInString(s[from:])
			if r > 0xffff && re.EmptyInPair(s, from) {
				var between strings.Builder
				if err := expand(&between, re, s, loc, with); err != nil {
					return "", err
				}
				if between.Len() > 0 { // else the halves stay together
					b.WriteString("\ufffd" + between.String() + "\ufffd")
					last = from + n
				}
			}
			from += max(n, 1)
		}
	}
	b.WriteString(s[last:])
	return b.String(), nil
}

// expand writes a replacement: $1, ${name}, and "\" before a character that stands for itself.
func expand(b *strings.Builder, re *backtrack.Regexp, s string, loc []int, with string) error {
	group := func(n int) {
		if loc[2*n] >= 0 && loc[2*n+1] >= 0 {
			b.WriteString(s[loc[2*n]:loc[2*n+1]])
		}
	}
	for i := 0; i < len(with); i++ {
		switch with[i] {
		case '\\':
			i++
			if i >= len(with) {
				return errors.New("character to be escaped is missing")
			}
			b.WriteByte(with[i])
		case '$':
			i++
			if i >= len(with) {
				return errors.New("Illegal group reference: group index is missing")
			}
			if with[i] == '{' {
				end := strings.IndexByte(with[i:], '}')
				if end < 0 {
					return errors.New("named capturing group is missing trailing '}'")
				}
				groups := re.Names()[with[i+1:i+end]]
				if len(groups) == 0 {
					return errors.New("No group with name {" + with[i+1:i+end] + "}")
				}
				group(groups[0])
				i += end
				continue
			}
			if with[i] < '0' || with[i] > '9' {
				return errors.New("Illegal group reference")
			}
			n := int(with[i] - '0')
			if n > re.Groups() {
				return fatal("No group %d", n)
			}
			for i+1 < len(with) && with[i+1] >= '0' && with[i+1] <= '9' && n*10+int(with[i+1]-'0') <= re.Groups() {
				i++
				n = n*10 + int(with[i]-'0')
			}
			group(n)
		default:
			b.WriteByte(with[i])
		}
	}
	return nil
}
