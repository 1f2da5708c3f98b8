package eval

import (
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
)

func mustParse(t testing.TB, src string) *eql.Query {
	t.Helper()
	q, issues := eql.Parse(src)
	for _, i := range issues {
		if i.Level == eql.Error {
			t.Fatalf("%s: %s", src, i.Message)
		}
	}
	return q
}

func mustDecode(t testing.TB, p *Program, doc string) *event.Record {
	t.Helper()
	rec := new(event.Record)
	if err := event.NewDecoder(p.Layout()).Decode([]byte(doc), rec); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return rec
}

// fieldMap is a schema for tests: what it does not list is absent.
type fieldMap map[string]eql.FieldInfo

func (m fieldMap) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if f, ok := m[name]; ok {
		return f, eql.Present
	}
	return eql.FieldInfo{}, eql.Absent
}

func (m fieldMap) Suggest(string) []string { return nil }

var testFields = fieldMap{
	"k": {Type: eql.TypeKeyword}, "arr": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "d": {Type: eql.TypeDouble},
	"b": {Type: eql.TypeBoolean}, "ip": {Type: eql.TypeIP}, "t": {Type: eql.TypeDate}, "tn": {Type: eql.TypeDateNanos},
	"v": {Type: eql.TypeVersion}, "u": {Type: eql.TypeUnsignedLong}, "f": {Type: eql.TypeFloat},
	"short": {Type: eql.TypeKeyword, IgnoreAbove: 3}, "gone": {Type: eql.TypeKeyword},
	"al": {Type: eql.TypeKeyword, Target: "k"}, "k.text": {Type: eql.TypeKeyword},
	"empty": {Type: eql.TypeKeyword}, "obj": {Type: eql.TypeObject}, "num": {Type: eql.TypeKeyword},
	"six": {Type: eql.TypeIP}, "d2": {Type: eql.TypeDouble}, "day": {Type: eql.TypeDate, Format: "dd-MM-yyyy"}, "num8": {Type: eql.TypeDate, Format: "basic_date"},
	"txt": {Type: eql.TypeText, Exact: "txt.raw"}, "txt.raw": {Type: eql.TypeKeyword, IgnoreAbove: 4},
}

const testDoc = `{"event":{"category":["process","other"]},"k":"Foo.exe","arr":["a","b"],"n":5,"d":2.5,"b":true,"ip":"10.1.2.3",
"t":"2024-02-03T04:05:06.700Z","tn":"2024-02-03T04:05:06.123456789Z","v":"1.10.0","u":18446744073709551615,"f":0.1,
"short":"long","txt":"words","num":["7","x"],"empty":[],"six":"0:0:0:0:0:0:0:1","d2":5,"unmapped":"here","day":"03-02-2024","num8":20240203,"null":null,"obj":{"x":1}}`

