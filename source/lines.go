package source

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"
)

// Position is a place in a text as people count: Line and Column start at 1, Column counts code points, Offset bytes.
type Position struct{ Line, Column, Offset int }

// Lines is a text with an index of its lines, made when it is first asked for. It may be used by many at once.
type Lines struct {
	Src []byte // the text whose lines they are

	startOnce sync.Once
	start     []int // see starts
	runesOnce sync.Once
	runes     []int // see runesBefore
}

// NewLines makes the index of a text, which must not change afterwards.
func NewLines(src []byte) *Lines { return &Lines{Src: src} }

// starts returns the offset of each line's first byte.
func (l *Lines) starts() []int {
	l.startOnce.Do(func() {
		starts := make([]int, 1, bytes.Count(l.Src, []byte{'\n'})+1)
		for i, c := range l.Src {
			if c == '\n' {
				starts = append(starts, i+1)
			}
		}
		l.start = starts
	})
	return l.start
}

// LineBreak is the line break that the text uses, as its first line tells.
func (l *Lines) LineBreak() string {
	if i := bytes.IndexByte(l.Src, '\n'); i > 0 && l.Src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// LineSpan is the line of an offset, without its line ending.
func (l *Lines) LineSpan(offset int) Span {
	offset = max(0, min(offset, len(l.Src)))
	starts := l.starts()
	line := sort.SearchInts(starts, offset+1)
	start, end := starts[line-1], len(l.Src)
	if line < len(starts) {
		end = starts[line] - 1
	}
	if end > start && l.Src[end-1] == '\r' {
		end--
	}
	return Span{Start: start, End: max(end, start)}
}

// ByteOrderMark is what some editors put at the start of a file in UTF-8; it has no column.
const ByteOrderMark = "\ufeff"

// runeBlock is the distance, in bytes, of the places before which the characters are counted once for all.
const runeBlock = 1024

// runesBefore counts the characters between the start of a line and an offset, in a long line by what is counted already.
func (l *Lines) runesBefore(start, offset int) int {
	if offset-start <= 4*runeBlock {
		return utf8.RuneCount(l.Src[start:offset])
	}
	l.runesOnce.Do(func() {
		l.runes = make([]int, len(l.Src)/runeBlock+1)
		for i := 1; i < len(l.runes); i++ {
			l.runes[i] = l.runes[i-1] + runeStarts(l.Src[(i-1)*runeBlock:i*runeBlock])
		}
	})
	count := func(at int) int { return l.runes[at/runeBlock] + runeStarts(l.Src[at/runeBlock*runeBlock:at]) }
	return count(offset) - count(start)
}

// runeStarts counts the bytes that start a character; a block may end within one.
func runeStarts(src []byte) int {
	n := 0
	for _, c := range src {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

// Position converts a byte offset. Offsets outside the text are moved to its ends. A byte order mark has no column.
func (l *Lines) Position(offset int) Position {
	offset = max(0, min(offset, len(l.Src)))
	starts := l.starts()
	line := sort.SearchInts(starts, offset+1) // the first line that starts after offset
	start := starts[line-1]
	if line == 1 && bytes.HasPrefix(l.Src[:offset], []byte(ByteOrderMark)) {
		start = len(ByteOrderMark)
	}
	return Position{Line: line, Column: 1 + l.runesBefore(start, offset), Offset: offset}
}

// Offset is the inverse of Position: the byte offset of a line and column, both from 1. A column beyond the line's end
// gives its end. It reports false for a line that does not exist or a column below 1.
func (l *Lines) Offset(line, column int) (int, bool) {
	starts := l.starts()
	if line < 1 || line > len(starts) || column < 1 {
		return 0, false
	}
	at := starts[line-1]
	text := l.lineBytes(line)
	if line == 1 && bytes.HasPrefix(text, []byte(ByteOrderMark)) {
		at, text = at+len(ByteOrderMark), text[len(ByteOrderMark):]
	}
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		at, text = at+n, text[n:]
	}
	return at, true
}

// Count returns the number of lines; an empty text has one.
func (l *Lines) Count() int { return len(l.starts()) }

// Line returns the text of a line (from 1) without its line ending, or "".
func (l *Lines) Line(line int) string { return string(l.lineBytes(line)) }

func (l *Lines) lineBytes(line int) []byte {
	starts := l.starts()
	if line < 1 || line > len(starts) {
		return nil
	}
	end := len(l.Src)
	if line < len(starts) {
		end = starts[line] - 1
	}
	return bytes.TrimSuffix(l.Src[starts[line-1]:end], []byte{'\r'})
}

// Slice returns the text of a span; parts outside the text are left out.
func (l *Lines) Slice(s Span) string {
	start := max(0, min(s.Start, len(l.Src)))
	return string(l.Src[start:max(start, min(s.End, len(l.Src)))])
}
