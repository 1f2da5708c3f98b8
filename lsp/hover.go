package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/schema"
)

// hoverAt explains what is under the cursor: a field, a function, a technique, a check named in a comment, a key.
func hoverAt(_ context.Context, s *server, d *document, p *positionParams) (any, error) {
	offset := d.text.offset(p.Position)
	if h := s.hoverCheck(d, offset); h != nil {
		return h, nil
	}
	at := d.outline().at(offset)
	switch {
	case at.entry == nil || !d.isRule:
		return nil, nil
	case at.inKey:
		return d.hoverKey(at.entry), nil
	case at.literal == nil:
		return nil, nil
	case isQuery(at.entry):
		return d.hoverQuery(offset), nil
	}
	return d.hoverValue(at), nil
}

func (d *document) hoverOver(start, end int, text string) *hover {
	span := d.text.span(start, end)
	return &hover{Contents: markup{"markdown", text}, Range: &span}
}

// hoverKey says what a key of the format is for.
func (d *document) hoverKey(e *entry) any {
	k, ok := keyOf(e.table, e.key, d.outline().valueOf("rule", "type"))
	if !ok {
		return nil
	}
	text := fmt.Sprintf("**%s**: %s", k.name, k.kind)
	if k.required {
		text += ", required"
	}
	if k.description != "" {
		text += "\n\n" + k.description
	}
	if len(k.values) > 0 {
		text += "\n\nOne of `" + strings.Join(k.values, "`, `") + "`."
	}
	return d.hoverOver(e.keyStart, e.keyEnd, text)
}

// hoverValue explains ids of ATT&CK and names of fields in values.
func (d *document) hoverValue(at place) any {
	l := at.literal
	value := d.outline().text(l)
	key := at.entry.path()
	if l.inline != "" {
		key += "." + l.inline
	}
	switch {
	case at.entry.key == "id" && isThreat(at.entry.table):
		if text := threatText(value); text != "" {
			return d.hoverOver(l.start, l.end, text)
		}
	case holdsFields[key]:
		if text := d.fieldText(value); text != "" {
			return d.hoverOver(l.start, l.end, text)
		}
	}
	return nil
}

// threatText describes a tactic or technique in the versions that are embedded.
func threatText(id string) string {
	fw, _, ok := mitre.ParseID(id)
	if !ok {
		return ""
	}
	var lines []string
	for _, v := range slices.Backward(mitre.Versions(fw)) {
		catalog, err := mitre.Load(fw, v)
		if err != nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("- %s %s: %s", fw, v, threatLine(catalog, id)))
	}
	return fmt.Sprintf("[%s](%s)\n\n%s", id, mitre.URL(id), strings.Join(lines, "\n"))
}

func threatLine(c *mitre.Catalog, id string) string {
	if t := c.Tactic(id); t != nil {
		return "tactic **" + t.Name + "**"
	}
	t := c.Technique(id)
	if t == nil {
		return "unknown"
	}
	text := "**" + t.Name + "**"
	if parent := c.Technique(t.Parent()); parent != nil {
		text = parent.Name + ": " + text
	}
	var tactics []string
	for _, tactic := range t.Tactics {
		tactics = append(tactics, tactic.Name)
	}
	if len(tactics) > 0 {
		text += ", under " + strings.Join(tactics, ", ")
	}
	if t.Status != mitre.Live {
		text += ", " + t.Status.String()
		if r := c.Replacement(id); r.Live != nil && r.Live.ID != id {
			text += ", now " + r.Live.ID + " " + r.Live.Name
		}
	}
	return text
}

// hoverQuery explains a word of the query.
func (d *document) hoverQuery(offset int) any {
	q := d.queryText()
	if q == nil {
		return nil
	}
	cursor, ok := q.cursor(offset)
	if !ok {
		return nil
	}
	for i, t := range q.tokens(q.value) {
		if t.kind != wordToken || cursor < t.start || cursor > t.end {
			continue
		}
		word := t.text(q.value)
		text := ""
		if f, ok := q.function(word); ok && called(q, i) {
			text = f.describe(q.language)
		} else if text = d.made(q, t.start); text == "" && !q.keyword(word) {
			text = d.fieldText(strings.Trim(strings.TrimPrefix(word, "?"), "`"))
		}
		if text == "" {
			return nil
		}
		span := q.file(t.start, t.end)
		return d.hoverOver(span.Start, span.End, text)
	}
	return nil
}

// called reports whether an opening parenthesis follows a token.
func called(q *queryText, i int) bool {
	all := q.tokens(q.value)
	return i+1 < len(all) && all[i+1].text(q.value) == "("
}

