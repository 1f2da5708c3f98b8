package schema

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// facts reads a table of the facts folder, without its header; the test is skipped where there is none.
func facts(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "shared", "data", "fields", name))
	if err != nil {
		t.Skip("no facts folder")
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// TestPatternTable resolves every index pattern that public rules use, and compares the data streams with the table.
// A pattern without data must leave names undecided.
func TestPatternTable(t *testing.T) {
	c := open(t)
	for _, row := range facts(t, "patterns.tsv") {
		pattern, kind, to, data := row[0], row[1], row[2], row[3]
		v := c.View(Request{Indexes: []string{pattern}}, "")
		r := v.Describe("no.such_field")
		if want := data == "no" || kind == "any" || kind == "alerts"; want != (r.Presence == Undecidable) {
			t.Errorf("%s (%s, data %s): no.such_field is %v, gaps %v", pattern, kind, data, r.Presence, r.Gaps)
		}
		if kind != "integration" || data != "yes" {
			continue
		}
		var want, got []string
		for stream := range strings.FieldsSeq(to) {
			if strings.Contains(stream, ".") {
				want = append(want, datasetName(stream))
			}
		}
		for _, target := range v.Targets() {
			got = append(got, target.Datasets...)
		}
		if !strings.Contains(pattern, ".") { // "logs-aws*" meets other packages too
			got = slices.DeleteFunc(got, func(d string) bool { return !slices.Contains(want, d) })
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
}

// TestFieldUse looks up every field that a public rule uses in each list where the facts say it is found, on every stack:
// none may be absent.
func TestFieldUse(t *testing.T) {
	c := open(t)
	var stacks []string
	for _, s := range c.Stacks() {
		stacks = append(stacks, s.Version)
	}
	checked := 0
	for _, row := range facts(t, "eql-field-use.tsv") {
		field, types := row[0], strings.Split(row[3], ",")
		for source := range strings.SplitSeq(row[4], ",") {
			pattern := patternOf(source)
			if pattern == "" {
				continue
			}
			for _, v := range c.Views(Request{Indexes: []string{pattern}}, stacks...) {
				r := v.Describe(field)
				checked++
				if r.Presence != Known || r.Outside {
					t.Errorf("%s in %s on %s: presence %v, outside %v", field, pattern, v.Stack().Version, r.Presence, r.Outside)
					continue
				}
				for _, use := range r.Types {
					if !slices.Contains(types, use.Type) && use.Type != "alias" {
						t.Errorf("%s in %s on %s: type %s of %v, the facts have %v", field, pattern, v.Stack().Version, use.Type, use.Sources, types)
					}
				}
			}
		}
	}
	t.Logf("%d lookups", checked)
}

// patternOf is an index pattern for a list of the facts.
func patternOf(source string) string {
	switch {
	case source == "ecs" || source == "…" || source == "endpoint-custom" || source == "problemchild" || strings.HasPrefix(source, "non-ecs"):
		return ""
	case strings.Contains(source, ":"): // "flattened:auditd.data", "object_type:winlog.event_data"
		_, parent, _ := strings.Cut(source, ":")
		root, _, _ := strings.Cut(parent, ".")
		return map[string]string{"winlog": "winlogbeat-*", "auditd": "logs-auditd_manager.auditd-*"}[root]
	case strings.HasSuffix(source, "beat") || source == "endgame":
		return source + "-*"
	}
	for _, kind := range []string{"traces", "metrics"} {
		if strings.HasPrefix(source, "apm.") && strings.HasSuffix(source, kind) {
			return kind + "-" + source + "-*"
		}
	}
	return "logs-" + datasetName(source) + "-*"
}
