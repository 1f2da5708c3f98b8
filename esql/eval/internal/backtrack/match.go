package backtrack

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSteps is how many steps a search in one text may take for each of its bytes, beside a constant.
const (
	MaxSteps     = 2000
	constantStep = 500000
)

// ErrTooComplex means that a search took too many steps.
var ErrTooComplex = errors.New("the regular expression needs too many steps on this text")

type machine struct {
	re    *Regexp
	text  string
	regs  []int
	stack []frame
	steps int
}

// frame is a place to go back to (pc >= 0), or a register to restore (pc is -1 minus its number).
type frame struct{ pc, pos int }

// Find returns the first match that starts at or after from, as pairs of byte offsets by group (-1: the group took no
// part), nil if there is none.
func (re *Regexp) Find(text string, from int) ([]int, error) {
	m := &machine{re: re, text: text, regs: make([]int, 2*re.groups+re.regs), steps: constantStep + MaxSteps*len(text)}
	for pos := from; pos <= len(text); {
		if re.prefix != "" {
			i := strings.Index(text[pos:], re.prefix)
			if i < 0 {
				return nil, nil
			}
			pos += i
		}
		for i := range m.regs {
			m.regs[i] = -1
		}
		end, ok := m.run(0, pos, 0)
		if m.steps < 0 {
			return nil, ErrTooComplex
		}
		if ok {
			m.regs[0], m.regs[1] = pos, end
			return m.regs[:2*re.groups], nil
		}
		_, n := utf8.DecodeRuneInString(text[pos:])
		pos += max(n, 1)
	}
	return nil, nil
}

