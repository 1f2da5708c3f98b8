package search

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/source"
)

// Clause is a part of a condition and its outcome for one event.
type Clause struct {
	Span     source.Span // in the query
	Op       string      // "and", "or", "not"; empty for a leaf
	Text     string      // the clause in canonical form
	Value    bool        // whether it matches
	Note     string      // what makes the outcome special: a constant, the error of a script; else empty
	Seen     []Seen      // of a leaf: the fields it reads
	Children []*Clause   // in source order
}

// Seen is what a clause found in a field: strings quoted, other values as the document writes them. No value means that
// the field is missing.
type Seen struct {
	Field  string   // name, as the query has it
	Values []string // as JSON writes them, at most a few; empty: the event has none
}

// Bounds on what an explanation shows of hostile events and long conditions.
const (
	maxSeenValues = 5
	maxSeenBytes  = 120
	maxClauseText = 160
)

// Explain evaluates every clause of the condition on its own, with the nodes that a search uses. Of a program of several
// steps the children of the result are its steps, any of which may match; until is not among them.
func Explain(p Program, rec *event.Record) *Clause {
	var kids []*Clause
	for _, s := range p.Steps() {
		if s.Role != Stop {
			kids = append(kids, explain(s.Cond, rec))
		}
	}
	if stepless(p) {
		return kids[0]
	}
	root := &Clause{Op: "or", Text: "any step", Children: kids}
	for i, k := range kids {
		root.Value = root.Value || k.Value
		if i == 0 {
			root.Span = k.Span
		}
		root.Span.End = max(root.Span.End, k.Span.End)
	}
	return root
}

// stepless tells whether the condition of the only step is the query.
func stepless(p Program) bool { return p.Steps()[0].Role == Whole }

var opNames = map[predicate.Op]string{predicate.OpAnd: "and", predicate.OpOr: "or", predicate.OpNot: "not"}

func explain(t *predicate.Cond, rec *event.Record) *Clause {
	c := &Clause{Span: t.Span, Op: opNames[t.Op], Text: clip(t.Text(), maxClauseText)}
	v := t.Node.Eval(rec)
	c.Value = v == predicate.Yes
	if v == predicate.Failed {
		c.Note = "its script fails on this event"
	} else if k, constant := t.Node.(predicate.Constant); constant {
		c.Note = k.Note()
	}
	for _, f := range t.Fields {
		c.Seen = append(c.Seen, Seen{f.Name, shown(predicate.Values(rec, f.Slot))})
	}
	for _, kid := range t.Kids {
		c.Children = append(c.Children, explain(kid, rec))
	}
	return c
}

// shown renders the values of a field; the record's memory is not kept.
func shown(vs []event.Value) []string {
	var out []string
	for i := range vs {
		if i == maxSeenValues {
			return append(out, fmt.Sprintf("and %d more", len(vs)-i))
		}
		text := clip(vs[i].Text, maxSeenBytes)
		if vs[i].Kind == event.String {
			text = strconv.Quote(text)
		}
		out = append(out, strings.Clone(text))
	}
	return out
}

// clip shortens a text to about n bytes, at a character boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}

// FirstFalse says in one line which clause made a program miss this event and what it saw; empty if the event
// matches. Of a program of several steps it gives the reason of each.
func FirstFalse(p Program, rec *event.Record) string {
	root := Explain(p, rec)
	switch {
	case root.Value:
		return ""
	case stepless(p):
		return root.reason()
	}
	var out []string
	for i, step := range root.Children {
		out = append(out, fmt.Sprintf("step %d: %s", i+1, step.reason()))
	}
	return strings.Join(out, "; ")
}

// Reason says in one line which part of the clause made it false and what that saw; empty if the clause is true.
func (c *Clause) Reason() string {
	if c.Value {
		return ""
	}
	return c.reason()
}

func (c *Clause) reason() string {
	culprit := c.culprit()
	var seen []string
	for _, s := range culprit.sees(nil) {
		seen = append(seen, s.String())
	}
	out := fmt.Sprintf("%s is %t", culprit.Text, culprit.Value)
	if culprit.Value {
		out += ", but negated"
	}
	if culprit.Note != "" {
		out += " (" + culprit.Note + ")"
	}
	if len(seen) == 0 {
		return out
	}
	return out + ": " + strings.Join(seen, ", ")
}

// culprit descends to the first clause that alone decides the outcome: a false member of "and", a true member of "or"
// under "not". A false "or" has no single culprit.
func (c *Clause) culprit() *Clause {
	for _, kid := range c.Children {
		switch {
		case c.Op == "not" && kid.Value == c.Value: // null stays null
		case c.Op == "not",
			c.Op == "and" && !c.Value && !kid.Value,
			c.Op == "or" && c.Value && kid.Value,
			len(c.Children) == 1:
			return kid.culprit()
		}
	}
	return c
}

// sees collects what the leaves of the clause saw, each field once.
func (c *Clause) sees(into []Seen) []Seen {
next:
	for _, s := range c.Seen {
		for _, have := range into {
			if have.Field == s.Field {
				continue next
			}
		}
		into = append(into, s)
	}
	for _, kid := range c.Children {
		into = kid.sees(into)
	}
	return into
}

// String is "field is value", with all values of an array.
func (s Seen) String() string {
	switch len(s.Values) {
	case 0:
		return s.Field + " is missing"
	case 1:
		return s.Field + " is " + s.Values[0]
	}
	return s.Field + " is [" + strings.Join(s.Values, ", ") + "]"
}

// String draws the clause as an indented tree, one line each with its outcome.
func (c *Clause) String() string {
	var b strings.Builder
	c.draw(&b, 0)
	return b.String()
}

func (c *Clause) draw(b *strings.Builder, depth int) {
	text := cmp.Or(c.Op, c.Text)
	fmt.Fprintf(b, "%-5t %s%s", c.Value, strings.Repeat("  ", depth), text)
	if c.Note != "" {
		fmt.Fprintf(b, " (%s)", c.Note)
	}
	for i, s := range c.Seen {
		sep := ", "
		if i == 0 {
			sep = "  # "
		}
		b.WriteString(sep + s.String())
	}
	b.WriteByte('\n')
	for _, kid := range c.Children {
		kid.draw(b, depth+1)
	}
}
