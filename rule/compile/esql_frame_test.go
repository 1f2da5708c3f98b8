package compile

import (
	"testing"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// TestRowsFrame: queries of ES|QL have equal frames if they differ in comments and layout alone.
func TestRowsFrame(t *testing.T) {
	frame := func(query string) search.Frame {
		t.Helper()
		f, _ := rule.Parse("r.toml", []byte("[rule]\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''\n"+query+"\n'''\n"))
		p, err := (&Compiler{}).Compile(f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return search.FrameOf(p.Program)
	}
	base := frame(`FROM logs-* | STATS n = COUNT(*) BY host.name | WHERE n > 5`)
	tests := []struct {
		query string
		same  bool
	}{
		{"FROM logs-*\n| STATS n = COUNT(*) BY host.name // by host\n| WHERE n > 5", true},
		{`FROM logs-* | STATS n = COUNT(*) BY host.name | WHERE n > 6`, false},
		{`FROM logs-* | STATS n = COUNT(*) BY user.name | WHERE n > 5`, false},
	}
	for _, tt := range tests {
		if got := frame(tt.query).Rest == base.Rest; got != tt.same {
			t.Errorf("%s: the frame is the same: %v, want %v", tt.query, got, tt.same)
		}
	}
}
