package eval

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/esdate"
)

// Sampler finds the fields that Elasticsearch would add to a mapping when it indexes documents.
type Sampler struct {
	index *Index
	known map[string]string // type by name
	added []Field
	// Text maps texts; by default to text with a keyword below, as Elasticsearch does.
	Keywords bool
	// Known gives the type of a field that a catalog knows.
	Known func(name string) (Field, bool)
}

// NewSampler returns a sampler that adds to the fields of an index.
func NewSampler(ix *Index) *Sampler {
	s := &Sampler{index: ix, known: map[string]string{}}
	for _, f := range ix.Fields {
		s.known[f.Name] = f.Type
	}
	return s
}

// maxSampleDepth is how deep objects may nest.
const maxSampleDepth = 64

// Add looks at a document.
func (s *Sampler) Add(doc []byte) {
	if s.index.Closed {
		return
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v map[string]any
	if dec.Decode(&v) == nil {
		s.object("", v, 0)
	}
}

func (s *Sampler) object(prefix string, m map[string]any, depth int) {
	if depth > maxSampleDepth {
		return
	}
	for k, v := range m {
		s.value(prefix+k, v, depth)
	}
}

func (s *Sampler) value(name string, v any, depth int) {
	if t, ok := s.known[name]; ok && t != "object" && t != "group" {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		s.object(name+".", v, depth+1)
	case []any:
		for _, item := range v {
			s.value(name, item, depth+1)
		}
	case nil:
	default:
		s.scalar(name, v)
	}
}

func (s *Sampler) scalar(name string, v any) {
	if s.Known != nil {
		if f, ok := s.Known(name); ok {
			s.add(f)
			return
		}
	}
	switch v := v.(type) {
	case bool:
		s.add(Field{Name: name, Type: "boolean"})
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			s.add(Field{Name: name, Type: "float"})
		} else {
			s.add(Field{Name: name, Type: "long"})
		}
	case string:
		if _, number := esdate.Epoch(v, 1); !number {
			if _, ok := esdate.Default().Value(v); ok {
				s.add(Field{Name: name, Type: "date"})
				return
			}
		}
		if s.Keywords {
			s.add(Field{Name: name, Type: "keyword"})
			return
		}
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
