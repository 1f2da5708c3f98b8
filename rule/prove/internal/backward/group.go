package backward

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/witness"
)

// realize makes events of which the rows that a stage starts with are as wanted.
func (g *Generator) realize(s *stage, rows []Values) ([]Values, bool) {
	g.trace[s.number] = rows
	if s.from == nil {
		return rows, true
	}
	before := g.stages[s.number-1]
	var out []Values
	for i, row := range rows {
		more, ok := g.group(before, row, i)
		if !ok {
			return nil, false
		}
		out = append(out, more...)
	}
	return g.realize(before, out)
}

// maxRows bounds the rows of a group.
const maxRows = 5000

// member are rows of a group of which the same is wanted.
type member struct {
	goals []*witness.Formula
	n     int
	row   Values // one of them
}

// group is a group of rows that is being made for a row behind an aggregation.
type group struct {
	*Generator
	s        *stage
	want     Values
	base     Values
	always   []*witness.Formula // goals of all rows
	rest     []*witness.Formula // and of those that nothing special is wanted of
	members  []*member
	free     bool // the number of rows is open
	distinct []*distinct
}

// distinct is a COUNT_DISTINCT and the values that rows have given to it.
type distinct struct {
	arg    *term
	n      int
	values []any
}

// group makes the rows of which an aggregation makes a row as wanted.
func (g *Generator) group(s *stage, want Values, number int) ([]Values, bool) {
	x := &group{Generator: g, s: s, want: want, base: g.base(s, number), free: true, always: slices.Clone(s.goals)}
	if !x.keys() {
		g.blame(s)
		return nil, false
	}
	if !x.counts() {
		return nil, false
	}
	return x.rows()
}

// keys fixes the values of the keys: those that are wanted, else those that a first row has.
func (x *group) keys() bool {
	a := x.s.agg
	var open []key
	for _, k := range a.keys {
		if k.term.constant() {
			continue
		}
		v, ok := x.want[k.column]
		if !ok {
			open = append(open, k)
			continue
		}
		x.always = append(x.always, x.s.equals(k.term, v))
	}
	first := slices.Clone(x.always)
	if x.at == x.s {
		first = append([]*witness.Formula{x.more}, first...)
	}
	for _, k := range a.through {
		if v, ok := x.want[k.column]; ok {
			first = append(first, x.s.equals(k.term, v))
		}
	}
	some := slices.Clone(first)
	for _, k := range open {
		some = append(some, x.s.want(x.s.isSome(k.term), isTrue))
	}
	row, ok := x.solve(x.s, x.base, some...)
	if !ok {
		if row, ok = x.solve(x.s, x.base, first...); !ok {
			return false
		}
	}
	for _, k := range open {
		v := x.s.compute(k.term, row)
		f := x.s.equals(k.term, listOf(v))
		x.always, first = append(x.always, f), append(first, f)
	}
	x.base = row
	x.rest = slices.Clone(x.always)
	x.members = []*member{{goals: first, n: 1, row: row}}
	return true
}

// listOf are the values of a cell of a result.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// compute is the value of a term on a row; nil for null.
func (s *space) compute(t *term, row Values) any {
	st := s.statesOf(t)
	if st.err != nil {
		return nil
	}
	rows, err := st.probe.run([]Values{row})
	if err != nil || len(rows) != 1 {
		return nil
	}
	return rows[0][0]
}

// equals is the formula "the term has the value"; without values, "it has none".
func (s *stage) equals(t *term, values []any) *witness.Formula {
	if len(values) == 0 {
		return s.want(s.isNull(t), isTrue)
	}
	var all []*witness.Formula
	for _, v := range values[:1] {
		lit := s.valueTerm(t, v)
		if lit == nil {
			return s.want(s.isSome(t), isTrue)
		}
		eq := s.binary(esql.Equal, t, lit)
		s.wish(t, eq, textOf(plainValue(v)))
		all = append(all, s.want(eq, isTrue))
	}
	return s.all(all...)
}

