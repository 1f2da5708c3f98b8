package gen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/schema/internal/blob"
)

// TestUpToDate regenerates the catalog from the facts and wants the same bytes: data and provenance agree.
func TestUpToDate(t *testing.T) {
	facts := filepath.Join("..", "..", "..", "..", "shared", "data", "fields")
	if _, err := os.Stat(facts); err != nil {
		t.Skip("no facts folder")
	}
	data := filepath.Join("..", "..", "data")
	stacks, err := os.ReadFile(filepath.Join(data, "stacks.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := build(os.DirFS(facts), stacks)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"catalog.bin": g.catalog, "provenance.tsv": g.provenance} {
		got, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s differs from what the generator makes: run go run ./schema/internal/gen/run.go -facts DIR", name)
		}
	}
}

// TestProvenance holds the catalog to its provenance without the facts: the recorded sum is that of the embedded file,
// and each table has as many rows as the record says of its source.
func TestProvenance(t *testing.T) {
	catalog, err := os.ReadFile(filepath.Join("..", "..", "data", "catalog.bin"))
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(filepath.Join("..", "..", "data", "provenance.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := blob.Open(string(catalog))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, info := range r.Tables() {
		rows[info.Name] = info.Rows
	}
	listed := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSuffix(string(record), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 8 {
			t.Fatalf("provenance.tsv:%d: %d cells, want 8", i+1, len(f))
		}
		if f[0] == "catalog.bin" {
			if want := fmt.Sprintf("%x", sha256.Sum256(catalog)); f[7] != want {
				t.Errorf("catalog.bin has sum %s, the record says %s", want, f[7])
			}
			listed["catalog.bin"] = true
			continue
		}
		name := tableName(f[0])
		n, isTable := rows[name]
		listed[name] = true
		// Rows that differ only in flags the catalog drops are one.
		if want, _ := strconv.Atoi(f[1]); isTable && (n > want || n < want*9/10) {
			t.Errorf("table %s has %d rows, its source %d", name, n, want)
		}
	}
	for name := range rows {
		kind, _, _ := strings.Cut(name, "/")
		if !listed[name] && kind != "event" && kind != "non-ecs" {
			t.Errorf("table %s is not in the record", name)
		}
	}
	if !listed["catalog.bin"] {
		t.Error("the record has no sum of catalog.bin")
	}
}

// TestUpstreamForms builds a catalog out of what projects publish.
func TestUpstreamForms(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	facts := fstest.MapFS{
		"sources.tsv": file("file\trows\trepository\tversion\tcommit\tpath\tlicence\necs-9.5.0.tsv\t1\tr\tECS 9.5.0\tc\tp\tl\n" +
			"integrations/acme.log.tsv\t1\tr\tacme 1.0.0\tc\tp\tl\nintegrations/acme.old.tsv\t1\tr\tacme 1.0.0\tc\tp\tl\n"),
		"ecs-9.5.0.tsv":                                file("field\ttype\tflags\nstale\tkeyword\t\n"),
		"integrations/acme.log.tsv":                    file("field\ttype\tflags\nstale\tkeyword\t\n"),
		"integrations/acme.old.tsv":                    file("field\ttype\tflags\nacme.kept\tkeyword\t\n"),
		"packages.tsv":                                 file("package\trules\teql\tother\there\tdata\tnewest\nacme\t1\t1\t1\t1\tyes\t2.0.0\n"),
		"eql-field-use.tsv":                            file("field\trules\topt\ttypes\tfound\n"),
		"endpoint-events.tsv":                          file("event\tos\tdata_stream\tcategory\ttype\taction\tfields\tfilter\n"),
		"endpoint-event-fields.tsv":                    file("field\tevents\n"),
		"non-ecs.tsv":                                  file("pattern\tfield\ttype\n"),
		"ecs/9.5.0/ecs_flat.yml":                       file("process.pid:\n  flat_name: process.pid\n  type: long\n  normalize: []\nprocess.args:\n  flat_name: process.args\n  type: keyword\n  ignore_above: 1024\n  normalize: [array]\n"),
		"beats/9.5.0/acmebeat/fields.yml":              file("- key: x\n  fields:\n  - name: acme\n    type: group\n    fields:\n    - name: count\n      type: long\n"),
		"non-ecs-schema.json":                          file(`{"logs-acme*":{"acme.extra":"keyword"}}`),
		"packages/acme/manifest.yml":                   file("name: acme\nversion: 2.0.0\n"),
		"packages/acme/data_stream/log/fields/ecs.yml": file("- name: process.pid\n  external: ecs\n"),
		"packages/acme/data_stream/log/fields/own.yml": file("- name: acme.msg\n  type: text\n  multi_fields:\n  - {name: raw, type: keyword}\n"),
	}
	const stacks = "stack\tecs\tbeats\tendgame\n9.5.0\t9.5.0\t9.5.0\t8.4.0\n"
	g, err := build(facts, []byte(stacks))
	if err != nil {
		t.Fatal(err)
	}
	again, err := build(facts, []byte(stacks))
	if err != nil || !bytes.Equal(g.catalog, again.catalog) || !bytes.Equal(g.provenance, again.provenance) {
		t.Errorf("a second run gives other bytes (%v)", err)
	}
	want := `beat/acmebeat 9.5.0: acme.count long
ecs/9.5.0 9.5.0: process.args keyword ignore_above=1024,normalize=array; process.pid long
integration/acme.log 2.0.0: acme.msg text; acme.msg.raw keyword m; process.pid long
integration/acme.old 1.0.0: acme.kept keyword
non-ecs/logs-acme* : acme.extra keyword
`
	if diff := cmp.Diff(want, dump(t, g.catalog)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	facts["packages/acme/data_stream/log/fields/own.yml"] = file("- name: acme.msg\n  type: txet\n")
	if _, err := build(facts, []byte(stacks)); err == nil || !strings.Contains(err.Error(), "own.yml:1:3: unknown type \"txet\"") {
		t.Errorf("a broken list: %v", err)
	}
}

// dump writes the tables of a catalog, one a line.
func dump(t *testing.T, catalog []byte) string {
	t.Helper()
	r, err := blob.Open(string(catalog))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, info := range r.Tables() {
		entries, err := r.Decode(i)
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, e := range entries {
			typ, flags := r.Attr(e.Attr)
			rows = append(rows, strings.TrimSpace(r.Name(e.Name)+" "+typ+" "+flags))
		}
		fmt.Fprintf(&out, "%s %s: %s\n", info.Name, info.Version, strings.Join(rows, "; "))
	}
	return out.String()
}
