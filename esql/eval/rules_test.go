package eval_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/rulevet/rulevet/esql/eval"
)

// corpusQueries are the ES|QL queries of the rules beside the project, by rule id.
func corpusQueries(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	filepath.WalkDir("../../../shared/corpus", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".toml") {
			return nil
		}
		data, _ := os.ReadFile(path)
		if !strings.Contains(string(data), `type = "esql"`) {
			return nil
		}
		var doc struct {
			Rule struct {
				RuleID string `toml:"rule_id"`
				Query  string
			}
		}
		if toml.Unmarshal(data, &doc) == nil && doc.Rule.Query != "" {
			out[doc.Rule.RuleID] = doc.Rule.Query
		}
		return nil
	})
	return out
}

// TestRules runs real rules over made-up documents, as a real engine did.
func TestRules(t *testing.T) {
	var rules []*struct {
		conformanceCase
		RuleID  string `json:"rule_id"`
		Index   string
		Others  []string
		Mapping json.RawMessage
		Docs    []json.RawMessage
	}
	readShared(t, "rules.json", &rules)
	queries := corpusQueries(t)
	failed, ran := 0, 0
	for _, r := range rules {
		query := queries[r.RuleID]
		if query == "" {
			continue
		}
		ran++
		indexes := map[string]corpusIndex{r.Index: buildIndex(t, r.Index, r.Mapping, nil, r.Docs)}
		for _, o := range r.Others {
			indexes[o] = buildIndex(t, o, r.Mapping, nil, nil)
		}
		res, err := runQuery(query, indexes, eval.Options{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		problem := ""
		if err != nil {
			problem = "error " + err.Error()
		} else {
			problem = compareRows(&r.conformanceCase, res)
		}
		if problem != "" {
			failed++
			t.Logf("%s %s\n%s", r.RuleID, problem, regexp.MustCompile(`(?m)^`).ReplaceAllString(query, "      "))
		}
	}
	if ran == 0 {
		t.Skip("no rules here")
	}
	t.Logf("%d of %d rules agree", ran-failed, ran)
	if failed*100 > ran*3 {
		t.Errorf("%d of %d rules differ", failed, ran)
	}
}
