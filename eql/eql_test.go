package eql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

func hasError(issues []eql.Issue) bool {
	for _, i := range issues {
		if i.Level == eql.Error {
			return true
		}
	}
	return false
}

// roundTrip checks that a printed query parses, without any issue that the first parse did not give, to the same tree.
func roundTrip(t *testing.T, q *eql.Query) {
	t.Helper()
	text := eql.Format(q)
	again, issues := eql.Parse(text)
	if hasError(issues) {
		t.Fatalf("%q: printed as %q: %v", q.Source, text, issues)
	}
	if diff := cmp.Diff(shape(q), shape(again)); diff != "" {
		t.Fatalf("%q: printed as %q (-want +got)\n%s", q.Source, text, diff)
	}
}

// shape lists the nodes of a query with everything but spans.
func shape(q *eql.Query) []string {
	var out []string
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		s := fmt.Sprintf("%T %v", n, enter)
		switch n := n.(type) {
		case *eql.Literal:
			c := *n
			c.Range = eql.Span{}
			s += fmt.Sprintf("%+v", c)
		case *eql.Field:
			s += fmt.Sprint(n.Name, n.Optional)
		case *eql.Call:
			s += fmt.Sprint(n.Name, n.Fold, len(n.Args))
		case *eql.Unary:
			s += n.Op.String()
		case *eql.Binary:
			s += n.Op.String()
		case *eql.Match:
			s += fmt.Sprint(n.Op, n.Parens, len(n.List))
		case *eql.In:
			s += fmt.Sprint(n.Fold, n.Negated, len(n.List))
		case *eql.EventQuery:
			s += fmt.Sprint(n.Category.Name, n.Category.Any, n.Category.Quoted)
		case *eql.Term:
			s += fmt.Sprint(n.Missing, n.Count(), len(n.By))
		case *eql.Sequence:
			s += fmt.Sprint(len(n.By), len(n.Terms), n.Until != nil)
			if n.MaxSpan != nil {
				s += fmt.Sprint(n.MaxSpan.Nanos)
			}
		case *eql.Pipe:
			s += fmt.Sprint(n.Name, n.Count)
		}
		out = append(out, s)
		return true
	})
	return out
}

// nested checks that every span lies in its parent's and in the source.
func nested(t *testing.T, q *eql.Query) {
	t.Helper()
	stack := []eql.Span{{Start: 0, End: len(q.Source)}}
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if !enter {
			stack = stack[:len(stack)-1]
			return true
		}
		s, outer := n.Span(), stack[len(stack)-1]
		if s.Start < outer.Start || s.End > outer.End || s.Start > s.End {
			t.Fatalf("%q: %T %v is not inside %v", q.Source, n, s, outer)
		}
		stack = append(stack, s)
		return true
	})
}

