package mutation

import (
	"math"
	"slices"
	"strconv"

	"github.com/rulevet/rulevet/eql"
)

// whole is the Term of mutants that change a sequence as a whole.
const whole = -1

// maxRuns is the largest N of "with runs=N".
const maxRuns = 100

func (g *generator) sequence(s *eql.Sequence) {
	g.term = whole
	g.sharedKeys(&s.By)
	g.ownKeys(eql.Terms(s))
	g.maxSpan(s)
	for i, t := range s.Terms {
		g.term = i
		if droppable(s.Terms, i) {
			g.dropTerm(&s.Terms, i)
		}
		g.filter(t.Filter)
		g.runs(s.Terms, i)
	}
	if s.Until == nil {
		return
	}
	g.term = len(s.Terms)
	g.unless(matchesNothing(s.Until.Filter.Cond)).change(Until, eql.Edit{Span: eql.Span{Start: g.blanksBefore(s.UntilRange.Start), End: s.Until.Range.End}}, func() func() {
		old := s.Until
		s.Until = nil
		return func() { s.Until = old }
	})
	g.filter(s.Until.Filter)
}

// matchesNothing tells whether a condition folds to false or null.
func matchesNothing(e eql.Expr) bool {
	v, ok, err := eql.Fold(e, nil)
	return ok && err == nil && !v.True()
}

func (g *generator) sample(s *eql.Sample) {
	g.term = whole
	keys := len(s.By) + len(s.Terms[0].By)
	if keys > 1 {
		g.sharedKeys(&s.By)
		g.ownKeys(s.Terms)
	}
	for i, t := range s.Terms {
		g.term = i
		if len(s.Terms) > 2 {
			g.dropTerm(&s.Terms, i)
		}
		g.filter(t.Filter)
	}
}

// sharedKeys drops each of the keys behind the first "by".
func (g *generator) sharedKeys(by *[]eql.Expr) {
	list := *by
	for i, k := range list {
		g.unless(twice(list, k)).change(JoinKey, eql.Edit{Span: g.keySpan(list, i)}, func() func() {
			*by = append(list[:i:i], list[i+1:]...)
			return func() { *by = list }
		})
	}
}

// keySpan is a join key with its comma, or with the word by if it is the only one.
func (g *generator) keySpan(list []eql.Expr, i int) eql.Span {
	if len(list) > 1 {
		return memberSpan(list, i)
	}
	at := g.blanksBefore(list[0].Span().Start) - len("by")
	return eql.Span{Start: g.blanksBefore(at), End: list[0].Span().End}
}

// twice tells whether a key stands in the list another time.
func twice(list []eql.Expr, k eql.Expr) bool {
	text, n := eql.FormatExpr(k), 0
	for _, x := range list {
		if eql.FormatExpr(x) == text {
			n++
		}
	}
	return n > 1
}

func (g *generator) blanksBefore(at int) int {
	for at > 0 && (g.src[at-1] == ' ' || g.src[at-1] == '\n' || g.src[at-1] == '\t' || g.src[at-1] == '\r') {
		at--
	}
	return at
}

// ownKeys drops the keys that the terms have of their own, the same one in each.
func (g *generator) ownKeys(terms []*eql.Term) {
	for i := range terms[0].By {
		g.same = !slices.ContainsFunc(terms, func(t *eql.Term) bool { return !twice(t.By, t.By[i]) })
		m := &Mutant{Kind: JoinKey, Term: whole, apply: func() func() { return cutKey(terms, i) }}
		for _, t := range terms {
			m.Edits = append(m.Edits, eql.Edit{Span: g.keySpan(t.By, i)})
		}
		g.append(m)
	}
}

func cutKey(terms []*eql.Term, i int) func() {
	old := make([][]eql.Expr, len(terms))
	for n, t := range terms {
		old[n] = t.By
		t.By = append(t.By[:i:i], t.By[i+1:]...)
	}
	return func() {
		for n, t := range terms {
			t.By = old[n]
		}
	}
}

// maxSpan halves and doubles maxspan.
func (g *generator) maxSpan(s *eql.Sequence) {
	m := s.MaxSpan
	if m == nil || m.Nanos > math.MaxInt64/2 || m.Nanos <= 0 {
		return
	}
	for _, nanos := range []int64{m.Nanos / 2, m.Nanos * 2} {
		c := span(nanos)
		if c.Nanos == 0 {
			continue
		}
		c.Range = m.Range
		value := len(strconv.FormatInt(m.Value, 10))
		start := m.Range.End - len(m.Unit) - value
		for start > m.Range.Start && g.src[start-1] != '=' { // blanks before the unit, leading zeros
			start--
		}
		edit := eql.Edit{Span: eql.Span{Start: start, End: m.Range.End}, New: strconv.FormatInt(c.Value, 10) + c.Unit}
		g.change(MaxSpan, edit, func() func() {
			s.MaxSpan = c
			return func() { s.MaxSpan = m }
		})
	}
}

// span writes a duration in the largest unit that divides it; fractions of a millisecond are cut off.
func span(nanos int64) *eql.MaxSpan {
	for _, u := range []struct {
		unit  string
		nanos int64
	}{{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}} {
		if nanos%u.nanos == 0 {
			return &eql.MaxSpan{Value: nanos / u.nanos, Unit: u.unit, Nanos: nanos}
		}
	}
	return &eql.MaxSpan{Value: nanos / 1e6, Unit: "ms", Nanos: nanos / 1e6 * 1e6}
}

// droppable tells whether a sequence may do without a term: two stages must stay, one of them positive.
func droppable(terms []*eql.Term, i int) bool {
	stages, positive := 0, 0
	for n, t := range terms {
		if n == i {
			continue
		}
		stages += t.Count()
		if !t.Missing {
			positive++
		}
	}
	return stages > 1 && positive > 0
}

func (g *generator) dropTerm(terms *[]*eql.Term, i int) {
	list := *terms
	span := list[i].Range
	span.Start = g.blanksBefore(span.Start)
	g.change(DropStep, eql.Edit{Span: span}, func() func() {
		*terms = append(list[:i:i], list[i+1:]...)
		return func() { *terms = list }
	})
}

// runs changes the number of repetitions by one.
func (g *generator) runs(terms []*eql.Term, i int) {
	t := terms[i]
	if t.Runs == nil {
		return
	}
	digits := t.Runs.Range.End
	for g.src[digits-1] >= '0' && g.src[digits-1] <= '9' {
		digits--
	}
	for _, n := range []int{t.Runs.Count - 1, t.Runs.Count + 1} {
		if n < 1 || n > maxRuns || n == 1 && len(terms) == 1 {
			continue
		}
		edit := eql.Edit{Span: eql.Span{Start: digits, End: t.Runs.Range.End}, New: strconv.Itoa(n)}
		g.change(Runs, edit, func() func() {
			old := t.Runs
			t.Runs = &eql.Runs{Count: n, Range: old.Range}
			return func() { t.Runs = old }
		})
	}
}
