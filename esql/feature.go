package esql

import (
	"slices"
	"strings"
)

// Feature is something in a query that older releases do not have.
type Feature struct {
	What string // "function SPLIT", "command FORK"
	Span Span   // where the query uses it
	// Absent are the releases known not to have it.
	Absent Versions
}

// Features lists what in a query older releases do not have, in source order.
func Features(q *Query) []Feature {
	var out []Feature
	add := func(what string, at Span, absent Versions) {
		if absent != 0 {
			out = append(out, Feature{what, at, absent})
		}
	}
	for _, s := range q.Settings {
		add("SET", s.Range, V8_19|V9_1)
	}
	made := map[string]bool{} // columns that EVAL has made so far
	for n := range Preorder(q) {
		switch n := n.(type) {
		case *Call:
			if f := LookupFunc(n.Name); f != nil {
				add("function "+strings.ToUpper(f.Name), n.NameRange, (V8_19|V9_1|V9_4|V9_5)&^f.Since)
			}
			switch {
			case n.Name == "top" && len(n.Args) == 2:
				add("TOP with two arguments", n.Range, V8_19)
			case (n.Name == "match" || n.Name == "match_phrase") && len(n.Args) > 0:
				searched(n.Args[0], made, add)
			}
		case *Match:
			searched(n.Field, made, add)
		case *Binary:
			if n.Op.Comparison() && isNull(n.X) != isNull(n.Y) {
				add("a comparison with null", n.Range, V8_19)
			}
		case *Eval:
			for _, f := range n.Fields {
				if f.Target != nil {
					made[f.Target.Name] = true
				}
			}
		case *Row:
			earlierColumns(n, add)
		case *Like:
			if n.List && n.Regex {
				add("RLIKE with a list", n.Range, V8_19)
			}
		case *In:
			switch {
			case n.Query != nil:
				add("a subquery in IN", n.Query.Range, V8_19)
			case isNull(n.X) && !slices.ContainsFunc(n.List, isNull):
				add("a comparison with null", n.Range, V8_19)
			}
		case *From:
			for _, s := range n.Sources {
				if sub, ok := s.(*Subquery); ok {
					add("a subquery in FROM", sub.Range, V8_19)
				}
			}
			for _, m := range n.Metadata {
				if m.Text == "_size" {
					add("metadata field _size", m.Range, V8_19)
				}
			}
		case *Completion:
			if n.Options != nil {
				add("COMPLETION with a map of options", n.KeywordRange, V8_19)
			}
		}
		if c, ok := n.(Command); ok {
			commandFeature(c, add)
		}
	}
	return out
}

func isNull(x Expr) bool {
	lit, ok := Unparen(x).(*Literal)
	return ok && lit.Kind == NullLiteral
}

// searched notes a full-text search in a column that the query has made.
func searched(field Expr, made map[string]bool, add func(string, Span, Versions)) {
	if c, ok := Unparen(field).(*Column); ok && made[c.Name] {
		add("a full-text search in the computed column "+c.Name, c.Range, V8_19)
	}
}

// earlierColumns notes the columns of ROW that a later one uses.
func earlierColumns(r *Row, add func(string, Span, Versions)) {
	made := map[string]bool{}
	for _, f := range r.Fields {
		for n := range Preorder(f.X) {
			if c, ok := n.(*Column); ok && made[c.Name] {
				add("an earlier column within ROW", c.Range, V8_19)
			}
		}
		if f.Target != nil {
			made[f.Target.Name] = true
		}
	}
}

func commandFeature(c Command, add func(string, Span, Versions)) {
	h := c.(interface{ commandHead() *head }).commandHead()
	switch word := h.word; word {
	case "FORK":
		add("command FORK", h.KeywordRange, V8_19)
	case "TS", "PROMQL", "FUSE", "MMR", "METRICS_INFO", "TS_INFO", "URI_PARTS", "USER_AGENT", "REGISTERED_DOMAIN", "RERANK", "INLINE STATS", "INLINESTATS":
		add("command "+word, h.KeywordRange, V8_19|V9_1)
	case "IP_LOCATION":
		add("command "+word, h.KeywordRange, V8_19|V9_1|V9_4)
	}
	switch c := c.(type) {
	case *Limit:
		if len(c.By) > 0 {
			add("LIMIT … BY", h.KeywordRange, V8_19)
		}
	case *Grok:
		if len(c.Patterns) > 1 {
			add("GROK with several patterns", h.KeywordRange, V8_19)
		}
	case *LookupJoin:
		if len(c.On) > 1 {
			add("LOOKUP JOIN on several fields", h.KeywordRange, V8_19)
		} else if len(c.On) == 1 {
			if _, ok := Unparen(c.On[0]).(*Column); !ok {
				add("LOOKUP JOIN on a condition", h.KeywordRange, V8_19)
			}
		}
	}
}

// Lacks tells whether the release major.minor is known to lack what the releases lack.
func (absent Versions) Lacks(major, minor int) bool {
	at := func(a, b int) bool { return major < a || major == a && minor <= b }
	switch {
	case at(8, 19):
		return absent&V8_19 != 0
	case at(9, 1):
		return absent&V9_1 != 0
	case at(9, 4):
		return absent&V9_4 != 0
	}
	return absent&V9_5 != 0 && at(9, 5)
}
