package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
	"github.com/rulevet/rulevet/source"
)

// queryESQL checks and runs a query in ES|QL.
func (c *command) queryESQL(ctx context.Context, f *queryFlags, text string, files []string) error {
	if !f.dryRun {
		return c.runESQL(ctx, f, text, files)
	}
	s, err := c.esqlSchema(f)
	if err != nil {
		return err
	}
	info, issues := esql.Verify(text, s)
	if _, err := os.Stat(text); err == nil && text != "" && source.HasErrors(issues) {
		return usageError("%s is a file, but the first argument is the query: write rulevet query QUERY %s", text, text)
	}
	if err := c.queryIssues(f, text, append(issues, stackIssues(info.Query, f.stack)...)); err != nil {
		return err
	}
	return c.esqlColumns(f, info)
}

// stackIssues are what a query uses that the stack does not have; without a stack nothing.
func stackIssues(q *esql.Query, stack string) []source.Issue {
	v, ok := check.ParseVersion(stack)
	if !ok || q == nil {
		return nil
	}
	var out []source.Issue
	for _, f := range esql.Features(q) {
		if f.Absent.Lacks(v[0], v[1]) {
			out = append(out, source.Issue{Code: "query/esql-stack", Level: source.Error, Span: f.Span, Message: fmt.Sprintf("stack %s does not have %s", stack, f.What)})
		}
	}
	return out
}

// esqlColumns prints the columns of the result.
func (c *command) esqlColumns(f *queryFlags, info *esql.Info) error {
	type column struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	list := []column{}
	for _, a := range info.Columns {
		list = append(list, column{a.Name, columnType(a)})
	}
	if f.format != "json" {
		for _, col := range list {
			fmt.Fprintf(c.Stdout, "%s\t%s\n", col.Name, col.Type)
		}
		if info.Open {
			fmt.Fprintln(c.Stderr, "and the other fields of the indexes: name them with --schema")
		}
		return nil
	}
	out, err := json.Marshal(map[string]any{"columns": list})
	if err != nil {
		return failed(err)
	}
	fmt.Fprintf(c.Stdout, "%s\n", out)
	return nil
}

// columnType is the type of a column as Elasticsearch names it; "unknown" if no schema says.
func columnType(a *esql.Attr) string {
	if a.Type == esql.TypeUnknown {
		return "unknown"
	}
	return a.Type.Column()
}

// esqlSchema is what --schema says of the query's surroundings: a file in the layout of esql.ParseSchema, or mappings.
func (c *command) esqlSchema(f *queryFlags) (*esql.Schema, error) {
	var mappings []string
	var out *esql.Schema
	for _, name := range f.schemas {
		data, err := fileio.Read(name, fileio.MaxData)
		if err != nil || !esql.IsSchema(data) {
			mappings = append(mappings, name)
			continue
		}
		if out != nil {
			return nil, usageError("--schema: %s is the second file of its kind: one describes all that a query names", name)
		}
		if out, err = esql.ParseSchema(data); err != nil {
			return nil, usageError("--schema: %s: %w", name, err)
		}
	}
	if out == nil {
		out = &esql.Schema{}
	}
	catalog, err := schema.New()
	if err != nil {
		return nil, failed(err)
	}
	if len(mappings) == 0 {
		if len(f.schemas) == 0 {
			out.Fields = esqlFields{fields: ecsTypes{catalog.View(schema.Request{}, "")}}
		}
		return out, nil
	}
	overlays, err := overlay.Load(mappings)
	if err != nil {
		return nil, usageError("--schema: %w", err)
	}
	if out.Fields == nil && !out.NoIndex {
		only := catalog.Only(overlays...)
		out.Fields = esqlFields{fields: only, names: only.Names("")}
	}
	return out, nil
}

// esqlFields answers for ES|QL from a catalog of fields.
type esqlFields struct {
	fields mapping.Fields
	names  []string // all; nil if there may be others
}

// Lookup implements esql.Fields.
func (e esqlFields) Lookup(name string) ([]string, esql.Presence) {
	info, p := e.fields.Lookup(name)
	switch {
	case p == mapping.Absent:
		return nil, esql.Absent
	case p == mapping.Undecidable || info.Name == "" || info.Nested:
		return nil, esql.Undecidable
	case info.Type == mapping.Object || info.Type == mapping.Nested:
		return nil, esql.Absent
	}
	return append([]string{info.Name}, info.Also...), esql.Present
}

// Names implements esql.Fields.
func (e esqlFields) Names() ([]string, bool) {
	names := slices.Clone(e.names)
	slices.Sort(names)
	return names, e.names != nil
}

// Suggest implements esql.Fields.
func (e esqlFields) Suggest(name string) []string { return e.fields.Suggest(name) }
