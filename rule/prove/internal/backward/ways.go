package backward

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/witness"
)

// trace are the rows that each stage got in a way.
type trace [][]Values

// Set is a set of events, and the condition that makes it another one than the first set on which the rule fires: it is met in a
// further way, and not met in a miss.
type Set struct {
	Events    []Values // in the order of their times
	Condition string   // as the query writes it; empty for the first set
}

// Ways are up to n sets of events on which the rule fires: a first one, then those in which an alternative of a condition holds
// that held in none before.
func (g *Generator) Ways(n int) []Set {
	var out []Set
	seen := map[string]bool{}
	add := func(condition string) func(events []Values, ok bool) {
		return func(events []Values, ok bool) {
			if key := fmt.Sprint(events); ok && !seen[key] {
				seen[key] = true
				out = append(out, Set{events, condition})
				g.traces = append(g.traces, g.trace)
			}
		}
	}
	add("")(g.way(nil, nil))
	if len(out) == 0 {
		return nil
	}
	failed := g.failed
	for _, s := range slices.Backward(g.stages) {
		for _, alt := range s.alternativesOf() {
			if len(out) >= n {
				break
			}
			if !g.held(s, alt) {
				g.refill()
				add(g.named(alt))(g.way(s, s.want(alt, isTrue)))
			}
		}
	}
	g.failed = failed
	return out
}

// Without is a set of events on which the rule fires (Options.Fires), of which a row does not meet the conditions of another query in
// front of its first aggregation.
func (g *Generator) Without(other *esql.Query) ([]Values, bool) {
	first := g.stages[0]
	segments, err := cut(other, first.space.terms)
	if err != nil {
		return nil, false
	}
	var missing []*witness.Formula
	for _, c := range segments[0].conds {
		if !slices.Contains(first.conds, c) {
			missing = append(missing, first.want(c, notTrue))
		}
	}
	g.refill()
	return g.way(first, first.any(missing...))
}

// refill allows as many attempts again: one way takes none from the next.
func (g *Generator) refill() { g.solves = maxSolves }

// maxAlternatives bounds the alternatives of the conditions of a stage.
const maxAlternatives = 300

// alternativesOf are the operands of OR and the members of lists in the conditions of a stage, each as a condition.
func (s *stage) alternativesOf() []*term {
	var out []*term
	var walk func(t *term)
	walk = func(t *term) {
		if len(out) >= maxAlternatives {
			return
		}
		switch {
		case t.kind == opTerm && t.op == esql.Or:
			for _, k := range t.kids {
				if k.kind != opTerm || k.op != esql.Or {
					out = append(out, k)
				}
				walk(k)
			}
		case t.kind == inTerm && len(t.kids) > 2:
			for _, k := range t.kids[1:] {
				out = append(out, s.binary(esql.Equal, t.kids[0], k))
			}
		case t.kind == opTerm && (t.op == esql.And || t.op.Comparison()), t.kind == callTerm && t.name == "case":
			for _, k := range t.kids {
				walk(k)
			}
		}
	}
	for _, c := range s.conds {
		walk(c)
	}
	return out
}

// held tells whether a condition held for a row of a stage in the ways so far.
func (g *Generator) held(s *stage, t *term) bool {
	for _, tr := range g.traces {
		if slices.ContainsFunc(tr[s.number], func(row Values) bool { return s.state(t, row) == isTrue }) {
			return true
		}
	}
	return false
}

// Near are up to n sets of events that differ from the first way in little and on which the rule does not fire: one condition after
// another is not met.
func (g *Generator) Near(n int) []Set {
	if len(g.traces) == 0 {
		return nil
	}
	var out []Set
	seen := map[string]bool{}
	for _, s := range slices.Backward(g.stages) {
		for i := range s.conds {
			if len(out) >= n {
				return out
			}
			g.refill()
			events, ok := g.missing(s, i)
			if key := fmt.Sprint(events); ok && !seen[key] {
				seen[key] = true
				out = append(out, Set{events, g.named(s.conds[i])})
			}
		}
	}
	return out
}

// missing changes rows of a stage so that a condition is not met: the last one if that is enough, else all.
func (g *Generator) missing(s *stage, cond int) ([]Values, bool) {
	goals := []*witness.Formula{s.want(s.conds[cond], notTrue)}
	for i, f := range s.goals {
		if i != cond {
			goals = append(goals, f)
		}
	}
	rows := g.traces[0][s.number]
	for _, from := range []int{len(rows) - 1, 0} {
		changed := slices.Clone(rows)
		for i := from; i < len(rows); i++ {
			row, ok := g.solve(s, rows[i], goals...)
			if !ok {
				if row, ok = g.solve(s, rows[i], goals[0]); !ok { // it implies another one
					return nil, false
				}
			}
			changed[i] = row
		}
		g.trace = make(trace, len(g.stages))
		events, ok := g.realize(s, changed)
		if ok && !g.options.Fires(events) {
			return events, true
		}
		if from == 0 {
			break
		}
	}
	return nil, false
}
