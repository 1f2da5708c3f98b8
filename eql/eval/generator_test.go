package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
)

// genFields is the mapping that generated queries run against. ?m is not in it, though events may have it; gone is never
// in an event.
var genFields = fieldMap{
	"k": {Type: eql.TypeKeyword}, "arr": {Type: eql.TypeKeyword}, "short": {Type: eql.TypeKeyword, IgnoreAbove: 3},
	"wild": {Type: eql.TypeWildcard}, "al": {Type: eql.TypeKeyword, Target: "k"},
	"txt": {Type: eql.TypeText, Exact: "txt.raw"}, "txt.raw": {Type: eql.TypeKeyword, IgnoreAbove: 4},
	"gone": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "i": {Type: eql.TypeInteger}, "u": {Type: eql.TypeUnsignedLong},
	"d": {Type: eql.TypeDouble}, "f": {Type: eql.TypeFloat}, "h": {Type: eql.TypeHalfFloat}, "b": {Type: eql.TypeBoolean},
	"ip": {Type: eql.TypeIP}, "t": {Type: eql.TypeDate}, "tn": {Type: eql.TypeDateNanos}, "v": {Type: eql.TypeVersion},
}

// gen makes random conditions and events.
type gen struct {
	*rand.Rand
	mapped bool
	opts   Options // of the programs
}

func pick[T any](g *gen, list ...T) T { return list[g.IntN(len(list))] }

func (g *gen) chance(n int) bool { return g.IntN(n) == 0 }

func (g *gen) cond(depth int) string {
	if depth > 0 {
		switch g.IntN(7) {
		case 0, 1:
			return "(" + g.cond(depth-1) + " and " + g.cond(depth-1) + ")"
		case 2, 3:
			return "(" + g.cond(depth-1) + " or " + g.cond(depth-1) + ")"
		case 4:
			return "not " + g.cond(depth-1)
		case 5:
			return "(" + g.cond(depth-1) + ") " + pick(g, "== true", "== false", "!= true", "!= false", "== null", "!= null")
		}
	}
	return g.leaf()
}

var (
	comparisons = []string{"==", "!=", "<", "<=", ">", ">="}
	genTexts    = []string{"a", "A", "ab", "aB", "abc", "", "5", "true", "é", "É", "x.y", "\u212a", "k", "a*", "ab?", "İb", "ıx", "I", "ſ", "S",
		"\U0001F600a", "b\U0001F600", "a\\b", "-3", "4.5", "0x1f", "2024-02-03", "ab abc", "10.0.0.5", "3d", " 5", "5."}
	genPatterns = []string{"a", "A", "a*", "*B", "*b*", "?b", "a?c", "*", "**", "", "É", "k", "5", "tr*", "?", "*\U0001F600*", "a*b*c", "*?", "s", "i", "I*"}
	genRegexes  = []string{"a", "a.*", ".*b.*", "[ab]+", "a|ab", "x.y", "5", ".*", "x\\.y", "a\\*", "[^a].*", "[a-c]+", "(ab)?.*", "a{1,2}.*", "~a", "a&.",
		"@", "#", "<1-9>", "\"a\"b.*", "\\d+", "\\w*", ".b?c?", "[K]", "~(.*b.*)&@", "^a", "a$", "*a", "()|b", "", "[é-]"[:0] + "é", "a]", "[]a]"}
	genScriptRegexes = []string{"a", "a.*", ".*b.*", "[ab]+", "a|ab", "x.y", "5", ".*", "x\\.y", "^a.*$", "[^a].*", "\\d+", "(?i)AB", "(?:a|b).*", "a{1,2}.*", "a^b", "é"}
	genNeedles       = []string{"a", "B", "", "b*", "?", "a\\*", "\\?", "É", "ab", "\U0001F600", "s", "\\", "a\\"}
)