// TestMatch states one rule of LANGUAGE.md 4 or 12 in each row: with the mapping above, and without one where
// that differs ("error" for a query that cannot run).
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		cond   string
		mapped string // true, false or error
		plain  string // without a mapping; empty: the same
	}{
		// 4.2 missing values
		{`gone == "x"`, "false", ""}, {`gone != "x"`, "true", ""}, {`not gone : "*"`, "true", ""}, {`gone == null`, "true", ""},
		{`gone != null`, "false", ""}, {`not (n > 5 and gone == "x")`, "true", ""}, {`gone not in ("x")`, "true", ""},
		{`length(gone) > 0`, "false", ""}, {`not length(gone) > 0`, "true", ""}, {`length(gone) == null`, "true", ""},
		{`concat(k, gone) == null`, "true", ""}, {`concat(k, gone) != null`, "false", ""}, {`endsWith(gone, "x") == false`, "true", ""},
		{`null == (gone > "a")`, "true", ""}, {`empty == null`, "true", ""}, {`obj == null`, "error", "true"}, {`null == null`, "true", ""},
		{`5 != null`, "true", ""}, {`k < null`, "false", ""}, {`not k < null`, "false", ""},
		// 4.3 unmapped optional fields
		{`?m == "x"`, "false", ""}, {`not ?m == "x"`, "true", ""}, {`?m != "x"`, "true", ""}, {`?m`, "false", ""}, {`not ?m`, "false", "true"},
		{`not ?m : "x"`, "false", "true"}, {`not ?m in ("x")`, "false", "true"}, {`not ?m < 5`, "false", "true"},
		{`not ?m like "x"`, "true", ""}, {`not ?m like "x*"`, "false", "true"}, {`not ?m regex "x"`, "true", ""},
		{`not ?m regex "x.*"`, "false", "true"}, {`not startsWith(?m, "x")`, "false", "true"}, {`length(?m) == 3`, "false", ""},
		{`not length(?m) == 3`, "true", ""}, {`not length(?m) > 3`, "false", "true"}, {`?m : "x" or k == "Foo.exe"`, "true", ""},
		{`not (?m : "x" and n == 1)`, "false", "true"}, {`not (?m : "x" or n == 1)`, "true", ""}, {`not (?m : "x" or n == 5)`, "false", ""},
		{`?x == ?y`, "true", "error"}, {`not startsWith(k, ?m)`, "true", "true"}, {`not (?m like ("x", "y*"))`, "false", "true"},
		// 4.4 arrays
		{`arr == "a" and arr == "b"`, "true", ""}, {`arr != "a"`, "false", ""}, {`concat(arr, arr) == "ba"`, "true", ""},
		{`length(arr) > 1`, "false", ""}, {`not endsWith(arr, "z")`, "true", ""}, {`concat(arr, "x") != "ax"`, "false", ""},
		{`indexOf(arr, "a") == null`, "true", ""}, {`indexOf(arr, "a") != null`, "true", ""},
		// 4.5 strings
		{`k == "foo.exe"`, "false", ""}, {`k : "foo.exe"`, "true", ""}, {`k : "FOO.*"`, "true", ""}, {`k == "Foo.*"`, "false", ""},
		{`k like "Foo.*"`, "true", ""}, {`k like "foo.*"`, "false", ""}, {`k like~ "foo.???"`, "true", ""}, {`k in~ ("FOO.EXE", "b")`, "true", ""},
		{`k in~ ("FOO.*")`, "false", ""}, {`k in ("a", "Foo.exe")`, "true", ""}, {`k regex "Foo"`, "false", ""}, {`k regex "Foo.*"`, "true", ""},
		{`k regex~ "foo\\.exe"`, "true", ""}, {`k regex ("x", "F.*")`, "true", ""}, {`k > "Fon" and k < "G"`, "true", ""}, {`k : null`, "false", ""},
		{`k : ("q", "w", "e", "r", "t", "y*", "FOO.EXE")`, "true", ""}, {`k in ("q", "w", "e", "r", "t", null)`, "false", ""},
		{`substring(k, 0, 3) : "fO?"`, "true", ""}, {`substring(k, 0, 3) regex "[A-Z]o+"`, "true", ""}, {`substring(k, 4) in~ ("EXE")`, "true", ""},
		{`substring(k, 4) in ("x", "exe")`, "true", ""}, {`k regex "("`, "error", ""}, {`concat(k, null) == "x"`, "false", ""},
		{`not concat(k, null) == "x"`, "true", ""},
		// 5.2 needles
		{`endsWith(k, ".exe")`, "true", ""}, {`endsWith~(k, ".EXE")`, "true", ""}, {`stringContains(k, "o*x")`, "true", ""},
		{`stringContains(k, "o\\.")`, "true", ""}, {`stringContains(k, "")`, "true", ""}, {`stringContains(gone, "")`, "false", ""}, {`startsWith(k, "Foo*")`, "false", ""},
		{`startsWith~(k, "fOO")`, "true", ""}, {`endsWith(concat(k), "o*e")`, "false", ""},
		// 4.6, 4.7, 4.8
		{`k == arr`, "error", ""}, {`n - n == 0`, "true", ""}, {`n / 2 == 2`, "true", ""}, {`n / 2.0 == 2.5`, "true", ""}, {`n % 0 == 1`, "error", ""},
		{`5 < n`, "false", ""}, {`4 < n and 5 == n`, "true", ""}, {`n in (1, k)`, "error", ""}, {`n + 9223372036854775807 > 0`, "error", ""},
		// 3.5 types
		{`n == "5"`, "true", ""}, {`n == 5.0`, "true", ""}, {`n == 4.5`, "false", ""}, {`n > 4.5`, "true", ""}, {`n == "x"`, "error", "false"},
		{`b`, "true", ""}, {`b == "true"`, "true", ""}, {`b != true`, "false", ""}, {`b == "yes"`, "error", "false"}, {`u == 18446744073709551615`, "true", ""},
		{`u > 5`, "true", ""}, {`f == 0.1`, "true", ""}, {`ip == "10.0.0.0/8"`, "true", "false"}, {`ip in ("1.1.1.1", "10.0.0.0/8")`, "error", "false"},
		{`ip > "9.255.255.255"`, "true", "false"}, {`ip == "0:0:0:0:0:ffff:0a01:0203"`, "true", "false"}, {`cidrMatch(ip, "10.0.0.0/8")`, "true", ""},
		{`cidrMatch(ip, "::/0")`, "true", ""}, {`cidrMatch(ip, "x")`, "error", ""}, {`v > "1.9.0"`, "true", "false"}, {`v == "1.10"`, "false", ""},
		{`v < "1.10.0-rc1"`, "false", "true"}, {`t == "2024-02-03"`, "true", "false"}, {`t == "2024-02-03T04:05:06Z"`, "true", "false"},
		{`t == "2024-02-03T04:05:06.7Z"`, "true", "false"}, {`t > "2024-02-03"`, "false", "true"}, {`t >= "2024-02-03"`, "true", ""},
		{`t < "2024-02-04"`, "true", ""}, {`t in ("2024-02", "x")`, "error", "false"}, {`tn == "2024-02-03T04:05:06.123456789Z"`, "true", ""},
		{`t == "soon"`, "error", "false"}, {`short == "long"`, "false", "true"}, {`short != null`, "false", "true"}, {`length(short) == 4`, "false", "true"},
		{`txt : "WORDS"`, "false", "true"}, {`al == "Foo.exe"`, "true", "false"}, {`k.text : "foo*"`, "true", "false"},
		{`n : "5"`, "error", "true"}, {`cidrMatch(k, "10.0.0.0/8")`, "error", "false"},
		// 12.2 no mapping
		{`num == 7`, "true", ""}, {`num == "x"`, "true", ""}, {`length(n) == 1`, "error", "true"}, {`b : "TRUE"`, "error", "true"}, {`d : "2.*"`, "error", "true"},
		// 12.3
		{`(k == "Foo.exe") == false`, "false", ""}, {`(k : "x") != true`, "true", ""}, {`string(n > 5 and not b) == "x"`, "error", ""},
		{`string(n > 4 and b == true) == "true"`, "true", ""}, {`number(string(n)) == 5`, "true", ""}, {`number(k) == 5`, "error", ""}, {`number("17") / 2 == 8`, "true", ""},
		// found by the differential test and by reading: computed values
		{`concat(k, "ı") : "foo.exei"`, "true", ""}, {`concat(k, "ı") : "foo.exei*"`, "false", ""}, {`concat(k, "ı") in~ ("FOO.EXEI")`, "true", ""},
		{`concat("ſ", k) : "sFOO.exe"`, "true", ""}, {`startsWith~(concat("ſ", k), "s")`, "false", ""}, {`concat(k) regex "foo^"`, "false", ""},
		{`concat("a^b", arr) regex "a^b."`, "false", ""}, {`substring("a^bx", 0, n - 2) regex "a^b"`, "true", ""}, {`substring("A^Bx", 0, n - 2) regex~ "a^b"`, "true", ""},
		{`concat(ip, "") == "10.1.2.3"`, "true", ""}, {`concat(six, "") == "::1"`, "true", "false"}, {`d2 / 2 == 2.5`, "true", "false"}, {`string(d2) == "5.0"`, "true", "false"},
		{`(k : null and n == 1) != null`, "true", ""}, {`not (("a" : "b*" or ?m : "x"))`, "false", "true"}, {`not ("a" : "b*" and gone < null) == null`, "true", ""},
		{`(gone < null) == false`, "false", ""}, {`(n < null) != false`, "true", ""}, {`not ?m regex ("a", "b")`, "false", "true"}, {`not ?m regex "a]"`, "true", ""},
		{`?unmapped == null`, "true", "false"}, {`?unmapped == "here"`, "false", "true"}, {`day == "2024-02-03"`, "error", "false"}, {`day == "03-02-2024"`, "true", ""}, {`num8 == "20240203"`, "true", ""},
		{`string(n > "4") == "true"`, "false", "true"}, {`string(n in ("5")) == "true"`, "error", "true"}, {`string(b and n == 5) == "true"`, "true", ""},
		{`(1 / (n - 5) == 1 or d > 100) or (n == 5 or 1 / (n - 5) == 2)`, "true", ""}, {`n == "5d"`, "error", "false"}, {`n == " 5"`, "error", "false"}, {`n in ("4", "5.0")`, "error", "true"}, {`(0.0 / 0) > 5`, "true", ""},
		{`5 in (5, null)`, "true", ""}, {`not 5 in (6, null)`, "true", ""}, {`nofunc(k)`, "error", ""}, {`length(k)`, "error", ""}, {`k`, "error", "false"},
	} {
		for _, mapped := range []bool{true, false} {
			want := c.mapped
			var fields eql.Fields = testFields
			if !mapped {
				fields = nil
				if c.plain != "" {
					want = c.plain
				}
			}
			if got := verdictText(t, c.cond, fields); got != want {
				t.Errorf("mapping %v: %s is %s, want %s", mapped, c.cond, got, want)
			}
		}
	}
}

