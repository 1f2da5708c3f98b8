package querydsl

import (
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// kind is how the values of a field are indexed.
type kind uint8

const (
	unmapped  kind = iota // no event has values for queries
	open                  // no mapping: by the JSON kind of each value
	keywords              // keyword, constant_keyword, wildcard
	texts                 // text, match_only_text
	numbers               // all numeric types
	dates                 // date, date_nanos
	addresses             // ip
	booleans
	versions
	flattened // the whole of a flattened field
	keyed     // one key of a flattened field
	ranges    // a *_range field
	opaque    // a type that no query but exists knows: binary, geo_point and the like
	objects   // object or nested: exists only
	docID     // _id
	docIndex  // _index
	special   // other metadata
)

// field is a resolved field.
type field struct {
	name   string // as the query writes it
	typ    mapping.Type
	info   mapping.Info
	kind   kind
	path   string // of its values in a document
	nested string // the innermost nested object that it lies below
	key    string // keyed: the name below the flattened field
	format *esdate.Format
	norm   func(string) string // keyword: its normalizer; nil if there is none
	// pattern is set for a pattern of names that nothing is known of: it stands for the values that an event has under them.
	pattern bool
	copies  []string // paths of the fields whose values it holds too
}

// typeName is the type for messages.
func (f *field) typeName() string {
	if f.info.Name != "" {
		return f.info.Name
	}
	return f.typ.String()
}

// field resolves a name.
func (c *compiler) field(name string) (*field, error) {
	if f, ok := c.fields[name]; ok {
		return f, nil
	}
	f, err := c.resolve(name)
	if err != nil {
		return nil, err
	}
	c.fields[name] = f
	return f, nil
}

func (c *compiler) resolve(name string) (*field, error) {
	f := &field{name: name, path: name, kind: open}
	switch name {
	case "_id":
		f.kind = docID
		return f, nil
	case "_index":
		f.kind = docIndex
		return f, nil
	case "_source", "_ignored", "_score", "_field_names", "_routing", "_seq_no", "_version", "_doc_count", "_tier", "_nested_path":
		f.kind = special
		return f, nil
	}
	if hasStar(name) && c.openWorld() {
		f.pattern = true
		return f, nil
	}
	if c.mapping == nil {
		return f, nil
	}
	info, presence := c.mapping.Lookup(name)
	if root := c.flattenedAbove(name); root != "" && (presence != mapping.Present || info.Type == mapping.Flattened) {
		above, _ := c.mapping.Lookup(root)
		*f = field{name: name, typ: mapping.Flattened, info: above, kind: keyed, path: name, nested: above.NestedPath, key: name[len(root)+1:]}
		return f, nil
	}
	switch presence {
	case mapping.Absent:
		f.kind = unmapped
		return f, nil
	case mapping.Undecidable:
		return f, nil
	}
	f.typ, f.info, f.nested = info.Type, info, info.NestedPath
	if info.Target != "" {
		f.path = info.Target
	}
	f.copies = info.CopyFrom
	if parent := c.multiFieldParent(f.path); parent != f.path {
		f.path = parent
		above, _ := c.mapping.Lookup(parent)
		f.copies = above.CopyFrom
	}
	f.kind = kindOf(info.Type)
	if f.kind == objects && info.Type == mapping.Nested {
		f.nested = nestedAbove(c, name)
	}
	if f.kind == dates {
		spec := info.Format
		if spec == "" && f.typ == mapping.DateNanos {
			spec = esdate.NanosSpec
		}
		format, err := esdate.NewFormat(spec)
		if err != nil {
			return nil, err
		}
		f.format = format
	}
	if info.Normalized {
		f.norm = normalizer(info)
	}
	return f, nil
}

// anyCopy compiles something for the values of a field and for those that are copied to it, of which one must do.
func anyCopy(f *field, compile func(*field) (predicate.Node, error)) (predicate.Node, error) {
	n, err := compile(f)
	if err != nil || n == nil || len(f.copies) == 0 {
		return n, err
	}
	nodes := []predicate.Node{n}
	for _, path := range f.copies {
		from := *f
		from.path, from.copies, from.info.NullValue = path, nil, ""
		n, err := compile(&from)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return predicate.Chain(predicate.OpOr, nodes), nil
}

// openWorld reports that events may have fields that nobody has listed.
func (c *compiler) openWorld() bool {
	_, lists := c.mapping.(mapping.Lister)
	return !lists || c.opts.Open
}

// nestedAbove is the nested object above a nested object.
func nestedAbove(c *compiler, name string) string {
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if info, p := c.mapping.Lookup(name[:i]); p == mapping.Present && info.Type == mapping.Nested {
			return name[:i]
		}
	}
	return ""
}

func kindOf(t mapping.Type) kind {
	switch {
	case t == mapping.Keyword || t == mapping.ConstantKeyword || t == mapping.Wildcard:
		return keywords
	case t.Analyzed():
		return texts
	case t.Numeric():
		return numbers
	case t.DateFamily():
		return dates
	}
	switch t {
	case mapping.Unknown:
		return open
	case mapping.IP:
		return addresses
	case mapping.Boolean:
		return booleans
	case mapping.Version:
		return versions
	case mapping.Flattened:
		return flattened
	case mapping.Range:
		return ranges
	case mapping.Object, mapping.Nested:
		return objects
	}
	return opaque
}

// flattenedAbove is the flattened field that a name lies below.
func (c *compiler) flattenedAbove(name string) string {
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if info, p := c.mapping.Lookup(name[:i]); p == mapping.Present && info.Type == mapping.Flattened {
			return name[:i]
		}
	}
	return ""
}

