// Package notes has the checks of the guides of a rule.
package notes

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of the investigation guide, set-up guide and transforms.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "note/markdown", Title: "a code block of the note is not closed",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkMarkdown},
		{Code: "note/setup-level", Title: "setup heading is not of level 2",
			Severity: rule.Error, Scope: check.House, Part: check.PartNote, Fix: check.Automatic,
			Needs: []string{"rule.note", "transform"}, Run: checkSetupLevel},
		{Code: "note/setup-case", Title: "setup heading is not spelled Setup",
			Severity: rule.Error, Scope: check.House, Part: check.PartNote, Fix: check.Automatic,
			Needs: []string{"rule.note", "transform"}, Run: checkSetupCase},
		{Code: "note/config-heading", Title: "a heading of level 2 is about configuration",
			Severity: rule.Error, Scope: check.House, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkConfigHeading},
		{Code: "note/setup-twice", Title: "set-up guide both in note and in setup",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkSetupTwice},
		{Code: "note/triage-missing", Title: "rule of high severity without triage and analysis",
			Severity: rule.Warning, Scope: check.House, Part: check.PartNote,
			Needs: []string{"rule.note", "transform", "rule.severity", "rule.building_block_type", "rule.author"}, Run: checkTriage},
		{Code: "note/guide-title", Title: "the guide's title is not the name of the rule",
			Severity: rule.Warning, Scope: check.House, Part: check.PartNote, Fix: check.Automatic,
			Needs: []string{"rule.note", "transform"}, Run: checkGuideTitle},
		{Code: "note/placeholder-count", Title: "placeholders and transform entries differ in number",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkPlaceholderCount},
		{Code: "note/placeholder-index", Title: "placeholder without transform entry, or entry without placeholder",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote, Fix: check.Automatic,
			Needs: []string{"rule.note", "transform"}, Run: checkPlaceholderIndex},
		{Code: "note/placeholder-orphan", Title: "placeholder without transforms",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkPlaceholderOrphan},
		{Code: "note/literal-plugin", Title: "a plugin is written out instead of a transform",
			Severity: rule.Error, Scope: check.House, Part: check.PartNote,
			Needs: []string{"rule.note", "transform"}, Run: checkLiteralPlugin},
		{Code: "transform/note-missing", Title: "transforms without note",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote,
			Needs: []string{"rule.note"}, Run: checkTransformNote},
		{Code: "transform/unknown-plugin", Title: "transform of an unknown plugin",
			Severity: rule.Error, Scope: check.General, Part: check.PartNote, Run: checkUnknownPlugin},
	}
}

// heading is an ATX or setext heading that stands directly in a Markdown document.
type heading struct {
	level      int
	text       string
	start, end int // of the text in the note
	mark       int // start of the #; -1 for setext
}

// markdownLine is a line of a note with what it is part of.
type markdownLine struct {
	text   string
	offset int
	code   bool // in or at the edge of a code block
}

// markdownLines splits a note; open is the offset of a fence that is never closed, else -1.
func markdownLines(note string) (lines []markdownLine, open int) {
	open = -1
	lines = make([]markdownLine, 0, strings.Count(note, "\n")+1)
	fence, offset := "", 0
	for raw := range strings.Lines(note) {
		l := markdownLine{text: strings.TrimRight(raw, "\r\n"), offset: offset}
		offset += len(raw)
		trimmed := strings.TrimLeft(l.text, " ")
		indent := len(l.text) - len(trimmed)
		mark := fenceOf(trimmed)
		switch {
		case fence == "" && mark != "" && indent < 4:
			fence, open, l.code = mark, l.offset, true
		case fence != "":
			l.code = true
			if strings.HasPrefix(mark, fence) && strings.Trim(trimmed, mark[:1]+" \t") == "" {
				fence, open = "", -1
			}
		default:
			l.code = indent >= 4 || strings.HasPrefix(l.text, "\t")
		}
		lines = append(lines, l)
	}
	return lines, open
}