// EmptyInPair tells whether the expression matches nothing between the two halves of the pair of UTF-16 units that the
// character at a place is in Java. It looks at what stands near.
func (re *Regexp) EmptyInPair(text string, at int) bool {
	const near = 256
	from, end := max(at-near, 0), min(at+utf8.UTFMax+near, len(text))
	for from < at && !utf8.RuneStart(text[from]) {
		from++
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	const half = "\ufffd"
	halves := text[from:at] + half + half + text[at+utf8.UTFMax:end]
	m := &machine{re: re, text: halves, regs: make([]int, 2*re.groups+re.regs), steps: constantStep}
	for i := range m.regs {
		m.regs[i] = -1
	}
	pos := at - from + len(half)
	stop, ok := m.run(0, pos, 0)
	return ok && stop == pos
}

// run executes the program from pc until its end; depth counts nested calls.
func (m *machine) run(pc, pos, depth int) (int, bool) {
	base := len(m.stack)
	for {
		m.steps--
		if m.steps < 0 {
			m.stack = m.stack[:base]
			return 0, false
		}
		in := &m.re.prog[pc]
		ok := true
		switch in.op {
		case opChar:
			r, n := m.rune(pos)
			ok = n > 0 && r == in.r
			pos, pc = pos+n, pc+1
		case opFoldChar:
			r, n := m.rune(pos)
			ok = n > 0 && equalFold(r, in.r)
			pos, pc = pos+n, pc+1
		case opSet:
			r, n := m.rune(pos)
			ok = n > 0 && in.set.has(r)
			pos, pc = pos+n, pc+1
		case opSplit:
			m.stack = append(m.stack, frame{in.y, pos})
			pc = in.x
		case opJump:
			pc = in.x
		case opSave, opMark:
			m.stack = append(m.stack, frame{-1 - in.x, m.regs[in.x]})
			m.regs[in.x] = pos
			pc++
		case opMoved:
			pc++
			if m.regs[in.x] == pos {
				pc = in.y
			}
		case opBackref:
			pos, ok = m.backref(in, pos)
			pc++
		case opAtomic:
			var end int
			mark := len(m.stack)
			if end, ok = m.nested(pc+1, pos, depth); ok {
				m.keepUndo(mark)
				pos = end
			}
			pc = in.x
		case opLook:
			mark := len(m.stack)
			_, found := m.nested(pc+1, pos, depth)
			if found && in.neg {
				m.undo(mark)
			} else if found {
				m.keepUndo(mark)
			}
			ok = found != in.neg
			pc = in.x
		case opLookBehind:
			ok = m.behind(in, pc+1, pos, depth) != in.neg
			pc = in.x
		case opEnd:
			if depth == 0 {
				m.stack = m.stack[:base]
			}
			return pos, true
		default:
			ok = m.assert(in.op, pos)
			pc++
		}
		for !ok {
			if len(m.stack) == base {
				return 0, false
			}
			f := m.stack[len(m.stack)-1]
			m.stack = m.stack[:len(m.stack)-1]
			if f.pc >= 0 {
				pc, pos, ok = f.pc, f.pos, true
			} else {
				m.regs[-1-f.pc] = f.pos
			}
		}
	}
}

// nested runs a part of the program of its own; on success what it left on the stack stays for the caller to judge.
func (m *machine) nested(pc, pos, depth int) (int, bool) {
	return m.run(pc, pos, depth+1)
}

// keepUndo drops the places to go back to above mark, but keeps the registers to restore.
func (m *machine) keepUndo(mark int) {
	kept := m.stack[:mark]
	for _, f := range m.stack[mark:] {
		if f.pc < 0 {
			kept = append(kept, f)
		}
	}
	m.stack = kept
}

// undo restores the registers above mark.
func (m *machine) undo(mark int) {
	for len(m.stack) > mark {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.pc < 0 {
			m.regs[-1-f.pc] = f.pos
		}
	}
}

func (m *machine) behind(in *inst, pc, pos, depth int) bool {
	lowest := 0
	if in.max >= 0 {
		lowest = max(0, pos-in.max)
	}
	for start := pos - in.min; start >= lowest && m.steps > 0; start-- {
		if start < len(m.text) && !utf8.RuneStart(m.text[start]) {
			continue
		}
		mark := len(m.stack)
		end, ok := m.nested(pc, start, depth)
		for ok && end != pos { // another way to match may end in the right place
			end, ok = m.retry(mark, depth)
		}
		if ok {
			if in.neg {
				m.undo(mark)
			} else {
				m.keepUndo(mark)
			}
			return true
		}
		m.undo(mark)
	}
	return false
}

// retry goes back to the last choice above mark.
func (m *machine) retry(mark, depth int) (int, bool) {
	for len(m.stack) > mark {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.pc < 0 {
			m.regs[-1-f.pc] = f.pos
			continue
		}
		if end, ok := m.run(f.pc, f.pos, depth+1); ok {
			return end, true
		}
	}
	return 0, false
}

func (m *machine) rune(pos int) (rune, int) {
	if pos >= len(m.text) {
		return 0, 0
	}
	if c := m.text[pos]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(m.text[pos:])
}

func (m *machine) before(pos int) rune {
	r, _ := utf8.DecodeLastRuneInString(m.text[:pos])
	return r
}

func (m *machine) backref(in *inst, pos int) (int, bool) {
	lo, hi := m.regs[2*in.x], m.regs[2*in.x+1]
	if lo < 0 || hi < lo {
		return pos, false
	}
	want := m.text[lo:hi]
	m.steps -= len(want)
	if len(m.text)-pos < len(want) {
		return pos, false
	}
	got := m.text[pos : pos+len(want)]
	return pos + len(want), got == want || in.fold && strings.EqualFold(got, want)
}

func (m *machine) assert(op opcode, pos int) bool {
	switch op {
	case opTextStart:
		return pos == 0
	case opTextEnd:
		return pos == len(m.text)
	case opFinalEnd:
		return pos == len(m.text) || pos == len(m.text)-1 && m.text[pos] == '\n' || m.text[pos:] == "\r\n" && m.re.flavor == Java
	case opLineStart:
		return pos == 0 || m.text[pos-1] == '\n' && (pos < len(m.text) || m.re.flavor == Ruby)
	case opLineEnd:
		return pos == len(m.text) || m.text[pos] == '\n'
	}
	return (m.wordBefore(pos) != m.wordAt(pos)) == (op == opWord)
}

func (m *machine) wordAt(pos int) bool {
	r, n := m.rune(pos)
	return n > 0 && (isWord(m.re.flavor, r) || m.marked(r, pos))
}

func (m *machine) wordBefore(pos int) bool {
	if pos == 0 {
		return false
	}
	r := m.before(pos)
	return isWord(m.re.flavor, r) || m.marked(r, pos-utf8.RuneLen(r))
}

// maxMarks is how many marks behind one letter are looked at.
const maxMarks = 64

// marked tells whether a character is a mark on a letter or digit, which Java counts to the word.
func (m *machine) marked(r rune, pos int) bool {
	if m.re.flavor != Java || !unicode.Is(unicode.Mn, r) {
		return false
	}
	for range maxMarks {
		if !unicode.Is(unicode.Mn, r) {
			return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r)
		}
		if pos <= 0 {
			return false
		}
		r = m.before(pos)
		pos -= utf8.RuneLen(r)
	}
	return false
}

func equalFold(a, b rune) bool {
	if a == b {
		return true
	}
	for f := unicode.SimpleFold(a); f != a; f = unicode.SimpleFold(f) {
		if f == b {
			return true
		}
	}
	return false
}
