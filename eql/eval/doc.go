// Package eval runs EQL queries over events the way Elasticsearch does: event queries, sequences, samples, pipes, and
// the explanation why something did not match. It knows nothing of files and schemas; types come with eql.Info.
package eval
