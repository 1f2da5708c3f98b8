// Package cluster runs rules on Elasticsearch itself: fixtures in temporary indexes, to hold our verdict against its, and
// whole rules over the data of a cluster.
//
// EQL goes to _eql/search, ES|QL to _query, KQL and Lucene's syntax to _search as the Query DSL that Kibana makes of them.
package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/elastic"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/inventory"
	"github.com/rulevet/rulevet/rule/ruletest"
	"github.com/rulevet/rulevet/schema"
)

// Tester runs the cases of rules on a cluster.
type Tester struct {
	client    *elastic.Client
	temporary *elastic.Temporary
	compiler  *compile.Compiler
	ctx       context.Context
}

// NewTester connects cases to a cluster. The context ends all requests but those that clean up.
func NewTester(ctx context.Context, client *elastic.Client, temporary *elastic.Temporary, catalog *schema.Catalog) *Tester {
	return &Tester{client: client, temporary: temporary, compiler: &compile.Compiler{Catalog: catalog}, ctx: ctx}
}

// Matcher makes the matcher of a rule, see ruletest.Options.Remote.
func (t *Tester) Matcher(file *rule.File) (ruletest.Matcher, error) {
	req, err := newRequest(file, t.compiler)
	if err != nil {
		return nil, err
	}
	fields, err := t.compiler.Fields(file)
	if err != nil {
		return nil, err
	}
	used := inventory.Build([]*rule.File{file})[0].Fields
	for _, name := range []string{"@timestamp", "event.category", file.Rule.EventCategoryOverride, file.Rule.TimestampField, file.Rule.TiebreakerField} {
		if name != "" {
			used = append(used, name)
		}
	}
	return &matcher{t: t, req: req, fields: fields, used: used}, nil
}

// matcher is a rule on a cluster.
type matcher struct {
	t      *Tester
	req    *request
	fields mapping.Fields
	used   []string
	note   string
}

// Explain implements ruletest.Matcher: the cluster does not say why.
func (m *matcher) Explain(*ruletest.Failure) string { return "" }

// Match implements ruletest.Matcher.
func (m *matcher) Match(events [][]byte) (hits []ruletest.Hit, err error) {
	body := indexBody(m.fields, m.used, events)
	index, remove, err := m.create(body)
	if err != nil {
		return nil, err
	}
	defer func() {
		if gone := remove(); gone != nil && err == nil {
			err = fmt.Errorf("the temporary index %s could not be removed; the next run does it: %w", index, gone)
		}
	}()
	if err := m.t.client.Bulk(m.t.ctx, index, events); err != nil {
		return nil, err
	}
	hits, err = m.search(index)
	var refused *elastic.Error
	if errors.As(err, &refused) && refused.Lacks() {
		return nil, &ruletest.NotRun{Why: fmt.Sprintf("the cluster has no endpoint for %s", [...]string{"EQL", "searches", "ES|QL"}[m.req.kind])}
	}
	return hits, err
}

// create makes the index. A cluster without some types of fields gets simpler ones.
func (m *matcher) create(body map[string]any) (string, func() error, error) {
	index, remove, err := m.t.temporary.Create(m.t.ctx, body)
	var refused *elastic.Error
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "No handler for type") && !strings.Contains(refused.Reason, "mapper type [") {
		return index, remove, err
	}
	replaced := map[string]bool{}
	simplify(body["mappings"].(map[string]any)["properties"].(map[string]any), replaced)
	if len(replaced) == 0 {
		return index, remove, err
	}
	index, remove, err = m.t.temporary.Create(m.t.ctx, body)
	if err != nil {
		return "", nil, fmt.Errorf("with simpler types for %s: %w", strings.Join(slices.Sorted(maps.Keys(replaced)), ", "), err)
	}
	m.note = "fields of the types " + strings.Join(slices.Sorted(maps.Keys(replaced)), ", ") + " had simpler ones: the cluster lacks these"
	return index, remove, nil
}

// Note says what was not as it should be in the last call of Match.
func (m *matcher) Note() string { return m.note }

// search runs the rule on an index whose documents have their positions as ids.
func (m *matcher) search(index string) ([]ruletest.Hit, error) {
	switch m.req.kind {
	case eqlSearch:
		answer, err := m.t.client.EQL(m.t.ctx, []string{index}, m.req.body)
		if err != nil {
			return nil, err
		}
		return eqlHits(answer)
	case dslSearch:
		answer, err := m.t.client.Search(m.t.ctx, []string{index}, m.req.body)
		if err != nil {
			return nil, err
		}
		return single(answer.Hits.Hits)
	}
	text, err := on(m.req.query, index)
	if err != nil {
		return nil, &ruletest.NotRun{Why: err.Error()}
	}
	answer, err := m.t.client.Query(m.t.ctx, text)
	if err != nil {
		return nil, err
	}
	return rowHits(answer)
}

func single(list []elastic.Hit) ([]ruletest.Hit, error) {
	var out []ruletest.Hit
	for _, h := range list {
		at, err := position(h)
		if err != nil {
			return nil, err
		}
		out = append(out, ruletest.Hit{Events: []int{at}})
	}
	return out, nil
}

func position(h elastic.Hit) (int, error) {
	if h.Missing {
		return ruletest.Missing, nil
	}
	at, err := strconv.Atoi(h.ID)
	if err != nil {
		return 0, fmt.Errorf("the answer has a document %s that was not sent", strconv.Quote(h.ID))
	}
	return at, nil
}

func eqlHits(a *elastic.EQL) ([]ruletest.Hit, error) {
	out, err := single(a.Hits.Events)
	for _, s := range a.Hits.Sequences {
		hit := ruletest.Hit{}
		for _, e := range s.Events {
			at, err := position(e)
			if err != nil {
				return nil, err
			}
			hit.Events = append(hit.Events, at)
		}
		for _, k := range s.Keys {
			hit.Keys = append(hit.Keys, keyText(k))
		}
		out = append(out, hit)
	}
	return out, err
}

// keyText is a join key as text; nil for null.
func keyText(raw json.RawMessage) *string {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return &s
}

// rowHits are rows by position where they have _id.
func rowHits(a *elastic.Rows) ([]ruletest.Hit, error) {
	id := -1
	for i, c := range a.Columns {
		if c.Name == "_id" {
			id = i
		}
	}
	var out []ruletest.Hit
	for _, row := range a.Values {
		hit := ruletest.Hit{}
		if id >= 0 {
			var text string
			if json.Unmarshal(row[id], &text) == nil {
				at, err := strconv.Atoi(text)
				if err != nil {
					return nil, fmt.Errorf("the answer has a document %s that was not sent", strconv.Quote(text))
				}
				hit.Events = []int{at}
			}
		}
		out = append(out, hit)
	}
	return out, nil
}
