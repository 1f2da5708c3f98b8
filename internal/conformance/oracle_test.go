package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
)

var oracle = flag.String("oracle", "", "folder with programs that ask an Elasticsearch (elasticsearch/run, esql/run, esqlrun/run): write the answers of all suites anew")

// A question is a line for a program that asks Elasticsearch; id is its place.
type question = map[string]any

// reply is a line of its answers.
type reply struct {
	IDs     []string
	OK      *bool
	Columns [][2]any
	Values  []json.RawMessage
	Error   json.RawMessage
}

// phase is the part of the search that fails; empty if none does.
func (r *reply) phase() string {
	var e struct{ Phase string }
	_ = json.Unmarshal(r.Error, &e)
	return e.Phase
}

// asker collects the questions of a program.
type asker struct {
	lines []question
	n     int
}

func (a *asker) add(q question) string {
	a.n++
	id := fmt.Sprint(a.n)
	q["id"] = id
	a.lines = append(a.lines, q)
	return id
}

// ask runs the program; the answers are by id.
func (a *asker) ask(t *testing.T, program string) map[string]*reply {
	t.Helper()
	var in bytes.Buffer
	for _, l := range a.lines {
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(b, '\n'))
	}
	cmd := exec.Command(filepath.Join(*oracle, program, "run"))
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	replies := map[string]*reply{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l struct {
			ID string
			reply
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if l.ID == "" {
			t.Fatalf("an index is refused: %s", lines.Text())
		}
		replies[l.ID] = &l.reply
	}
	return replies
}

// index adds the index of a suite: its mapping and its events.
func (a *asker) index(t *testing.T, name string, s *Suite, with func(index string) bool) {
	t.Helper()
	var mapping json.RawMessage = s.Files["mapping.json"]
	list := map[string]json.RawMessage{}
	for i, d := range docs(t, s) {
		if with == nil || with(d.IndexName) {
			list[fmt.Sprint(i+1)] = d.Source
		}
	}
	if len(list) > 0 {
		a.lines = append(a.lines, question{"index": name, "mapping": mapping, "docs": list})
	}
}

// TestAskOracle writes the answers of all suites anew.
func TestAskOracle(t *testing.T) {
	if *oracle == "" {
		t.Skip("no -oracle")
	}
	var a asker
	var later []func(map[string]*reply)
	var all []*Suite
	for _, folder := range []string{"kuery", "kql", "lucene"} {
		for _, s := range suites(t, folder) {
			all = append(all, s)
			later = append(later, a.queries(t, folder, s)...)
		}
	}
	for _, s := range suites(t, "rules") {
		all = append(all, s)
		later = append(later, a.rules(t, s)...)
	}
	replies := a.ask(t, "elasticsearch")
	for _, f := range later {
		f(replies)
	}
	all = append(all, askESQL(t)...)
	for _, s := range all {
		if err := os.WriteFile(s.Path, s.Format(), 0o666); err != nil {
			t.Error(err)
		}
	}
}

// queries asks the queries of a language.
func (a *asker) queries(t *testing.T, folder string, s *Suite) (later []func(map[string]*reply)) {
	index := folder + "-" + strings.TrimSuffix(filepath.Base(s.Path), ".txtar")
	a.index(t, index, s, nil)
	fields := fieldsOf(t, s)
	for _, c := range s.Cases {
		q := question{"index": index}
		switch folder {
		case "kql":
			o := optionsOf(t, c)
			q["kql"], q["case_insensitive"] = c.Query, o.CaseInsensitive
			if o.TimeZone != "" {
				q["time_zone"] = o.TimeZone
			}
			if o.DefaultField != "" {
				q["default_field"] = o.DefaultField
			}
		case "lucene":
			q["dsl"] = question{"query_string": question{"query": c.Query, "analyze_wildcard": true}}
		default:
			tree, issues := kql.Parse(c.Query, kql.Kuery)
			if kql.HasErrors(issues) {
				c.Answer = "! parse"
				continue
			}
			dsl, err := eval.Translate(tree, fields)
			if err != nil {
				c.Answer = refused(err)
				continue
			}
			q["dsl"] = json.RawMessage(dsl)
		}
		id := a.add(q)
		later = append(later, func(replies map[string]*reply) { c.Answer = replies[id].ids() })
	}
	return later
}

