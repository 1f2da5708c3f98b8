// Package esql reads ES|QL, the piped query language of Elasticsearch: tokens, a tree with byte spans, a parser that
// finds all errors of a query, a formatter, and an analyser that gives every command its columns and every expression
// its type, and says what Elasticsearch 9.5 would refuse and why.
//
// LANGUAGE.md has the language as it is read, checked and run here. The functions, operators and casts stand in tables.txt, which "go generate" makes from a folder of facts.
package esql

//go:generate go run ./internal/gen/run.go -facts ../../shared/data/esql -out tables.txt
