package querydsl

// truth is what Elasticsearch knows of a query before it looks at any document.
type truth uint8

const (
	undecided truth = iota
	matchesAll
	matchesNone
)

// constantOf finds out whether a query is rewritten to match_all or match_none before the search begins. Only then are the
// errors of the clauses around it never seen.
func (c *compiler) constantOf(q Query) truth {
	switch q := q.(type) {
	case *MatchAll:
		return matchesAll
	case *MatchNone:
		return matchesNone
	case *Bool:
		return q.constant(c)
	case *Nested:
		if c.constantOf(q.Query) == matchesNone {
			return matchesNone
		}
	case *Term:
		return c.missing(q.Field)
	case *Terms:
		return c.missing(q.Field)
	case *Wildcard:
		return c.missing(q.Field)
	case *Prefix:
		return c.missing(q.Field)
	case *Range:
		return c.missing(q.Field)
	case *Exists:
		if q.Field == "_id" || q.Field == "_index" {
			return undecided
		}
		if f, err := c.field(q.Field); err == nil && (f.kind == unmapped || f.kind == objects) && len(c.expand(q.Field+".*")) == 0 && len(c.expand(q.Field)) == 0 {
			return matchesNone
		}
	}
	return undecided
}

func (c *compiler) missing(name string) truth {
	if f, err := c.field(name); err == nil && f.kind == unmapped {
		return matchesNone
	}
	return undecided
}

func (q *Bool) constant(c *compiler) truth {
	if len(q.Must)+len(q.Filter)+len(q.Should)+len(q.MustNot) == 0 {
		return matchesAll
	}
	for _, list := range [][]Query{q.Must, q.Filter} {
		for _, m := range list {
			if c.constantOf(m) == matchesNone {
				return matchesNone
			}
		}
	}
	for _, m := range q.MustNot {
		if c.constantOf(m) == matchesAll {
			return matchesNone
		}
	}
	if len(q.Must)+len(q.Filter) == 0 && len(q.Should) > 0 {
		for _, s := range q.Should {
			if c.constantOf(s) != matchesNone {
				return undecided
			}
		}
		return matchesNone
	}
	return undecided
}

// early reports a query whose values are read before the search is simplified, or while it is: nothing hides their errors.
func (c *compiler) early(q Query) bool {
	switch q := q.(type) {
	case *Range:
		f, err := c.field(q.Field)
		return err == nil && f.kind == dates
	case *Term:
		return q.Value.Kind == Null
	case *Match:
		return q.Value.Kind == Null
	case *MultiMatch:
		return q.Value.Kind == Null
	}
	return false
}