// fenceOf returns the run of backticks or tildes that opens or closes a code block.
func fenceOf(line string) string {
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 {
			if c == "`" && strings.Contains(line[n:], "`") {
				return "" // a code span
			}
			return line[:n]
		}
	}
	return ""
}

// headings lists the headings of a note, not those in lists, quotes and code.
func headings(note string) []heading {
	var out []heading
	lines, _ := markdownLines(note)
	for i, l := range lines {
		trimmed := strings.TrimLeft(l.text, " ")
		if l.code || trimmed == "" {
			continue
		}
		level := len(trimmed) - len(strings.TrimLeft(trimmed, "#"))
		rest := trimmed[level:]
		switch {
		case level >= 1 && level <= 6 && (rest == "" || rest[0] == ' ' || rest[0] == '\t'):
			mark := l.offset + len(l.text) - len(trimmed)
			out = append(out, headingAt(note, level, mark, mark+level, l.offset+len(l.text)))
		case i > 0 && setext(trimmed) > 0 && paragraph(lines[i-1]):
			prev := lines[i-1]
			h := headingAt(note, setext(trimmed), -1, prev.offset, prev.offset+len(prev.text))
			out = append(out, h)
		}
	}
	return out
}

func headingAt(note string, level, mark, start, end int) heading {
	text := note[start:end]
	start += len(text) - len(strings.TrimLeft(text, " \t"))
	text = strings.TrimSpace(text)
	if closing := strings.TrimRight(text, "#"); closing == "" || strings.HasSuffix(closing, " ") {
		text = strings.TrimSpace(closing)
	}
	return heading{level: level, text: text, start: start, end: start + len(text), mark: mark}
}

// setext is the level of an underline, 0 if the line is none.
func setext(line string) int {
	line = strings.TrimRight(line, " \t")
	switch {
	case line != "" && strings.Trim(line, "=") == "":
		return 1
	case line != "" && strings.Trim(line, "-") == "":
		return 2
	}
	return 0
}

func paragraph(l markdownLine) bool {
	t := strings.TrimSpace(l.text)
	return !l.code && t != "" && !strings.ContainsAny(t[:1], "#>-*+|=") && l.text == strings.TrimLeft(l.text, " ")
}

// noteSpan converts a range of the note to one of the file.
func noteSpan(n *rule.Node, start, end int) rule.Span { return n.Text().FileSpan(start, end) }

func checkMarkdown(p *check.Pass) {
	n := p.File.Lookup("rule", "note")
	if n == nil || n.Kind != rule.StringNode {
		return
	}
	if _, open := markdownLines(n.Str); open >= 0 {
		end := open + len(strings.SplitN(n.Str[open:], "\n", 2)[0])
		p.Report(rule.Diagnostic{Span: noteSpan(n, open, end), Message: "the code block that starts here is not closed",
			Hint: "close it with the same fence on a line of its own"})
	}
}

// eachHeading calls f for the headings of the note.
func eachHeading(p *check.Pass, f func(n *rule.Node, h heading)) {
	n := p.File.Lookup("rule", "note")
	if n == nil || n.Kind != rule.StringNode || !strings.Contains(n.Str, "\n") && !strings.HasPrefix(n.Str, "#") {
		return
	}
	for _, h := range headings(n.Str) {
		f(n, h)
	}
}

func checkSetupLevel(p *check.Pass) {
	eachHeading(p, func(n *rule.Node, h heading) {
		if !strings.EqualFold(h.text, "setup") || h.level == 2 {
			return
		}
		d := rule.Diagnostic{Span: noteSpan(n, h.start, h.end), Message: fmt.Sprintf("heading %s is of level %d, expected 2", rule.Quote(h.text), h.level)}
		if h.mark >= 0 {
			d.Fixes = check.Repair("make it level 2", true, tomlspan.ReplaceText(n, h.mark, h.mark+h.level, "##"))
		}
		p.Report(d)
	})
}

