package eval

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
)

// Clause is a part of a condition and its outcome for one event.
type Clause struct {
	Span     eql.Span  // in the query
	Op       eql.Op    // And, Or, Not; 0 for a leaf
	Text     string    // the clause in canonical form
	Value    bool      // whether it matches
	Note     string    // what makes the outcome special: a constant, the error of a script; else empty
	Seen     []Seen    // of a leaf: the fields it reads
	Children []*Clause // in source order
}

// Seen is what a clause found in a field: strings quoted, other values as the document writes them. No value means that
// the field is missing.
type Seen struct {
	Field  string
	Values []string
}

// Bounds on what an explanation shows of hostile events and long conditions.
const (
	maxSeenValues = 5
	maxSeenBytes  = 120
	maxClauseText = 160
)

// Explain evaluates every clause of the condition on its own, with the nodes that Match uses. Of a sequence or sample
// the children of the result are its steps, any of which may match.
func (p *Program) Explain(rec *event.Record) *Clause {
	if len(p.stages) == 1 {
		return p.stages[0].trace.explain(rec)
	}
	root := &Clause{Span: p.query.Body.Span(), Op: eql.Or, Text: "any step"}
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] {
			continue // runs: the same step again
		}
		kid := s.trace.explain(rec)
		root.Value = root.Value || kid.Value
		root.Children = append(root.Children, kid)
	}
	return root
}

func (t *trace) explain(rec *event.Record) *Clause {
	c := &Clause{Span: t.span, Op: t.op, Text: t.text()}
	v := t.node.eval(rec)
	c.Value = v == yes
	switch k, constant := t.node.(folded); {
	case v == failed:
		c.Note = "its script fails on this event"
	case constant && k == foldedNull:
		c.Note = "null for every event, so it matches nothing, negated or not"
	case constant:
		c.Note = "the same for every event"
	}
	for _, f := range t.fields {
		c.Seen = append(c.Seen, Seen{f.name, shown(values(rec, f.slot))})
	}
	for _, kid := range t.kids {
		c.Children = append(c.Children, kid.explain(rec))
	}
	return c
}

// text is the clause in canonical form. A category has no expression of its own.
func (t *trace) text() string {
	if t.expr != nil {
		return clip(eql.FormatExpr(t.expr), maxClauseText)
	}
	if l, ok := t.node.(*exactLeaf); ok && len(t.fields) == 1 {
		return t.fields[0].name + " == " + strconv.Quote(l.text)
	}
	var parts []string
	for _, kid := range t.kids {
		parts = append(parts, kid.text())
	}
	return clip(strings.Join(parts, " and "), maxClauseText)
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

// FirstFalse says in one line which clause made the event query miss this event and what it saw; empty if the event
// matches. Of a sequence or sample it gives the reason of each step.
func (p *Program) FirstFalse(rec *event.Record) string {
	root := p.Explain(rec)
	if root.Value {
		return ""
	}
	if p.IsEvent() {
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
		case c.Op == eql.Not && kid.Value == c.Value: // null stays null
		case c.Op == eql.Not,
			c.Op == eql.And && !c.Value && !kid.Value,
			c.Op == eql.Or && c.Value && kid.Value,
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
	text := c.Text
	switch c.Op {
	case eql.And:
		text = "and"
	case eql.Or:
		text = "or"
	case eql.Not:
		text = "not"
	}
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
