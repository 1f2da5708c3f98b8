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
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/search"
)

// Kind names a way to change a query; see the package documentation.
type Kind = search.Change

// The kinds of mutants.
const (
	DropClause = search.DropClause
	Negate     = search.Negate
	AndOr      = search.AndOr
	DropMember = search.DropMember
	Wildcard   = search.Wildcard
	Case       = search.Case
	Number     = search.Number
	MaxSpan    = search.MaxSpan
	Runs       = search.Runs
	JoinKey    = search.JoinKey
	DropStep   = search.DropStep
	Until      = search.Until
	Category   = search.Category
)

// Mutant is one change of a query. Apply makes it in the tree that Of was given, and Revert takes it back; meanwhile
// the tree must not be used otherwise. What a mutant does not touch it shares with the original, node by node.
type Mutant struct {
	Kind  Kind       // what sort of change it is
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

// Inside is the condition without logic that keeps its place in the tree while something in it changes; nil if there is none.
func (m *Mutant) Inside() eql.Expr { return m.inside }

// Span is the part of the query that the first edit replaces.
func (m *Mutant) Span() eql.Span { return m.Edits[0].Span }

// Text is the text of the query with the change made.
func (m *Mutant) Text(source string) string { return search.Edited(source, m.Edits) }

// Diff shows the change in one line; see search.Mutant.
func (m *Mutant) Diff(source string) string { return search.Diff(source, m.Edits) }
