package tomlspan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/source"
)

// TestEditsOfLongTexts compares edits, which are read again with what is around them, with reading all of the document.
func TestEditsOfLongTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 7))
	pieces := []string{`"`, `'`, `\`, " ", "\n", "x", "é", "\t", "''", `""`, "\x01", "some words", "and more of them"}
	draw := func(most int) string {
		var b strings.Builder
		for n := rng.IntN(most + 1); n > 0; n-- {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	made, refused := 0, 0
	for range 20000 {
		value := draw(30)
		literal := QuoteString(value)
		switch rng.IntN(3) {
		case 0:
			literal = `"""` + "\n" + EscapeBlock(value) + `"""`
		case 1:
			if block, ok := QuoteLiteralBlock(value); ok {
				literal = block
			}
		}
		if rng.IntN(3) == 0 && literal[0] == '"' {
			literal = strings.Replace(literal, "words", `w\u006f`+"rds", 1)
			if strings.HasPrefix(literal, `"""`) {
				literal = strings.Replace(literal, "more", "\\\n   more", 1)
			}
		}
		src := "k = " + literal + "\n"
		doc := Parse([]byte(src))
		text := doc.Root.Get("k").Text()
		if len(doc.Errors) > 0 || text == nil {
			t.Fatalf("%q: %+v", src, doc.Errors)
		}
		var edits []source.ValueEdit
		at := 0
		for range 1 + rng.IntN(3) {
			start := boundary(text.Value, at+rng.IntN(len(text.Value)-at+1))
			end := boundary(text.Value, min(start+rng.IntN(4), len(text.Value)))
			edits = append(edits, source.ValueEdit{Start: start, End: max(start, end), New: draw(3)})
			at = max(start, end)
		}
		want := text.Value
		for i := len(edits) - 1; i >= 0; i-- {
			want = want[:edits[i].Start] + edits[i].New + want[edits[i].End:]
		}
		got, err := text.Edits(edits...)
		if err != nil {
			refused++
			if literal[0] == '"' && !strings.HasPrefix(literal, `"""`) { // in a block three quotes may meet
				t.Fatalf("%q, %+v: %v", src, edits, err)
			}
			continue
		}
		made++
		out, err := Apply([]byte(src), got)
		if err != nil {
			t.Fatalf("%q, %+v: %v", src, edits, err)
		}
		if again := Parse(out); len(again.Errors) > 0 || again.Root.Get("k").Str != want {
			t.Fatalf("%q, %+v gives %q: %+v", src, edits, out, again.Errors)
		}
	}
	if made < 10000 || refused < 100 {
		t.Errorf("%d edits made, %d refused", made, refused)
	}
}

// boundary is the start of the character that holds an offset.
func boundary(s string, at int) int {
	for at > 0 && at < len(s) && s[at]&0xC0 == 0x80 {
		at--
	}
	return at
}
