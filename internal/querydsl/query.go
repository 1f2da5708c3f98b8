// Package querydsl is the part of Elasticsearch's Query DSL that detection rules become: KQL and Lucene queries are
// translated to it, filters are written in it. A tree of queries is compiled against the mapping of the events into a
// Program that decides one event at a time, as a search in Elasticsearch would decide about the document.
//
// Compile refuses what Elasticsearch refuses when the search begins (a text that is no number on a numeric field, a prefix
// on an address). As there, a clause that can match nothing because its field does not exist hides the errors of those
// that stand in "and" with it.
package querydsl

import "github.com/rulevet/rulevet/source"

// Span is a place in the text that a query comes from.
type Span = source.Span

// Query is a *Bool, *MatchAll, *MatchNone, *Term, *Terms, *Wildcard, *Prefix, *Regexp, *Fuzzy, *Range, *Exists, *Match,
// *MultiMatch, *QueryString, *Nested or *IDs.
type Query interface{ At() Span }

// Place is the span of a query in the text that it was made from; every query has one.
type Place struct{ Span Span }

// At is the span.
func (p Place) At() Span { return p.Span }

// ValueKind is the JSON kind of a value.
type ValueKind uint8

// Kinds of values.
const (
	String ValueKind = iota
	Number
	Boolean
	Null
)

// Value is a scalar of a query; Text is the string, or the number or boolean as JSON writes it.
type Value struct {
	Kind ValueKind
	Text string
}

// Text makes a string.
func Text(s string) Value { return Value{String, s} }

type (
	// Bool combines clauses: all of Must and Filter, none of MustNot, and MinShould of Should.
	Bool struct {
		Place
		Must, Filter, Should, MustNot []Query
		MinShould                     int // as the query states it; see need
	}
	// MatchAll matches everything.
	MatchAll struct{ Place }
	// MatchNone matches nothing.
	MatchNone struct{ Place }
	// Term is one value of a field, not analyzed.
	Term struct {
		Place
		Field string
		Value Value
		Fold  bool // case_insensitive
	}
	// Terms is one of several values.
	Terms struct {
		Place
		Field  string
		Values []Value
	}
	// Wildcard is a pattern of *, ? and \.
	Wildcard struct {
		Place
		Field, Pattern string
		Fold           bool
	}
	// Prefix is the beginning of a value.
	Prefix struct {
		Place
		Field, Value string
		Fold         bool
	}
	// Regexp is a regular expression of Lucene.
	Regexp struct {
		Place
		Field, Pattern string
		Fold           bool
	}
	// Fuzzy is a term with at most Edits changes of one character; Auto goes by its length.
	Fuzzy struct {
		Place
		Field, Value string
		Edits        int
		Prefix       int  // characters at the start that must agree
		Swap         bool // two neighbours that change places are one edit
	}
	// Range is an interval. Bounds that are nil are open.
	Range struct {
		Place
		Field            string
		GT, GTE, LT, LTE *Value
		TimeZone         string
		Format           string
	}
	// Exists asks for any value.
	Exists struct {
		Place
		Field string
	}
	// Match is a text, analyzed as the field is: one of its words, all of them (And), or the words in order (Phrase).
	Match struct {
		Place
		Field   string
		Value   Value
		Phrase  bool
		Prefix  bool // the last word of a phrase may go on
		And     bool
		Lenient bool
		Slop    int
		Fold    bool
	}
	// MultiMatch is a Match on several fields; none are all.
	MultiMatch struct {
		Place
		Fields  []string
		Value   Value
		Phrase  bool
		Prefix  bool // the last word of a phrase may go on
		And     bool
		Lenient bool
	}
	// QueryString is a text in Lucene's syntax; no Fields are all.
	QueryString struct {
		Place
		Fields   []string
		Query    string
		And      bool // the operator between words
		Lenient  bool
		TimeZone string
		Analyze  bool // analyze_wildcard: a prefix is analyzed as the field is
		Whole    bool // the source is this text: places in one are places in the other, and clauses are conditions of their own
	}
	// Nested is a query about single objects of a nested field.
	Nested struct {
		Place
		Path           string
		Query          Query
		IgnoreUnmapped bool
	}
	// IDs is a list of document ids.
	IDs struct {
		Place
		Values []string
	}
)

// Unset is a Bool.MinShould that the query does not state.
const Unset = -1

// Auto is a Fuzzy.Edits that goes by the length of the term: none up to 2 characters, one up to 5, else two.
const Auto = -1

// need is how many of Should must match. As in Lucene that is one at least where no other clause must match, whatever the query
// says, and more than there are match nothing; but where MustNot stands alone Elasticsearch asks for all documents beside it, and
// where nothing stands it asks for all.
func (q *Bool) need() int {
	switch alone := len(q.Must)+len(q.Filter) == 0; {
	case alone && len(q.Should) == 0:
		return 0
	case alone:
		return max(q.MinShould, 1)
	}
	return max(q.MinShould, 0)
}

// Any makes an "or".
func Any(at Span, list ...Query) *Bool { return &Bool{Place: Place{at}, Should: list, MinShould: 1} }

// All makes an "and".
func All(at Span, list ...Query) *Bool {
	return &Bool{Place: Place{at}, Filter: list, MinShould: Unset}
}

// None makes a negation.
func None(at Span, q Query) *Bool {
	return &Bool{Place: Place{at}, MustNot: []Query{q}, MinShould: Unset}
}
