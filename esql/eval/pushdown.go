package eval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// eventTest is a condition that is decided while events come in, before they are rows, as Elasticsearch has its index decide it. Its
// fields need no columns, and what it drops is never copied. It only asks whether the condition is true: that of AND and OR depends on
// nothing else of their operands.
type eventTest struct {
	any, all []*eventTest // OR, AND; a leaf has neither
	field    *fieldRef
	site     *fn.Site
	text     func(string) bool // of a text field
	whole    func(int64) bool  // of a field of whole numbers
	exists   bool              // IS NOT NULL
}

// fields are those that the test reads.
func (t *eventTest) fields(out []*fieldRef) []*fieldRef {
	for _, k := range slices.Concat(t.any, t.all) {
		out = k.fields(out)
	}
	if t.field != nil {
		out = append(out, t.field)
	}
	return out
}

// split compiles a condition twice over: all of it, and what is left when its tests on events are taken out, nil if nothing is. The
// tests become those of the source.
func (c *compiler) split(x esql.Expr) (all, rest *expr) {
	var links []*esql.Binary
	left := x
	for { // a long chain is gone through without recursion
		for p, ok := left.(*esql.Paren); ok; p, ok = left.(*esql.Paren) {
			left = p.X
		}
		b, ok := left.(*esql.Binary)
		if !ok || b.Op != esql.And {
			break
		}
		links = append(links, b)
		left = b.X
	}
	all, rest = c.conjunct(left)
	for _, b := range slices.Backward(links) {
		more, left := c.operand(b.Y)
		all = c.both(b, all, more)
		switch {
		case rest == nil:
			rest = left
		case left != nil:
			rest = c.both(b, rest, left)
		}
	}
	return all, rest
}

// operand is split for the right side of AND.
func (c *compiler) operand(x esql.Expr) (all, rest *expr) {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.fail(x, "more than %d expressions within one another", maxDepth)
	}
	if b, ok := esql.Unparen(x).(*esql.Binary); ok && b.Op == esql.And {
		return c.split(b)
	}
	return c.conjunct(x)
}

// conjunct is split for a condition without AND.
func (c *compiler) conjunct(x esql.Expr) (all, rest *expr) {
	t := c.eventTest(x)
	if t == nil {
		all = c.condition(x)
		return all, all
	}
	fields := t.fields(nil)
	used := make([]bool, len(fields))
	for i, f := range fields {
		used[i] = f.used
	}
	all = c.condition(x)
	for i, f := range fields {
		f.used, f.tested = used[i], true
	}
	s := c.p.sources[0]
	s.admit = append(s.admit, t)
	return all, nil
}

// eventTest is the test that a condition is; nil if it is none.
func (c *compiler) eventTest(x esql.Expr) *eventTest {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		return nil
	}
	switch x := esql.Unparen(x).(type) {
	case *esql.Unary:
		if x.Op == esql.Not {
			return c.leafTest(x.X, true)
		}
	case *esql.Binary:
		if x.Op != esql.And && x.Op != esql.Or {
			break
		}
		left := c.eventTest(x.X)
		if left == nil {
			return nil
		}
		right := c.eventTest(x.Y)
		switch {
		case right == nil:
			return nil
		case x.Op == esql.And:
			return &eventTest{all: append(slices.Clone(left.all), alone(left, left.all, right)...)}
		}
		return &eventTest{any: append(slices.Clone(left.any), alone(left, left.any, right)...)}
	}
	return c.leafTest(x, false)
}

// alone are the operands to add to those of the left one, which counts itself only if it is no list of the same operator.
func alone(left *eventTest, same []*eventTest, right *eventTest) []*eventTest {
	if same != nil {
		return []*eventTest{right}
	}
	return []*eventTest{left, right}
}

// leafTest is the test of a condition on one field, or of its negation.
func (c *compiler) leafTest(x esql.Expr, negated bool) *eventTest {
	var t *eventTest
	switch x := esql.Unparen(x).(type) {
	case *esql.IsNull:
		if col := c.testable(x.X); col != nil && x.Not != negated {
			return &eventTest{field: col.field, exists: true}
		}
	case *esql.Binary:
		if x.Op.Comparison() {
			t = c.comparisonTest(x)
		}
	case *esql.In:
		if x.Query == nil {
			t, negated = c.textsTest(x.X, x.List, nil), negated != x.Not
		}
	case *esql.Like:
		if !(len(x.Patterns) == 1 && isMatchAll(x)) {
			t, negated = c.textsTest(x.X, x.Patterns, x), negated != x.Not
		}
	}
	if t == nil {
		return nil
	}
	t.site = c.site(esql.Unparen(x))
	if negated {
		t.negate()
	}
	return t
}

func (t *eventTest) negate() {
	if text := t.text; text != nil {
		t.text = func(s string) bool { return !text(s) }
	}
	if whole := t.whole; whole != nil {
		t.whole = func(n int64) bool { return !whole(n) }
	}
}

// comparisonTest is the test of a field beside a constant.
func (c *compiler) comparisonTest(x *esql.Binary) *eventTest {
	col := c.testable(x.X)
	lit, ok := esql.Unparen(x.Y).(*esql.Literal)
	if col == nil || !ok {
		return nil
	}
	rel := relation(x.Op)
	switch {
	case lit.Kind == esql.KeywordLiteral && col.typ.IsString():
		want := lit.Str
		t := &eventTest{field: col.field}
		switch rel {
		case fn.Equal:
			t.text = func(s string) bool { return s == want }
		case fn.NotEqual:
			t.text = func(s string) bool { return s != want }
		default:
			t.text = func(s string) bool { return rel.Holds(strings.Compare(s, want)) }
		}
		return t
	case (lit.Kind == esql.IntegerLiteral || lit.Kind == esql.LongLiteral) && (col.typ == block.Integer || col.typ == block.Long):
		want := lit.Int
		return &eventTest{field: col.field, whole: func(n int64) bool { return rel.Holds(cmp.Compare(n, want)) }}
	}
	return nil
}

