package rule

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// lineStarts returns the offset of each line's first byte.
func (f *File) lineStarts() []int {
	if f.whole != nil {
		return f.whole.lineStarts()
	}
	f.lineOnce.Do(func() {
		starts := make([]int, 1, bytes.Count(f.Src, []byte{'\n'})+1)
		for i, c := range f.Src {
			if c == '\n' {
				starts = append(starts, i+1)
			}
		}
		f.lineStart = starts
	})
	return f.lineStart
}

// LineBreak is the line break that the file uses, as its first line tells.
func (f *File) LineBreak() string {
	if i := bytes.IndexByte(f.Src, '\n'); i > 0 && f.Src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// LineSpan is the line of an offset, without its line ending.
func (f *File) LineSpan(offset int) Span {
	offset = max(0, min(offset, len(f.Src)))
	starts := f.lineStarts()
	line := sort.SearchInts(starts, offset+1)
	start, end := starts[line-1], len(f.Src)
	if line < len(starts) {
		end = starts[line] - 1
	}
	if end > start && f.Src[end-1] == '\r' {
		end--
	}
	return Span{Start: start, End: max(end, start)}
}

// runeBlock is the distance, in bytes, of the places before which the characters are counted once for all.
const runeBlock = 1024

// runesBefore counts the characters between the start of a line and an offset, in a long line by what is counted already.
func (f *File) runesBefore(start, offset int) int {
	if offset-start <= 4*runeBlock {
		return utf8.RuneCount(f.Src[start:offset])
	}
	if f.whole != nil {
		return f.whole.runesBefore(start, offset)
	}
	f.runesOnce.Do(func() {
		f.runes = make([]int, len(f.Src)/runeBlock+1)
		for i := 1; i < len(f.runes); i++ {
			f.runes[i] = f.runes[i-1] + runeStarts(f.Src[(i-1)*runeBlock:i*runeBlock])
		}
	})
	count := func(at int) int { return f.runes[at/runeBlock] + runeStarts(f.Src[at/runeBlock*runeBlock:at]) }
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

// Position converts a byte offset. Offsets outside the file are moved to its ends. A byte order mark has no column.
func (f *File) Position(offset int) Position {
	offset = max(0, min(offset, len(f.Src)))
	starts := f.lineStarts()
	line := sort.SearchInts(starts, offset+1) // the first line that starts after offset
	start := starts[line-1]
	if line == 1 && bytes.HasPrefix(f.Src[:offset], []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	}
	return Position{Line: line, Column: 1 + f.runesBefore(start, offset), Offset: offset}
}

// Offset is the inverse of Position: the byte offset of a line and column, both from 1. A column beyond the line's end
// gives its end. It reports false for a line that does not exist or a column below 1.
func (f *File) Offset(line, column int) (int, bool) {
	starts := f.lineStarts()
	if line < 1 || line > len(starts) || column < 1 {
		return 0, false
	}
	at := starts[line-1]
	text := f.lineBytes(line)
	if line == 1 && bytes.HasPrefix(text, []byte(byteOrderMark)) {
		at, text = at+len(byteOrderMark), text[len(byteOrderMark):]
	}
	for ; column > 1 && len(text) > 0; column-- {
		_, n := utf8.DecodeRune(text)
		at, text = at+n, text[n:]
	}
	return at, true
}

// Lines returns the number of lines; an empty file has one.
func (f *File) Lines() int { return len(f.lineStarts()) }

// Line returns the text of a line (from 1) without its line ending, or "".
func (f *File) Line(line int) string { return string(f.lineBytes(line)) }

func (f *File) lineBytes(line int) []byte {
	starts := f.lineStarts()
	if line < 1 || line > len(starts) {
		return nil
	}
	end := len(f.Src)
	if line < len(starts) {
		end = starts[line] - 1
	}
	return bytes.TrimSuffix(f.Src[starts[line-1]:end], []byte{'\r'})
}

// Slice returns the text of a span; parts outside the file are left out.
func (f *File) Slice(s Span) string {
	start := max(0, min(s.Start, len(f.Src)))
	return string(f.Src[start:max(start, min(s.End, len(f.Src)))])
}
