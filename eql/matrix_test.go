package eql_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

// matrixFields has a field of every mapping type. The first letter of a name is its class (LANGUAGE.md 3.2): s string, b
// boolean, i integral, r rational, d date, a ip, v version, y binary, t text without keyword sub-field, x not usable.
var matrixFields = catalog{
	"s_keyword": {Type: eql.TypeKeyword}, "s_constant": {Type: eql.TypeConstantKeyword}, "s_wildcard": {Type: eql.TypeWildcard},
	"s_text": {Type: eql.TypeText, Exact: "s_text.keyword"}, "s_match": {Type: eql.TypeMatchOnlyText, Exact: "s_match.keyword"},
	"s_array": {Type: eql.TypeKeyword, Array: true}, "s_alias": {Type: eql.TypeKeyword, Target: "s_keyword"},
	"b_boolean": {Type: eql.TypeBoolean}, "i_byte": {Type: eql.TypeByte}, "i_short": {Type: eql.TypeShort}, "i_integer": {Type: eql.TypeInteger},
	"i_long": {Type: eql.TypeLong}, "i_unsigned": {Type: eql.TypeUnsignedLong}, "r_half": {Type: eql.TypeHalfFloat},
	"r_float": {Type: eql.TypeFloat}, "r_scaled": {Type: eql.TypeScaledFloat}, "r_double": {Type: eql.TypeDouble},
	"d_date": {Type: eql.TypeDate}, "d_nanos": {Type: eql.TypeDateNanos}, "a_ip": {Type: eql.TypeIP}, "v_version": {Type: eql.TypeVersion},
	"y_binary": {Type: eql.TypeBinary}, "t_text": {Type: eql.TypeText}, "t_match": {Type: eql.TypeMatchOnlyText},
	"x_object": {Type: eql.TypeObject}, "x_nested": {Type: eql.TypeNested}, "x_below": {Type: eql.TypeKeyword, Nested: true},
	"x_flattened": {Type: eql.TypeFlattened}, "x_point": {Type: eql.TypeGeoPoint}, "x_shape": {Type: eql.TypeGeoShape},
	"x_range": {Type: eql.TypeRange}, "x_alias": {Type: eql.TypeAlias}, "x_join": {Type: eql.TypeUnsupported},
	"x_normalized": {Type: eql.TypeKeyword, Normalized: true},
}

