package eval_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// conformanceCase is one case of Elasticsearch's own tests.
type conformanceCase struct {
	Name, Query string
	Indices     []string
	Options     struct {
		Category   string `json:"category_field"`
		Timestamp  string `json:"timestamp_field"`
		Tiebreaker string `json:"tiebreaker_field"`
		ID         string `json:"id_field"`
		Size       *int   `json:"size"`
		MaxSamples int    `json:"max_samples_per_key"`
	}
	Expected [][]json.Number `json:"expected_any_of"`
	JoinKeys []*string       `json:"join_keys"`
}

// exceptions are cases that are not expected to pass, with the reason.
var exceptions = map[string]string{}

func TestConformance(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "conformance")
	data, err := os.ReadFile(filepath.Join(root, "cases.json"))
	if err != nil {
		t.Skip("no conformance cases here")
	}
	var cases []conformanceCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if why := exceptions[c.Name]; why != "" {
				t.Skip(why)
			}
			got, keys := runConformance(t, root, c)
			if !matchesAny(got, c.Expected) {
				t.Errorf("%s\n(-want +got):\n%s", c.Query, cmp.Diff(c.Expected[0], got))
			}
			if c.JoinKeys != nil {
				if d := cmp.Diff(c.JoinKeys, keys); d != "" {
					t.Errorf("%s\njoin keys (-want +got):\n%s", c.Query, d)
				}
			}
			if !t.Failed() {
				passed++
			}
		})
	}
	t.Logf("conformance: %d of %d cases passed", passed, len(cases))
}

func matchesAny(got []json.Number, want [][]json.Number) bool {
	for _, w := range want {
		if cmp.Equal(w, got) || len(w) == 0 && len(got) == 0 {
			return true
		}
	}
	return false
}

func runConformance(t *testing.T, root string, c conformanceCase) (ids []json.Number, keys []*string) {
	q, issues := eql.Parse(c.Query)
	for _, i := range issues {
		if i.Level == eql.Error {
			t.Fatalf("%s: %s", c.Query, i.Message)
		}
	}
	program, err := eval.Compile(q, mappingInfo(t, root, c.Indices, q), eval.Options{CategoryField: c.Options.Category, TimestampField: c.Options.Timestamp,
		TiebreakerField: c.Options.Tiebreaker, Size: c.Options.Size, MaxSamplesPerKey: c.Options.MaxSamples})
	if err != nil {
		t.Fatalf("%s: %v", c.Query, err)
	}
	run := program.NewRun(false)
	index := 0
	for _, name := range c.Indices {
		index = feedFile(t, filepath.Join(root, "data", name+".ndjson"), program, run, index)
	}
	for _, r := range run.Finish() {
		keys = append(keys, r.Keys...)
		for _, e := range r.Events {
			ids = append(ids, idOf(t, e, c.Options.ID))
		}
	}
	return ids, keys
}

func feedFile(t *testing.T, path string, program *eval.Program, run *eval.Run, index int) int {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := event.NewReader(path, f)
	if err != nil {
		t.Fatal(err)
	}
	dec := event.NewDecoder(program.Layout())
	var rec event.Record
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return index
		}
		if err == nil {
			err = dec.Decode(doc.Source, &rec)
		}
		if err == nil {
			err = run.Feed(&rec, eval.Ref{Index: index, Source: doc.Source})
		}
		if err != nil {
			t.Fatal(err)
		}
		index++
	}
}

func idOf(t *testing.T, e *eval.Ref, field string) json.Number {
	if e == nil {
		return "-1"
	}
	var l event.Layout
	slot := l.Add(field)
	var rec event.Record
	if err := event.NewDecoder(&l).Decode(e.Source, &rec); err != nil {
		t.Fatal(err)
	}
	vs := rec.Values(slot)
	if len(vs) == 0 {
		return json.Number("no " + field)
	}
	return json.Number(vs[0].Text)
}

// mappingInfo checks a query against the mappings of the indices.
func mappingInfo(t *testing.T, root string, indices []string, q *eql.Query) *eql.Info {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	var all []*schema.Overlay
	for _, name := range indices {
		file := filepath.Join(root, "data", name+".mapping.json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		overlays, err := overlay.Read(file, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, overlays...)
	}
	var names []string
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			names = append(names, f.Name)
		}
		return true
	})
	fields := schema.NewDynamic(catalog.Only(all...), all, names)
	for _, name := range indices {
		sampleFile(t, filepath.Join(root, "data", name+".ndjson"), fields)
	}
	info, issues := eql.Check(q, fields)
	for _, i := range issues {
		if i.Level == eql.Error {
			t.Errorf("%s", i.Message)
		}
	}
	return info
}

func sampleFile(t *testing.T, path string, fields *schema.Dynamic) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := event.NewReader(path, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := fields.Sample(r.Next); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func TestSeriesSpec(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "conformance", "sequences.series-spec"))
	if err != nil {
		t.Skip("no conformance cases here")
	}
	specs := parseSeries(string(data))
	passed := 0
	for _, s := range specs {
		t.Run(s.name, func(t *testing.T) {
			got := s.run(t)
			if d := cmp.Diff(s.want, got); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", s.query(), d)
				return
			}
			passed++
		})
	}
	t.Logf("sequence series: %d of %d passed", passed, len(specs))
}
