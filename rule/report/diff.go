package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule/prove"
)

// Diff is the outcome of comparing rules with an older version of them.
type Diff struct {
	Changes []*prove.RuleChange // rules in the order to be listed
	Added   []string            // paths of rules that are new
	Removed []string            // paths of rules that are gone
	// Failures are files that could not be read.
	Failures []Failure
}

// DiffFormats lists the formats of WriteDiff.
func DiffFormats() []string { return []string{"text", "json", "github", "markdown"} }

// Write prints the comparison in one of DiffFormats.
func (d *Diff) Write(w io.Writer, format string) error {
	var err error
	switch format {
	case "text":
		_, err = io.WriteString(w, d.text())
	case "json":
		err = d.json(w)
	case "github":
		_, err = io.WriteString(w, d.github())
	case "markdown":
		_, err = io.WriteString(w, d.markdown())
	default:
		err = fmt.Errorf("unknown format %q, expected one of %s", format, strings.Join(DiffFormats(), ", "))
	}
	return err
}

// counts says how many changes have each verdict, in the order of the summary.
func (d *Diff) counts() map[string]int {
	out := map[string]int{}
	for _, c := range d.Changes {
		out[c.Relation.String()]++
	}
	return out
}

var verdicts = []string{"equal", "narrower", "wider", "different", "unknown"}

func (d *Diff) summary() string {
	n := d.counts()
	parts := []string{}
	for _, v := range verdicts {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
		}
	}
	out := fmt.Sprintf("%d rules changed", len(d.Changes))
	if len(d.Changes) == 1 {
		out = "1 rule changed"
	}
	if len(parts) > 0 {
		out += ": " + strings.Join(parts, ", ")
	}
	if len(d.Added) > 0 {
		out += fmt.Sprintf("; %d added", len(d.Added))
	}
	if len(d.Removed) > 0 {
		out += fmt.Sprintf("; %d removed", len(d.Removed))
	}
	return out
}

// headline says in a few words what a verdict means.
func headline(r prove.Relation) string {
	switch r {
	case prove.Equal:
		return "equal: the same events match"
	case prove.Narrower:
		return "narrower: fewer events match"
	case prove.Wider:
		return "wider: more events match"
	case prove.Different:
		return "different: some events are lost, others gained"
	}
	return "unknown"
}

// sets are the shown sets of events with what they are.
func sets(c *prove.RuleChange) (out []shownSet) {
	for i, list := range [][]prove.Match{c.Lost, c.Gained} {
		for _, m := range list {
			s := shownSet{word: []string{"lost", "gained"}[i], match: m}
			if n := len(out); n < len(c.Decides) {
				s.decides = c.Decides[n]
			}
			out = append(out, s)
		}
	}
	return out
}

type shownSet struct {
	word    string
	match   prove.Match
	decides string
}

// events are the lines of each event. Where there are several, each later one begins with its time after the first.
func (s *shownSet) events() (out [][]string) {
	var first time.Time
	for i, e := range s.match.Events {
		lines := eventLines(e)
		var doc struct {
			Time time.Time `json:"@timestamp"`
		}
		if json.Unmarshal(e, &doc) == nil && !doc.Time.IsZero() {
			if i == 0 {
				first = doc.Time
			} else if !first.IsZero() {
				lines[0] = "+" + doc.Time.Sub(first).String() + " " + lines[0]
			}
		}
		out = append(out, lines)
	}
	return out
}

// side names the query that does not match a set.
func (s *shownSet) side() string {
	if s.word == "lost" {
		return "the new query"
	}
	return "the old query"
}

func (d *Diff) text() string {
	var b strings.Builder
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "%s: %s\n", c.Path(), headline(c.Relation))
		if c.Old != nil && c.New != nil && path.Base(c.Old.Path) != path.Base(c.New.Path) {
			fmt.Fprintf(&b, "  was %s\n", c.Old.Path)
		}
		if c.Why != "" {
			fmt.Fprintf(&b, "  why: %s\n", c.Why)
		}
		for _, a := range c.Also {
			if a != c.Why {
				fmt.Fprintf(&b, "  %s\n", a)
			}
		}
		for _, s := range sets(c) {
			fmt.Fprintf(&b, "  %s:\n", s.word)
			for _, lines := range s.events() {
				for _, line := range lines {
					fmt.Fprintf(&b, "    %s\n", line)
				}
			}
			if s.decides != "" {
				fmt.Fprintf(&b, "    %s: %s\n", s.side(), s.decides)
			}
		}
	}
	for _, p := range d.Added {
		fmt.Fprintf(&b, "%s: added\n", p)
	}
	for _, p := range d.Removed {
		fmt.Fprintf(&b, "%s: removed\n", p)
	}
	return b.String() + d.summary() + "\n"
}

// eventWidth is where a line of an event is broken, maxEventLines how many are shown.
const (
	eventWidth    = 110
	maxEventLines = 3
)

