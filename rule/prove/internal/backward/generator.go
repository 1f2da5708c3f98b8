package backward

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/internal/witness"
)

// Options say what a Generator makes events for.
type Options struct {
	Now time.Time // the present of the query
	// Sample is the i-th value that a field of the index may have when the query leaves it open.
	Sample func(field string, i int) any
	// Fires runs the rule over events and tells whether it fires.
	Fires func(events []Values) bool
}

// Generator finds events for one query. It is not safe for concurrent use.
type Generator struct {
	options Options
	stages  []*stage
	solves  int    // that may still be done
	failed  string // what the last attempt failed at
	trace   trace  // of the last attempt
	traces  []trace
	at      *stage           // of a row of which more is wanted
	more    *witness.Formula // what
}

// stage is a segment with what answers questions about its rows.
type stage struct {
	*segment
	*space
	number int
	from   *aggregation // whose rows it gets; nil for the first
	goals  []*witness.Formula
	// laws hold for the results of any aggregation.
	laws    []*term
	typical Values // a row that conditions let through; nil until it was asked for
}

// maxSolves bounds the rows that are looked for.
const maxSolves = 3000

// New prepares the search for a query on an index. The error says what of it is not searched.
func New(q *esql.Query, index *eval.Index, o Options) (*Generator, error) {
	all := newTerms()
	segments, err := cut(q, all)
	if err != nil {
		return nil, err
	}
	g := &Generator{options: o, solves: maxSolves}
	t := &table{index: withMembers(index, all), now: o.Now}
	for i, seg := range segments {
		s := &stage{segment: seg, space: newSpace(all, t), number: i}
		if i > 0 {
			s.from = segments[i-1].agg
		}
		s.merge(seg.conds)
		for _, c := range seg.conds {
			s.count(c)
		}
		for _, c := range seg.conds {
			s.goals = append(s.goals, s.want(c, isTrue))
		}
		for _, c := range s.consistent() {
			s.quiet[c] = true
			s.laws = append(s.laws, c)
		}
		g.stages = append(g.stages, s)
		if seg.agg == nil {
			break
		}
		if t, err = t.behind(seg.agg); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// maxNumbers bounds the numbers that are remembered.
const maxNumbers = 12

// count notes the whole numbers that a condition names.
func (s *space) count(t *term) {
	if t.kind == constTerm && (t.lit.Kind == esql.IntegerLiteral || t.lit.Kind == esql.LongLiteral) {
		if len(s.numbers) < maxNumbers && !slices.Contains(s.numbers, t.lit.Int) {
			s.numbers = append(s.numbers, t.lit.Int)
		}
	}
	for _, k := range t.kids {
		s.count(k)
	}
}

// withMembers is an index with the fields that terms read and it does not list: what JSON_EXTRACT takes out of the document.
func withMembers(index *eval.Index, all *terms) *eval.Index {
	out := *index
	out.Fields = slices.Clone(index.Fields)
	for _, t := range all.list {
		if t.kind != castTerm || t.kids[0].kind != fieldTerm {
			continue
		}
		name := t.kids[0].name
		if !slices.ContainsFunc(out.Fields, func(f eval.Field) bool { return f.Name == name }) && !strings.HasPrefix(name, "column") {
			out.Fields = append(out.Fields, eval.Field{Name: name, Type: "keyword"})
		}
	}
	return &out
}

// behind is the table that an aggregation makes of the rows of one.
func (t *table) behind(a *aggregation) (*table, error) {
	w := &writer{names: map[*term]string{}}
	var through, calls, keys []string
	for _, k := range a.through {
		through = append(through, k.column+" = "+w.value(k.term))
	}
	for _, k := range a.keys {
		keys = append(keys, k.column+" = "+w.value(k.term))
	}
	for _, c := range a.calls {
		calls = append(calls, c.column+" = "+c.source(w))
	}
	index := &eval.Index{}
	add := func(command string, list []string) error {
		p, err := t.compile("FROM t" + w.b.String() + "\n| " + command)
		if err != nil {
			return err
		}
		for _, c := range p.program.Columns() {
			if slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, c.Name+" ") }) {
				index.Fields = append(index.Fields, eval.Field{Name: c.Name, Type: mappingType(c.Type)})
			}
		}
		return nil
	}
	if len(through) > 0 {
		if err := add("EVAL "+strings.Join(through, ", "), through); err != nil {
			return nil, err
		}
	}
	stats := "STATS " + strings.Join(calls, ", ")
	if len(keys) > 0 {
		stats += " BY " + strings.Join(keys, ", ")
	}
	if err := add(stats, append(calls, keys...)); err != nil {
		return nil, err
	}
	return &table{index: index, now: t.now}, nil
}

