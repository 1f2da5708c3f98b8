package lucene

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// deterministic tells whether no state leads to two by one class.
func (n *nfaBuilder) deterministic(a *nfa) bool {
	seen := make([]int, n.b.abc.count) // where the edge by a class leads
	for _, list := range a.edges {
		if len(list) == 0 {
			continue
		}
		for c := range seen {
			seen[c] = -1
		}
		for _, e := range list {
			for i, w := range *e.classes {
				for ; w != 0; w &= w - 1 {
					c := 64*i + bits.TrailingZeros64(w)
					if seen[c] >= 0 && seen[c] != e.to {
						return false
					}
					seen[c] = e.to
				}
			}
		}
	}
	return true
}

// determinize is the construction of sets of states, with the effort that Lucene allows. Without build only the effort is found
// out, and the automaton returned is not to be used.
func (n *nfaBuilder) determinize(a *nfa, build bool) *nfa {
	if len(a.accept) <= 1 || n.deterministic(a) {
		return a
	}
	t, out, effort := newSubsets(a, n.full, n.b.abc.count), &nfa{}, 0
	t.number([]int{0})
	for s := 0; s < len(t.sets); s++ {
		if effort += len(t.sets[s]); effort >= maxEffort {
			tooComplex("a deterministic automaton for it takes more than %d units of work", maxEffort/10)
		}
		if t.steps > maxSteps {
			tooComplex("a deterministic automaton for it takes more than %d steps", maxSteps)
		}
		t.leave(t.sets[s])
		if build {
			out.edges = append(out.edges, t.edges(len(n.full)))
			out.accept = append(out.accept, slices.ContainsFunc(t.sets[s], func(q int) bool { return a.accept[q] }))
		}
	}
	return out
}

// subsets makes the sets of states that are the states of a deterministic automaton. What makes the usual expression, such as
// ".*(some|of|many).*", cheap: nearly all its sets have the states in common that lead to themselves by every code point. Where
// those lead is found out once, in a hub; of a set only the classes by which its other members lead somewhere are looked at.
type subsets struct {
	a        *nfa
	every    [][]int // by state: where it leads by every class
	some     [][]edge
	numbers  map[string]int
	sets     [][]int
	room     []int // memory of the sets
	hubs     map[string]*hub
	count    int   // of classes
	steps    int   // states and classes looked at
	hub      *hub  // of the set that was left last
	hit      exits // likewise, of its members that are not the hub's
	key      []byte
	mark     []uint32 // by state: the round in which it was collected
	round    uint32
	gathered []int
	members  []int // of the set that was left last: those that lead to themselves by every class
	others   []int
	away     []int // where the others lead by every class
}

// exits are the classes by which members of a set lead somewhere that not every class leads to.
type exits struct {
	at      []int   // by class: index into classes, plus 1
	classes []int   // in the order in which they were met
	to      [][]int // by index: states
	numbers []int   // by index: number of the set that the class leads to, by these and the rest; see notYet, nowhere
}

// Numbers that are none.
const (
	notYet  = -2
	nowhere = -1
)

// hub is the part of sets that many have in common.
type hub struct {
	exits
	base    []int // where every class leads
	number  int   // of the set that classes without an exit lead to
	pending int   // exits whose sets have no number yet
}

func newSubsets(a *nfa, full []uint64, count int) *subsets {
	t := &subsets{a: a, count: count, every: make([][]int, len(a.edges)), some: make([][]edge, len(a.edges)),
		numbers: map[string]int{}, hubs: map[string]*hub{}, hit: newExits(count), mark: make([]uint32, len(a.edges))}
	for s, list := range a.edges {
		for _, e := range list {
			if slices.Equal(*e.classes, full) {
				t.every[s] = append(t.every[s], e.to)
			} else {
				t.some[s] = append(t.some[s], e)
			}
		}
	}
	return t
}

func newExits(count int) exits { return exits{at: make([]int, count)} }

func (x *exits) clear() {
	for _, c := range x.classes {
		x.at[c] = 0
	}
	x.classes, x.numbers = x.classes[:0], x.numbers[:0]
}

func (x *exits) add(class, to int) {
	i := x.at[class] - 1
	if i < 0 {
		i = len(x.classes)
		x.at[class] = i + 1
		x.classes, x.numbers = append(x.classes, class), append(x.numbers, notYet)
		if i < len(x.to) {
			x.to[i] = x.to[i][:0]
		} else {
			x.to = append(x.to, nil)
		}
	}
	x.to[i] = append(x.to[i], to)
}

// by are the states that a class leads to, beside those that every class leads to.
func (x *exits) by(class int) []int {
	if i := x.at[class] - 1; i >= 0 {
		return x.to[i]
	}
	return nil
}

