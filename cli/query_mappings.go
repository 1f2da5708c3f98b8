package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/schema"
)

// mappedFields are the fields of --schema.
type mappedFields struct {
	*schema.Dynamic
	catalog  *schema.Catalog
	overlays []*schema.Overlay
}

// Lookup adds that events which lack a constant_keyword have its value, if the mappings hold for all events alike.
func (m mappedFields) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	info, presence := m.Dynamic.Lookup(name)
	info.Fill = !m.scoped()
	return info, presence
}

// scoped reports whether a mapping is limited to some indexes.
func (m mappedFields) scoped() bool {
	return slices.ContainsFunc(m.overlays, func(o *schema.Overlay) bool { return len(o.Patterns) > 0 })
}

// mappings compile a query once for each set of mappings that the indexes of events have, for --schema PATTERN=FILE. An
// event without an index is held against all mappings at once.
type mappings struct {
	q       *eql.Query
	all     *eval.Program
	opts    eval.Options
	fields  mappedFields
	byIndex map[string]*eval.Program
	byScope map[string]*eval.Program // by the numbers of the overlays
	types   fieldTypes
}

// newMappings returns nil if no mapping is limited to some indexes.
func newMappings(q *eql.Query, all *eval.Program, opts eval.Options, fields eql.Fields) (*mappings, error) {
	mapped, ok := fields.(mappedFields)
	if !ok || !mapped.scoped() {
		return nil, nil
	}
	return &mappings{q, all, opts, mapped, map[string]*eval.Program{"": all}, map[string]*eval.Program{}, fieldTypes{}}, nil
}

// planError is what the type check or the planner rejects for an index.
type planError struct {
	index string // empty: the message names it
	issue eql.Issue
}

func (e *planError) Error() string {
	if e.index == "" {
		return e.issue.Message
	}
	return fmt.Sprintf("%s (for events of %q)", e.issue.Message, e.index)
}

// decode returns the program for the index of an event. If that needs fields that the decoder does not read yet, the
// event is decoded again.
func (m *mappings) decode(dec *event.Decoder, doc event.Doc, rec *event.Record) (*eval.Program, *event.Decoder, error) {
	p := m.byIndex[doc.IndexName]
	if p != nil {
		return p, dec, nil
	}
	p, err := m.compile(doc.IndexName)
	if err != nil {
		return nil, dec, err
	}
	m.byIndex[strings.Clone(doc.IndexName)] = p
	dec = event.NewDecoder(m.opts.Layout)
	return p, dec, dec.Decode(doc.Source, rec)
}

func (m *mappings) compile(index string) (*eval.Program, error) {
	var scope []*schema.Overlay
	name := ""
	for i, o := range m.fields.overlays {
		if o.AppliesTo(index) {
			scope = append(scope, o)
			name += fmt.Sprint(i, " ")
		}
	}
	if p := m.byScope[name]; p != nil {
		return p, nil
	}
	fields := m.scoped(scope)
	if len(scope) > 0 {
		if err := m.types.enter(m.q, fields, index); err != nil {
			return nil, err
		}
	}
	info, issues := eql.Check(m.q, fields)
	for _, i := range issues {
		if i.Level == eql.Error && !i.Missing { // which other indexes have: missing here
			return nil, &planError{index, i}
		}
	}
	p, err := eval.Compile(m.q, info, m.opts)
	if err != nil {
		return nil, &planError{index, planIssue(m.q.Source, err)}
	}
	m.byScope[name] = p
	return p, nil
}

// scoped are the fields of an index with some of the mappings; without any, those of queries without --schema.
func (m *mappings) scoped(scope []*schema.Overlay) eql.Fields {
	if len(scope) == 0 {
		return ecsTypes{m.fields.catalog.View(schema.Request{}, "")}
	}
	return scopedFields{m.fields.catalog.Only(scope...), scope, m.fields.Dynamic}
}

// scopedFields are the fields of some mappings. What these map dynamically has the type that the first event gives it,
// whatever its index.
type scopedFields struct {
	*schema.View
	overlays []*schema.Overlay
	dynamic  *schema.Dynamic
}

func (s scopedFields) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	info, presence := s.View.Lookup(name)
	if presence != eql.Absent || !slices.ContainsFunc(s.overlays, func(o *schema.Overlay) bool { return o.MapsDynamically(name) }) {
		info.Fill = true
		return info, presence
	}
	return s.dynamic.Lookup(name)
}
