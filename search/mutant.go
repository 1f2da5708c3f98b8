package search

import (
	"strings"

	"github.com/rulevet/rulevet/source"
)

// Change names a way in which a mutant differs from its query.
type Change string

// The changes that languages make: an operand of and/or is left out; a condition is negated, or loses its not; "and" becomes "or" and the
// other way round; a list loses a member; a pattern admits more or less; case starts or ceases to count; a number moves by one, "<" becomes
// "<="; the time that a result may take is halved or doubled; a step is repeated once more or less; a join key, a step, or what ends pending
// results is left out; the event category becomes any.
const (
	DropClause Change = "drop-clause"
	Negate     Change = "negate"
	AndOr      Change = "and-or"
	DropMember Change = "drop-member"
	Wildcard   Change = "wildcard"
	Case       Change = "case"
	Number     Change = "number"
	MaxSpan    Change = "maxspan"
	Runs       Change = "runs"
	JoinKey    Change = "join-key"
	DropStep   Change = "drop-step"
	Until      Change = "until"
	Category   Change = "category"
)

// Mutant is a small change of a query, which a good set of test cases should notice.
type Mutant struct {
	Change Change        // what sort of change it is, and where
	Edits  []source.Edit // of the query's text, in its order
	// Step is the step that changes, by its position in the program of the query; -1 if it is the query as a whole.
	Step int
	// Compile makes the program of the changed query, for the layout that the mutant was asked for. It is nil if the change is
	// known to make no difference to the query or to a mutant that was compiled before, or if the changed query cannot be run. It must not
	// be called by several goroutines at once.
	Compile func() Program
}

// Span is the part of the query that the first edit replaces.
func (m *Mutant) Span() source.Span { return m.Edits[0].Span }

// Diff shows the change in one line: what goes as [-…-], what comes as {+…+}.
func (m *Mutant) Diff(text string) string { return Diff(text, m.Edits) }

// Sample chooses at most n of a list, evenly over it and always the same ones.
func Sample[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := make([]T, 0, n)
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}

// Edited is a text with edits made, which are in its order and do not touch.
func Edited(text string, edits []source.Edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Span.Start])
		b.WriteString(e.New)
		at = e.Span.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// diffContext is how much of the query a diff shows before and behind a change, in bytes.
const diffContext = 40

// Diff shows edits in one line, what goes as [-…-] and what comes as {+…+}, with some of the text around it.
func Diff(text string, edits []source.Edit) string {
	var parts []string
	for _, e := range edits {
		parts = append(parts, diff(text, e))
	}
	return strings.Join(parts, " … ")
}

func diff(text string, e source.Edit) string {
	old, repl := text[e.Span.Start:e.Span.End], e.New
	head, tail := common(old, repl)
	from, to := e.Span.Start+head, e.Span.End-tail
	old, repl = old[head:len(old)-tail], repl[head:len(repl)-tail]
	var b strings.Builder
	b.WriteString(oneLine(before(text[:from])))
	if old != "" {
		b.WriteString("[-" + oneLine(old) + "-]")
	}
	if repl != "" {
		b.WriteString("{+" + repl + "+}")
	}
	b.WriteString(oneLine(behind(text[to:])))
	return strings.TrimSpace(b.String())
}

// common is the length of what two texts have in common at the start and at the end. Words and
// operators are not cut up.
func common(a, b string) (head, tail int) {
	if strings.Trim(a, "=!<>:~") == "" || strings.Trim(b, "=!<>:~") == "" {
		return 0, 0
	}
	least := min(len(a), len(b))
	for head < least && a[head] == b[head] {
		head++
	}
	for head > 0 && (source.WordAt(a, head-1) || a[head-1] >= 0x80) && (source.WordAt(a, head) || source.WordAt(b, head)) {
		head--
	}
	for tail < least-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && (source.WordAt(a, len(a)-tail) || a[len(a)-tail] >= 0x80) && (source.WordAt(a, len(a)-tail-1) || source.WordAt(b, len(b)-tail-1)) {
		tail--
	}
	return head, tail
}

// before keeps the last words of a text.
func before(s string) string {
	if len(s) <= diffContext {
		return s
	}
	s = s[len(s)-diffContext:]
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return "… " + s[i+1:]
	}
	return "…" + strings.ToValidUTF8(s, "")
}

// behind keeps the first words of a text.
func behind(s string) string {
	if len(s) <= diffContext {
		return strings.TrimRight(s, " \t\r\n")
	}
	s = s[:diffContext]
	if i := strings.LastIndexAny(s, " \t\r\n"); i >= 0 {
		return s[:i] + " …"
	}
	return strings.ToValidUTF8(s, "") + "…"
}

// oneLine makes single blanks of line breaks and indentation.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\r\t") {
		return s
	}
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch r {
		case '\n', '\r', '\t':
			r = ' '
		}
		if r != ' ' || !blank {
			b.WriteRune(r)
		}
		blank = r == ' '
	}
	return b.String()
}