// typeRules says, for each construct around a field F, which classes Elasticsearch takes and what it says to the rest:
// "class,class: id phase", in this order, "*" for all that are left. Classes of which the text claims nothing are
// listed with "?". t and x are the same everywhere. Taken from LANGUAGE.md 3.4, 3.5, 5.3, 6.3, not from the code.
var typeRules = []struct{ cond, want string }{
	{`F`, `b: | *: type-mismatch verify`},
	{`not F`, `b: not-boolean plan | *: type-mismatch verify`},
	{`F and true`, `b: | *: type-mismatch verify`},
	{`true or F or false`, `b: | *: type-mismatch verify`},
	{`(F) == null or F != null`, `*:`},
	{`F == "x" or F != "x"`, `s,v,y: | b,i,r,d,a: type-mismatch runtime`},
	{`"x" == F`, `s,v,y: | b,i,r,d,a: type-mismatch runtime`},
	{`F >= "x"`, `s,v: | y: ? | b,i,r,d,a: type-mismatch runtime`},
	{`F == 1`, `s,i,r,d: | v,y: ? | b,a: type-mismatch runtime`},
	{`F < 5 and 5 < F`, `s,i,r,d: | v,y: ? | b,a: type-mismatch runtime`},
	{`F == 4.5`, `s,i,r: | d,v,y: ? | b,a: type-mismatch runtime`},
	{`F == "12"`, `s,v,y,i,r,d: | b,a: type-mismatch runtime`}, // an epoch
	{`F == true`, `s,b: | v,y: ? | i,r,d,a: type-mismatch runtime`},
	{`F != "false"`, `s,b,v,y: | i,r,d,a: type-mismatch runtime`},
	{`F == "2020-02-03T04:05:06Z" or F >= "now-1h" or F < "2020-01-01||/M"`, `s,v,d: | y: ? | b,i,r,a: type-mismatch runtime`},
	{`F == "2020-02-41"`, `s,v,y: | b,i,r,d,a: type-mismatch runtime`},
	{`F == "10.0.0.1" or F > "10.0.0.1"`, `s,v,a: | y: ? | b,i,r,d: type-mismatch runtime`},
	{`F == "10.0.0.0/8"`, `s,v,y,a: | b,i,r,d: type-mismatch runtime`},
	{`F < "10.0.0.0/8"`, `s,v: | y: ? | b,i,r,d,a: type-mismatch runtime`},
	{`F : "x"`, `s: | *: type-mismatch verify`},
	{`F : ("x", "y*")`, `s: | *: type-mismatch verify`},
	{`F like "x*"`, `s: | *: type-mismatch verify`},
	{`F like~ "x*"`, `s: | *: type-mismatch verify`},
	{`F regex "x.*"`, `s: | *: type-mismatch verify`},
	{`F regex~ "x.*"`, `s: | *: type-mismatch verify`},
	{`F in~ ("x")`, `s: | *: type-mismatch verify`},
	{`F : null`, `s: | *: type-mismatch verify`},
	{`F in ("x", "y")`, `s: | y: ? | *: type-mismatch verify`},
	{`F in (1, 2.5)`, `i,r: | y: ? | *: type-mismatch verify`},
	{`F in (true)`, `b: | y: ? | *: type-mismatch verify`},
	{`F in (null)`, `*:`},
	{`F not in ("10.0.0.0/8", "::1")`, `s: | y: ? | *: type-mismatch verify`},
	{`F in ("2024-01-01")`, `s: | y: ? | *: type-mismatch verify`},
	{`F + 1 == 2`, `i,r: | *: type-mismatch verify`},
	{`1 - F == 2`, `i,r: | *: type-mismatch verify`},
	{`2 * F / 3 % 4 == 2`, `i,r: | *: type-mismatch verify`},
	{`-F == 2 and +F == 3`, `i,r: | *: type-mismatch verify`},
	{`add(F, 1) == 2`, `i,r: | *: function-arguments verify`},
	{`subtract(1, F) == 2`, `i,r: | *: function-arguments verify`},
	{`multiply(F, F) == 2`, `i,r: | *: function-arguments verify`},
	{`divide(F, 2) == 2`, `i,r: | *: function-arguments verify`},
	{`modulo(F, 2) == 2`, `i,r: | *: function-arguments verify`},
	{`length(F) == 1`, `s: | *: function-arguments verify`},
	{`startsWith(F, "x")`, `s: | *: function-arguments verify`},
	{`startsWith(s_keyword, F)`, `s: | *: function-arguments verify`},
	{`endsWith(F, "x")`, `s: | *: function-arguments verify`},
	{`endsWith~(s_keyword, F)`, `s: | *: function-arguments verify`},
	{`stringContains(F, "x")`, `s: | *: function-arguments verify`},
	{`stringContains(s_keyword, F)`, `s: | *: function-arguments verify`},
	{`indexOf(F, "x") == 1`, `s: | *: function-arguments verify`},
	{`indexOf(s_keyword, F) == 1`, `s: | *: function-arguments verify`},
	{`indexOf(s_keyword, "x", F) == 1`, `i: | *: function-arguments verify`},
	{`substring(F, 1) == "x"`, `s: | *: function-arguments verify`},
	{`substring(s_keyword, F) == "x"`, `i: | *: function-arguments verify`},
	{`substring(s_keyword, 0, F) == "x"`, `i: | *: function-arguments verify`},
	{`between(F, "a", "b") == "c"`, `s: | *: function-arguments verify`},
	{`between(s_keyword, F, "b") == "c"`, `s: | *: function-arguments verify`},
	{`between(s_keyword, "a", F) == "c"`, `s: | *: function-arguments verify`},
	{`between(s_keyword, "a", "b", F) == "c"`, `b: | *: function-arguments verify`},
	{`number(F) == 1`, `s: | *: function-arguments verify`},
	{`number(s_keyword, F) == 1`, `i: | *: function-arguments verify`},
	{`cidrMatch(F, "10.0.0.0/8")`, `a: | *: function-arguments verify`},
	{`cidrMatch(a_ip, F)`, `*: function-arguments verify`},
	{`concat(F, "x") == "y" and concat(F) != null`, `*:`},
	{`string(F) == "x"`, `*:`},
	{`F == s_keyword`, `*: field-comparison plan`},
	{`s_keyword != F`, `*: field-comparison plan`},
	{`s_keyword in ("a", F)`, `*: field-comparison plan`},
}

// ruleFor finds what a row says about a class.
func ruleFor(t *testing.T, row, class string) string {
	t.Helper()
	for _, part := range strings.Split(row, "|") {
		classes, what, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			t.Fatalf("row without a colon: %q", row)
		}
		if classes == "*" || slices.Contains(strings.Split(classes, ","), class) {
			return strings.TrimSpace(what)
		}
	}
	t.Fatalf("row %q says nothing about class %s", row, class)
	return ""
}

