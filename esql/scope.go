package esql

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// AttrKind is where a column comes from.
type AttrKind uint8

// Kinds of columns.
const (
	FieldAttr    AttrKind = iota // a field of the indexes
	MetadataAttr                 // METADATA
	ComputedAttr                 // EVAL, STATS, GROK and so on
	LookupAttr                   // LOOKUP JOIN
	EnrichAttr                   // ENRICH
)

// Attr is a column at one place of a query. A column that is computed anew is another Attr.
type Attr struct {
	Name string // as the result names the column
	// Field is the name in the index, which RENAME does not change; empty for what is no field.
	Field string
	Type  Type     // of its values
	Kind  AttrKind // where it comes from
	// Mapping are the mapping types of a field; several make it TypeUnsupported, unless a cast chooses.
	Mapping []string
	// Renamed is the column that RENAME gave a new name; nil otherwise.
	Renamed *Attr
	// Span is where the query defines the column; empty for a field.
	Span Span
}

// gone is why a name is not in scope.
type gone struct {
	verb string // "KEEP", "RENAME" …
	at   Span   // the command's name
	to   string // RENAME: the new name
}

// scope is the columns at one place of a pipeline. Commands make a new one.
type scope struct {
	cols   []*Attr // of an open scope: those that the query names
	byName map[string]int
	open   *openScope // nil if cols are all
	gone   map[string]gone
	last   gone // what took all other columns away; verb is empty if nothing did
	// nullify: SET unmapped_fields = "nullify"; a field that is in no index is null as long as nothing was chosen.
	nullify bool
	// limited and so on are the commands in front, for what cannot stand behind them.
	before []Command
}

// openScope are the columns of an index pattern whose fields are not all known.
type openScope struct {
	fields Fields // nil: nothing is known
	// index is set behind a table of which nothing is known: a name is that of a field only if the index has it, and even then
	// the table may have put another column in its place.
	index Fields
	made  map[string]*Attr
	keep  [][]*Name // of each KEEP in front the names with wildcards; one of each must match
	drop  []*Name   // with wildcards
}

func newScope(cols []*Attr) *scope {
	s := &scope{gone: map[string]gone{}}
	s.set(cols)
	return s
}

// set gives the scope its columns. Of those with one name the last stands.
func (s *scope) set(cols []*Attr) {
	s.byName = make(map[string]int, len(cols))
	s.cols = s.cols[:0:0]
	last := make(map[string]int, len(cols))
	for i, a := range cols {
		last[a.Name] = i
	}
	for i, a := range cols {
		if last[a.Name] == i {
			s.byName[a.Name] = len(s.cols)
			s.cols = append(s.cols, a)
		}
	}
}

// add puts a column behind all others, in place of one with the same name. A place that becomes empty is nil until trim.
func (s *scope) add(a *Attr) {
	if i, ok := s.byName[a.Name]; ok {
		s.cols[i] = nil
	}
	s.byName[a.Name] = len(s.cols)
	s.cols = append(s.cols, a)
	delete(s.gone, a.Name)
}

// trim removes the places that add left empty.
func (s *scope) trim() {
	s.set(slices.DeleteFunc(s.cols, func(a *Attr) bool { return a == nil }))
}

// with is the scope with columns added behind, in place of those with the same names.
func (s *scope) with(added ...*Attr) *scope {
	out := s.copy()
	out.set(append(slices.Clone(s.cols), added...))
	for _, a := range added {
		delete(out.gone, a.Name)
	}
	return out
}

// copy is a scope with the same columns.
func (s *scope) copy() *scope {
	out := *s
	out.cols, out.byName = slices.Clone(s.cols), maps.Clone(s.byName)
	out.gone = make(map[string]gone, len(s.gone))
	for k, v := range s.gone {
		out.gone[k] = v
	}
	if s.open != nil {
		o := *s.open
		o.keep, o.drop = slices.Clone(o.keep), slices.Clone(o.drop)
		out.open = &o
	}
	return &out
}

// find returns the column of a name; nil if there is none. unknown: nobody can tell.
func (s *scope) find(name string) (a *Attr, unknown bool) {
	if i, ok := s.byName[name]; ok {
		return s.cols[i], false
	}
	if _, ok := s.gone[name]; ok || s.open == nil || !s.open.passes(name) {
		return nil, false
	}
	return s.open.find(name)
}

func (o *openScope) passes(name string) bool {
	for _, list := range o.keep {
		if !slices.ContainsFunc(list, func(n *Name) bool { return n.Matches(name) }) {
			return false
		}
	}
	return !slices.ContainsFunc(o.drop, func(n *Name) bool { return n.Matches(name) })
}