// source writes an aggregate.
func (c *call) source(w *writer) string {
	args := "*"
	if c.arg != nil {
		args = w.value(c.arg)
	}
	for _, m := range c.more {
		args += ", " + w.value(m)
	}
	out := c.name + "(" + args + ")"
	if c.where != nil {
		out += " WHERE " + w.value(c.where)
	}
	return out
}

// mappingType is a type of a mapping for columns of a type.
func mappingType(column string) string {
	switch column {
	case "datetime":
		return "date"
	case "null", "unsupported", "_source":
		return "keyword"
	}
	return column
}

// consistent are conditions that hold for the results of any aggregation.
func (s *stage) consistent() []*term {
	if s.from == nil {
		return nil
	}
	read := map[string]bool{}
	for _, c := range s.conds {
		for _, f := range c.fields {
			read[f] = true
		}
	}
	var total *term
	for _, c := range s.from.calls {
		if c.name == "count" && c.arg == nil && c.where == nil && read[c.column] {
			total = s.field(c.column)
		}
	}
	zero, one := s.integer(0), s.integer(1)
	var out []*term
	for _, c := range s.from.calls {
		col := s.field(c.column)
		if !read[c.column] {
			continue
		}
		switch c.name {
		case "count", "count_distinct":
			out = append(out, s.binary(esql.LessEqual, col, s.integer(maxRows)))
			if col == total {
				out = append(out, s.binary(esql.GreaterEqual, col, one))
				continue
			}
			out = append(out, s.binary(esql.GreaterEqual, col, zero))
			if total != nil {
				out = append(out, s.binary(esql.LessEqual, col, total))
			}
		case "sum":
			for _, most := range s.from.calls {
				if total != nil && most.name == "max" && most.arg == c.arg && read[most.column] {
					out = append(out, s.binary(esql.LessEqual, col, s.binary(esql.Multiply, s.field(most.column), total)))
				}
			}
			if flags(c.arg) {
				out = append(out, s.binary(esql.GreaterEqual, col, zero))
				if total != nil {
					out = append(out, s.binary(esql.LessEqual, col, total))
				}
			}
		case "min", "max":
			for _, other := range s.from.calls {
				if c.name == "min" && other.name == "max" && other.arg == c.arg && read[other.column] {
					out = append(out, s.binary(esql.LessEqual, col, s.field(other.column)))
				}
			}
		}
	}
	return out
}

func (s *terms) integer(n int64) *term {
	return s.literal(&esql.Literal{Kind: esql.IntegerLiteral, Int: n})
}

// flags tells whether a term is 1 or 0 by a condition.
func flags(t *term) bool {
	c := choice(t)
	if c == nil || c != t || c.name != "case" {
		return false
	}
	for i := 1; i < len(c.kids); i += 2 {
		if !flag(c.kids[i]) {
			return false
		}
	}
	return len(c.kids)%2 == 0 || flag(c.kids[len(c.kids)-1])
}

func flag(t *term) bool {
	return t.kind == constTerm && (t.lit.Kind == esql.IntegerLiteral && (t.lit.Int == 0 || t.lit.Int == 1) || t.lit.Kind == esql.NullLiteral)
}

// solve finds a row near a base that reaches goals.
func (g *Generator) solve(s *stage, base Values, goals ...*witness.Formula) (Values, bool) {
	for range 1 + len(s.laws) {
		row, ok := g.solveOnce(s, base, goals)
		if !ok {
			return nil, false
		}
		broken := s.broken(row)
		if broken == nil {
			return row, true
		}
		goals = append(slices.Clone(goals), s.want(broken, isTrue))
	}
	return nil, false
}

// broken is a law that a row breaks; nil if it breaks none.
func (s *stage) broken(row Values) *term {
	for _, law := range s.laws {
		known := !slices.ContainsFunc(law.fields, func(f string) bool { return row[f] == nil })
		if known && s.state(law, row) == isFalse {
			return law
		}
	}
	return nil
}

func (g *Generator) solveOnce(s *stage, base Values, goals []*witness.Formula) (Values, bool) {
	if g.solves--; g.solves < 0 || slices.Contains(goals, s.no) {
		return nil, false
	}
	list := make([]witness.Goal, len(goals))
	for i, f := range goals {
		list[i] = witness.Goal{Formula: f, Want: true}
	}
	found, ok := s.solver.Solve(base, list...)
	if !ok {
		return nil, false
	}
	row := Values{}
	if s.from == nil {
		maps.Copy(row, base)
	}
	for name, v := range found {
		switch {
		case s.from != nil && !s.solver.Decided(name): // what an aggregation gives there does not matter
		case len(v) == 0 && s.from == nil:
			delete(row, name)
		default:
			row[name] = v
		}
	}
	return row, true
}

