package report

import (
	"sort"
	"strings"
	"unicode"
)

// Snippets are cropped to a window of at most maxColumns, since a query may stand on one line of 50,000 characters.
const (
	maxColumns = 140
	minColumns = 30 // however narrow the terminal is
	tabStop    = 4
)

// cell is one character of a source line as it is shown.
type cell struct {
	text  string
	width int
}

// cells turns a line into what a terminal can show: tabs become spaces, control and format characters a replacement
// character (a rule must not be able to move the cursor or reverse the text).
func cells(line string) []cell {
	out := make([]cell, 0, len(line))
	column := 0
	for _, r := range line {
		c := cell{string(r), runeWidth(r)}
		switch {
		case r == '\t':
			n := tabStop - column%tabStop
			c = cell{strings.Repeat(" ", n), n}
		case hidden(r):
			c = cell{"\ufffd", 1}
		}
		column += c.width
		out = append(out, c)
	}
	return out
}

// longLine is the length in bytes from which a line is cut before its characters are measured: a file may have thousands
// of findings on one line of a megabyte.
const longLine = 4096

// around cuts a long line to the characters near start; cut says how many are gone in front, and whether some are behind.
func around(line string, start int) (near string, before int, behind bool) {
	if len(line) <= longLine {
		return line, 0, false
	}
	from, to, column := 0, len(line), 0
	for i := range line {
		if column == start-maxColumns {
			from, before = i, column
		}
		if column == start+2*maxColumns {
			to, behind = i, true
			break
		}
		column++
	}
	return line[from:to], before, behind
}

// columns is the room for text behind a gutter.
func (o Options) columns(gutter int) int {
	if o.Width <= 0 {
		return maxColumns
	}
	return max(minColumns, min(maxColumns, o.Width-gutter-2)) // the marks of what is cut take two
}

// excerpt shows the characters around [start, end) of a line, most columns of them, and says how many columns to indent by and
// underline.
func excerpt(line string, start, end, most int) (text string, indent, width int) {
	near, cut, behind := around(line, start)
	start, end = start-cut, end-cut
	cs := cells(near)
	start = max(0, min(start, len(cs)))
	end = max(start, min(end, len(cs)))
	total, before := 0, 0
	for i, c := range cs {
		if i < start {
			before += c.width
		}
		total += c.width
	}
	from, prefix, suffix := 0, "", ""
	if (total > most || behind) && before > most/2 {
		for skip := before - most*2/7; skip > 0; from++ {
			skip -= cs[from].width
			before -= cs[from].width
		}
		prefix = "…"
	}
	var b strings.Builder
	b.WriteString(prefix)
	shown := from
	for room := most; shown < len(cs) && room > 0; shown++ {
		b.WriteString(cs[shown].text)
		room -= cs[shown].width
	}
	if shown < len(cs) || behind {
		suffix = "…"
	}
	for _, c := range cs[start:min(end, max(start, shown))] {
		width += c.width
	}
	return strings.TrimRight(b.String(), " ") + suffix, before + len([]rune(prefix)), max(1, width)
}

// visible makes text safe to print on one line.
func visible(s string) string {
	clean := func(r rune) bool { return hidden(r) || r == '\t' }
	if strings.IndexFunc(s, clean) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case hidden(r):
			return '\ufffd'
		}
		return r
	}, s)
}

// hidden reports whether a character shows nothing, or changes how others show: controls, bidirectional overrides.
func hidden(r rune) bool {
	return r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || r == '\u2028' || r == '\u2029')
}

// wide lists the ranges of East Asian wide and fullwidth characters and emoji (Unicode 15, EastAsianWidth W and F,
// neighbouring ranges joined where the gap is unassigned).
var wide = [...][2]rune{
	{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0}, {0x23F3, 0x23F3},
	{0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F}, {0x2693, 0x2693}, {0x26A1, 0x26A1},
	{0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5}, {0x26CE, 0x26CE}, {0x26D4, 0x26D4}, {0x26EA, 0x26EA},
	{0x26F2, 0x26F3}, {0x26F5, 0x26F5}, {0x26FA, 0x26FA}, {0x26FD, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B},
	{0x2728, 0x2728}, {0x274C, 0x274C}, {0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27B0, 0x27B0}, {0x27BF, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55}, {0x2E80, 0x303E},
	{0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0xA4C6}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
	{0xFE10, 0xFE19}, {0xFE30, 0xFE6B}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x16FE0, 0x18CD5}, {0x1AFF0, 0x1B2FB},
	{0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320},
	{0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3},
	{0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC},
	{0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596},
	{0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2},
	{0x1F6D5, 0x1F6DF}, {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F93A},
	{0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAF8}, {0x20000, 0x3FFFD},
}

// runeWidth is the number of terminal columns of a character.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) || r == '\u200d' {
		return 0
	}
	i := sort.Search(len(wide), func(i int) bool { return wide[i][1] >= r })
	if i < len(wide) && wide[i][0] <= r {
		return 2
	}
	return 1
}