// textsTest is the test of a text field against a list of texts, or of patterns.
func (c *compiler) textsTest(field esql.Expr, texts []esql.Expr, like *esql.Like) *eventTest {
	col := c.testable(field)
	if col == nil || !col.typ.IsString() {
		return nil
	}
	var values []string
	for _, v := range texts {
		lit, ok := esql.Unparen(v).(*esql.Literal)
		if !ok || lit.Kind != esql.KeywordLiteral {
			return nil
		}
		values = append(values, lit.Str)
	}
	t := &eventTest{field: col.field, text: func(s string) bool { return slices.Contains(values, s) }}
	switch {
	case like != nil:
		test, err := c.patternTest(values, like.Regex, c.indexed && col.typ == block.Keyword)
		if err != nil {
			return nil
		}
		t.text = test
	case len(values) > 8:
		set := make(map[string]bool, len(values))
		for _, v := range values {
			set[v] = true
		}
		t.text = func(s string) bool { return set[s] }
	}
	return t
}

// isMatchAll tells whether a pattern matches every text: then LIKE asks whether there is a value.
func isMatchAll(x *esql.Like) bool {
	lit, ok := x.Patterns[0].(*esql.Literal)
	return ok && matchesAll(lit.Str, x.Regex)
}

// testable is the column of a field of texts or whole numbers as FROM reads it, nil for anything else.
func (c *compiler) testable(x esql.Expr) *column {
	name, ok := esql.Unparen(x).(*esql.Column)
	if x == nil || !ok {
		return nil
	}
	col := c.lookup(name.Name)
	if col == nil || col.field == nil || col.field.byIndex == nil || col.typ != block.Keyword && col.typ != block.Text && col.typ != block.Integer && col.typ != block.Long {
		return nil
	}
	return col
}

// whereStep is WHERE. Only runs that record coverage decide all of the condition here.
type whereStep struct {
	cond  *expr // all of it
	rest  *expr // without what is decided while events come in; nil if nothing is left
	scope []*column
	at    int
}

func (w *whereStep) open(r *Run, next sink) sink {
	cond := w.cond
	if r.cover == nil {
		cond = w.rest
	}
	if cond == nil {
		return next
	}
	return mapStep(func(r *Run, b *batch) *batch {
		res := cond.run(r, b)
		for i, col := range w.scope { // columns that nothing reads any more are not copied
			if col.lastRead <= w.at {
				b.cols[i] = nil
			}
		}
		return filter(b, res)
	}).open(r, next)
}

// admission is a test on the events of one index.
type admission struct {
	*eventTest
	kids []admission
	slot fieldSlot
	// plain is set if the values of the field are those of the slot one as they are.
	plain   bool
	one     int
	scratch *block.Builder
}

// admissions are the tests on the events of an index; the last one stands for all others, which lack the fields.
func (f *feed) admissions(ix int, tests []*eventTest) []admission {
	out := make([]admission, len(tests))
	for i, t := range tests {
		a := admission{eventTest: t}
		switch {
		case t.field == nil:
			a.kids = f.admissions(ix, slices.Concat(t.any, t.all))
		case ix < len(t.field.slots):
			a.slot = t.field.slots[ix]
			a.one, a.plain = a.slot.single()
			a.scratch = block.NewBuilder(t.field.typ, 4)
		}
		out[i] = a
	}
	return out
}

// single is the slot of a field without options whose values are texts or whole numbers as they are.
func (s *fieldSlot) single() (slot int, ok bool) {
	f := s.field
	if f == nil || len(s.slots) != 1 || s.points[0] >= 0 || f.IgnoreAbove != 0 || f.Lowercase {
		return 0, false
	}
	return s.slots[0], true
}

// admits tells whether an event passes all of the tests.
func (f *feed) admits(tests []admission, rec *event.Record) bool {
	for i := range tests {
		if !tests[i].admits(f, rec) {
			return false
		}
	}
	return true
}

func (t *admission) admits(f *feed, rec *event.Record) bool {
	switch {
	case t.all != nil:
		return f.admits(t.kids, rec)
	case t.any != nil:
		return slices.ContainsFunc(t.kids, func(k admission) bool { return k.admits(f, rec) })
	case t.plain:
		if vs := rec.Slots[t.one]; len(vs) == 1 {
			switch v := &vs[0]; {
			case t.text != nil:
				return t.text(v.Text)
			case t.whole != nil && t.slot.field.Type == "long" && v.Kind == event.Int:
				return t.whole(int64(v.Bits))
			}
		}
	}
	return t.read(f.r, rec)
}

// read is the test for what is no plain value: a comparison with nothing is null, and so, with a warning, is one with several values.
func (t *admission) read(r *Run, rec *event.Record) bool {
	if t.slot.read == nil {
		return false
	}
	w := t.scratch
	w.Reset()
	readInto(&t.slot, rec, w)
	n := w.Pending()
	switch {
	case n == 0:
		return false
	case t.exists:
		return true
	case n > 1:
		r.Warn(t.site, fn.ErrMulti)
		return false
	case t.text != nil:
		return t.text(w.PendingStrings()[0])
	}
	return t.whole(w.PendingLongs()[0])
}
