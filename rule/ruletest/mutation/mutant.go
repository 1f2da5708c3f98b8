// Package mutation changes queries in small ways, each of which a good set of test cases should notice. It knows the
// language and which changes cannot make a difference; running mutants, and finding the event that tells one from the
// original, is the business of the caller.
//
// A mutant is one edit of the query's text. The kinds:
//
//   - drop-clause: an operand of and, or is left out;
//   - negate: a condition is negated, or loses its not;
//   - and-or: an "and" becomes "or" and the other way round, at one place;
//   - drop-member: a list loses a member;
//   - wildcard: a wildcard is left out, a pattern gets one at an end where it has none, "?" becomes "*", startsWith and
//     endsWith become stringContains and the other way round;
//   - case: == and :, like and like~, in and in~, regex and regex~, fn and fn~ trade places;
//   - number: < becomes <=, a number moves by one;
//   - maxspan, runs, join-key, drop-step, until, category: maxspan is halved or doubled, runs grows or shrinks by one, a join
//     key, a step or until is left out, the event category becomes any.
//
// # What is left out
//
// A mutant that no event can tell from the original would survive whatever cases there are. Those that are recognised,
// always by a proof and never by trying, are left out:
//
//   - the condition has the same normal form as before (constants folded, and/or flattened, sorted and without
//     duplicates), or the same as another mutant's;
//   - the case of a text without letters changes; regular expressions with classes or ranges do not count as such;
//   - a list keeps its language: what a pattern lost or gained is covered by another member;
//   - the clause dropped from an "and" follows from another operand, or implies another operand of an "or": both are
//     tests of one field, and what the one admits the other admits. This holds for values of arrays one by one, so only for two
//     positive or two negated tests;
//   - a category that the condition asks for again; an until that no event can match.
//
// The value of a list member is not changed but for its wildcards and its case: whoever notices that a member is gone
// notices that it has become another, and the other way round. Pipes stay as they are. That a mutant survives is no proof
// that some event could kill it: equivalence of queries in general is more than these rules know.
package mutation

import (
	"strings"

	"github.com/rulevet/rulevet/eql"
)

// Kind names a way to change a query; see the package documentation.
type Kind string

// The kinds of mutants.
const (
	DropClause Kind = "drop-clause"
	Negate     Kind = "negate"
	AndOr      Kind = "and-or"
	DropMember Kind = "drop-member"
	Wildcard   Kind = "wildcard"
	Case       Kind = "case"
	Number     Kind = "number"
	MaxSpan    Kind = "maxspan"
	Runs       Kind = "runs"
	JoinKey    Kind = "join-key"
	DropStep   Kind = "drop-step"
	Until      Kind = "until"
	Category   Kind = "category"
)

// Mutant is one change of a query. Apply makes it in the tree that Of was given, and Revert takes it back; meanwhile
// the tree must not be used otherwise. What a mutant does not touch it shares with the original, node by node.
type Mutant struct {
	Kind  Kind
	Edits []eql.Edit // of the query text, in its order: one, or one a term where a join key goes
	Term  int        // the term that changes, in source order, until last; 0 for an event query, -1 for the sequence as a whole

	// Equivalent mutants are recognised as such by the change itself; see Options.All.
	Equivalent bool

	inside eql.Expr // the condition without logic that keeps its identity while something in it changes; nil = none
	apply  func() (revert func())
	revert func()
}

// Apply changes the tree.
func (m *Mutant) Apply() { m.revert = m.apply() }

// Revert restores the tree after Apply.
func (m *Mutant) Revert() { m.revert() }

// Span is the part of the query that the first edit replaces.
func (m *Mutant) Span() eql.Span { return m.Edits[0].Span }

// Text is the text of the query with the change made.
func (m *Mutant) Text(source string) string {
	var b strings.Builder
	at := 0
	for _, e := range m.Edits {
		b.WriteString(source[at:e.Span.Start])
		b.WriteString(e.New)
		at = e.Span.End
	}
	b.WriteString(source[at:])
	return b.String()
}

// diffContext is how much of the query a diff shows before and behind a change, in bytes.
const diffContext = 40

// Diff shows the change in one line, what goes as [-…-] and what comes as {+…+}, with some of the query around it.
func (m *Mutant) Diff(source string) string {
	var parts []string
	for _, e := range m.Edits {
		parts = append(parts, diff(source, e))
	}
	return strings.Join(parts, " … ")
}

func diff(source string, e eql.Edit) string {
	old, repl := source[e.Span.Start:e.Span.End], e.New
	head, tail := common(old, repl)
	from, to := e.Span.Start+head, e.Span.End-tail
	old, repl = old[head:len(old)-tail], repl[head:len(repl)-tail]
	var b strings.Builder
	b.WriteString(oneLine(before(source[:from])))
	if old != "" {
		b.WriteString("[-" + oneLine(old) + "-]")
	}
	if repl != "" {
		b.WriteString("{+" + repl + "+}")
	}
	b.WriteString(oneLine(behind(source[to:])))
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
	for head > 0 && (wordAt(a, head-1) || a[head-1] >= 0x80) && (wordAt(a, head) || wordAt(b, head)) {
		head--
	}
	for tail < least-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && (wordAt(a, len(a)-tail) || a[len(a)-tail] >= 0x80) && (wordAt(a, len(a)-tail-1) || wordAt(b, len(b)-tail-1)) {
		tail--
	}
	return head, tail
}

// wordAt tells whether a text has a letter, a digit or a part of one at i.
func wordAt(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] >= 0x80)
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

// Sample chooses at most n of the mutants, evenly over the query and always the same ones.
func Sample(all []*Mutant, n int) []*Mutant {
	if len(all) <= n {
		return all
	}
	out := make([]*Mutant, 0, n)
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}
