package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/elastic"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/hunt"
)

// pageSize is the number of matches of a rule whose events are fetched; more are counted.
const pageSize = 1000

// Range is the time that a hunt covers, in date math of Elasticsearch: now-7d, 2026-01-01.
type Range struct{ From, To string }

// Hunter runs rules over the data of a cluster.
type Hunter struct {
	client   *elastic.Client
	compiler *compile.Compiler
	span     Range
	by       []string
	out      *hunt.Collector
	layout   *event.Layout
	slots    []int // of the time and of by
}

// NewHunter prepares a hunt. Of the options By, Samples and Catalog count.
func NewHunter(client *elastic.Client, span Range, o hunt.Options) *Hunter {
	h := &Hunter{client: client, compiler: &compile.Compiler{Catalog: o.Catalog}, span: span, by: []string{"host.name", "host.hostname", "host.id"},
		out: hunt.NewCollector(o), layout: &event.Layout{}}
	if o.By != "" {
		h.by = []string{o.By}
	}
	for _, name := range append([]string{"@timestamp"}, h.by...) {
		h.slots = append(h.slots, h.layout.Add(name))
	}
	return h
}

// Run runs the rules one after another. The error is that of the context, or of a cluster that cannot be used at all; what
// keeps a single rule from an answer is in the report.
func (h *Hunter) Run(ctx context.Context, files []*rule.File) (*hunt.Report, error) {
	failure := ""
	var fatal error
	for _, f := range files {
		req, err := newRequest(f, h.compiler)
		if err != nil {
			h.out.NotChecked(f, err.Error())
			continue
		}
		err = h.rule(ctx, f, req)
		var refused *elastic.Error
		switch {
		case err == nil:
			continue
		case errors.As(err, &refused) && refused.Lacks():
			h.out.NotChecked(f, "the cluster has no endpoint for "+[...]string{"EQL", "searches", "ES|QL"}[req.kind])
			continue
		case errors.As(err, &refused) && refused.Status != 401 && refused.Status != 429:
			h.out.Rule(f, nil, 0, "", refused.Error())
			continue
		}
		failure, fatal = err.Error(), err
		if ctx.Err() != nil {
			failure = "interrupted"
		}
		break
	}
	h.out.Searched(fmt.Sprintf("%s, %s to %s", h.client, h.span.From, h.span.To), failure)
	return h.out.Report(), fatal
}

func (h *Hunter) rule(ctx context.Context, f *rule.File, req *request) error {
	indexes := f.Rule.Index
	if len(indexes) == 0 && req.kind != rows {
		h.out.NotChecked(f, "the rule names no index, and searching all is not what it does")
		return nil
	}
	within := map[string]any{"range": map[string]any{timeField(f): map[string]any{"gte": h.span.From, "lte": h.span.To}}}
	filters := append([]any{within}, req.filters...)
	switch req.kind {
	case eqlSearch:
		body := eqlBody(f, filters)
		body["size"], body["result_position"] = pageSize, "head"
		answer, err := h.client.EQL(ctx, indexes, body)
		if err != nil {
			return err
		}
		var matches []hunt.Match
		for _, e := range answer.Hits.Events {
			matches = append(matches, h.match(nil, []elastic.Hit{e}))
		}
		for _, s := range answer.Hits.Sequences {
			matches = append(matches, h.match(s.Keys, s.Events))
		}
		h.done(f, matches, answer.Hits.Total)
	case dslSearch:
		must := append([]any{req.body["query"]}, within)
		answer, err := h.client.Search(ctx, indexes, map[string]any{"query": map[string]any{"bool": map[string]any{"filter": must}}, "size": pageSize,
			"track_total_hits": true, "sort": []any{map[string]any{timeField(f): map[string]any{"order": "asc", "unmapped_type": "date"}}}})
		if err != nil {
			return err
		}
		var matches []hunt.Match
		for _, hit := range answer.Hits.Hits {
			matches = append(matches, h.match(nil, []elastic.Hit{hit}))
		}
		h.done(f, matches, answer.Hits.Total)
	default:
		answer, err := h.client.QueryWithin(ctx, f.Query.Value, within)
		if err != nil {
			return err
		}
		h.done(f, h.rowMatches(answer), elastic.Total{Value: len(answer.Values), Relation: "eq"})
	}
	return nil
}

// done hands the matches of a rule over, and says where they are not all.
func (h *Hunter) done(f *rule.File, matches []hunt.Match, total elastic.Total) {
	limited := ""
	switch {
	case len(matches) < total.Value && total.Relation == "eq":
		limited = fmt.Sprintf("times and hosts are those of the first %d matches", len(matches))
	case len(matches) >= pageSize:
		limited = fmt.Sprintf("the cluster gave the first %d matches, there may be more", len(matches))
	}
	h.out.Rule(f, matches, total.Value, limited, "")
}

func timeField(f *rule.File) string {
	if f.Rule.TimestampField != "" {
		return f.Rule.TimestampField
	}
	return "@timestamp"
}

// match is a match as the report has it.
func (h *Hunter) match(keys []json.RawMessage, events []elastic.Hit) hunt.Match {
	m := hunt.Match{}
	for _, k := range keys {
		m.Sample.Keys = append(m.Sample.Keys, keyText(k))
	}
	for _, e := range events {
		if e.Missing {
			m.Sample.Events = append(m.Sample.Events, nil)
			continue
		}
		at, host := h.about(e.Source)
		shown := &hunt.SampleEvent{Input: e.Index, ID: e.ID, Host: host, Source: e.Source}
		if !at.IsZero() {
			m.Time = at
			shown.Time = at.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		if host != "" {
			m.Host = host
		}
		m.Sample.Events = append(m.Sample.Events, shown)
	}
	return m
}

// about is the time of an event and what matches are counted by.
func (h *Hunter) about(source []byte) (at time.Time, host string) {
	var rec event.Record
	if event.NewDecoder(h.layout).Decode(source, &rec) != nil {
		return at, ""
	}
	if vs := rec.Values(h.slots[0]); len(vs) > 0 {
		if vs[0].Kind == event.Int {
			at = time.UnixMilli(int64(vs[0].Bits))
		} else if instant, ok := esdate.Default().Value(vs[0].Text); ok {
			at = time.UnixMilli(instant.Milli)
		}
	}
	for _, slot := range h.slots[1:] {
		if vs := rec.Values(slot); len(vs) > 0 {
			return at, vs[0].Text
		}
	}
	return at, ""
}

// rowMatches are the rows of ES|QL, each as an object of its columns.
func (h *Hunter) rowMatches(a *elastic.Rows) []hunt.Match {
	var out []hunt.Match
	for _, row := range a.Values {
		object := map[string]json.RawMessage{}
		for i, c := range a.Columns {
			object[c.Name] = row[i]
		}
		source, err := json.Marshal(object)
		if err != nil {
			continue
		}
		id := strings.Trim(string(object["_id"]), `"`)
		out = append(out, h.match(nil, []elastic.Hit{{ID: id, Index: strings.Trim(string(object["_index"]), `"`), Source: source}}))
	}
	return out
}