func (o *openScope) find(name string) (*Attr, bool) {
	if a := o.made[name]; a != nil {
		return a, false
	}
	a := &Attr{Name: name, Field: name}
	if o.index != nil {
		if _, p := o.index.Lookup(name); p != Present {
			a.Field, a.Kind = "", LookupAttr
		}
	}
	if o.fields != nil {
		types, p := o.fields.Lookup(name)
		if p == Absent {
			return nil, false
		}
		if p == Present {
			a.setMapping(types)
		}
		if p == Undecidable {
			o.made[name] = a
			return a, true
		}
	}
	o.made[name] = a
	return a, o.fields == nil
}

// behindTable is the open scope behind a table of which nothing is known.
func (o *openScope) behindTable() *openScope {
	out := &openScope{made: map[string]*Attr{}}
	if o != nil && o.fields != nil {
		out.made, out.index = o.made, o.fields
	} else if o != nil {
		out.index = o.index
	}
	return out
}

// setMapping gives a field the type that its mapping types have in ES|QL.
func (a *Attr) setMapping(types []string) {
	a.Mapping = types
	a.Type = TypeUnsupported
	for i, t := range types {
		base, metric, _ := strings.Cut(t, ":")
		typ := mappingType(base)
		if metric == "counter" {
			typ = counterOf(typ)
		}
		switch {
		case i == 0:
			a.Type = typ
		case mappingFamily(t) == mappingFamily(types[0]):
		case typ.Date() && a.Type.Date():
			a.Type = TypeDateNanos
		default:
			a.Type = TypeUnsupported
			return
		}
	}
}

func counterOf(t Type) Type {
	switch t {
	case TypeLong, TypeUnsignedLong:
		return TypeCounterLong
	case TypeInteger:
		return TypeCounterInteger
	case TypeDouble:
		return TypeCounterDouble
	}
	return t
}

// Matches tells whether a name fits the pattern, or is the name.
func (n *Name) Matches(name string) bool {
	if n.Glob == nil {
		return n.Text == name
	}
	first, last := n.Glob[0], n.Glob[len(n.Glob)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range n.Glob[1 : len(n.Glob)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

// matching finds the columns that patterns match, in their order. It serves the patterns of one command: those that begin with a text
// are looked up.
func (s *scope) matching() func(n *Name) []*Attr {
	var sorted []int // columns by name, once asked for
	name := func(i int) string { return s.cols[sorted[i]].Name }
	return func(n *Name) []*Attr {
		var found []int
		prefix := n.Glob[0]
		if prefix == "" {
			for i, a := range s.cols {
				if n.Matches(a.Name) {
					found = append(found, i)
				}
			}
		} else {
			if sorted == nil {
				sorted = make([]int, len(s.cols))
				for i := range sorted {
					sorted[i] = i
				}
				slices.SortFunc(sorted, func(i, j int) int { return strings.Compare(s.cols[i].Name, s.cols[j].Name) })
			}
			for at := sort.Search(len(sorted), func(i int) bool { return name(i) >= prefix }); at < len(sorted) && strings.HasPrefix(name(at), prefix); at++ {
				if n.Matches(name(at)) {
					found = append(found, sorted[at])
				}
			}
			slices.Sort(found)
		}
		out := make([]*Attr, len(found))
		for i, k := range found {
			out[i] = s.cols[k]
		}
		return out
	}
}

// star tells whether the pattern is "*".
func (n *Name) star() bool { return len(n.Glob) == 2 && n.Glob[0] == "" && n.Glob[1] == "" }

// suggest lists names near one that is not in scope, nearest first.
func (s *scope) suggest(name string) []string {
	names := make([]string, 0, len(s.cols))
	for _, a := range s.cols {
		if a != nil {
			names = append(names, a.Name)
		}
	}
	out := near.Names(name, names)
	if len(out) == 0 && s.open != nil && s.open.fields != nil {
		for _, n := range s.open.fields.Suggest(name) {
			if _, isGone := s.gone[n]; !isGone && s.open.passes(n) {
				out = append(out, n)
			}
		}
	}
	if len(out) == 0 {
		out = s.lastPart(name, names)
	}
	return out
}

// lastPart lists columns that end or begin as a name does: "name" for "user.name", "host.os" for "host.os.type".
func (s *scope) lastPart(name string, names []string) []string {
	var out []string
	for _, n := range names {
		if strings.HasSuffix(n, "."+name) || strings.HasSuffix(name, "."+n) {
			out = append(out, n)
		}
	}
	return out[:min(len(out), 3)]
}
