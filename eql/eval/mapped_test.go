package eval

import (
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// matchedBy runs conditions on one event and reports those that match.
func matchedBy(t *testing.T, fields eql.Fields, doc string, conds ...string) (out []string) {
	t.Helper()
	for _, cond := range conds {
		q := mustParse(t, "any where "+cond)
		info, _ := eql.Check(q, fields)
		p, err := Compile(q, info, Options{})
		if err != nil {
			t.Fatalf("%s: %v", cond, err)
		}
		ok, err := p.Match(mustDecode(t, p, doc))
		if err != nil {
			t.Fatalf("%s: %v", cond, err)
		}
		if ok {
			out = append(out, cond)
		}
	}
	return out
}

// TestScaledFloat: a value is stored as a whole number of parts, and == rounds its literal likewise; other comparisons
// do not.
func TestScaledFloat(t *testing.T) {
	for _, c := range []struct {
		scale   float64
		value   string
		yes, no string // conditions, separated by semicolons
	}{
		{100, "1.234", "x == 1.23; x == 1.234; x == 1.2345; x >= 1.23; x <= 1.23; x < 1.234; x in (1.23); x == \"1.23\"", "x == 1.24; x > 1.23; x >= 1.2301; x < 1.23"},
		{100, "1.235", "x == 1.24; x == 1.235; x > 1.235", "x == 1.23"},
		{100, "-0.125", "x == -0.12; x == -0.125; x > -0.125", "x == -0.13"}, // ties go up
		{10, "0.04", "x == 0; x == 0.04; x + 0 == 0; x != null", "x > 0; x == 0.1"},
		{10, "7", "x == 7; x == 7.04; x > 6.99; x + 1 == 8", "x == 7.05; x > 7"},
		{10, `"7.26"`, "x == 7.3; x + 0 == 7.3", "x == 7.2"},
		{100, "1.005", "x == 1; x == 1.0", "x == 1.005; x == 1.01"}, // 1.005 * 100 is below 100.5 in doubles, but not in decimals
		{0.1, "14", "x == 10; x == 12; x + 0 == 10", "x == 15; x == 20"},
		{0, "1.234", "x == 1.234; x > 1.23", "x == 1.23"}, // factor not known
	} {
		fields := fieldMap{"x": {Type: eql.TypeScaledFloat, Scale: c.scale}}
		yes := strings.Split(c.yes, "; ")
		all := append(yes[:len(yes):len(yes)], strings.Split(c.no, "; ")...)
		got := matchedBy(t, fields, `{"x":`+c.value+`}`, all...)
		if strings.Join(got, "; ") != c.yes {
			t.Errorf("%s with factor %g matches\n%q, want\n%q", c.value, c.scale, strings.Join(got, "; "), c.yes)
		}
	}
}

func TestScaledFloatKey(t *testing.T) {
	fields := fieldMap{"s": {Type: eql.TypeKeyword}, "@timestamp": {Type: eql.TypeDate}, "k": {Type: eql.TypeScaledFloat, Scale: 10}}
	docs := []string{`{"@timestamp":1,"s":"a","k":4.96}`, `{"@timestamp":2,"s":"b","k":5.04}`}
	got := strings.Join(resultKeys(t, `sequence by k [any where s == "a"] [any where s == "b"]`, fields, docs), " ")
	if got != "5.0" {
		t.Errorf("keys %q, want 5.0: both values are stored as 50 tenths", got)
	}
}

// TestConstantKeyword: an event that lacks the field has the value of the mapping, one that has it its own.
func TestConstantKeyword(t *testing.T) {
	conds := []string{`c == "web"`, `c : "W*"`, `c != null`, `length(c) == 3`, `c == "app"`, `c == null`, `concat(c, "!") == "web!"`, `a == "web"`}
	filled := strings.Join([]string{conds[0], conds[1], conds[2], conds[3], conds[6], conds[7]}, "; ")
	for _, c := range []struct{ doc, want string }{
		{`{}`, filled},
		{`{"c":null}`, filled},
		{`{"c":[]}`, filled},
		{`{"c":"web"}`, filled},
		{`{"c":"app"}`, `c != null; length(c) == 3; c == "app"`},
	} {
		fill := eql.FieldInfo{Type: eql.TypeConstantKeyword, Constant: "web", Fill: true}
		alias := fill
		alias.Target = "c"
		got := matchedBy(t, fieldMap{"c": fill, "a": alias}, c.doc, conds...)
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: matches %q, want %q", c.doc, got, c.want)
		}
	}
	got := matchedBy(t, fieldMap{"c": {Type: eql.TypeConstantKeyword, Constant: "web"}}, `{}`, `c == "web"`, `c == null`)
	if strings.Join(got, "; ") != `c == null` {
		t.Errorf("a constant that does not fill: matches %q", got)
	}
}

// TestConstantCategory: the event category can be a constant_keyword, and so can a join key.
func TestConstantCategory(t *testing.T) {
	fields := fieldMap{"s": {Type: eql.TypeKeyword}, "@timestamp": {Type: eql.TypeDate}, "event.category": {Type: eql.TypeConstantKeyword, Constant: "process", Fill: true}}
	docs := []string{`{"@timestamp":1,"s":"a"}`, `{"@timestamp":2,"s":"b"}`}
	got := resultKeys(t, `sequence by event.category [process where s == "a"] [process where s == "b"]`, fields, docs)
	if strings.Join(got, " ") != "process" {
		t.Errorf("keys %q, want process", got)
	}
}
