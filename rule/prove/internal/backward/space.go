package backward

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/kql"
	kqleval "github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
)

// space answers what conditions on the rows of a segment want of its columns.
type space struct {
	*terms
	*table
	solver *witness.Solver
	layout *event.Layout // of the records that the solver makes
	forms  map[wanted]*witness.Formula
	states map[*term]*states
	yes    *witness.Formula
	no     *witness.Formula
	leaves int            // made so far
	quiet  map[*term]bool // conditions that suggest no values
	// merged are texts of columns that several conditions want something of.
	merged map[string][]shape
	fixed  map[*term]string // pieces that are to have a value
	wishes []*term          // conditions beside those of the segment
	// numbers are the whole numbers that the conditions of the segment name.
	numbers []int64
}

// outcome is what a condition gives for a row: true, false, or null. As a set it says which of them are wanted.
type outcome uint8

const (
	isTrue outcome = 1 << iota
	isFalse
	isNothing
	notTrue = isFalse | isNothing
)

type wanted struct {
	t    *term
	want outcome
}

func newSpace(all *terms, t *table) *space {
	if t.types == nil {
		t.types = map[*term]string{}
	}
	s := &space{terms: all, table: t, layout: &event.Layout{}, forms: map[wanted]*witness.Formula{}, states: map[*term]*states{}, quiet: map[*term]bool{}, fixed: map[*term]string{}}
	s.solver = witness.New(columnTypes{t.index})
	s.yes, s.no = s.solver.All(), s.solver.Any()
	return s
}

// columnTypes shows the fields of an index as a mapping.
type columnTypes struct{ index *eval.Index }

// Lookup implements mapping.Fields.
func (c columnTypes) Lookup(name string) (mapping.Info, mapping.Presence) {
	for i := range c.index.Fields {
		if f := &c.index.Fields[i]; f.Name == name {
			return mapping.Info{Type: mapping.TypeOf(f.Type), Name: f.Type, Constant: f.Constant, Format: f.Format, IgnoreAbove: f.IgnoreAbove}, mapping.Present
		}
	}
	return mapping.Info{}, mapping.Undecidable
}

// Suggest implements mapping.Fields.
func (columnTypes) Suggest(string) []string { return nil }

func (s *space) all(list ...*witness.Formula) *witness.Formula {
	return s.chain(list, s.yes, s.no, s.solver.All)
}

func (s *space) any(list ...*witness.Formula) *witness.Formula {
	return s.chain(list, s.no, s.yes, s.solver.Any)
}

// chain leaves out what changes nothing.
func (s *space) chain(list []*witness.Formula, neutral, final *witness.Formula, link func(...*witness.Formula) *witness.Formula) *witness.Formula {
	if slices.Contains(list, final) {
		return final
	}
	var rest []*witness.Formula
	for _, f := range list {
		if f != neutral && !slices.Contains(rest, f) {
			rest = append(rest, f)
		}
	}
	switch len(rest) {
	case 0:
		return neutral
	case 1:
		return rest[0]
	}
	return link(rest...)
}

// maxLeaves bounds the conditions that a segment is taken apart into. Beyond it a condition stays whole.
const maxLeaves = 5000

// want is the formula "the condition has one of these outcomes".
func (s *space) want(t *term, want outcome) *witness.Formula {
	switch want {
	case 0:
		return s.no
	case isTrue | notTrue:
		return s.yes
	}
	w := wanted{t, want}
	if f, ok := s.forms[w]; ok {
		return f
	}
	f := s.take(t, want)
	s.forms[w] = f
	return f
}

// take takes a condition apart.
func (s *space) take(t *term, want outcome) *witness.Formula {
	if t.constant() {
		if s.state(t, nil)&want != 0 {
			return s.yes
		}
		return s.no
	}
	if t.kind == opTerm {
		switch t.op {
		case esql.Not:
			return s.want(t.kids[0], want.swapped())
		case esql.And:
			return s.junction(t, want, isTrue, isFalse, s.all, s.any)
		case esql.Or:
			return s.junction(t, want, isFalse, isTrue, s.all, s.any)
		case esql.Equal, esql.NotEqual:
			if x, same := s.truth(t); x != nil {
				if same {
					return s.want(x, want)
				}
				return s.want(x, want.swapped())
			}
		}
	}
	if t.kind == expandTerm {
		return s.want(t.kids[0], want)
	}
	if x := s.alternatives(t); x != nil {
		return s.want(x, want)
	}
	if arms := s.lift(t); arms != nil {
		return s.choose(arms, want)
	}
	if t.kind == searchTerm {
		if f := s.search(t, want); f != nil {
			return f
		}
	}
	return s.leaf(t, want)
}

