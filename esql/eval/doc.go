// Package eval runs ES|QL queries on events, as Elasticsearch's compute engine does.
//
// Compile takes a query that package esql accepts and the fields of the indexes it reads; a Run takes events, decoded with
// the program's layout, and gives a table. Columns go through the commands in batches; nothing is kept but what a command
// needs: the groups of STATS, the rows of SORT, one batch elsewhere.
//
// Not run: COMPLETION and RERANK without given answers, CATEGORIZE, CHANGE_POINT, SAMPLE, time series commands, subqueries,
// and the functions for vectors, ranges and shapes.
package eval
