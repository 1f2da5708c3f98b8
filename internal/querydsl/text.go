package querydsl

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// match compiles a text that is analyzed as the field is: a text field is searched word by word, any other for the value.
func (c *compiler) match(q Query, f *field, m *Match) (predicate.Node, error) {
	if m.Value.Kind == Null {
		return nil, c.fail(q, f, "a value is needed, null is none")
	}
	var n predicate.Node
	var err error
	switch f.kind {
	case texts:
		n = c.matchWords(f, m)
	case keywords, numbers, dates, addresses, booleans, versions, flattened, keyed, ranges, docIndex:
		if m.Prefix {
			err = c.noType(q, f, "match_phrase_prefix")
			break
		}
		n, err = c.term(q, f, m.Value, m.Fold)
	case opaque:
		what := "match"
		if m.Phrase {
			what = "match_phrase"
		}
		err = c.noType(q, f, what)
	default:
		if m.Prefix {
			n, err = c.prefix(q, f, m.Value.Text, false)
		} else {
			n, err = c.term(q, f, m.Value, m.Fold)
		}
	}
	if err != nil && m.Lenient {
		return predicate.Never(), nil
	}
	return n, err
}

// matchWords compiles a text on a text field.
func (c *compiler) matchWords(f *field, m *Match) predicate.Node {
	words := wordsOf(m.Value.Text)
	switch {
	case len(words) == 0:
		return predicate.Never()
	case m.Phrase && (len(words) > 1 || m.Prefix):
		return c.phrase(f, words, m.Slop, m.Prefix)
	case !m.And || len(words) == 1:
		return c.words(f, words, "any")
	}
	var nodes []predicate.Node
	for _, w := range words {
		nodes = append(nodes, c.words(f, []string{w}, "any"))
	}
	return predicate.Chain(predicate.OpAnd, nodes)
}

// words is a leaf that is true if one of the words occurs.
func (c *compiler) words(f *field, list []string, id string) predicate.Node {
	t := func(v *event.Value) bool {
		found := false
		tokens(v.Text, func(w string) bool {
			for _, x := range list {
				if isLower(w, x) {
					found = true
				}
			}
			return !found
		})
		return found
	}
	hints := predicate.Hints{}
	var needs []predicate.Need
	for _, w := range list {
		part := predicate.Contains(w, false, lucene.Sensitive)
		needs = append(needs, part.Needs...)
		hints.Shapes = append(hints.Shapes, w)
	}
	if len(list) > 0 && !ascii(list[0]) {
		needs = nil // lower case and case folding are not the same everywhere
	}
	return c.test(f, fmt.Sprintf("%s words %q", id, list), predicate.PatternCost+len(list), t, needs, hints)
}

// wordTest is a leaf that is true if a word passes the test.
func (c *compiler) wordTest(f *field, t predicate.Text) predicate.Node {
	return c.test(f, "word "+t.ID, t.Cost+predicate.PatternCost, func(v *event.Value) bool {
		found := false
		tokens(v.Text, func(w string) bool {
			found = t.Match(lower(w))
			return !found
		})
		return found
	}, nil, t.Hints)
}

// phrase is a leaf that is true if the words occur in order, next to each other or within slop moves. Values of an array
// are far from each other.
func (c *compiler) phrase(f *field, words []string, slop int, open bool) predicate.Node {
	if slop != 0 {
		return c.sloppy(f, words, slop)
	}
	needs := predicate.Contains(words[0], false, lucene.Sensitive).Needs
	if !ascii(words[0]) {
		needs = nil
	}
	last := len(words) - 1
	id := fmt.Sprintf("phrase %t %q", open, words)
	return c.test(f, id, predicate.PatternCost+len(words), func(v *event.Value) bool {
		return hasPhrase(v.Text, words, open, last)
	}, needs, predicate.Hints{Shapes: []string{join(words)}})
}

func join(words []string) string {
	out := ""
	for i, w := range words {
		if i > 0 {
			out += " "
		}
		out += w
	}
	return out
}

// hasPhrase looks for the words one after another. at[i] would be the number of words that match up to here for each start;
// since phrases are short, the candidates are kept as bits.
func hasPhrase(text string, words []string, open bool, last int) bool {
	if last >= 64 {
		return longPhrase(text, words, open)
	}
	found := false
	var partial uint64 // bit i: the words up to i end here
	tokens(text, func(w string) bool {
		var next uint64
		for i, x := range words {
			if i > 0 && partial>>(i-1)&1 == 0 {
				continue
			}
			if isLower(w, x) || open && i == last && len(w) >= len(x) && isLower(w[:len(x)], x) {
				next |= 1 << i
			}
		}
		partial = next
		found = partial>>last&1 != 0
		return !found
	})
	return found
}

// longPhrase is hasPhrase for more words than a bit set holds.
func longPhrase(text string, words []string, open bool) bool {
	list := wordsOf(text)
	for i := 0; i+len(words) <= len(list); i++ {
		ok := true
		for j, x := range words {
			w := list[i+j]
			if w != x && !(open && j == len(words)-1 && len(w) >= len(x) && w[:len(x)] == x) {
				ok = false
				break
			}
		}
		if ok {
			return true
		}
	}
	return false
}

// sloppy is a phrase whose words may be moved: the distances between where they are and where they should be span at most
// slop.
func (c *compiler) sloppy(f *field, words []string, slop int) predicate.Node {
	return c.test(f, fmt.Sprintf("phrase ~%d %q", slop, words), predicate.RegexCost, func(v *event.Value) bool {
		return hasSloppy(wordsOf(v.Text), words, slop)
	}, nil, predicate.Hints{Shapes: []string{join(words)}})
}