// among is the formula "the term has one of the values".
func (s *stage) among(t *term, values []any, want outcome) *witness.Formula {
	var list []*term
	for _, v := range values {
		if lit := s.valueTerm(t, v); lit != nil {
			list = append(list, lit)
		}
	}
	if len(list) == 0 {
		return s.yes
	}
	return s.want(s.in(t, list), want)
}

// valueTerm is a value as a constant of the type of a term; nil for types that have no constants.
func (s *space) valueTerm(t *term, v any) *term {
	var lit *term
	switch v := plainValue(v).(type) {
	case string:
		lit = s.text(v)
	case int64:
		kind := esql.IntegerLiteral
		if v != int64(int32(v)) {
			kind = esql.LongLiteral
		}
		lit = s.literal(&esql.Literal{Kind: kind, Int: v})
	case float64:
		lit = s.literal(&esql.Literal{Kind: esql.DoubleLiteral, Float: v})
	case bool:
		lit = s.literal(&esql.Literal{Kind: esql.BoolLiteral, Bool: v})
	default:
		return nil
	}
	switch typ := s.typeOf(t); typ {
	case "date", "datetime", "date_nanos", "ip", "version":
		return s.of(&term{kind: castTerm, name: typ, parts: []string{"", "::" + typ}, kids: []*term{lit}})
	case "geo_point", "cartesian_point", "geo_shape", "cartesian_shape", "unsupported", "null":
		return nil
	}
	return lit
}

// typeOf is the type of a term as a column.
func (s *space) typeOf(t *term) string {
	if typ, ok := s.types[t]; ok {
		return typ
	}
	typ := "unsupported"
	if p, err := s.probe(t); err == nil {
		typ = p.program.Columns()[0].Type
	}
	s.types[t] = typ
	return typ
}

// counts turns what is wanted of the aggregates into what is wanted of rows.
func (x *group) counts() bool {
	for _, c := range x.s.agg.calls {
		if v, ok := x.want[c.column]; ok && c.name == "count" && c.arg == nil && c.where == nil && len(v) > 0 {
			n, _ := number(v[0])
			if n < 1 || n > maxRows {
				return x.fail(c)
			}
			x.free, x.members[0].n = false, int(n)
			if len(x.members[0].goals) > len(x.always) { // only one row goes through as wanted
				x.members = append(x.members, &member{goals: slices.Clone(x.always), n: int(n) - 1, row: x.base})
				x.members[0].n = 1
			}
		}
	}
	for _, c := range x.s.agg.calls {
		v, ok := x.want[c.column]
		if !ok || c.name == "count" && c.arg == nil && c.where == nil {
			continue
		}
		if !x.call(c, v) {
			return x.fail(c)
		}
	}
	return true
}

func (x *group) fail(c *call) bool {
	if x.failed == "" {
		x.failed = fmt.Sprintf("no events were found that `%s` counts as wanted", short(c.text))
		if v := x.want[c.column]; len(v) > 0 {
			x.failed = fmt.Sprintf("no events were found for which `%s` is %v", short(c.text), v[0])
		}
	}
	return false
}