func checkSetupCase(p *check.Pass) {
	eachHeading(p, func(n *rule.Node, h heading) {
		if strings.EqualFold(h.text, "setup") && h.level == 2 && h.text != "Setup" {
			p.Report(rule.Diagnostic{Span: noteSpan(n, h.start, h.end), Message: fmt.Sprintf("heading is %s, expected `Setup`", rule.Quote(h.text)),
				Fixes: check.Repair("write Setup", true, tomlspan.ReplaceText(n, h.start, h.end, "Setup"))})
		}
	})
}

func checkConfigHeading(p *check.Pass) {
	eachHeading(p, func(n *rule.Node, h heading) {
		if h.level == 2 && strings.Contains(strings.ToLower(h.text), "config") {
			p.Report(rule.Diagnostic{Span: noteSpan(n, h.start, h.end), Message: fmt.Sprintf("heading %s is about configuration", rule.Quote(h.text)),
				Hint: "write a heading \"## Setup\", or the key `setup`"})
		}
	})
}

func checkSetupTwice(p *check.Pass) {
	setup := p.File.Lookup("rule", "setup")
	if strings.TrimSpace(p.File.Rule.Setup) == "" {
		return
	}
	eachHeading(p, func(n *rule.Node, h heading) {
		if h.text == "Setup" {
			p.Report(rule.Diagnostic{Span: noteSpan(n, h.start, h.end), Message: "`note` has a set-up guide, and so has the key `setup`",
				Related: []rule.Related{{Span: setup.KeySpan, Message: "the key is set here"}},
				Hint:    "move the text below the heading to `setup`"})
		}
	})
}

func checkTriage(p *check.Pass) {
	r := p.File.Rule
	if r.Severity != "high" && r.Severity != "critical" || r.BuildingBlockType != "" || !p.Config.OwnAuthor(r.Author) ||
		strings.Contains(strings.ToLower(r.Note), "## triage and analysis") {
		return
	}
	span := facts.Top(p.File)
	if n := p.File.Lookup("rule", "note"); n != nil {
		span = n.KeySpan
	}
	p.Report(rule.Diagnostic{Span: span, Message: fmt.Sprintf("severity is %s, but `note` has no \"## Triage and analysis\"", rule.Quote(r.Severity))})
}

const guideMark = "### Investigating"

func checkGuideTitle(p *check.Pass) {
	n := p.File.Lookup("rule", "note")
	name := p.File.Rule.Name
	if n == nil || n.Kind != rule.StringNode || name == "" {
		return
	}
	at := strings.Index(n.Str, guideMark)
	if at < 0 || strings.Contains(n.Str, guideMark+" "+name) {
		return
	}
	want := regexp.MustCompile(`(?i)` + guideMark + `\s+` + regexp.QuoteMeta(name))
	if want.MatchString(n.Str) {
		return
	}
	end := at + len(strings.SplitN(n.Str[at:], "\n", 2)[0])
	line := strings.TrimRight(n.Str[at:end], " \r")
	p.Report(rule.Diagnostic{Span: noteSpan(n, at, at+len(line)),
		Message: fmt.Sprintf("the guide's title is %s, expected the name of the rule %s", rule.Quote(strings.TrimPrefix(line, "### ")), rule.Quote(name)),
		Fixes:   check.Repair("write the name of the rule", true, tomlspan.ReplaceText(n, at, at+len(line), guideMark+" "+name))})
}

// plugins are the widgets of an investigation guide.
func plugins() []string { return []string{"osquery", "investigate"} }

// placeholder is "$osquery_3" in a note.
type placeholder struct {
	plugin     string
	number     int
	start, end int // in the note
	digits     int // start of the number
}

var placeholderForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(?:\$|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))`) })

// templateNames calls f for each identifier of the note's template: $name or ${name}, not $$.
func templateNames(note string, f func(name string, start, end, nameStart int)) {
	for _, m := range placeholderForm().FindAllStringSubmatchIndex(note, -1) {
		for _, g := range [][2]int{{m[2], m[3]}, {m[4], m[5]}} {
			if g[0] >= 0 {
				f(note[g[0]:g[1]], m[0], m[1], g[0])
			}
		}
	}
}

// placeholders lists those of the known plugins, in order.
func placeholders(note string) []placeholder {
	var out []placeholder
	templateNames(note, func(name string, start, end, nameStart int) {
		for _, plugin := range plugins() {
			num, ok := strings.CutPrefix(name, plugin+"_")
			if n, err := strconv.Atoi(num); ok && err == nil {
				out = append(out, placeholder{plugin, n, start, end, nameStart + len(plugin) + 1})
			}
		}
	})
	return out
}

// used are the distinct numbers of a plugin's placeholders, rising.
func used(all []placeholder, plugin string) []int {
	var out []int
	for _, ph := range all {
		if ph.plugin == plugin {
			out = append(out, ph.number)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// names reports whether a number is among rising ones.
func names(numbers []int, i int) bool {
	_, ok := slices.BinarySearch(numbers, i)
	return ok
}

func entries(f *rule.File, plugin string) *rule.Node { return f.Lookup("transform", plugin) }

// unknownPlugins reports whether a transform has a name that is no plugin's: it may be a misspelt one, so that the
// placeholders cannot be counted.
func unknownPlugins(f *rule.File) bool {
	t := f.Lookup("transform")
	return t != nil && slices.ContainsFunc(t.Children, func(c *rule.Node) bool { return !slices.Contains(plugins(), c.Key) })
}

func checkPlaceholderCount(p *check.Pass) {
	if unknownPlugins(p.File) {
		return
	}
	all := placeholders(p.File.Rule.Note)
	for _, plugin := range plugins() {
		n := entries(p.File, plugin)
		if n == nil || n.Kind != rule.ArrayNode || p.File.Rule.Note == "" {
			continue
		}
		numbers := used(all, plugin)
		if have := len(numbers); have != len(n.Children) {
			p.Report(rule.Diagnostic{Span: countSpan(p, n, all, plugin, numbers),
				Message: fmt.Sprintf("`note` has %d different placeholders `$%s_N`, but there are %d entries", have, plugin, len(n.Children))})
		}
	}
	if p.File.Lookup("transform") == nil {
		return // note/placeholder-orphan
	}
	for _, ph := range all {
		if entries(p.File, ph.plugin) == nil {
			n := p.File.Lookup("rule", "note")
			p.Report(rule.Diagnostic{Span: noteSpan(n, ph.start, ph.end),
				Message: fmt.Sprintf("placeholder %s, but there is no [[transform.%s]]", rule.Quote(p.File.Rule.Note[ph.start:ph.end]), ph.plugin)})
		}
	}
}

// countSpan is the first entry that no placeholder names, else the first placeholder without entry.
func countSpan(p *check.Pass, list *rule.Node, all []placeholder, plugin string, numbers []int) rule.Span {
	for i, e := range list.Children {
		if !names(numbers, i) {
			return e.Span
		}
	}
	for _, ph := range all {
		if ph.plugin == plugin && ph.number >= len(list.Children) {
			return noteSpan(p.File.Lookup("rule", "note"), ph.start, ph.end)
		}
	}
	return firstSpan(list)
}

func firstSpan(n *rule.Node) rule.Span {
	if len(n.Children) > 0 {
		return n.Children[0].Span
	}
	return n.Span
}

func checkPlaceholderIndex(p *check.Pass) {
	n := p.File.Lookup("rule", "note")
	if n == nil || n.Kind != rule.StringNode || unknownPlugins(p.File) {
		return
	}
	all := placeholders(n.Str)
	for _, plugin := range plugins() {
		list := entries(p.File, plugin)
		if list == nil || list.Kind != rule.ArrayNode || len(list.Children) == 0 {
			continue
		}
		numbers := used(all, plugin)
		reportNumbers(p, n, all, list, plugin, numbers)
	}
}

// reportNumbers reports the placeholders of a plugin that name no entry and lead to the entries that none names. Where
// every placeholder names an entry and some entry is left, their numbers differ, which note/placeholder-count tells.
func reportNumbers(p *check.Pass, n *rule.Node, all []placeholder, list *rule.Node, plugin string, numbers []int) {
	count := len(list.Children)
	edits := renumber(n, all, plugin, numbers, count)
	var unused []rule.Related
	for i, e := range list.Children {
		if !names(numbers, i) {
			unused = append(unused, rule.Related{Span: e.Span, Message: fmt.Sprintf("entry %d is not used", i)})
		}
	}
	seen := map[int]bool{}
	for _, ph := range all {
		if ph.plugin != plugin || ph.number < count || seen[ph.number] {
			continue
		}
		seen[ph.number] = true
		p.Report(rule.Diagnostic{Span: noteSpan(n, ph.start, ph.end), Related: unused[:min(3, len(unused))],
			Message: fmt.Sprintf("placeholder %s, but the entries are numbered 0 to %d", rule.Quote(n.Str[ph.start:ph.end]), count-1),
			Fixes:   check.Repair("number the placeholders from 0", true, edits)})
	}
}

// renumber shifts the placeholders of a plugin to 0 and up. It is certain only if they are as many as the entries and
// follow one another.
func renumber(n *rule.Node, all []placeholder, plugin string, numbers []int, count int) []rule.Edit {
	if len(numbers) != count || numbers[0] == 0 || numbers[count-1]-numbers[0] != count-1 {
		return nil
	}
	var edits []rule.ValueEdit
	for _, ph := range all {
		if ph.plugin == plugin {
			width := len(strconv.Itoa(ph.number))
			edits = append(edits, rule.ValueEdit{Start: ph.digits, End: ph.digits + width, New: strconv.Itoa(ph.number - numbers[0])})
		}
	}
	slices.SortFunc(edits, func(a, b rule.ValueEdit) int { return cmp.Compare(a.Start, b.Start) })
	out, err := n.Text().Edits(edits...)
	if err != nil {
		return nil
	}
	return out
}

func checkPlaceholderOrphan(p *check.Pass) {
	n := p.File.Lookup("rule", "note")
	if n == nil || n.Kind != rule.StringNode || p.File.Lookup("transform") != nil {
		return
	}
	for _, ph := range placeholders(n.Str) {
		p.Report(rule.Diagnostic{Span: noteSpan(n, ph.start, ph.end),
			Message: fmt.Sprintf("placeholder %s, but the file has no [transform]", rule.Quote(n.Str[ph.start:ph.end]))})
	}
}

var literalPlugin = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)!\{\s*(osquery|investigate)`) })

