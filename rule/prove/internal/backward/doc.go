// Package backward finds events for which a pipeline of ES|QL gives rows. It goes from the end of the pipeline to its begin: what
// the conditions want of columns becomes what the definitions of the columns (EVAL, CASE, DISSECT, GROK) want of others, and what
// they want of the results of STATS becomes a set of rows in front of it: so many, with equal keys and different values.
//
// The search is not complete, and it does not know the functions of ES|QL: it guesses what arguments make a condition true, and
// asks the engine (package esql/eval) which of the guesses do. What it finds must be run through the rule all the same.
package backward
