package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/source"
)

type queryFlags struct {
	categoryField, timestampField, tiebreakerField string
	size                                           int
	resultPosition                                 string
	maxSamples                                     int
	schemas                                        []string
	format                                         string
	count, explain, inOrder                        bool
	color                                          string
	language                                       string
	dryRun                                         bool
	lookups                                        []string
	stack                                          string
}

func (c *command) queryCommand() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "query QUERY [FILE...]",
		Short: "run a query over events",
		Long: "query runs EQL, KQL, ES|QL or Lucene's query syntax over events and prints what matches. --language kuery is KQL as Kibana runs it\n" +
			"in a rule, kql that of Elasticsearch, esql prints rows: FROM takes the events whose _index fits, or that have none. --dry-run checks a query without events. A FILE holds NDJSON, JSON documents, an array, a search response or\n" +
			"bulk lines, plain or compressed with gzip or zstd; without one standard input is read. A match is exit 0, and so is none;\n" +
			"a query with errors is exit 1, unreadable input 3.\n\n" +
			"Results come in order of time, as from Elasticsearch, whatever the order of the events; so those of an event query are kept to\n" +
			"the end, of --size and of \"head\" and \"tail\" no more than these ask for, of --count none. A sequence over files in order of\n" +
			"time keeps what is within maxspan; over other files and standard input, the events that match one of its steps. What is kept\n" +
			"lies in a temporary file beyond 32 MiB. With --in-order matches are printed as they are found and nothing else is kept.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("no query: write it first, then the files, as in rulevet query 'process where true' events.ndjson")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			return c.query(ctx, &f, args[0], args[1:])
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.language, "language", "eql", "`language` of the query: "+strings.Join(queryLanguages, ", "))
	fs.BoolVar(&f.dryRun, "dry-run", false, "check the query only, without events")
	fs.StringVar(&f.categoryField, "category-field", "event.category", "`field` of the event category")
	fs.StringVar(&f.timestampField, "timestamp-field", "@timestamp", "`field` that orders events")
	fs.StringVar(&f.tiebreakerField, "tiebreaker-field", "", "`field` that orders events of one timestamp (default: input order)")
	fs.IntVar(&f.size, "size", -1, "at most `N` results (default: all)")
	fs.StringVar(&f.resultPosition, "result-position", "tail", "which results --size keeps: tail, head")
	fs.IntVar(&f.maxSamples, "max-samples-per-key", 1, "samples for one key, at most `N`")
	fs.StringArrayVar(&f.schemas, "schema", nil, "mapping or field list of the events: `FILE` or PATTERN=FILE (repeatable); without one ECS tells which fields are addresses and dates")
	fs.StringVar(&f.format, "format", "ndjson", "output `format`: ndjson, json, table")
	fs.BoolVar(&f.count, "count", false, "print the number of matches only")
	fs.BoolVar(&f.inOrder, "in-order", false, "the events are in order of time: print matches as they are found; an event out of order is an error")
	fs.BoolVar(&f.explain, "explain", false, "print the clauses and the values each event gave them, or how far each key of a sequence got, on standard error")
	fs.StringArrayVar(&f.lookups, "lookup", nil, "ES|QL: the documents of a lookup index or of an ENRICH policy, `NAME=FILE` (repeatable)")
	fs.StringVar(&f.stack, "stack", "", "ES|QL: the `version` to follow, as in 8.19 (default: 9.5)")
	fs.StringVar(&f.color, "color", "auto", "colour `when`: auto, always, never")
	return cmd
}

func (f *queryFlags) check() error {
	switch {
	case !slices.Contains(queryLanguages, f.language):
		return usageError("--language %q: expected %s", f.language, strings.Join(queryLanguages, ", "))
	case !slices.Contains([]string{"ndjson", "json", "table"}, f.format):
		return usageError("--format %q: expected ndjson, json or table", f.format)
	case f.resultPosition != "tail" && f.resultPosition != "head":
		return usageError("--result-position %q: expected tail or head", f.resultPosition)
	case f.size < -1:
		return usageError("--size %d: expected 0 or more", f.size)
	case f.maxSamples < 1:
		return usageError("--max-samples-per-key %d: expected 1 or more", f.maxSamples)
	case f.stack != "" && !stackVersion.MatchString(f.stack):
		return usageError("--stack %q: expected a version as in 8.19", f.stack)
	case f.stack != "" && f.language != "esql":
		return usageError("--stack: only ES|QL differs between versions")
	case len(f.lookups) > 0 && f.language != "esql":
		return usageError("--lookup: only ES|QL reads lookup indexes")
	case f.inOrder && f.explain:
		return usageError("--in-order and --explain exclude each other")
	case f.categoryField == "" || f.timestampField == "":
		return usageError("--category-field and --timestamp-field must not be empty")
	}
	return nil
}

