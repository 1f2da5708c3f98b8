package querydsl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/rulevet/rulevet/internal/querystring"
)

// Marshal writes a query as the JSON of the Query DSL.
func Marshal(q Query) []byte {
	out, err := json.Marshal(tree(q))
	if err != nil { // cannot be: the tree is made of maps, lists and texts
		return nil
	}
	return out
}

// Canonical writes a query so that the order of clauses, repeated ones and brackets make no difference.
func Canonical(q Query) string {
	if text, ok := q.(*QueryString); ok && len(text.Fields) == 0 {
		if parsed, err := querystring.Parse(text.Query, text.And); err == nil && parsed.Root != nil {
			return "lucene " + canonicalText(parsed.Source, parsed.Root)
		}
	}
	b, ok := q.(*Bool)
	if !ok {
		return string(Marshal(q))
	}
	must, should := b.flat()
	parts := map[string][]string{"must": must, "should": should}
	for _, n := range b.MustNot {
		parts["not"] = append(parts["not"], Canonical(n))
	}
	min := b.need()
	if min == 0 {
		parts["should"] = nil
	}
	for k, list := range parts {
		slices.Sort(list)
		if k != "should" || min == 1 { // else a clause that stands twice counts twice
			parts[k] = slices.Compact(list)
		}
	}
	if min == 1 && len(parts["should"]) == 1 {
		parts["must"] = append(parts["must"], parts["should"][0])
		parts["should"] = nil
	}
	if len(parts["must"]) == 1 && len(parts["should"])+len(parts["not"]) == 0 {
		return parts["must"][0]
	}
	return fmt.Sprintf("and%q or%d%q not%q", parts["must"], min, parts["should"], parts["not"])
}

// flat lists the clauses that must and should match, those of brackets of the same kind among them.
func (q *Bool) flat() (must, should []string) {
	for _, list := range [][]Query{q.Must, q.Filter} {
		for _, c := range list {
			if b, ok := c.(*Bool); ok && len(b.Should)+len(b.MustNot)+b.need() == 0 {
				m, _ := b.flat()
				must = append(must, m...)
				continue
			}
			must = append(must, Canonical(c))
		}
	}
	for _, c := range q.Should {
		if b, ok := c.(*Bool); ok && len(b.Must)+len(b.Filter)+len(b.MustNot) == 0 && b.need() == 1 && q.need() == 1 {
			_, s := b.flat()
			should = append(should, s...)
			continue
		}
		should = append(should, Canonical(c))
	}
	return must, should
}

type object = map[string]any

func tree(q Query) any {
	switch q := q.(type) {
	case *Bool:
		return object{"bool": q.tree()}
	case *MatchNone:
		return object{"match_none": object{}}
	case *Term:
		return leafTree("term", q.Field, object{"value": q.Value.tree()}, q.Fold)
	case *Terms:
		var list []any
		for _, v := range q.Values {
			list = append(list, v.tree())
		}
		return object{"terms": object{q.Field: list}}
	case *Wildcard:
		return leafTree("wildcard", q.Field, object{"value": q.Pattern}, q.Fold)
	case *Prefix:
		return leafTree("prefix", q.Field, object{"value": q.Value}, q.Fold)
	case *Regexp:
		return leafTree("regexp", q.Field, object{"value": q.Pattern}, q.Fold)
	case *Fuzzy:
		o := object{"value": q.Value}
		if q.Edits != Auto {
			o["fuzziness"] = q.Edits
		}
		return leafTree("fuzzy", q.Field, o, false)
	case *Range:
		return q.tree()
	case *Exists:
		return object{"exists": object{"field": q.Field}}
	case *Match:
		return q.tree()
	case *MultiMatch:
		kind := "best_fields"
		switch {
		case q.Phrase && q.Prefix:
			kind = "phrase_prefix"
		case q.Phrase:
			kind = "phrase"
		}
		o := object{"type": kind, "query": q.Value.tree(), "lenient": q.Lenient}
		if q.And {
			o["operator"] = "and"
		}
		if len(q.Fields) > 0 {
			o["fields"] = q.Fields
		}
		return object{"multi_match": o}
	case *QueryString:
		o := object{"query": q.Query}
		if len(q.Fields) > 0 {
			o["fields"] = q.Fields
		}
		if q.Analyze {
			o["analyze_wildcard"] = true
		}
		if q.And {
			o["default_operator"] = "and"
		}
		if q.Lenient {
			o["lenient"] = true
		}
		if q.TimeZone != "" {
			o["time_zone"] = q.TimeZone
		}
		return object{"query_string": o}
	case *Nested:
		return object{"nested": object{"path": q.Path, "query": tree(q.Query), "score_mode": "none"}}
	case *IDs:
		return object{"ids": object{"values": q.Values}}
	}
	return object{"match_all": object{}}
}