// apply makes the repairs of the issues; edits that overlap an earlier one are left out.
func apply(src string, issues []eql.Issue) string {
	var out strings.Builder
	pos := 0
	for _, i := range issues {
		for _, e := range i.Edits {
			if e.Span.Start < pos {
				continue
			}
			out.WriteString(src[pos:e.Span.Start] + e.New)
			pos = e.Span.End
		}
	}
	return out.String() + src[pos:]
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		src   string
		want  string // "id text" of every issue, joined by " | "
		fixed string // the query after all repairs; empty = there are none
	}{
		{`process where pid = 4`, `syntax =`, `process where pid == 4`},
		{`process where name = "a*"`, `syntax =`, `process where name : "a*"`},
		{`process where name == 'a"b'`, `syntax 'a"b'`, `process where name == "a\"b"`},
		{`process where name == ?"C:\x"`, `syntax ?"C:\x"`, `process where name == """C:\x"""`},
		{`process where name == “a”`, `syntax “a”`, `process where name == "a"`},
		{`process where a == "\w\d"`, `syntax \w`, `process where a == "\\w\\d"`},
		{`process where a == "C:\new\Temp"`, `syntax \T`, ``},
		{`process where a == "\u{110000}"`, `syntax \u{110000}`, ``},
		{`process where a == 1 AND b == 2 OR NOT c == 3`, `syntax AND | syntax OR | syntax NOT`, `process where a == 1 and b == 2 or not c == 3`},
		{`process where a == 1 && !b || c`, `syntax && | syntax ! | syntax ||`, `process where a == 1 and not b or c`},
		{`process where a <> 1`, `syntax <>`, `process where a != 1`},
		{`process where a not like "x*"`, `syntax not like`, `process where not a like "x*"`},
		{`process where a is not null`, `syntax is not`, `process where a != null`},
		{`process where a in ("x", "y",)`, `syntax ,`, `process where a in ("x", "y")`},
		{`process where a in ("x" "y")`, `syntax "y"`, `process where a in ("x", "y")`},
		{`process where a : ("x", "y",)`, `syntax ,`, `process where a : ("x", "y")`},
		{`process where a in ()`, `syntax ()`, ``},
		{`any where event.sequence > 1`, `syntax sequence`, "any where event.`sequence` > 1"},
		{`any where sequence > 1`, `syntax sequence`, "any where `sequence` > 1"},
		{`any where a.0b == 1`, `syntax 0b`, "any where a.`0b` == 1"},
		{`any where a[0] == 1`, `syntax [0]`, ``},
		{`any where a:length() > 1`, `syntax length`, `any where length(a) > 1`},
		{`any where a:startsWith("x")`, `syntax startsWith`, `any where startsWith(a, "x")`},
		{`any where a : b`, `syntax b`, `any where a : "b"`},
		{`any where a : -1`, `syntax -1`, ``},
		{`any where 1 < a < 3`, `syntax <`, ``},
		{"any\u00a0where\u00a0a == 1", "syntax \u00a0", `any where a == 1`},
		{`file where child of [process where x == 1]`, `syntax child of `, ``},
		{`name == "x"`, `syntax name`, `any where name == "x"`},
		{`where a == 1`, `syntax where`, `any where a == 1`},
		{"`process` where true", "syntax `process`", `"process" where true`},
		{`with where true`, `syntax with`, `"with" where true`},
		{`process where (a == 1`, `syntax (`, ``},
		{`process where a == 1)`, `syntax )`, ``},
		{`process where a == 1 b == 2 and c = 3`, `syntax b | syntax =`, `process where a == 1 b == 2 and c == 3`},
		{`process where a == and b == "x`, `syntax "x`, ``},
		{`process where $x == 1`, `syntax $`, ``},
		{``, `syntax `, ``},
		{`process where true | count | hed 3 | head | head -1 | head "a"`, `pipe count | pipe hed | pipe head | pipe -1 | pipe "a"`, `process where true | count | head 3 | head | head -1 | head "a"`},
		{`process where true | HEAD 3`, `pipe HEAD`, `process where true | head 3`},
		{`sequence with maxspan=1m by x [a where true] [b where true]`, `sequence-join by x`, `sequence by x with maxspan=1m [a where true] [b where true]`},
		{`sequence with maxspan=5 [a where true] [b where true]`, `sequence-maxspan 5`, `sequence with maxspan=5s [a where true] [b where true]`},
		{`sequence with maxspan=0s [a where true] [b where true]`, `sequence-maxspan 0s`, ``},
		{`sequence with maxspan=5M [a where true] [b where true]`, `sequence-maxspan M`, ``},
		{`sequence with maxspam=5m [a where true] [b where true]`, `sequence-maxspan maxspam`, `sequence with maxspan=5m [a where true] [b where true]`},
		{`sequence [a where true] by x [b where true] by x, y until [c where true]`, `sequence-join x, y | sequence-join ]`, ``},
		{`sequence [a where true] by x + 1 [b where true] by length(x)`, `sequence-join x + 1 | sequence-join length(x)`, ``},
		{`sequence [a where true] with runs=0 [b where true] with runs=101`, `sequence-runs 0 | sequence-runs 101`, ``},
		{`sequence [a where true] until [b where true]`, `single-sequence sequence`, ``},
		{`sequence [a where true] ![b where true]`, `missing-event ![b where true]`, ``},
		{`sequence with maxspan=1m ![a where true] ![b where true]`, `missing-event sequence`, ``},
		{`sequence [a where true] fork [b where true]`, `fork fork`, ``},
		{`sequence [a where true] [b where true] until ![c where true]`, `until-missing ![`, `sequence [a where true] [b where true] until [c where true]`},
		{`sequence [a where true [b where true]`, `syntax [`, ``},
		{`sample by x [a where true]`, `sample-size sample`, ``},
		{`sample [a where true] [b where true]`, `sequence-join sample`, ``},
		{`sample by x [a where true] ![b where true]`, `missing-event ![`, ``},
		{`any where /* a /* b */ true`, `comment-nesting /* a /* b */`, ``},
	}
	for _, tt := range tests {
		q, issues := eql.Parse(tt.src)
		var got []string
		edits := 0
		for _, i := range issues {
			got = append(got, strings.TrimPrefix(i.Code, "query/")+" "+tt.src[i.Span.Start:i.Span.End])
			edits += len(i.Edits)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s%v", tt.src, diff, issues)
		}
		if fixed := apply(tt.src, issues); edits > 0 && fixed != tt.fixed || edits == 0 && tt.fixed != "" {
			t.Errorf("%s\nrepaired %s\nwant     %s", tt.src, fixed, tt.fixed)
		}
		nested(t, q)
	}
}