// multiFieldParent is the field whose values a multi-field indexes again, or the path itself.
func (c *compiler) multiFieldParent(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return path
	}
	switch info, p := c.mapping.Lookup(path[:i]); {
	case p != mapping.Present, info.Type == mapping.Object, info.Type == mapping.Nested, info.Type == mapping.Flattened, info.Type == mapping.Unknown:
		return path
	}
	return path[:i]
}

// normalizer is what a keyword's normalizer does to a text. One whose filters are not known lowers case, as nearly all do.
func normalizer(info mapping.Info) func(string) string {
	filters := info.Filters
	if filters == "" {
		filters = "lowercase"
	}
	if filters == "lowercase" {
		return lower
	}
	list := strings.Split(filters, ",")
	return func(s string) string {
		for _, f := range list {
			switch f {
			case "lowercase":
				s = lower(s)
			case "uppercase":
				s = strings.Map(unicode.ToUpper, s)
			case "trim":
				s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
			case "asciifolding":
				s = foldASCII(s)
			}
		}
		return s
	}
}

// slot is where the values of a field are in a record.
func (c *compiler) slot(f *field) int {
	path := c.relative(f.path)
	switch {
	case f.info.Fill && f.info.Constant != "":
		return c.layout.AddConstant(path, f.info.Constant)
	case f.info.NullValue != "":
		return c.layout.AddNull(path, f.info.NullValue)
	}
	return c.layout.Add(path)
}

// relative is a name as it stands in the objects of the nested field that is being compiled.
func (c *compiler) relative(path string) string {
	if c.scope == "" {
		return path
	}
	return strings.TrimPrefix(path, c.scope+".")
}

// expand lists the fields that a pattern names, sorted. Those of no use to queries are left out.
func (c *compiler) expand(pattern string) []*field {
	lister, ok := c.mapping.(mapping.Lister)
	if !ok {
		return nil
	}
	prefix, _, _ := strings.Cut(pattern, "*")
	var list []*field
	for _, name := range lister.Names(prefix) {
		if !simpleMatch(pattern, name) {
			continue
		}
		if f, err := c.field(name); err == nil && f.kind != objects && f.kind != unmapped {
			list = append(list, f)
		}
	}
	return list
}

// simpleMatch matches a name with a pattern of stars.
func simpleMatch(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	last := len(parts) - 1
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, p := range parts[1:last] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, parts[last])
}