func (c *command) query(ctx context.Context, f *queryFlags, text string, files []string) error {
	if f.language == "" {
		f.language = "eql"
	}
	if err := f.check(); err != nil {
		return err
	}
	if other := otherLanguage(f.language, text); source.HasErrors(other) {
		return c.queryIssues(f, text, other)
	}
	if f.language == "esql" {
		return c.queryESQL(ctx, f, text, files)
	}
	if f.language != "eql" {
		return c.queryOther(ctx, f, text, files)
	}
	q, issues := eql.Parse(text)
	if _, err := os.Stat(text); err == nil && hasErrors(issues) {
		return usageError("%s is a file, but the first argument is the query: write rulevet query QUERY %s", text, text)
	}
	fields, err := c.queryFields(ctx, f, q, files)
	if err != nil {
		return err
	}
	var info *eql.Info
	if !hasErrors(issues) {
		var found []eql.Issue
		info, found = eql.Check(q, fields)
		issues = append(append(issues, found...), optionIssues(f, q, fields)...)
	}
	if err := c.queryIssues(f, text, issues); err != nil {
		return err
	}
	opts := f.options(c)
	program, err := eval.Compile(q, info, opts)
	if err != nil {
		return c.queryIssues(f, text, []eql.Issue{planIssue(text, err)})
	}
	if f.dryRun {
		return c.accepted(f)
	}
	opts.Layout = program.Layout()
	mappings, err := newMappings(q, program, opts, fields)
	if err != nil {
		return failed(err)
	}
	search := &querySearch{c: c, f: f, text: text, unknown: f.unknownFields(func(all *schema.View) []source.Issue {
		_, found := eql.Check(q, all)
		return found
	}), mappings: mappings, program: program, files: files, out: newQueryOutput(c.Stdout, f, q)}
	err = search.run(ctx)
	var plan *planError
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	if errors.As(err, &plan) {
		issue := plan.issue
		issue.Message = plan.Error()
		return c.queryIssues(f, text, []eql.Issue{issue})
	}
	if err != nil {
		return failed(err)
	}
	return nil
}

// options are the options of the search.
func (f *queryFlags) options(c *command) eval.Options {
	opts := eval.Options{CategoryField: f.categoryField, TimestampField: f.timestampField, TiebreakerField: f.tiebreakerField,
		MaxSamplesPerKey: f.maxSamples, Now: c.Now()}
	if f.resultPosition == "head" {
		opts.ResultPosition = eval.Head
	}
	if f.size >= 0 {
		opts.Size = &f.size
	}
	return opts
}

// otherLanguage names EQL that is given as a query of another language, which refuses it. Lucene takes any text for words to
// search: a warning.
func otherLanguage(language, text string) []source.Issue {
	level := source.Error
	var own []source.Issue
	switch language {
	case "eql":
		return nil
	case "lucene":
		level = source.Warning
	case "esql":
		_, own = esql.Parse(text)
	default:
		_, own = parsePlain(language, text)
	}
	if level == source.Error && !source.HasErrors(own) || !eql.Looks(text) {
		return nil
	}
	return []source.Issue{{Code: "query/other-language", Level: level, Span: source.Span{End: len(text)},
		Message: fmt.Sprintf("the query is EQL, but its language is to be `%s`", language), Hint: "say --language eql, or write the query anew"}}
}

// planIssue is what Elasticsearch refuses when it plans the search.
func planIssue(text string, err error) eql.Issue {
	return eql.Issue{Code: "query/plan", Level: eql.Error, Span: eql.Span{End: len(text)}, Message: err.Error()}
}

func hasErrors(issues []eql.Issue) bool {
	return slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error })
}

// queryIssues prints what is wrong with the query; errors end the command with exit code 1. Warnings go to standard
// error, because standard output carries the matches.
func (c *command) queryIssues(f *queryFlags, text string, issues []eql.Issue) error {
	bad := hasErrors(issues)
	file := rule.Unread("query", []byte(text))
	r := &report.Report{Tool: tool(), Source: func(string) *rule.File { return file }}
	for _, i := range issues {
		sev := rule.Warning
		switch {
		case i.Level == eql.Error:
			sev = rule.Error
		case i.Level == eql.Style || bad:
			continue
		}
		r.Diagnostics = append(r.Diagnostics, rule.Diagnostic{Code: i.Code, Severity: sev, Path: "query",
			Span: rule.Span{Start: i.Span.Start, End: i.Span.End}, Message: i.Message, Hint: i.Hint})
	}
	if len(r.Diagnostics) == 0 {
		return nil
	}
	if bad && f.format == "json" {
		if err := r.WriteDiagnostics(c.Stdout); err != nil {
			return failed(err)
		}
		return findings()
	}
	out := c.terminal()
	if bad {
		out = c.Stdout
	}
	if err := r.Write(out, "text", report.Options{Width: terminalWidth(out), Color: c.colored(f.color), NoSummary: true}); err != nil {
		return failed(err)
	}
	if bad {
		return findings()
	}
	return nil
}
