package prove

import (
	"math/rand/v2"
	"testing"

	"github.com/rulevet/rulevet/internal/cputime"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

var overlaps = []struct {
	name string
	a, b string // the rule without its table; a query alone is one of EQL
	want string
}{
	{"order and brackets", `process where a == "x" and (b == "y" or b == "z")`, `process where b in ("z", "y") and a == "x"`, "equal"},
	{"double negation", `process where not (a != "x" or b == "y")`, `process where b != "y" and a == "x"`, "equal"},
	{"regular expressions", `process where process.name regex "a(b|c)"`, `process where process.name regex ("ab", "a[c]")`, "equal"},
	{"a limit more", `process where a == "x" and b == "y"`, `process where a == "x"`, "a in b"},
	{"a pattern", `process where process.name : "abc.exe"`, `process where process.name : "a*"`, "a in b"},
	{"another pattern", `process where process.name : "abc.exe"`, `process where process.name : "b*"`, ""},
	{"one of two", `process where process.name : "abc.exe"`, `process where process.name : "b*" or process.name : "a*"`, "a in b"},
	{"category", `process where a == "x"`, `any where a == "x"`, "a in b"},
	{"another category", `process where a == "x"`, `file where a == "x"`, ""},
	{"a field that is not read", `process where a == "x"`, `process where a == "x" and b == "y" and c == "z"`, "b in a"},
	{"a rule that never matches", `process where a == "x" and not a == "x"`, `process where a == "x"`, ""},
	{"sequence", `sequence by h [process where a == "x" and b == "y"] [file where true]`, `sequence by h [process where a == "x"] [file where true]`, "a in b"},
	{"sequence of more steps", `sequence by h [process where a == "x"] [file where true] [network where true]`, `sequence by h [process where a == "x"] [file where true]`, "a in b"},
	{"sequence in a shorter time", `sequence by h with maxspan=1m [process where a == "x"] [file where true]`, `sequence by h with maxspan=5m [process where a == "x"] [file where true]`, "a in b"},
	{"languages", `process where a == "x" and b == "y"`, "type = \"query\"\nlanguage = \"kuery\"\nquery = 'event.category:process and a:x'", "a in b"},
	{"indexes", "type = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.*\"]\nquery = 'any where a == \"x\"'",
		"type = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-*\"]\nquery = 'any where a == \"x\"'", "a in b"},
	{"other indexes", "type = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-a-*\"]\nquery = 'any where a == \"x\"'",
		"type = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-b-*\"]\nquery = 'any where a == \"x\"'", ""},
	{"thresholds", "type = \"threshold\"\nlanguage = \"kuery\"\nquery = 'a:x'\n[rule.threshold]\nfield = [\"h\"]\nvalue = 9",
		"type = \"threshold\"\nlanguage = \"kuery\"\nquery = 'a:(x or y)'\n[rule.threshold]\nfield = [\"h\"]\nvalue = 5", "a in b"},
	{"other groups", "type = \"threshold\"\nlanguage = \"kuery\"\nquery = 'a:x'\n[rule.threshold]\nfield = [\"h\"]\nvalue = 9",
		"type = \"threshold\"\nlanguage = \"kuery\"\nquery = 'a:x'\n[rule.threshold]\nfield = [\"g\"]\nvalue = 5", ""},
	{"new terms", "type = \"new_terms\"\nlanguage = \"kuery\"\nquery = 'a:x and b:y'\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"h\"]\n[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"",
		"type = \"new_terms\"\nlanguage = \"kuery\"\nquery = 'a:x'\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"h\"]\n[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"", ""},
	{"ES|QL", "type = \"esql\"\nlanguage = \"esql\"\nquery = 'FROM logs-* | WHERE a == \"x\" | STATS n = COUNT(*) BY h'",
		"type = \"esql\"\nlanguage = \"esql\"\nquery = 'FROM logs-* | WHERE a == \"x\" /* one */ | STATS n = COUNT(*) BY h'", "equal"},
	{"ES|QL, another number", "type = \"esql\"\nlanguage = \"esql\"\nquery = 'FROM logs-* | WHERE a == \"x\" | STATS n = COUNT(*) BY h | WHERE n > 5'",
		"type = \"esql\"\nlanguage = \"esql\"\nquery = 'FROM logs-* | WHERE a == \"x\" | STATS n = COUNT(*) BY h | WHERE n > 6'", ""},
}

func overlapOf(list []Overlap) string {
	out := ""
	for _, o := range list {
		if o.Equal {
			return "equal"
		}
		out += o.Inner.Path + " in " + o.Outer.Path
	}
	return out
}

func TestOverlaps(t *testing.T) {
	for _, tt := range overlaps {
		var files []*rule.File
		for i, q := range []string{tt.a, tt.b} {
			if q[:4] != "type" {
				q = "type = \"eql\"\nlanguage = \"eql\"\nquery = " + rule.QuoteTOML(q)
			}
			f, _ := rule.Parse(string(rune('a'+i)), []byte("[rule]\n"+q+"\n"))
			if _, err := (&compile.Compiler{}).Compile(f, compile.Options{}); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			files = append(files, f)
		}
		if got := overlapOf(Overlaps(&compile.Compiler{}, files, OverlapOptions{})); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestOverlapsOfTunings puts tuned public rules beside the rules that they come from: what a comparison of two proves is found among all,
// and nothing else is. With -v and -tunings 900 it shows what a set of twice the public rules costs.
func TestOverlapsOfTunings(t *testing.T) {
	compiler := &compile.Compiler{}
	rules := publicRules(t, compiler)
	random := rand.New(rand.NewPCG(*tuningSeed, 3))
	donors := donorsOf(rules)
	files := make([]*rule.File, 0, 2*len(rules))
	want := map[[2]*rule.File]bool{}
	for i, p := range rules {
		files = append(files, p.File)
		kind := allTunings[random.IntN(len(allTunings))]
		text := kind.make(newTuner(random, p, donors))
		if i%max(len(rules) / *tunings, 1) != 0 || text == "" {
			continue
		}
		f, _ := rule.Parse(p.File.Path+" "+kind.name, []byte(text))
		files = append(files, f)
		if patterns(p.File.Rule.Index, f.Rule.Index) != Equal {
			continue
		}
		switch c := Rules(compiler, p.File, f); c.Relation {
		case Equal:
			want[[2]*rule.File{p.File, f}] = true
		case Narrower:
			want[[2]*rule.File{f, p.File}] = true
		case Wider:
			want[[2]*rule.File{p.File, f}] = true
		}
	}
	began := cputime.Used()
	found := Overlaps(compiler, files, OverlapOptions{})
	took := cputime.Used() - began
	got := map[[2]*rule.File]bool{}
	for _, o := range found {
		got[[2]*rule.File{o.Inner, o.Outer}] = true
	}
	missed := 0
	for pair := range want {
		if !got[pair] {
			missed++
			t.Logf("missed: %s in %s", pair[0].Path, pair[1].Path)
		}
	}
	t.Logf("%d rules in %v: %d of %d found", len(files), took, len(want)-missed, len(want))
	if missed > len(want)/20 {
		t.Errorf("%d of %d pairs were missed", missed, len(want))
	}
}

func BenchmarkOverlaps(b *testing.B) {
	compiler := &compile.Compiler{}
	var files []*rule.File
	for _, p := range publicRules(b, compiler) {
		files = append(files, p.File)
	}
	b.ResetTimer()
	for b.Loop() {
		Overlaps(compiler, files, OverlapOptions{})
	}
}