// hasSloppy tries the places of each word. Each word of the phrase takes a place of its own.
func hasSloppy(list, words []string, slop int) bool {
	if len(list) < len(words) {
		return false
	}
	places := make([][]int, len(words)) // shifted by where the word should be
	for j, x := range words {
		for i, w := range list {
			if w == x {
				places[j] = append(places[j], i-j)
			}
		}
		if len(places[j]) == 0 {
			return false
		}
	}
	// The least window that holds a shifted place of each word: slide over the candidates of the first bound.
	for _, starts := range places {
		for _, lo := range starts {
			used := map[int]bool{}
			ok := true
			for j := range words {
				best := -1
				for k, p := range places[j] {
					if p >= lo && p-lo <= slop && !used[p+j] {
						best = k
						break
					}
				}
				if best < 0 {
					ok = false
					break
				}
				used[places[j][best]+j] = true
			}
			if ok {
				return true
			}
		}
	}
	return false
}

// multiMatch compiles a text on several fields.
func (c *compiler) multiMatch(q *MultiMatch) (predicate.Node, []*predicate.Field, error) {
	if q.Value.Kind == Null {
		return nil, nil, c.fail(q, nil, "a search in all fields needs a value, null is none")
	}
	lenient := q.Lenient || len(q.Fields) == 0 || anyField(q.Fields)
	return c.onFields(q, q.Fields, func(f *field) (predicate.Node, error) {
		return c.match(q, f, &Match{Place: q.Place, Field: f.name, Value: q.Value, Phrase: q.Phrase, Prefix: q.Prefix, And: q.And, Lenient: lenient})
	}, lenient)
}

// anyField reports whether a search in these fields is one in all: then it is lenient.
func anyField(names []string) bool { return slices.Contains(names, "*") }

// onFields compiles a query on each of several fields, of which one must match. No names are all fields. What compile gives no node
// for is left out; if that is all there is, there is no node.
func (c *compiler) onFields(q Query, names []string, compile func(*field) (predicate.Node, error), lenient bool) (predicate.Node, []*predicate.Field, error) {
	fields, err := c.searched(q, names, lenient)
	if err != nil {
		return nil, nil, err
	}
	var nodes []predicate.Node
	var shown []*predicate.Field
	empty, never := false, false
	for _, f := range fields {
		if f.closed() && !c.opts.Open {
			return nil, nil, c.closedError(q, f)
		}
		n, err := anyCopy(f, compile)
		if err == nil && n == nil {
			empty = true
			continue
		}
		if err != nil {
			if lenient {
				never = true
				continue
			}
			return nil, nil, err
		}
		if f.nested != c.scope && f.kind < docID && f.kind != open {
			never = true
			continue
		}
		nodes, shown = append(nodes, n), append(shown, c.shown(f))
	}
	switch {
	case len(nodes) > 0:
		return predicate.Chain(predicate.OpOr, nodes), shown, nil
	case empty && !never:
		return nil, nil, nil
	}
	return predicate.Never(), shown, nil
}

// searched lists the fields that names and patterns stand for.
func (c *compiler) searched(q Query, names []string, lenient bool) ([]*field, error) {
	if len(names) == 0 {
		names = []string{"*"}
	}
	var out []*field
	seen := map[string]bool{}
	for _, name := range names {
		pattern := hasStar(name)
		list := []*field{}
		if pattern && c.openWorld() {
			f, err := c.field(name)
			if err != nil {
				return nil, c.fail(q, nil, "%v", err)
			}
			list = append(list, f)
			if message, err := c.field("message"); err == nil && name == "*" && message.kind == texts {
				list = append(list, message)
			}
		} else if pattern {
			list = c.expand(name)
		} else {
			f, err := c.field(name)
			if err != nil {
				return nil, c.fail(q, nil, "%v", err)
			}
			list = append(list, f)
		}
		for _, f := range list {
			if pattern && (f.kind == opaque || f.kind == objects || f.kind == special) || f.closed() && lenient {
				continue
			}
			if !seen[f.path+"\x00"+f.name] {
				seen[f.path+"\x00"+f.name] = true
				out = append(out, f)
			}
		}
	}
	return out, nil
}

func hasStar(s string) bool {
	for i := range len(s) {
		if s[i] == '*' {
			return true
		}
	}
	return false
}

// fuzzy compiles a term that may differ by a few characters.
func (c *compiler) fuzzy(q Query, f *field, z *Fuzzy) (predicate.Node, error) {
	edits := z.Edits
	if edits == Auto {
		switch n := len([]rune(z.Value)); {
		case n < 3:
			edits = 0
		case n < 6:
			edits = 1
		default:
			edits = 2
		}
	}
	value := z.Value
	if f.norm != nil {
		value = f.norm(value)
	}
	want := []rune(value)
	t := predicate.Text{Match: func(s string) bool { return near([]rune(s), want, edits) }, Cost: predicate.RegexCost,
		ID: fmt.Sprintf("fuzzy %d %q", edits, value), Hints: predicate.Hints{Shapes: []string{value}}}
	return c.onText(q, f, t, "fuzzy")
}

// near reports whether at most edits insertions, deletions, changes and swaps of neighbours lead from a to b.
func near(a, b []rune, edits int) bool {
	if d := len(a) - len(b); d > edits || -d > edits {
		return false
	}
	var rows [3][]int
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
	}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before2, before, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(before[j]+1, row[j-1]+1, before[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before2[j-2]+1)
			}
		}
	}
	return rows[(len(a)+1)%3][len(b)] <= edits
}
