package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExcerptOfLongLines: a line that is cut first shows what it shows without the cut.
func TestExcerptOfLongLines(t *testing.T) {
	unit := "añ\t界😀 x"
	long := strings.Repeat(unit, 2000)
	runes := []rune(long)
	for _, start := range []int{0, 1, 100, 139, 140, 141, 500, 7000, len(runes) - 300, len(runes) - 10, len(runes)} {
		near, before, behind := around(long, start)
		if want := string(runes[before:min(len(runes), start+2*maxColumns)]); near != want {
			t.Errorf("start %d: the cut keeps %d bytes, want %d", start, len(near), len(want))
		}
		if want := start+2*maxColumns < len(runes); behind != want {
			t.Errorf("start %d: behind is %t", start, behind)
		}
		text, indent, width := excerpt(long, start, start+1, maxColumns)
		if n := len([]rune(text)); n > maxColumns+2 || indent > maxColumns || width < 1 {
			t.Errorf("start %d: %d characters, indent %d, width %d", start, n, indent, width)
		}
	}
	text, indent, width := excerpt(strings.Repeat("-", 9000)+"here"+strings.Repeat("-", 9000), 9000, 9004, maxColumns)
	want := []any{"…" + strings.Repeat("-", 40) + "here" + strings.Repeat("-", 96) + "…", 41, 4}
	if diff := cmp.Diff(want, []any{text, indent, width}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExcerptFitsTheTerminal: on a narrow terminal no line of an excerpt wraps, and what is underlined stays in sight.
func TestExcerptFitsTheTerminal(t *testing.T) {
	r := sample()
	for width := 40; width <= 200; width += 7 {
		for line := range strings.Lines(string(render(t, r, "text", Options{Width: width}))) {
			line = strings.TrimRight(line, "\n")
			if _, excerpt, ok := strings.Cut(line, " | "); ok && len([]rune(line)) > width {
				t.Errorf("width %d: %d columns: %s", width, len([]rune(line)), excerpt)
			}
		}
	}
}
