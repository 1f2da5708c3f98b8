package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

func TestCategoriesAndPipes(t *testing.T) {
	tests := []struct{ keys, query, want string }{
		{"", `process where process.pid == 1`, ``},
		{"", `Process where process.pid == 1`, "warning query/category-case did you mean `process`?"},
		{"", `proces where process.pid == 1`, "warning query/category-case did you mean `process`?"},
		{"", `"process" where process.pid == 1`, ``},
		{"", `acme where process.pid == 1`, `info query/category-case `},
		{"", `sequence by host.id with maxspan=1m [file where file.name != null] [NETWORK where destination.port == 80]`, "warning query/category-case did you mean `network`?"},
		{"", `any where event.category == "process" and process.pid == 1`, "info query/category-case write `process where`, and leave out the condition on `event.category`"},
		{"", `any where event.category in ("process", "file") and process.pid == 1`, ``},
		{"", `any where event.category == "process" or process.pid == 1`, ``},
		{"event_category_override = \"event.type\"\n", `start where process.pid == 1`, ``},
		{"event_category_override = \"event.type\"\n", `Start where process.pid == 1`, "warning query/category-case did you mean `start`?"},
		{"event_category_override = \"event.module\"\n", `Anything where process.pid == 1`, ``},
		{"", `process where process.pid == 1 | head 100`, ``},
		{"", `process where process.pid == 1 | head 50 + 51`, `warning query/head-size a rule searches for ` + "`max_signals`" + ` results before the pipes see them`},
		{"max_signals = 10\n", `process where process.pid == 1 | tail 11`, `warning query/head-size a rule searches for ` + "`max_signals`" + ` results before the pipes see them`},
		{"max_signals = 1000\n", `process where process.pid == 1 | tail 1000`, ``},
	}
	for _, tt := range tests {
		text := layOver(t, "[rule]\n"+tt.keys+"query = '''\n"+tt.query+"\n'''\n")
		r := lintSources(t, Options{Config: &check.Config{Preset: check.Strict}, Only: []string{"query/category-case", "query/head-size"}}, Source{Path: basePath, Src: []byte(text)})
		var got []string
		for _, d := range r.Diagnostics {
			got = append(got, fmt.Sprint(d.Severity, " ", d.Code, " ", d.Hint))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s%s (-want +got)\n%s", tt.keys, tt.query, diff)
		}
	}
}
