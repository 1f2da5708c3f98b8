package kql

import "slices"

// form is a way to read an operand.
type form uint8

const (
	noForm form = iota
	wordsForm
	quoteForm
	listForm // a bracket of values
	notForm
	groupForm // a bracket of conditions
	nestedForm
	allForm
	rangeForm
	isForm
	textForm // a value without a field
)

// choice is how an operand is read that begins at a token: up to the token with number end.
type choice struct {
	form form
	end  int
}

// region is a sequence of tokens: all, or those in a bracket.
type region struct {
	from, to int
	kind     regionKind
}

// regionKind is what a sequence of tokens is to be read as.
type regionKind uint8

const (
	queryRegion  regionKind = iota
	nestedRegion            // in braces
	listRegion              // values of a field
)

// plan says for the tokens of a region how an operand is read that begins there, if the rest of the region can be read
// too: as a condition and as a value of a field. The numbers count from the start of the region.
type plan struct {
	region
	conditions, values []choice
	words, bounds      []int // where words end that begin here: of values (with "not"), of bounds
}

// plan reads a region from right to left, since only what follows tells whether "and" is an operator or a word.
func (p *serverParser) plan(r region) *plan {
	if pl, ok := p.plans[r]; ok {
		return pl
	}
	n := r.to - r.from
	pl := &plan{region: r, conditions: make([]choice, n+1), values: make([]choice, n+1), words: make([]int, n+1), bounds: make([]int, n+1)}
	p.plans[r] = pl
	pl.words[n], pl.bounds[n] = r.to, r.to
	for i := r.to - 1; i >= r.from; i-- {
		at := i - r.from
		if k := p.tokens[i].kind; k == closeToken || k == unbraceToken {
			i = p.pair[i]
			for at >= i-r.from {
				pl.words[at], pl.bounds[at] = at+r.from, at+r.from
				at--
			}
			at = i - r.from
		}
		t := p.tokens[i]
		pl.words[at], pl.bounds[at] = i, i
		if t.word() || t.kind == notToken {
			pl.words[at] = pl.words[at+1]
		}
		if t.word() {
			pl.bounds[at] = pl.bounds[at+1]
		}
		pl.values[at] = p.value(pl, i)
		if r.kind != listRegion {
			pl.conditions[at] = p.condition(pl, i)
		}
	}
	return pl
}

func (p *serverParser) readable(r region) bool {
	pl := p.plan(r)
	return r.to > r.from && pl.first().form != noForm
}

func (pl *plan) first() choice { return pl.operand(pl.from) }

// operand is how the region goes on at a token.
func (pl *plan) operand(i int) choice {
	if pl.kind == listRegion {
		return pl.values[i-pl.from]
	}
	return pl.conditions[i-pl.from]
}

// good reports whether the region can be read if an operand ends before token e.
func (p *serverParser) good(pl *plan, e int) bool {
	return e == pl.to || e < pl.to && p.tokens[e].operator() && pl.operand(e+1).form != noForm
}

// value chooses how to read a value of a field. Words take an operator at their end if the rest goes without it.
func (p *serverParser) value(pl *plan, i int) choice {
	t := p.tokens[i]
	switch {
	case t.kind == notToken && p.good(pl, i+1):
		return choice{wordsForm, i + 1}
	case t.kind == notToken:
		if v := pl.values[i+1-pl.from]; v.form != noForm {
			return choice{notForm, v.end}
		}
	case t.word() || t.operator():
		end := pl.words[i+1-pl.from]
		if end < pl.to && p.tokens[end].operator() && p.good(pl, end+1) {
			return choice{wordsForm, end + 1}
		}
		if p.good(pl, end) {
			return choice{wordsForm, end}
		}
	case t.kind == quoteToken && p.good(pl, i+1):
		return choice{quoteForm, i + 1}
	case t.kind == openToken:
		if end := p.pair[i] + 1; p.good(pl, end) && p.readable(region{i + 1, end - 1, listRegion}) {
			return choice{listForm, end}
		}
	}
	return choice{}
}

// condition chooses how to read an operand of a query.
func (p *serverParser) condition(pl *plan, i int) choice {
	t := p.tokens[i]
	switch t.kind {
	case notToken:
		if next := pl.conditions[i+1-pl.from]; next.form != noForm {
			return choice{notForm, next.end}
		}
	case openToken:
		if end := p.pair[i] + 1; p.good(pl, end) && p.readable(region{i + 1, end - 1, pl.kind}) {
			return choice{groupForm, end}
		}
	case starToken:
		if p.good(pl, i+1) {
			return choice{allForm, i + 1}
		}
	}
	if i+2 < pl.to && (t.word() || t.kind == quoteToken) {
		if c := p.onField(pl, i); c.form != noForm {
			return c
		}
	}
	if v := pl.values[i-pl.from]; pl.kind == queryRegion && v.form != noForm {
		return choice{textForm, v.end}
	}
	return choice{}
}