// call wants a result of an aggregate.
func (x *group) call(c *call, v []any) bool {
	s := x.s
	counted := s.yes
	aside := s.no // the row does not count
	if c.where != nil {
		counted, aside = s.want(c.where, isTrue), s.want(c.where, notTrue)
	}
	some, none := s.yes, s.no
	if c.arg != nil {
		some, none = s.want(s.isSome(c.arg), isTrue), s.want(s.isNull(c.arg), isTrue)
	}
	if len(v) == 0 {
		return x.everywhere(s.any(aside, none))
	}
	n, isNumber := number(v[0])
	switch c.name {
	case "count":
		return isNumber && x.place(int(n), s.all(counted, some), s.any(aside, none))
	case "count_distinct":
		if n < 1 {
			return x.everywhere(s.any(aside, none))
		}
		x.distinct = append(x.distinct, &distinct{arg: x.counted(c), n: int(n)})
		return n <= maxRows
	case "sum":
		if flags(c.arg) {
			return isNumber && x.place(int(n), s.all(counted, s.equals(c.arg, []any{int64(1)})), s.any(aside, none, s.equals(c.arg, []any{int64(0)})))
		}
		if !x.free && x.attempt(func() bool { return x.share(c.arg, n, counted, aside) }) {
			return true
		}
		zero := s.any(aside, none, s.equals(c.arg, []any{int64(0)}))
		return x.place(1, s.all(counted, s.equals(c.arg, v)), zero) || x.place(1, s.all(counted, s.equals(c.arg, v)), s.yes)
	case "min", "max":
		op := esql.Less
		if c.name == "max" {
			op = esql.Greater
		}
		lit := s.valueTerm(c.arg, v[0])
		if lit == nil {
			return true
		}
		return x.place(1, s.all(counted, s.equals(c.arg, v)), s.any(aside, s.want(s.binary(op, c.arg, lit), notTrue)))
	case "values", "top", "first", "last", "earliest", "latest":
		others := s.any(aside, none, s.among(c.arg, v, isTrue))
		each := func() bool {
			return !slices.ContainsFunc(v, func(one any) bool { return !x.place(1, s.all(counted, s.equals(c.arg, []any{one})), others) })
		}
		if !x.attempt(each) { // then as many of any kind
			x.distinct = append(x.distinct, &distinct{arg: x.counted(c), n: len(v)})
		}
		return true
	case "avg", "median", "percentile", "weighted_avg":
		return x.everywhere(s.any(aside, s.equals(c.arg, v)))
	}
	return true // the run will tell
}

// counted is what an aggregate reads of the rows that it looks at.
func (x *group) counted(c *call) *term {
	if c.where == nil {
		return c.arg
	}
	return x.s.of(&term{kind: callTerm, name: "case", parts: []string{"CASE(", ", ", ")"}, kids: []*term{c.where, c.arg}})
}

// attempt takes back what was wanted of the members if something fails.
func (x *group) attempt(do func() bool) bool {
	members, always, rest := make([]*member, len(x.members)), x.always, x.rest
	for i, m := range x.members {
		c := *m
		members[i] = &c
	}
	if do() {
		return true
	}
	x.members, x.always, x.rest = members, always, rest
	return false
}

// share spreads a sum over the rows, whole numbers as evenly as can be.
func (x *group) share(arg *term, sum float64, counted, aside *witness.Formula) bool {
	rows := 0
	for _, m := range x.members {
		rows += m.n
	}
	low := math.Floor(sum / float64(rows))
	more := int(sum - low*float64(rows))
	one := func(v float64) *witness.Formula { return x.s.all(counted, x.s.equals(arg, []any{numberValue(v)})) }
	if more == 0 {
		return x.everywhere(x.s.any(aside, one(low)))
	}
	return x.place(more, one(low+1), x.s.any(aside, one(low)))
}

// everywhere wants something of all rows.
func (x *group) everywhere(f *witness.Formula) bool {
	x.always, x.rest = append(x.always, f), append(x.rest, f)
	for _, m := range x.members {
		if !x.also(m, f) {
			return false
		}
	}
	return true
}

// also wants something more of a member.
func (x *group) also(m *member, f *witness.Formula) bool {
	goals := append([]*witness.Formula{f}, m.goals...) // what is special first: it leaves the least choice
	row, ok := x.solve(x.s, m.row, goals...)
	if ok {
		m.goals, m.row = goals, row
	}
	return ok
}

// place wants something of n rows and something else of all others.
func (x *group) place(n int, f, others *witness.Formula) bool {
	if n > maxRows {
		return false
	}
	var out []*member
	for _, m := range x.members {
		special := &member{goals: m.goals, n: min(n, m.n), row: m.row}
		if special.n > 0 && x.also(special, f) {
			out = append(out, special)
			n -= special.n
			m.n -= special.n
		}
		if m.n == 0 {
			continue
		}
		x.also(m, others) // else the result is another one, which may do as well
		out = append(out, m)
	}
	if n > 0 {
		if !x.free {
			return false
		}
		m := &member{goals: slices.Clone(x.rest), n: n, row: x.base}
		if !x.also(m, f) {
			return false
		}
		out = append(out, m)
	}
	x.rest = append(x.rest, others)
	x.members = out
	return true
}

