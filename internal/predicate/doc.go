// Package predicate decides what single events a query is about: one engine below all languages. It knows what Elasticsearch's
// query on one field matches, by the mapping type of the field, and links such leaves by and, or, not.
//
// A language compiles to it like this:
//
//	r := &predicate.Resolver{Fields: fields, Layout: layout, Open: true, Now: now}
//	f, err := r.Field("process.name")          // slot in the layout, class, ignore_above, date format, scale …
//	n, err := f.Equal(value)                   // term: == of the type; a block of addresses, the unit of a date
//	n, err = f.Compare(predicate.Lt, value)    // range with one bound
//	n, err = f.Between(predicate.Ge, &a, predicate.Lt, &b)
//	n, err = f.In(values)                      // terms
//	n, err = f.CIDR(blocks)
//	n = f.Exists()
//	n = f.Text(predicate.Wildcards(patterns, lucene.FoldASCII))   // also Literals, Prefix, Suffix, Contains, Regexps
//
// A leaf that does more than a query on one field, such as a script, is an Opaque that the language brings itself; it may fail.
// The tree of the query is a tree of Cond, which ties each Node to the span that it came from: NewLeaf, NewNot, NewAnd, NewOr.
// Constants are True and False, or a language's own Constant if it has a third value.
//
// From the Conds package search has coverage, explanations, near misses and the search for events, and from the Nodes the index over many
// programs, for every language. So a language gives each leaf its fields, and an Origin that knows its text and, of a list of
// alternatives, its members. Leaves name what they compute (LeafID), so that equal ones are evaluated once.
package predicate
