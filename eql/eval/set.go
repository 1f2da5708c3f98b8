package eval

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rulevet/rulevet/event"
)

// Set is many programs that search the same stream of events. Each event is decoded once, common conditions are
// evaluated once, and a program is only looked at if the event has what the program cannot match without: for every
// step of every program the set knows a guard, a few values or pieces of text of which one must be there, and finds the
// guards of an event with a look-up for each of its values. Results are those of the single programs.
//
// A Set is immutable and safe for concurrent use; the state of a search is in a SetRun.
type Set struct {
	programs []*Program
	layout   *event.Layout
	stages   []setStage
	slots    []*slotIndex
	atoms    []setAtom
	always   []int32 // stages without a guard
	common   int     // leaves that several conditions have
}

// setStage is a step of a program, or its until.
type setStage struct {
	program int32
	at      int32  // place among the stages of the program; behind the last for until
	needs   uint64 // bits of frequent atoms without which the condition is false
	cond    setNode
}

// setAtom is what an atom leads to.
type setAtom struct {
	bit    uint64  // 0 unless it is one of the most frequent
	stages []int32 // that have it in their guard
}

// NewSet puts programs together. They must have been compiled with one Options.Layout, to which the caller may have added
// fields of its own. Programs are known by their position in the slice.
func NewSet(programs []*Program) (*Set, error) {
	s := &Set{programs: programs}
	b := setBuilder{set: s, stats: newStatistics(), sharer: nodeSharer{map[string]int{}, map[string]*commonLeaf{}}, atoms: map[atom]int32{}}
	for i, p := range programs {
		if i == 0 {
			s.layout = p.layout
		}
		if p.layout != s.layout {
			return nil, fmt.Errorf("program %d does not share the layout of program 0", i)
		}
		b.add(i, p)
	}
	b.build()
	return s, nil
}

// Layout returns the fields that the programs read from a record; nil for a set without programs.
func (s *Set) Layout() *event.Layout { return s.layout }

// Len returns the number of programs.
func (s *Set) Len() int { return len(s.programs) }

// Program returns one program.
func (s *Set) Program(i int) *Program { return s.programs[i] }

// setBuilder makes the index of a set: first it counts, then it chooses.
type setBuilder struct {
	set    *Set
	stats  *statistics
	sharer nodeSharer
	conds  []node // by stage of the set
	atoms  map[atom]int32
}

// add notes the stages of a program. Repeated stages (runs) count once.
func (b *setBuilder) add(program int, p *Program) {
	stages := slices.Clone(p.stages)
	if p.until != nil {
		stages = append(stages, p.until)
	}
	for at, st := range stages {
		if at > 0 && st == stages[at-1] {
			continue
		}
		b.set.stages = append(b.set.stages, setStage{program: int32(program), at: int32(at)})
		b.conds = append(b.conds, st.cond)
		b.stats.count(st.cond)
		b.sharer.count(st.cond)
	}
}

func (b *setBuilder) build() {
	s := b.set
	for bit, a := range b.frequent() {
		s.atoms[b.atom(a)].bit = 1 << bit
	}
	for i := range s.stages {
		id := int32(i)
		st := &s.stages[i]
		st.cond = b.sharer.rewrite(b.conds[i])
		for _, a := range singles(b.conds[i]) {
			if at, ok := b.atoms[a]; ok {
				st.needs |= s.atoms[at].bit
			}
		}
		g, ok := b.stats.guard(b.conds[i])
		if !ok {
			s.always = append(s.always, id)
			continue
		}
		for _, a := range g.atoms {
			at := b.atom(a)
			s.atoms[at].stages = append(s.atoms[at].stages, id)
		}
	}
	s.common = len(b.sharer.shared)
	b.index()
}

// atom returns the number of an atom.
func (b *setBuilder) atom(a atom) int32 {
	at, ok := b.atoms[a]
	if !ok {
		at = int32(len(b.set.atoms))
		b.atoms[a] = at
		b.set.atoms = append(b.set.atoms, setAtom{})
	}
	return at
}

// singles lists the values that a condition cannot do without.
func singles(n node) []atom {
	var out []atom
	for _, m := range required(n) {
		if atoms, ok := guardOf(m); ok && len(atoms) == 1 && atoms[0].need.kind == needWhole {
			out = append(out, atoms[0])
		}
	}
	return out
}

// frequent lists the atoms, at most 64, that the most stages cannot do without: a stage that lacks one of an event's is
// ruled out with a single comparison.
func (b *setBuilder) frequent() []atom {
	uses := map[atom]int{}
	for _, c := range b.conds {
		for _, a := range singles(c) {
			uses[a]++
		}
	}
	list := slices.SortedFunc(maps.Keys(uses), func(x, y atom) int { return cmp.Or(uses[y]-uses[x], x.compare(y)) })
	return list[:min(len(list), 64)]
}

// index sorts the atoms by slot.
func (b *setBuilder) index() {
	bySlot := map[int][]needAtom{}
	for _, a := range slices.SortedFunc(maps.Keys(b.atoms), atom.compare) {
		bySlot[a.slot] = append(bySlot[a.slot], needAtom{a.need, b.atoms[a]})
	}
	for _, slot := range slices.Sorted(maps.Keys(bySlot)) {
		b.set.slots = append(b.set.slots, newSlotIndex(slot, bySlot[slot]))
	}
}
