package lucene

import (
	"strings"
	"unicode/utf8"
)

// CheckRegexp returns the *SyntaxError for which Elasticsearch rejects a pattern, another error if the pattern is over its
// limit of complexity, nil if it is accepted. It does not look at the length.
func CheckRegexp(pattern string) error {
	tree, err := parseRegexp(pattern, Sensitive)
	if err == nil {
		_, _, err = analyse(tree, Sensitive)
	}
	return err
}

// Pitfall is a part of a valid pattern that means something else than in other regular expressions.
type Pitfall struct {
	Offset int    // bytes into the pattern
	Text   string // an operator, one of " @ # & ~, or a range such as a-z that does not ignore case
}

// Operators finds the operators that are plain characters in other regular expressions (eql/LANGUAGE.md 4.6), each kind
// once.
func Operators(pattern string) []Pitfall {
	var out []Pitfall
	seen := ""
	scan(pattern, func(at, end int) {
		op := pattern[at : at+1]
		if strings.Contains(`"@#&~`, op) && !strings.Contains(seen, op) {
			seen += op
			out = append(out, Pitfall{at, op})
		}
	})
	return out
}

// OperatorMeaning says what an operator of Operators does.
func OperatorMeaning(op string) string {
	switch op {
	case `"`:
		return "opens text that is taken literally, and is not part of it"
	case "@":
		return "matches any text"
	case "#":
		return "matches nothing at all"
	case "&":
		return "is the intersection: both sides must match the same text"
	}
	return "is the complement: it matches anything but what follows"
}

// Anchor is what a pattern has of the anchors and flags of other regular expressions: "^", "$" or "(?"; empty if it has none. Here they are
// ordinary characters.
func Anchor(pattern string) string {
	out := ""
	scan(pattern, func(at, end int) {
		switch {
		case out != "":
		case at == 0 && pattern[at] == '^', end == len(pattern) && pattern[at] == '$':
			out = pattern[at : at+1]
		case strings.HasPrefix(pattern[at:], "(?"):
			out = "(?"
		}
	})
	return out
}

// OneCaseRanges finds ranges of letters of one case in classes without the same range in the other case: under regex~
// they match only the case they are written in.
func OneCaseRanges(pattern string) []Pitfall {
	var out []Pitfall
	scan(pattern, func(at, end int) {
		if pattern[at] != '[' {
			return
		}
		ranges := letterRanges(pattern, at, end)
		for _, r := range ranges {
			if !covered(r.Text, ranges) {
				out = append(out, r)
			}
		}
	})
	return out
}

func covered(r string, ranges []Pitfall) bool {
	lo, hi := r[0]^0x20, r[2]^0x20
	for _, other := range ranges {
		if other.Text[0] <= lo && hi <= other.Text[2] {
			return true
		}
	}
	return false
}

// letterRanges finds ranges between two letters of one case in the class pattern[at:end].
func letterRanges(pattern string, at, end int) []Pitfall {
	var out []Pitfall
	for i := at + 1; i+3 < end; i++ {
		if pattern[i] == '\\' {
			i++
			continue
		}
		lo, hi := pattern[i], pattern[i+2]
		if pattern[i+1] == '-' && letter(lo) && letter(hi) && lo&0x20 == hi&0x20 {
			out = append(out, Pitfall{i, pattern[i : i+3]})
		}
		if pattern[i+1] == '-' {
			i += 2
		}
	}
	return out
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// scan calls f for every unescaped character of a valid pattern; quoted text and intervals count as one, and so do
// classes, of which f gets the start and the end.
func scan(pattern string, f func(at, end int)) {
	for i := 0; i < len(pattern); {
		end := i + 1
		switch pattern[i] {
		case '\\':
			i += 2
			continue
		case '"', '<':
			closing := map[byte]byte{'"': '"', '<': '>'}[pattern[i]]
			if n := strings.IndexByte(pattern[end:], closing); n >= 0 {
				end += n + 1
			}
		case '[':
			end = classEnd(pattern, i)
		}
		f(i, end)
		i = end
	}
}

// classEnd is the offset after the class that opens at an offset; a ] directly after [ or [^ is a member.
func classEnd(pattern string, open int) int {
	i := open + 1
	if strings.HasPrefix(pattern[i:], "^") {
		i++
	}
	for first := i; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\':
			i++
		case pattern[i] == ']' && i > first:
			return i + 1
		}
	}
	return len(pattern)
}

// Change is a part of a pattern that older versions of Lucene read otherwise.
type Change struct {
	Text  string
	What  string // what it is: "is a set of characters"
	Since [3]int // the version of Elasticsearch
	Hint  string
}

// Changes finds the parts of a pattern that mean something else to the Lucene of older stacks: what follows a backslash in a
// class begins no range since Lucene 9.12 (backslashes and classes) or 10.2.2 (the rest), and letters other than a to z ignore
// case since 10.2.2.
func Changes(pattern string, fold bool) []Change {
	var out []Change
	scan(pattern, func(at, end int) {
		if pattern[at] == '[' {
			out = append(out, classChanges(pattern[at:end])...)
		}
	})
	for _, r := range pattern {
		if fold && r >= utf8.RuneSelf && (simpleFold(r) != r || hasOneWay([]rune{r})) {
			out = append(out, Change{string(r), "ignores case", [3]int{9, 1, 0}, "list both cases in a class, or set min_stack_version"})
			break
		}
	}
	return out
}

func classChanges(class string) []Change {
	var out []Change
	for i := 1; i+2 < len(class); i++ {
		if class[i] != '\\' {
			continue
		}
		i++
		if class[i+1] != '-' {
			continue
		}
		since := [3]int{9, 1, 0}
		if strings.IndexByte(`\dDsSwW`, class[i]) >= 0 {
			since = [3]int{8, 16, 0}
		}
		out = append(out, Change{class, "has a plain - behind an escaped character", since, `write \- or put - in front, or set min_stack_version`})
	}
	return out
}
