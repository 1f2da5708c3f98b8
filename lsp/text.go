package lsp

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"
)

// encoding is the unit in which client and server count characters of a line.
type encoding string

const (
	utf8Units  encoding = "utf-8"
	utf16Units encoding = "utf-16" // the protocol's default
	utf32Units encoding = "utf-32"
)

// width is the number of units of a character that takes size bytes. A byte that is no UTF-8 counts as one.
func (e encoding) width(r rune, size int) int {
	switch {
	case e == utf8Units:
		return size
	case e == utf16Units && r >= 0x10000:
		return 2
	}
	return 1
}

// text is an immutable text with an index of its lines. Lines end with \n, \r\n or \r, as the protocol says.
type text struct {
	src   []byte
	lines []int // offset of the start of each line
	enc   encoding
}

func newText(src []byte, enc encoding) *text {
	return &text{src: src, lines: lineStarts(nil, src, 0), enc: enc}
}

// lineStarts appends the starts of the lines of src, which lies at an offset of the whole text.
func lineStarts(starts []int, src []byte, at int) []int {
	starts = append(starts, at)
	for i := 0; i < len(src); i++ {
		switch {
		case src[i] == '\n':
		case src[i] == '\r' && (i+1 == len(src) || src[i+1] != '\n'):
		default:
			continue
		}
		starts = append(starts, at+i+1)
	}
	return starts
}

// line returns the bytes of a line without its end.
func (t *text) line(n int) []byte {
	if n < 0 || n >= len(t.lines) {
		return nil
	}
	end := len(t.src)
	if n+1 < len(t.lines) {
		end = t.lines[n+1]
	}
	return bytes.TrimRight(t.src[t.lines[n]:end], "\r\n")
}

// offset converts a position to a byte offset; what lies outside a line or the text is moved to its end, and a place
// inside a character to its start.
func (t *text) offset(p position) int {
	switch {
	case p.Line < 0:
		return 0
	case p.Line >= len(t.lines):
		return len(t.src)
	}
	line := t.line(p.Line)
	units, at := 0, 0
	for at < len(line) {
		r, size := utf8.DecodeRune(line[at:])
		w := t.enc.width(r, size)
		if units+w > p.Character {
			break
		}
		units += w
		at += size
	}
	return t.lines[p.Line] + at
}

// lineOf returns the number of the line of an offset, from 0.
func (t *text) lineOf(offset int) int {
	return sort.SearchInts(t.lines, offset+1) - 1
}

// position converts a byte offset.
func (t *text) position(offset int) position {
	offset = min(max(offset, 0), len(t.src))
	line := t.lineOf(offset)
	p := position{Line: line}
	for at := t.lines[line]; at < offset; {
		r, size := utf8.DecodeRune(t.src[at:])
		if at+size > offset {
			break
		}
		p.Character += t.enc.width(r, size)
		at += size
	}
	return p
}

func (t *text) span(start, end int) textRange {
	return textRange{t.position(start), t.position(end)}
}

// apply makes the text that changes lead to. Each refers to the result of those before it.
func (t *text) apply(changes []contentChange) (*text, error) {
	for _, c := range changes {
		if c.Range == nil {
			t = newText([]byte(c.Text), t.enc)
			continue
		}
		start, end := t.offset(c.Range.Start), t.offset(c.Range.End)
		if start > end {
			return t, fmt.Errorf("a change ends at %v, before its start at %v", c.Range.End, c.Range.Start)
		}
		t = t.replace(start, end, c.Text)
	}
	return t, nil
}

// replace makes a text with a part of it replaced; of the index only what changed is made anew.
func (t *text) replace(start, end int, with string) *text {
	src := make([]byte, 0, len(t.src)-(end-start)+len(with))
	src = append(append(append(src, t.src[:start]...), with...), t.src[end:]...)
	first := t.lineOf(start)
	if first > 0 && start == t.lines[first] { // a line end before it may become or cease to be \r\n
		first--
	}
	last := sort.SearchInts(t.lines, end+1) // the first line that starts behind the change
	from, shift := t.lines[first], len(with)-(end-start)
	to := len(src)
	if last < len(t.lines) {
		to = t.lines[last] + shift
	}
	lines := lineStarts(append(make([]int, 0, len(t.lines)+8), t.lines[:first]...), src[from:to], from)
	if last < len(t.lines) && lines[len(lines)-1] == to {
		lines = lines[:len(lines)-1] // the line that follows says so itself
	}
	for _, at := range t.lines[min(last, len(t.lines)):] {
		lines = append(lines, at+shift)
	}
	return &text{src: src, lines: lines, enc: t.enc}
}
