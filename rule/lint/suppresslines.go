package lint

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// fileLines finds what comments of a TOML file cover. Comments are asked for from the last to the first, so that those of a
// block share the way to the line below it.
type fileLines struct {
	f       *rule.File
	target  map[int]rule.Span // of the start of a line without content: the next line with content
	entire  map[int]rule.Span // of the start of a line: the line with the entries on it
	byStart []rule.Span       // entries and elements, sorted by start
	byEnd   []rule.Span       // the same, by end
}

// covered is what a comment covers: its own line, or the next that holds something, with the whole entry that starts or ends
// there.
func (x *fileLines) covered(comment rule.Span) rule.Span {
	if x.target == nil {
		x.target, x.entire = map[int]rule.Span{}, map[int]rule.Span{}
		x.collect(x.f.Root)
		x.byEnd = slices.Clone(x.byStart)
		slices.SortFunc(x.byStart, func(a, b rule.Span) int { return a.Start - b.Start })
		slices.SortFunc(x.byEnd, func(a, b rule.Span) int { return a.End - b.End })
	}
	first := x.f.LineSpan(comment.Start)
	line := first
	for line.End < len(x.f.Src) && emptyLine(x.f.Src[line.Start:line.End]) {
		if t, ok := x.target[line.Start]; ok {
			line = t
			break
		}
		next := line.End + bytes.IndexByte(x.f.Src[line.End:], '\n') + 1
		line = x.f.LineSpan(next)
	}
	x.target[first.Start] = line
	return x.whole(line)
}

// collect lists the plain entries, and the strings.
func (x *fileLines) collect(n *rule.Node) {
	for _, c := range n.Children {
		entry := c.Entry
		if c.KeySpan == (rule.Span{}) {
			entry = c.Span
		}
		if tomlspan.PlainEntry(c) || c.Kind == rule.StringNode {
			x.byStart = append(x.byStart, entry)
		}
		x.collect(c)
	}
}

// whole widens the span of a line to the plain entries and array elements that start or end on it.
func (x *fileLines) whole(line rule.Span) rule.Span {
	if s, ok := x.entire[line.Start]; ok {
		return s
	}
	out := line
	widen := func(s rule.Span) { out.Start, out.End = min(out.Start, s.Start), max(out.End, s.End) }
	for i := sort.Search(len(x.byStart), func(i int) bool { return x.byStart[i].Start >= line.Start }); i < len(x.byStart) && x.byStart[i].Start <= line.End; i++ {
		widen(x.byStart[i])
	}
	for i := sort.Search(len(x.byEnd), func(i int) bool { return x.byEnd[i].End >= line.Start }); i < len(x.byEnd) && x.byEnd[i].End <= line.End; i++ {
		widen(x.byEnd[i])
	}
	x.entire[line.Start] = out
	return out
}

// emptyLine reports whether a line holds nothing but a comment.
func emptyLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// textLines finds what comments of a query cover, asked for from the last to the first.
type textLines struct {
	text   string
	starts []int
	target map[int]rule.Span // of the start of a line: what a comment alone on it covers
}

func newTextLines(text string) *textLines {
	x := &textLines{text: text, starts: []int{0}, target: map[int]rule.Span{}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			x.starts = append(x.starts, i+1)
		}
	}
	return x
}

// line is the number of the line of an offset.
func (x *textLines) line(at int) int { return sort.SearchInts(x.starts, at+1) - 1 }

// end is where a line ends, without its line break.
func (x *textLines) end(line int) int {
	if line+1 < len(x.starts) {
		return x.starts[line+1] - 1
	}
	return len(x.text)
}

// covered is what a comment covers: the lines that it stands on, or, alone there, the text to the end of the next line that
// holds something.
func (x *textLines) covered(comment rule.Span) rule.Span {
	first, last := x.line(comment.Start), x.line(comment.End)
	start, end := x.starts[first], x.end(last)
	if !blank(x.text[start:comment.Start]) || !blank(x.text[comment.End:end]) {
		return rule.Span{Start: start, End: end}
	}
	line := last
	for line+1 < len(x.starts) {
		line++
		if t, ok := x.target[line]; ok {
			start, end = t.Start, t.End
			break
		}
		start, end = x.starts[line], x.end(line)
		if text := strings.TrimSpace(x.text[start:end]); text != "" && !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "/*") {
			break
		}
	}
	x.target[first] = rule.Span{Start: start, End: end}
	return x.target[first]
}

// blank reports whether a text holds nothing but blanks; it stops at the first that is none.
func blank(s string) bool { return strings.TrimLeft(s, " \t\r\n") == "" }
