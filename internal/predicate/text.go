package predicate

import (
	"fmt"
	"slices"

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
	return newLeaf(f, fmt.Sprintf("text above %d %s", f.IgnoreAbove, t.ID), test, t.Cost, t.Needs, t.Hints)
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
	out := Text{ID: TextID("like", texts, letters), Hints: Hints{Shapes: texts, Family: fmt.Sprint("like ", int(letters))}, Language: func() []lucene.Pattern {
		return patternsOf(texts, letters, lucene.NewWildcard)
	}}
	var exact []string
	var rest []*lucene.Wildcard
	for _, t := range texts {
		w := lucene.NewWildcard(t, letters)
		out.Needs = append(out.Needs, needOf(w))
		if w.Kind() == lucene.ExactKind {
			exact = append(exact, t)
		} else {
			rest = append(rest, w)
		}
	}
	if len(exact) < setSize {
		for _, t := range exact {
			rest = append(rest, lucene.NewLiteral(t, letters))
		}
		exact = nil
	}
	set := Literals(exact, letters)
	if len(rest) == 0 {
		out.Match, out.Cost = set.Match, set.Cost
		return out
	}
	out.Cost = PatternCost + len(rest)
	if len(rest) == 1 && len(exact) == 0 {
		out.Match = rest[0].Match
		return out
	}
	out.Match = func(s string) bool {
		if set.Match(s) {
			return true
		}
		for _, w := range rest {
			if w.Match(s) {
				return true
			}
		}
		return false
	}
	return out
}

// patternsOf compiles texts.
func patternsOf(texts []string, letters lucene.Case, compile func(string, lucene.Case) *lucene.Wildcard) []lucene.Pattern {
	out := make([]lucene.Pattern, len(texts))
	for i, t := range texts {
		out[i] = compile(t, letters)
	}
	return out
}

// TextID names a test of texts by what it does; the order of alternatives does not matter.
func TextID(kind string, texts []string, letters lucene.Case) string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return fmt.Sprintf("%s %d %q", kind, letters, slices.Compact(texts))
}

// Literals makes one test of a list of texts without wildcards.
func Literals(texts []string, letters lucene.Case) Text {
	out := Text{Cost: SetCost, ID: TextID("in", texts, letters), Hints: Hints{Values: textValues(texts), Family: literalFamily(letters)}, Language: func() []lucene.Pattern {
		return patternsOf(texts, letters, lucene.NewLiteral)
	}}
	for _, t := range texts {
		out.Needs = append(out.Needs, needExact(t))
	}
	switch {
	case len(texts) == 0:
		out.Match, out.Cost = func(string) bool { return false }, ConstCost
	case len(texts) < setSize:
		out.Match = anyLiteral(texts, letters)
	default:
		out.Match = memberOf(texts, letters)
	}
	return out
}

func anyLiteral(texts []string, letters lucene.Case) func(string) bool {
	var ws []*lucene.Wildcard
	for _, t := range texts {
		ws = append(ws, lucene.NewLiteral(t, letters))
	}
	return func(s string) bool {
		for _, w := range ws {
			if w.Match(s) {
				return true
			}
		}
		return false
	}
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
