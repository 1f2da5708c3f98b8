package rule

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// breach is one keyword of the schema that a node does not satisfy.
type breach struct {
	keyword string
	schema  *schema
	node    *Node
	parent  *Node    // additionalProperties: the table that holds node
	key     string   // required: the key that is absent
	path    []string // to node, without array indexes
}

// walker runs a schema over a tree. It stands in for jsonschema/v5, which the tests hold it to, breach by breach: that
// library takes 17 ms to compile the schema and 290 us for a rule, the walker 12 us (one run), and a run over one file
// is to take 30 ms, over 2,192 half a second.
type walker struct {
	report func(breach)
	// all evaluates the keywords that other checks report, too.
	all  bool
	path []string
}

// defaultCodes names the check that reports a keyword, unless the schema's x-codes say otherwise.
func defaultCode(keyword string) string {
	switch keyword {
	case "type":
		return "schema/wrong-type"
	case "enum", "const", "pattern":
		return "schema/bad-value"
	case "minimum", "maximum":
		return "schema/range"
	case "minItems", "maxItems":
		return "schema/list-length"
	case "minLength":
		return "schema/empty-string"
	case "required":
		return "schema/missing-key"
	}
	return "schema/unknown-key" // additionalProperties
}

// code is the check that reports a keyword of this schema.
func (s *schema) code(keyword string) string {
	if code := s.Codes[keyword]; code != "" {
		return code
	}
	return defaultCode(keyword)
}

// ownCode tells the codes that ValidateSchema reports from those that package lint does.
func ownCode(code string) bool {
	return strings.HasPrefix(code, "schema/") || code == "suppression/shape"
}

// wants reports whether a keyword has to be evaluated.
func (w *walker) wants(s *schema, keyword string) bool {
	return w.all || s.Codes == nil || ownCode(s.code(keyword))
}

func (w *walker) breach(s *schema, n *Node, keyword string) {
	w.add(s, keyword, breach{node: n})
}

func (w *walker) add(s *schema, keyword string, b breach) {
	if w.wants(s, keyword) {
		b.schema, b.keyword, b.path = s, keyword, slices.Clone(w.path)
		w.report(b)
	}
}

// matches reports whether a node satisfies a schema, every keyword of it.
func matches(s *schema, n *Node) bool {
	ok := true
	inner := walker{all: true, report: func(breach) { ok = false }}
	inner.walk(s, n)
	return ok
}

// walk checks a node and what is in it.
func (w *walker) walk(s *schema, n *Node) {
	if s.Type != nil && !s.Type.allow(n) {
		w.breach(s, n, "type")
		return
	}
	switch n.Kind {
	case TableNode:
		w.table(s, n)
	case ArrayNode:
		w.array(s, n)
	case StringNode:
		w.text(s, n)
	case IntegerNode:
		w.integer(s, n)
	}
	if n.Kind != StringNode && s.Const != nil { // all constants are strings
		w.breach(s, n, "const")
	}
	if n.Kind != StringNode && s.Enum != nil {
		w.breach(s, n, "enum")
	}
	for _, part := range s.AllOf {
		w.walk(part, n)
	}
	if s.If != nil {
		next := s.Else
		if matches(s.If, n) {
			next = s.Then
		}
		if next != nil {
			w.walk(next, n)
		}
	}
}

// allow reports whether a node has one of the types.
func (t typeNames) allow(n *Node) bool {
	var name string
	switch n.Kind {
	case TableNode:
		name = "object"
	case ArrayNode:
		name = "array"
	case StringNode:
		name = "string"
	case IntegerNode:
		name = "integer"
	case FloatNode:
		name = "number"
	case BoolNode:
		name = "boolean"
	}
	return slices.Contains(t, name)
}

func (w *walker) table(s *schema, n *Node) {
	for _, key := range s.Required {
		if n.Get(key) == nil {
			w.add(s, "required", breach{node: n, key: key})
		}
	}
	for _, c := range n.Children {
		w.path = append(w.path, c.Key)
		switch p := s.Properties[c.Key]; {
		case p != nil:
			w.walk(p, c)
		case s.AdditionalProperties == nil:
		case s.AdditionalProperties.forbidden:
			w.add(s, "additionalProperties", breach{node: c, parent: n})
		default:
			w.walk(s.AdditionalProperties.schema, c)
		}
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *walker) array(s *schema, n *Node) {
	if len(n.Children) < s.MinItems {
		w.breach(s, n, "minItems")
	}
	if s.MaxItems != nil && len(n.Children) > *s.MaxItems {
		w.breach(s, n, "maxItems")
	}
	if s.Items != nil {
		for _, c := range n.Children {
			w.walk(s.Items, c)
		}
	}
}

func (w *walker) text(s *schema, n *Node) {
	if s.Const != nil && *s.Const != n.Str {
		w.breach(s, n, "const")
	}
	if s.Enum != nil && !slices.Contains(s.Enum, n.Str) {
		w.breach(s, n, "enum")
	}
	if s.MinLength > 0 && utf8.RuneCountInString(n.Str) < s.MinLength {
		w.breach(s, n, "minLength")
	}
	if s.pattern != nil && w.wants(s, "pattern") && !s.pattern().MatchString(n.Str) {
		w.breach(s, n, "pattern")
	}
}

func (w *walker) integer(s *schema, n *Node) {
	if s.Minimum != nil && n.Int < *s.Minimum {
		w.breach(s, n, "minimum")
	}
	if s.Maximum != nil && n.Int > *s.Maximum {
		w.breach(s, n, "maximum")
	}
}
