package tomlspan

import (
	"bytes"
	"fmt"
	"strings"
)

// UnifiedDiff returns the difference of two texts in the unified format with three lines of context, as diff -u and
// patch know it; nil if they are equal.
func UnifiedDiff(oldName, newName string, oldText, newText []byte) []byte {
	if bytes.Equal(oldText, newText) {
		return nil
	}
	a, b := splitLines(string(oldText)), splitLines(string(newText))
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for _, h := range hunks(diffLines(a, b)) {
		h.write(&out, a, b)
	}
	return out.Bytes()
}

func splitLines(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, line)
	}
	return lines
}

// change replaces the old lines [a0, a1) by the new lines [b0, b1).
type change struct{ a0, a1, b0, b1 int }

// diffLines finds the changed runs of lines: common lines at both ends are cut off, what is between is aligned by the
// longest common subsequence, or taken as one change if it is large.
func diffLines(a, b []string) []change {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	const largest = 4 << 20 // cells of the table
	if len(x)*len(y) > largest {
		return []change{{head, len(a) - tail, head, len(b) - tail}}
	}
	return align(x, y, head)
}

// align computes the longest common subsequence of two lists that both start at line offset.
func align(x, y []string, offset int) []change {
	width := len(y) + 1
	length := make([]int32, (len(x)+1)*width)
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	var out []change
	for i, j := 0, 0; i < len(x) || j < len(y); {
		if i < len(x) && j < len(y) && x[i] == y[j] {
			i, j = i+1, j+1
			continue
		}
		c := change{i, i, j, j}
		for i < len(x) || j < len(y) {
			if i < len(x) && j < len(y) && x[i] == y[j] {
				break
			}
			if j == len(y) || i < len(x) && length[(i+1)*width+j] >= length[i*width+j+1] {
				i++
			} else {
				j++
			}
		}
		c.a1, c.b1 = i, j
		out = append(out, change{c.a0 + offset, c.a1 + offset, c.b0 + offset, c.b1 + offset})
	}
	return out
}

type hunk []change

const context = 3

// hunks joins changes whose contexts touch.
func hunks(changes []change) []hunk {
	var out []hunk
	for _, c := range changes {
		if n := len(out); n > 0 && c.a0-out[n-1][len(out[n-1])-1].a1 <= 2*context {
			out[n-1] = append(out[n-1], c)
		} else {
			out = append(out, hunk{c})
		}
	}
	return out
}

func (h hunk) write(out *bytes.Buffer, a, b []string) {
	first, last := h[0], h[len(h)-1]
	before := min(context, first.a0)
	after := min(context, len(a)-last.a1)
	a0, a1 := first.a0-before, last.a1+after
	b0, b1 := first.b0-before, last.b1+after
	fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(a0, a1), lineRange(b0, b1))
	at := a0
	for _, c := range h {
		writeLines(out, ' ', a[at:c.a0])
		writeLines(out, '-', a[c.a0:c.a1])
		writeLines(out, '+', b[c.b0:c.b1])
		at = c.a1
	}
	writeLines(out, ' ', a[at:a1])
}

func lineRange(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func writeLines(out *bytes.Buffer, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
