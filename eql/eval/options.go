package eval

import (
	"time"

	"github.com/rulevet/rulevet/event"
)

// Position says which end of the results a limit keeps.
type Position uint8

// Tail keeps the newest results, the default of Elasticsearch's API; Head the oldest. The order of the output is
// ascending in both cases.
const (
	Tail Position = iota
	Head
)

// Options are the request options of a search and the compatibility switches. The zero value is useful.
type Options struct {
	CategoryField   string // empty: event.category
	TimestampField  string // empty: @timestamp
	TiebreakerField string // empty: none, input order decides

	// Size limits the results before the pipes apply: nil is no limit (the API's own default is 10), 0 is no result.
	Size *int
	// ResultPosition is the end that Size keeps. A first pipe overrides it (LANGUAGE.md 8.3).
	ResultPosition Position
	// MaxSamplesPerKey is the number of samples for one key; 0 means 1.
	MaxSamplesPerKey int

	// LiteralNeedles takes "*", "?" and "\" in the needles of endsWith and stringContains on fields literally.
	LiteralNeedles bool
	// MappedOptional treats fields that the mapping lacks as fields that the events may have all the same: "?field" is not
	// the literal null then (LANGUAGE.md 4.3). Otherwise they have no values, whatever the events say.
	MappedOptional bool

	// Now is what "now" in a date literal means; zero is the time of Compile.
	Now time.Time
	// Layout receives the fields that the program reads, so that programs can share decoded records; nil makes a new one.
	Layout *event.Layout
	// Cache keeps what several programs of nearly the same query share; nil: nothing. It needs Layout, and Now.
	Cache *Cache
}

func (o *Options) category() string {
	if o.CategoryField == "" {
		return "event.category"
	}
	return o.CategoryField
}

func (o *Options) timestamp() string {
	if o.TimestampField == "" {
		return "@timestamp"
	}
	return o.TimestampField
}
