package threats

import (
	"bytes"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// removeTables deletes an element of an array of tables with all its sub-tables; nil if other tables stand among them.
func removeTables(f *rule.File, path []any) []rule.Edit {
	n := f.Lookup(path...)
	if n == nil || len(path) == 0 {
		return nil
	}
	if i, ok := path[len(path)-1].(int); ok && n.Inline {
		return tomlspan.RemoveElement(f, f.Lookup(path[:len(path)-1]...), i)
	}
	if !ownTables(f, n) {
		return nil
	}
	return []rule.Edit{{Span: withBlankLines(f, tomlspan.WholeLines(f, n.Entry))}}
}

// withBlankLines widens the lines of tables that are removed to the blank lines on one side of them.
func withBlankLines(f *rule.File, s rule.Span) rule.Span {
	for s.End < len(f.Src) && (f.Src[s.End] == '\n' || f.Src[s.End] == '\r') {
		s.End++
	}
	for s.End == len(f.Src) && s.Start > 1 && f.Src[s.Start-1] == '\n' && f.Src[s.Start-2] == '\n' {
		s.Start--
	}
	return s
}

// ownTables reports whether the text from the header of a table to its end holds that table and its sub-tables alone.
func ownTables(f *rule.File, n *rule.Node) bool {
	text := string(f.Src[n.Entry.Start:n.Entry.End])
	head, _, _ := strings.Cut(text, "\n")
	name := strings.Trim(strings.TrimSpace(head), "[]")
	if n.Inline || !strings.HasPrefix(head, "[[") {
		return false
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 && strings.HasPrefix(strings.TrimSpace(line), "[") && !strings.HasPrefix(strings.TrimLeft(line, " \t["), name+".") {
			return false
		}
	}
	return true
}

// mergeEntries moves the techniques of the second entry to the first, which must have the same tactic, and removes the
// second; nil if that would lose anything but repetitions.
func mergeEntries(f *rule.File, to, from *rule.Threat) []rule.Edit {
	a, b := f.Lookup(to.Path...), f.Lookup(from.Path...)
	if a == nil || b == nil || a.Inline || !ownTables(f, a) || !ownTables(f, b) || to.Tactic.ID != from.Tactic.ID {
		return nil
	}
	if bytes.IndexByte(f.Src[b.Entry.Start:b.Entry.End], '#') >= 0 {
		return nil // a comment whose place is not known
	}
	eol := f.LineBreak()
	var moved strings.Builder
	for i := range from.Techniques {
		te := &from.Techniques[i]
		if same := techniqueOf(to, te.ID); same != nil {
			if !covers(same, te) {
				return nil
			}
			continue
		}
		n := f.Lookup(te.Path...)
		if n == nil || !ownTables(f, n) {
			return nil
		}
		moved.WriteString(eol + eol + string(f.Src[n.Entry.Start:n.Entry.End]))
	}
	edits := removeTables(f, from.Path)
	if moved.Len() > 0 {
		at := tomlspan.LineEnd(f.Src, a.Entry.End)
		edits = append([]rule.Edit{{Span: rule.Span{Start: at, End: at}, New: moved.String()}}, edits...)
	}
	return edits
}

func techniqueOf(e *rule.Threat, id string) *rule.Technique {
	for i := range e.Techniques {
		if e.Techniques[i].ID == id {
			return &e.Techniques[i]
		}
	}
	return nil
}

// covers reports whether a lists every sub-technique of b.
func covers(a, b *rule.Technique) bool {
	for _, sub := range b.Subtechniques {
		found := false
		for _, have := range a.Subtechniques {
			found = found || have.ID == sub.ID
		}
		if !found {
			return false
		}
	}
	return true
}
