package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/inventory"
	"github.com/rulevet/rulevet/rule/lint"
)

// listFlags choose rules; each flag narrows.
type listFlags struct {
	format, config                       string
	types, fields, techniques, indexes   []string
	tags, languages, severities, tactics []string
	by                                   string // of fields
}

func (f *listFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "text", "output `format`: text, json")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	fs.StringSliceVar(&f.types, "type", nil, "only rules of these `types`")
	fs.StringSliceVar(&f.languages, "language", nil, "only rules with a query in these `languages`")
	fs.StringSliceVar(&f.severities, "severity", nil, "only rules of these `severities`")
	fs.StringSliceVar(&f.fields, "field", nil, "only rules that use one of these `fields`; process.* means all below process")
	fs.StringSliceVar(&f.indexes, "index", nil, "only rules that search one of these index `patterns`, as written; * stands for any text")
	fs.StringSliceVar(&f.techniques, "technique", nil, "only rules with one of these `ids`; T1059 includes its sub-techniques")
	fs.StringSliceVar(&f.tactics, "tactic", nil, "only rules with one of these `ids`")
	fs.StringSliceVar(&f.tags, "tag", nil, "only rules with one of these `tags`; * stands for any text")
}

func (c *command) listCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "list [PATH...]",
		Short: "list rules: which use a field, a technique, an index",
		Long: "list prints a line for each rule, in JSON all that it is and uses. The flags narrow the list: a rule is in it if each flag\n" +
			"finds it. A PATH is as for lint; a Kibana export is read, too.",
		RunE: func(_ *cobra.Command, args []string) error { return c.inventory(&f, args, c.writeList) },
	}
	f.register(cmd)
	return cmd
}

// use is a word for --by, with what it is called and what it tells of a rule.
type use struct {
	by, noun string
	of       func(inventory.Entry) []string
}

var usesOf = []use{
	{"field", "field", func(e inventory.Entry) []string { return e.Fields }},
	{"index", "index pattern", func(e inventory.Entry) []string { return e.Index }},
	{"technique", "technique", func(e inventory.Entry) []string { return e.Techniques }},
	{"tactic", "tactic", func(e inventory.Entry) []string { return e.Tactics }},
	{"tag", "tag", func(e inventory.Entry) []string { return e.Tags }},
}

// useOf finds a word; by is empty if there is none.
func useOf(by string) use {
	if i := slices.IndexFunc(usesOf, func(u use) bool { return u.by == by }); i >= 0 {
		return usesOf[i]
	}
	return use{}
}

func (c *command) fieldsCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "fields [PATH...]",
		Short: "list what rules use, with the rules: fields, index patterns, techniques, tags",
		Long: "fields turns the list of rules around: for each field the rules that use it, in the query or in another key; with --by the\n" +
			"same for index patterns, techniques, tactics or tags. The flags narrow the rules as those of list do.",
		RunE: func(_ *cobra.Command, args []string) error {
			if useOf(f.by).by == "" {
				return usageError("--by %q: expected field, index, technique, tactic or tag", f.by)
			}
			return c.inventory(&f, args, c.writeUses)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.by, "by", "field", "`what` to list: field, index, technique, tactic, tag")
	return cmd
}

// inventory lists the rules of the paths that the flags choose, and writes them.
func (c *command) inventory(f *listFlags, args []string, write func(*listFlags, []inventory.Entry) error) error {
	if f.format != "text" && f.format != "json" {
		return usageError("--format %q: expected text or json", f.format)
	}
	w, err := c.open(&commonFlags{config: f.config}, args)
	if err != nil {
		return err
	}
	named, _, err := c.sources("stdin.toml", w)
	if err != nil {
		return err
	}
	files, broken := c.parsed(named)
	entries := slices.DeleteFunc(inventory.Build(files), func(e inventory.Entry) bool { return !f.chooses(e) })
	if err := write(f, entries); err != nil {
		return failed(err)
	}
	if broken && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict("error", nil, w.problems)
}

// parsed are the rules of the sources. One that cannot be read is named and left out.
func (c *command) parsed(sources []lint.Source) (files []*rule.File, broken bool) {
	for _, s := range sources {
		diags := s.Diagnostics
		if s.File == nil {
			s.File, diags = rule.Parse(s.Path, s.Src)
		}
		if s.File.Truncated {
			broken = true
			c.leftOut(s.File, diags...)
			continue
		}
		files = append(files, s.File)
	}
	return files, broken
}

