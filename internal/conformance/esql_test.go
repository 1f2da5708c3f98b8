package conformance

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
)

// TestESQLCheck holds the analyser: the columns of a query, or where its first error is.
func TestESQLCheck(t *testing.T) {
	hold(t, "esql/check", func(t *testing.T, s *Suite) func(*Case) string {
		fields, err := esql.ParseSchema(s.Files["schema.json"])
		if err != nil {
			t.Fatal(err)
		}
		return func(c *Case) string {
			info, issues := esql.Verify(c.Query, fields)
			at := -1
			for _, i := range issues {
				if i.Level == esql.Error && (at < 0 || i.Span.Start < at) {
					at = i.Span.Start
				}
			}
			if at >= 0 {
				before := c.Query[:at]
				line := strings.Count(before, "\n")
				column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
				if number, _, ok := strings.Cut(strings.TrimPrefix(c.Answer, "! "), ":"); ok && number == strconv.Itoa(line+1) {
					return c.Answer // within the line ours may be nearer
				}
				return "! " + strconv.Itoa(line+1) + ":" + strconv.Itoa(column+1)
			}
			out := "="
			for _, col := range info.Columns {
				out += " " + col.Name + ":" + col.Type.Column()
			}
			return out
		}
	})
}

// TestESQLRun holds the engine: columns and rows as Elasticsearch writes them.
func TestESQLRun(t *testing.T) {
	hold(t, "esql/run", func(t *testing.T, s *Suite) func(*Case) string {
		indexes, err := eval.Mapping("ev", s.Files["mapping.json"])
		if err != nil {
			t.Fatal(err)
		}
		list := docs(t, s)
		return func(c *Case) string {
			q, _ := esql.Parse(c.Query)
			if _, issues := esql.Verify(c.Query, &esql.Schema{Fields: eval.FieldTypes(q, indexes)}); slices.ContainsFunc(issues, func(i esql.Issue) bool { return i.Level == esql.Error }) {
				return "! fails"
			}
			p, err := eval.Compile(q, eval.Options{Indexes: indexes})
			if err != nil {
				return "! " + err.Error()
			}
			dec, run := event.NewDecoder(p.Layout()), p.Start(nil)
			var rec event.Record
			for i, d := range list {
				if err := dec.Decode(d.Source, &rec); err != nil {
					t.Fatal(err)
				}
				run.Add(&rec, &eval.Meta{ID: strconv.Itoa(i + 1), Index: "ev", Source: d.Source})
			}
			res, err := run.Finish()
			if err != nil {
				return "! fails"
			}
			out := "="
			for _, col := range res.Columns {
				out += " " + col.Name + ":" + col.Type
			}
			for _, row := range res.Rows {
				out += "\n" + row
			}
			return out
		}
	})
}
