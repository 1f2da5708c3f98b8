package eval_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
)

// typedCase is a query with the columns that Elasticsearch's analyser gives it.
type typedCase struct {
	ID     string
	RuleID string `json:"rule_id"`
	Query  string
	Schema string
	Params []any
	Fields map[string]string
	Expect struct {
		OK      bool
		Columns [][]any
	}
}

// flatIndexes are the fields of a flat schema: a field with two types has them in two indexes.
func flatIndexes(fields map[string]string) []*eval.Index {
	a, b := &eval.Index{}, &eval.Index{}
	for name, t := range fields {
		types := strings.Split(t, "|")
		for i, ix := range []*eval.Index{a, b} {
			if i < len(types) {
				typ, _, _ := strings.Cut(types[i], ":")
				if typ != "-" {
					ix.Fields = append(ix.Fields, eval.Field{Name: name, Type: typ})
				}
			}
		}
	}
	return []*eval.Index{a, b}
}

// TestColumns compares the columns of compiled queries with those of Elasticsearch's analyser, where this program runs the query.
func TestColumns(t *testing.T) {
	dir := "../../../shared/conformance/esql"
	data, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Skip("no conformance cases here")
	}
	var cases []*typedCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	var schemas map[string]struct {
		Fields   map[string]string
		Lookups  map[string]map[string]string
		Policies map[string]struct {
			Match, Type string
			Fields      map[string]string
		}
	}
	data, _ = os.ReadFile(filepath.Join(dir, "schemas.json"))
	if err := json.Unmarshal(data, &schemas); err != nil {
		t.Fatal(err)
	}
	same, notRun, wrong := 0, map[string]int{}, 0
	for _, c := range cases {
		if !c.Expect.OK || len(c.Params) > 0 {
			continue
		}
		q, issues := esql.Parse(c.Query)
		if len(issues) > 0 {
			continue
		}
		s := schemas[c.Schema]
		opts := eval.Options{Indexes: flatIndexes(s.Fields), Now: time.Now(), Lookups: map[string]*eval.Table{}, Policies: map[string]*eval.Policy{}, Answer: func(string) (string, bool) { return "", true }}
		for name, fields := range s.Lookups {
			tab := &eval.Table{}
			for f, typ := range fields {
				tab.Fields = append(tab.Fields, eval.Field{Name: f, Type: typ})
			}
			opts.Lookups[name] = tab
		}
		p, err := compileSafely(q, opts)
		if err != nil {
			notRun[err.Error()]++
			if testing.Verbose() {
				t.Logf("not run: %s %q: %v", c.ID, c.Query, err)
			}
			continue
		}
		var got, want []string
		for _, col := range p.Columns() {
			got = append(got, col.Name+":"+col.Type)
		}
		for _, col := range c.Expect.Columns {
			want = append(want, fmt.Sprintf("%v:%v", col[0], col[1]))
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			wrong++
			t.Logf("%s %q: %s", c.ID, c.Query, cmp.Diff(want, got))
		} else {
			same++
		}
	}
	t.Logf("columns: %d agree, %d differ, %d queries are not run", same, wrong, len(notRun))
	if wrong*100 > same*3 {
		t.Errorf("%d of %d differ", wrong, same+wrong)
	}
}

func compileSafely(q *esql.Query, opts eval.Options) (p *eval.Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return eval.Compile(q, opts)
}
