package eval

import (
	"fmt"
	"sync"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Bounds on the combinations of values that one script leaf tries on one event: how many, and how many values in all.
const (
	maxCombinations = 1 << 20
	maxCombined     = 1 << 22
)

// scriptLeaf runs a boolean script over every combination of the values of the fields it mentions: each occurrence of a
// field iterates on its own, a field without values is null once. It is true if some combination is (LANGUAGE.md 4.4).
type scriptLeaf struct {
	s      script
	occurs []*predicate.Field
	pool   *sync.Pool
	id     string
}

type scriptState struct {
	vals  []eqlfunc.Value
	pos   []int
	lists [][]event.Value
}

func newScriptLeaf(s script, occurs []*predicate.Field) *scriptLeaf {
	n := len(occurs)
	return &scriptLeaf{s: s, occurs: occurs, id: string(appendScriptID(nil, s)), pool: &sync.Pool{New: func() any {
		return &scriptState{make([]eqlfunc.Value, n), make([]int, n), make([][]event.Value, n)}
	}}}
}

// Eval implements predicate.Node.
func (l *scriptLeaf) Eval(rec *event.Record) predicate.Verdict {
	ok, err := l.run(rec)
	if err != nil {
		return predicate.Failed
	}
	return predicate.VerdictOf(ok)
}

// Cost implements predicate.Node.
func (l *scriptLeaf) Cost() int { return predicate.FailCost }

// ID implements predicate.Opaque.
func (l *scriptLeaf) ID() string { return l.id }

// Err implements predicate.Opaque.
func (l *scriptLeaf) Err(rec *event.Record) error {
	_, err := l.run(rec)
	return err
}

func (l *scriptLeaf) run(rec *event.Record) (bool, error) {
	st := l.pool.Get().(*scriptState)
	defer l.pool.Put(st)
	for i, f := range l.occurs {
		st.lists[i] = predicate.Values(rec, f.Slot)
		st.pos[i] = -1
		st.advance(i, f)
	}
	most := min(maxCombinations, maxCombined/max(1, len(l.occurs)))
	for tried := 1; ; tried++ {
		v, err := l.s.value(st.vals)
		if err != nil || v.True() {
			return err == nil, err
		}
		if tried == most {
			return false, fmt.Errorf("more than %d combinations of values in one expression", most)
		}
		if !l.next(st) {
			return false, nil
		}
	}
}

// advance moves occurrence i to its next indexed value. At the end it reports false; if there was none at all, the
// occurrence is null.
func (st *scriptState) advance(i int, f *predicate.Field) bool {
	for st.pos[i]++; st.pos[i] < len(st.lists[i]); st.pos[i]++ {
		if v, ok := f.Scalar(&st.lists[i][st.pos[i]]); ok {
			st.vals[i] = v
			return true
		}
	}
	if len(st.lists[i]) == 0 || !hasAny(f, st.lists[i]) {
		st.vals[i] = eqlfunc.Value{}
	}
	return false
}

// next is the step of an odometer over the occurrences.
func (l *scriptLeaf) next(st *scriptState) bool {
	for i, f := range l.occurs {
		if st.advance(i, f) {
			return true
		}
		st.pos[i] = -1
		st.advance(i, f)
	}
	return false
}

func hasAny(f *predicate.Field, vs []event.Value) bool {
	for i := range vs {
		if f.Has(&vs[i]) {
			return true
		}
	}
	return false
}