// rows writes the members out, with different values where they are counted.
func (x *group) rows() ([]Values, bool) {
	total, most := 0, 1
	for _, m := range x.members {
		total += m.n
	}
	for _, d := range x.distinct {
		most = max(most, d.n)
	}
	if total < most {
		if !x.free {
			return nil, x.short()
		}
		m := &member{goals: slices.Clone(x.rest), n: most - total, row: x.base}
		if !x.also(m, x.s.yes) {
			return nil, x.short()
		}
		x.members = append(x.members, m)
	}
	var out []Values
	for _, m := range x.members {
		for range m.n {
			row, ok := x.row(m)
			if !ok {
				return nil, x.short()
			}
			out = append(out, row)
		}
	}
	for _, d := range x.distinct {
		if len(d.values) < d.n {
			return nil, x.short()
		}
	}
	return out, true
}

func (x *group) short() bool {
	for _, d := range x.distinct {
		if len(d.values) < d.n && x.failed == "" {
			x.failed = fmt.Sprintf("only %d of %d different values of `%s` were found", len(d.values), d.n, short(d.arg.String()))
		}
	}
	if x.failed == "" {
		x.failed = "not as many different events as the aggregation wants were found"
	}
	return false
}

// row is one more row of a member.
func (x *group) row(m *member) (Values, bool) {
	row := m.row
	for _, d := range x.distinct {
		next, ok := x.vary(m, d, row)
		if ok {
			row = next
		}
	}
	for _, d := range x.distinct {
		for _, v := range listOf(x.s.compute(d.arg, row)) {
			if !d.has(v) {
				if len(d.values) == d.n {
					return nil, false
				}
				d.values = append(d.values, v)
			}
		}
	}
	return row, true
}

func (d *distinct) has(v any) bool {
	text, _ := json.Marshal(v)
	return slices.ContainsFunc(d.values, func(o any) bool {
		other, _ := json.Marshal(o)
		return string(text) == string(other)
	})
}

// vary gives a row a value for a COUNT_DISTINCT that none had so far, or, once there are enough, one of these.
func (x *group) vary(m *member, d *distinct, row Values) (Values, bool) {
	fresh := len(d.values) < d.n
	fits := func(r Values) bool {
		list := listOf(x.s.compute(d.arg, r))
		if fresh && len(list) != 1 {
			return false
		}
		for _, v := range list {
			if d.has(v) == fresh {
				return false
			}
		}
		return true
	}
	if fits(row) {
		return row, true
	}
	if fresh {
		for _, field := range d.arg.fields {
			path := x.s.path(field)
			if path == "" {
				continue
			}
			for _, v := range x.others(field, row[path], len(d.values)) {
				r := cloneWith(row, path, v)
				if fits(r) && x.reaches(r, m.goals) {
					return r, true
				}
			}
		}
		goals := []*witness.Formula{x.s.want(x.s.isSome(d.arg), isTrue)}
		if len(d.values) > 0 {
			goals[0] = x.s.among(d.arg, d.values, isFalse)
		}
		goals = append(goals, m.goals...)
		r, ok := x.solve(x.s, row, goals...)
		return r, ok && fits(r)
	}
	if len(d.values) == 0 {
		return row, false
	}
	old := x.s.any(x.s.among(d.arg, d.values, isTrue), x.s.want(x.s.isNull(d.arg), isTrue))
	r, ok := x.solve(x.s, row, append([]*witness.Formula{old}, m.goals...)...)
	return r, ok
}

// reaches tells whether a row reaches goals.
func (x *group) reaches(row Values, goals []*witness.Formula) bool {
	return !slices.ContainsFunc(goals, func(f *witness.Formula) bool { return !x.s.solver.True(row, f) })
}

func cloneWith(row Values, path string, v any) Values {
	out := make(Values, len(row)+1)
	for k, old := range row {
		out[k] = old
	}
	out[path] = []any{v}
	return out
}
