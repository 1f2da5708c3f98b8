package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// kind is the type of a key's value.
type kind uint8

const (
	_ kind = iota
	text
	texts // array of strings
	count
	share // 0 to 1
	truth
	table
	tables // array of tables
	open   // table with any keys and values of kind elem
)

// key describes one key of the file. The list of keys is the only place that knows them: the reader, the JSON Schema
// and the file that "rulevet init" writes are made of it.
type key struct {
	name    string
	kind    kind
	doc     string
	enum    []string
	pattern string
	codes   bool // values (or the keys of an open table) are codes or areas of checks
	elem    *key
	keys    []key
	example string // as the commented default file shows it
}

const stackPattern = `^\d+\.\d+(\.\d+)?$`

func layout() []key {
	return []key{
		{name: "roots", kind: texts, doc: "Folders and globs that hold the rules. Set-wide checks (duplicate ids, names) always look at all of them.", example: `["rules"]`},
		{name: "preset", kind: text, doc: "Choice of checks: default, elastic (conventions of elastic/detection-rules too), strict (everything).", enum: []string{"default", "elastic", "strict"}, example: `"default"`},
		{name: "fail_on", kind: text, doc: "Lowest severity that makes the exit code 1.", enum: []string{"error", "warning", "info"}, example: `"error"`},
		{name: "stacks", kind: texts, doc: "Elastic Stack versions that the rules run on.", pattern: stackPattern, example: `["9.3.0", "9.4.0", "9.5.0"]`},
		{name: "schemas", kind: texts, doc: "Field schemas of your own, laid over the built-in ones: files or folders.", example: `["schemas"]`},
		{name: "rule-schema", kind: text, doc: "JSON Schema of your own that rules are held to besides: more keys, closed lists of values.", example: `"rule.schema.json"`},
		{name: "baseline", kind: text, doc: "File with known findings that are not reported; write it with --write-baseline.", example: `".rulevet-baseline.json"`},
		{name: "severity", kind: open, codes: true, doc: "Severity of single checks or areas.", elem: &key{kind: text, enum: []string{"error", "warning", "info", "off"}},
			example: "\"query/leading-wildcard\" = \"off\"\n\"tags/*\" = \"warning\""},
		{name: "exclude", kind: tables, doc: "Checks that are switched off for some files; without codes all of them.", keys: []key{
			{name: "paths", kind: texts, doc: "Globs from the folder of this file; ** is any number of folders.", example: `["rules/experimental/**"]`},
			{name: "codes", kind: texts, codes: true, doc: "Codes or areas.", example: `["note/*"]`},
		}},
		{name: "attack", kind: table, doc: "MITRE ATT&CK.", keys: []key{
			{name: "version", kind: text, doc: "Version that mappings are held to. Without it a mapping must be valid in one of the built-in versions.", pattern: `^\d+(\.\d+)?$`, example: `"19.1"`},
		}},
		{name: "fixtures", kind: table, doc: "What tests a rule must have.", keys: []key{
			{name: "min_cases", kind: count, doc: "Cases that match and cases that do not, at least so many of each.", example: "1"},
			{name: "coverage", kind: share, doc: "Share of the query's conditions seen both true and false.", example: "0.8"},
			{name: "mutation", kind: share, doc: "Share of mutated queries that some case notices.", example: "0.6"},
			{name: "cross", kind: truth, doc: "No rule may match in the fixtures of another.", example: "true"},
			{name: "cross_allow", kind: open, doc: "Exceptions: the stem of a rule = stems of rules that may match in its fixtures, globs both.", elem: &key{kind: texts},
				example: `"shell_*" = ["generic_process_start"]`},
		}},
		{name: "tags", kind: table, doc: "Tags. An empty list switches the check off.", keys: []key{
			{name: "allowed", kind: texts, doc: "Vocabulary, for tags/case.", example: `["Domain: Endpoint", "OS: Linux"]`},
			{name: "prefixes", kind: texts, doc: "What a tag may start with, for tags/prefix.", example: `["Domain:", "OS:"]`},
			{name: "required", kind: open, doc: "Tags that an index pattern asks for, for tags/index.", elem: &key{kind: texts}, example: `"logs-aws*" = ["Domain: Cloud"]`},
			{name: "kinds", kind: open, doc: "Tags of kinds of rules: building_block, machine_learning, investigation_guide, completion, or a rule type.",
				elem: &key{kind: texts}, example: `investigation_guide = ["Resources: Guide"]`},
			{name: "folders", kind: open, doc: "Tags that rules in a folder need, for tags/os-missing.", elem: &key{kind: texts}, example: `linux = ["OS: Linux"]`},
		}},
		{name: "timelines", kind: open, doc: "Timeline templates, id = title.", elem: &key{kind: text}},
		{name: "rules", kind: table, doc: "Other values.", keys: []key{
			{name: "authors", kind: texts, doc: "Authors whose rules follow the conventions of the house.", example: `["Example Corp"]`},
			{name: "licenses", kind: texts, doc: "Allowed licences.", example: `["Elastic License v2", "MIT"]`},
			{name: "version_lock", kind: truth, doc: "Versions are kept outside of the rule files, so version and revision are errors there.", example: "true"},
			{name: "max_signals", kind: count, doc: "Upper limit of max_signals.", example: "1000"},
			{name: "max_signals_note", kind: text, doc: "Link that setup must hold if max_signals is at the limit."},
			{name: "timestamp_override", kind: text, doc: "Field that timestamp_override must name; \"-\" for any.", example: `"event.ingested"`},
			{name: "building_block_folder", kind: text, doc: "Folder of building block rules.", example: `"rules_building_block"`},
			{name: "deprecated_folder", kind: text, doc: "Folder of deprecated rules.", example: `"_deprecated"`},
			{name: "packages_without_data_sets", kind: texts, doc: "Integrations that a query does not name by data set."},
			{name: "ml_packages", kind: texts, doc: "Integrations that bring machine learning jobs."},
			{name: "late_indexes", kind: texts, doc: "Index patterns whose events arrive late."},
			{name: "exempt_ids", kind: texts, doc: "Rules whose integrations are not checked."},
			{name: "legacy_ids", kind: texts, doc: "Rule ids that are no UUIDs and stay."},
			{name: "ml_jobs", kind: open, doc: "Machine learning jobs by package, for ml/job-unknown.", elem: &key{kind: texts}, example: `lmd = ["lmd_rare_file_path"]`},
			{name: "protected", kind: open, doc: "Rules that keep their name, id = name.", elem: &key{kind: text}},
		}},
	}
}

