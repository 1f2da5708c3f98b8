package mutation

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/querystring"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/search"
)

// OfLucene lists the mutants of a text in Lucene's syntax, in source order; none if it cannot be read. They are those of KQL: a
// clause is left out, negated, or loses its sign; AND becomes OR and the other way round, and stands where nothing did; a pattern
// admits more or less; a whole number moves by one, and a bound goes in or out.
func OfLucene(text string) []Mutant {
	q, err := querystring.Parse(text, false)
	if err != nil || q.Root == nil {
		return nil
	}
	g := &generator{src: text}
	g.clauses(q.Root)
	slices.SortStableFunc(g.out, func(a, b Mutant) int { return cmp.Compare(a.Edits[0].Span.Start, b.Edits[0].Span.Start) })
	return g.out
}

func (g *generator) clauses(group *querystring.Group) {
	list := group.Clauses
	for i, c := range list {
		switch {
		case i > 0:
			before := list[i-1].Span.End
			g.add(search.DropClause, kql.Span{Start: before, End: c.Span.End}, "")
			g.joint(kql.Span{Start: before, End: c.Sign.Start})
		case len(list) > 1:
			g.add(search.DropClause, kql.Span{Start: c.Sign.Start, End: list[1].Sign.Start}, "")
		}
		switch {
		case c.Sign.End > c.Sign.Start:
			g.add(search.Negate, kql.Span{Start: c.Sign.Start, End: c.Span.Start}, "")
		default:
			g.add(search.Negate, kql.Span{Start: c.Span.Start, End: c.Span.Start}, "NOT ")
		}
		g.clause(c.Node)
	}
}

// joint changes the operator between two clauses; where there is none, any of the two is enough.
func (g *generator) joint(between kql.Span) {
	word := strings.TrimSpace(g.src[between.Start:between.End])
	other := "AND"
	if word == "AND" || word == "&&" {
		other = "OR"
	}
	at := between.Start + strings.Index(g.src[between.Start:between.End], word)
	if word == "" {
		at, other = between.End, other+" "
	}
	g.add(search.AndOr, kql.Span{Start: at, End: at + len(word)}, other)
}

func (g *generator) clause(n querystring.Node) {
	at := n.At()
	start, end := kql.Span{Start: at.Start, End: at.Start}, kql.Span{Start: at.End, End: at.End}
	switch n := n.(type) {
	case *querystring.Group:
		g.clauses(n)
	case *querystring.Words:
		if _, asks := querystring.Exists(n); !asks {
			g.shiftText(at, 1)
		}
	case *querystring.Prefix:
		g.add(search.Wildcard, kql.Span{Start: at.End - 1, End: at.End}, "")
		g.add(search.Wildcard, start, "*")
	case *querystring.Wild:
		if n.Pattern == "*" {
			return
		}
		for _, m := range []struct {
			has  bool
			end  kql.Span
			star kql.Span
		}{
			{strings.HasPrefix(n.Pattern, "*"), start, kql.Span{Start: at.Start, End: at.Start + 1}},
			{strings.HasSuffix(n.Pattern, "*") && !strings.HasSuffix(n.Pattern, `\*`), end, kql.Span{Start: at.End - 1, End: at.End}},
		} {
			if m.has {
				g.add(search.Wildcard, m.star, "")
			} else {
				g.add(search.Wildcard, m.end, "*")
			}
		}
	case *querystring.Range:
		g.bounds(n)
	}
}

// bounds takes bounds in or out, and moves those that are whole numbers.
func (g *generator) bounds(r *querystring.Range) {
	at := r.At()
	other := map[byte]string{'[': "{", '{': "[", ']': "}", '}': "]"}
	sides := [2]struct {
		place int
		text  string
		step  int64
	}{{at.Start, r.Low, 1}, {at.End - 1, r.High, -1}}
	for i, s := range sides {
		if r.Open[i] {
			continue
		}
		g.add(search.Number, kql.Span{Start: s.place, End: s.place + 1}, other[g.src[s.place]])
		if r.QuotedBounds[i] {
			continue
		}
		place := strings.Index(g.src[at.Start:at.End], s.text)
		if i == 1 {
			place = strings.LastIndex(g.src[at.Start:at.End], s.text)
		}
		if place < 0 {
			continue // written with escapes, so it is no number
		}
		value := kql.Span{Start: at.Start + place, End: at.Start + place + len(s.text)}
		g.shiftText(value, s.step)
	}
}

// shiftText moves a whole number, which may have a comparison in front.
func (g *generator) shiftText(at kql.Span, step int64) {
	raw := g.src[at.Start:at.End]
	number := strings.TrimLeft(raw, "<>=")
	if op := raw[:len(raw)-len(number)]; otherBound[op] != "" {
		g.add(search.Number, kql.Span{Start: at.Start, End: at.Start + len(op)}, otherBound[op])
		if op == "<" || op == ">=" {
			step = -step
		}
	}
	g.shiftNumber(kql.Span{Start: at.End - len(number), End: at.End}, number, step)
}

func (g *generator) shiftNumber(at kql.Span, text string, step int64) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text || len(text) > 15 {
		return
	}
	g.add(search.Number, at, strconv.FormatInt(n+step, 10))
}
