package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	const rules = "../rules/"
	tests := []struct{ stem, events, want string }{
		{"execution_interactive_shell_in_container", "match-kubectl-exec.ndjson", "0 findings\nmatch: 0\n"},
		{"execution_interactive_shell_in_container", "nomatch-service.ndjson", "0 findings\n"},
		{"impact_database_files_renamed_after_stop", "match-stop.ndjson", "0 findings\nmatch: 0 missing 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.events, func(t *testing.T) {
			var out strings.Builder
			if err := run(&out, rules+tt.stem+".toml", rules+"testdata/"+tt.stem+"/"+tt.events); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output differs (-want +got):\n%s", diff)
			}
		})
	}
}