// eventLines shows a document as "field=value" in at most three lines, the time last.
func eventLines(doc []byte) []string {
	var tree map[string]any
	if json.Unmarshal(doc, &tree) != nil {
		return []string{string(doc)}
	}
	lines := []string{""}
	for _, f := range flatten("", tree, nil) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = f
		case len(*last)+1+len(f) <= eventWidth:
			*last += " " + f
		default:
			lines = append(lines, f)
		}
	}
	if len(lines) > maxEventLines {
		lines = lines[:maxEventLines]
		lines[maxEventLines-1] += " …"
	}
	return lines
}

// flatten lists the fields of a document, sorted; @timestamp is left out: it says nothing about the query.
func flatten(prefix string, tree map[string]any, out []string) []string {
	for _, key := range sortedKeys(tree) {
		name := prefix + key
		if below, ok := tree[key].(map[string]any); ok {
			out = flatten(name+".", below, out)
			continue
		}
		if name == "@timestamp" {
			continue
		}
		value, _ := json.Marshal(tree[key])
		out = append(out, name+"="+string(value))
	}
	return out
}

func (d *Diff) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Detection rules: %s\n", d.summary())
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "\n**%s** `%s`: %s\n", markdownText(ruleName(c)), c.Path(), headline(c.Relation))
		if c.Why != "" {
			fmt.Fprintf(&b, "\n%s\n", markdownText(c.Why))
		}
		for _, a := range c.Also {
			if a != c.Why {
				fmt.Fprintf(&b, "\n%s\n", markdownText(a))
			}
		}
		for _, s := range sets(c) {
			fmt.Fprintf(&b, "\n%s%s\n\n```\n", strings.ToUpper(s.word[:1]), s.word[1:])
			for _, lines := range s.events() {
				b.WriteString(strings.ReplaceAll(strings.Join(lines, "\n"), "```", "'''") + "\n")
			}
			if s.decides != "" {
				fmt.Fprintf(&b, "%s: %s\n", s.side(), strings.ReplaceAll(s.decides, "```", "'''"))
			}
			b.WriteString("```\n")
		}
	}
	for _, p := range d.Added {
		fmt.Fprintf(&b, "\n`%s`: added\n", p)
	}
	for _, p := range d.Removed {
		fmt.Fprintf(&b, "\n`%s`: removed\n", p)
	}
	return b.String()
}

// markdownText keeps a text from being read as markup; backquotes stay, they mark code.
func markdownText(s string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "[", `\[`).Replace(s)
}

func ruleName(c *prove.RuleChange) string {
	f := c.New
	if f == nil {
		f = c.Old
	}
	return f.Rule.Name
}

// github writes one annotation a rule.
func (d *Diff) github() string {
	var b strings.Builder
	for _, c := range d.Changes {
		level := "notice"
		if c.Relation == prove.Unknown || c.Relation == prove.Different {
			level = "warning"
		}
		line := 1
		if c.New != nil && c.New.Query != nil {
			line = c.New.Position(c.New.Query.Span.Start).Line
		}
		text := headline(c.Relation)
		if c.Why != "" {
			text += ": " + c.Why
		}
		for _, s := range sets(c) {
			for _, lines := range s.events() {
				text += "\n" + s.word + ": " + strings.Join(lines, " ")
			}
		}
		fmt.Fprintf(&b, "::%s file=%s,line=%d,title=rule diff::%s\n", level, githubProperty(c.Path()), line, githubData(text))
	}
	return b.String()
}

// diffJSON is the JSON form.
type diffJSON struct {
	SchemaVersion int            `json:"schemaVersion"`
	Rules         []diffRuleJSON `json:"rules"`
	Added         []string       `json:"added,omitempty"`
	Removed       []string       `json:"removed,omitempty"`
	Summary       map[string]int `json:"summary"`
}

type diffRuleJSON struct {
	Path    string              `json:"path"`
	OldPath string              `json:"oldPath,omitempty"`
	RuleID  string              `json:"ruleId"`
	Verdict string              `json:"verdict"`
	Lost    [][]json.RawMessage `json:"lost"`
	Gained  [][]json.RawMessage `json:"gained"`
	Why     string              `json:"why,omitempty"`
	Also    []string            `json:"also,omitempty"`
	Decides []string            `json:"decides,omitempty"`
}

func (d *Diff) json(w io.Writer) error {
	out := diffJSON{SchemaVersion: SchemaVersion, Rules: []diffRuleJSON{}, Added: d.Added, Removed: d.Removed, Summary: map[string]int{"rules": len(d.Changes)}}
	for _, v := range verdicts {
		out.Summary[v] = d.counts()[v]
	}
	for _, c := range d.Changes {
		r := diffRuleJSON{Path: c.Path(), Verdict: c.Relation.String(), Why: c.Why, Also: c.Also, Decides: c.Decides, Lost: eventSets(c.Lost), Gained: eventSets(c.Gained)}
		if c.New != nil {
			r.RuleID = c.New.Rule.ID
		}
		if c.Old != nil && c.Old.Path != r.Path {
			r.OldPath = c.Old.Path
		}
		out.Rules = append(out.Rules, r)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func eventSets(list []prove.Match) [][]json.RawMessage {
	var sets [][][]byte
	for _, m := range list {
		sets = append(sets, m.Events)
	}
	return documentSets(sets)
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
