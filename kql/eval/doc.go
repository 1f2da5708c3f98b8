// Package eval runs KQL over events. A query becomes what Kibana or Elasticsearch make of it, a query of the Query DSL that
// knows the types of the fields, and that one is compiled to the engine all languages share.
//
// Kibana's translation asks for the types of the fields that the query names: a keyword is compared as a term or a wildcard,
// a date as a range; everything else is left to match, match_phrase or query_string. Below braces it knows no types.
// Elasticsearch's own kql query looks at each field that a name stands for. Which of both a query means is its Flavor.
//
// # Without a mapping
//
// Fields that nothing is known of compare by the JSON kinds of their values: texts as keywords, numbers with texts that are
// numbers. An object exists if something below it has a value.
package eval
