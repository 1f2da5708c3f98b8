package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
	"github.com/rulevet/rulevet/search"
)

// suites reads all suites of a folder of testdata.
func suites(t *testing.T, folder string) []*Suite {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no suites in testdata/%s: %v", folder, err)
	}
	var list []*Suite
	for _, p := range paths {
		s, err := Read(p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// hold runs every case of a folder and compares the answers as they are written.
func hold(t *testing.T, folder string, answer func(*testing.T, *Suite) func(*Case) string) {
	n := 0
	for _, s := range suites(t, folder) {
		t.Run(strings.TrimSuffix(filepath.Base(s.Path), ".txtar"), func(t *testing.T) {
			run := answer(t, s)
			for _, c := range s.Cases {
				n++
				if d := cmp.Diff(c.Answer, run(c)); d != "" {
					t.Errorf("cases:%d: %s %s\n(-want +got):\n%s", c.Line, c.Query, c.Option, d)
				}
			}
		})
	}
	t.Logf("%d cases", n)
}

// options are those of a query in a case.
type options struct {
	CaseInsensitive bool   `json:"case_insensitive,omitempty"`
	TimeZone        string `json:"time_zone,omitempty"`
	DefaultField    string `json:"default_field,omitempty"`
}

func optionsOf(t testing.TB, c *Case) (o options) {
	t.Helper()
	if c.Option != "" {
		dec := json.NewDecoder(strings.NewReader(c.Option))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&o); err != nil {
			t.Fatalf("%s: %v", c.Option, err)
		}
	}
	return o
}

// fieldsOf are the fields of the mapping of a suite.
func fieldsOf(t testing.TB, s *Suite) mapping.Lister {
	t.Helper()
	overlays, err := overlay.Read("mapping.json", s.Files["mapping.json"], nil)
	if err != nil {
		t.Fatalf("%s: %v", s.Path, err)
	}
	return catalog(t).Only(overlays...)
}

func catalog(t testing.TB) *schema.Catalog {
	t.Helper()
	c, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// docs are the events of a suite.
func docs(t testing.TB, s *Suite) []event.Doc {
	t.Helper()
	r, err := event.NewReader("events.ndjson", bytes.NewReader(s.Files["events.ndjson"]))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var list []event.Doc
	for {
		d, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("%s: %v", s.Path, err)
		}
		d.Source = slices.Clone(d.Source)
		list = append(list, d)
	}
}

// found are the numbers, from 1, of the events that a program matches.
func found(t testing.TB, p *eval.Program, list []event.Doc) string {
	t.Helper()
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	out := "="
	for i, d := range list {
		if err := dec.Decode(d.Source, &rec); err != nil {
			t.Fatal(err)
		}
		rec.ID, rec.Index = strconv.Itoa(i+1), d.IndexName
		if p.Match(&rec) {
			out += " " + strconv.Itoa(i+1)
		}
	}
	return out
}

// refused is the answer for an error: the phase in which Elasticsearch, or Kibana, gives up.
func refused(err error) string {
	var e *eval.Error
	if errors.As(err, &e) {
		return "! " + e.Phase
	}
	return "! " + err.Error()
}

func holdKQL(t *testing.T, folder string, flavor kql.Flavor) {
	hold(t, folder, func(t *testing.T, s *Suite) func(*Case) string {
		fields, list := fieldsOf(t, s), docs(t, s)
		return func(c *Case) string {
			q, issues := kql.Parse(c.Query, flavor)
			if kql.HasErrors(issues) {
				return "! parse"
			}
			o := optionsOf(t, c)
			p, err := eval.Compile(q, fields, eval.Options{CaseInsensitive: o.CaseInsensitive, TimeZone: o.TimeZone, DefaultField: o.DefaultField})
			if err != nil {
				return refused(err)
			}
			return found(t, p, list)
		}
	})
}

func TestKuery(t *testing.T) { holdKQL(t, "kuery", kql.Kuery) }

func TestKQL(t *testing.T) { holdKQL(t, "kql", kql.Server) }

func TestLucene(t *testing.T) {
	hold(t, "lucene", func(t *testing.T, s *Suite) func(*Case) string {
		fields, list := fieldsOf(t, s), docs(t, s)
		return func(c *Case) string {
			p, err := eval.CompileLucene(c.Query, fields, eval.Options{})
			if err != nil {
				return "! query" // Elasticsearch parses it while it plans the search
			}
			return found(t, p, list)
		}
	})
}

// results are the events of each result of a program, as "= [1 2] [3]", sorted.
func results(t testing.TB, p search.Program, list []event.Doc) string {
	t.Helper()
	dec, state := event.NewDecoder(p.Layout()), p.Start(search.Start{})
	var rec event.Record
	for i, d := range list {
		if err := dec.Decode(d.Source, &rec); err != nil {
			t.Fatal(err)
		}
		rec.ID, rec.Index = strconv.Itoa(i+1), d.IndexName
		if err := state.Feed(&rec, search.Ref{Index: i}, nil); err != nil {
			return "! " + err.Error()
		}
	}
	var sets [][]int
	for _, r := range state.Finish() {
		var set []int
		for _, e := range r.Events {
			set = append(set, e.Index+1)
		}
		sets = append(sets, set)
	}
	return written(sets)
}

// written is the answer that names sets of events; each set and the list are sorted.
func written(sets [][]int) string {
	for _, s := range sets {
		slices.Sort(s)
	}
	slices.SortFunc(sets, slices.Compare)
	out := "="
	for _, s := range sets {
		out += " " + fmt.Sprint(s)
	}
	return out
}
