package eval_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/cputime"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
)

// corpusPrograms compiles the EQL queries of the public rules with the field types of their indexes, into one layout. With
// copies > 1 each rule comes as often, all string literals of the further ones changed; the test is skipped where
// the rules are absent.
func corpusPrograms(t testing.TB, copies int) (programs []*eval.Program, names []string) {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	layout := &event.Layout{}
	root := filepath.Join("..", "..", "..", "shared", "corpus", "detection-rules")
	_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, _ error) error {
		if !strings.HasSuffix(path, ".toml") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, _ := rule.Parse(path, src)
		if file.Rule.Language != "eql" {
			return nil
		}
		view := catalog.View(schema.Request{Indexes: file.Rule.Index, Packages: file.Metadata.Integration}, "")
		for n := range copies {
			q, _ := eql.Parse(file.Rule.Query)
			rename(q, n)
			info, _ := eql.Check(q, view)
			p, err := eval.Compile(q, info, eval.Options{Layout: layout, MappedOptional: true, CategoryField: file.Rule.EventCategoryOverride,
				TimestampField: file.Rule.TimestampField, TiebreakerField: file.Rule.TiebreakerField})
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			programs, names = append(programs, p), append(names, fmt.Sprint(filepath.Base(path), "#", n))
		}
		return nil
	})
	if len(programs) == 0 {
		t.Skip("no corpus")
	}
	return programs, names
}

// rename changes the strings that a copy of a rule looks for: a rule of another author looks for other programs and files.
// What tells systems and kinds of events apart stays.
func rename(q *eql.Query, n int) {
	if n == 0 {
		return
	}
	change := func(x eql.Expr, list ...*eql.Literal) {
		f, ok := eql.Unparen(x).(*eql.Field)
		if !ok || strings.HasPrefix(f.Name, "event.") || strings.HasPrefix(f.Name, "host.") || strings.Contains(f.Name, "integrity") {
			return
		}
		for _, l := range list {
			if i := strings.LastIndexAny(l.Str, "aeiou"); l.Kind == eql.StringLiteral && i >= 0 && len(l.Str) > 3 && !strings.ContainsAny(l.Str, "/:") {
				l.Str = l.Str[:i] + string(rune('a'+(int(l.Str[i])+n)%26)) + l.Str[i+1:]
			}
		}
	}
	eql.Inspect(q, func(node eql.Node, enter bool) bool {
		switch e := node.(type) {
		case *eql.Match:
			if e.Op != eql.Regex && e.Op != eql.RegexFold {
				change(e.X, e.List...)
			}
		case *eql.Binary:
			if l, ok := e.Y.(*eql.Literal); ok && e.Op == eql.Eq {
				change(e.X, l)
			}
		}
		return true
	})
}

// attackEvents reads the recorded events.
func attackEvents(t testing.TB, name string) (docs [][]byte) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "events", name))
	if err != nil {
		t.Skip("no recorded events")
	}
	defer f.Close()
	r, err := event.NewReader(name, f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, slices.Clone(doc.Source))
	}
}

func textOf(r eval.Result) string {
	var b strings.Builder
	for _, k := range r.Keys {
		if k == nil {
			b.WriteString("null ")
		} else {
			fmt.Fprintf(&b, "%q ", *k)
		}
	}
	for _, e := range r.Events {
		if e == nil {
			b.WriteString("- ")
		} else {
			fmt.Fprintf(&b, "%d ", e.Index)
		}
	}
	return b.String()
}

