package jsonschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Drafts, as far as they differ here.
const (
	draft4    = 4
	draft6    = 6
	draft7    = 7
	draft2019 = 2019
	draft2020 = 2020
)

// drafts are the drafts by a part of the address in "$schema".
var drafts = []struct {
	part  string
	draft int
}{{"draft-04", draft4}, {"draft-06", draft6}, {"draft-07", draft7}, {"2019-09", draft2019}, {"2020-12", draft2020}}

// resource is a schema with an address of its own, and what lies in it.
type resource struct {
	dynamic map[string]*Schema // by anchor; "" for "$recursiveAnchor"
}

// place is where a schema stands: in a document, under an address that references in it are relative to.
type place struct {
	doc     string
	pointer string // into the document
	base    string
	draft   int
	raw     any
}

func (p place) at() string {
	if p.pointer == "" {
		return "/"
	}
	return p.pointer
}

func (p place) fail(format string, args ...any) error {
	return &Error{p.at(), fmt.Sprintf(format, args...)}
}

// child is the place of a member or an element.
func (p place) child(raw any, parts ...string) place {
	for _, part := range parts {
		p.pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
	}
	p.raw = raw
	return p
}

// compiler compiles a schema and those that it refers to.
type compiler struct {
	load      func(uri string) ([]byte, error)
	places    map[string]place // by address and "#" anchor
	schemas   map[string]*Schema
	resources map[string]*resource
}

// Compile reads a schema at an address. Others that it refers to are loaded by load.
func Compile(uri string, load func(uri string) ([]byte, error)) (*Schema, error) {
	c := &compiler{load: load, places: map[string]place{}, schemas: map[string]*Schema{}, resources: map[string]*resource{}}
	p, err := c.document(uri)
	if err != nil {
		return nil, err
	}
	return c.schema(p)
}

