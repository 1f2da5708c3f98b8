package kql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth = 200     // brackets inside one another
	maxQuery = 1 << 20 // bytes; the longest public query has 10 KB
	maxSlips = 20      // syntax errors that are reported
)

// Parse reads a query of a flavor. What cannot be read is a Bad node and an issue "query/syntax"; parsing goes on behind the
// next "and" or "or". The tree is not nil; issues are in source order. Issues of other codes concern what is legal KQL, but
// hardly meant (see Check for those that need the fields).
func Parse(query string, flavor Flavor) (*Query, []Issue) {
	q := &Query{Source: query, Flavor: flavor}
	if len(query) > maxQuery {
		return q, []Issue{{Code: "query/syntax", Level: Error, Message: fmt.Sprintf("the query has %d bytes, more than the limit of %d", len(query), maxQuery)}}
	}
	if i := invalidUTF8(query); i >= 0 {
		return q, []Issue{{Code: "query/syntax", Level: Error, Span: Span{Start: i, End: i + 1}, Message: "the query is not valid UTF-8"}}
	}
	read := parseKuery
	if flavor == Server {
		read = parseServer
	}
	var issues []Issue
	var nodes []Node
	for at := 0; ; {
		n, slip := read(query, at)
		if slip == nil {
			if n != nil {
				nodes = append(nodes, n)
			}
			break
		}
		issues = append(issues, *slip)
		place := max(slip.Span.Start, at)
		next := resume(query, place)
		bad := Span{Start: at, End: next.Start}
		if before := lastOperator(query, at, place); before.Start > at {
			if n, slip := read(query[:before.Start], at); slip == nil && n != nil {
				nodes = append(nodes, n)
				bad.Start = before.End
			}
		}
		nodes = append(nodes, &Bad{bad})
		if next.End >= len(query) || len(issues) == maxSlips {
			break
		}
		at = next.End
	}
	q.Root = joined(nodes)
	slices.SortStableFunc(issues, func(a, b Issue) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return q, issues
}

func joined(nodes []Node) Node {
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0]
	}
	return &And{Span{Start: nodes[0].Span().Start, End: nodes[len(nodes)-1].Span().End}, nodes}
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return -1
}

// resume finds the next "and" or "or" between blanks behind a syntax error, outside of quotes as far as that can be told:
// an odd quote before it is taken as the mistake itself.
func resume(s string, from int) Span {
	for i := from; i < len(s); i++ {
		if !isSpace(s[i]) {
			continue
		}
		for i+1 < len(s) && isSpace(s[i+1]) {
			i++
		}
		for _, word := range []string{"and", "or"} {
			end := i + 1 + len(word)
			if end < len(s) && strings.EqualFold(s[i+1:end], word) && isSpace(s[end]) {
				return Span{Start: i + 1, End: end}
			}
		}
	}
	return Span{Start: len(s), End: len(s)}
}

// lastOperator finds the last "and" or "or" between blanks before a place.
func lastOperator(s string, from, to int) (last Span) {
	for at := from; at < to; {
		next := resume(s[:min(to+4, len(s))], at)
		if next.End > to {
			break
		}
		last, at = next, next.End
	}
	return last
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func clip(s string) string {
	if r := []rune(s[:min(len(s), 400)]); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