// errorsOf lists the errors of a condition, "id phase" each once.
func errorsOf(t *testing.T, src string) []string {
	t.Helper()
	q, issues := eql.Parse(src)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", src, issues)
	}
	_, issues = eql.Check(q, matrixFields)
	var got []string
	for _, i := range issues {
		if s := strings.TrimPrefix(i.Code, "query/") + " " + i.Phase; i.Level == eql.Error && !slices.Contains(got, s) {
			got = append(got, s)
		}
	}
	return got
}

// textEquality is a condition that an unsigned_long takes: a text that is no number equals nothing there.
var textEquality = regexp.MustCompile(`^(F [!=]= "[^"]*"( or )?)+$|^"x" == F$`)

func TestTypeMatrix(t *testing.T) {
	n := 0
	for _, row := range typeRules {
		for name := range matrixFields {
			class := name[:1]
			var want []string
			switch what := ""; class {
			case "t":
				want = []string{"text-field verify"}
			case "x":
				want = []string{"unknown-field verify"}
			default:
				if what = ruleFor(t, row.want, class); what == "?" {
					continue
				} else if what != "" && (name != "i_unsigned" || what != "type-mismatch runtime" || !textEquality.MatchString(row.cond)) {
					want = []string{what}
				}
			}
			n++
			src := "any where " + replaceField(row.cond, name)
			if diff := cmp.Diff(want, errorsOf(t, src)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", src, diff)
			}
		}
		// An optional field that the mapping lacks is the literal null, which stands everywhere.
		if src := "any where " + replaceField(row.cond, "?gone"); !strings.Contains(row.cond, "F == s_") && !strings.Contains(row.cond, "!= F") && len(errorsOf(t, src)) > 0 {
			t.Errorf("%s: %v", src, errorsOf(t, src))
		}
		if got := errorsOf(t, "any where "+replaceField(row.cond, "gone")); !slices.Contains(got, "unknown-field verify") {
			t.Errorf("%s with an unknown field: %v", row.cond, got)
		}
	}
	t.Logf("%d combinations", n)
}

// replaceField puts a name in the place of the word F.
func replaceField(cond, name string) string {
	var out strings.Builder
	for i := range len(cond) {
		alone := cond[i] == 'F' && (i == 0 || strings.IndexByte(" (-+", cond[i-1]) >= 0) && (i+1 == len(cond) || strings.IndexByte(" ),", cond[i+1]) >= 0)
		if alone {
			out.WriteString(name)
		} else {
			out.WriteByte(cond[i])
		}
	}
	return out.String()
}

// TestKeyMatrix joins every type with every other: compatible are equal types, two strings, two numbers, two dates.
func TestKeyMatrix(t *testing.T) {
	group := func(name string) string {
		switch c := name[:1]; c {
		case "i", "r":
			return "number"
		default:
			return c
		}
	}
	for a := range matrixFields {
		for b := range matrixFields {
			if strings.ContainsAny(a[:1]+b[:1], "tx") {
				continue
			}
			for _, form := range []string{"sequence [any where true] by %s [any where true] by %s", "sample [any where true] by %s [any where true] by %s",
				"sequence [any where true] by %s [any where true] by %[1]s until [any where true] by %[2]s",
				"sequence by s_array [any where true] by ?gone [any where true] by %s until [any where true] by %s"} {
				src := fmt.Sprintf(form, a, b)
				var want []string
				if group(a) != group(b) {
					want = []string{"sequence-join verify"}
				}
				if diff := cmp.Diff(want, errorsOf(t, src)); diff != "" {
					t.Errorf("%s (-want +got)\n%s", src, diff)
				}
			}
		}
	}
}

