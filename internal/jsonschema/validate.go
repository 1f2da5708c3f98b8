package jsonschema

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds schemas that refer to themselves for one value.
const maxDepth = 1000

// Validate lists what of a value breaks the schema; nothing if it holds. Values are map[string]any, []any, string, bool, nil,
// float64, int64 and json.Number.
func (s *Schema) Validate(x any) []Failure {
	v := &validator{}
	v.check(s, x, nil, nil)
	return v.found
}

type validator struct {
	found []Failure
	scope []*resource // of the schemas on the way, outermost first
	depth int
}

// seen is what of a value schemas had a say in.
type seen struct {
	keys  map[string]bool
	items map[int]bool
}

func newSeen() *seen { return &seen{keys: map[string]bool{}, items: map[int]bool{}} }

func (s *seen) add(o *seen) {
	for k := range o.keys {
		s.keys[k] = true
	}
	for i := range o.items {
		s.items[i] = true
	}
}

// at is the path to a value, from its last part to the first.
type at struct {
	part string
	up   *at
}

func (p *at) path() []string {
	var out []string
	for ; p != nil; p = p.up {
		out = append(out, p.part)
	}
	slices.Reverse(out)
	return out
}

func (v *validator) fail(p *at, keyword, format string, args ...any) {
	v.found = append(v.found, Failure{Path: p.path(), Keyword: keyword, Message: fmt.Sprintf(format, args...)})
}

// try checks a value without reporting, and returns what it would have reported.
func (v *validator) try(s *Schema, x any, p *at, had *seen) []Failure {
	n := len(v.found)
	mine := newSeen()
	v.check(s, x, p, mine)
	out := slices.Clone(v.found[n:])
	v.found = v.found[:n]
	if len(out) == 0 && had != nil {
		had.add(mine)
	}
	return out
}

// check holds a value to a schema, and notes in had what the schema had a say in.
func (v *validator) check(s *Schema, x any, p *at, had *seen) {
	if s == nil {
		return
	}
	if s.never {
		v.fail(p, "false", "nothing may stand here")
		return
	}
	if v.depth++; v.depth > maxDepth {
		v.fail(p, "$ref", "the schema refers to itself without end")
		v.depth--
		return
	}
	if s.base != nil {
		v.scope = append(v.scope, s.base)
		defer func() { v.scope = v.scope[:len(v.scope)-1] }()
	}
	defer func() { v.depth-- }()
	mine := newSeen()
	v.check(s.ref, x, p, mine)
	v.check(v.dynamic(s), x, p, mine)
	v.general(s, x, p)
	switch x := x.(type) {
	case string:
		v.text(s, x, p)
	case []any:
		v.array(s, x, p, mine)
	case map[string]any:
		v.object(s, x, p, mine)
	default:
		if n := number(x); n != nil {
			v.number(s, n, x, p)
		}
	}
	v.combined(s, x, p, mine)
	v.unevaluated(s, x, p, mine)
	if had != nil {
		had.add(mine)
	}
}

// dynamic is what a dynamic reference leads to from here.
func (v *validator) dynamic(s *Schema) *Schema {
	if s.dynamicRef == nil || s.dynamicAnchor == "" {
		return s.dynamicRef
	}
	for _, r := range v.scope {
		if t := r.dynamic[s.dynamicAnchor[1:]]; t != nil {
			return t
		}
	}
	return s.dynamicRef
}

func (v *validator) general(s *Schema, x any, p *at) {
	if len(s.types) > 0 && !slices.ContainsFunc(s.types, func(t string) bool { return isType(x, t) }) {
		v.fail(p, "type", "expected %s, found %s", either(s.types), typeName(x))
	}
	if s.constant != nil && !equal(*s.constant, x) {
		v.fail(p, "const", "must be %s", show(*s.constant))
	}
	if s.enum == nil || slices.ContainsFunc(s.enum, func(e any) bool { return equal(e, x) }) {
		return
	}
	shown, values := make([]string, len(s.enum)), []string{}
	for i, e := range s.enum {
		shown[i] = show(e)
		if text, ok := e.(string); ok {
			values = append(values, text)
		}
	}
	v.fail(p, "enum", "must be one of %s", strings.Join(shown, ", "))
	v.found[len(v.found)-1].Values = values
}

// articles are types as a message names them.
var articles = map[string]string{"null": "null", "boolean": "a boolean", "object": "a table", "array": "an array", "number": "a number",
	"string": "a string", "integer": "an integer"}

func either(types []string) string {
	var out []string
	for _, t := range types {
		out = append(out, articles[t])
	}
	return strings.Join(out, " or ")
}

// typeName is the type of a value for a message.
func typeName(x any) string {
	for _, t := range []string{"null", "boolean", "object", "array", "string", "integer", "number"} {
		if isType(x, t) {
			return articles[t]
		}
	}
	return fmt.Sprintf("%T", x)
}

func isType(x any, t string) bool {
	switch x := x.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case []any:
		return t == "array"
	case map[string]any:
		return t == "object"
	default:
		n := number(x)
		return t == "number" || t == "integer" && n != nil && n.IsInt()
	}
}

