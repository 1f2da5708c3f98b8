// Package config reads .rulevet.toml, the configuration of a rule repository. It knows the keys and their types; what
// they mean is the business of package lint and of the command.
package config

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// Name is the file's name. It is looked for upward from what is linted to the root of the repository.
const Name = ".rulevet.toml"

// File is a configuration file. The zero value is that of a repository without one.
type File struct {
	Roots    []string     // folders and globs of the rules, from the folder of the file; empty = that folder
	Baseline string       // baseline file, from the folder of the file
	FailOn   string       // error, warning or info; empty = error
	Lint     *lint.Config // what package lint takes
}

// Error is what is wrong with a configuration file, in order. Each problem has a place.
type Error struct {
	Path     string    // of the configuration
	Problems []Problem // all of them, in file order
}

// Problem is one thing that is wrong, at a place of the file.
type Problem struct {
	File string // where it is another file than that of the Error
	rule.Position
	Message, Hint string // what is wrong, with the place, and what to do
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		file := p.File
		if file == "" {
			file = e.Path
		}
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", file, p.Line, p.Column, p.Message)
		if p.Hint != "" {
			lines[i] += "; " + p.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// Parse reads a configuration file. checks are those whose codes it may name, by default the built-in ones. A non-nil error
// is an *Error with everything that is wrong.
func Parse(path string, src []byte, checks ...*lint.Check) (*File, error) {
	doc := tomlspan.Parse(src)
	r := &reader{doc: doc, checks: checks}
	for _, e := range doc.Errors {
		r.problem(e.Span, e.Message, e.Hint)
	}
	if len(doc.Errors) == 0 {
		r.table(doc.Root, layout())
	}
	if len(r.problems) > 0 {
		return nil, &Error{Path: path, Problems: r.problems}
	}
	return fill(doc.Root), nil
}

// fill makes the configuration out of a file without errors.
func fill(root *rule.Node) *File {
	f := &File{Roots: list(root.Get("roots")), Baseline: str(root.Get("baseline")), FailOn: str(root.Get("fail_on")), Lint: &lint.Config{}}
	c := f.Lint
	c.Preset, _ = lint.ParsePreset(str(root.Get("preset")))
	c.Severity = severities(root.Get("severity"))
	c.Stacks = list(root.Get("stacks"))
	c.Schemas = list(root.Get("schemas"))
	c.RuleSchema = str(root.Get("rule-schema"))
	c.Attack = str(root.Get("attack").Get("version"))
	if n := root.Get("exclude"); n != nil {
		for _, e := range n.Children {
			c.Exclude = append(c.Exclude, lint.Exclude{Paths: list(e.Get("paths")), Codes: list(e.Get("codes"))})
		}
	}
	fillVocabulary(&c.Vocabulary, root)
	fixtures := root.Get("fixtures")
	c.Fixtures = lint.FixtureGate{MinCases: int(integer(fixtures.Get("min_cases"))), Coverage: number(fixtures.Get("coverage")),
		Mutation: number(fixtures.Get("mutation")), Cross: truthOf(fixtures.Get("cross")), CrossAllow: lists(fixtures.Get("cross_allow"))}
	return f
}

func fillVocabulary(v *lint.Vocabulary, root *rule.Node) {
	tags, rules := root.Get("tags"), root.Get("rules")
	v.Tags, v.TagPrefixes = list(tags.Get("allowed")), list(tags.Get("prefixes"))
	v.RequiredTags = lists(tags.Get("required"))
	v.Timelines = stringMap(root.Get("timelines"))
	v.Authors, v.Licenses = list(rules.Get("authors")), list(rules.Get("licenses"))
	v.KindTags, v.FolderTags = lists(tags.Get("kinds")), lists(tags.Get("folders"))
	v.Streamless, v.MLJobs = list(rules.Get("packages_without_data_sets")), lists(rules.Get("ml_jobs"))
	v.TimestampOverride = str(rules.Get("timestamp_override"))
	v.BuildingBlocks, v.Deprecated = str(rules.Get("building_block_folder")), str(rules.Get("deprecated_folder"))
	v.MLPackages, v.LateIndexes = list(rules.Get("ml_packages")), list(rules.Get("late_indexes"))
	v.ExemptIDs, v.LegacyIDs = list(rules.Get("exempt_ids")), list(rules.Get("legacy_ids"))
	v.Protected = stringMap(rules.Get("protected"))
	v.MaxSignals, v.MaxSignalsNote = integer(rules.Get("max_signals")), str(rules.Get("max_signals_note"))
	if n := rules.Get("version_lock"); n != nil {
		v.NoVersionLock = !n.Bool
	}
}

func severities(n *rule.Node) map[string]rule.Severity {
	if n == nil {
		return nil
	}
	out := map[string]rule.Severity{}
	for _, c := range n.Children {
		switch c.Str {
		case "error":
			out[c.Key] = rule.Error
		case "warning":
			out[c.Key] = rule.Warning
		case "info":
			out[c.Key] = rule.Info
		case "off":
			out[c.Key] = lint.Off
		}
	}
	return out
}

func str(n *rule.Node) string {
	if n == nil {
		return ""
	}
	return n.Str
}

// list returns the strings of an array: nil if it is absent, but not if it is empty.
func list(n *rule.Node) []string {
	if n == nil {
		return nil
	}
	return append([]string{}, n.Strings()...)
}

// lists returns the arrays of a table; nil if it is absent.
func lists(n *rule.Node) map[string][]string {
	if n == nil {
		return nil
	}
	out := map[string][]string{}
	for _, c := range n.Children {
		out[c.Key] = list(c)
	}
	return out
}

func truthOf(n *rule.Node) bool { return n != nil && n.Bool }

func stringMap(n *rule.Node) map[string]string {
	if n == nil {
		return nil
	}
	out := map[string]string{}
	for _, c := range n.Children {
		out[c.Key] = c.Str
	}
	return out
}

func integer(n *rule.Node) int64 {
	if n == nil {
		return 0
	}
	return n.Int
}

func number(n *rule.Node) float64 {
	switch {
	case n == nil:
		return 0
	case n.Kind == rule.IntegerNode:
		return float64(n.Int)
	}
	return n.Float
}