func TestParseGood(t *testing.T) {
	for _, src := range []string{
		`process where true`, `"my cat" where a == """x"y"""`, `any where ?a.b : ("x", "y*") and not c in~ ("d")`,
		"any where `a b`.`c``d` != null", `any where (a + b) in (1, 2) or -f in (1) and a + b : "x"`,
		`any where a == 18446744073709551615 and b > 100000000000000000000000000 and c < .5e1`,
		`any where a == "\u{1F600}\t\"\\" // rest`, `any where a like~ "x" and b regex ("a", "b") and c regex~ """\d"""`,
		`any where CONCAT(a, 1) == "x" and startsWith~(a, "b") and between(a, "b", "c", true) != ""`,
		`sequence by a, ?b with maxspan=5m [x where true] by c with runs=3 ![y where true] by d until [z where true] by e | head 2 + 3 | tail 1`,
		`sample by a [x where true] [y where true]`, `sequence by key [a where true] [b where true]`,
		`join by a [x where true] [y where true]`, `any where not not (a == b) == true`, `sequence [a where true] with runs=2`,
	} {
		q, issues := eql.Parse(src)
		if len(issues) > 0 {
			t.Errorf("%s: %v", src, issues)
			continue
		}
		roundTrip(t, q)
		nested(t, q)
	}
}

// catalog is a mapping: name to "type" or "type exact".
type catalog map[string]eql.FieldInfo

func (c catalog) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	if i, ok := c[name]; ok {
		return i, eql.Present
	}
	return eql.FieldInfo{}, eql.Absent
}

func (c catalog) Suggest(string) []string { return []string{"k"} }

