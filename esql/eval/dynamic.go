package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Sampler finds the fields that Elasticsearch would add to a mapping when it indexes documents.
type Sampler struct {
	index  *Index
	known  map[string]string // type by name
	seen   map[string]bool   // names of values that were looked at
	added  []Field
	walker event.Walker
	// Keywords maps texts to keyword; else they become text with a keyword below, as Elasticsearch makes them.
	Keywords bool
	// Known gives the type of a field that a catalog knows.
	Known func(name string) (Field, bool)
}

// NewSampler returns a sampler that adds to the fields of an index.
func NewSampler(ix *Index) *Sampler {
	s := &Sampler{index: ix, known: map[string]string{}, seen: map[string]bool{}}
	for _, f := range ix.Fields {
		s.known[f.Name] = f.Type
	}
	return s
}

// Limits of what is found in documents: Elasticsearch takes 1,000 fields of 20 parts.
const (
	maxSampled    = 100_000 // names of fields
	maxSampleName = 4096    // bytes of a name
	maxSampleDots = 64
)

// Add looks at a document. A field has the type of its first value; one that is no JSON object adds nothing.
func (s *Sampler) Add(doc []byte) {
	if s.index.Closed {
		return
	}
	before := len(s.added)
	err := s.walker.LeavesOf(doc, func(path []byte, v event.Value) bool {
		if !s.seen[string(path)] {
			s.value(string(path), v)
		}
		return true
	})
	if err != nil {
		s.undo(before)
	}
}

// undo takes back what the beginning of a broken document has added.
func (s *Sampler) undo(to int) {
	for _, f := range s.added[to:] {
		delete(s.known, f.Name)
		delete(s.seen, f.Name)
	}
	s.added = s.added[:to]
}

func (s *Sampler) value(name string, v event.Value) {
	if name == "" || len(s.seen) == maxSampled || len(name) > maxSampleName || strings.Count(name, ".") > maxSampleDots {
		return
	}
	s.seen[name] = true
	if !s.within(name) {
		s.scalar(name, v)
	}
}

// within tells that a name has its type from the mapping already, or is a part of a field that takes objects as values.
func (s *Sampler) within(name string) bool {
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if t, ok := s.known[name[:end]]; ok && t != "object" && t != "group" {
			return true
		}
	}
	return false
}

func (s *Sampler) scalar(name string, v event.Value) {
	if s.Known != nil {
		if f, ok := s.Known(name); ok {
			s.add(f)
			return
		}
	}
	switch v.Kind {
	case event.Bool:
		s.add(Field{Name: name, Type: "boolean"})
	case event.Int, event.Uint, event.Float:
		if strings.ContainsAny(v.Text, ".eE") {
			s.add(Field{Name: name, Type: "float"})
		} else {
			s.add(Field{Name: name, Type: "long"})
		}
	case event.String:
		s.text(name, v.Text)
	}
}

func (s *Sampler) text(name, text string) {
	switch {
	case esdate.Detected(text):
		s.add(Field{Name: name, Type: "date"})
	case s.Keywords:
		s.add(Field{Name: name, Type: "keyword"})
	default:
		s.add(Field{Name: name, Type: "text"})
		s.add(Field{Name: name + ".keyword", Source: name, Type: "keyword", IgnoreAbove: 256})
	}
}

func (s *Sampler) add(f Field) {
	if _, ok := s.known[f.Name]; ok {
		return
	}
	s.known[f.Name] = f.Type
	s.added = append(s.added, f)
}

// Index returns the index with the fields that were found.
func (s *Sampler) Index() *Index {
	out := &Index{Name: s.index.Name, Closed: s.index.Closed, Fields: append(slices.Clone(s.index.Fields), s.added...)}
	slices.SortFunc(out.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}