// way is a set of events on which the rule fires; ok is false if none was found. More is wanted of a row of one stage.
func (g *Generator) way(at *stage, more *witness.Formula) (events []Values, ok bool) {
	g.trace = make(trace, len(g.stages))
	g.at, g.more = at, more
	last := g.stages[len(g.stages)-1]
	goals := slices.Clone(last.goals)
	if at == last {
		goals = append([]*witness.Formula{more}, goals...)
	}
	row, ok := g.solve(last, g.base(last, 0), goals...)
	if !ok {
		g.blame(last)
		return nil, false
	}
	events, ok = g.realize(last, []Values{row})
	if ok && !g.options.Fires(events) {
		g.failed = "the events that were made do not match when the query runs on them"
		return nil, false
	}
	return events, ok
}

// Why says in a sentence what the last attempt failed at.
func (g *Generator) Why() string { return g.failed }

// blame names the condition of a stage that cannot be satisfied with those in front of it.
func (g *Generator) blame(s *stage) {
	if g.failed != "" {
		return
	}
	for i := range s.conds {
		if _, ok := g.solve(s, g.base(s, 0), s.goals[:i+1]...); !ok {
			g.failed = fmt.Sprintf("no values were found for `%s`", g.named(s.conds[i]))
			return
		}
	}
	g.failed = "no values were found for the results of the aggregation"
}

var column = regexp.MustCompile(`\bcolumn[0-9]+\b`)

// named is a condition with the aggregates that its columns stand for.
func (g *Generator) named(t *term) string {
	return short(column.ReplaceAllStringFunc(t.String(), func(name string) string {
		for _, s := range g.stages {
			if s.agg == nil {
				continue
			}
			for _, c := range s.agg.calls {
				if c.column == name {
					return strings.Join(strings.Fields(c.text), " ")
				}
			}
			for _, k := range append(slices.Clone(s.agg.keys), s.agg.through...) {
				if k.column == name {
					return k.term.String()
				}
			}
		}
		return name
	}))
}

// short is a text in one line of bounded length.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

// base are values for what the aggregation behind a stage reads, so that rows of one group are alike where nothing else is wanted.
func (g *Generator) base(s *stage, group int) Values {
	out := Values{}
	if s.from != nil {
		out = g.alone(s)
		for _, c := range s.conds {
			for _, f := range c.fields {
				g.sample(s, out, f, group)
			}
		}
	}
	if s.agg == nil {
		return out
	}
	for _, k := range s.agg.keys {
		for _, f := range k.term.fields {
			g.sample(s, out, f, group)
		}
	}
	for _, c := range s.agg.calls {
		if c.arg == nil {
			continue
		}
		for _, f := range c.arg.fields {
			g.sample(s, out, f, 0)
		}
	}
	return out
}

// alone is what the aggregation in front of a stage makes of one row that it can get.
func (g *Generator) alone(s *stage) Values {
	before := g.stages[s.number-1]
	if before.typical == nil {
		before.typical = Values{}
		if row, ok := g.solve(before, g.base(before, 0), before.goals...); ok {
			before.typical = row
		}
	}
	out := Values{}
	for _, c := range s.from.calls {
		if c.arg == nil || strings.HasPrefix(c.name, "count") || before.state1(c.where, before.typical)&isTrue == 0 {
			continue
		}
		if list := listOf(before.compute(c.arg, before.typical)); len(list) > 0 {
			out[c.column] = list
		}
	}
	return out
}

// state1 is state; true without a condition.
func (s *space) state1(t *term, row Values) outcome {
	if t == nil {
		return isTrue
	}
	return s.state(t, row)
}

func (g *Generator) sample(s *stage, row Values, field string, i int) {
	path := s.path(field)
	if path == "" || row[path] != nil {
		return
	}
	if v := g.value(s, field, i); v != nil {
		row[path] = []any{v}
	}
}

// value is the i-th value that a column may have.
func (g *Generator) value(s *stage, field string, i int) any {
	if s.from == nil {
		return g.options.Sample(field, i)
	}
	for _, c := range s.from.calls {
		if c.column == field && strings.HasPrefix(c.name, "count") {
			return int64(1)
		}
	}
	for _, f := range s.index.Fields {
		if f.Name != field {
			continue
		}
		switch f.Type {
		case "date", "date_nanos":
			return g.options.Now.Add(-time.Minute).UTC().Truncate(time.Minute).Format(timeLayout)
		case "ip":
			return fmt.Sprintf("192.0.2.%d", 1+i%250)
		case "boolean":
			return true
		case "integer", "long", "unsigned_long", "double":
			return int64(1 + i)
		case "keyword", "text":
			return fmt.Sprintf("value-%d", i+1)
		}
	}
	return nil
}
