package predicate

import (
	"regexp/syntax"
	"strings"
)

// Fill makes texts of a wildcard pattern: a natural one, one with nothing for each "*", then those with one wildcard
// given another length.
func Fill(p string) []string {
	if !strings.ContainsAny(p, "*?") {
		return []string{p}
	}
	out := []string{FillWith(p, "x"), FillWith(p, "")}
	for i := range len(p) {
		switch p[i] {
		case '*':
			out = append(out, FillWith(p[:i], "x")+FillWith(p[i+1:], "x"))
		case '?':
			out = append(out, FillWith(p[:i], "x")+FillWith(p[i+1:], "x"), FillWith(p[:i], "x")+"xx"+FillWith(p[i+1:], "x"))
		}
	}
	return out
}

// FillWith replaces each "*". In front of a path it becomes the start of one, and a "?" in front of a colon a drive.
func FillWith(p, star string) string {
	var b strings.Builder
	for i := range len(p) {
		rest := p[i+1:]
		switch {
		case p[i] == '*' && i == 0 && star != "" && strings.HasPrefix(rest, `\`):
			b.WriteString(`C:\x`)
		case p[i] == '*' && i == 0 && star != "" && strings.HasPrefix(rest, "/"):
			b.WriteString("/x")
		case p[i] == '*':
			b.WriteString(star)
		case p[i] == '?' && strings.HasPrefix(rest, ":"):
			b.WriteByte('C')
		case p[i] == '?':
			b.WriteByte('x')
		default:
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// Merge makes patterns of which every text matches both a and b: the one is put into a "*" of the other.
func Merge(a, b string) []string {
	var out []string
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		host, guest := pair[0], pair[1]
		front, back := strings.HasPrefix(guest, "*"), strings.HasSuffix(guest, "*")
		for i := range len(host) {
			if host[i] != '*' || !front && i > 0 || !back && i < len(host)-1 {
				continue
			}
			out = append(out, host[:i]+guest+host[i+1:])
		}
	}
	return out
}

// maxRegexTexts bounds the texts made of one regular expression.
const maxRegexTexts = 32

// RegexpTexts makes texts of a regular expression, as far as Go reads it as Lucene does. Wrong ones do no harm: the
// evaluator has the last word.
func RegexpTexts(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	list := texts(re.Simplify(), 0)
	return list
}

// texts are some of the texts that an expression matches.
func texts(re *syntax.Regexp, depth int) []string {
	if depth > 50 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return []string{string(charOf(re.Rune))}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"x"}
	case syntax.OpCapture, syntax.OpPlus:
		return texts(re.Sub[0], depth+1)
	case syntax.OpStar, syntax.OpQuest:
		return append([]string{""}, texts(re.Sub[0], depth+1)...)
	case syntax.OpAlternate:
		var out []string
		for _, s := range re.Sub {
			out = append(out, texts(s, depth+1)...)
		}
		return out[:min(len(out), maxRegexTexts)]
	case syntax.OpConcat:
		out := []string{""}
		for _, s := range re.Sub {
			var next []string
			for _, a := range out {
				for _, b := range texts(s, depth+1) {
					if len(next) < maxRegexTexts {
						next = append(next, a+b)
					}
				}
			}
			out = next
		}
		return out
	}
	return []string{""}
}

// charOf chooses a character of a class, a letter or digit if there is one.
func charOf(ranges []rune) rune {
	for i := 0; i+1 < len(ranges); i += 2 {
		for _, c := range "xa1A" {
			if ranges[i] <= c && c <= ranges[i+1] {
				return c
			}
		}
	}
	if len(ranges) > 0 {
		return ranges[0]
	}
	return 'x'
}
