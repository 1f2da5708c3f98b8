package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// TestCorpusKQL: every KQL query of the public rules parses, is checked without an error, and can be run.
func TestCorpusKQL(t *testing.T) {
	root := "../../../shared/corpus/detection-rules"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no shared corpus")
	}
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".toml") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, _ := rule.Parse(path, src)
		for key, index := range map[string]string{"query": "index", "threat_query": "threat_index"} {
			text, lang := f.Lookup("rule", key), f.Lookup("rule", "language")
			if text == nil || key == "query" && (lang == nil || lang.Str != "kuery") {
				continue
			}
			count++
			var indexes []string
			if n := f.Lookup("rule", index); n != nil {
				indexes = n.Strings()
			}
			q, issues := kql.Parse(text.Str, kql.Kuery)
			view := catalog.View(schema.Request{Indexes: indexes}, "")
			for _, i := range append(issues, kql.Check(q, view)...) {
				if i.Level == kql.Error {
					t.Errorf("%s: %s: %s", d.Name(), i.Code, i.Message)
				}
			}
			p, err := eval.Compile(q, view, eval.Options{Open: true})
			if err != nil {
				t.Errorf("%s: %v", d.Name(), err)
				continue
			}
			dec := event.NewDecoder(p.Layout())
			var rec event.Record
			if err := dec.Decode([]byte(`{"process": {"name": "cmd.exe"}, "event": {"category": ["process"]}}`), &rec); err != nil {
				t.Fatal(err)
			}
			p.Match(&rec)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(count, "queries")
}
