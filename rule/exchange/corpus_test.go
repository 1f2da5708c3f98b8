package exchange

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/format"
)

var today = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// export runs files through an Exporter.
func export(t *testing.T, files map[string][]byte, order []string) []byte {
	t.Helper()
	var ex Exporter
	for _, name := range order {
		f, diags := rule.Parse(name, files[name])
		ex.Add(f, diags)
	}
	out, problems, _ := ex.NDJSON()
	for _, p := range problems {
		if p.Severity == rule.Error {
			t.Errorf("export: %v", p)
		}
	}
	return out
}

// load runs an export through an Importer.
func load(t *testing.T, src []byte) (map[string][]byte, []string) {
	t.Helper()
	im := Importer{Today: today}
	im.Add("x.ndjson", src)
	list, problems, _ := im.Files()
	for _, p := range problems {
		if p.Severity == rule.Error {
			t.Errorf("import: %v", p)
		}
	}
	files, order := map[string][]byte{}, []string{}
	for _, f := range list {
		files[f.Name] = f.Text
		order = append(order, f.Name)
	}
	return files, order
}

// TestPublicRules takes every public rule that is at hand to Kibana's form and back: the tree of the file must be the same
// again, and a second round must give the same bytes on both sides.
func TestPublicRules(t *testing.T) {
	const corpus = "../../../shared/corpus/detection-rules"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("the public rules are not here")
	}
	n := 0
	err := filepath.WalkDir(corpus, func(p string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(p) != ".toml" {
			return err
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, diags := rule.Parse(p, src)
		if f.Kind() != rule.RuleKind || len(diags) > 0 {
			return nil
		}
		n++
		roundTrip(t, filepath.Base(p), f)
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d rules, %v", n, err)
	}
	t.Logf("%d rules", n)
}

func roundTrip(t *testing.T, name string, f *rule.File) {
	t.Helper()
	want, err := fromNode(f, f.Root)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	var ex Exporter
	ex.Add(f, nil)
	first, _, counts := ex.NDJSON()
	if counts.Rules != 1 {
		t.Errorf("%s: not exported: %v", name, ex.problems)
		return
	}
	files, order := load(t, first)
	if len(order) != 1 {
		t.Errorf("%s: %d files", name, len(order))
		return
	}
	text := files[order[0]]
	again, diags := rule.Parse(name, text)
	if len(diags) > 0 {
		t.Errorf("%s: %v\n%s", name, diags, text)
		return
	}
	got, err := fromNode(again, again.Root)
	if err != nil {
		t.Fatal(err)
	}
	got.members["metadata"] = withoutKept(got.members["metadata"])
	if at, differ := difference(want, got, ""); differ {
		t.Errorf("%s: %s differs\n%s", name, at, text)
		return
	}
	second := export(t, files, order)
	if !bytes.Equal(first, second) {
		t.Errorf("%s: the second export differs (-first +second):\n%s", name, cmp.Diff(string(first), string(second)))
	}
	if laid, err := format.Format(text, format.Options{}); err != nil || !bytes.Equal(laid, text) {
		t.Errorf("%s: fmt would change it: %v\n%s", name, err, cmp.Diff(strings.Split(string(text), "\n"), strings.Split(string(laid), "\n")))
	}
	files2, order2 := load(t, second)
	if d := cmp.Diff(string(text), string(files2[order2[0]])); d != "" {
		t.Errorf("%s: the second import differs:\n%s", name, d)
	}
}
