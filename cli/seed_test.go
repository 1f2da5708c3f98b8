package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// seedRule is the rule that the project started from; the example rule asks the same of an event.
const seedRule = "../../shared/seed/execution_interactive_exec_to_container.toml"

// TestSeed runs both rules over a session opened with kubectl exec and what differs from it in one thing.
func TestSeed(t *testing.T) {
	for _, path := range []string{brokenBase, seedRule} {
		src, err := os.ReadFile(path)
		if err != nil && path == seedRule {
			t.Skipf("no seed rule: %v", err)
		}
		if found := lintBroken(t, string(src)); strings.Contains(found, " error ") {
			t.Errorf("%s has errors:\n%s", path, found)
		}
		for _, tt := range []struct {
			name  string
			edit  func(process, container map[string]any, event map[string]any)
			match bool
		}{
			{"as it is", func(p, c, e map[string]any) {}, true},
			{"not interactive", func(p, c, e map[string]any) { p["interactive"] = false }, false},
			{"interactive unknown", func(p, c, e map[string]any) { delete(p, "interactive") }, false},
			{"no container", func(p, c, e map[string]any) { delete(c, "id") }, false},
			{"empty container id", func(p, c, e map[string]any) { c["id"] = "" }, true},
			{"start among the types", func(p, c, e map[string]any) { e["type"] = []string{"info", "start"} }, true},
			{"another type", func(p, c, e map[string]any) { e["type"] = []string{"info", "end"} }, false},
			{"type in another case", func(p, c, e map[string]any) { e["type"] = "START" }, false},
			{"entry type in another case", func(p, c, e map[string]any) { leader(p)["entry_meta"] = map[string]any{"type": "CONTAINER"} }, true},
			{"entry type of several", func(p, c, e map[string]any) {
				leader(p)["entry_meta"] = map[string]any{"type": []string{"sshd", "container"}}
			}, true},
			{"later process", func(p, c, e map[string]any) { leader(p)["same_as_process"] = false }, false},
			{"another category", func(p, c, e map[string]any) { e["category"] = "file" }, false},
			{"two categories", func(p, c, e map[string]any) { e["category"] = []string{"session", "process"} }, true},
		} {
			t.Run(tt.name, func(t *testing.T) {
				process := map[string]any{"name": "sh", "interactive": true,
					"entry_leader": map[string]any{"same_as_process": true, "entry_meta": map[string]any{"type": "container"}}}
				container := map[string]any{"id": "0c8f2d"}
				event := map[string]any{"category": "process", "type": "start"}
				tt.edit(process, container, event)
				doc, err := json.Marshal(map[string]any{"@timestamp": "2026-11-20T10:00:00Z", "process": process, "container": container, "event": event})
				if err != nil {
					t.Fatal(err)
				}
				if tt.match {
					ruletest.Match(t, path, string(doc))
				} else {
					ruletest.NoMatch(t, path, string(doc))
				}
			})
		}
	}
}

func leader(process map[string]any) map[string]any { return process["entry_leader"].(map[string]any) }
