package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/schema"
)

// fieldFlags are the flags of explain for fields.
type fieldFlags struct {
	json                     bool
	indexes, schemas, stacks []string
}

func (f *fieldFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&f.json, "json", false, "print JSON: one object a field")
	fs.StringSliceVar(&f.indexes, "index", nil, "look the field up in these index `patterns`, as a rule would")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	fs.StringSliceVar(&f.stacks, "stack", nil, "stack `versions` for --index (default: all embedded ones)")
}

// fieldInfo is what explain knows about a field; its JSON form is the output of --json.
type fieldInfo struct {
	Field  string      `json:"field"`
	Types  []string    `json:"types,omitempty"`
	Stacks []string    `json:"ecsStacks,omitempty"` // stacks whose ECS has the field
	Places []fieldSpot `json:"places,omitempty"`
	Events []string    `json:"events,omitempty"` // Elastic Defend events that carry it
	In     []fieldView `json:"in,omitempty"`     // with --index, one entry a stack
	Near   []string    `json:"near,omitempty"`   // names nearby, if there is no such field
}

type fieldSpot struct {
	Source  string `json:"source"`
	Version string `json:"version,omitempty"`
	Type    string `json:"type"`
	Flags   string `json:"flags,omitempty"`
}

type fieldView struct {
	Stack    string   `json:"stack"`
	Presence string   `json:"presence"` // known, absent, undecidable
	Types    []string `json:"types,omitempty"`
	Alias    string   `json:"alias,omitempty"`
	Exact    string   `json:"exact,omitempty"`
	Nested   string   `json:"nested,omitempty"`
	Below    string   `json:"below,omitempty"` // template or object that makes the name known
	Why      []string `json:"why,omitempty"`
}

// explainField prints where a field exists, with its types, or near names; "process.*" lists the fields of that prefix.
func (c *command) explainField(f *fieldFlags, name string) error {
	if err := checkStacks(f.stacks); err != nil {
		return err
	}
	catalog, err := lint.LoadCatalog(f.schemas)
	if err != nil {
		return usageError("--schema: %w", err)
	}
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		return c.listFields(f, catalog, prefix)
	}
	info := lookUpField(f, catalog, name)
	known := len(info.Places) > 0 || slices.ContainsFunc(info.In, func(v fieldView) bool { return v.Presence == "known" })
	if f.json {
		if err := json.NewEncoder(c.Stdout).Encode(info); err != nil {
			return failed(err)
		}
	} else if known || len(info.In) > 0 {
		c.printField(info)
	}
	switch {
	case known:
		return nil
	case len(info.Near) == 0:
		return usageError("no field and no check %q; \"rulevet explain\" lists the checks", name)
	}
	return usageError("no field and no check %q; did you mean %s?", name, strings.Join(info.Near, ", "))
}

func lookUpField(f *fieldFlags, catalog *schema.Catalog, name string) *fieldInfo {
	e := catalog.Explain(name)
	info := &fieldInfo{Field: name, Stacks: e.Stacks, Near: e.Near}
	for _, p := range e.Places {
		spot := fieldSpot{p.Source.Table, p.Source.Version, p.Field.Type, p.Field.Flags()}
		if !slices.Contains(info.Types, spot.Type) {
			info.Types = append(info.Types, spot.Type)
		}
		info.Places = append(info.Places, spot)
	}
	for _, event := range catalog.Events() {
		if event.Has(name) {
			info.Events = append(info.Events, event.Slug)
		}
	}
	if len(f.indexes) > 0 {
		for _, v := range catalog.Views(schema.Request{Indexes: f.indexes}, stacksOf(f, catalog)...) {
			info.In = append(info.In, viewField(v, name))
		}
	}
	return info
}

func stacksOf(f *fieldFlags, catalog *schema.Catalog) []string {
	if len(f.stacks) > 0 {
		return f.stacks
	}
	var all []string
	for _, s := range catalog.Stacks() {
		all = append(all, s.Version)
	}
	return all
}

func viewField(v *schema.View, name string) fieldView {
	r := v.Describe(name)
	out := fieldView{Stack: v.Stack().Version, Alias: r.Alias, Exact: r.Exact, Nested: r.Nested, Below: r.Parent}
	out.Presence = map[schema.Presence]string{schema.Known: "known", schema.Absent: "absent", schema.Undecidable: "undecidable"}[r.Presence]
	for _, t := range r.Types {
		var sources []string
		for _, s := range t.Sources {
			sources = append(sources, s.String())
		}
		out.Types = append(out.Types, t.Type+" in "+strings.Join(sources, ", "))
	}
	if r.Outside {
		out.Why = append(out.Why, "another data stream of the package has it")
	}
	for _, g := range r.Gaps {
		out.Why = append(out.Why, g.String())
	}
	return out
}

func (c *command) printField(info *fieldInfo) {
	fmt.Fprintln(c.Stdout, info.Field)
	for _, v := range info.In {
		fmt.Fprintf(c.Stdout, "stack %s: %s%s\n", v.Stack, v.Presence, details(v))
	}
	if len(info.Stacks) > 0 {
		fmt.Fprintf(c.Stdout, "ECS field on the stacks %s\n", strings.Join(info.Stacks, ", "))
	}
	for _, p := range info.Places {
		fmt.Fprintln(c.Stdout, strings.TrimRight(fmt.Sprintf("  %-18s %s", p.Type, schema.Source{Table: p.Source, Version: p.Version}), " "))
	}
	if n := len(info.Events); n > 0 {
		fmt.Fprintf(c.Stdout, "carried by %d of the documented Elastic Defend events: %s\n", n, strings.Join(info.Events, ", "))
	}
}

func details(v fieldView) string {
	var parts []string
	parts = append(parts, v.Types...)
	for _, p := range []struct{ text, value string }{{"alias of ", v.Alias}, {"exact form ", v.Exact}, {"nested in ", v.Nested}, {"by ", v.Below}} {
		if p.value != "" {
			parts = append(parts, p.text+p.value)
		}
	}
	parts = append(parts, v.Why...)
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, "; ")
}

// listFields prints the fields of a prefix with their types: completion data.
func (c *command) listFields(f *fieldFlags, catalog *schema.Catalog, prefix string) error {
	v := catalog.All()
	if len(f.indexes) > 0 {
		stacks := stacksOf(f, catalog)
		v = catalog.View(schema.Request{Indexes: f.indexes}, stacks[len(stacks)-1])
	}
	names := v.Names(prefix)
	if len(names) == 0 {
		return usageError("no field starts with %q", prefix)
	}
	out := json.NewEncoder(c.Stdout)
	for _, name := range names {
		info := &fieldInfo{Field: name}
		for _, t := range v.Describe(name).Types {
			info.Types = append(info.Types, t.Type)
		}
		if !f.json {
			fmt.Fprintf(c.Stdout, "%-50s %s\n", name, strings.Join(info.Types, ", "))
		} else if err := out.Encode(info); err != nil {
			return failed(err)
		}
	}
	return nil
}

// completeExplain completes codes and fields for shells.
func (c *command) completeExplain(_ *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
	catalog, err := schema.New()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, check := range c.checks() {
		if strings.HasPrefix(check.Code, text) {
			out = append(out, check.Code)
		}
	}
	if text != "" {
		out = append(out, catalog.All().Names(text)...)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