// TestResultTypes uses the results of operators and functions as conditions and as operands.
func TestResultTypes(t *testing.T) {
	tests := []struct{ cond, want string }{
		{`length(s_keyword)`, `type-mismatch verify`}, {`indexOf(s_keyword, "x")`, `type-mismatch verify`},
		{`substring(s_keyword, 1)`, `type-mismatch verify`}, {`concat(s_keyword)`, `type-mismatch verify`}, {`number("1")`, `type-mismatch verify`},
		{`add(1, i_long)`, `type-mismatch verify`}, {`i_long + 1`, `type-mismatch verify`}, {`-i_long`, `type-mismatch verify`}, {`"x"`, `type-mismatch verify`},
		{`1`, `type-mismatch verify`}, {`b_boolean and 1`, `type-mismatch verify`}, {`not "x"`, `type-mismatch verify`}, {`not length(s_keyword)`, `type-mismatch verify`},
		{`null`, ``}, {`true`, ``}, {`startsWith(s_keyword, "x")`, ``}, {`cidrMatch(a_ip, "::1") == false`, ``}, {`(s_keyword : "x") == true`, ``},
		{`startsWith(s_keyword, "x") + 1 == 2`, `type-mismatch verify`}, {`(b_boolean or true) * 2 == 2`, `type-mismatch verify`},
		{`length(length(s_keyword)) == 1`, `function-arguments verify`}, {`length(concat(i_long, "x")) == 1`, ``}, {`length(string(i_long)) + 1 == 1`, ``},
		{`length(startsWith(s_keyword, "x")) == 1`, `function-arguments verify`}, {`substring(s_keyword, length(s_keyword) - 1) == "x"`, ``},
		{`substring(s_keyword, i_long / 2.0) == "x"`, `function-arguments verify`}, {`number(s_keyword) + 1 == 2`, ``}, {`add(number(s_keyword), 1) == 2`, ``},
		{`concat(s_keyword, "x") : "y*" and substring(s_keyword, 1) in~ ("x")`, ``}, {`length(s_keyword) : "1"`, `type-mismatch verify`},
		{`length(s_keyword) in ("1")`, `type-mismatch verify`}, {`length(s_keyword) in (1, 2)`, ``}, {`string(i_long) in ("1")`, ``},
		{`(i_long + 1) in (1, 2)`, ``}, {`-i_long in (1)`, `type-mismatch verify`}, {`s_keyword in~ (1)`, `type-mismatch verify`}, {`?gone in~ (1)`, `type-mismatch verify`},
		{`length(s_keyword) == length(s_text)`, `field-comparison plan`}, {`i_long - i_byte == 0`, ``}, {`i_long == i_byte + 1`, `field-comparison plan`},
		{`5 + 1 < i_long`, ``}, {`startsWith(s_keyword, "x") == b_boolean`, `field-comparison plan`}, {`(s_keyword == "x") == (1 == 1)`, ``},
		{`?gone == ?gone2 or ?gone == s_keyword`, ``},
		// errors of constants, at the part that fails
		{`1 / 0 == 1`, `div-zero fold`}, {`i_long == 1 % 0`, `div-zero fold`}, {`i_long / 0 == 1`, `div-zero runtime`}, {`r_float / 0 == 1`, ``},
		{`divide(1, 0) == 1`, `div-zero fold`}, {`modulo(i_long, 0) == 1`, `div-zero runtime`}, {`1 / 0.0 == 1`, ``}, {`(1 / 0) in (1)`, `div-zero fold`},
		{`number("abc") == 1`, `fold-error fold`}, {`i_long in (number("abc"))`, `fold-error fold`}, {`length(string(number(""))) == 3`, `fold-error fold`},
		{`2147483647 + 1 == i_long`, `fold-error fold`}, {`9223372036854775807 + 1 == i_long`, `fold-error fold`}, {`2147483648 + 1 == i_long`, ``},
		{`number("0xff", 16) == 255 or number("z", 36) == 35`, ``}, {`number("12", 8.5) == 1`, `function-arguments verify`},
	}
	for _, tt := range tests {
		got := strings.Join(errorsOf(t, "any where "+tt.cond), " | ")
		if got != tt.want {
			t.Errorf("%s: want %q, got %q", tt.cond, tt.want, got)
		}
	}
}

// TestArgumentCounts calls every function with 0 to 6 arguments.
func TestArgumentCounts(t *testing.T) {
	counts := map[string][2]int{"add": {2, 2}, "subtract": {2, 2}, "multiply": {2, 2}, "divide": {2, 2}, "modulo": {2, 2}, "between": {3, 4},
		"cidrMatch": {2, 9}, "concat": {1, 9}, "endsWith": {2, 2}, "startsWith": {2, 2}, "stringContains": {2, 2}, "indexOf": {2, 3}, "length": {1, 1},
		"number": {1, 2}, "string": {1, 1}, "substring": {2, 3}}
	for name, c := range counts {
		for _, spelling := range []string{name, strings.ToUpper(name), strings.ToLower(name), name + "~"} {
			for n := range 7 {
				src := fmt.Sprintf("any where %s(%s) == null", spelling, strings.TrimSuffix(strings.Repeat("null, ", n), ", "))
				var want []string
				if strings.HasSuffix(spelling, "~") && !slices.Contains([]string{"between", "endsWith", "startsWith", "stringContains", "indexOf"}, name) {
					want = []string{"function-case verify"}
				}
				if n < c[0] || n > c[1] {
					want = append(want, "function-arguments verify")
				}
				if diff := cmp.Diff(want, errorsOf(t, src)); diff != "" {
					t.Errorf("%s (-want +got)\n%s", src, diff)
				}
			}
		}
	}
	for _, name := range []string{"wildcard", "match", "matchLite", "arrayContains", "arrayCount", "arraySearch", "safe", "lenght"} {
		if got := errorsOf(t, "any where "+name+`(s_keyword, "x")`); !slices.Equal(got, []string{"unknown-function verify"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
