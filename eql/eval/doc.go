// Package eval runs EQL queries over events the way Elasticsearch does: event queries, sequences, samples, pipes, and
// the explanation why something did not match. It knows nothing of files and schemas; types come with eql.Info.
//
// Deliberate choices, where Elasticsearch's texts and tests leave the behavior open (spec/eql.md 11 and 12):
//
//   - Case folds by Unicode's simple folding; Options.ASCIIFold takes ASCII letters only, as Lucene did before 10.5.
//   - Strings are ordered by code point everywhere; upstream scripts use UTF-16 order.
//   - The needles of endsWith and stringContains on a field are wildcard patterns unless Options.LiteralNeedles is set.
//   - An unmapped "?field" is the literal null, which prevails over its neighbors; Options.MappedOptional makes it a
//     field that every event lacks. "not ?m" of an unmapped boolean is null.
//   - In "and" and "or" the leaves that need no script run first; a script that fails ends the search.
//   - "between" follows upstream's folding cases: null if a side is not found, an empty left is the start of the string.
//   - Sequences that one event completes come in ascending order of their key tuples; integer keys of different widths
//     are equal if their numbers are. Of several tiebreakers of one event the smallest counts.
//   - An until event whose key is null stops sequences with a null key.
//   - In a sample (y,x) is not another sample than (x,y); head and tail both take its first results.
//   - The size of the request applies before the pipes, and these one after another.
//
// Without a mapping a value compares by its JSON kind: a text compares with the text of a number literal, a number compares
// with a text literal that is one, string operators take the text of a number or boolean, ip addresses are plain text, and an
// object counts as missing. An event without a timestamp sorts last, and is an error in a sequence.
package eval