// document reads a document and notes the addresses in it.
func (c *compiler) document(uri string) (place, error) {
	if p, ok := c.places[uri]; ok {
		return p, nil
	}
	data, err := c.load(uri)
	if err != nil {
		return place{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var raw any
	if err := dec.Decode(&raw); err != nil {
		return place{}, fmt.Errorf("%s is not JSON: %w", uri, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return place{}, fmt.Errorf("%s is not JSON: there is something behind the value", uri)
	}
	p := place{doc: uri, base: uri, draft: draft2020, raw: raw}
	c.note(&p)
	c.places[uri] = p
	return p, nil
}

// note registers the addresses and anchors of a value and of all in it.
func (c *compiler) note(p *place) {
	switch raw := p.raw.(type) {
	case []any:
		for i, x := range raw {
			q := p.child(x, strconv.Itoa(i))
			c.note(&q)
		}
	case map[string]any:
		c.enter(p, raw)
		for _, key := range sortedKeys(raw) {
			if key == "enum" || key == "const" || key == "default" || key == "examples" {
				continue
			}
			q := p.child(raw[key], key)
			if names, ok := raw[key].(map[string]any); ok && slices.Contains(named, key) {
				for _, name := range sortedKeys(names) {
					r := q.child(names[name], name)
					c.note(&r)
				}
				continue
			}
			c.note(&q)
		}
	}
}

// named are keywords whose members are schemas by name.
var named = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}

// enter moves a place into the resource that begins there, if one does.
func (c *compiler) enter(p *place, raw map[string]any) {
	if text, ok := raw["$schema"].(string); ok {
		for _, d := range drafts {
			if strings.Contains(text, d.part) {
				p.draft = d.draft
			}
		}
	}
	key := "$id"
	if p.draft == draft4 {
		key = "id"
	}
	_, isRef := raw["$ref"].(string)
	if id, ok := raw[key].(string); ok && !(isRef && p.draft <= draft7) {
		at, fragment, _ := strings.Cut(resolve(p.base, id), "#")
		if fragment != "" { // an anchor in the older drafts
			c.places[at+"#"+fragment] = *p
		}
		if at != p.base {
			p.base = at
			c.places[at] = *p
		}
	}
	for _, key := range []string{"$anchor", "$dynamicAnchor"} {
		if anchor, ok := raw[key].(string); ok {
			c.places[p.base+"#"+anchor] = *p
		}
	}
}

func resolve(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	u, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// refer finds what a reference leads to.
func (c *compiler) refer(p place, ref string) (place, error) {
	target := resolve(p.base, ref)
	uri, fragment, _ := strings.Cut(target, "#")
	to, ok := c.places[uri]
	if !ok {
		var err error
		if to, err = c.document(uri); err != nil {
			return place{}, err
		}
	}
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	if fragment == "" {
		return to, nil
	}
	if !strings.HasPrefix(fragment, "/") {
		if to, ok = c.places[uri+"#"+fragment]; !ok {
			return place{}, p.fail("%q leads nowhere", ref)
		}
		return to, nil
	}
	for _, part := range strings.Split(fragment[1:], "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch raw := to.raw.(type) {
		case map[string]any:
			x, ok := raw[part]
			if !ok {
				return place{}, p.fail("%q leads nowhere", ref)
			}
			to = to.child(x, part)
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(raw) {
				return place{}, p.fail("%q leads nowhere", ref)
			}
			to = to.child(raw[i], part)
		default:
			return place{}, p.fail("%q leads nowhere", ref)
		}
		if raw, ok := to.raw.(map[string]any); ok {
			c.enter(&to, raw)
		}
	}
	return to, nil
}

// schema compiles the schema at a place, once.
func (c *compiler) schema(p place) (*Schema, error) {
	key := p.doc + "#" + p.pointer
	if s := c.schemas[key]; s != nil {
		return s, nil
	}
	s := &Schema{}
	c.schemas[key] = s
	switch raw := p.raw.(type) {
	case bool:
		s.never = !raw
		return s, nil
	case map[string]any:
		c.enter(&p, raw)
		s.base = c.resource(p.base)
		if anchor, ok := raw["$dynamicAnchor"].(string); ok && p.draft == draft2020 {
			s.base.dynamic[anchor] = s
		}
		if yes, _ := raw["$recursiveAnchor"].(bool); yes && p.draft == draft2019 {
			s.base.dynamic[""] = s
		}
		k := &keywords{c: c, s: s, p: p, raw: raw}
		k.all()
		return s, k.err
	}
	return nil, p.fail("expected a schema, an object or a boolean, found %s", typeName(p.raw))
}

func (c *compiler) resource(uri string) *resource {
	r := c.resources[uri]
	if r == nil {
		r = &resource{dynamic: map[string]*Schema{}}
		c.resources[uri] = r
	}
	return r
}

// keywords compiles the keywords of one schema. The first error stays.
type keywords struct {
	c   *compiler
	s   *Schema
	p   place
	raw map[string]any
	err error
}

func (k *keywords) all() {
	if _, isRef := k.raw["$ref"]; isRef && k.p.draft <= draft7 { // which is alone then
		k.s.ref = k.reference("$ref")
		k.s.Also = also(k.s.ref)
		k.definitions()
		return
	}
	k.references()
	k.definitions()
	k.general()
	k.numbers()
	k.texts()
	k.arrays()
	k.objects()
	k.s.allOf, k.s.anyOf, k.s.oneOf = k.list("allOf"), k.list("anyOf"), k.list("oneOf")
	k.s.not = k.sub("not")
	if k.p.draft >= draft7 {
		k.s.condition, k.s.then, k.s.otherwise = k.sub("if"), k.sub("then"), k.sub("else")
	}
	k.s.Also = append(append(append(also(k.s.ref, k.s.dynamicRef, k.s.then, k.s.otherwise), k.s.allOf...), k.s.anyOf...), k.s.oneOf...)
}

func also(list ...*Schema) []*Schema {
	return slices.DeleteFunc(list, func(s *Schema) bool { return s == nil })
}

func (k *keywords) fail(err error) {
	if k.err == nil && err != nil {
		k.err = err
	}
}

func (k *keywords) wrong(key, want string) {
	k.fail(k.p.child(nil, key).fail("expected %s, found %s", want, typeName(k.raw[key])))
}

// reference compiles what a keyword refers to.
func (k *keywords) reference(key string) *Schema {
	x, ok := k.raw[key]
	if !ok {
		return nil
	}
	text, ok := x.(string)
	if !ok {
		k.wrong(key, "a reference")
		return nil
	}
	to, err := k.c.refer(k.p, text)
	if err != nil {
		k.fail(err)
		return nil
	}
	s, err := k.c.schema(to)
	if err != nil {
		k.fail(err)
	}
	return s
}

func (k *keywords) references() {
	k.s.ref = k.reference("$ref")
	switch k.p.draft {
	case draft2020:
		k.s.dynamicRef = k.reference("$dynamicRef")
		if text, _ := k.raw["$dynamicRef"].(string); k.s.dynamicRef != nil {
			_, anchor, _ := strings.Cut(text, "#")
			if k.s.dynamicRef.base != nil && anchor != "" && k.s.dynamicRef.base.dynamic[anchor] == k.s.dynamicRef {
				k.s.dynamicAnchor = "#" + anchor
			}
		}
	case draft2019:
		k.s.dynamicRef = k.reference("$recursiveRef")
		if t := k.s.dynamicRef; t != nil && t.base != nil && t.base.dynamic[""] == t {
			k.s.dynamicAnchor = "#"
		}
	}
}

// definitions compiles schemas that are only there to be referred to: what is wrong with them is wrong with the document.
func (k *keywords) definitions() {
	k.byName("definitions")
	k.byName("$defs")
}

// sub compiles the schema of a keyword.
func (k *keywords) sub(key string) *Schema {
	x, ok := k.raw[key]
	if !ok {
		return nil
	}
	return k.compile(k.p.child(x, key))
}

func (k *keywords) compile(p place) *Schema {
	s, err := k.c.schema(p)
	if err != nil {
		k.fail(err)
		return nil
	}
	return s
}

// list compiles an array of schemas.
func (k *keywords) list(key string) []*Schema {
	x, ok := k.raw[key]
	if !ok {
		return nil
	}
	list, ok := x.([]any)
	if !ok || len(list) == 0 {
		k.wrong(key, "an array of schemas")
		return nil
	}
	var out []*Schema
	for i, y := range list {
		out = append(out, k.compile(k.p.child(y, key, strconv.Itoa(i))))
	}
	return out
}

// byName compiles an object of schemas.
func (k *keywords) byName(key string) map[string]*Schema {
	m := k.object(key)
	if m == nil {
		return nil
	}
	out := make(map[string]*Schema, len(m))
	for _, name := range sortedKeys(m) {
		out[name] = k.compile(k.p.child(m[name], key, name))
	}
	return out
}

func (k *keywords) object(key string) map[string]any {
	x, ok := k.raw[key]
	if !ok {
		return nil
	}
	m, ok := x.(map[string]any)
	if !ok {
		k.wrong(key, "an object")
	}
	return m
}

var typeNames = []string{"null", "boolean", "object", "array", "number", "string", "integer"}

func (k *keywords) general() {
	switch x := k.raw["type"].(type) {
	case nil:
		if _, there := k.raw["type"]; there {
			k.wrong("type", "the name of a type")
		}
	case string:
		k.s.types = []string{x}
	case []any:
		k.s.types = k.strings("type")
	default:
		k.wrong("type", "the name of a type, or an array of them")
	}
	for _, t := range k.s.types {
		if !slices.Contains(typeNames, t) {
			k.fail(k.p.child(nil, "type").fail("%q is no type: expected one of %s", t, strings.Join(typeNames, ", ")))
		}
	}
	if x, ok := k.raw["enum"]; ok {
		if k.s.enum, ok = x.([]any); !ok {
			k.wrong("enum", "an array")
		}
		if k.s.enum == nil {
			k.s.enum = []any{}
		}
	}
	if x, ok := k.raw["const"]; ok && k.p.draft >= draft6 {
		k.s.constant = &x
	}
}

// strings is a keyword that is an array of texts.
func (k *keywords) strings(key string) []string {
	x, ok := k.raw[key]
	if !ok {
		return nil
	}
	list, ok := x.([]any)
	out := []string{}
	for _, y := range list {
		text, isText := y.(string)
		ok = ok && isText
		out = append(out, text)
	}
	if !ok {
		k.wrong(key, "an array of strings")
		return nil
	}
	return out
}

func (k *keywords) number(key string) (*big.Rat, string) {
	x, ok := k.raw[key]
	if !ok {
		return nil, ""
	}
	r := number(x)
	if r == nil {
		k.wrong(key, "a number")
		return nil, ""
	}
	return r, fmt.Sprint(x)
}

func (k *keywords) numbers() {
	limit := func(key, exclusive string) *bound {
		at, text := k.number(key)
		if k.p.draft == draft4 {
			open, _ := k.raw[exclusive].(bool)
			if at == nil {
				return nil
			}
			return &bound{at, open, text}
		}
		var out *bound
		if at != nil {
			out = &bound{at, false, text}
		}
		if at, text := k.number(exclusive); at != nil {
			if out == nil || (at.Cmp(out.at) >= 0) == (key == "minimum") || at.Cmp(out.at) == 0 {
				out = &bound{at, true, text}
			}
		}
		return out
	}
	k.s.minimum, k.s.maximum = limit("minimum", "exclusiveMinimum"), limit("maximum", "exclusiveMaximum")
	k.s.multipleOf, _ = k.number("multipleOf")
	if k.s.multipleOf != nil && k.s.multipleOf.Sign() <= 0 {
		k.wrong("multipleOf", "a number above 0")
	}
}

// count is a keyword that is a whole number from 0 up.
func (k *keywords) count(key string) *int {
	r, _ := k.number(key)
	if r == nil {
		return nil
	}
	if !r.IsInt() || r.Sign() < 0 || !r.Num().IsInt64() {
		k.wrong(key, "a whole number from 0 up")
		return nil
	}
	n := int(min(r.Num().Int64(), 1<<31))
	return &n
}

func (k *keywords) flag(key string) bool {
	x, there := k.raw[key]
	yes, ok := x.(bool)
	if there && !ok {
		k.wrong(key, "a boolean")
	}
	return yes
}

func (k *keywords) regex(p place, text string) *regexp.Regexp {
	re, err := regexp.Compile(text)
	if err != nil {
		k.fail(p.fail("the pattern %q is not valid: %v", text, err))
		return nil
	}
	return re
}

func (k *keywords) texts() {
	k.s.minLength, k.s.maxLength = k.count("minLength"), k.count("maxLength")
	if x, ok := k.raw["pattern"]; ok {
		text, isText := x.(string)
		if !isText {
			k.wrong("pattern", "a string")
		}
		k.s.pattern = k.regex(k.p.child(nil, "pattern"), text)
	}
	if x, ok := k.raw["format"]; ok {
		if k.s.format, ok = x.(string); !ok {
			k.wrong("format", "a string")
		}
	}
}

func (k *keywords) arrays() {
	s := k.s
	s.minItems, s.maxItems, s.unique = k.count("minItems"), k.count("maxItems"), k.flag("uniqueItems")
	_, tuple := k.raw["items"].([]any)
	switch {
	case k.p.draft >= draft2020:
		s.prefix, s.Items = k.list("prefixItems"), k.sub("items")
	case tuple:
		if len(k.raw["items"].([]any)) > 0 {
			s.prefix = k.list("items")
		}
		s.Items = k.sub("additionalItems")
	default:
		s.Items = k.sub("items")
	}
	if k.p.draft >= draft6 {
		s.contains, s.containsCounts = k.sub("contains"), k.p.draft >= draft2020
	}
	if k.p.draft >= draft2019 {
		s.minContains, s.maxContains = k.count("minContains"), k.count("maxContains")
		s.unevaluatedItems, s.unevaluatedTab = k.sub("unevaluatedItems"), k.sub("unevaluatedProperties")
	}
}

func (k *keywords) objects() {
	s := k.s
	s.minProperties, s.maxProperties = k.count("minProperties"), k.count("maxProperties")
	s.required, s.Properties, s.additional = k.strings("required"), k.byName("properties"), k.sub("additionalProperties")
	if m := k.object("patternProperties"); m != nil {
		for _, text := range sortedKeys(m) {
			p := k.p.child(m[text], "patternProperties", text)
			s.patternProperties = append(s.patternProperties, patternSchema{k.regex(p, text), k.compile(p)})
		}
	}
	if k.p.draft >= draft6 {
		s.propertyNames = k.sub("propertyNames")
	}
	if k.p.draft >= draft2019 {
		s.dependentSchemas = k.byName("dependentSchemas")
		k.dependentRequired("dependentRequired")
		return
	}
	k.dependentRequired("dependencies")
}

// dependentRequired compiles what members need; in the older drafts a schema may stand there too.
func (k *keywords) dependentRequired(key string) {
	m := k.object(key)
	for _, name := range sortedKeys(m) {
		if _, isList := m[name].([]any); !isList && key == "dependencies" {
			if k.s.dependentSchemas == nil {
				k.s.dependentSchemas = map[string]*Schema{}
			}
			k.s.dependentSchemas[name] = k.compile(k.p.child(m[name], key, name))
			continue
		}
		inner := &keywords{c: k.c, s: &Schema{}, p: k.p.child(m, key), raw: m}
		list := inner.strings(name)
		k.fail(inner.err)
		if k.s.dependentRequired == nil {
			k.s.dependentRequired = map[string][]string{}
		}
		k.s.dependentRequired[name] = list
	}
}
