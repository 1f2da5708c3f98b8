package backtrack

type opcode uint8

const (
	opChar opcode = iota
	opFoldChar
	opSet
	opSplit // x first, then y
	opJump
	opSave
	opMark  // register x = position
	opMoved // goes to y if the position is that of register x: an empty round ends a loop
	opAtomic
	opLook
	opLookBehind
	opBackref
	opTextStart
	opTextEnd
	opFinalEnd
	opLineStart
	opLineEnd
	opWord
	opNotWord
	opEnd
)

type inst struct {
	op       opcode
	neg      bool
	fold     bool
	r        rune
	set      *set
	x, y     int
	min, max int // opLookBehind: how many bytes back at least and at most; max -1: no limit
}

// Regexp is a compiled expression. It is safe for concurrent use.
type Regexp struct {
	flavor Flavor
	source string
	prog   []inst
	groups int // with group 0
	regs   int
	names  map[string][]int
	prefix string // literal text that every match starts with
}

// Compile compiles an expression; errors are of type *SyntaxError.
func Compile(pattern string, flavor Flavor) (*Regexp, error) {
	p := &parser{flavor: flavor, src: pattern, names: map[string][]int{}}
	n, err := p.parse()
	if err != nil {
		return nil, err
	}
	c := &compiler{re: &Regexp{flavor: flavor, source: pattern, groups: p.groups + 1, names: p.names}}
	c.re.prefix = literalPrefix(n)
	c.node(n)
	c.emit(inst{op: opEnd})
	if len(c.re.prog) > maxProgram {
		return nil, p.fail(0, "the expression is too large")
	}
	return c.re, nil
}

func literalPrefix(n *node) string {
	switch n.kind {
	case nChar:
		if !n.fold {
			return string(n.r)
		}
	case nCat:
		text := ""
		for _, sub := range n.subs {
			if sub.kind != nChar || sub.fold {
				if text == "" {
					return literalPrefix(sub)
				}
				return text
			}
			text += string(sub.r)
		}
		return text
	case nGroup, nAtomic:
		return literalPrefix(n.subs[0])
	}
	return ""
}

// Groups is the number of capturing groups, the whole match not counted.
func (re *Regexp) Groups() int { return re.groups - 1 }

// Names returns the groups of each name.
func (re *Regexp) Names() map[string][]int { return re.names }

type compiler struct{ re *Regexp }

func (c *compiler) emit(i inst) int {
	if len(c.re.prog) <= maxProgram {
		c.re.prog = append(c.re.prog, i)
	}
	return len(c.re.prog) - 1
}

func (c *compiler) pc() int { return len(c.re.prog) }

func (c *compiler) node(n *node) {
	if len(c.re.prog) > maxProgram {
		return
	}
	switch n.kind {
	case nChar:
		op := opChar
		if n.fold {
			op = opFoldChar
		}
		c.emit(inst{op: op, r: n.r})
	case nSet:
		n.set.freeze()
		c.emit(inst{op: opSet, set: n.set})
	case nCat:
		for _, sub := range n.subs {
			c.node(sub)
		}
	case nAlt:
		c.alternatives(n)
	case nRepeat:
		c.repeat(n)
	case nGroup:
		c.emit(inst{op: opSave, x: 2 * n.n})
		c.node(n.subs[0])
		c.emit(inst{op: opSave, x: 2*n.n + 1})
	case nAtomic, nLook:
		c.nested(n)
	case nBackref:
		c.emit(inst{op: opBackref, x: n.n, fold: n.fold})
	case nAssert:
		c.emit(inst{op: n.op})
	}
}

func (c *compiler) alternatives(n *node) {
	var ends []int
	for i, sub := range n.subs {
		if i == len(n.subs)-1 {
			c.node(sub)
			break
		}
		split := c.emit(inst{op: opSplit})
		c.re.prog[split].x = c.pc()
		c.node(sub)
		ends = append(ends, c.emit(inst{op: opJump}))
		c.re.prog[split].y = c.pc()
	}
	for _, e := range ends {
		c.re.prog[e].x = c.pc()
	}
}

func (c *compiler) nested(n *node) {
	in := inst{op: opAtomic, neg: n.neg}
	if n.kind == nLook {
		in.op = opLook
		if n.behind {
			in.op = opLookBehind
			in.min, in.max = width(n.subs[0])
		}
	}
	at := c.emit(in)
	c.node(n.subs[0])
	c.emit(inst{op: opEnd})
	c.re.prog[at].x = c.pc()
}

func (c *compiler) repeat(n *node) {
	if n.poss {
		plain := *n
		plain.poss = false
		c.nested(&node{kind: nAtomic, subs: []*node{&plain}})
		return
	}
	body := n.subs[0]
	for range n.min {
		c.node(body)
	}
	split := func() int { return c.emit(inst{op: opSplit}) }
	set := func(at, in, out int) {
		if n.lazy {
			in, out = out, in
		}
		c.re.prog[at].x, c.re.prog[at].y = in, out
	}
	if n.max < 0 {
		least, _ := width(body)
		loop := split()
		in := c.pc()
		reg := -1
		if least == 0 {
			reg = 2*c.re.groups + c.re.regs
			c.re.regs++
			c.emit(inst{op: opMark, x: reg})
		}
		c.node(body)
		if reg >= 0 {
			c.emit(inst{op: opMoved, x: reg, y: c.pc() + 2})
		}
		c.emit(inst{op: opJump, x: loop})
		set(loop, in, c.pc())
		return
	}
	var splits []int
	for range n.max - n.min {
		splits = append(splits, split())
		c.node(body)
	}
	for _, at := range splits {
		set(at, at+1, c.pc())
	}
}

// width is how many bytes a node matches: at least and at most (-1: no limit).
func width(n *node) (lo, hi int) {
	switch n.kind {
	case nChar:
		if !n.fold {
			w := len(string(n.r))
			return w, w
		}
		return 1, 4
	case nSet:
		return 1, 4
	case nCat:
		for _, sub := range n.subs {
			l, h := width(sub)
			lo += l
			if h < 0 || hi < 0 {
				hi = -1
			} else {
				hi += h
			}
		}
		return lo, hi
	case nAlt:
		lo, hi = width(n.subs[0])
		for _, sub := range n.subs[1:] {
			l, h := width(sub)
			lo = min(lo, l)
			if h < 0 || hi < 0 {
				hi = -1
			} else {
				hi = max(hi, h)
			}
		}
		return lo, hi
	case nRepeat:
		l, h := width(n.subs[0])
		if h < 0 || n.max < 0 {
			return l * n.min, -1
		}
		return l * n.min, h * n.max
	case nGroup, nAtomic:
		return width(n.subs[0])
	case nBackref:
		return 0, -1
	}
	return 0, 0
}