// reader checks a file against the layout.
type reader struct {
	doc      *tomlspan.Document
	problems []Problem
	checks   []*lint.Check
	known    map[string]bool // their codes and areas; nil = not asked for yet
}

func (r *reader) problem(s rule.Span, message, hint string) {
	r.problems = append(r.problems, Problem{Position: r.doc.Position(s.Start), Message: message, Hint: hint})
}

func (r *reader) table(n *rule.Node, keys []key) {
	for _, c := range n.Children {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == c.Key })
		if i < 0 {
			r.unknown(c, keys)
			continue
		}
		r.value(c, &keys[i])
	}
}

func (r *reader) unknown(c *rule.Node, keys []key) {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	hint := "known keys are " + strings.Join(names, ", ")
	if found := near.Names(c.Key, names); len(found) > 0 {
		hint = fmt.Sprintf("did you mean %s?", rule.Quote(found[0]))
	}
	r.problem(c.KeySpan, fmt.Sprintf("unknown key %s", rule.Quote(c.Key)), hint)
}

// value checks a value; c.Key may be empty for elements of lists.
func (r *reader) value(c *rule.Node, k *key) {
	switch k.kind {
	case text:
		if r.is(c, k, rule.StringNode) {
			r.word(c, k)
		}
	case texts:
		if !r.is(c, k, rule.ArrayNode) {
			return
		}
		for _, e := range c.Children {
			if r.is(e, k, rule.StringNode) {
				r.word(e, k)
			}
		}
	case count:
		if r.is(c, k, rule.IntegerNode) && c.Int < 0 {
			r.problem(c.Span, fmt.Sprintf("%s is %d, expected 0 or more", rule.Quote(c.Key), c.Int), "")
		}
	case share:
		if (c.Kind == rule.IntegerNode || r.is(c, k, rule.FloatNode)) && (number(c) < 0 || number(c) > 1) {
			r.problem(c.Span, fmt.Sprintf("%s is %v, expected 0 to 1", rule.Quote(c.Key), number(c)), "")
		}
	case truth:
		r.is(c, k, rule.BoolNode)
	case table:
		if r.is(c, k, rule.TableNode) {
			r.table(c, k.keys)
		}
	case tables:
		r.tables(c, k)
	case open:
		r.open(c, k)
	}
}

func (r *reader) tables(c *rule.Node, k *key) {
	if !r.is(c, k, rule.ArrayNode) {
		return
	}
	for _, e := range c.Children {
		if !r.is(e, k, rule.TableNode) {
			continue
		}
		r.table(e, k.keys)
		if k.name == "exclude" && e.Get("paths") == nil {
			r.problem(e.Span, "an exclude without `paths`", "")
		}
	}
}

func (r *reader) open(c *rule.Node, k *key) {
	if !r.is(c, k, rule.TableNode) {
		return
	}
	for _, e := range c.Children {
		if k.codes {
			r.code(e.KeySpan, e.Key)
		}
		r.value(e, k.elem)
	}
}

// is reports a value of another type.
func (r *reader) is(c *rule.Node, k *key, want rule.NodeKind) bool {
	if c.Kind == want {
		return true
	}
	name := k.name
	if name == "" {
		name = c.Key
	}
	r.problem(c.Span, fmt.Sprintf("%s is %s, expected %s", rule.Quote(name), c.Kind, want), "")
	return false
}

// word checks a string.
func (r *reader) word(c *rule.Node, k *key) {
	switch {
	case k.enum != nil && !slices.Contains(k.enum, c.Str):
		hint := ""
		if found := near.Names(c.Str, k.enum); len(found) > 0 {
			hint = fmt.Sprintf("did you mean %s?", rule.Quote(found[0]))
		}
		r.problem(c.Span, fmt.Sprintf("%s is no known value, expected %s", rule.Quote(c.Str), strings.Join(k.enum, ", ")), hint)
	case k.pattern != "" && !regexp.MustCompile(k.pattern).MatchString(c.Str):
		r.problem(c.Span, fmt.Sprintf("%s is not a version as in `9.4.0`", rule.Quote(c.Str)), "")
	case k.codes:
		r.code(c.Span, c.Str)
	}
}

// code checks a code or area of checks.
func (r *reader) code(s rule.Span, code string) {
	if r.known == nil {
		r.known = map[string]bool{}
		if r.checks == nil {
			r.checks = lint.Checks()
		}
		for _, c := range r.checks {
			area, _, _ := strings.Cut(c.Code, "/")
			r.known[c.Code], r.known[area+"/*"] = true, true
		}
	}
	if r.known[code] {
		return
	}
	hint := ""
	if found := near.Names(code, slices.Sorted(maps.Keys(r.known))); len(found) > 0 {
		hint = fmt.Sprintf("did you mean %s?", rule.Quote(found[0]))
	}
	r.problem(s, fmt.Sprintf("there is no check %s", rule.Quote(code)), hint)
}
