package witness

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// fieldMap is a schema of some fields; others are undecidable.
type fieldMap map[string]eql.FieldInfo

func (m fieldMap) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if f, ok := m[name]; ok {
		return f, eql.Present
	}
	return eql.FieldInfo{}, eql.Undecidable
}

func (fieldMap) Suggest(string) []string { return nil }

var fields = fieldMap{
	"s": {Type: eql.TypeKeyword}, "list": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "b": {Type: eql.TypeBoolean},
	"ip": {Type: eql.TypeIP}, "t": {Type: eql.TypeDate}, "f": {Type: eql.TypeDouble}, "c": {Type: eql.TypeConstantKeyword, Constant: "x"},
}

// layouts are those of the conditions of each solver.
var layouts = map[*Solver]*event.Layout{}

func formula(t *testing.T, s *Solver, query string) *Formula {
	t.Helper()
	q, issues := eql.Parse(query)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", query, issues)
	}
	info, _ := eql.Check(q, fields)
	p, err := eval.Compile(q, info, eval.Options{Layout: layouts[s]})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	layouts[s] = p.Layout()
	return s.Formula(p.Steps()[0].Cond)
}

// document writes values as an event.
func document(t *testing.T, v Values) []byte {
	t.Helper()
	doc := map[string]any{}
	for k, list := range v {
		if len(list) > 0 {
			doc[k] = list
		}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSolveBothWays finds an event for which a condition is true and one for which it is false.
func TestSolveBothWays(t *testing.T) {
	for _, query := range []string{
		`any where s == "a"`, `any where s != "a"`, `any where s : "/tmp/*/x?.sh"`, `any where s like ("a*b", "c")`, `any where s in ("a", "b")`,
		`any where s not in~ ("a", "b")`, `any where s regex "ab+c.*[0-9]"`, `any where s regex~ ("x|y", "z{3}")`, `any where s == null`,
		`any where n > 5 and n < 7`, `any where n == -3`, `any where f > 0.5`, `any where b`, `any where not b`, `any where b == false`,
		`any where cidrMatch(ip, "10.0.0.0/8", "fe80::/10")`, `any where ip == "10.0.0.5"`, `any where t >= "2024-02-03T00:00:00Z"`,
		`any where length(s) > 200`, `any where length(s) == 3`, `any where length(s) > 40 and s : ("*foo*", "*bar*")`,
		`any where startsWith(s, "ab") and endsWith(s, "yz") and stringContains(s, "m")`, `any where startsWith~(s, "AB")`,
		`any where s : "*a*" and s : "*b*" and s : "c*" and not s : "*d"`, `any where list == "a" and list == "b"`,
		`any where substring(s, 0, 3) == "abc"`, `any where indexOf(s, "x") > 0`, `any where concat(s, list) == "ab"`,
		`any where n % 7 == 3`, `process where s == "a" or (n > 3 and not (b or list : "x*"))`,
		`any where s : "a" and s != "a"`, `any where number(s) > 10`, `any where between(s, "a", "z") == "m"`,
		`any where stringContains~(u, "x") and u2 > 5`,
	} {
		for _, want := range []bool{true, false} {
			s := New(fields)
			f := formula(t, s, query)
			v, ok := s.Solve(nil, Goal{f, want})
			if !ok {
				t.Errorf("%s: nothing found that makes it %t", query, want)
				continue
			}
			if got := s.Holds(document(t, v), f); got != want {
				t.Errorf("%s: %v makes it %t, want %t", query, v, got, want)
			}
		}
	}
}

// TestSolveChangesLittle: what the base has stays if it can.
func TestSolveChangesLittle(t *testing.T) {
	base := Values{"event.category": {"process"}, "s": {"/usr/bin/curl"}, "list": {"curl", "-o", "/tmp/x"}, "n": {int64(5)}, "b": {true}}
	for _, tt := range []struct {
		yes, no string
		want    Values
	}{
		{`process where s : "*curl"`, ``, Values{"event.category": {"process"}, "s": {"/usr/bin/curl"}}},
		{`process where n == 5`, `process where n == 5 and s : "*curl"`, Values{"event.category": {"process"}, "s": {"/opt/other"}, "n": {int64(5)}}},
		{`any where s : "*curl"`, `process where s : "*curl"`, Values{"event.category": {"file"}, "s": {"/usr/bin/curl"}}},
		{`any where s : "*CURL"`, `any where s like "*curl"`, Values{"s": {"/USR/BIN/CURL"}}},
		{`any where n >= 4`, `any where n > 4`, Values{"n": {int64(4)}}},
		{`any where list : "/tmp/*" and list == "-o"`, `any where list == "curl"`, Values{"list": {"CURL", "-o", "/tmp/x"}}},
		{`any where list : "/var/*" and list == "-o"`, ``, Values{"list": {"curl", "-o", "/var/x"}}},
		{`any where b or n == 5`, `any where b`, Values{"b": {false}, "n": {int64(5)}}},
		{`any where c == "x"`, ``, Values{"c": {"x"}}},
	} {
		s := New(fields)
		goals := []Goal{{formula(t, s, tt.yes), true}}
		if tt.no != "" {
			goals = append(goals, Goal{formula(t, s, tt.no), false})
		}
		got, _ := s.Solve(base, goals...)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s, not %s (-want +got):\n%s", tt.yes, tt.no, d)
		}
	}
}

// TestSolveGivesUp: contradictions end, those of many choices too.
func TestSolveGivesUp(t *testing.T) {
	for _, query := range []string{
		`any where s == "a" and s == null`, `any where n > 5 and n < 3 and n == 9 and not n == 9`, `any where c == "y"`, `any where false`,
		`any where (s == "a" or s == "b") and (n == 1 or n == 2) and (list == "x" or list == "y") and b and not b`,
	} {
		s := New(fields)
		if v, ok := s.Solve(nil, Goal{formula(t, s, query), true}); ok {
			t.Errorf("%s: found %v", query, v)
		}
	}
}

func TestHas(t *testing.T) {
	s := New(fields)
	f := formula(t, s, `any where s : "a*"`)
	if got, ok := s.Solve(nil, Goal{f, true}, Goal{Has("s", []any{"abc"}), true}); !ok || got["s"][0] != "abc" {
		t.Errorf("got %v, want the value it has to have", got)
	}
	if got, ok := s.Solve(nil, Goal{f, true}, Goal{Has("s", []any{"xyz"}), true}); ok {
		t.Errorf("got %v for a value that is none", got)
	}
	if got, ok := s.Solve(Values{"s": {"abc"}}, Goal{f, true}, Goal{Has("s", []any{"abc"}), false}); !ok || got["s"][0] == "abc" {
		t.Errorf("got %v, want another value", got)
	}
}
