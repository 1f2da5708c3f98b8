package ruletest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/event"
)

// maxExplained bounds the events that an explanation spells out for one filter.
const maxExplained = 5

// part is an operand of the "and"s at the top of a filter, as a query of its own.
type part struct {
	text    string
	program *eval.Program
	fields  []string
	slots   []int
}

// Explain implements Matcher: for each filter of the query (one for each step of a sequence), how many events match it,
// and for those that do not, the first false operand with the values of its fields.
func (e *evaluator) Explain(events [][]byte) string {
	var b strings.Builder
	filters := eql.Filters(e.query)
	for n, f := range filters {
		lines, matched := e.explainFilter(f, events)
		indent := ""
		if len(filters) > 1 {
			fmt.Fprintf(&b, "step %d of %d: %d of %d events match\n", n+1, len(filters), matched, len(events))
			if indent = "  "; matched > 0 {
				continue
			}
		}
		for _, l := range lines[:min(len(lines), maxExplained)] {
			b.WriteString(indent + l + "\n")
		}
		if more := len(lines) - maxExplained; more > 0 {
			fmt.Fprintf(&b, "%sand %d more events\n", indent, more)
		}
	}
	return b.String()
}

func (e *evaluator) explainFilter(f *eql.EventQuery, events [][]byte) (lines []string, matched int) {
	layout := &event.Layout{}
	parts, err := e.parts(f, layout)
	if err != nil {
		return []string{"no explanation: " + err.Error()}, 0
	}
	decoder := event.NewDecoder(layout)
	var rec event.Record
	for i, raw := range events {
		if err := decoder.Decode(raw, &rec); err != nil {
			lines = append(lines, fmt.Sprintf("event %d: %v", i, err))
			continue
		}
		if line := firstFalse(parts, &rec); line != "" {
			lines = append(lines, fmt.Sprintf("event %d: %s", i, line))
		} else {
			matched++
		}
	}
	return lines, matched
}

func firstFalse(parts []part, rec *event.Record) string {
	for _, p := range parts {
		switch ok, err := p.program.Match(rec); {
		case err != nil:
			return p.text + ": " + err.Error()
		case !ok:
			return p.text + " is not true" + p.values(rec)
		}
	}
	return ""
}

// values lists what the fields of the part hold: "; process.name is "cmd.exe"".
func (p part) values(rec *event.Record) string {
	var b strings.Builder
	for i, name := range p.fields {
		b.WriteString("; " + name + " is ")
		vs := rec.Values(p.slots[i])
		if len(vs) == 0 {
			b.WriteString("missing")
		}
		for j, v := range vs[:min(len(vs), 5)] {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(valueText(v))
		}
		if len(vs) > 5 {
			fmt.Fprintf(&b, " and %d more", len(vs)-5)
		}
	}
	return b.String()
}

func valueText(v event.Value) string {
	if v.Kind == event.String {
		return strconv.Quote(v.Text)
	}
	return v.Text
}

// parts compiles the category and each operand. They share a layout, so that an event is decoded once.
func (e *evaluator) parts(f *eql.EventQuery, layout *event.Layout) ([]part, error) {
	o := e.options
	o.Layout = layout
	var out []part
	add := func(filter eql.EventQuery, text string, fields []string) error {
		program, err := compile(&eql.Query{Body: &filter}, e.fields, o)
		if err != nil {
			return err
		}
		p := part{text: text, program: program, fields: fields}
		for _, name := range fields {
			p.slots = append(p.slots, layout.Add(name))
		}
		out = append(out, p)
		return nil
	}
	if !f.Category.Any {
		field := o.CategoryField
		if field == "" {
			field = "event.category"
		}
		always := &eql.Literal{Kind: eql.BoolLiteral, Bool: true}
		if err := add(eql.EventQuery{Category: f.Category, Cond: always}, "category "+strconv.Quote(f.Category.Name), []string{field}); err != nil {
			return nil, err
		}
	}
	for _, x := range operands(f.Cond, nil) {
		if err := add(eql.EventQuery{Category: eql.Category{Any: true}, Cond: x}, eql.FormatExpr(x), fieldNames(x)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// operands splits a condition at the "and"s on top, in source order. Chains lean to the left and may be long.
func operands(x eql.Expr, out []eql.Expr) []eql.Expr {
	var right []eql.Expr
	for {
		b, ok := eql.Unparen(x).(*eql.Binary)
		if !ok || b.Op != eql.And {
			out = append(out, x)
			break
		}
		right = append(right, b.Y)
		x = b.X
	}
	for _, y := range slices.Backward(right) {
		out = operands(y, out)
	}
	return out
}

func fieldNames(x eql.Expr) []string {
	var out []string
	eql.Inspect(x, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter && !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
		return true
	})
	return out
}