// onField chooses how to read a condition that begins with the name of a field.
func (p *serverParser) onField(pl *plan, i int) choice {
	next := p.tokens[i+2]
	switch p.tokens[i+1].kind {
	case colonToken:
		if next.kind == braceToken {
			if end := p.pair[i+2] + 1; p.good(pl, end) && p.readable(region{i + 3, end - 1, nestedRegion}) {
				return choice{nestedForm, end}
			}
			return choice{}
		}
		if v := pl.values[i+2-pl.from]; v.form != noForm {
			return choice{isForm, v.end}
		}
	case compareToken:
		end := i + 3
		if next.kind != quoteToken {
			end = pl.bounds[i+2-pl.from]
		}
		if end > i+2 && p.good(pl, end) {
			return choice{rangeForm, end}
		}
	}
	return choice{}
}

// chain is operands with operators between them, and the tree they make.
type chain struct {
	p     *serverParser
	or    bool
	items []Node
	depth int
}

// join makes one node of the operands so far.
func (c *chain) join() Node {
	if len(c.items) == 1 {
		return c.items[0]
	}
	if c.or {
		return &Or{outer(c.items), c.items}
	}
	return &And{outer(c.items), c.items}
}

// add takes the next operand; with another operator than before, what came before becomes one operand.
func (c *chain) add(or bool, n Node) {
	if len(c.items) > 1 && or != c.or {
		c.items = []Node{c.join()}
		if c.depth++; c.depth > maxDepth {
			c.p.tooDeep = true
		}
	}
	c.or = or
	c.items = append(c.items, n)
}

// query builds the tree of a region. A query groups from the right, without regard to its operators, so it is built from
// there, every list of operands backwards.
func (p *serverParser) query(r region) Node {
	pl := p.plan(r)
	var starts []int
	for i := r.from; i < r.to; i = pl.operand(i).end + 1 {
		starts = append(starts, i)
	}
	c := chain{p: p}
	backwards := func() {
		slices.Reverse(c.items)
		c.items = []Node{c.join()}
	}
	for k := len(starts) - 1; k >= 0 && !p.tooDeep; k-- {
		end := pl.operand(starts[k]).end
		or := end < r.to && p.tokens[end].kind == orToken
		if len(c.items) > 1 && or != c.or {
			backwards()
			if c.depth++; c.depth > maxDepth {
				p.tooDeep = true
			}
		}
		c.or = or
		c.items = append(c.items, p.conditionNode(pl, starts[k]))
	}
	backwards()
	return c.items[0]
}

// list builds the tree of the values in a bracket, which group from the left.
func (p *serverParser) list(r region) Node {
	pl := p.plan(r)
	c := chain{p: p}
	or := false
	for i := r.from; i < r.to && !p.tooDeep; {
		end := pl.operand(i).end
		c.add(or, p.valueNode(pl, i))
		or = end < r.to && p.tokens[end].kind == orToken
		i = end + 1
	}
	return c.join()
}

// nots skips the negations that an operand begins with.
func (p *serverParser) nots(choices []choice, pl *plan, i int) (operand int) {
	from := i
	for choices[i-pl.from].form == notForm {
		i++
	}
	if i-from > maxDepth {
		p.tooDeep = true
		i = from
	}
	return i
}

func (p *serverParser) negate(from, to int, n Node) Node {
	for i := to - 1; i >= from; i-- {
		n = &Not{Span{Start: p.tokens[i].at.Start, End: n.Span().End}, n}
	}
	return n
}

func (p *serverParser) valueNode(pl *plan, from int) Node {
	i := p.nots(pl.values, pl, from)
	v := pl.values[i-pl.from]
	var n Node
	switch v.form {
	case listForm:
		n = p.list(region{i + 1, v.end - 1, listRegion})
	default:
		n = &Value{p.literal(i, v.end)}
	}
	return p.negate(from, i, n)
}

func (p *serverParser) conditionNode(pl *plan, from int) Node {
	i := p.nots(pl.conditions, pl, from)
	c := pl.conditions[i-pl.from]
	at := Span{Start: p.tokens[i].at.Start, End: p.tokens[c.end-1].at.End}
	var n Node
	switch c.form {
	case groupForm:
		n = p.query(region{i + 1, c.end - 1, pl.kind})
	case nestedForm:
		n = &Nested{at, p.fieldName(i), p.query(region{i + 3, c.end - 1, nestedRegion})}
	case rangeForm:
		n = &Range{at, p.fieldName(i), p.src[p.tokens[i+1].at.Start:p.tokens[i+1].at.End], p.literal(i+2, c.end)}
	case isForm:
		n = &Is{at, p.fieldName(i), p.valueNode(pl, i+2), p.tokens[i+2].kind == openToken}
	case allForm:
		n = &Text{Literal: p.literal(i, c.end)}
	default:
		v := p.valueNode(pl, i)
		if one, ok := v.(*Value); ok {
			n = &Text{Literal: one.Literal}
		} else {
			n = &Text{Item: v, At: at}
		}
	}
	return p.negate(from, i, n)
}
