package eql

// IssueID describes one value of Issue.ID.
type IssueID struct {
	ID    string
	Level Level // the usual level; an issue may deviate
	Title string
}

// IssueIDs lists every ID that Parse and Check report, parse errors first.
func IssueIDs() []IssueID {
	return []IssueID{
		{"syntax", Error, "the query is not EQL"},
		{"keyword-path", Error, "reserved word as a name without back-quotes"},
		{"array-index", Error, "array index"},
		{"process-relation", Error, "child of, descendant of, event of"},
		{"maxspan", Error, "maxspan has a wrong form or value"},
		{"maxspan-missing", Error, "missing event in a sequence without maxspan"},
		{"join-keys", Error, "join keys differ in number, or are no fields"},
		{"runs", Error, "runs has a wrong place or value"},
		{"single-stage", Error, "sequence of one stage"},
		{"missing-event", Error, "missing event where none can stand"},
		{"sample-size", Error, "sample of fewer than two clauses"},
		{"fork", Error, "fork of the old dialect"},
		{"pipe", Error, "unknown pipe, or wrong argument"},
		{"comment-nesting", Warning, "nested comment does not balance"},
		{"until-missing", Warning, "until with ![: the ! is ignored"},
		{"join", Error, "join is not supported"},
		{"unknown-field", Error, "field is not in the mapping"},
		{"unusable-field", Error, "object, nested, or a type that EQL does not support"},
		{"ambiguous-field", Warning, "field has different types in the indexes of the query"},
		{"text-field", Error, "text field without keyword sub-field"},
		{"unknown-function", Error, "function does not exist"},
		{"function-arguments", Error, "number or types of a function's arguments"},
		{"function-case", Warning, "~ on a function without case-insensitive form"},
		{"type-mismatch", Error, "operand or literal of the wrong type"},
		{"string-op-type", Error, "string operator on something else"},
		{"field-compare", Error, "comparison of two fields"},
		{"key-type", Error, "join keys of incompatible types"},
		{"cidr-type", Error, "cidrMatch on something else than an ip"},
		{"cidr-syntax", Error, "invalid block of cidrMatch"},
		{"div-zero", Error, "division by a constant zero"},
		{"fold-error", Error, "constant expression that fails"},
		{"const-condition", Warning, "condition that is always true, false or null"},
		{"eq-wildcard", Warning, "wildcard is literal with ==, != and in"},
		{"prefix-wildcard", Warning, "wildcard is literal in startsWith"},
		{"needle-wildcard", Warning, "wildcard or backslash in a needle of endsWith or stringContains"},
		{"indexof-negative", Warning, "indexOf is null, never -1"},
		{"regex-anchor", Warning, "anchor or flag in a regular expression is literal text"},
		{"regex-escape", Error, "letter after a backslash that is no class of Lucene"},
		{"regex-syntax", Error, "regular expression that Elasticsearch rejects"},
		{"regex-operator", Warning, "character that is an operator only in Lucene's regular expressions"},
		{"regex-range-fold", Warning, "range of one case in a regular expression that ignores case"},
		{"regex-length", Error, "regular expression over 1,000 characters"},
		{"contradiction", Warning, "conditions on one field that no value meets"},
		{"raw-double-backslash", Warning, "two backslashes in a raw string"},
		{"int-division", Warning, "quotient of whole numbers is cut off"},
		{"number-throws", Warning, "number() of text ends the search where it is no number"},
		{"case-literal", Warning, "text that a field in lower case never holds, or one text compared in two ways"},
		{"array-and", Warning, "bounds that two values of an array may meet"},
		{"key-nullable", Warning, "join key that is optional in one clause only"},
		{"until-same", Warning, "until ends every sequence that it could end"},
		{"regex-script-flavour", Warning, "Lucene's operator in a regular expression that is Java's"},
		{"regex-no-dotstar", Style, "regular expression that must cover a whole command line"},
		{"neq-missing", Style, "negative condition that is true for events without the field"},
		{"not-optional-null", Style, "negated test of an optional field"},
		{"runs-overlap", Style, "sequence of equal stages"},
		{"exists-by-star", Style, "pattern * asks for existence"},
		{"like-no-wildcard", Style, "like without a wildcard"},
		{"redundant-list", Style, "pattern is covered by another one"},
		{"trailing-missing", Warning, "sequence ends in a missing event"},
		{"no-join-key", Warning, "sequence without join keys"},
	}
}
