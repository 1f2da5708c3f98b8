package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// suite is a file of cases: queries on one mapping, each with its results or the word "error".
type suite struct {
	Dataset, Mapping string
	Options          suiteOptions
	Cases            []suiteCase
}

type suiteOptions struct {
	Category   string `json:"category_field"`
	Timestamp  string `json:"timestamp_field"`
	Tiebreaker string `json:"tiebreaker_field"`
	ID         string `json:"id_field"`
}

type suiteCase struct {
	Name, Query, Dataset string
	Options              *suiteOptions
	MaxSamples           int `json:"max_samples_per_key"`
	Expected             any
	ExpectedAny          []any `json:"expected_any"`
	Keys                 [][]*string
}

// suiteExceptions are the answers that are not followed, with the reason.
var suiteExceptions = map[string]string{
	"until-runs": "an event that completes a sequence counts although it meets until as well, as in every other sequence",
}

// TestSuites runs the cases read in Elasticsearch's sources, the answers that look accidental too: they are followed on
// purpose (package documentation, "Deliberate choices").
func TestSuites(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "conformance", "eql2")
	for _, name := range []string{"values", "verify", "folding", "sequences", "quirks"} {
		t.Run(name, func(t *testing.T) {
			var s suite
			readSuite(t, filepath.Join(root, name+".json"), &s)
			s.run(t, root)
		})
	}
	t.Run("samples-per-key", func(t *testing.T) {
		s := suite{Mapping: "data/events.mapping.json", Options: suiteOptions{Category: "event.category", Timestamp: "@timestamp", ID: "id"}}
		readSuite(t, filepath.Join(root, "samples-per-key.json"), &s.Cases)
		s.run(t, root)
	})
}

func readSuite(t *testing.T, path string, into any) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Skip("no conformance cases here")
	}
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatal(err)
	}
}

func (s *suite) run(t *testing.T, root string) {
	mapping, err := os.ReadFile(filepath.Join(root, s.Mapping))
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range s.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if why := suiteExceptions[c.Name]; why != "" {
				t.Skip(why)
			}
			dataset := c.Dataset
			if dataset == "" {
				dataset = s.Dataset
			}
			events, err := os.ReadFile(filepath.Join(root, dataset))
			if err != nil {
				t.Fatal(err)
			}
			opts := s.Options
			if c.Options != nil {
				opts.Tiebreaker = c.Options.Tiebreaker
			}
			got, keys, err := runQuery(t, c.Query, mapping, events, opts, c.MaxSamples)
			if c.Expected == "error" {
				if err == nil {
					t.Errorf("%s\nno error, got %v", c.Query, got)
				}
			} else if err != nil {
				t.Errorf("%s\n%v", c.Query, err)
			} else if want := append(c.ExpectedAny, c.Expected)[0]; !cmp.Equal(normal(want), normal(got)) {
				t.Errorf("%s\n(-want +got):\n%s", c.Query, cmp.Diff(normal(want), normal(got)))
			} else if c.Keys != nil {
				if d := cmp.Diff(c.Keys, keys); d != "" {
					t.Errorf("%s\nkeys (-want +got):\n%s", c.Query, d)
				}
			}
			if !t.Failed() {
				passed++
			}
		})
	}
	t.Logf("%d of %d cases passed", passed, len(s.Cases))
}

// normal prints a result as JSON; the results of an event query are a flat list.
func normal(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(out), "null", "-")
}

// runQuery runs a query over events of a mapping. Errors are those of any phase.
func runQuery(t *testing.T, query string, mapping, events []byte, o suiteOptions, samples int) (results []any, keys [][]*string, err error) {
	q, issues := eql.Parse(query)
	info, more := eql.Check(q, mappedFields(t, mapping))
	for _, is := range append(issues, more...) {
		if is.Level == eql.Error {
			return nil, nil, fmt.Errorf("%s: %s", is.Code, is.Message)
		}
	}
	p, err := eval.Compile(q, info, eval.Options{CategoryField: o.Category, TimestampField: o.Timestamp, TiebreakerField: o.Tiebreaker, MaxSamplesPerKey: samples})
	if err != nil {
		return nil, nil, err
	}
	run := p.NewRun(false)
	if err := feed(p, run, events); err != nil {
		return nil, nil, err
	}
	results = []any{}
	for _, r := range run.Finish() {
		var ids []any
		for _, e := range r.Events {
			ids = append(ids, textID(t, e, o.ID))
		}
		if p.IsEvent() {
			results = append(results, ids...)
			continue
		}
		results = append(results, ids)
		keys = append(keys, r.Keys)
	}
	return results, keys, nil
}

func textID(t *testing.T, e *eval.Ref, field string) any {
	if e == nil {
		return nil
	}
	return string(idOf(t, e, field))
}

func mappedFields(t *testing.T, mapping []byte) eql.Fields {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	all, err := overlay.Read("mapping.json", mapping, nil)
	if err != nil {
		t.Fatal(err)
	}
	return catalog.Only(all...)
}

func feed(p *eval.Program, run *eval.Run, events []byte) error {
	r, err := event.NewReader("events.ndjson", bytes.NewReader(events))
	if err != nil {
		return err
	}
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for i := 0; ; i++ {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = dec.Decode(doc.Source, &rec)
		}
		if err == nil {
			err = run.Feed(&rec, eval.Ref{Index: i, Source: doc.Source})
		}
		if err != nil {
			return err
		}
	}
}