// TestSetOnCorpus runs the public rules over the recorded attack, as a set and one by one.
func TestSetOnCorpus(t *testing.T) {
	for i, name := range []string{"atomic-red-team.ndjson.gz", "atomic-red-team.sysmon.ndjson.gz"} {
		t.Run(name, func(t *testing.T) {
			programs, names := corpusPrograms(t, 1)
			docs := attackEvents(t, name)
			if i > 0 {
				docs = docs[:min(len(docs), 6000)] // the same events in another shape
			}
			set, err := search.NewSet(programs)
			if err != nil {
				t.Fatal(err)
			}
			got, want := map[string][]string{}, map[string][]string{}
			run := set.NewRun(search.SetOptions{
				Match: func(p int, r eval.Result) { got[names[p]] = append(got[names[p]], textOf(r)) },
				Fail:  func(p int, err error) { got[names[p]] = append(got[names[p]], err.Error()) },
			})
			var single []*eval.Run
			for _, p := range programs {
				single = append(single, p.NewRun(true))
			}
			dec, rec := event.NewDecoder(set.Layout()), new(event.Record)
			for i, doc := range docs {
				if err := dec.Decode(doc, rec); err != nil {
					t.Fatal(err)
				}
				run.Feed(rec, eval.Ref{Index: i}, nil)
				for p, s := range single {
					if err := s.Feed(rec, eval.Ref{Index: i}); err != nil {
						want[names[p]] = append(want[names[p]], err.Error())
					}
				}
			}
			run.Close()
			matches := 0
			for p, s := range single {
				for _, r := range s.Finish() {
					want[names[p]] = append(want[names[p]], textOf(r))
					matches++
				}
				slices.Sort(want[names[p]])
				slices.Sort(got[names[p]])
				if len(want[names[p]]) == 0 {
					delete(want, names[p])
				}
				if len(got[names[p]]) == 0 {
					delete(got, names[p])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-single +set):\n%s", diff)
			}
			t.Logf("%d programs, %d events: %d matches of %d rules", len(programs), len(docs), matches, len(want))
		})
	}
}

// BenchmarkSet runs the public rules, once, twice and four times as many, over the recorded attack from NDJSON in memory: as a set, what of
// that is decoding, and one by one on records that are decoded once.
func BenchmarkSet(b *testing.B) {
	docs := attackEvents(b, "atomic-red-team.ndjson.gz")
	for _, copies := range []int{1, 2, 4} {
		programs, _ := corpusPrograms(b, copies)
		set, err := search.NewSet(programs)
		if err != nil {
			b.Fatal(err)
		}
		name := fmt.Sprintf("%d rules/", len(programs))
		b.Run(name+"decode only", func(b *testing.B) {
			benchmarkFeed(b, set, docs, func(*event.Record, int) {})
		})
		b.Run(name+"set", func(b *testing.B) {
			matches := 0
			run := set.NewRun(search.SetOptions{Match: func(int, eval.Result) { matches++ }, Fail: func(int, error) {}, Buffer: 64 << 20, MaxPending: 1 << 20})
			benchmarkFeed(b, set, docs, func(rec *event.Record, i int) { run.Feed(rec, eval.Ref{Index: i, Source: docs[i]}, nil) })
			run.Close()
			b.ReportMetric(float64(matches)/float64(b.N), "matches")
		})
		b.Run(name+"one by one", func(b *testing.B) {
			var runs []*eval.Run
			for _, p := range programs {
				runs = append(runs, p.NewRun(false))
			}
			benchmarkFeed(b, set, docs[:2000], func(rec *event.Record, i int) {
				for _, r := range runs {
					_ = r.Feed(rec, eval.Ref{Index: i, Source: docs[i]})
				}
			})
		})
	}
}

// benchmarkFeed decodes all documents again and again and reports the cost of one.
func benchmarkFeed(b *testing.B, set *search.Set, docs [][]byte, feed func(rec *event.Record, i int)) {
	dec, rec := event.NewDecoder(set.Layout()), new(event.Record)
	before := cputime.Used()
	b.ReportAllocs()
	for b.Loop() {
		for i, d := range docs {
			if err := dec.Decode(d, rec); err != nil {
				b.Fatal(err)
			}
			feed(rec, i)
		}
	}
	n := float64(len(docs) * b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((cputime.Used()-before).Nanoseconds())/n, "cpu-ns/event")
}