// swapped exchanges true and false.
func (o outcome) swapped() outcome {
	return o&isNothing | (o&isTrue)<<1 | (o&isFalse)>>1
}

// junction is AND (whole is true) or OR (whole is false): the whole outcome needs all operands, the other one.
func (s *space) junction(t *term, want, whole, part outcome, all, some func(...*witness.Formula) *witness.Formula) *witness.Formula {
	x, y := t.kids[0], t.kids[1]
	both := func(o outcome) *witness.Formula { return all(s.want(x, o), s.want(y, o)) }
	one := func(o outcome) *witness.Formula { return some(s.want(x, o), s.want(y, o)) }
	switch want {
	case whole:
		return both(whole)
	case part:
		return one(part)
	case part | isNothing:
		return one(part | isNothing)
	case whole | isNothing:
		return both(whole | isNothing)
	case whole | part:
		return some(both(whole), one(part))
	}
	return all(both(whole|isNothing), one(isNothing))
}

// truth is what a comparison with true or false compares, and whether with true.
func (s *space) truth(t *term) (x *term, same bool) {
	for i, k := range t.kids {
		if v, ok := k.boolean(); ok {
			return t.kids[1-i], v == (t.op == esql.Equal)
		}
	}
	return nil, false
}

// alternatives makes of "constant IN (terms)" a chain of comparisons.
func (s *space) alternatives(t *term) *term {
	if t.kind != inTerm || !slices.ContainsFunc(t.kids[1:], func(k *term) bool { return !k.constant() }) {
		return nil
	}
	var out *term
	for _, k := range t.kids[1:] {
		one := s.binary(esql.Equal, t.kids[0], k)
		if out == nil {
			out = one
		} else {
			out = s.binary(esql.Or, out, one)
		}
	}
	return out
}

// arm is one way that a term with a choice in it can go: the term without the choice, if the condition holds.
type arm struct {
	cond *term // nil: else
	then *term
}

// lift makes of a term that contains CASE or COALESCE what it is in each of their arms; nil if it has none.
func (s *space) lift(t *term) []arm {
	if s.leaves > maxLeaves {
		return nil
	}
	c := choice(t)
	if c == nil {
		return nil
	}
	in := func(by *term) *term { return s.replace(t, c, by, map[*term]*term{}) }
	var out []arm
	if c.name == "coalesce" {
		for _, k := range c.kids[:len(c.kids)-1] {
			out = append(out, arm{s.isSome(k), in(k)})
		}
		return append(out, arm{nil, in(c.kids[len(c.kids)-1])})
	}
	i := 0
	for ; i+1 < len(c.kids); i += 2 {
		out = append(out, arm{c.kids[i], in(c.kids[i+1])})
	}
	if i < len(c.kids) {
		return append(out, arm{nil, in(c.kids[i])})
	}
	return append(out, arm{nil, in(s.null())})
}

// choice is the first CASE or COALESCE within a term.
func choice(t *term) *term {
	if t.kind == callTerm && (t.name == "case" && len(t.kids) > 1 || t.name == "coalesce" && len(t.kids) > 0) {
		return t
	}
	for _, k := range t.kids {
		if c := choice(k); c != nil {
			return c
		}
	}
	return nil
}

// choose wants an outcome of one of several arms.
func (s *space) choose(arms []arm, want outcome) *witness.Formula {
	var out, before []*witness.Formula
	for _, a := range arms {
		then := s.want(a.then, want)
		way := append(slices.Clone(before), then)
		if a.cond != nil {
			way = append(way, s.want(a.cond, isTrue))
			before = append(before, s.want(a.cond, notTrue))
		}
		if then != s.no {
			out = append(out, s.all(way...))
		}
	}
	return s.any(out...)
}

// leaf is a condition that is not taken apart further.
func (s *space) leaf(t *term, want outcome) *witness.Formula {
	s.leaves++
	l := &leaf{space: s, t: t, want: want}
	var fields []*predicate.Field
	for _, name := range t.fields {
		if path := s.path(name); path != "" {
			fields = append(fields, &predicate.Field{Name: name, Path: path, Slot: s.layout.Add(path)})
		}
	}
	return s.solver.Formula(predicate.NewLeaf(esql.Span{}, l, nil, fields...))
}

// path is the name under which events have the values of a column; empty for columns of METADATA.
func (s *space) path(name string) string {
	for i := range s.index.Fields {
		if f := &s.index.Fields[i]; f.Name == name && f.Source != "" {
			return f.Source
		}
	}
	if strings.HasPrefix(name, "_") {
		return ""
	}
	return name
}

