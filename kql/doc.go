// Package kql reads KQL, the query language of Kibana, in its two implementations: Kuery, Kibana's own, which runs
// detection rules, and Server, the "kql" query of Elasticsearch, which KQL() in ES|QL means. They differ in escapes, in
// grouping and in what a value may hold, so a query is parsed as the one or the other.
//
// Parse turns text into a tree with byte spans and goes on behind a mistake. Format writes a tree again, Check finds what
// fails, matches nothing or surprises against the fields of a schema. The package imports no schema, and does not run
// queries; kql/eval does. LANGUAGE.md has both implementations as they are read and run here, and Lucene's syntax.
package kql
