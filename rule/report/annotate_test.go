package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/report"
)

// marksOf marks each of the texts in turn: both, true, false, none.
func marksOf(f *rule.File, texts ...string) []report.Mark {
	var out []report.Mark
	for i, s := range texts {
		at := strings.Index(string(f.Src), s)
		if at < 0 {
			continue
		}
		out = append(out, report.Mark{Span: rule.Span{Start: at, End: at + len(s)}, True: i%4 < 2, False: i%4 == 0 || i%4 == 2})
	}
	return out
}

func TestAnnotate(t *testing.T) {
	long := strings.Repeat("x", 150)
	for _, tt := range []struct {
		name, src string
		texts     []string
		color     bool
		want      string
	}{
		{"signs", "[rule]\nquery = '''\nany where a\n\tand bb and ccc and d\n'''\n", []string{" a", "bb", "ccc", "d\n"}, false,
			"   3 | any where a\n     |          ++\n   4 |     and bb and ccc and d\n     |         TT     FFF     -\n"},
		{"one line, wide characters", "[rule]\nquery = 'x == \"日本\" and y'\n", []string{`x == "日本"`, "y'"}, false,
			"   2 | query = 'x == \"日本\" and y'\n     |          +++++++++++     TT\n"},
		{"over two lines", "[rule]\nquery = '''a ==\n  b'''\n", []string{"a ==\n  b"}, false,
			"   2 | query = '''a ==\n     |            ++++\n   3 |   b'''\n     | +++\n"},
		{"colour", "[rule]\nquery = '''\na or b or c\n'''\n", []string{"a", "b", "never", "c"}, true,
			"\x1b[1;34m   3 |\x1b[0m \x1b[1;32ma\x1b[0m or \x1b[1;33mb\x1b[0m or \x1b[1;31mc\x1b[0m\n     | +    T    -\n"},
		{"control characters", "[rule]\nquery = '''\na\u202e\n'''\n", []string{"a\u202e"}, false, "   3 | a\ufffd\n     | ++\n"},
		{"folded", "[rule]\nquery = '''\n" + long + "\n'''\n", []string{long}, false,
			"   3 | " + long[:140] + "\n     | " + strings.Repeat("+", 140) + "\n     | " + long[140:] + "\n     | ++++++++++\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := rule.Parse("r.toml", []byte(tt.src))
			var b strings.Builder
			if err := report.Annotate(&b, f, f.Query.Span, marksOf(f, tt.texts...), report.Options{Color: tt.color}); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, b.String()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