// add collects where the edges of states lead by some classes.
func (t *subsets) add(x *exits, states []int) {
	for _, s := range states {
		for _, e := range t.some[s] {
			for i, w := range *e.classes {
				for ; w != 0; w &= w - 1 {
					x.add(64*i+bits.TrailingZeros64(w), e.to)
					t.steps++
				}
			}
		}
	}
}

// union is the sorted union of sets of states. It is valid until the next call.
func (t *subsets) union(lists ...[]int) []int {
	t.round++
	t.gathered = t.gathered[:0]
	for _, list := range lists {
		t.steps += len(list)
		for _, s := range list {
			if t.mark[s] != t.round {
				t.mark[s] = t.round
				t.gathered = append(t.gathered, s)
			}
		}
	}
	slices.Sort(t.gathered)
	return t.gathered
}

func appendKey(key []byte, states []int) []byte {
	for _, s := range states {
		key = binary.AppendUvarint(key, uint64(s))
	}
	return key
}

// number is that of a sorted set, which is new if it has none.
func (t *subsets) number(states []int) int {
	if len(states) == 0 {
		return nowhere
	}
	t.key = appendKey(t.key[:0], states)
	at, ok := t.numbers[string(t.key)]
	if !ok {
		at = len(t.sets)
		t.numbers[string(t.key)] = at
		if cap(t.room)-len(t.room) < len(states) {
			t.room = make([]int, 0, max(len(states), min(2*cap(t.room), 4096), 64))
		}
		from := len(t.room)
		t.room = append(t.room, states...)
		t.sets = append(t.sets, t.room[from:len(t.room):len(t.room)])
	}
	return at
}

// leave finds the sets that a set leads to, and gives them numbers.
func (t *subsets) leave(set []int) {
	t.members, t.others, t.away = t.members[:0], t.others[:0], t.away[:0]
	for _, s := range set {
		if slices.Contains(t.every[s], s) {
			t.members = append(t.members, s)
		} else {
			t.others, t.away = append(t.others, s), append(t.away, t.every[s]...)
		}
	}
	t.hub = t.hubOf(t.members)
	if len(t.away) > 0 { // the others lead away by every class too: the numbers of the hub are not those of this set
		t.hub = t.hub.with(slices.Clone(t.union(t.hub.base, t.away)))
	}
	t.hit.clear()
	t.add(&t.hit, t.others)
	for i, class := range t.hit.classes {
		t.hit.numbers[i] = t.number(t.union(t.hub.base, t.hub.by(class), t.hit.to[i]))
	}
	t.pass(t.hub)
}

// pass gives numbers to the sets that a hub leads to by classes by which the other members of the set lead nowhere else.
func (t *subsets) pass(h *hub) {
	open := t.count - len(t.hit.classes) // classes without an exit
	if h.pending > 0 || h.number == notYet {
		for i, class := range h.classes {
			if t.hit.at[class] != 0 {
				continue
			}
			open--
			if h.numbers[i] == notYet {
				h.numbers[i] = t.number(t.union(h.base, h.to[i]))
				h.pending--
			}
		}
		if open > 0 && h.number == notYet {
			h.number = t.number(h.base)
		}
	}
}

// hubOf is the hub of members that lead to themselves by every class.
func (t *subsets) hubOf(members []int) *hub {
	t.key = appendKey(t.key[:0], members)
	if h := t.hubs[string(t.key)]; h != nil {
		return h
	}
	lists := make([][]int, len(members))
	for i, s := range members {
		lists[i] = t.every[s]
	}
	h := &hub{exits: newExits(t.count)}
	t.hubs[string(t.key)] = h
	t.add(&h.exits, members)
	*h = *h.with(slices.Clone(t.union(lists...)))
	return h
}

// with is the hub with another base, and no numbers.
func (h *hub) with(base []int) *hub {
	out := &hub{exits: h.exits, base: base, number: notYet, pending: len(h.classes)}
	out.numbers = slices.Repeat([]int{notYet}, len(h.classes))
	return out
}

// edges are those of the set that was left last, in the state of the deterministic automaton; words is the length of a set of
// classes.
func (t *subsets) edges(words int) []edge {
	by := map[int][]uint64{}
	for class := range t.count {
		to := t.hub.number
		if i := t.hit.at[class] - 1; i >= 0 {
			to = t.hit.numbers[i]
		} else if i := t.hub.at[class] - 1; i >= 0 {
			to = t.hub.numbers[i]
		}
		if to == nowhere {
			continue
		}
		if by[to] == nil {
			by[to] = make([]uint64, words)
		}
		by[to][class/64] |= 1 << (class % 64)
	}
	list := make([]edge, 0, len(by))
	for to, classes := range by {
		list = append(list, edge{&classes, to})
	}
	return list
}
