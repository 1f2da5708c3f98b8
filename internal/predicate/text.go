package predicate

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// Text is a test of texts: patterns, a set of literals, a regular expression. On a field it is a leaf, by Field.Text; in
// computed values languages use it as it is.
type Text struct {
	Match func(string) bool
	Cost  int
	ID    string // equal tests have equal ids
	Needs []Need // a text that matches meets one of them
	Hints Hints
	// Language lists patterns of which a text that matches satisfies one; nil: not known.
	Language func() []lucene.Pattern
}

// Text is the leaf "a value of the field passes the test". Values that the mapping does not index do not.
func (f *Field) Text(t Text) Node {
	test := func(v *event.Value) bool { return t.Match(v.Text) }
	if f.IgnoreAbove > 0 {
		test = func(v *event.Value) bool { return t.Match(v.Text) && f.Indexed(v.Text) }
	}
	t.Hints.extent = f.texts(t.Language)
	return newLeaf(f, "text above "+strconv.Itoa(f.IgnoreAbove)+" "+t.ID, test, t.Cost, t.Needs, t.Hints)
}

// Prefix passes texts that start with the literal text.
func Prefix(text string, letters lucene.Case) Text {
	return patternText("prefix", text, lucene.NewPrefix(text, letters), text+"*")
}

// Suffix passes texts that end with the text. With wildcards, "*" and "?" in it are wildcards and "\\" escapes.
func Suffix(text string, wildcards bool, letters lucene.Case) Text {
	return patternText(fmt.Sprint("suffix ", wildcards), text, lucene.NewSuffix(text, wildcards, letters), "*"+text)
}

// Contains passes texts that contain the text; wildcards as in Suffix.
func Contains(text string, wildcards bool, letters lucene.Case) Text {
	return patternText(fmt.Sprint("contains ", wildcards), text, lucene.NewContains(text, wildcards, letters), "*"+text+"*")
}

func patternText(kind, text string, w *lucene.Wildcard, shape string) Text {
	return Text{Match: w.Match, Cost: PatternCost, ID: TextID(kind, []string{text}, w.Case()), Needs: []Need{needOf(w)},
		Hints: Hints{Shapes: []string{shape}}, Language: func() []lucene.Pattern { return []lucene.Pattern{w} }}
}

// Escaped passes texts that match the pattern of a wildcard query, in which "\\" escapes.
func Escaped(pattern string, letters lucene.Case) Text {
	return patternText("wildcard", pattern, lucene.NewEscaped(pattern, letters), pattern)
}

// Regexps passes texts that match one of Lucene's regular expressions as a whole.
func Regexps(patterns []string, letters lucene.Case) (Text, error) {
	re, err := lucene.CompileRegexp(lucene.JoinPatterns(patterns), letters)
	if err != nil {
		return Text{}, fmt.Errorf("regular expression: %w", err)
	}
	return Text{Match: re.Match, Cost: RegexCost, ID: fmt.Sprintf("regex %d %q", letters, patterns), Needs: needsOf(re),
		Hints: Hints{Regexps: patterns}, Language: func() []lucene.Pattern { return []lucene.Pattern{re} }}, nil
}

// setSize is the number of equal literals from which a map beats trying them one by one.
const setSize = 8

// Wildcards makes one test of a list of wildcard patterns.
func Wildcards(texts []string, letters lucene.Case) Text {
	patterns := make([]lucene.Pattern, len(texts))
	out := Text{ID: TextID("like", texts, letters), Needs: make([]Need, len(texts)), Hints: Hints{Shapes: texts, Family: "like " + strconv.Itoa(int(letters))},
		Language: func() []lucene.Pattern { return patterns }}
	var exact []string
	var first, rest []*lucene.Wildcard
	for i, t := range texts {
		w := lucene.NewWildcard(t, letters)
		patterns[i], out.Needs[i] = w, needOf(w)
		if w.Kind() == lucene.ExactKind {
			exact, first = append(exact, t), append(first, w)
		} else {
			rest = append(rest, w)
		}
	}
	if len(exact) < setSize {
		exact, rest = nil, append(rest, first...)
	}
	if len(rest) == 0 {
		set := Literals(exact, letters)
		out.Match, out.Cost = set.Match, set.Cost
		return out
	}
	out.Cost = PatternCost + len(rest)
	switch {
	case len(exact) > 0:
		member := memberOf(exact, letters)
		out.Match = func(s string) bool { return member(s) || anyOf(rest, s) }
	case len(rest) == 1:
		out.Match = rest[0].Match
	default:
		out.Match = func(s string) bool { return anyOf(rest, s) }
	}
	return out
}

// anyOf reports whether a text matches one of some patterns.
func anyOf(list []*lucene.Wildcard, s string) bool {
	for _, w := range list {
		if w.Match(s) {
			return true
		}
	}
	return false
}

// TextID names a test of texts by what it does; the order of alternatives does not matter.
func TextID(kind string, texts []string, letters lucene.Case) string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	var room [256]byte
	b := append(append(room[:0], kind...), ' ')
	b = append(strconv.AppendInt(b, int64(letters), 10), " ["...)
	for _, t := range slices.Compact(texts) {
		b = append(strconv.AppendQuote(b, t), ' ')
	}
	return string(append(b, ']'))
}

// Literals makes one test of a list of texts without wildcards.
func Literals(texts []string, letters lucene.Case) Text {
	out := Text{Cost: SetCost, ID: TextID("in", texts, letters), Needs: make([]Need, len(texts)), Hints: Hints{Values: textValues(texts), Family: literalFamily(letters)}}
	for i, t := range texts {
		out.Needs[i] = needExact(t)
	}
	if len(texts) >= setSize {
		out.Match = memberOf(texts, letters)
		out.Language = func() []lucene.Pattern { return literalPatterns(texts, letters) }
		return out
	}
	patterns := literalPatterns(texts, letters)
	out.Language = func() []lucene.Pattern { return patterns }
	if len(texts) == 0 {
		out.Match, out.Cost = func(string) bool { return false }, ConstCost
		return out
	}
	list := make([]*lucene.Wildcard, len(patterns))
	for i, p := range patterns {
		list[i] = p.(*lucene.Wildcard)
	}
	out.Match = func(s string) bool { return anyOf(list, s) }
	return out
}

func literalPatterns(texts []string, letters lucene.Case) []lucene.Pattern {
	out := make([]lucene.Pattern, len(texts))
	for i, t := range texts {
		out[i] = lucene.NewLiteral(t, letters)
	}
	return out
}

// memberOf looks a text up in a set.
func memberOf(texts []string, letters lucene.Case) func(string) bool {
	set := make(map[string]struct{}, len(texts))
	longest := 0
	for _, t := range texts {
		set[letters.String(t)] = struct{}{}
		longest = max(longest, len(t))
	}
	if letters == lucene.Sensitive {
		return func(s string) bool { _, ok := set[s]; return ok }
	}
	// Folding changes a letter's length by at most a factor of three (U+212A, the Kelvin sign, is "k").
	return func(s string) bool {
		if len(s) > 3*longest {
			return false
		}
		var buf [128]byte
		_, ok := set[string(letters.AppendKey(buf[:0], s))]
		return ok
	}
}

func textValues(texts []string) []Value {
	out := make([]Value, len(texts))
	for i, t := range texts {
		out[i] = eqlfunc.OfString(t)
	}
	return out
}
