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

// Position converts a byte offset. Offsets outside the file are moved to its ends. A byte order mark has no column.
func (f *File) Position(offset int) Position {
	offset = max(0, min(offset, len(f.Src)))
	starts := f.lineStarts()
	line := sort.SearchInts(starts, offset+1) // the first line that starts after offset
	before := f.Src[starts[line-1]:offset]
	if line == 1 {
		before = bytes.TrimPrefix(before, []byte(byteOrderMark))
	}
	return Position{Line: line, Column: 1 + utf8.RuneCount(before), Offset: offset}
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
