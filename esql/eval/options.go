package eval

import (
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/event"
)

// Options say what a query runs on.
type Options struct {
	// Indexes are the indexes that FROM can name, with their fields.
	Indexes  []*Index
	Lookups  map[string]*Table  // those of LOOKUP JOIN, by index name
	Policies map[string]*Policy // those of ENRICH, by policy name
	// Layout receives the fields that the query reads; nil makes a new one.
	Layout *event.Layout
	// Open says that indexes may have fields that are not listed: a pattern of names that none fits is no error.
	Open bool
	// AnyIndex reads events whatever their _index: whoever feeds them has chosen them. It is seen by the query only.
	AnyIndex bool
	// Now is the time of NOW().
	Now time.Time
	// V8 follows Elasticsearch 8.19 where its results differ from 9.5's.
	V8 bool
	// NoRowLimit leaves out the limits that Elasticsearch sets by itself: 1000 rows without a LIMIT, 10000 with one.
	NoRowLimit bool
	// Answer is the model that COMPLETION asks: its answer to a prompt, ok false if it has none. Nil: such a query is not run.
	Answer func(prompt string) (answer string, ok bool)
}

// Index is what the fields of an index are.
type Index struct {
	Name   string  // as in _index, or a pattern; empty: of all events that have none, and of those that no other index fits
	Fields []Field // of the mapping, by full name
	Closed bool    // documents add no fields to the mapping
}

// Field is a field of an index as its mapping has it.
type Field struct {
	Name string // full path, with dots
	// Type is the mapping's type: "keyword", "long", "scaled_float".
	Type string
	// Source is the field whose values this one has: the target of an alias, the parent of a multi-field. Empty: its own.
	Source string
	// CopiedFrom are fields whose values are copied to this one.
	CopiedFrom []string
	// Format is that of a date; IgnoreAbove drops longer texts; NullValue stands for an explicit null.
	Format      string
	IgnoreAbove int    // texts with more characters are not indexed; 0: no limit
	NullValue   string // stands for an explicit null, if HasNull
	HasNull     bool   // says that the mapping has a null_value
	// Constant is the value of a constant_keyword.
	Constant string
	// Lowercase is set if a normalizer makes letters small.
	Lowercase bool
	// Scale is the factor of a scaled_float.
	Scale float64
	// Unsorted is set if the field has no doc values: its values come in the order of the document.
	Unsorted bool
}

// Table is a lookup index: rows of values by column.
type Table struct {
	Fields []Field // columns, as a mapping has them
	// Docs are the documents, JSON objects.
	Docs [][]byte
}

// Policy is an ENRICH policy with its table.
type Policy struct {
	Type       string   // "match", "range", "geo_match"
	MatchField string   // field of the table that is compared
	Fields     []string // that it adds; empty: all of the table
	Table      *Table   // rows of the policy's enrich index
}

// typeOf maps the type of a mapping to that of a column; ok is false for what is no column.
func typeOf(mapping string, v8 bool) (t block.Type, ok bool) {
	switch mapping {
	case "keyword", "constant_keyword", "wildcard", "counted_keyword":
		return block.Keyword, true
	case "text", "match_only_text", "semantic_text", "search_as_you_type", "annotated_text", "pattern_text":
		return block.Text, true
	case "byte", "short", "integer":
		return block.Integer, true
	case "long":
		return block.Long, true
	case "unsigned_long":
		return block.UnsignedLong, true
	case "half_float", "float", "double", "scaled_float":
		return block.Double, true
	case "flattened":
		if v8 {
			return block.Unsupported, true
		}
		return block.Flattened, true
	case "date_range", "histogram", "dense_vector", "aggregate_metric_double":
		if v8 {
			return block.Unsupported, true
		}
		t, _ = block.ParseType(mapping)
		return t, true
	case "object", "nested", "passthrough", "group", closedObject, "":
		return block.Null, false
	case "date":
		return block.Date, true
	case "date_nanos":
		return block.DateNanos, true
	case "boolean":
		return block.Boolean, true
	case "ip":
		return block.IP, true
	case "version":
		return block.Version, true
	case "geo_point":
		return block.GeoPoint, true
	case "geo_shape":
		return block.GeoShape, true
	case "point":
		return block.CartesianPoint, true
	case "shape":
		return block.CartesianShape, true
	}
	return block.Unsupported, true
}
