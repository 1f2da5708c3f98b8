// Package lucene matches strings the way Lucene's term, wildcard and regexp queries do, as Elasticsearch EQL uses them
// (eql/LANGUAGE.md 4.5, 4.6, 5.2): whole values, code points, case-insensitive by folding single code points.
//
// Invalid UTF-8 in a value counts as one U+FFFD per byte. Matchers are immutable after compilation and safe for
// concurrent use.
package lucene
