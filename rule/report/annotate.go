package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// Mark says what tests showed of a piece of a rule file.
type Mark struct {
	Span        rule.Span // bytes of the file
	True, False bool      // the outcomes that were seen
}

// marker is the sign under a piece of text.
func (m Mark) marker() byte {
	switch {
	case m.True && m.False:
		return '+'
	case m.True:
		return 'T'
	case m.False:
		return 'F'
	}
	return '-'
}

func (m Mark) color() string {
	switch {
	case m.True && m.False:
		return green
	case m.True || m.False:
		return yellow
	}
	return red
}

// AnnotateLegend explains the signs of Annotate.
func AnnotateLegend(opts Options) string {
	w := textWriter{opts: opts}
	return w.paint(green, "+ seen true and false") + ", " + w.paint(yellow, "T only true") + ", " + w.paint(yellow, "F only false") + ", " + w.paint(red, "- never reached")
}

// Annotate prints the lines of a span with the marks in them: in colour, and with signs below, see AnnotateLegend. The
// marks are in order and do not overlap. Long lines are folded.
func Annotate(out io.Writer, f *rule.File, span rule.Span, marks []Mark, opts Options) error {
	w := &textWriter{bufio.NewWriter(out), nil, opts}
	first, last := f.Position(span.Start), f.Position(span.End)
	for n := first.Line; n <= last.Line; n++ {
		start, _ := f.Offset(n, 1)
		line := annotatedLine{cells: cells(f.Line(n))}
		if len(line.cells) == 0 || n == last.Line && strings.Trim(f.Line(n), `"' `) == "" || n == first.Line && last.Line > n && span.Start > start && noneIn(marks, start, start+len(f.Line(n))) {
			continue // the quotes around the query
		}
		line.place(f, n, start, marks)
		line.write(w, fmt.Sprintf("%4d |", n))
	}
	return w.Flush()
}

func noneIn(marks []Mark, start, end int) bool {
	for _, m := range marks {
		if m.Span.Start < end && m.Span.End > start {
			return false
		}
	}
	return true
}

// annotatedLine is a line of the file, with the mark of each cell (nil: none).
type annotatedLine struct {
	cells []cell
	marks []*Mark
}

// place finds the cells of the marks: one cell stands for one character.
func (l *annotatedLine) place(f *rule.File, n, start int, marks []Mark) {
	l.marks = make([]*Mark, len(l.cells))
	end := start + len(f.Line(n))
	for i := range marks {
		m := &marks[i]
		if m.Span.Start > end || m.Span.End <= start {
			continue
		}
		from := f.Position(max(start, m.Span.Start)).Column - 1
		to := f.Position(min(end, m.Span.End)).Column - 1
		for c := from; c < min(to, len(l.cells)); c++ {
			l.marks[c] = m
		}
	}
}

// write prints the line, folded to the room there is.
func (l *annotatedLine) write(w *textWriter, gutter string) {
	most := w.opts.columns(len(gutter) + 1)
	for from := 0; from < len(l.cells); {
		to, width := from, 0
		for to < len(l.cells) && width+l.cells[to].width <= most {
			width += l.cells[to].width
			to++
		}
		l.row(w, gutter, from, max(to, from+1))
		from, gutter = max(to, from+1), strings.Repeat(" ", len(gutter)-1)+"|"
	}
}

func (l *annotatedLine) row(w *textWriter, gutter string, from, to int) {
	var text, signs strings.Builder
	for i := from; i < to; i++ {
		m := l.marks[i]
		if w.opts.Color && m != nil && (i == from || l.marks[i-1] != m) {
			text.WriteString(m.color())
		}
		text.WriteString(l.cells[i].text)
		if w.opts.Color && m != nil && (i == to-1 || l.marks[i+1] != m) {
			text.WriteString(reset)
		}
		sign := byte(' ')
		if m != nil {
			sign = m.marker()
		}
		signs.WriteString(strings.Repeat(string(sign), l.cells[i].width))
	}
	fmt.Fprintf(w, "%s %s\n", w.paint(blue, gutter), strings.TrimRight(text.String(), " "))
	if below := strings.TrimRight(signs.String(), " "); below != "" {
		fmt.Fprintf(w, "%s| %s\n", strings.Repeat(" ", len(gutter)-1), below)
	}
}
