// Package eval runs ES|QL queries on events, as Elasticsearch's compute engine does.
//
// Compile takes a query that package esql accepts and the fields of the indexes it reads; a Run takes events, decoded with
// the program's layout, and gives a table. Columns go through the commands in batches; nothing is kept but what a command
// needs: the groups of STATS, the rows of SORT and INLINE STATS with the columns that are still read, one batch elsewhere.
//
// # What is not run
//
// An Error with NotRun says so: COMPLETION without given answers, RERANK, CATEGORIZE, CHANGE_POINT, FUSE, MMR, SAMPLE, PROMQL,
// time series, subqueries, URI_PARTS and its like; functions of vectors, ranges and shapes; ST_CENTROID_AGG and ST_EXTENT_AGG.
//
// # Choices
//
// An event without an _id has its number from 1 as _id. COUNT_DISTINCT, PERCENTILE and MEDIAN are exact, however many
// values there are; Elasticsearch estimates beyond some thousands. The order of rows without SORT is that of the events, the
// order of the values of VALUES that in which they came. Regular expressions of REPLACE and GROK end with an error after
// many steps. Points read from events have the precision that they are written in. ENRICH and LOOKUP JOIN read tables that
// the caller gives.
//
// Options.V8 follows Elasticsearch 8.19 where it differs from 9.5: ABS of the least number and impossible dates fail the query
// there, flattened fields and a field that is date here and date_nanos there cannot be used.
package eval
