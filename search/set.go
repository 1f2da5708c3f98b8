package search

import (
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Set is many programs that search the same stream of events. Each event is decoded once, common conditions are
// evaluated once, and a program is only looked at if the event has what the program cannot match without. Results are those
// of the single programs.
//
// A Set is immutable and safe for concurrent use; the state of a search is in a SetRun.
type Set struct {
	programs []Program
	layout   *event.Layout
	steps    []setStep // by condition of the index
	index    *predicate.Index
}

// setStep is a step of a program.
type setStep struct {
	program, at int32
}

// NewSet puts programs together. They must share one layout, to which the caller may have added fields of its own.
// Programs are known by their position in the slice.
func NewSet[P Program](programs []P) (*Set, error) {
	s := &Set{}
	var conds []predicate.Node
	for i, p := range programs {
		s.programs = append(s.programs, p)
		if i == 0 {
			s.layout = p.Layout()
		}
		if p.Layout() != s.layout {
			return nil, fmt.Errorf("program %d does not share the layout of program 0", i)
		}
		for at, st := range p.Steps() {
			s.steps = append(s.steps, setStep{int32(i), int32(at)})
			conds = append(conds, st.Node)
		}
	}
	s.index = predicate.NewIndex(conds)
	return s, nil
}

// Layout returns the fields that the programs read from a record; nil for a set without programs.
func (s *Set) Layout() *event.Layout { return s.layout }

// Len returns the number of programs.
func (s *Set) Len() int { return len(s.programs) }

// Program returns one program.
func (s *Set) Program(i int) Program { return s.programs[i] }

// Selection is a subset of the programs of a set. nil is all of them.
type Selection []uint64

// Select makes a selection of those programs of a set that keep accepts.
func (s *Set) Select(keep func(program int) bool) Selection {
	sel := make(Selection, (len(s.programs)+63)/64)
	for i := range s.programs {
		if keep(i) {
			sel[i>>6] |= 1 << (i & 63)
		}
	}
	return sel
}

func (s Selection) has(program int32) bool { return s == nil || s[program>>6]>>(program&63)&1 != 0 }