// verdictText checks, compiles and matches; "error" is what any of them reports.
func verdictText(t *testing.T, cond string, fields eql.Fields) string {
	t.Helper()
	q := mustParse(t, "any where "+cond)
	info, issues := eql.Check(q, fields)
	for _, i := range issues {
		if i.Level == eql.Error {
			return "error"
		}
	}
	p, err := Compile(q, info, Options{})
	if err != nil {
		return "error"
	}
	ok, err := p.Match(mustDecode(t, p, testDoc))
	switch {
	case err != nil:
		return "error"
	case ok:
		return "true"
	}
	return "false"
}

// TestHostilePatterns: patterns that a backtracking matcher would not finish on long values.
func TestHostilePatterns(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for query, want := range map[string]bool{
		`any where s : "*a*a*a*b"`:                             false,
		`any where s : "*a*a*a*B*"`:                            false,
		`any where s like "a*a*a*a*a*a*a*a*a*a*"`:              true,
		`any where s : ("*a?a*a?a*b", "*c")`:                   false,
		`any where s regex "(a*)*b"`:                           false,
		`any where s regex~ "((A|aa)+)+"`:                      true,
		`any where endsWith(s, "b") or stringContains(s, "B")`: false,
		`any where s : "` + strings.Repeat("a*", 1000) + `b"`:  false,
	} {
		p, err := Compile(mustParse(t, query), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rec := mustDecode(t, p, `{"s":"`+long+`"}`)
		if got, err := p.Match(rec); err != nil || got != want {
			t.Errorf("%.60s: %v, %v, want %v", query, got, err, want)
		}
	}
}
