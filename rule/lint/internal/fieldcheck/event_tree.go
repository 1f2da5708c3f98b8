package fieldcheck

import (
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/schema"
)

// tree is a condition as nodes of and, or and not over leaves, whose truth for an event is kept: if a leaf changes, so does
// what stands above it, without a look at its neighbours.
type tree struct {
	root    *treeNode
	leaves  []*treeNode
	byField map[string][]*treeNode
	uses    []*eql.Field // all uses of fields but in tests for null, in the order of the text
}

type nodeKind uint8

const (
	leafNode nodeKind = iota
	andNode
	orNode
	notNode
)

type treeNode struct {
	kind   nodeKind
	parent *treeNode
	kids   []*treeNode
	expr   eql.Expr   // of a leaf
	field  *eql.Field // that a leaf tests; nil if it tests no single one
	first  int        // uses[first:last] stand in a leaf
	last   int
	value  truth
	counts [3]int // of the kids that are false, unknown and true
}

func newTree(cond eql.Expr) *tree {
	t := &tree{byField: map[string][]*treeNode{}}
	t.root = t.node(cond, nil)
	return t
}

func (t *tree) node(e eql.Expr, parent *treeNode) *treeNode {
	n := &treeNode{parent: parent}
	switch x := eql.Unparen(e).(type) {
	case *eql.Binary:
		if x.Op != eql.And && x.Op != eql.Or {
			break
		}
		n.kind = andNode
		if x.Op == eql.Or {
			n.kind = orNode
		}
		for _, o := range eql.Operands(x.Op, x) {
			n.kids = append(n.kids, t.node(o, n))
		}
		return n
	case *eql.Unary:
		if x.Op == eql.Not {
			n.kind = notNode
			n.kids = []*treeNode{t.node(x.X, n)}
			return n
		}
	}
	t.leaf(n, eql.Unparen(e))
	return n
}

func (t *tree) leaf(n *treeNode, e eql.Expr) {
	n.expr, n.field, n.first = e, subject(e), len(t.uses)
	if b, ok := e.(*eql.Binary); !ok || !isNull(b.X) && !isNull(b.Y) {
		eql.Inspect(e, func(x eql.Node, enter bool) bool {
			if f, ok := x.(*eql.Field); ok && enter {
				t.uses = append(t.uses, f)
			}
			return true
		})
	}
	n.last = len(t.uses)
	t.leaves = append(t.leaves, n)
	if n.field != nil {
		t.byField[n.field.Name] = append(t.byField[n.field.Name], n)
	}
}

// subject is the field that a condition without and, or and not tests; nil if there is none.
func subject(e eql.Expr) *eql.Field {
	switch x := e.(type) {
	case *eql.Binary:
		e = x.X
	case *eql.In:
		e = x.X
	case *eql.Match:
		e = x.X
	}
	f, _ := eql.Unparen(e).(*eql.Field)
	return f
}

// evaluate sets the truth of all nodes for an event.
func (t *tree) evaluate(e *schema.Event) { t.root.evaluate(e) }

func (n *treeNode) evaluate(e *schema.Event) {
	if n.kind == leafNode {
		n.value = eval3(n.expr, e, nil)
		return
	}
	n.counts = [3]int{}
	for _, k := range n.kids {
		k.evaluate(e)
		n.counts[k.value+1]++
	}
	n.value = n.combined()
}

// combined is the truth of a node that is no leaf, from that of its kids.
func (n *treeNode) combined() truth {
	order := [...]truth{isFalse, isUnknown, isTrue} // the first that a kid has
	switch n.kind {
	case notNode:
		return -n.kids[0].value
	case orNode:
		slices.Reverse(order[:])
	}
	for _, v := range order {
		if n.counts[v+1] > 0 {
			return v
		}
	}
	return isUnknown
}

// set changes the truth of a leaf, and of what stands above it.
func (n *treeNode) set(v truth) {
	for old := n.value; old != v; {
		n.value = v
		p := n.parent
		if p == nil {
			return
		}
		p.counts[old+1]--
		p.counts[v+1]++
		n, old, v = p, p.value, p.combined()
	}
}

// fieldUseAt holds the events that a use of a field matters for, by their number.
type fieldUseAt []uint64

func (s *fieldUseAt) add(i int) {
	for len(*s) <= i/64 {
		*s = append(*s, 0)
	}
	(*s)[i/64] |= 1 << (i % 64)
}

// among picks the events of a list.
func (s fieldUseAt) among(list []*schema.Event) []*schema.Event {
	var out []*schema.Event
	for i, e := range list {
		if i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 {
			out = append(out, e)
		}
	}
	return out
}

// reach adds the event that the tree was evaluated for, number i, to the uses that are evaluated for it and matter: those
// behind an and whose other parts are not false, and in a part of an or that is not false itself.
func (t *tree) reach(i int, uses []fieldUseAt) { t.root.reach(i, uses) }

func (n *treeNode) reach(i int, uses []fieldUseAt) {
	if n.kind == leafNode {
		for u := n.first; u < n.last; u++ {
			uses[u].add(i)
		}
		return
	}
	for _, k := range n.kids {
		others := n.counts[0]
		if k.value == isFalse {
			others--
		}
		if n.kind == andNode && others > 0 || n.kind == orNode && k.value == isFalse {
			continue
		}
		k.reach(i, uses)
	}
}
