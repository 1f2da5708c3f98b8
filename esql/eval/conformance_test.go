package eval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

const shared = "../../../shared/conformance/esqlrun"

type conformanceCase struct {
	ID        string
	Query     string
	Columns   [][]any
	Values    [][]any
	Error     *caseError
	Unordered bool
	SetCells  []string `json:"set_cells"`
	Approx    bool
	Bug       bool
	Warns     any
	V95       *struct {
		Accepted bool
		Error    json.RawMessage
		Columns  [][]any
		Value    json.RawMessage
	} `json:"v9_5"`
}

// caseError is an error of the server, in some files only its text.
type caseError struct{ Type, Reason string }

func (e *caseError) UnmarshalJSON(data []byte) error {
	type plain caseError
	if data[0] == '"' {
		return json.Unmarshal(data, &e.Reason)
	}
	return json.Unmarshal(data, (*plain)(e))
}

type conformanceIndex struct {
	Mapping  json.RawMessage
	Settings map[string]any
	Docs     []json.RawMessage
}

func readShared(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared, name))
	if err != nil {
		t.Skip("no conformance cases here")
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		t.Fatal(err)
	}
}

type corpusIndex struct {
	index *eval.Index
	docs  []json.RawMessage
}

func buildIndex(t *testing.T, name string, mapping json.RawMessage, settings map[string]any, docs []json.RawMessage) corpusIndex {
	t.Helper()
	data, _ := json.Marshal(map[string]any{"mappings": mapping, "settings": settings})
	list, err := eval.Mapping(name, data)
	if err != nil {
		t.Fatal(err)
	}
	s := eval.NewSampler(list[0])
	for _, d := range docs {
		s.Add(d)
	}
	return corpusIndex{s.Index(), docs}
}

// runQuery runs a query over indexes, documents numbered from 1.
func runQuery(query string, indexes map[string]corpusIndex, opts eval.Options) (*eval.Result, error) {
	q, issues := esql.Parse(query)
	for _, i := range issues {
		return nil, fmt.Errorf("parse: %s", i.Message)
	}
	var names []string
	for n := range indexes {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		opts.Indexes = append(opts.Indexes, indexes[n].index)
	}
	p, err := eval.Compile(q, opts)
	if err != nil {
		return nil, err
	}
	needs := p.Needs().Node
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	run, prepared := p.Start(nil), p.Start(nil)
	reader := p.NewReader()
	for _, n := range names {
		for i, d := range indexes[n].docs {
			if err := dec.Decode(d, &rec); err != nil {
				return nil, err
			}
			meta := &eval.Meta{ID: strconv.Itoa(i + 1), Index: n, Source: d}
			run.Add(&rec, meta)
			addPrepared(prepared, reader, needs, &rec, meta)
		}
	}
	res, err := run.Finish()
	if err != nil {
		return nil, err
	}
	other, err := prepared.Finish()
	if err != nil {
		return nil, fmt.Errorf("of events that were chosen and read before: %w", err)
	}
	if diff := cmp.Diff(res.Rows, other.Rows); diff != "" {
		return nil, fmt.Errorf("not the rows of events that were chosen and read before:\n%s", diff)
	}
	return res, nil
}

// addPrepared adds an event as a search of many programs does: only if it has what the program needs, and read by a reader.
func addPrepared(run *eval.Run, reader *eval.Reader, needs predicate.Node, rec *event.Record, meta *eval.Meta) {
	switch {
	case needs.Eval(rec) == predicate.No:
	case reader == nil:
		run.Add(rec, meta)
	default:
		if e := reader.Read(rec, meta.Index); e != nil {
			run.AddEvent(e, meta)
		}
	}
}

func lookupTable(ix corpusIndex) *eval.Table {
	t := &eval.Table{Fields: ix.index.Fields}
	for _, d := range ix.docs {
		t.Docs = append(t.Docs, d)
	}
	return t
}

func cell(v any, approx bool) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i
		}
		f, _ := v.Float64()
		if u, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return u
		}
		if approx && f != 0 {
			return fmt.Sprintf("%.9e", f)
		}
		return math.Float64bits(f)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cell(v[i], approx)
		}
		return out
	}
	return v
}

func compareRows(c *conformanceCase, res *eval.Result) string {
	var cols [][]any
	for _, col := range res.Columns {
		cols = append(cols, []any{col.Name, col.Type})
	}
	want := c.Columns
	for i := range want {
		want[i] = want[i][:2]
	}
	if len(cols) != len(want) || len(cols) > 0 && !reflect.DeepEqual(cols, want) {
		return fmt.Sprintf("columns %v, want %v", cols, want)
	}
	if c.Values == nil {
		return ""
	}
	sets := map[int]bool{}
	for _, name := range c.SetCells {
		for i, col := range res.Columns {
			if col.Name == name {
				sets[i] = true
			}
		}
	}
	norm := func(row []any) string {
		for i := range row {
			row[i] = cell(row[i], c.Approx)
			if l, ok := row[i].([]any); ok && sets[i] {
				sort.Slice(l, func(a, b int) bool { return fmt.Sprint(l[a]) < fmt.Sprint(l[b]) })
			}
		}
		return fmt.Sprintf("%#v", row)
	}
	var got, exp []string
	for _, r := range res.Rows {
		var row []any
		dec := json.NewDecoder(strings.NewReader(r))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			return fmt.Sprintf("row %s: %v", r, err)
		}
		got = append(got, norm(row))
	}
	var wantText []string
	for _, r := range c.Values {
		data, _ := json.Marshal(r)
		wantText = append(wantText, string(data))
		exp = append(exp, norm(r))
	}
	if c.Unordered {
		return compareSets(got, res.Rows, exp, wantText)
	}
	if len(got) != len(exp) || len(got) > 0 && !reflect.DeepEqual(got, exp) {
		if os.Getenv("RULEVET_ROWS") != "" {
			return fmt.Sprintf("rows\n     %s, want\n     %s", strings.Join(res.Rows, " "), strings.Join(wantText, " "))
		}
		for i := range got {
			if i >= len(exp) || got[i] != exp[i] {
				want := "nothing"
				if i < len(exp) {
					want = wantText[i]
				}
				return fmt.Sprintf("%d rows, want %d; %s, want %s", len(got), len(exp), res.Rows[i], want)
			}
		}
		return fmt.Sprintf("%d rows, want %d: then %s", len(got), len(exp), wantText[len(got)])
	}
	return ""
}

