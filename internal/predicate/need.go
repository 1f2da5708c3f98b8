package predicate

import "github.com/rulevet/rulevet/internal/lucene"

// NeedKind is how a text has to contain another.
type NeedKind uint8

// Kinds of needs.
const (
	NeedPart   NeedKind = iota // anywhere
	NeedPrefix                 // at the start
	NeedSuffix                 // at the end
	NeedWhole                  // it is the text
)

// Need is a necessary condition on a text, cheap to test for very many at once: the text after folding of case contains
// another one. All kinds of case fold into Unicode's, so it serves sensitive tests too.
type Need struct {
	kind NeedKind
	text string // folded; a part may be empty, which any text meets
}

// needExact is what a text equal to the literal meets.
func needExact(literal string) Need { return Need{NeedWhole, lucene.Fold.String(literal)} }

// needOf is what every match of a wildcard pattern meets.
func needOf(w *lucene.Wildcard) Need {
	kind, text := NeedPart, w.Required()
	switch w.Kind() {
	case lucene.ExactKind:
		kind, text = NeedWhole, w.Literal()
	case lucene.PrefixKind:
		kind, text = NeedPrefix, w.Literal()
	case lucene.SuffixKind:
		kind, text = NeedSuffix, w.Literal()
	}
	return Need{kind, lucene.Fold.String(text)}
}

// needsOf is what every match of a regular expression meets.
func needsOf(re *lucene.Regexp) []Need {
	if lit, ok := re.Literal(); ok {
		return []Need{needExact(lit)}
	}
	if w, ok := re.Wildcard(); ok {
		return []Need{needOf(w)}
	}
	return []Need{{NeedPart, lucene.Fold.String(re.Required())}}
}