func leafTree(kind, field string, o object, fold bool) any {
	if fold {
		o["case_insensitive"] = true
	}
	return object{kind: object{field: o}}
}

func (v Value) tree() any {
	switch v.Kind {
	case Null:
		return nil
	case Boolean:
		return v.Text == "true"
	case Number:
		if json.Valid([]byte(v.Text)) {
			return json.Number(v.Text)
		}
		if f, err := strconv.ParseFloat(v.Text, 64); err == nil {
			return f
		}
	}
	return v.Text
}

func (q *Bool) tree() object {
	o := object{}
	for name, list := range map[string][]Query{"must": q.Must, "filter": q.Filter, "should": q.Should, "must_not": q.MustNot} {
		if len(list) == 0 {
			continue
		}
		var out []any
		for _, c := range list {
			out = append(out, tree(c))
		}
		o[name] = out
	}
	if q.MinShould != Unset {
		o["minimum_should_match"] = q.MinShould
	}
	return o
}

func (q *Range) tree() any {
	o := object{}
	for name, v := range map[string]*Value{"gt": q.GT, "gte": q.GTE, "lt": q.LT, "lte": q.LTE} {
		if v != nil {
			o[name] = v.tree()
		}
	}
	if q.TimeZone != "" {
		o["time_zone"] = q.TimeZone
	}
	if q.Format != "" {
		o["format"] = q.Format
	}
	return object{"range": object{q.Field: o}}
}

func (q *Match) tree() any {
	kind := "match"
	switch {
	case q.Phrase && q.Prefix:
		kind = "match_phrase_prefix"
	case q.Phrase:
		kind = "match_phrase"
	}
	if !q.And && !q.Lenient && q.Slop == 0 {
		return object{kind: object{q.Field: q.Value.tree()}}
	}
	o := object{"query": q.Value.tree()}
	if q.And {
		o["operator"] = "and"
	}
	if q.Lenient {
		o["lenient"] = true
	}
	if q.Slop > 0 {
		o["slop"] = q.Slop
	}
	return object{kind: object{q.Field: o}}
}

// blankClause reports a clause in which a text field finds no word: there it is left out, and another decides.
func blankClause(g *querystring.Group) bool {
	for _, c := range g.Clauses {
		text := "x"
		switch n := c.Node.(type) {
		case *querystring.Words:
			text = n.Text
		case *querystring.Phrase:
			text = n.Text
		case *querystring.Group:
			if blankClause(n) {
				return true
			}
		}
		if len(wordsOf(text)) == 0 {
			return true
		}
	}
	return false
}

// canonicalText names what a part of a text in Lucene's syntax matches. Beside clauses that must match, those that should only score.
func canonicalText(src string, n querystring.Node) string {
	g, ok := n.(*querystring.Group)
	if !ok {
		return fmt.Sprintf("%q:%s", n.On().Name, src[n.At().Start:n.At().End])
	}
	parts := map[querystring.Occur][]string{}
	for _, c := range g.Clauses {
		parts[c.Occur] = append(parts[c.Occur], canonicalText(src, c.Node))
	}
	for k, list := range parts {
		slices.Sort(list)
		parts[k] = slices.Compact(list)
	}
	must, should, not := parts[querystring.Must], parts[querystring.Should], parts[querystring.MustNot]
	switch {
	case len(must) > 0 && !blankClause(g):
		should = nil
	case len(should) == 1:
		must, should = should, nil
	}
	if len(must) == 1 && len(not) == 0 {
		return must[0]
	}
	return fmt.Sprintf("(and %s or %s not %s)", must, should, not)
}
