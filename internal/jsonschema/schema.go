// Package jsonschema holds values to JSON Schemas of the drafts 4, 6, 7, 2019-09 and 2020-12, and says of each value that
// breaks one where it is and why. Formats are asserted in all drafts.
//
// It is here because the libraries there are compile the schemas of all drafts when a program starts, which takes longer than
// linting a rule. A test holds it to one of them.
package jsonschema

import (
	"fmt"
	"math/big"
	"regexp"
)

// Schema is a compiled schema. It may be used by several goroutines.
type Schema struct {
	// Properties, Items and Refs are for those who ask what a schema describes: the schemas of named members, of the elements of an
	// array beyond Prefix, and those that hold for the same value too.
	Properties map[string]*Schema
	Items      *Schema
	Also       []*Schema

	never bool // the schema false
	base  *resource

	types                            []string
	enum                             []any
	constant                         *any
	minimum, maximum                 *bound
	multipleOf                       *big.Rat
	minLength, maxLength             *int
	minItems, maxItems               *int
	minProperties, maxProperties     *int
	minContains, maxContains         *int
	pattern                          *regexp.Regexp
	format                           string
	prefix                           []*Schema
	contains                         *Schema
	containsCounts                   bool // what contains holds for is evaluated
	unique                           bool
	required                         []string
	patternProperties                []patternSchema
	additional                       *Schema
	propertyNames                    *Schema
	dependentRequired                map[string][]string
	dependentSchemas                 map[string]*Schema
	allOf, anyOf, oneOf              []*Schema
	not, condition, then, otherwise  *Schema
	ref, dynamicRef                  *Schema
	dynamicAnchor                    string // "#" and the anchor for which dynamicRef takes what the outermost resource has
	unevaluatedItems, unevaluatedTab *Schema
}

// bound is the limit of a number.
type bound struct {
	at   *big.Rat
	open bool
	text string // as the schema writes it
}

type patternSchema struct {
	pattern *regexp.Regexp
	schema  *Schema
}

// Error says what is wrong with a schema.
type Error struct {
	At      string // JSON pointer into the document, "/" for the whole
	Message string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("not a JSON Schema: %s: %s", e.At, e.Message) }

// Failure is a value that breaks a schema.
type Failure struct {
	Path    []string // to the value: members and indexes
	Keyword string   // that it breaks
	Message string   // why, one line
	Keys    []string // members that may not be there
	Values  []string // texts of which it should be one
}