// fieldText says of a field what the rule sees of it and where else it exists.
func (d *document) fieldText(name string) string {
	view := d.view()
	if view == nil {
		return ""
	}
	r := view.Describe(name)
	var b strings.Builder
	switch r.Presence {
	case schema.Known:
		fmt.Fprintf(&b, "**%s**", name)
		for i, t := range r.Types {
			sep := ", "
			if i == 0 {
				sep = ": "
			}
			var sources []string
			for _, s := range t.Sources {
				sources = append(sources, s.String())
			}
			fmt.Fprintf(&b, "%s`%s` (%s)", sep, t.Type, strings.Join(sources, ", "))
		}
	case schema.Absent:
		fmt.Fprintf(&b, "**%s**: not in the indexes of this rule", name)
	default:
		fmt.Fprintf(&b, "**%s**: not known", name)
		for _, g := range r.Gaps {
			fmt.Fprintf(&b, "\n\n%s", g)
		}
	}
	for _, part := range []struct{ text, value string }{{"Alias of", r.Alias}, {"Exact form:", r.Exact}, {"Nested in", r.Nested}} {
		if part.value != "" {
			fmt.Fprintf(&b, "\n\n%s `%s`", part.text, part.value)
		}
	}
	d.whereElse(&b, name, r.Presence == schema.Known)
	return b.String()
}

// whereElse adds the lists and the events of Elastic Defend that have a field, and near names of one that none has.
func (d *document) whereElse(b *strings.Builder, name string, known bool) {
	catalog := d.checked().repo.catalog
	e := catalog.Explain(name)
	var events []string
	for _, ev := range catalog.Events() {
		if known && ev.Has(name) {
			events = append(events, ev.Slug)
		}
	}
	if len(e.Stacks) > 0 {
		fmt.Fprintf(b, "\n\nECS on the stacks %s", strings.Join(e.Stacks, ", "))
	}
	if n := len(events); n > 0 {
		shown := strings.Join(events[:min(n, 8)], ", ")
		if n > 8 {
			shown += ", …"
		}
		fmt.Fprintf(b, "\n\nCarried by %d events of Elastic Defend: %s", n, shown)
	}
	if len(e.Near) > 0 {
		fmt.Fprintf(b, "\n\nNear names: `%s`", strings.Join(e.Near, "`, `"))
	}
}

// hoverCheck explains a code named in a suppression comment.
func (s *server) hoverCheck(d *document, offset int) *hover {
	line := d.text.lineOf(offset)
	text := string(d.text.line(line))
	at := offset - d.text.lines[line]
	if !strings.Contains(text, "rulevet:ignore") || at > len(text) {
		return nil
	}
	code := func(r rune) bool { return r == '/' || r < 0x80 && wordByte(byte(r)) }
	start, end := at, at
	for start > 0 && code(rune(text[start-1])) {
		start--
	}
	for end < len(text) && code(rune(text[end])) {
		end++
	}
	name := text[start:end]
	for _, c := range s.opts.Checks {
		if c.Code != name {
			continue
		}
		doc := fmt.Sprintf("**%s**: %s (%s)", c.Code, c.Title, c.Severity)
		if page, err := lint.PageFor(c); err == nil {
			doc += "\n\n" + page.What
		}
		return d.hoverOver(d.text.lines[line]+start, d.text.lines[line]+end, doc)
	}
	return nil
}

// signatureAt shows the signature of the call around the cursor.
func signatureAt(_ context.Context, _ *server, d *document, p *positionParams) (any, error) {
	offset := d.text.offset(p.Position)
	at := d.outline().at(offset)
	if at.entry == nil || at.literal == nil || !isQuery(at.entry) {
		return nil, nil
	}
	q := d.queryText()
	if q == nil {
		return nil, nil
	}
	cursor, ok := q.cursor(offset)
	if !ok {
		return nil, nil
	}
	depth, argument := 0, 0
	all := q.tokens(q.value)
	for i := len(all) - 1; i > 0; i-- {
		t := all[i]
		if t.end > cursor || t.kind != operatorToken {
			continue
		}
		switch t.text(q.value) {
		case ")":
			depth++
		case ",":
			if depth == 0 {
				argument++
			}
		case "(":
			if depth--; depth >= 0 {
				continue
			}
			f, ok := q.function(all[i-1].text(q.value))
			if !ok {
				return nil, nil
			}
			return f.help(argument), nil
		}
	}
	return nil, nil
}

func (f *function) help(argument int) *signatureHelp {
	s := signature{Label: f.label(), Documentation: f.doc}
	for _, p := range f.parameters {
		s.Parameters = append(s.Parameters, parameter{p})
	}
	return &signatureHelp{Signatures: []signature{s}, ActiveParameter: min(argument, max(len(f.parameters)-1, 0))}
}