// number is a number exactly; nil for what is none, or not finite.
func number(x any) *big.Rat {
	switch x := x.(type) {
	case int64:
		return new(big.Rat).SetInt64(x)
	case float64:
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			return number(json.Number(strconv.FormatFloat(x, 'g', -1, 64))) // 0.1 is a tenth
		}
	case json.Number:
		if len(x) > 400 {
			return nil
		}
		if _, e, ok := strings.Cut(strings.ToLower(string(x)), "e"); ok { // an exponent can make a number of any length
			if n, err := strconv.Atoi(e); err != nil || n > 400 || n < -400 {
				return nil
			}
		}
		if r, ok := new(big.Rat).SetString(string(x)); ok {
			return r
		}
	}
	return nil
}

// show writes a value of a schema.
func show(x any) string {
	text, err := json.Marshal(x)
	if err != nil {
		return fmt.Sprint(x)
	}
	return string(text)
}

func equal(a, b any) bool { return key(a) == key(b) }

// key is the same for equal values.
func key(x any) string {
	switch x := x.(type) {
	case map[string]any:
		var b strings.Builder
		b.WriteByte('{')
		for _, k := range sortedKeys(x) {
			b.WriteString(strconv.Quote(k) + ":" + key(x[k]) + ",")
		}
		return b.String() + "}"
	case []any:
		var b strings.Builder
		b.WriteByte('[')
		for _, y := range x {
			b.WriteString(key(y) + ",")
		}
		return b.String() + "]"
	case string:
		return strconv.Quote(x)
	}
	if n := number(x); n != nil {
		return n.RatString()
	}
	return fmt.Sprint(x)
}

func (v *validator) number(s *Schema, n *big.Rat, x any, p *at) {
	outside := func(b *bound, keyword, sign string, c int) {
		if b == nil || n.Cmp(b.at)*c > 0 || n.Cmp(b.at) == 0 && !b.open {
			return
		}
		if b.open {
			keyword, sign = "exclusive"+strings.ToUpper(keyword[:1])+keyword[1:], strings.TrimSuffix(sign, "=")
		}
		v.fail(p, keyword, "must be %s %s, found %v", sign, b.text, x)
	}
	outside(s.minimum, "minimum", ">=", 1)
	outside(s.maximum, "maximum", "<=", -1)
	if s.multipleOf != nil && !new(big.Rat).Quo(n, s.multipleOf).IsInt() {
		v.fail(p, "multipleOf", "must be a multiple of %s, found %v", s.multipleOf.RatString(), x)
	}
}

// counted holds a number of things to its limits.
func (v *validator) counted(p *at, n int, low, high *int, what, least, most string) {
	if low != nil && n < *low {
		v.fail(p, least, "must have at least %d %s, found %d", *low, what, n)
	}
	if high != nil && n > *high {
		v.fail(p, most, "must have at most %d %s, found %d", *high, what, n)
	}
}

func (v *validator) text(s *Schema, x string, p *at) {
	if s.minLength != nil || s.maxLength != nil {
		v.counted(p, utf8.RuneCountInString(x), s.minLength, s.maxLength, "characters", "minLength", "maxLength")
	}
	if s.pattern != nil && !s.pattern.MatchString(x) {
		v.fail(p, "pattern", "does not match the pattern `%s`", s.pattern)
	}
	if valid := formats[s.format]; valid != nil && !valid(x) {
		v.fail(p, "format", "%q is no valid %s", x, s.format)
	}
}

func (v *validator) array(s *Schema, x []any, p *at, mine *seen) {
	v.counted(p, len(x), s.minItems, s.maxItems, "elements", "minItems", "maxItems")
	if s.unique {
		first := map[string]int{}
		for i, y := range x {
			k := key(y)
			if j, twice := first[k]; twice {
				v.fail(p, "uniqueItems", "the elements %d and %d are equal", j, i)
				break
			}
			first[k] = i
		}
	}
	for i, y := range x {
		in := &at{strconv.Itoa(i), p}
		switch {
		case i < len(s.prefix):
			v.check(s.prefix[i], y, in, nil)
		case s.Items != nil:
			v.check(s.Items, y, in, nil)
		default:
			continue
		}
		mine.items[i] = true
	}
	v.contained(s, x, p, mine)
}

func (v *validator) contained(s *Schema, x []any, p *at, mine *seen) {
	if s.contains == nil {
		return
	}
	n := 0
	for i, y := range x {
		if len(v.try(s.contains, y, &at{strconv.Itoa(i), p}, nil)) == 0 {
			if s.containsCounts {
				mine.items[i] = true
			}
			n++
		}
	}
	low := 1
	if s.minContains != nil {
		low = *s.minContains
	}
	if n < low {
		v.fail(p, "contains", "must have at least %d elements of a kind, found %d", low, n)
	}
	if s.maxContains != nil && n > *s.maxContains {
		v.fail(p, "maxContains", "must have at most %d elements of a kind, found %d", *s.maxContains, n)
	}
}

