package threats

import (
	"bytes"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// What a migrated mapping looks like, and its text: the blocks of the old one with new values, moved as they are.

// newEntry is an entry of the migrated mapping.
type newEntry struct {
	source     int // the old entry whose place and text it takes, or after which it stands
	fresh      bool
	tactic     *mitre.Tactic
	techniques []*newTechnique
}

// newTechnique is a technique of the migrated mapping. te is the old block that becomes it, nil if there is none.
type newTechnique struct {
	to   *mitre.Technique
	te   *rule.Technique
	subs []newSub
}

type newSub struct {
	to *mitre.Technique
	te *rule.Technique // old technique that holds the old block
	at int             // which sub-technique of it; -1 if the old leaf was a technique
}

// layout puts the leaves into entries: each tactic has one, at the place of the old entry of that tactic, else of the
// first entry that all went from, else behind the first entry that some went from.
func (m *migration) layout() []*newEntry {
	var out []*newEntry
	home := map[string]*newEntry{}
	used := map[int]bool{}
	place := func(i int, t *mitre.Tactic) {
		e := &newEntry{source: i, tactic: t, fresh: used[i]}
		used[i] = true
		home[t.ID] = e
		out = append(out, e)
	}
	for i := range m.entries {
		if t := m.c.Tactic(m.entries[i].Tactic.ID); m.part[i] && t != nil && home[t.ID] == nil && m.keeps(i, t) {
			place(i, t)
		}
	}
	for _, l := range m.leaves {
		if l.tactic != nil && home[l.tactic.ID] == nil {
			place(l.entry, l.tactic)
		}
	}
	for _, l := range m.leaves {
		if l.tactic != nil {
			home[l.tactic.ID].take(m, l)
		}
	}
	slices.SortStableFunc(out, func(a, b *newEntry) int { return a.source - b.source })
	return out
}

// keeps reports whether an entry stays with its tactic: a leaf is in it, or it has none.
func (m *migration) keeps(i int, t *mitre.Tactic) bool {
	return len(m.entries[i].Techniques) == 0 ||
		slices.ContainsFunc(m.leaves, func(l *leaf) bool { return l.tactic != nil && l.tactic.ID == t.ID })
}

// take adds a leaf to an entry, once.
func (e *newEntry) take(m *migration, l *leaf) {
	te := &m.entries[l.entry].Techniques[l.te]
	parent := l.to
	if l.to.Parent() != "" {
		parent = m.c.Technique(l.to.Parent())
	}
	i := slices.IndexFunc(e.techniques, func(t *newTechnique) bool { return t.to == parent })
	if i < 0 {
		i = len(e.techniques)
		e.techniques = append(e.techniques, &newTechnique{to: parent})
	}
	t := e.techniques[i]
	if t.te == nil && (l.sub < 0) == (parent == l.to) {
		t.te = te
	}
	if parent != l.to && !slices.ContainsFunc(t.subs, func(s newSub) bool { return s.to == l.to }) {
		t.subs = append(t.subs, newSub{l.to, te, l.sub})
	}
}

// fix makes the fix of the plan: the mapping, and the tags that name its tactics.
func (m *migration) fix() []rule.Fix {
	entries := m.layout()
	edits := m.edits(entries)
	if edits == nil {
		return nil
	}
	edits = append(edits, m.tagEdits(entries)...)
	return check.Repair("write the mapping as in "+m.c.Framework.String()+" "+m.c.Version, m.safe, edits)
}

// tagEdits rewrites the tags of tactics that the mapping does not name any more to those that their techniques went to.
func (m *migration) tagEdits(entries []*newEntry) []rule.Edit {
	tags := m.f.Lookup("rule", "tags")
	if tags == nil || tags.Kind != rule.ArrayNode {
		return nil
	}
	has := func(name string) bool {
		return slices.ContainsFunc(tags.Children, func(n *rule.Node) bool { return n.Str == tacticTag+name })
	}
	var edits []rule.Edit
	written := map[string]bool{}
	for i, n := range tags.Children {
		name, ok := strings.CutPrefix(n.Str, tacticTag)
		if !ok || !m.gone(name, entries) {
			continue
		}
		var to []string
		for _, t := range m.heirs(name) {
			if !has(t) && !written[t] {
				to = append(to, t)
				written[t] = true
			}
		}
		if len(to) == 0 {
			edits = append(edits, tomlspan.RemoveElement(m.f, tags, i)...)
			continue
		}
		edits = append(edits, tomlspan.SetString(n, tacticTag+to[0])...)
		for _, t := range to[1:] {
			edits = append(edits, tomlspan.InsertAfter(m.f, n, tacticTag+t)...)
		}
	}
	return edits
}

const tacticTag = "Tactic: "

// gone reports whether an entry that takes part names a tactic and no entry does afterwards.
func (m *migration) gone(name string, entries []*newEntry) bool {
	was := false
	for i := range m.entries {
		if m.entries[i].Tactic.Name == name {
			if !m.part[i] {
				return false
			}
			was = true
		}
	}
	return was && !slices.ContainsFunc(entries, func(e *newEntry) bool { return e.tactic.Name == name })
}

// heirs are the tactics that the leaves of a tactic went to.
func (m *migration) heirs(name string) []string {
	var out []string
	add := func(t *mitre.Tactic) {
		if t != nil && !slices.Contains(out, t.Name) {
			out = append(out, t.Name)
		}
	}
	for _, l := range m.leaves {
		if m.entries[l.entry].Tactic.Name == name {
			add(l.tactic)
		}
	}
	for i := range m.entries {
		if e := &m.entries[i]; e.Tactic.Name == name && len(e.Techniques) == 0 {
			add(m.c.Tactic(e.Tactic.ID))
		}
	}
	return out
}

// edits writes the migrated mapping over the old one; nil if the layout of the file does not allow it, or a comment would
// be lost.
func (m *migration) edits(entries []*newEntry) []rule.Edit {
	if edits, ok := m.inPlace(entries); ok {
		return edits
	}
	w := &layoutWriter{f: m.f, eol: m.f.LineBreak()}
	texts := make([]string, len(m.entries))
	for _, e := range entries {
		text, ok := w.entry(&m.entries[e.source], e)
		if !ok {
			return nil
		}
		if e.fresh {
			texts[e.source] += w.eol + w.eol
		}
		texts[e.source] += text
	}
	return m.replace(texts)
}

// replace writes the new texts of the entries over the old ones; entries without one are removed, neighbours in one edit.
func (m *migration) replace(texts []string) []rule.Edit {
	var edits []rule.Edit
	var gone *rule.Span
	for i := range m.entries {
		n := m.f.Lookup(m.entries[i].Path...)
		switch {
		case !m.part[i]:
			gone = nil
			continue
		case m.hasComment(n.Entry):
			return nil // the place of a comment between tables is not known
		case texts[i] != "":
			gone = nil
			if texts[i] != string(m.f.Src[n.Entry.Start:n.Entry.End]) {
				edits = append(edits, rule.Edit{Span: n.Entry, New: texts[i]})
			}
		case !ownTables(m.f, n):
			return nil
		case gone != nil:
			gone.End = n.Entry.End
		default:
			edits = append(edits, rule.Edit{Span: n.Entry})
			gone = &edits[len(edits)-1].Span
		}
	}
	for i, e := range edits {
		if e.New == "" {
			edits[i].Span = withBlankLines(m.f, tomlspan.WholeLines(m.f, e.Span))
		}
	}
	return edits
}

// hasComment reports whether a comment stands in a span.
func (m *migration) hasComment(s rule.Span) bool {
	return slices.ContainsFunc(m.f.Comments, func(c rule.Comment) bool { return c.Span.Start >= s.Start && c.Span.End <= s.End })
}

// inPlace gives the edits of a migration in which every block stays where it is.
func (m *migration) inPlace(entries []*newEntry) ([]rule.Edit, bool) {
	var edits []rule.Edit
	all := true
	write := func(ref rule.ThreatRef, id, name string) {
		e, ok := itemEdits(m.f.Lookup(ref.Path...), id, name)
		edits, all = append(edits, e...), all && ok
	}
	seen := 0
	for _, e := range entries {
		old := &m.entries[e.source]
		if e.fresh || len(e.techniques) != len(old.Techniques) {
			return nil, false
		}
		seen++
		write(old.Tactic, e.tactic.ID, e.tactic.Name)
		for i, t := range e.techniques {
			te := &old.Techniques[i]
			if t.te != nil && t.te != te || len(t.subs) != len(te.Subtechniques) {
				return nil, false
			}
			write(te.ThreatRef, t.to.ID, t.to.Name)
			for k, s := range t.subs {
				if s.te != te || s.at != k {
					return nil, false
				}
				write(te.Subtechniques[k], s.to.ID, s.to.Name)
			}
		}
	}
	for i := range m.entries {
		if m.part[i] {
			seen--
		}
	}
	return edits, all && seen == 0
}

// layoutWriter writes entries out of the blocks of a file.
type layoutWriter struct {
	f   *rule.File
	eol string
}

// entry writes one entry: the head of the old one, its techniques, its tactic, in the order of the old blocks.
func (w *layoutWriter) entry(old *rule.Threat, e *newEntry) (string, bool) {
	n := w.f.Lookup(old.Path...)
	tactic := w.f.Lookup(old.Tactic.Path...)
	if n == nil || tactic == nil || tactic.Inline || !ownTables(w.f, n) {
		return "", false
	}
	var blocks []string
	for _, t := range e.techniques {
		text, ok := w.technique(t)
		if !ok {
			return "", false
		}
		blocks = append(blocks, text)
	}
	last, ok := w.item(tactic, e.tactic.ID, e.tactic.Name)
	if !ok {
		return "", false
	}
	techniques := n.Get("technique")
	if techniques != nil && len(techniques.Children) > 0 && techniques.Children[0].Entry.Start > tactic.Entry.Start {
		blocks = append([]string{last}, blocks...)
	} else {
		blocks = append(blocks, last)
	}
	head := w.head(n)
	return strings.Join(append([]string{head}, blocks...), w.eol+w.eol), true
}

// head is the text of a table up to its first sub-table, without the blank lines at its end.
func (w *layoutWriter) head(n *rule.Node) string {
	end := n.Entry.End
	for _, c := range n.Children {
		for _, sub := range append([]*rule.Node{c}, c.Children...) {
			if (sub.Kind == rule.TableNode) && !sub.Inline && sub.Entry.Start > n.Entry.Start {
				end = min(end, sub.Entry.Start)
			}
		}
	}
	return string(bytes.TrimRight(w.f.Src[n.Entry.Start:end], " \t\r\n"))
}

func (w *layoutWriter) technique(t *newTechnique) (string, bool) {
	text, ok := w.block("[[rule.threat.technique]]", t.te, t.to)
	if !ok {
		return "", false
	}
	for _, s := range t.subs {
		const header = "[[rule.threat.technique.subtechnique]]"
		sub := w.plain(header, s.to)
		if s.at >= 0 {
			n := w.f.Lookup(s.te.Subtechniques[s.at].Path...)
			if n == nil || n.Inline {
				return "", false
			}
			if sub, ok = w.item(n, s.to.ID, s.to.Name); !ok {
				return "", false
			}
		}
		text += w.eol + w.eol + sub
	}
	return text, true
}

// block writes a technique out of an old block, or a plain one.
func (w *layoutWriter) block(header string, te *rule.Technique, to *mitre.Technique) (string, bool) {
	if te == nil {
		return w.plain(header, to), true
	}
	n := w.f.Lookup(te.Path...)
	if n == nil || n.Inline {
		return "", false
	}
	return w.item(n, to.ID, to.Name)
}

// plain is a block of our own.
func (w *layoutWriter) plain(header string, to *mitre.Technique) string {
	return strings.Join([]string{header, "id = " + rule.QuoteTOML(to.ID), "name = " + rule.QuoteTOML(to.Name),
		"reference = " + rule.QuoteTOML(mitre.URL(to.ID))}, w.eol)
}

// indentStart is the start of the line if only blanks stand before a place on it, else the place.
func indentStart(src []byte, at int) int {
	start := tomlspan.LineStart(src, at)
	if len(bytes.TrimSpace(src[start:at])) > 0 {
		return at
	}
	return start
}

// item is the head of a table, indented as it was, with another id, name and reference.
func (w *layoutWriter) item(n *rule.Node, id, name string) (string, bool) {
	start := indentStart(w.f.Src, n.Entry.Start)
	text := string(w.f.Src[start:n.Entry.Start]) + w.head(n)
	edits, ok := itemEdits(n, id, name)
	if !ok {
		return "", false
	}
	for i := range edits {
		edits[i].Span.Start -= start
		edits[i].Span.End -= start
	}
	out, err := rule.Apply([]byte(text), edits)
	return string(out), err == nil
}
