package cli

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
	"github.com/rulevet/rulevet/source"
)

// bareLint are the flags of lint for a query without a rule around it.
type bareLint struct {
	language, file string
	index          []string
}

// bareChecks check the query of a language; nil fields are not known.
var bareChecks = map[string]func(text string, fields mapping.Fields) []source.Issue{
	"eql": func(text string, fields mapping.Fields) []source.Issue {
		q, issues := eql.Parse(text)
		if source.HasErrors(issues) {
			return issues
		}
		_, found := eql.Check(q, fields)
		return append(issues, found...)
	},
	"kuery": func(text string, fields mapping.Fields) []source.Issue { return checkKQL(text, kql.Kuery, fields) },
	"kql":   func(text string, fields mapping.Fields) []source.Issue { return checkKQL(text, kql.Server, fields) },
	"lucene": func(text string, fields mapping.Fields) []source.Issue {
		q, issues := eval.ParseLucene(text)
		if source.HasErrors(issues) {
			return issues
		}
		return append(issues, eval.CheckLucene(q, fields)...)
	},
}

func checkKQL(text string, flavor kql.Flavor, fields mapping.Fields) []source.Issue {
	q, issues := kql.Parse(text, flavor)
	if source.HasErrors(issues) {
		return issues
	}
	return append(issues, kql.Check(q, fields)...)
}

// lintQuery checks a query that stands in a file by itself.
func (c *command) lintQuery(f *lintFlags, b *bareLint) error {
	if !slices.Contains(queryLanguages, b.language) {
		return usageError("--language %q: expected %s", b.language, strings.Join(queryLanguages, ", "))
	}
	name := b.file
	data, err := []byte(nil), error(nil)
	if name == "-" {
		name = "stdin"
		data, err = fileio.ReadAll(c.Stdin, name, fileio.MaxData)
	} else {
		data, err = fileio.Read(name, fileio.MaxData)
	}
	if err != nil {
		return failed(err)
	}
	issues, skipped, err := c.checkBare(f, b, string(data))
	if err != nil {
		return err
	}
	file := rule.Unread(name, data)
	r := &report.Report{Tool: tool(), Source: func(string) *rule.File { return file }}
	receipt := report.File{Path: name, Checked: []string{"query"}, Skipped: skipped}
	if len(skipped) == 0 {
		receipt.Checked = append(receipt.Checked, "fields")
	}
	r.Files = []report.File{receipt}
	for _, i := range issues {
		r.Diagnostics = append(r.Diagnostics, bareDiagnostic(name, i))
	}
	if err := r.Write(c.Stdout, f.format, report.Options{Color: c.colored(f.color), Quiet: f.quiet}); err != nil {
		return failed(err)
	}
	return c.verdict(f.failOn, r.Diagnostics, nil)
}

// checkBare checks the text of a query.
func (c *command) checkBare(f *lintFlags, b *bareLint, text string) ([]source.Issue, []report.Skip, error) {
	if other := otherLanguage(b.language, text); len(other) > 0 {
		return other, []report.Skip{{Part: "fields", Why: "the query is in another language"}}, nil
	}
	if b.language == "esql" {
		s, err := c.esqlSchema(&queryFlags{schemas: f.schemas})
		if err != nil {
			return nil, nil, err
		}
		_, issues := esql.Verify(text, s)
		return issues, nil, nil
	}
	fields, err := bareFields(f.schemas, b.index)
	if err != nil {
		return nil, nil, err
	}
	var skipped []report.Skip
	if fields == nil {
		skipped = []report.Skip{{Part: "fields", Why: "nothing says what the fields are: give --schema or --index"}}
	}
	return bareChecks[b.language](text, fields), skipped, nil
}

// bareFields are those of the mappings in --schema, or of the indexes in --index; nil if there is neither.
func bareFields(schemas, indexes []string) (mapping.Fields, error) {
	if len(schemas)+len(indexes) == 0 {
		return nil, nil
	}
	catalog, err := schema.New()
	if err != nil {
		return nil, failed(err)
	}
	overlays, err := overlay.Load(schemas)
	if err != nil {
		return nil, usageError("--schema: %w", err)
	}
	if len(indexes) > 0 {
		return catalog.With(overlays...).View(schema.Request{Indexes: indexes}, ""), nil
	}
	return catalog.Only(overlays...), nil
}

func bareDiagnostic(path string, i source.Issue) rule.Diagnostic {
	sev := rule.Info
	switch i.Level {
	case source.Error:
		sev = rule.Error
	case source.Warning:
		sev = rule.Warning
	}
	d := rule.Diagnostic{Code: i.Code, Severity: sev, Path: path, Span: i.Span, Message: i.Message, Hint: i.Hint}
	for _, r := range i.Related {
		d.Related = append(d.Related, rule.Related{Span: r.Span, Message: r.Message})
	}
	if len(i.Edits) > 0 {
		d.Fixes = []rule.Fix{{Message: "rewrite the query", Safe: !i.Unsafe, Edits: i.Edits}}
	}
	return d
}
