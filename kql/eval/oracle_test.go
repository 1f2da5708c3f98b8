package eval_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/schema"
)

// TestOracle compares random queries over random documents with a real Elasticsearch: set RULEVET_ORACLE to the number of
// queries. It needs ../shared/oracle and a JDK.
func TestOracle(t *testing.T) {
	count, _ := strconv.Atoi(os.Getenv("RULEVET_ORACLE"))
	const run = "../../../shared/oracle/elasticsearch/run"
	if _, err := os.Stat(run); count == 0 || err != nil {
		t.Skip("no RULEVET_ORACLE, or no oracle")
	}
	luceneOnly := os.Getenv("RULEVET_LUCENE") != ""
	seed, _ := strconv.ParseUint(os.Getenv("RULEVET_SEED"), 10, 64)
	g := newGenerator(seed)
	docs := map[string]json.RawMessage{}
	for i := range 60 {
		docs[strconv.Itoa(i+1)] = json.RawMessage(g.document())
	}
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	_ = json.Unmarshal([]byte(testSettings), &settings)
	fields := fieldsOf(t, catalog, json.RawMessage(testMapping), settings)
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	_ = enc.Encode(map[string]any{"index": "x", "mapping": json.RawMessage(testMapping), "settings": settings, "docs": docs})
	type asked struct {
		query  string
		ids    []string
		phase  string
		flavor kql.Flavor
		detail string
	}
	var list []asked
	for len(list) < count {
		a := asked{flavor: kql.Flavor(g.IntN(2))}
		if luceneOnly || g.IntN(4) == 0 {
			a.query = g.lucene(1)
			a.ids, a.phase = luceneOutcome(a.query, fields, docs)
			_ = enc.Encode(map[string]any{"id": strconv.Itoa(len(list)), "index": "x", "explain": true,
				"dsl": map[string]any{"query_string": map[string]any{"query": a.query, "analyze_wildcard": true}}})
			a.detail = "lucene"
			list = append(list, a)
			continue
		}
		a.query = g.query(2, a.flavor == kql.Server)
		line := map[string]any{"id": strconv.Itoa(len(list)), "index": "x", "explain": true}
		if a.flavor == kql.Server {
			line["kql"] = a.query
		} else {
			q, issues := kql.Parse(a.query, kql.Kuery)
			if kql.HasErrors(issues) {
				continue
			}
			dsl, err := eval.Translate(q, fields)
			if err != nil {
				continue
			}
			line["dsl"] = json.RawMessage(dsl)
			a.detail = string(dsl)
		}
		a.ids, a.phase, _ = outcome(a.query, a.flavor, fields, docs, eval.Options{TimestampField: "x"})
		_ = enc.Encode(line)
		list = append(list, a)
	}
	cmd := exec.Command(run)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TMPDIR=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	wrong, checked, hidden := 0, 0, 0
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var answer struct {
			ID     string
			IDs    []string
			Lucene string
			Error  *struct{ Phase, Type, Reason string }
		}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		i, err := strconv.Atoi(answer.ID)
		if err != nil {
			t.Fatalf("%s", lines.Bytes())
		}
		checked++
		a := list[i]
		slices.SortFunc(answer.IDs, func(x, y string) int {
			m, _ := strconv.Atoi(x)
			n, _ := strconv.Atoi(y)
			return m - n
		})
		want := fmt.Sprint(answer.IDs)
		if answer.Error != nil {
			want = answer.Error.Phase + " " + answer.Error.Reason
		}
		same := answer.Error != nil && a.phase == answer.Error.Phase || answer.Error == nil && a.phase == "" && slices.Equal(a.ids, answer.IDs)
		if !same && a.phase == "query" && strings.Contains(answer.Lucene, "was rewritten to a") {
			hidden++ // the values that the index has decide that a range matches nothing, before an error is found
			continue
		}
		if !same {
			if wrong++; wrong <= 40 {
				t.Errorf("%s: %s\n got %v %s\nwant %s\n%.300s\n%.300s", a.flavor, a.query, a.ids, a.phase, want, a.detail, answer.Lucene)
			}
		}
	}
	t.Logf("%d of %d queries differ; %d errors were hidden by what the index holds", wrong, checked, hidden)
	if checked != len(list) {
		t.Errorf("%d answers to %d questions", checked, len(list))
	}
}

// luceneOutcome is outcome for a text in Lucene's syntax.
func luceneOutcome(query string, fields mapping.Fields, docs map[string]json.RawMessage) (ids []string, phase string) {
	p, err := eval.CompileLucene(query, fields, eval.Options{})
	if err != nil {
		return nil, "query"
	}
	return matching(p, docs, "x"), ""
}