// compareSets compares rows without their order; the texts are what to show of them.
func compareSets(got, gotText, want, wantText []string) string {
	left := map[string][]string{}
	for i, r := range want {
		left[r] = append(left[r], wantText[i])
	}
	var extra, missing []string
	for i, r := range got {
		if len(left[r]) > 0 {
			left[r] = left[r][1:]
		} else {
			extra = append(extra, gotText[i])
		}
	}
	for _, texts := range left {
		missing = append(missing, texts...)
	}
	if len(extra)+len(missing) == 0 {
		return ""
	}
	sort.Strings(extra)
	sort.Strings(missing)
	return fmt.Sprintf("%d rows, want %d; %s, want %s", len(got), len(want), strings.Join(extra[:min(2, len(extra))], " "), strings.Join(missing[:min(2, len(missing))], " "))
}

// differs lists cases whose difference is known, with the reason.
var differs = map[string]string{
	"arith/37": "ABS of the least integer fails the query in 8.19, in 9.5 the value is null",
	"misc/1":   "SHOW INFO tells the version that is followed, 9.5.3",
	"multi/56": "8.19 reads a pattern of clusters that are not there as an index without fields",
	// Of KQL the version of 9.5 is run on both: that alternatives in parentheses do not parse is a fault of that release.
	"fulltext/27": "`field: (a or b)` in KQL", "kql/5": "`field: (a or b)` in KQL", "kql/6": "`field: (a or b)` in KQL",
}

func checkCases(t *testing.T, name string, least float64, run func(c *conformanceCase) string) {
	var cases []*conformanceCase
	readShared(t, name, &cases)
	failed := 0
	for _, c := range cases {
		if c.Bug {
			continue
		}
		if problem := run(c); problem != "" {
			failed++
			if differs[c.ID] == "" || testing.Verbose() {
				t.Logf("%s %s\n   %s", c.ID, c.Query, problem)
			}
		}
	}
	share := 100 * float64(len(cases)-failed) / float64(len(cases))
	t.Logf("%s: %d of %d agree (%.1f %%)", name, len(cases)-failed, len(cases), share)
	if share < least {
		t.Errorf("%.1f %% agree, want %.1f %%", share, least)
	}
}

// lacksFeature complains if nothing in a query, which 8.19 refuses and 9.5 does not, is known to be too new for it.
func lacksFeature(query string) string {
	q, _ := esql.Parse(query)
	for _, f := range esql.Features(q) {
		if f.Absent.Lacks(8, 19) {
			return ""
		}
	}
	return "no feature that 8.19 lacks"
}

func TestConformance(t *testing.T) {
	var raw map[string]conformanceIndex
	readShared(t, "indices.json", &raw)
	indexes := map[string]corpusIndex{}
	for name, ix := range raw {
		indexes[name] = buildIndex(t, name, ix.Mapping, ix.Settings, ix.Docs)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	opts := eval.Options{Now: now, Lookups: map[string]*eval.Table{"lk": lookupTable(indexes["lk"])}}
	run := func(c *conformanceCase) (problem string) {
		defer func() {
			if r := recover(); r != nil {
				problem = fmt.Sprintf("panic: %v", r)
			}
		}()
		res, err := runQuery(c.Query, indexes, opts)
		if c.V95 != nil && !opts.V8 {
			switch {
			case c.V95.Error != nil:
				c.Error = &caseError{"", string(c.V95.Error)}
			case c.V95.Value != nil:
				var v any
				json.Unmarshal(c.V95.Value, &v)
				c.Error, c.Values = nil, [][]any{{v}}
				if f, ok := v.(float64); ok {
					c.Values = [][]any{{json.Number(strconv.FormatFloat(f, 'g', -1, 64))}}
				}
				if len(c.Columns) == 0 && err == nil {
					c.Columns = [][]any{{res.Columns[0].Name, res.Columns[0].Type}}
				}
			default:
				c.Error, c.Values = nil, nil
				if c.V95.Columns != nil {
					c.Columns = c.V95.Columns
				}
			}
		}
		switch {
		case c.Error != nil && (c.Error.Type == "ParsingException" || c.Error.Type == "VerificationException" || c.V95 != nil && c.V95.Error != nil):
			return "" // package esql's part
		case c.Error != nil && err == nil:
			return fmt.Sprintf("no error, want %s", c.Error.Reason)
		case c.Error != nil:
			return ""
		case err != nil:
			return "error " + err.Error()
		}
		return compareRows(c, res)
	}
	checkCases(t, "cases.json", 97, run)
	checkCases(t, "constants-9.5.json", 97, run)
	opts.V8 = true // as the server that ran the cases
	checkCases(t, "cases.json", 99.5, func(c *conformanceCase) string {
		if older := c.Error == nil || c.V95 == nil || !c.V95.Accepted; !older {
			if _, err := runQuery(c.Query, indexes, opts); err != nil {
				return ""
			}
			return lacksFeature(c.Query)
		}
		return run(c)
	})
}
