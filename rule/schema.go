package rule

import (
	_ "embed" // the JSON Schema
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// rule.schema.json is draft 7, which every TOML editor with schema support knows. Loading and running it through a
// general JSON Schema library would cost more than the rest of linting a file together, and its errors name no keys;
// so the keywords that it uses are run here, on the tree with its spans. A test runs a general library beside it on
// the corpus and on broken rules, and both have to agree on every place.

//go:embed rule.schema.json
var schemaJSON string

// JSONSchema returns the JSON Schema of a rule file, for editors.
func JSONSchema() []byte { return []byte(schemaJSON) }

// schema is one JSON Schema with the keywords in use.
type schema struct {
	Ref                  string             `json:"$ref"`
	Type                 typeNames          `json:"type"` // or one, as a string
	Enum                 []string           `json:"enum"`
	Const                *string            `json:"const"`
	Pattern              string             `json:"pattern"`
	MinLength            int                `json:"minLength"`
	Minimum              *int64             `json:"minimum"`
	Maximum              *int64             `json:"maximum"`
	MinItems             int                `json:"minItems"`
	MaxItems             *int               `json:"maxItems"`
	Items                *schema            `json:"items"`
	Properties           map[string]*schema `json:"properties"`
	Required             []string           `json:"required"`
	AdditionalProperties *additional        `json:"additionalProperties"`
	AllOf                []*schema          `json:"allOf"`
	If                   *schema            `json:"if"`
	Then                 *schema            `json:"then"`
	Else                 *schema            `json:"else"`
	Definitions          map[string]*schema `json:"definitions"`
	// Codes names the check that reports the breach of a keyword, where the keyword's own code is not it.
	Codes map[string]string `json:"x-codes"`

	pattern func() *regexp.Regexp
	linked  bool // references in it are replaced
}

// typeNames are the types that a value may have.
type typeNames []string

// additional is the value of "additionalProperties": false, or a schema.
type additional struct {
	forbidden bool
	schema    *schema
}

// ruleSchema is the embedded schema, linked on first use.
var ruleSchema = sync.OnceValue(func() *schema {
	root, err := parseSchema(schemaJSON)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return root
})

//go:embed companion.schema.json
var companionJSON string

// companionSchema is the schema of a kind of file beside rules, linked on first use.
var companionSchema = sync.OnceValue(func() map[Kind]*schema {
	root, err := parseSchema(companionJSON)
	if err != nil {
		panic(err) // the embedded file is tested
	}
	out := map[Kind]*schema{}
	for _, c := range companionTables {
		out[c.kind] = root.Definitions[c.table]
	}
	return out
})

// parseSchema reads a JSON Schema and resolves its references.
func parseSchema(src string) (*schema, error) {
	r := schemaReader{text: src}
	root := r.schema()
	l := linker{root}
	err := l.link(root)
	for _, d := range root.Definitions {
		if err == nil {
			err = l.link(d)
		}
	}
	return root, err
}

// linker replaces references by what they refer to.
type linker struct {
	root *schema
}

// at links the schema that a pointer holds.
func (l *linker) at(p **schema) error {
	if *p == nil {
		return nil
	}
	if name, ok := strings.CutPrefix((*p).Ref, "#/definitions/"); ok {
		target := l.root.Definitions[name]
		if target == nil {
			return fmt.Errorf("rule schema: no definition %q", name)
		}
		*p = target
	}
	return l.link(*p)
}

func (l *linker) link(s *schema) error {
	if s.linked {
		return nil
	}
	s.linked = true
	if s.Pattern != "" {
		s.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(s.Pattern) })
	}
	for _, p := range [...]**schema{&s.Items, &s.If, &s.Then, &s.Else} {
		if err := l.at(p); err != nil {
			return err
		}
	}
	for i := range s.AllOf {
		if err := l.at(&s.AllOf[i]); err != nil {
			return err
		}
	}
	if s.AdditionalProperties != nil {
		if err := l.at(&s.AdditionalProperties.schema); err != nil {
			return err
		}
	}
	for key, p := range s.Properties {
		linked := p
		if err := l.at(&linked); err != nil {
			return err
		}
		if linked != p {
			s.Properties[key] = linked
		}
	}
	return nil
}