// search is KQL() or QSTR(), which are true or false and take themselves apart; nil if they cannot be read.
func (s *space) search(t *term, want outcome) *witness.Formula {
	o := kqleval.Options{Now: s.now, Layout: s.layout, Open: true}
	var p *kqleval.Program
	var err error
	if t.name == "qstr" {
		p, err = kqleval.CompileLucene(t.lit.Str, columnTypes{s.index}, o)
	} else {
		q, issues := kql.Parse(t.lit.Str, kql.Server)
		if kql.HasErrors(issues) {
			return nil
		}
		p, err = kqleval.Compile(q, columnTypes{s.index}, o)
	}
	if err != nil {
		return nil
	}
	cond := p.Steps()[0].Cond
	switch {
	case want&isTrue != 0:
		return s.solver.Formula(cond)
	case want&isFalse != 0:
		return s.solver.Formula(predicate.NewNot(cond.Span, nil, cond))
	}
	return s.no
}

// states remembers what a condition gives for the values of its columns.
type states struct {
	probe *probe
	err   error
	known map[string]outcome
	slots []int  // of the columns that the probe reads, in the layout of the space
	key   []byte // the values that are asked about
}

// maxKnown bounds what is remembered of one condition.
const maxKnown = 1 << 14

// state is what a condition gives for a row; nothing if it cannot be computed.
func (s *space) state(t *term, row Values) outcome {
	st := s.statesOf(t)
	if st.err != nil {
		return isNothing
	}
	key := st.key[:0]
	for _, name := range st.probe.names {
		for _, v := range row[name] {
			key = appendValue(key, witness.Scalar(v))
		}
		key = append(key, 0)
	}
	st.key = key
	return s.remembered(st, func() Values { return row })
}

// statesOf is what is remembered of a condition.
func (s *space) statesOf(t *term) *states {
	st := s.states[t]
	if st == nil {
		st = &states{known: map[string]outcome{}}
		if st.probe, st.err = s.probe(t); st.err == nil {
			for _, name := range st.probe.names {
				st.slots = append(st.slots, s.layout.Add(name))
			}
		}
		s.states[t] = st
	}
	return st
}

func appendValue(key []byte, v event.Value) []byte {
	key = append(append(key, byte(v.Kind)+1), v.Text...)
	return append(key, 1)
}

// remembered is the outcome under the key, computed if it is not known.
func (s *space) remembered(st *states, row func() Values) outcome {
	if o, ok := st.known[string(st.key)]; ok {
		return o
	}
	o := isNothing
	if rows, err := st.probe.run([]Values{row()}); err == nil && len(rows) == 1 {
		if v, ok := rows[0][0].(bool); ok && v {
			o = isTrue
		} else if ok {
			o = isFalse
		}
	}
	if len(st.known) < maxKnown {
		st.known[string(st.key)] = o
	}
	return o
}

// leaf is a condition as the solver asks it.
type leaf struct {
	space *space
	t     *term
	want  outcome
}

// Eval implements predicate.Node.
func (l *leaf) Eval(rec *event.Record) predicate.Verdict {
	st := l.space.statesOf(l.t)
	if st.err != nil {
		return predicate.VerdictOf(l.want&isNothing != 0)
	}
	values := func(slot int) []event.Value {
		if slot < len(rec.Slots) {
			return rec.Slots[slot]
		}
		return nil
	}
	key := st.key[:0]
	for _, slot := range st.slots {
		for _, v := range values(slot) {
			key = appendValue(key, v)
		}
		key = append(key, 0)
	}
	st.key = key
	o := l.space.remembered(st, func() Values {
		row := Values{}
		for i, slot := range st.slots {
			for _, v := range values(slot) {
				row[st.probe.names[i]] = append(row[st.probe.names[i]], witness.Any(v))
			}
		}
		return row
	})
	return predicate.VerdictOf(o&l.want != 0)
}

// Cost implements predicate.Node.
func (*leaf) Cost() int { return predicate.FailCost - 1 }

// ID implements predicate.Opaque.
func (l *leaf) ID() string { return fmt.Sprintf("term %d %d", l.t.id, l.want) }

// Err implements predicate.Opaque.
func (*leaf) Err(*event.Record) error { return nil }

// Hints implements predicate.Hinted.
func (l *leaf) Hints() predicate.Hints {
	h := l.space.hints(l.t)
	if l.want&isTrue == 0 { // what the condition is about is to be avoided
		h.Shapes, h.Regexps = nil, nil
	}
	return h
}
