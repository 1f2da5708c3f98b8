package eql_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

// value tells what the right side of "any where a == <src>" is; "error" if it does not parse.
func value(src string) string {
	q, issues := eql.Parse("any where a == " + src)
	if hasError(issues) {
		return "error"
	}
	b, ok := q.Body.(*eql.EventQuery).Cond.(*eql.Binary)
	if !ok {
		return "no comparison"
	}
	lit, ok := b.Y.(*eql.Literal)
	if !ok {
		return fmt.Sprintf("%T", b.Y)
	}
	switch lit.Kind {
	case eql.IntLiteral:
		return fmt.Sprint("int ", lit.Int)
	case eql.UintLiteral:
		return fmt.Sprint("unsigned ", lit.Uint)
	case eql.FloatLiteral:
		return fmt.Sprint("double ", lit.Float)
	case eql.StringLiteral:
		return "string " + lit.Str
	case eql.BoolLiteral:
		return fmt.Sprint("bool ", lit.Bool)
	}
	return "null"
}

// TestLiterals is LANGUAGE.md 1.4, 1.5, with every vector of its tables.
func TestLiterals(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`""`, "string "}, {`"a b"`, "string a b"}, {`"\b\t\n\f\r\"\'\\"`, "string \b\t\n\f\r\"'\\"}, {`"it's"`, "string it's"},
		{`"\w"`, "error"}, {`"\d"`, "error"}, {`"\."`, "error"}, {`"\*"`, "error"}, {`"\x41"`, "error"}, {`"\u0041"`, "error"}, {`"\0"`, "error"}, {`"\e"`, "error"},
		{`"\a"`, "error"}, {`"\v"`, "error"}, {`"\?"`, "error"}, {"\"\\`\"", "error"}, {`"\"`, "error"}, {`"\\"`, `string \`}, {`"\\\"`, "error"}, {`"\\\\"`, `string \\`},
		{`"\u{41}"`, "string A"}, {`"\u{1F600}"`, "string 😀"}, {`"\u{0001F600}"`, "string 😀"}, {`"\u{00}"`, "string \x00"}, {`"\u{0a}"`, "string \n"},
		{`"\u{4}"`, "error"}, {`"\u{}"`, "error"}, {`"\u{000000041}"`, "error"}, {`"\u{110000}"`, "error"}, {`"\u{FFFFFFFF}"`, "error"}, {`"\u{D800}"`, "error"}, {`"\u{dfff}"`, "error"},
		{`"\u{d7ff}\u{e000}"`, "string \ud7ff\ue000"}, {`"\u{10FFFF}"`, "string \U0010ffff"}, {`"\u{4g}"`, "error"}, {`"\u{41"`, "error"}, {`"\U{41}"`, "error"}, {`"\u 41"`, "error"},
		{"\"a\nb\"", "error"}, {"\"a\rb\"", "error"}, {"\"a\tb\"", "string a\tb"}, {"\"a\u00a0b\"", "string a\u00a0b"}, {`"// no /* comment"`, "string // no /* comment"}, {`"`, "error"}, {`"a`, "error"},
		{`""""""`, "string "}, {`"""a"b\c"""`, `string a"b\c`}, {`""""x""""`, `string "x"`}, {`"""""x"""""`, `string ""x""`}, {`""""""x"""`, "error"}, {`"""x""""""`, "error"},
		{`"""x""""`, `string x"`}, {`"""x"""""`, `string x""`}, {`"""""""`, `string "`}, {`""""""""`, `string ""`}, {`"""a\"""`, `string a\`}, {`"""\u{41}"""`, `string \u{41}`},
		{"\"\"\"a\nb\"\"\"", "error"}, {"\"\"\"a\rb\"\"\"", "error"}, {`"""a""`, "error"}, {`"""a`, "error"}, {`"""`, "error"}, {`"" ""`, "error"},
		{`'a'`, "error"}, {`''`, "error"}, {`?"a"`, "error"}, {`?'a'`, "error"}, {`?"""a"""`, "error"}, {`'a`, "error"}, {`?"a`, "error"}, {`“a”`, "error"},

		{`0`, "int 0"}, {`007`, "int 7"}, {`2147483647`, "int 2147483647"}, {`2147483648`, "int 2147483648"}, {`9223372036854775807`, "int 9223372036854775807"},
		{`9223372036854775808`, "unsigned 9223372036854775808"}, {`18446744073709551615`, "unsigned 18446744073709551615"}, {`18446744073709551616`, "double 1.8446744073709552e+19"},
		{strings.Repeat("9", 300), fmt.Sprint("double ", 1e300)}, {`1.5`, "double 1.5"}, {`1.`, "double 1"}, {`.5`, "double 0.5"}, {`5e14`, "double 5e+14"}, {`1.2E-3`, "double 0.0012"},
		{`.5e1`, "double 5"}, {`1.e2`, "double 100"}, {`5E+2`, "double 500"}, {`1e400`, "error"}, {`1e-400`, "double 0"}, {`-5`, "*eql.Unary"}, {`+5`, "*eql.Unary"}, {`--5`, "*eql.Unary"},
		{`0x1F`, "error"}, {`1_000`, "error"}, {`5L`, "error"}, {`5d`, "error"}, {`1e`, "error"}, {`.`, "error"}, {`1.2.3`, "error"}, {`5f`, "error"}, {`NaN`, "*eql.Field"}, {`Infinity`, "*eql.Field"},
		{`true`, "bool true"}, {`false`, "bool false"}, {`null`, "null"}, {`True`, "*eql.Field"}, {`NULL`, "*eql.Field"},
	} {
		if diff := cmp.Diff(tt.want, value(tt.src)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.src, diff)
		}
	}
	if q, _ := eql.Parse("any where a == 18446744073709551616"); q.Body.(*eql.EventQuery).Cond.(*eql.Binary).Y.(*eql.Literal).Float != math.Ldexp(1, 64) {
		t.Error("the double is not 2^64")
	}
}

// fieldOf tells the name of the field in "any where <src> == 1".
func fieldOf(src string) string {
	q, issues := eql.Parse("any where " + src + " == 1")
	if hasError(issues) {
		return "error"
	}
	b, ok := q.Body.(*eql.EventQuery).Cond.(*eql.Binary)
	if !ok {
		return "no comparison"
	}
	f, ok := b.X.(*eql.Field)
	if !ok {
		return fmt.Sprintf("%T", b.X)
	}
	if f.Optional {
		return "?" + f.Name
	}
	return f.Name
}

// TestNames is LANGUAGE.md 1.2, 1.3.
func TestNames(t *testing.T) {
	tests := []struct{ src, want string }{
		{`a`, `a`}, {`_a`, `_a`}, {`@timestamp`, `@timestamp`}, {`A9_z`, `A9_z`}, {`a.b.c`, `a.b.c`}, {"a . b\n.\tc", `a.b.c`}, {`a.@b`, `a.@b`}, {`a._b`, `a._b`},
		{"`a b`", `a b`}, {"`a`.b", `a.b`}, {"a.`b.c`.d", `a.b.c.d`}, {"`my-field`", `my-field`}, {"`6x`", `6x`}, {"`*`", `*`}, {"`ü`", `ü`}, {"`a``b`", "a`b"}, {"`a\nb`", "a\nb"},
		{"`or`", `or`}, {"a.`sequence`", `a.sequence`}, {`?a`, `?a`}, {`? a.b`, `?a.b`}, {"?`a b`", `?a b`}, {"?a.`by`", `?a.by`}, {`head`, `head`}, {`tail`, `tail`}, {`runs`, `runs`},
		{`fork`, `fork`}, {`ms`, `ms`}, {`s`, `s`}, {`length`, `length`}, {`AND`, `AND`}, {`Where`, `Where`}, {`a.Sequence`, `a.Sequence`}, {`count`, `count`}, {`of2`, `of2`}, {`child`, `child`},
		{`a@b`, `error`}, {`a@`, `error`}, {`@`, `@`}, {`a-b`, `*eql.Binary`}, {`a.0b`, `error`}, {`a.0`, `error`}, {`a.b-c`, `*eql.Binary`}, {`6x`, `error`}, {`ü`, `error`}, {`a.*`, `error`},
		{`a..b`, `error`}, {`.a`, `error`}, {`a.`, `error`}, {"``", `error`}, {"`a", `error`}, {`a~`, `error`}, {`??a`, `error`}, {`a?`, `error`}, {`a.?b`, `error`}, {`?(a)`, `error`}, {`?1`, `error`},
		{`a[0]`, `error`}, {`a[0].b`, `error`}, {`a[0][1]`, `error`}, {`a[x]`, `error`}, {`a[]`, `error`}, {`a[-1]`, `error`}, {"a\u00a0", `error`}, {"a\f", `error`}, {"a\v", `error`}, {"\ufeffa", `error`},
	}
	for _, word := range strings.Fields("and any by false in in~ join like like~ maxspan not null of or regex regex~ sample sequence true until where with") {
		tests = append(tests, struct{ src, want string }{"a." + word, "error"}, struct{ src, want string }{"?" + word, "error"})
		if word != "null" && word != "true" && word != "false" {
			tests = append(tests, struct{ src, want string }{word, "error"})
		}
		if !strings.HasSuffix(word, "~") {
			tests = append(tests, struct{ src, want string }{"a.`" + word + "`", "a." + word}, struct{ src, want string }{"a." + strings.ToUpper(word), "a." + strings.ToUpper(word)},
				struct{ src, want string }{"a." + word + "x", "a." + word + "x"})
		}
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, fieldOf(tt.src)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.src, diff)
		}
	}
}

// TestStatements lists what the grammar takes and what it does not: LANGUAGE.md 1.1, 1.6, 2.1, 2.4, 6.3, 4.3.
func TestStatements(t *testing.T) {
	const ab = ` [a where true] [b where true]`
	for _, tt := range []struct {
		ok  bool
		src string
	}{
		{true, "any\twhere\r\ntrue"}, {true, "any where true // end"}, {true, "any /* a\n b */ where/**/true"}, {true, "any where /* a /* b */ c */ true"}, {true, "any where a/b == 1"},
		{false, "any where true /* a"}, {false, "any where true */"}, {false, "any where true # c"}, {false, "any where true; "}, {false, "any where 'a' == a"}, {false, "any where a == b = c"},

		{true, `any where a in ("x") and b not in~ ("y")`}, {false, `any where a in ()`}, {false, `any where a in ("x",)`}, {false, `any where a in "x"`}, {false, `any where a in ~ ("x")`},
		{false, `any where a not : "x"`}, {false, `any where a not like "x"`}, {true, `any where not a : "x"`}, {true, `any where not not a`}, {false, `any where a not in`}, {false, `any where a not b`},
		{false, `any where a : b`}, {false, `any where "x" : a`}, {false, `any where a : concat("x")`}, {false, `any where a : -1`}, {true, `any where a : 1`}, {true, `any where a : null`}, {true, `any where a : true`},
		{true, `any where a like (1, true, "x")`}, {false, `any where a like (null, "x")`}, {true, `any where a : (null, "x")`}, {false, `any where a like ()`}, {false, `any where a like ("x",)`}, {false, `any where a like ("x" "y")`}, {true, `any where "x" : "y"`},
		{false, `any where 1 < a < 3`}, {false, `any where a == b == c`}, {true, `any where (a == b) == true`}, {true, `any where a + b : "x"`}, {true, `any where -f in (1)`}, {true, `any where (a + b) in (1, 2)`},
		{false, `any where a = 1`}, {false, `any where a != = 1`}, {false, `any where a <> 1`}, {false, `any where a && b`}, {false, `any where a || b`}, {false, `any where ! a`},
		{false, `any where a and`}, {false, `any where or a`}, {false, `any where a b`}, {false, `any where ()`}, {false, `any where (a, b)`}, {false, `any where (a`}, {false, `any where a)`}, {true, `any where ((a))`},
		{true, `any where f() == 1`}, {true, `any where f(a, (b), c == 1) == 1`}, {false, `any where f(a,) == 1`}, {false, `any where f(,a) == 1`}, {true, `any where f~(a) == 1`}, {false, `any where _f~(a) == 1`},
		{false, "any where `f`(a) == 1"}, {false, `any where a.f(b) == 1`}, {true, `any where f (a) == 1`}, {false, `any where f ~(a) == 1`}, {false, `any where child of [process where true]`},
		{false, `any where not descendant of [process where true]`}, {false, `any where a and event of [x where b]`}, {false, `any where child of process`},

		{true, `"my cat" where true`}, {true, `"""cat""" where true`}, {true, `Any where true`}, {false, "`cat` where true"}, {false, `?cat where true`}, {false, `by where true`}, {false, `a.b where true`},
		{false, `* where true`}, {false, `where true`}, {false, `process`}, {false, `process where`}, {false, `process true`}, {false, `process WHERE true`}, {false, ``}, {false, ` // nothing`}, {false, `process, file where true`},
		{true, `head where true`}, {false, `any where true any where true`}, {false, `[any where true]`}, {false, `sequence where true`}, {true, `fork where true`}, {false, `1 where true`},

		{true, `sequence` + ab}, {true, `sequence by a, ?b.c` + ab}, {true, `sequence with maxspan=5m` + ab}, {true, `sequence by a with maxspan = 5 m` + ab}, {false, `sequence with maxspan=5m by a` + ab},
		{true, `sequence with maxspan=1ms` + ab}, {true, `sequence with maxspan=1s` + ab}, {true, `sequence with maxspan=1h` + ab}, {true, `sequence with maxspan=1d` + ab}, {true, `sequence with maxspan=007s` + ab},
		{false, `sequence with maxspan=0s` + ab}, {false, `sequence with maxspan=1.5h` + ab}, {false, `sequence with maxspan=5` + ab}, {false, `sequence with maxspan=5M` + ab}, {false, `sequence with maxspan=5H` + ab},
		{false, `sequence with maxspan=1w` + ab}, {false, `sequence with maxspan=1us` + ab}, {false, `sequence with maxspan=1nanos` + ab}, {false, `sequence with maxspan=1micros` + ab}, {false, `sequence with maxspan=-5m` + ab},
		{false, `sequence with maxspan="5m"` + ab}, {false, `sequence with maxspan` + ab}, {false, `sequence with maxspan==5m` + ab}, {false, `sequence with runs=5` + ab}, {false, `sequence maxspan=5m` + ab},
		{false, `sequence with MAXSPAN=5m` + ab}, {false, `sequence with maxspan=99999999999999999999s` + ab}, {false, `sequence by` + ab}, {false, `sequence by a,` + ab}, {false, `sequence by a b` + ab}, {false, `sequence by a + 1` + ab},
		{false, `sequence by length(a)` + ab}, {false, `sequence by "a"` + ab}, {false, `sequence by 1` + ab}, {false, `sequence by (a)` + ab}, {true, "sequence by `a b`" + ab}, {false, `sequence by a by b` + ab}, {true, `sequence by key[a where true][b where true]`},
		{true, `sequence [a where true] by x [b where true] by y`}, {true, `sequence by u [a where true] by x [b where true] by y until [c where true] by z`}, {false, `sequence by u` + ab + ` until [c where true] by z`},
		{false, `sequence [a where true] by x [b where true]`}, {false, `sequence [a where true] by x [b where true] by y, z`}, {false, `sequence [a where true] by x [b where true] by y until [c where true]`},
		{true, `sequence [a where true] with runs=2`}, {true, `sequence [a where true] by x with runs=2 [b where true] by x`}, {false, `sequence [a where true] with runs=2 by x [b where true] by x`}, {false, `sequence [a where true] with runs=1`},
		{true, `sequence [a where true] with runs=1 [b where true]`}, {true, `sequence [a where true] with runs=100`}, {false, `sequence [a where true] with runs=101`}, {false, `sequence [a where true] with runs=0 [b where true]`},
		{false, `sequence [a where true] with runs=-1 [b where true]`}, {true, `sequence [a where true] with runs=1.5 [b where true]`}, {false, `sequence [a where true] with run=2 [b where true]`}, {false, `sequence [a where true] with maxspan=2s [b where true]`},
		{false, `sequence [a where true] with runs [b where true]`}, {false, `sequence [a where true] with runs=x [b where true]`}, {false, `sequence [a where true] runs=2`}, {false, `sequence`}, {false, `sequence by a`}, {false, `sequence [a where true]`},
		{false, `sequence [a where true] until [b where true]`}, {false, `sequence until [b where true]`}, {true, `sequence` + ab + ` until [c where true]`}, {true, `sequence` + ab + ` until ![c where true]`}, {true, `sequence` + ab + ` until [c where true] with runs=2`},
		{false, `sequence` + ab + ` until [c where true] until [d where true]`}, {false, `sequence` + ab + ` until [c where true] [d where true]`}, {false, `sequence` + ab + ` until`}, {false, `sequence` + ab + ` until c where true`},
		{true, `sequence with maxspan=1m [a where true] ![b where true]`}, {true, `sequence with maxspan=1m ![a where true] [b where true] ![c where true]`}, {true, `sequence with maxspan=1m [a where true] ![b where true] with runs=2 [c where true]`},
		{false, `sequence [a where true] ![b where true]`}, {false, `sequence with maxspan=1m ![a where true] ![b where true]`}, {false, `sequence with maxspan=1m [a where true] ! [b where true]`}, {false, `sequence with maxspan=1m ![a where true]`},
		{false, `sequence [any where a[0] == 1] [b where true]`}, {false, `sequence [a where true] fork [b where true]`}, {false, `sequence [a where true], [b where true]`}, {false, `sequence [[a where true]] [b where true]`},

		{true, `sample by a` + ab}, {true, `sample by a, ?b` + ab}, {true, `sample [a where true] by x [b where true] by y`}, {false, `sample` + ab}, {false, `sample by a [a where true]`}, {false, `sample by a with maxspan=1m` + ab},
		{false, `sample by a [a where true] with runs=2 [b where true]`}, {false, `sample by a [a where true] ![b where true]`}, {false, `sample by a` + ab + ` until [c where true]`}, {false, `sample by a [a where true] by x [b where true]`},
		{true, `join by a` + ab}, {true, `join` + ab + ` until [c where true]`}, {false, `join [a where true]`}, {false, `join by a with maxspan=1m` + ab},

		{true, `any where true | head 5`}, {true, `any where true | tail 0 | head 3`}, {true, `any where true | head 2 + 3`}, {true, `any where true|head 1`}, {true, `any where true | head length("abc")`}, {false, `any where true | head`},
		{false, `any where true | head -1`}, {false, `any where true | head 1 - 2`}, {false, `any where true | head 1.5`}, {false, `any where true | head "1"`}, {false, `any where true | head 1, 2`}, {false, `any where true | head a`}, {false, `any where true | head null`},
		{false, `any where true | head true`}, {false, `any where true | HEAD 1`}, {false, `any where true | limit 1`}, {false, `any where true |`}, {false, `any where true | | head 1`}, {false, `any where true || head 1`}, {false, `any where true | count`},
		{false, `any where true | filter a == 1`}, {false, `any where true | sort a`}, {false, `any where true | unique a`}, {false, `any where true | unique_count a, b`}, {false, `any where true head 1`}, {false, `any where true | head 1 2`},
	} {
		if _, issues := eql.Parse(tt.src); hasError(issues) == tt.ok {
			t.Errorf("%s: want ok %v, got %v", tt.src, tt.ok, issues)
		}
	}
}

// TestBinding shows how operators bind: the canonical text with parentheses around every operation.
func TestBinding(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`not a == b and c`, `((not (a == b)) and c)`}, {`a or b and c`, `(a or (b and c))`}, {`a and b or c and d`, `((a and b) or (c and d))`}, {`not a or b`, `((not a) or b)`},
		{`a - b - c == 1`, `(((a - b) - c) == 1)`}, {`a + b * c == 1`, `((a + (b * c)) == 1)`}, {`a * b % c / d == 1`, `((((a * b) % c) / d) == 1)`}, {`-a * b == 1`, `(((- a) * b) == 1)`},
		{`a + b : "x"`, `(a + (b : "x"))`}, {`-f in (1)`, `(- (f in (1)))`}, {`a == b in (1)`, `(a == (b in (1)))`}, {`not a in (1)`, `(not (a in (1)))`}, {`a not in (1) and b`, `((a not in (1)) and b)`},
		{`a < b + c and not not d`, `((a < (b + c)) and (not (not d)))`}, {`- - a == 1`, `((- (- a)) == 1)`}, {`not a : "x" or b like "y"`, `((not (a : "x")) or (b like "y"))`}, {`a == -1`, `(a == (- 1))`},
	} {
		q, issues := eql.Parse("any where " + tt.src)
		if len(issues) > 0 {
			t.Errorf("%s: %v", tt.src, issues)
			continue
		}
		if diff := cmp.Diff(tt.want, bracket(q.Body.(*eql.EventQuery).Cond)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.src, diff)
		}
	}
}

func bracket(e eql.Expr) string {
	switch e := e.(type) {
	case *eql.Unary:
		return "(" + e.Op.String() + " " + bracket(e.X) + ")"
	case *eql.Binary:
		return "(" + bracket(e.X) + " " + e.Op.String() + " " + bracket(e.Y) + ")"
	case *eql.Match:
		return "(" + bracket(e.X) + " " + e.Op.String() + " " + eql.FormatExpr(e.List[0]) + ")"
	case *eql.In:
		not := ""
		if e.Negated {
			not = "not "
		}
		return "(" + bracket(e.X) + " " + not + "in (" + eql.FormatExpr(e.List[0]) + "))"
	}
	return eql.FormatExpr(e)
}