func quote(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

func (g *gen) list(from []string, n int) string {
	var out []string
	for range 1 + g.IntN(n) {
		out = append(out, quote(pick(g, from...)))
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func (g *gen) text() string { return quote(pick(g, genTexts...)) }

func (g *gen) leaf() string {
	switch g.IntN(20) {
	case 0, 1:
		if g.chance(5) {
			return g.text() + " " + pick(g, comparisons...) + " " + g.str(1)
		}
		return g.str(1) + " " + pick(g, comparisons...) + " " + pick(g, g.text(), g.text(), g.text(), "5", "true", "4.5")
	case 2:
		return g.stringField() + " " + pick(g, ":", "like", "like~") + " " + g.list(genPatterns, 12)
	case 3:
		return g.str(2) + " " + pick(g, ":", "like", "like~") + " " + quote(pick(g, genPatterns...))
	case 4:
		return g.str(1) + " " + pick(g, "in", "not in", "in~") + " " + g.list(genTexts, 12)
	case 5:
		return g.stringField() + " " + pick(g, "regex", "regex~") + " " + pick(g, g.list(genRegexes, 3), quote(pick(g, genRegexes...)))
	case 6:
		return g.computed(1) + " " + pick(g, "regex", "regex~") + " " + pick(g, g.list(genScriptRegexes, 3), quote(pick(g, genScriptRegexes...)))
	case 7, 8:
		return g.num(2) + " " + pick(g, comparisons...) + " " + g.number()
	case 9:
		return pick(g, g.number(), g.constNum(2)) + " " + pick(g, comparisons...) + " " + g.num(1)
	case 10:
		return pick(g, g.str(2), g.num(2), "b", "ip", "t", "tn", "v", "txt") + " " + pick(g, "==", "!=") + " null"
	case 11:
		return g.boolLeaf()
	case 12, 13:
		return pick(g, "startsWith", "endsWith", "stringContains", "STARTSWITH") + pick(g, "", "~") + "(" + g.str(1) + ", " + quote(pick(g, genNeedles...)) + ")"
	case 14:
		return pick(g, "startsWith", "endsWith", "stringContains") + pick(g, "", "~") + "(" + pick(g, g.str(1), g.text()) + ", " + pick(g, g.str(0), "null") + ")" +
			pick(g, "", " == false", " == true", " != false", " == null")
	case 15, 16:
		return g.typed()
	case 17:
		return g.constant()
	}
	return g.optional()
}

// soundLeaf is a leaf that compiles: a constant part of it does not fail, a mapper can parse its literals.
func (g *gen) soundLeaf() string {
	for {
		leaf := g.leaf()
		q, _ := eql.Parse("any where " + leaf)
		var info *eql.Info
		if g.mapped {
			info, _ = eql.Check(q, genFields)
		}
		if _, err := Compile(q, info, g.opts); err == nil {
			return leaf
		}
	}
}

func (g *gen) boolLeaf() string {
	return pick(g, "b", "b == true", "b == false", "b != true", `b == "true"`, `b != "false"`, "b >= false", "n in (1, 5, 4.5)", `n == "5"`, `n in (5, null)`,
		"true", "false", "null", "b in (true)", "not b", "k in (null)", "k : null", `string(n > 1 and b == true) == "true"`, `string(k == "a" or n < 3) == "true"`,
		`string(b) == "true"`, `concat(b, n) : "true*"`, `u == 18446744073709551615`, `u >= 9223372036854775808`, `u < 5`, `(n > 3) == null`)
}

// typed compares fields of types that have an order of their own.
func (g *gen) typed() string {
	if !g.mapped {
		return pick(g, `cidrMatch(ip, "10.0.0.0/24")`, `ip == "10.0.0.5"`, `ip : "10.*"`, `t < "2024-02-03"`, `n : "5"`, `n like "5*"`, `b : "TR*"`, `length(n) == 1`, `d : "2.*"`, `n == "x"`, `n > "4"`, `k == 5`, `k < 5`,
			`b == "x"`, `k == true`, `k in (5, "a", true)`, `n in ("5", 1)`, `string(n > "4") == "true"`)
	}
	op := pick(g, comparisons...)
	switch g.IntN(7) {
	case 0:
		return pick(g, "ip == ", "ip != ") + quote(pick(g, "10.0.0.0/8", "10.0.0.5", "::1", "::/0", "::ffff:10.0.0.0/104", "10.0.0.9/24", "0:0:0:0:0:0:0:1", "x", "10.0.0.0/40"))
	case 1:
		return "ip " + op + " " + quote(pick(g, "10.0.0.5", "::1", "10.0.1.0", "::ffff:10.0.1.5"))
	case 2:
		return pick(g, `ip in ("::1", "10.0.0.5")`, `ip not in ("10.0.0.0/24", "::/1")`, `cidrMatch(ip, "10.0.0.0/24")`, `cidrMatch(ip, "::/0", "10.0.0.0/8")`, `cidrMatch(ip, "10.0.1.77/31") == false`,
			`concat(ip, "") : "10.*"`, `string(ip) == "::1"`, `cidrMatch(ip, "x")`, `cidrMatch(ip, null)`)
	case 3, 4:
		return pick(g, "t", "tn", "t", "tn") + " " + op + " " + pick(g, quote(pick(g, genDates...)), "1706933106700", "2024", "1706933106700")
	case 5:
		return pick(g, "t", "tn") + pick(g, ` in ("2024-02-03", "2024-02-04T00")`, ` not in ("2024-02", "1706933106700")`, " != null")
	}
	return pick(g, "v", "v", "v") + " " + op + " " + quote(pick(g, genVersions...))
}

var (
	genDates = []string{"2024-02-03", "2024-02-03T04:05:06Z", "2024-02-04", "2024-02", "2024", "2024-02-03T04", "2024-02-03T04:05", "2024-02-03T04:05:06.7Z", "2024-02-03T04:05:06.700001Z",
		"2024-02-03T06:05:06+02:00", "now-1d", "now/d", "now-1M/M", "2024-01-31||+1M", "2024-02-03||/M", "2024-02-05||-1d/d", "2024-02-03||/w", "2024-02-30", "soon", "2024-02-03T04:05:06.123456789Z"}
	genVersions = []string{"1.2.3", "1.10.0", "1.2", "1.2.3-rc1", "1.2.3-rc.2", "1.2.3-rc.10", "1.2.3-alpha", "1.2.3-1", "1.2.3+b1", "bad", "2", "1.2.3-rc.2.x", ""}
)

// constant is a condition without a field.
func (g *gen) constant() string {
	return pick(g, `"a" : "A"`, `"a" : "b*"`, `"ab" like "a?"`, `"a" regex "[ab]"`, `"a" regex~ "A"`, `5 in (5, null)`, `not 5 in (6, null)`, `"a" in~ ("A")`, "1 == 1.0", `"1" == 1`, `"1" != 1`, "null == null",
		"5 == null", "5 != null", "null < 5", `between("abc", "a", "c") == "b"`, `between("abc", "", "") == ""`, `length(null) == null`, g.constNum(2)+" > 3", `"a" < "b"`,
		`number("0x1f") == 31`, `number("x") == 1`, "1 / 0 == 1", "1.0 / 0 > 5", "2147483647 + 1 > 0", `string(1.0E10) == "1.0E10"`, `concat("a", 1, true, 2.5) == "a1true2.5"`,
		`between~("xAbC", "a", "c") == "b"`, `substring("abc", -2) == "bc"`, `indexOf("abc", "c", 1) == 2`, `stringContains("abc", "")`, `endsWith("abc", "")`, `cidrMatch("10.0.0.1", "10.0.0.0/8")`)
}

func (g *gen) optional() string {
	return pick(g, "?m", "?m == 5", `?m == "a"`, `?m != "a"`, `?m : "a"`, `?m like "a"`, `?m like "a*"`, `?m like ("a", "b")`, `?m like ("a", "b*")`, `?m like~ "a"`, `?m regex~ "a"`,
		`?m regex "a"`, `?m regex "a.*"`, `?m regex ("a", "b")`, `?m regex "a\\.b"`, `?m in ("a")`, `?m not in ("a")`, `?m in~ ("a")`, "?m < 5", "length(?m) > 0", "length(?m) == 1", "?m == null", "?m != null",
		`startsWith(?m, "a")`, `endsWith(k, ?m)`, `concat(k, ?m) == "x"`, "?m + n > 5", "n - ?m == null", `concat(?m, "a") != null`, `?m == "a" == true`[:9], `(?m : "a") == false`, `(?m : "a") == null`, "not ?m",
		`substring(?m, 1) : "a*"`, `?m : ("a", "b*")`, `?m in (null)`, `cidrMatch(?m, "10.0.0.0/8")`, `?m > null`, "-?m == 5", `between(k, ?m, "a") == null`)
}

func (g *gen) stringField() string {
	return pick(g, "k", "k", "arr", "short", "gone", "?k", "?gone", "wild", "al", "txt", "txt.raw")
}

func (g *gen) str(depth int) string {
	if depth > 0 && g.chance(2) {
		return g.computed(depth)
	}
	return g.stringField()
}

func (g *gen) index() string { return pick(g, "0", "1", "-1", "2", "-2", "null", "5", "-9") }

// computed is a text that a script makes.
func (g *gen) computed(depth int) string {
	switch g.IntN(7) {
	case 0, 1:
		return "concat(" + g.str(depth-1) + ", " + pick(g, g.str(depth-1), `"b"`, "null", "5", "n", "b", "d") + ")"
	case 2, 3:
		return "substring(" + g.str(depth-1) + ", " + g.index() + pick(g, "", ", "+g.index()) + ")"
	case 4:
		return pick(g, "between", "between~") + "(" + g.str(depth-1) + ", " + pick(g, `"a"`, `"A"`, `""`, `"b"`, g.str(0)) + ", " + pick(g, `"c"`, `"B"`, `""`, `"a"`, "null") + pick(g, "", ", true", ", false") + ")"
	}
	if g.mapped {
		return "string(" + pick(g, "n", "b", "ip", "u", "d", "f", "h", "t", "tn", "v", "i", g.num(1)) + ")"
	}
	return "string(" + pick(g, "n", "b", "k", "d", g.num(1)) + ")"
}

func (g *gen) number() string {
	return pick(g, "0", "1", "2", "5", "-1", "4.5", "2.0", "3", "-7", "0.1", "1e3", `"5"`[:0]+"7", "9223372036854775807", "18446744073709551615")
}

func (g *gen) constNum(depth int) string {
	if depth == 0 {
		return g.number()
	}
	return "(" + g.constNum(depth-1) + " " + pick(g, "+", "-", "*", "/", "%") + " " + g.constNum(depth-1) + ")"
}

func (g *gen) numField() string { return pick(g, "n", "n", "i", "u", "d", "f", "h", "n") }

func (g *gen) num(depth int) string {
	if depth == 0 {
		return g.numField()
	}
	switch g.IntN(9) {
	case 0, 1:
		return g.num(depth-1) + " " + pick(g, "+", "-", "*", "/", "%") + " " + pick(g, "1", "2", "n", "0.5", "d", "i", "0", "-3", "2.0")
	case 2:
		return pick(g, "add", "subtract", "multiply", "divide", "modulo", "ADD") + "(" + g.num(depth-1) + ", " + pick(g, "2", "3", "0.5", "null", "i") + ")"
	case 3:
		return "length(" + g.str(1) + ")"
	case 4:
		return pick(g, "indexOf", "indexOf~") + "(" + g.str(1) + ", " + pick(g, `"b"`, `"B"`, `""`, g.str(0)) + pick(g, "", ", 1", ", -1", ", null", ", 9") + ")"
	case 5:
		if g.chance(3) {
			return "number(" + pick(g, g.str(0), `"7"`, `"0x1f"`, `" 2.5 "`, `"-3"`) + pick(g, "", ", 10", ", 16", ", 8", ", null") + ")"
		}
		return "-" + g.numField()
	}
	return g.numField()
}

// doc makes an event with missing fields, nulls, arrays, mixed case and, now and then, values of the wrong type.
func (g *gen) doc() refDoc {
	d := refDoc{}
	put := func(name string, value func() any) {
		for range pick(g, 0, 1, 1, 1, 1, 2, 3) {
			v := value()
			if g.chance(12) {
				v = pick[any](g, int64(5), true, "5", 2.5, "b", "true", uint64(math.MaxUint64), "", "4.5")
			}
			d[name] = append(d[name], v)
		}
	}
	text := func() any { return pick(g, genTexts...) }
	for _, name := range []string{"k", "arr", "wild", "m", "txt"} {
		put(name, text)
	}
	put("short", func() any { return pick(g, "a", "abc", "abcd", "\U0001F600a", "\U0001F600ab") })
	for _, name := range []string{"n", "i"} {
		put(name, func() any { return pick[any](g, int64(0), int64(1), int64(5), int64(-7), int64(2), int64(3)) })
	}
	put("u", func() any { return pick[any](g, int64(0), int64(5), uint64(math.MaxUint64), uint64(1<<63), int64(7)) })
	for _, name := range []string{"d", "f", "h"} {
		put(name, func() any { return pick[any](g, 4.5, 0.1, int64(5), -2.5, 1000.0, 2.0) })
	}
	put("b", func() any { return pick[any](g, true, false) })
	put("ip", func() any {
		return pick[any](g, "10.0.0.5", "10.0.1.5", "::1", "192.168.0.1", "0:0:0:0:0:0:0:1", "::ffff:10.0.0.5")
	})
	for _, name := range []string{"t", "tn"} {
		put(name, func() any {
			return pick[any](g, "2024-02-03T04:05:06.700Z", "2024-02-03T00:00:00.000Z", "2024-02-02T23:59:59.999Z", "2024-02-04T00:00:00.000Z", int64(1706933106700), "1706933106700",
				"2024-02-03", "2024-02-03T04:05:06.123456789Z", "2024-01-31T01:00:00+01:00", "2024-02-29")
		})
	}
	put("v", func() any { return pick(g, genVersions...) })
	return d
}

// encode writes the event as JSON with nulls strewn in.
func (g *gen) encode(d refDoc) string {
	var b strings.Builder
	b.WriteByte('{')
	for name, vals := range d {
		var parts []string
		for _, v := range vals {
			if f, ok := v.(float64); ok {
				text := strconv.FormatFloat(f, 'f', -1, 64)
				if !strings.Contains(text, ".") {
					text += ".0"
				}
				parts = append(parts, text)
				continue
			}
			enc, _ := json.Marshal(v)
			parts = append(parts, string(enc))
		}
		if g.chance(5) {
			parts = append(parts, "null")
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:[%s]", name, strings.Join(parts, ","))
	}
	b.WriteByte('}')
	return b.String()
}
