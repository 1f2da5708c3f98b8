package rule

import (
	"strconv"
	"strings"
)

// schemaReader reads the embedded schemas. Every lint of a rule needs one, and encoding/json takes as long for it as the rest of
// the schema stage of a hundred rules. The files are known to be JSON, so that only what is needed is looked at: a test holds the
// result to that of encoding/json.
type schemaReader struct {
	text string
	at   int
}

// next is the first character of the next value, key or bracket.
func (r *schemaReader) next() byte {
	for {
		switch c := r.text[r.at]; c {
		case ' ', '\n', '\t', '\r', ',', ':':
			r.at++
		default:
			return c
		}
	}
}

// object calls member for each key, to read its value.
func (r *schemaReader) object(member func(key string)) {
	r.next()
	for r.at++; r.next() != '}'; {
		member(r.str())
	}
	r.at++
}

// array calls element for each element, to read it.
func (r *schemaReader) array(element func()) {
	r.next()
	for r.at++; r.next() != ']'; {
		element()
	}
	r.at++
}

// str reads a string.
func (r *schemaReader) str() string {
	r.next()
	start, escaped := r.at, false
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
			escaped = true
		}
	}
	r.at++
	literal := r.text[start:r.at]
	if !escaped {
		return literal[1 : len(literal)-1]
	}
	text, err := strconv.Unquote(literal)
	if err != nil {
		panic(err) // the embedded files are tested
	}
	return text
}

// word reads a number, true or false.
func (r *schemaReader) word() string {
	r.next()
	start := r.at
	r.at += strings.IndexAny(r.text[start:], " \n\t\r,]}")
	return r.text[start:r.at]
}

func (r *schemaReader) int64() int64 {
	n, err := strconv.ParseInt(r.word(), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// skip passes over a value.
func (r *schemaReader) skip() {
	switch r.next() {
	case '{':
		r.object(func(string) { r.skip() })
	case '[':
		r.array(r.skip)
	case '"':
		r.str()
	default:
		r.word()
	}
}

// strs reads an array of strings, or one string.
func (r *schemaReader) strs() []string {
	if r.next() == '"' {
		return []string{r.str()}
	}
	out := []string{}
	r.array(func() { out = append(out, r.str()) })
	return out
}

func (r *schemaReader) schemas() map[string]*schema {
	out := map[string]*schema{}
	r.object(func(key string) { out[key] = r.schema() })
	return out
}

// schema reads a schema with the keywords in use.
func (r *schemaReader) schema() *schema {
	s := &schema{}
	r.object(func(key string) { r.keyword(s, key) })
	return s
}

func (r *schemaReader) keyword(s *schema, key string) {
	switch key {
	case "$ref":
		s.Ref = r.str()
	case "type":
		s.Type = r.strs()
	case "enum":
		s.Enum = r.strs()
	case "const":
		text := r.str()
		s.Const = &text
	case "pattern":
		s.Pattern = r.str()
	case "minLength":
		s.MinLength = int(r.int64())
	case "minimum", "maximum":
		n := r.int64()
		if key == "minimum" {
			s.Minimum = &n
		} else {
			s.Maximum = &n
		}
	case "minItems":
		s.MinItems = int(r.int64())
	case "maxItems":
		n := int(r.int64())
		s.MaxItems = &n
	case "required":
		s.Required = r.strs()
	case "properties":
		s.Properties = r.schemas()
	case "definitions":
		s.Definitions = r.schemas()
	case "allOf":
		s.AllOf = []*schema{}
		r.array(func() { s.AllOf = append(s.AllOf, r.schema()) })
	case "x-codes":
		s.Codes = map[string]string{}
		r.object(func(key string) { s.Codes[key] = r.str() })
	default:
		r.part(s, key)
	}
}

// part reads the keywords that are one schema, and passes over those that are not in use.
func (r *schemaReader) part(s *schema, key string) {
	switch key {
	case "items":
		s.Items = r.schema()
	case "if":
		s.If = r.schema()
	case "then":
		s.Then = r.schema()
	case "else":
		s.Else = r.schema()
	case "additionalProperties":
		s.AdditionalProperties = &additional{}
		if r.next() == '{' {
			s.AdditionalProperties.schema = r.schema()
		} else {
			s.AdditionalProperties.forbidden = r.word() == "false"
		}
	default:
		r.skip()
	}
}