func (v *validator) object(s *Schema, x map[string]any, p *at, mine *seen) {
	v.counted(p, len(x), s.minProperties, s.maxProperties, "keys", "minProperties", "maxProperties")
	if missing := lacks(x, s.required); len(missing) > 0 {
		v.fail(p, "required", "must have %s", quoted(missing))
	}
	var over []string
	for _, name := range sortedKeys(x) {
		in, known := &at{name, p}, false
		if s.propertyNames != nil {
			if why := v.try(s.propertyNames, name, in, nil); len(why) > 0 {
				v.fail(p, "propertyNames", "the key `%s` %s", name, why[0].Message)
			}
		}
		if sub, ok := s.Properties[name]; ok {
			v.check(sub, x[name], in, nil)
			known = true
		}
		for _, ps := range s.patternProperties {
			if ps.pattern.MatchString(name) {
				v.check(ps.schema, x[name], in, nil)
				known = true
			}
		}
		if !known && s.additional != nil {
			if s.additional.never {
				over = append(over, name)
			} else {
				v.check(s.additional, x[name], in, nil)
				known = true
			}
		}
		if known {
			mine.keys[name] = true
		}
		if missing := lacks(x, s.dependentRequired[name]); len(missing) > 0 {
			v.fail(p, "dependentRequired", "must have %s where there is `%s`", quoted(missing), name)
		}
		v.check(s.dependentSchemas[name], x, p, mine)
	}
	v.surplus(over, "additionalProperties", p)
}

func (v *validator) surplus(keys []string, keyword string, p *at) {
	if len(keys) > 0 {
		v.fail(p, keyword, "must not have %s", quoted(keys))
		v.found[len(v.found)-1].Keys = keys
	}
}

func lacks(x map[string]any, keys []string) (missing []string) {
	for _, k := range keys {
		if _, ok := x[k]; !ok {
			missing = append(missing, k)
		}
	}
	return missing
}

func quoted(keys []string) string { return "`" + strings.Join(keys, "`, `") + "`" }

// combined checks what other schemas say of the same value.
func (v *validator) combined(s *Schema, x any, p *at, mine *seen) {
	for _, sub := range s.allOf {
		v.check(sub, x, p, mine)
	}
	v.alternatives(s.anyOf, "anyOf", x, p, mine)
	v.alternatives(s.oneOf, "oneOf", x, p, mine)
	if s.not != nil && len(v.try(s.not, x, p, nil)) == 0 {
		v.fail(p, "not", "is what the schema excludes by `not`")
	}
	switch {
	case s.condition == nil:
	case len(v.try(s.condition, x, p, mine)) == 0:
		v.check(s.then, x, p, mine)
	default:
		v.check(s.otherwise, x, p, mine)
	}
}

// alternatives checks schemas of which one must hold, or exactly one. If none does, the one that comes nearest tells why.
func (v *validator) alternatives(list []*Schema, keyword string, x any, p *at, mine *seen) {
	if len(list) == 0 {
		return
	}
	var nearest []Failure
	var held []string
	for i, sub := range list {
		why := v.try(sub, x, p, mine)
		switch {
		case len(why) == 0:
			held = append(held, strconv.Itoa(i+1))
		case nearest == nil || nearer(why, nearest):
			nearest = why
		}
	}
	switch {
	case len(held) == 0 && len(list) == 1:
		v.found = append(v.found, nearest...)
	case len(held) == 0:
		reason := nearest[0]
		if rest := reason.Path[len(p.path()):]; len(rest) > 0 {
			reason.Message = fmt.Sprintf("`%s` %s", strings.Join(rest, "."), reason.Message)
		}
		v.fail(p, keyword, "fits none of %d alternatives; of the nearest: %s", len(list), reason.Message)
	case len(held) > 1 && keyword == "oneOf":
		v.fail(p, keyword, "fits the alternatives %s, of which only one may", strings.Join(held, " and "))
	}
}

// nearer reports whether one list of failures is further into the value, or shorter.
func nearer(a, b []Failure) bool {
	if x, y := len(a[0].Path), len(b[0].Path); x != y {
		return x > y
	}
	return len(a) < len(b)
}

// unevaluated checks what no schema has had a say in.
func (v *validator) unevaluated(s *Schema, x any, p *at, mine *seen) {
	switch x := x.(type) {
	case []any:
		for i, y := range x {
			if s.unevaluatedItems != nil && !mine.items[i] {
				v.check(s.unevaluatedItems, y, &at{strconv.Itoa(i), p}, nil)
				mine.items[i] = true
			}
		}
	case map[string]any:
		if s.unevaluatedTab == nil {
			return
		}
		var over []string
		for _, name := range sortedKeys(x) {
			if mine.keys[name] {
				continue
			}
			if s.unevaluatedTab.never {
				over = append(over, name)
				continue
			}
			v.check(s.unevaluatedTab, x[name], &at{name, p}, nil)
			mine.keys[name] = true
		}
		v.surplus(over, "unevaluatedProperties", p)
	}
}