func TestCheck(t *testing.T) {
	fields := catalog{
		"k": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "f": {Type: eql.TypeDouble}, "b": {Type: eql.TypeBoolean},
		"ip": {Type: eql.TypeIP}, "d": {Type: eql.TypeDate}, "v": {Type: eql.TypeVersion}, "t": {Type: eql.TypeText},
		"tk": {Type: eql.TypeText, Exact: "tk.keyword"}, "o": {Type: eql.TypeObject}, "g": {Type: eql.TypeGeoPoint},
		"fl": {Type: eql.TypeFlattened}, "ne": {Type: eql.TypeKeyword, Nested: true}, "w": {Type: eql.TypeWildcard},
		"arr": {Type: eql.TypeKeyword, Array: true}, "amb": {Type: eql.TypeKeyword, Also: []string{"long"}}, "de": {Type: eql.TypeDate, Format: "dd-MM-yyyy"},
	}
	tests := []struct{ cond, want string }{
		{`k == "x" and n == 1 and f > 1 and b and ip == "10.0.0.0/8" and d > "now-1h" and v < "1.2" and tk : "x"`, ``},
		{`n == "12" and b == "true" and b != false and k == 5 and ip == "::1" and d == "2024-01-01" and de == "31-12-2024"`, ``},
		{`?gone == "x" or k == "y"`, ``},
		{`kk == "x"`, `unknown-field kk`},
		{`k`, `type-mismatch k`},
		{`n and not k`, `type-mismatch n | type-mismatch k`},
		{`n + 1`, `type-mismatch n + 1`},
		{`n == "abc"`, `type-mismatch "abc"`},
		{`"abc" == n`, `type-mismatch "abc"`},
		{`n == true`, `type-mismatch true`},
		{`b == 1 or b == "yes"`, `type-mismatch 1 | type-mismatch "yes"`},
		{`ip == "10.0.*"`, `type-mismatch "10.0.*"`},
		{`ip == 0`, `type-mismatch 0`},
		{`d == "2020-02-41"`, `type-mismatch "2020-02-41"`},
		{`ip : "10.*" or n : "1" or n in~ ("1")`, `type-mismatch ip | type-mismatch n | type-mismatch n`},
		{`k like 1 or k regex 2 or k : 3`, `like-number 1 | type-mismatch 2 | type-mismatch 3`},
		{`n in (1, "x") or k in ("a", 1)`, `type-mismatch "x" | type-mismatch 1`},
		{`k == w`, `field-comparison w`},
		{`k in (w, "x")`, `field-comparison w`},
		{`n - f == 0`, ``},
		{`k + 1 == 2`, `type-mismatch k`},
		{`t == "x"`, `text-field t`},
		{`o == "x" or g == "x" or fl == "x" or ne == "x"`, `unknown-field o | unknown-field g | unknown-field fl | unknown-field ne`},
		{`amb == 1`, `type-conflict amb`},
		{`length(n) > 1`, `function-arguments n`},
		{`length(k, k) > 1`, `function-arguments length(k, k)`},
		{`cidrMatch(k, "10.0.0.0/8")`, `function-arguments k`},
		{`cidrMatch(ip, "10.0.0.0/99", k)`, `function-arguments "10.0.0.0/99" | function-arguments k`},
		{`wildcard(k, "a*")`, `unknown-function wildcard`},
		{`lenght(k) == 1`, `unknown-function lenght`},
		{`length~(k) == 1`, `function-case length~`},
		{`number("x") == 1 and n / 0 == 1`, `fold-error number("x") | div-zero 0`},
		{`k == "a*" or k in ("b?")`, `wildcard-in-equality "a*" | wildcard-in-equality "b?"`},
		{`1 == 2`, `const-condition 1 == 2`},
		{`k == "a" or 1 == 1`, `const-condition 1 == 1`},
		{`?gone : "x"`, `const-condition ?gone : "x"`},
		{`indexOf(k, "a") == -1`, `indexof-negative -1`},
		{`k regex "^a$"`, `regex-anchor "^a$"`},
		{`k regex "a\\tb"`, `regex-escape "a\\tb"`},
		{"k regex (\"a\", \"\"\"\\d\\.\\p{L}\"\"\")", "regex-escape \"\"\"\\d\\.\\p{L}\"\"\""},
		{`k regex ("a|b", "(c", "d")`, `regex-syntax "(c"`},
		{`k regex ("a[b", "c{2,1}")`, `regex-syntax "a[b"`},
		{`k regex ("(a", "b)") or k regex "[\"@#&~]+(x|y){1,2}\\@\\d<1-20>"`, ``},
		{`k regex "a.*@b&c"`, `regex-operator "a.*@b&c" | regex-operator "a.*@b&c"`},
		{`k regex~ "x[a-z0-9]"`, `regex-range-fold "x[a-z0-9]"`},
		{`k regex~ "[a-zA-Z][0-9_][\\a-z]" or k regex "[a-z]"`, `regex-escape "[a-zA-Z][0-9_][\\a-z]"`},
		{`k regex~ "[a-zA-Z][0-9_][^\\-]"`, ``},
		{`substring(k, 1) regex "a@b[a-z]"`, ``},
		{"k : \"\"\"C:\\\\Temp\\*\"\"\" or k == \"\"\"a\\\\b\"\"\" or k in (\"\"\"a\\\\b\"\"\")",
			"raw-double-backslash \"\"\"C:\\\\Temp\\*\"\"\" | raw-double-backslash \"\"\"a\\\\b\"\"\" | raw-double-backslash \"\"\"a\\\\b\"\"\""},
		{"k : (\"\"\"\\\\server\\x*\"\"\", \"C:\\\\Temp*\") or k like \"\"\"* \\\\srv*\"\"\" or k regex \"\"\"a\\\\b\"\"\"", ``},
		{`n / 2 > 5 or n / n == 1`, `int-division n / 2 | int-division n / n | div-zero n`},
		{`n / n == 1 and n > 0`, `int-division n / n`},
		{`n / 2.0 > 5 or f / 2 > 5 or n * 2 > 5`, ``},
		{`number(k) > 5`, `number-throws number(k)`},
		{`number(k) > 5 and k regex "[0-9]+"`, ``},
		{`k : "*" and not k like "*"`, `exists-by-star k : "*" | exists-by-star k like "*"`},
		{`k : "?" or k : "**" or k : "x"`, ``},
		{`k like "abc" or k like~ ("a", "b")`, `like-no-wildcard like | like-no-wildcard like~`},
		{`k like ("a*", "b")`, ``},
		{`k : ("a*", "AB", "abc*", "b?*", "bcd", "a*")`, `redundant-list "AB" | redundant-list "abc*"`},
		{`k like ("a*", "AB", "A*", "b*c", "b*cd", "a?")`, `redundant-list "AB" | redundant-list "a?"`},
		{`k == "a" and n == 1 and k == "b"`, `contradiction k == "b"`},
		{`k in ("a", "b") and (k == "c" and b)`, `contradiction k == "c"`},
		{`n > 5 and b and n < 6 and n < 3`, `contradiction n < 6`},
		{`n == 5 and n >= 6`, `contradiction n >= 6`},
		{`not (k == "a" and k == "b")`, `contradiction k == "b"`},
		{`k in ("a", "b") and k == "b" and n > 5 and n <= 6 and n == 6 and k != "b"`, ``},
		{`arr == "a" and arr == "b" and f > 5 and f < 6 or f > 5 and f < 5`, ``},
		{`f > 5 and f < 4 or f == 3 and f > 5`, `contradiction f < 4 | contradiction f > 5`},
		{`(k == "a" or k == "b") and (k == "b" or n == 1) and (n == 2 or b)`, ``},
		{`d == "2024" and d == "2024-01-01" and k == "a" or k == "b" and n > 9223372036854775807`, ``},
		{`endsWith(k, "a*") or startsWith(k, "b*")`, `needle-wildcard "a*" | prefix-wildcard "b*"`},
	}
	for _, tt := range tests {
		src := "any where " + tt.cond
		q, issues := eql.Parse(src)
		if len(issues) > 0 {
			t.Errorf("%s: %v", src, issues)
			continue
		}
		_, issues = eql.Check(q, fields)
		var got []string
		for _, i := range issues {
			got = append(got, strings.TrimPrefix(i.Code, "query/")+" "+src[i.Span.Start:i.Span.End])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " | ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s%v", src, diff, issues)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	fields := catalog{"k": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}}
	q, _ := eql.Parse(`sequence [a where true] by k [b where true] by n until [c where true] by n`)
	_, issues := eql.Check(q, fields)
	if len(issues) != 2 || issues[0].Code != "query/sequence-join" || issues[1].Code != "query/sequence-join" {
		t.Errorf("want two key-type issues, got %v", issues)
	}
}