// leftOut names a file that cannot be read as a rule, at the first of what was found.
func (c *command) leftOut(f *rule.File, diags ...rule.Diagnostic) {
	if len(diags) == 0 {
		_, diags = rule.Parse(f.Path, f.Src)
	}
	at := rule.Position{Line: 1, Column: 1}
	if len(diags) > 0 {
		at = f.Position(diags[0].Span.Start)
	}
	fmt.Fprintf(c.Stderr, "rulevet: %s:%d:%d: left out: it cannot be read as a rule\n", f.Path, at.Line, at.Column)
}

// chooses reports whether every flag finds the rule.
func (f *listFlags) chooses(e inventory.Entry) bool {
	return anyOf(f.types, []string{e.Type}, equal) && anyOf(f.languages, []string{e.Language}, equal) &&
		anyOf(f.severities, []string{e.Severity}, equal) && anyOf(f.fields, e.Fields, globbed) && anyOf(f.indexes, e.Index, globbed) &&
		anyOf(f.techniques, e.Techniques, within) && anyOf(f.tactics, e.Tactics, equal) && anyOf(f.tags, e.Tags, globbed)
}

// anyOf reports whether one of the values that were asked for is among those of the rule; none asked for means all do.
func anyOf(asked, has []string, match func(asked, has string) bool) bool {
	return len(asked) == 0 || slices.ContainsFunc(asked, func(a string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return match(a, h) })
	})
}

func equal(a, h string) bool { return strings.EqualFold(a, h) }

// within reports a technique or one of its sub-techniques.
func within(a, h string) bool { return equal(a, h) || strings.HasPrefix(h, strings.ToUpper(a)+".") }

// globbed compares with * for any text. What has no * must be equal.
func globbed(a, h string) bool {
	if a == h || !strings.Contains(a, "*") {
		return a == h
	}
	parts := strings.Split(a, "*")
	if !strings.HasPrefix(h, parts[0]) {
		return false
	}
	h = h[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(h, p)
		if i < 0 {
			return false
		}
		h = h[i+len(p):]
	}
	return strings.HasSuffix(h, parts[len(parts)-1])
}

func (c *command) writeList(f *listFlags, entries []inventory.Entry) error {
	if f.format == "json" {
		return c.encode(map[string]any{"schemaVersion": 1, "rules": entries, "summary": map[string]int{"rules": len(entries)}})
	}
	out := tabwriter.NewWriter(c.Stdout, 0, 8, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", printed(where(e)), orDash(e.Type), orDash(e.Severity), printed(e.Name))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.Stdout, "%s\n", wording.Count(len(entries), "rule"))
	return err
}

// where names a rule's file, and the record of a file of several.
func where(e inventory.Entry) string {
	if e.Record > 0 {
		return fmt.Sprintf("%s:record %d", e.Path, e.Record)
	}
	return e.Path
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return printed(s)
}

// usedBy is one line of fields.
type usedBy struct {
	Name  string     `json:"name"`
	Rules []usedRule `json:"rules"`
}

type usedRule struct {
	Path   string `json:"path"`
	Record int    `json:"record,omitempty"`
	RuleID string `json:"ruleId,omitempty"`
	Name   string `json:"name"`
}

func (c *command) writeUses(f *listFlags, entries []inventory.Entry) error {
	uses := inventory.Uses(entries, useOf(f.by).of)
	notRead := 0
	for _, e := range entries {
		if e.NotRead != "" {
			notRead++
		}
	}
	if f.format == "json" {
		list := make([]usedBy, 0, len(uses))
		for _, u := range uses {
			one := usedBy{Name: u.Name, Rules: []usedRule{}}
			for _, i := range u.Rules {
				e := entries[i]
				one.Rules = append(one.Rules, usedRule{e.Path, e.Record, e.RuleID, e.Name})
			}
			list = append(list, one)
		}
		return c.encode(map[string]any{"schemaVersion": 1, "by": f.by, "uses": list,
			"summary": map[string]int{"rules": len(entries), "uses": len(uses), "queriesNotRead": notRead}})
	}
	out := bufio.NewWriter(c.Stdout)
	for _, u := range uses {
		fmt.Fprintf(out, "%s: %s\n", printed(u.Name), wording.Count(len(u.Rules), "rule"))
		for _, i := range u.Rules {
			fmt.Fprintf(out, "    %s\n", printed(where(entries[i])))
		}
	}
	fmt.Fprintf(out, "%s in %s\n", wording.Count(len(uses), useOf(f.by).noun), wording.Count(len(entries), "rule"))
	if notRead > 0 && f.by == "field" {
		for _, e := range entries {
			if e.NotRead != "" {
				fmt.Fprintf(out, "not read: the query of %s: %s\n", printed(where(e)), e.NotRead)
			}
		}
	}
	return out.Flush()
}

func (c *command) encode(v any) error {
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
