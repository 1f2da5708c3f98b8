// Package eql is the Event Query Language as Elasticsearch 9 executes it: tokens, syntax tree, parser with recovery,
// formatter and type check. It knows nothing of files, rules, schemas or events: positions are byte offsets into the
// query text, and field types come through the Fields interface. Evaluation is package eval.
package eql
