package esql

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// conformance is the folder of the cases, beside the project; tests skip without it.
const conformance = "../../shared/conformance/esql"

type sharedCase struct {
	ID     string            `json:"id"`
	RuleID string            `json:"rule_id"`
	Path   string            `json:"path"`
	Query  string            `json:"query"`
	Schema string            `json:"schema"`
	Params []json.RawMessage `json:"params"`
	Fields map[string]string `json:"fields"`
	Infer  map[string]string `json:"inference"`
	Expect struct {
		OK      bool        `json:"ok"`
		Stage   string      `json:"stage"`
		Columns [][2]string `json:"columns"`
		Errors  []struct {
			Line   *int   `json:"line"`
			Column *int   `json:"column"`
			Kind   string `json:"kind"`
			Name   string `json:"name"`
		} `json:"errors"`
	} `json:"expect"`
}

func readShared(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(conformance, name))
	if os.IsNotExist(err) {
		t.Skip("no shared folder beside the project")
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkCase runs a query with the schema of its case.
func checkCase(t testing.TB, schemas map[string]json.RawMessage, c sharedCase) (*Info, []Issue) {
	t.Helper()
	var s *Schema
	var err error
	if c.Fields != nil {
		s = &Schema{Fields: FieldMap(c.Fields), Inference: c.Infer, Policies: map[string]*Policy{}, Lookups: map[string]Fields{}}
	} else {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(schemas[c.Schema], &m); err != nil {
			t.Fatal(err)
		}
		if c.Params != nil {
			m["params"], _ = json.Marshal(c.Params)
		}
		data, _ := json.Marshal(m)
		if s, err = ParseSchema(data); err != nil {
			t.Fatal(err)
		}
	}
	return Verify(c.Query, s)
}

// score counts the cases of a kind that agree.
type score struct{ ok, all int }

func (s *score) add(ok bool) {
	s.all++
	if ok {
		s.ok++
	}
}

func (s score) percent() float64 { return 100 * float64(s.ok) / float64(max(s.all, 1)) }

func TestConformance(t *testing.T) {
	var cases []sharedCase
	readShared(t, "cases.json", &cases)
	schemas := map[string]json.RawMessage{}
	readShared(t, "schemas.json", &schemas)
	var verdicts, columns, lines score
	var differ []string
	for _, c := range cases {
		info, issues := checkCase(t, schemas, c)
		errs := errorsOf(issues)
		same := (len(errs) == 0) == c.Expect.OK
		verdicts.add(same)
		if !same {
			differ = append(differ, c.ID+" "+c.Query+": "+describe(c.Query, errs)+" want "+wanted(c))
			continue
		}
		if c.Expect.OK {
			got := columnsOf(info)
			same = got == wanted(c)
			columns.add(same)
			if !same {
				differ = append(differ, c.ID+" "+c.Query+": columns "+got+"\n   want "+wanted(c))
			}
			continue
		}
		if e := c.Expect.Errors[0]; e.Line != nil && *e.Line > 0 {
			line := 1 + strings.Count(c.Query[:errs[0].Span.Start], "\n")
			lines.add(line == *e.Line)
			if line != *e.Line {
				differ = append(differ, c.ID+" "+c.Query+": "+describe(c.Query, errs)+" want "+wanted(c))
			}
		}
	}
	sort.Strings(differ)
	t.Logf("verdicts %.1f %%, columns %.1f %%, lines %.1f %% of %d cases", verdicts.percent(), columns.percent(), lines.percent(), len(cases))
	for _, d := range differ {
		t.Log(d)
	}
	if verdicts.percent() < 98 || columns.percent() < 97 || lines.percent() < 97 {
		t.Error("below the targets: verdicts 98 %, columns 97 %, lines 97 %")
	}
}

func errorsOf(issues []Issue) []Issue {
	var out []Issue
	for _, i := range issues {
		if i.Level == Error {
			out = append(out, i)
		}
	}
	return out
}

func describe(src string, issues []Issue) string {
	if len(issues) == 0 {
		return "accepted"
	}
	var out []string
	for _, i := range issues {
		out = append(out, place(src, i.Span.Start)+" "+i.Code+": "+i.Message)
	}
	return strings.Join(out, "; ")
}

func columnsOf(info *Info) string {
	var out []string
	for _, a := range info.Columns {
		out = append(out, a.Name+":"+a.Type.Column())
	}
	return strings.Join(out, " ")
}

func wanted(c sharedCase) string {
	var out []string
	if c.Expect.OK {
		for _, col := range c.Expect.Columns {
			out = append(out, col[0]+":"+col[1])
		}
		return strings.Join(out, " ")
	}
	for _, e := range c.Expect.Errors {
		at := "nowhere"
		if e.Line != nil && e.Column != nil {
			at = strings.TrimSpace(strings.Join([]string{itoa(*e.Line), itoa(*e.Column)}, ":"))
		}
		out = append(out, c.Expect.Stage+" "+at+" "+e.Kind+" "+e.Name)
	}
	return strings.Join(out, "; ")
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// ruleQuery reads the query of a rule of the corpus.
func ruleQuery(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../shared/corpus/detection-rules", path))
	if os.IsNotExist(err) {
		t.Skip("no corpus beside the project")
	}
	var r struct {
		Rule struct {
			Query string `toml:"query"`
		} `toml:"rule"`
	}
	if err == nil {
		err = toml.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(path, err)
	}
	return r.Rule.Query
}

func TestRules(t *testing.T) {
	var rules []sharedCase
	readShared(t, "rules.json", &rules)
	var verdicts, columns, lines score
	for _, c := range rules {
		c.Query = ruleQuery(t, c.Path)
		info, issues := checkCase(t, nil, c)
		errs := errorsOf(issues)
		same := (len(errs) == 0) == c.Expect.OK
		verdicts.add(same)
		switch {
		case !same:
			t.Log(c.Path + ": " + describe(c.Query, errs) + " want " + wanted(c))
		case c.Expect.OK:
			ok := columnsOf(info) == wanted(c)
			columns.add(ok)
			if !ok {
				t.Log(c.Path + ": columns " + columnsOf(info) + "\n   want " + wanted(c))
			}
		default:
			if e := c.Expect.Errors[0]; e.Line != nil && *e.Line > 0 {
				ok := 1+strings.Count(c.Query[:errs[0].Span.Start], "\n") == *e.Line
				lines.add(ok)
				if !ok {
					t.Log(c.Path + ": " + describe(c.Query, errs) + " want " + wanted(c))
				}
			}
		}
	}
	t.Logf("verdicts %.1f %%, columns %.1f %%, lines %.1f %% of %d rules", verdicts.percent(), columns.percent(), lines.percent(), len(rules))
	if verdicts.ok < verdicts.all || columns.ok < columns.all || lines.ok < lines.all {
		t.Error("a rule is judged otherwise")
	}
}
