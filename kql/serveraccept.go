package kql

// state is a set of places in the grammar of the server.
type state uint16

const (
	wantQuery  state = 1 << iota // an operand of a query: at its start or behind an operator
	wantBody                     // behind the colon of a field: a value or braces
	wantItem                     // a value of a field
	afterField                   // behind what may be the name of a field
	afterWords                   // behind words of a value that more words may follow
	afterOne                     // behind "and" or "or" that ends a value
	afterNot                     // behind a "not" that is a value by itself
	done                         // behind an operand that nothing extends
	wantBound                    // behind a comparison
	afterBound                   // behind words of a bound
)

// ends are the states in which an operand is complete.
const ends = afterWords | afterOne | afterNot | done | afterBound

// level is an open bracket, or the whole text.
type level struct {
	query, list state // what has been read, as a query and as a list of values
	nested      bool  // in braces: no values without a field
	open        int   // number of the bracket
}

// accept reads all tokens with every reading of the grammar at once, and pairs the brackets. It returns the number of the
// first token that fits no reading, with what could stand there, or -1.
func (p *serverParser) accept() (at int, want expectation, deep bool) {
	p.pair = make([]int, len(p.tokens))
	if len(p.tokens) == 0 {
		return -1, 0, false
	}
	stack := []level{{query: wantQuery, open: -1}}
	for i, t := range p.tokens {
		top := &stack[len(stack)-1]
		ok := true
		switch t.kind {
		case openToken, braceToken:
			next, fits := top.enter(t.kind == braceToken)
			if ok = fits; fits && len(stack) > maxDepth {
				return i, 0, true
			}
			next.open = i
			stack = append(stack, next)
		case closeToken, unbraceToken:
			if top.open < 0 || (p.tokens[top.open].kind == openToken) != (t.kind == closeToken) || (top.query|top.list)&ends == 0 {
				return i, top.wants(), false
			}
			p.pair[top.open], p.pair[i] = i, top.open
			inner := *top
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].leave(inner, t.kind == unbraceToken)
		default:
			query, list := step(top.query, t.kind, top.nested, wantQuery), step(top.list, t.kind, false, wantItem)
			if ok = query|list != 0; ok {
				top.query, top.list = query, list
			}
		}
		if !ok {
			return i, top.wants(), false
		}
	}
	if top := &stack[len(stack)-1]; len(stack) > 1 || (top.query|top.list)&ends == 0 {
		return len(p.tokens), top.wants(), false
	}
	return -1, 0, false
}

// enter opens a bracket in the current level.
func (l *level) enter(brace bool) (next level, ok bool) {
	if brace {
		return level{query: wantQuery, nested: true}, l.query&wantBody != 0
	}
	if l.query&wantQuery != 0 {
		next.query, next.nested = wantQuery, l.nested
	}
	if (l.query|l.list)&(wantBody|wantItem) != 0 || l.query&wantQuery != 0 && !l.nested {
		next.list = wantItem
	}
	return next, next.query|next.list != 0
}

// leave goes on behind a bracket that is closed.
func (l *level) leave(inner level, brace bool) {
	asQuery, asList := inner.query&ends != 0, inner.list&ends != 0
	query, list := l.query, l.list
	l.query, l.list = 0, 0
	if brace || asQuery && query&wantQuery != 0 || asList && (query&(wantBody|wantItem) != 0 || query&wantQuery != 0 && !l.nested) {
		l.query = done
	}
	if asList && list&wantItem != 0 {
		l.list = done
	}
}

// step reads a token that is no bracket; again is where an operator leads.
func step(s state, kind tokenKind, nested bool, again state) (next state) {
	value := s&(wantItem|wantBody) != 0 || s&wantQuery != 0 && !nested
	switch kind {
	case wordToken, starToken, quoteToken:
		if s&wantQuery != 0 {
			next |= afterField
		}
		if s&wantQuery != 0 && kind == starToken || kind == quoteToken && (value || s&wantBound != 0) {
			next |= done
		}
		if kind != quoteToken && (value || s&afterWords != 0) {
			next |= afterWords
		}
		if kind != quoteToken && s&(wantBound|afterBound) != 0 {
			next |= afterBound
		}
	case andToken, orToken:
		if value {
			next |= afterWords
		}
		if s&afterWords != 0 {
			next |= afterOne
		}
		if s&ends != 0 {
			next |= again
		}
	case notToken:
		if s&wantQuery != 0 {
			next |= wantQuery
		}
		if s&(wantItem|wantBody) != 0 {
			next |= wantItem
		}
		if value {
			next |= afterNot
		}
		if s&afterWords != 0 {
			next |= afterWords
		}
	case colonToken:
		if s&afterField != 0 {
			next |= wantBody
		}
	case compareToken:
		if s&afterField != 0 {
			next |= wantBound
		}
	}
	return next
}

// wants says what could stand next.
func (l *level) wants() (want expectation) {
	s := l.query | l.list
	if s&wantQuery != 0 {
		want |= wantField | wantValue | wantParen
	}
	if s&(wantItem|wantBound) != 0 {
		want |= wantValue
	}
	if s&wantBody != 0 {
		want |= wantValue | wantBrace
	}
	if s&afterField != 0 {
		want |= wantColon | wantCompare
	}
	if s&ends == 0 {
		return want
	}
	want |= wantOperator
	switch {
	case l.open < 0:
		want |= wantEnd
	case l.nested && l.list == 0:
		want |= wantCloseBrace
	default:
		want |= wantCloseParen
	}
	return want
}