// ids is the answer of a query that finds events.
func (r *reply) ids() string {
	if p := r.phase(); p != "" {
		return "! " + p
	}
	out := "="
	for _, id := range r.IDs {
		out += " " + id
	}
	return out
}

// askESQL asks the analyser and the engine of ES|QL.
func askESQL(t *testing.T) []*Suite {
	checks, runs := suites(t, "esql/check"), suites(t, "esql/run")
	var a asker
	var later []func(map[string]*reply)
	for _, s := range checks {
		var schema question
		if err := json.Unmarshal(s.Files["schema.json"], &schema); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cases {
			id := a.analyse(c, schema)
			later = append(later, func(replies map[string]*reply) { c.Answer = replies[id].analysed() })
		}
	}
	var engine asker
	var then []func(engine, analyser map[string]*reply)
	for _, s := range runs {
		engine.lines = append(engine.lines, question{"index": "ev", "delete": true})
		engine.index(t, "ev", s, nil)
		fields := analyserFields(t, s.Files["mapping.json"])
		for _, c := range s.Cases {
			id, at := engine.add(question{"query": c.Query}), a.analyse(c, question{"fields": fields})
			then = append(then, func(engine, analyser map[string]*reply) {
				c.Answer = engine[id].table()
				if now := analyser[at].analysed(); strings.HasPrefix(now, "!") != strings.HasPrefix(c.Answer, "!") || !strings.HasPrefix(c.Answer, now) && now[0] == '=' {
					t.Errorf("%s: the engine says %s, the analyser of 9.5 %s: leave it out", c.Query, c.Answer, now)
				}
			})
		}
	}
	analyser := a.ask(t, "esql")
	for _, f := range later {
		f(analyser)
	}
	engine.lines = engine.lines[1:] // nothing to remove yet
	answers := engine.ask(t, "esqlrun")
	for _, f := range then {
		f(answers, analyser)
	}
	return append(checks, runs...)
}

// analyse adds a query for the analyser.
func (a *asker) analyse(c *Case, schema question) string {
	q := question{"query": c.Query}
	for k, v := range schema {
		q[k] = v
	}
	return a.add(q)
}

// analysed is the answer of the analyser: columns, or the place of the first error.
func (r *reply) analysed() string {
	if r.OK != nil && *r.OK {
		return r.columns()
	}
	var text string
	_ = json.Unmarshal(r.Error, &text)
	first := ""
	line, column := 0, 0
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		var l, c int
		_, _ = fmt.Sscan(m[1]+" "+m[2], &l, &c)
		if first == "" || l < line || l == line && c < column {
			first, line, column = "! "+m[1]+":"+m[2], l, c
		}
	}
	if first == "" {
		return "! " + text
	}
	return first
}

func (r *reply) columns() string {
	out := "="
	for _, c := range r.Columns {
		out += fmt.Sprintf(" %v:%v", c[0], c[1])
	}
	return out
}

// table is the answer of the engine.
func (r *reply) table() string {
	if len(r.Error) > 0 {
		return "! fails"
	}
	out := r.columns()
	for _, row := range r.Values {
		out += "\n" + string(row)
	}
	return out
}

// analyserFields are the fields of a mapping without objects, by name.
func analyserFields(t *testing.T, mapping []byte) map[string]string {
	t.Helper()
	type property struct {
		Type       string
		Properties map[string]json.RawMessage
		Fields     map[string]json.RawMessage
	}
	out := map[string]string{}
	var walk func(prefix string, props map[string]json.RawMessage)
	walk = func(prefix string, props map[string]json.RawMessage) {
		for name, raw := range props {
			var p property
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			if p.Type != "" && p.Type != "object" && p.Type != "nested" {
				out[prefix+name] = p.Type
			}
			walk(prefix+name+".", p.Properties)
			walk(prefix+name+".", p.Fields)
		}
	}
	var root property
	if err := json.Unmarshal(mapping, &root); err != nil {
		t.Fatal(err)
	}
	walk("", root.Properties)
	return out
}