// TestFoldOptional is the table of LANGUAGE.md 4.3: an optional field that the mapping lacks, and its negation.
func TestFoldOptional(t *testing.T) {
	for _, tt := range []struct{ cond, want, negated string }{
		{`?m == "x"`, "false", "true"}, {`?m != "x"`, "true", "false"}, {`?m == null`, "true", "false"},
		{`?m != null`, "false", "true"}, {`?m`, "null", "null"}, {`?m : "x"`, "null", "null"}, {`?m : "x*"`, "null", "null"},
		{`?m in ("x")`, "null", "null"}, {`?m not in ("x")`, "null", "null"}, {`?m < 5`, "null", "null"},
		{`?m like "x"`, "false", "true"}, {`?m like "x*"`, "null", "null"}, {`?m regex "x.*"`, "null", "null"},
		{`startsWith(?m, "x")`, "null", "null"}, {`length(?m) > 0`, "null", "null"}, {`length(?m) == 3`, "false", "true"},
		{`?m : "x" and a == 1`, "null", "null"},
	} {
		for text, want := range map[string]string{tt.cond: tt.want, "not (" + tt.cond + ")": tt.negated} {
			q, _ := eql.Parse("any where " + text)
			v, ok, err := eql.Fold(q.Body.(*eql.EventQuery).Cond, checked(q))
			if !ok || err != nil || v.Text() != want {
				t.Errorf("%s: want %s, got %s %v %v", text, want, v.Text(), ok, err)
			}
		}
	}
}

