// Package eval runs EQL queries over events the way Elasticsearch does: event queries, sequences, samples, pipes, and
// the explanation why something did not match. It knows nothing of files and schemas; types come with eql.Info.
//
// A Program is one compiled query and a Run its search over a stream of events. A Set searches one stream for many
// programs, at a cost that hardly grows with their number.
//
// # Deliberate choices
//
// The language is described in eql/LANGUAGE.md; verdicts are those of Elasticsearch 9.5.3. Where its sources and tests
// leave the behavior open, or its answer looks accidental, this is what is done.
//
// Null and missing values:
//
//   - An unmapped "?field" is the literal null, which prevails over its neighbors, and as a join key always null, whatever
//     the document holds; Options.MappedOptional makes it a field that events may have. "not ?m" of an unmapped boolean
//     is null, so it matches nothing.
//   - Whatever folds to null counts as null in a comparison: length(?m) == 3 is false, length(?m) > 3 null. A condition
//     compared with true or false is the condition or its negation, unless it folds to null.
//   - ?m like "*" and ?m regex ".*" are null, like any pattern with an operator; one that denotes a single string is an
//     equality and false. An operator is what Lucene's syntax tree has one for; a list of regular expressions is one.
//   - Nulls in a list are dropped; "f : null" is false, "f like null" and "f regex null" are errors.
//   - A script with a null argument is false, so its negation is true; "script != null" over arrays asks for one
//     combination of values that is not null.
//
// Strings and patterns:
//
//   - On fields ":", like~, in~ and functions with "~" fold A to Z only, regex~ folds Unicode (simple folding, as Lucene has it
//     since 10.2.2: an İ in the pattern matches i, not the other way round). On computed values equality is Java's
//     compareToIgnoreCase, functions with "~" lower both sides as Java does, and patterns fold A to Z.
//   - Strings are ordered by code point everywhere; upstream scripts use UTF-16 order.
//   - The needles of endsWith and stringContains on a field are wildcard patterns unless Options.LiteralNeedles is set; a
//     backslash at the end of a needle of stringContains makes the star behind it a character. An empty needle is true.
//   - "*", "?" and "." stop at line breaks on computed values, not on fields. Regular expressions on computed values are
//     Java's; look-around, back-references, possessive quantifiers and class intersection are errors.
//   - "regex~" with a pattern that denotes one text folds Unicode too, though upstream makes an equality of it.
//   - "between" of a text without its delimiters is "", with an empty delimiter the text; null delimiters are an error;
//     a greedy right that lies before its left gives "", where upstream throws. A null start of substring leaves the text as
//     it is, the null start of indexOf is 0; indexOf of an empty text beyond the end is null.
//   - A date prints as Java's ZonedDateTime does, an address in its canonical form.
//
// Types:
//
//   - in with texts on an ip, date, version or boolean field is refused by the type check (eql.Check), as by EQL's; the query
//     below it would take them, and so does Compile.
//   - Dates compare with what the literal gives: "<" and ">=" with its start, "<=" and ">" with its end, for which hours and
//     what is below are filled up, so that a year stands for its first day; a fraction is exact, and so is what follows "||"
//     but for rounding. Numbers are epoch milliseconds. Names of regions ("Europe/Paris") are those of the system.
//   - A number that the field cannot hold is an error in ranges and lists, and equals nothing. Text literals are read as the
//     mapper reads them: by Java's Double.parseDouble for all but long and unsigned_long. An unsigned_long equals no text
//     that is no whole number (read in source: the oracle lacks the type).
//   - A float compares after rounding the literal as the field was rounded, a half_float in equalities only; a script sees
//     the rounded value as a double. Minus zero is below zero. A scaled_float is rounded by the factor of its mapping; the
//     catalog gives none, so there it compares as a double. In a script NaN equals itself and is more than any number.
//   - IPv4 addresses are mapped into IPv6, so ::/0 holds all; a block without a length is one address.
//   - Versions order as semantic versions, what is none comes after them, the empty text last; they are equal if their texts
//     are.
//   - Integer arithmetic that overflows is an error: of 32 bits among literals, length and indexOf, of 64 with a field.
//   - Events that lack a constant_keyword have the value that the mapping of --schema gives it; that of the catalog is not
//     added, because a rule searches many indexes.
//
// Order of evaluation: in "and" and "or" the leaves that need no script run first; a script that fails ends the search.
// A search that no event can satisfy (a size of 0, a condition that folds to false or null) is not run, so it does not
// fail either.
//
// Sequences and samples:
//
//   - A condition that mentions a join key and no other field holds for the other steps too, unless it is an "or", which
//     lists of patterns are. Steps that must be missing receive conditions and give none; until does neither.
//   - Sequences that one event completes come in ascending order of their key tuples: null, booleans, numbers, dates,
//     addresses, strings, versions. Numbers of fields of different types are never equal in a sequence; where a type is not
//     known, numbers are equal if their values are. They print as the field of the first step does: of a floating-point field
//     whole ones too as "5.0".
//   - Several tiebreakers of one event are an error in a sequence; events without one come last.
//   - An until event whose key is null stops sequences with a null key. The "!" of "until ![" is ignored. With runs all but
//     the last until are ordinary steps; an event that meets such a step and until completes, as elsewhere.
//   - Missing events are compared by their milliseconds, also on date_nanos; maxspan is compared in nanoseconds. A missing
//     step whose condition is never true is never present.
//   - In a sample (y,x) is another sample than (x,y); events are taken in input order. A sample needs no timestamps. Dates
//     print as epoch milliseconds in its keys, as ISO in those of sequences.
//   - The size of the request applies before the pipes, and these one after another.
//
// # Without a mapping
//
// A value compares by its JSON kind: a text compares with the text of a number literal, a number compares with a text
// literal that is a decimal number, string operators take the text of a number or boolean, ip addresses are plain text, and
// an object counts as missing. A whole number is one join key however it is written (5, 5.0, 5e0) and prints as an integer.
// Only the timestamp is a date. An event without a timestamp sorts last, and is an error in a
// sequence; several timestamps count as none.
//
// # Limits
//
// One script leaf tries at most 1,048,576 combinations of values on one event, fewer if it mentions more than four fields;
// an event takes part in a step with at most 10,000 combinations of join keys: more is an error. Further samples of one key
// are searched for until 262,144 choices have been tried. Elasticsearch has no such limits, but runs out of time or memory.
package eval