func checkLiteralPlugin(p *check.Pass) {
	n := p.File.Lookup("rule", "note")
	if n == nil || n.Kind != rule.StringNode || !strings.Contains(n.Str, "!{") {
		return
	}
	for _, m := range literalPlugin().FindAllStringIndex(n.Str, -1) {
		p.Report(rule.Diagnostic{Span: noteSpan(n, m[0], m[1]), Message: fmt.Sprintf("plugin %s is written out in `note`", rule.Quote(n.Str[m[0]:m[1]])),
			Hint: "write a [transform] entry and a placeholder as in `$osquery_0`"})
	}
}

func checkTransformNote(p *check.Pass) {
	t := p.File.Lookup("transform")
	if t != nil && p.File.Lookup("rule", "note") == nil {
		span := t.Span
		if len(t.Children) > 0 {
			span = firstSpan(t.Children[0])
		}
		p.Report(rule.Diagnostic{Span: span, Message: "the file has transforms, but no `note` that uses them"})
	}
}

func checkUnknownPlugin(p *check.Pass) {
	t := p.File.Lookup("transform")
	if t == nil {
		return
	}
	for _, c := range t.Children {
		if slices.Contains(plugins(), c.Key) {
			continue
		}
		d := rule.Diagnostic{Span: c.KeySpan, Message: fmt.Sprintf("plugin %s is unknown, expected osquery or investigate", rule.Quote(c.Key))}
		if near := near.Names(c.Key, plugins()); len(near) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
		}
		p.Report(d)
	}
}
