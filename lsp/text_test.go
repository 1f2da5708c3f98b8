package lsp

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinesAfterEdits: the index of lines after a change is that of the whole new text.
func TestLinesAfterEdits(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"", "a", "\n", "\r", "\r\n", "é", "😀\n", "b\rc", "\n\n\n"}
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		old := newText([]byte(b.String()), utf8Units)
		start := random.IntN(len(old.src) + 1)
		end := start + random.IntN(len(old.src)-start+1)
		got := old.replace(start, end, pieces[random.IntN(len(pieces))])
		if d := cmp.Diff(lineStarts(nil, got.src, 0), got.lines); d != "" {
			t.Fatalf("%q with %d to %d replaced, %q (-want +got):\n%s", old.src, start, end, got.src, d)
		}
	}
}

// TestPositions: every place between two characters is found again, in each unit.
func TestPositions(t *testing.T) {
	const src = "a\n😀é\r\n\r𝒳x\n"
	for _, enc := range []encoding{utf8Units, utf16Units, utf32Units} {
		x := newText([]byte(src), enc)
		for i := range src {
			if i > 0 && src[i-1] == '\r' && src[i] == '\n' {
				continue // no position lies inside a line end
			}
			if got := x.offset(x.position(i)); got != i {
				t.Errorf("%s: offset %d is %v, which is offset %d", enc, i, x.position(i), got)
			}
		}
	}
	x := newText([]byte(src), utf16Units)
	for _, tt := range []struct {
		at   position
		want int
	}{
		{position{0, 99}, 1}, {position{1, 1}, 2}, {position{1, 2}, 6}, {position{99, 0}, len(src)}, {position{-1, 0}, 0}, {position{0, -1}, 0},
	} {
		if got := x.offset(tt.at); got != tt.want {
			t.Errorf("%v is offset %d, want %d", tt.at, got, tt.want)
		}
	}
}

// FuzzOutline: whatever the text, scanning and tokenising it end, stay inside, and keep their order.
func FuzzOutline(f *testing.F) {
	for _, s := range []string{"[rule]\nquery = '''\nprocess where x\n'''\n", "a.b = [\n \"x\", { c = 'd' }\n", "[[a]\nb", "x = \"\\", "q = \"\"\"a\"\"\"\"\"\nb=1",
		"`a b", "\"\"\"x", "/* x", "?x:\"a\\\"", "a~(b, 'c')"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		o := scan([]byte(src))
		last := 0
		for _, e := range o.entries {
			if e.keyStart < last || e.keyEnd < e.keyStart || e.valEnd < e.valueStart || e.valEnd > len(src) {
				t.Fatalf("%q: entry %+v after %d", src, e, last)
			}
			last = e.keyStart
			for _, l := range e.literals {
				if l.start > l.contentStart || l.contentStart > l.contentEnd && l.closed || l.contentEnd > l.end || l.end > len(src) {
					t.Fatalf("%q: literal %+v", src, l)
				}
			}
		}
		for i := range len(src) + 1 {
			o.at(i)
		}
		for _, l := range []*language{eqlLanguage, kueryLanguage, luceneLanguage, esqlLanguage} {
			at := 0
			for _, tok := range l.tokens(src) {
				if tok.start < at || tok.end <= tok.start || tok.end > len(src) {
					t.Fatalf("%s: %q: token %+v after %d", l.name, src, tok, at)
				}
				at = tok.end
			}
		}
	})
}
