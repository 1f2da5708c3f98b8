package eql

import "fmt"

// Warnings about sequences and samples (LANGUAGE.md 6, 4).

func (c *checker) sequence(s *Sequence) {
	if n := len(s.Terms); n > 0 && s.Terms[n-1].Missing {
		c.report("query/trailing-missing", Warning, "", s.Terms[n-1].Range, "let the rule look back longer than maxspan",
			"the sequence ends in a missing event: it matches too early if the searched interval ends within maxspan")
	}
	if len(s.By) == 0 && len(s.Terms) > 0 && len(s.Terms[0].By) == 0 {
		c.report("query/no-join-key", Warning, "", s.Keyword, "write sequence by host.id …", "the sequence has no join key: events of unrelated hosts are combined")
	}
	c.overlap(s)
	if s.Until != nil {
		c.untilSame(s)
	}
}

// keyWidths warns of join keys that are numbers of different types: a sequence compares them as Java objects, and an Integer
// never equals a Long.
func (c *checker) keyWidths(s *Sequence) {
	terms := append(s.Terms[:len(s.Terms):len(s.Terms)], untilTerms(s.Until)...)
	if len(terms) == 0 {
		return
	}
	for _, t := range terms[1:] {
		for i, k := range t.By {
			if i >= len(terms[0].By) {
				break
			}
			first := terms[0].By[i]
			a, b := c.in.Type(first), c.in.Type(k)
			if a != b && a.Numeric() && b.Numeric() && !sameJavaType(a, b) {
				c.add(Issue{Code: "query/key-number-types", Level: Warning, Span: k.Span(), Hint: "join fields of one type",
					Message: fmt.Sprintf("join key %s has type %s, but %s has type %s: a sequence never finds them equal", c.text(k), b, c.text(first), a),
					Related: []Related{{Span: first.Span(), Message: "the other key"}}})
				return
			}
		}
	}
}

// sameJavaType tells whether values of two types meet as one Java type.
func sameJavaType(a, b Type) bool {
	small := func(t Type) bool { return t == TypeHalfFloat || t == TypeFloat }
	large := func(t Type) bool { return t == TypeScaledFloat || t == TypeDouble }
	return small(a) && small(b) || large(a) && large(b)
}

// overlap reports a sequence whose stages are all the same: a further event ends another match that shares all events
// but one with the match before it (LANGUAGE.md 6.5).
func (c *checker) overlap(s *Sequence) {
	if len(s.Terms) == 0 {
		return
	}
	first := termText(s.Terms[0])
	stages := 0
	for _, t := range s.Terms {
		if t.Missing || termText(t) != first {
			return
		}
		stages += t.Count()
	}
	if stages > 1 {
		c.report("query/runs-overlap", Style, "", s.Keyword, "suppress alerts by the join key, or add a last clause of another kind",
			"all %d stages are the same: every further event gives another, overlapping match", stages)
	}
}

// termText tells equal terms.
func termText(t *Term) string {
	var w printer
	w.filter(t.Filter)
	w.list(" by ", t.By, "")
	return w.String()
}

// untilSame reports an until that every event of a stage but the last meets: such an event ends the sequence that it
// has just entered, so that there is never a match (LANGUAGE.md 6.4).
func (c *checker) untilSame(s *Sequence) {
	until := conjuncts(s.Until.Filter)
	for i, t := range s.Terms {
		if i == len(s.Terms)-1 && t.Count() == 1 || t.Missing || !sameKeys(t.By, s.Until.By) {
			continue
		}
		if !implies(t.Filter, s.Until.Filter, until) {
			continue
		}
		c.add(Issue{Code: "query/until-same", Level: Warning, Span: s.Until.Filter.Range, Message: "every event of an earlier clause meets until too: the sequence never matches",
			Hint: "make the condition of until narrower", Related: []Related{{Span: t.Filter.Range, Message: "the clause"}}})
		return
	}
}

func sameKeys(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if FormatExpr(a[i]) != FormatExpr(b[i]) {
			return false
		}
	}
	return true
}

// conjuncts lists the texts of the conditions that a filter joins with and.
func conjuncts(f *EventQuery) map[string]bool {
	out := map[string]bool{}
	for _, e := range Operands(And, Unparen(f.Cond)) {
		if lit, ok := Unparen(e).(*Literal); ok && lit.Kind == BoolLiteral && lit.Bool {
			continue // true demands nothing
		}
		out[FormatExpr(Unparen(e))] = true
	}
	return out
}

// implies tells whether an event that meets the first filter surely meets the second, whose conjuncts are given.
func implies(first, second *EventQuery, conditions map[string]bool) bool {
	if c := second.Category; !c.Any && (first.Category.Any || first.Category.Name != c.Name) {
		return false
	}
	have := conjuncts(first)
	for text := range conditions {
		if !have[text] {
			return false
		}
	}
	return true
}

// mixedKeys reports a field that is a join key both with and without ?: the clauses do not agree about events that lack
// it (LANGUAGE.md 6.3).
func (c *checker) mixedKeys(terms []*Term) {
	first := map[string]*Field{}
	for _, t := range terms {
		for _, k := range t.By {
			f, ok := k.(*Field)
			if !ok {
				continue
			}
			if other := first[f.Name]; other == nil {
				first[f.Name] = f
			} else if other.Optional != f.Optional {
				c.add(Issue{Code: "query/key-nullable", Level: Warning, Span: f.Range, Message: "join key " + f.Name + " is optional in one clause and not in another",
					Hint: "write ? in all clauses or in none", Related: []Related{{Span: other.Range, Message: "the other clause"}}})
				return
			}
		}
	}
}
