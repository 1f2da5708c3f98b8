package cli

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// overlays reads a field list in any of the formats of --schema.
func (s *indexSet) overlays(spec string) error {
	list, err := overlay.Load([]string{spec})
	if err != nil {
		return err
	}
	catalog, err := schema.New()
	if err != nil {
		return err
	}
	for _, o := range list {
		view := catalog.Only(o)
		names := o.Patterns
		if len(names) == 0 {
			names = []string{""}
		}
		for _, name := range names {
			ix := &eval.Index{Name: name}
			for _, n := range view.Names("") {
				if f, ok := eval.CatalogField(view, n); ok {
					ix.Fields = append(ix.Fields, f)
				}
			}
			s.mapped = append(s.mapped, eval.NewSampler(ix))
		}
	}
	return nil
}

// mapping is the index that --schema NAME=FILE describes, nil if there is none of that name.
func (s *indexSet) mapping(name string) *eval.Index {
	for _, m := range s.mapped {
		if ix := m.Index(); ix.Name == name {
			return ix
		}
	}
	return nil
}

// lookup reads the documents of a lookup index or an ENRICH policy.
func (s *indexSet) lookup(spec string, d *esqlData) error {
	name, path, ok := strings.Cut(spec, "=")
	if !ok || name == "" {
		return fmt.Errorf("%s: expected NAME=FILE", spec)
	}
	in, err := fileio.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	reader, err := event.NewReader(path, in)
	if err != nil {
		return err
	}
	defer reader.Close()
	declared := d.schema.Lookups[name]
	policy := d.schema.Policies[name]
	ix := &eval.Index{Name: name}
	if own := s.mapping(name); own != nil {
		ix = own
	} else if declared != nil {
		names, _ := declared.Names()
		for _, n := range names {
			if types, _ := declared.Lookup(n); len(types) > 0 {
				ix.Fields = append(ix.Fields, eval.Field{Name: n, Type: types[0]})
			}
		}
	} else if policy != nil {
		for _, f := range policy.Fields {
			ix.Fields = append(ix.Fields, eval.Field{Name: f.Name, Type: f.Type})
		}
	}
	sampler := eval.NewSampler(ix)
	sampler.Keywords, sampler.Known = true, s.known
	table := &eval.Table{}
	size := 0
	for {
		doc, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		const beside = 256 // what is kept of a document besides its text
		if size += len(doc.Source) + beside; size > fileio.MaxData {
			return fmt.Errorf("%s: more than %d MiB of documents, the limit for what is looked up", path, fileio.MaxData>>20)
		}
		source := slices.Clone(doc.Source)
		sampler.Add(source)
		table.Docs = append(table.Docs, source)
	}
	table.Fields = sampler.Index().Fields
	d.lookups[name] = table
	if policy != nil {
		p := &eval.Policy{Type: policy.Type, MatchField: policy.Match, Table: table}
		for _, f := range policy.Fields {
			p.Fields = append(p.Fields, f.Name)
		}
		d.policy[name] = p
	}
	if declared == nil && policy == nil && d.schema.Lookups != nil {
		d.schema.Lookups[name] = eval.FieldsOf(table.Fields)
	}
	return nil
}
