package event

import (
	"encoding/binary"
	"strings"
)

// node is a step of the layout's name tree. Its table leads to the nodes below it by the rest of the name, dots
// included, so a key finds its node in one step however many parts of a name it holds.
type node struct {
	slot  int        // -1 if no field of the layout ends here
	nulls []nullSlot // further slots of the field, in which an explicit null or none counts as a value
	whole []int      // slots that take the objects that stand here
	table []entry
	shift uint8      // of the hash, to the size of the table
	below int        // entries in the table
	sizes uint64     // lengths of the entries' names, modulo 64, one bit each
	deep  bool       // some nodes below are only to be found part by part
	parts *nodeParts // objects that came last; nil before the first
}

type nullSlot struct {
	slot int
	text string // empty: a null is none
}

// entry is a filled or free (nil node) place of a table with linear probing.
type entry struct {
	ends ends
	name string
	node *node
}

// ends are the first and the last eight bytes of a key; of a key shorter than that, the key and nothing.
type ends struct{ head, tail uint64 }

// maxParts bounds how many parts of a name one entry holds, which keeps the tables linear in the size of the layout.
const maxParts = 8

// newTree builds the tree of a layout.
func newTree(l *Layout) *node {
	root := &node{slot: -1}
	for slot, name := range l.Names() {
		if l.whole[slot] && name == "" {
			root.whole = append(root.whole, slot)
			continue
		}
		n := root.grow(name)
		if l.whole[slot] {
			n.whole = append(n.whole, slot)
		} else if text, ok := l.nulls[slot]; ok {
			n.nulls = append(n.nulls, nullSlot{slot, text})
		} else if _, ok := l.fills[slot]; ok {
			n.nulls = append(n.nulls, nullSlot{slot: slot})
		} else {
			n.slot = slot
		}
	}
	return root
}

// grow makes the nodes that lead to a name and enters them in the tables of the nodes above them, of which the nearest knows
// each by one part.
func (n *node) grow(name string) *node {
	above, starts := []*node{n}, []int{0} // the nodes so far, and where the rest of the name begins for each
	for end := 0; end <= len(name); end++ {
		if end < len(name) && name[end] != '.' {
			continue
		}
		last := len(above) - 1
		part := []byte(name[starts[last]:end])
		kid := above[last].find(part, endsOf(part))
		if kid == nil {
			kid = &node{slot: -1}
			first := max(0, len(above)-maxParts)
			if first > 0 { // those before were told when their own entries ended
				above[first-1].deep = true
			}
			for i := first; i <= last; i++ {
				above[i].insert(name[starts[i]:end], kid)
			}
		}
		above, starts = append(above, kid), append(starts, end+1)
	}
	return above[len(above)-1]
}

func (n *node) insert(name string, kid *node) {
	if n.below++; 2*n.below > len(n.table) {
		old := n.table
		size := max(8, 2*len(old))
		n.table, n.shift = make([]entry, size), 64
		for s := size; s > 1; s /= 2 {
			n.shift--
		}
		for _, e := range old {
			if e.node != nil {
				n.place(e)
			}
		}
	}
	n.sizes |= 1 << (len(name) & 63)
	n.place(entry{endsOf([]byte(name)), name, kid})
}

func (n *node) place(e entry) {
	i := n.home(e.ends)
	for n.table[i].node != nil {
		i = (i + 1) & (len(n.table) - 1)
	}
	n.table[i] = e
}

// home is where the search for a name begins.
func (n *node) home(e ends) int {
	return int((e.head ^ e.tail>>1) * 0x9e3779b97f4a7c15 >> (n.shift & 63))
}

// find returns the node that a key leads to; nil if no field of the layout lies there. e is endsOf(key).
func (n *node) find(key []byte, e ends) *node {
	if len(n.table) == 0 {
		return nil
	}
	for i := n.home(e); ; i++ {
		at := &n.table[i&(len(n.table)-1)]
		if at.node == nil {
			break
		}
		if at.ends == e && len(at.name) == len(key) && (len(key) <= 16 || at.name == string(key)) {
			return at.node
		}
	}
	if n.deep {
		return n.walk(string(key))
	}
	return nil
}

// walk is find part by part.
func (n *node) walk(key string) *node {
	for part := range strings.SplitSeq(key, ".") {
		if part == key {
			return nil // find has looked for it
		}
		if n = n.find([]byte(part), endsOf([]byte(part))); n == nil {
			return nil
		}
	}
	return n
}

func endsOf(key []byte) (e ends) {
	if len(key) >= 8 {
		return ends{binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[len(key)-8:])}
	}
	for i, c := range key {
		e.head |= uint64(c) << (8 * i)
	}
	return e
}