func checked(q *eql.Query) *eql.Info {
	in, _ := eql.Check(q, catalog{"a": {Type: eql.TypeLong}})
	return in
}

func TestHostile(t *testing.T) {
	for name, src := range map[string]string{
		"parentheses": strings.Repeat("(", 100_000) + "a", "not": strings.Repeat("not ", 100_000) + "a",
		"signs": strings.Repeat("-", 100_000) + "1", "calls": strings.Repeat("f(", 100_000), "brackets": strings.Repeat("[", 100_000),
		"relations": strings.Repeat("child of [a where ", 100_000), "comments": strings.Repeat("/*", 100_000) + strings.Repeat("*/ ", 50_000),
		"braces": strings.Repeat("{", 300_000), "characters": strings.Repeat("$ a ", 300_000), "words": strings.Repeat("a b ", 300_000),
		"path": "a == 1 b" + strings.Repeat(".b", 500_000), "quotes": strings.Repeat("\"a\n", 200_000), "blanks": strings.Repeat("\u00a0a", 200_000),
		"closed": strings.Repeat(")", 300_000), "lists": strings.Repeat("a in (b c, ", 900) + strings.Repeat("d e, ", 100_000), "commas": strings.Repeat("f(,", 500) + strings.Repeat(",", 300_000),
		"clauses": "true] " + strings.Repeat("[a where b ", 100_000), "keys": "true] by " + strings.Repeat("a, ", 300_000), "categories": strings.Repeat("a or ", 300_000) + "a where",
		"escapes": "\"" + strings.Repeat(`\q`, 300_000) + "\"", "equals": strings.Repeat("a = ", 300_000) + "a", "typographic": strings.Repeat("“", 200_000),
	} {
		q, issues := eql.Parse("any where " + src)
		if !hasError(issues) {
			t.Errorf("%s: no error", name)
		}
		eql.Check(q, nil)
		eql.Format(q)
	}
	for name, src := range map[string]string{
		"or": strings.Repeat("a == 1 or ", 1_000_000) + "b", "sum": strings.Repeat("a+", 300_000) + "b == 1",
		"quotients": strings.Repeat("a/b%", 150_000) + "b == 1", "list": "a in (" + strings.Repeat("1, ", 300_000) + "2)",
		"patterns": "a : (" + strings.Repeat(`"x*", `, 100_000) + `"y")`, "and": strings.Repeat("a != 1 and ", 300_000) + "b",
	} {
		q, issues := eql.Parse("any where " + src)
		if _, more := eql.Check(q, nil); len(issues)+len(more) > 0 {
			t.Errorf("%s: %v %v", name, issues, more)
		}
		if text := eql.Format(q); len(text) < len(src) {
			t.Errorf("%s: printed %d bytes of %d", name, len(text), len(src))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`process where a == "b" and not c : ("d*", "e") | head 3`, "sequence by a with maxspan=1m [a where b] by c with runs=2 ![d where `e`.f] until [g where h]",
		`sample by ?x [a where 1 + 2 * -3 == f(g, "\u{41}")] [b where x in~ ("y",)]`, `join [a where a:b()] // x`, `any where a = 'b' && !c || "\w" == ?"x"`,
		`any where a not like """x"y"""" /* /* */ and b.with[0].0c is not null`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 10_000 {
			return
		}
		q, issues := eql.Parse(src)
		nested(t, q)
		for _, i := range issues {
			if i.Span.Start < 0 || i.Span.End > len(src) || i.Span.Start > i.Span.End || strings.ContainsAny(i.Message, "\r\n") {
				t.Fatalf("%q: bad issue %+v", src, i)
			}
		}
		eql.Check(q, nil)
		eql.Check(q, catalog{})
		if !hasError(issues) {
			roundTrip(t, q)
		}
	})
}
