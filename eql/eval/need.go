package eval

import (
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// needKind is how a text has to contain another.
type needKind uint8

const (
	needPart   needKind = iota // anywhere
	needPrefix                 // at the start
	needSuffix                 // at the end
	needWhole                  // it is the text
)

// need is a necessary condition on a text, cheap to test for very many at once: the text after folding of case contains
// another one. All kinds of case fold into Unicode's, so it serves sensitive tests too.
type need struct {
	kind needKind
	text string // folded; a part may be empty, which any text meets
}

// needExact is what a text equal to the literal meets.
func needExact(literal string) need { return need{needWhole, lucene.Fold.String(literal)} }

// needOf is what every match of a wildcard pattern meets.
func needOf(w *lucene.Wildcard) need {
	kind, text := needPart, w.Required()
	switch w.Kind() {
	case lucene.ExactKind:
		kind, text = needWhole, w.Literal()
	case lucene.PrefixKind:
		kind, text = needPrefix, w.Literal()
	case lucene.SuffixKind:
		kind, text = needSuffix, w.Literal()
	}
	return need{kind, lucene.Fold.String(text)}
}

// needsOf is what every match of a regular expression meets.
func needsOf(re *lucene.Regexp) []need {
	if lit, ok := re.Literal(); ok {
		return []need{needExact(lit)}
	}
	if w, ok := re.Wildcard(); ok {
		return []need{needOf(w)}
	}
	return []need{{needPart, lucene.Fold.String(re.Required())}}
}

// meets tests a folded text; the index of a set does the same for many needs.
func (n need) meets(folded string) bool {
	switch n.kind {
	case needWhole:
		return folded == n.text
	case needPrefix:
		return strings.HasPrefix(folded, n.text)
	case needSuffix:
		return strings.HasSuffix(folded, n.text)
	}
	return strings.Contains(folded, n.text)
}
