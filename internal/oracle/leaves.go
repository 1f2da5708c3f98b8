package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// kindOf is a field of the random conditions: its mapping, and what its values and literals are made of.
type kindOf struct {
	name    string
	mapping object
	class   string // text, number, date, address, boolean
	docs    []any
}

var kinds = []kindOf{
	{"kw", object{"type": "keyword"}, "text", nil},
	{"short", object{"type": "keyword", "ignore_above": 3}, "text", nil},
	{"nul", object{"type": "keyword", "null_value": "none"}, "text", nil},
	{"txt", object{"type": "text", "fields": object{"keyword": object{"type": "keyword", "ignore_above": 4}}}, "text", nil},
	{"alias", object{"type": "alias", "path": "kw"}, "text", nil},
	{"bool", object{"type": "boolean"}, "boolean", []any{true, false, "true", "false", ""}},
	{"byte", object{"type": "byte"}, "number", []any{0, 1, -1, 100, 127, -128, "7", 3.9}},
	{"small", object{"type": "short"}, "number", []any{0, 1, -1, 300, 32767, -32768, "12", "4d", 2.5}},
	{"int", object{"type": "integer"}, "number", []any{0, 1, -1, 70000, 2147483647, -2147483648, "12", " 4", "6f", "NaN", 9.99}},
	{"long", object{"type": "long"}, "number", []any{0, 1, -1, 3000000000, 9007199254740993, number("9223372036854775807"), number("-9223372036854775808"), "12", 4.75}},
	{"half", object{"type": "half_float"}, "number", []any{0, number("-0.0"), 1, 0.1, -2.5, 65504, 1000.4, "3.25"}},
	{"float", object{"type": "float"}, "number", []any{0, number("-0.0"), 1, 0.1, 16777217, -2.5, number("3.4028235e38"), "1e3"}},
	{"double", object{"type": "double"}, "number", []any{0, number("-0.0"), 1, 0.1, 1e300, -2.5, 9007199254740993, "1e3", " 8"}},
	{"date", object{"type": "date"}, "date", nil},
	{"nanos", object{"type": "date_nanos"}, "date", nil},
	{"day", object{"type": "date", "format": "dd-MM-yyyy||epoch_second"}, "date", []any{"03-05-2024", "29-02-2024", "31-12-1969", "1714694400"}},
	{"sec", object{"type": "date", "format": "epoch_second"}, "date", []any{"1714694400", "1714694400.5", 1714694401}},
	{"ip", object{"type": "ip"}, "address", []any{"10.7.0.1", "10.7.0.2", "172.16.5.5", "::1", "2001:db8:a::1", "::ffff:10.7.0.9", "fe80::2", "255.255.255.255", "0.0.0.0"}},
}

var (
	dateDocs = []any{"2024-05-03T10:20:30.400Z", "2024-05-03", "2024-05", "2024", 2024, 1714694400000, "2024-05-03T23:59:59.999Z", "2024-05-04T00:00:00Z",
		"2024-05-03T12:20:30.400+02:00", "2024-05-03T10:20", "2000-01-01T00:00:00UTC", "1714694400000"}
	nanoDocs = []any{"2024-05-03T10:20:30.400Z", "2024-05-03", "2024-05", "2024", 1714694400000, "2024-05-03T10:20:30.400000001Z", "2024-05-03T23:59:59.999999999Z",
		"2024-05-03T12:20:30.400+02:00", "2000-01-01T00:00:00UTC", "1714694400000", "1970-01-01"}
	letters = []string{"a", "A", "b", "B", "k", "K", "\u212a", "s", "\u017f", "é", "É", "ß", "İ", "i", "I", "ж", "Ж", "😀", "*", "?", `\`, ".", "-", " ", "\n", "1", "9", "\"", "[", "]"}
	dates   = []string{"2024-05-03", "2024-05", "2024", "2024-05-03T10", "2024-05-03T10:20", "2024-05-03T10:20:30Z", "2024-05-03T10:20:30.4Z", "2024-05-03T10:20:30.400000001Z",
		"2024-05-03T12:20:30+02:00", "2024-05-03T12:20:30+0200", "2024-05-03T12:20:30+02", "2024-05-03T12:20:30+02:00:30", "2024-05-03T10:20:30+18:01", "2024-05-03T10:20:30UTC",
		"2024-05-03T10:20:30GMT+2", "2024-05-03||/d", "2024-05-03||/M", "2024-05-03||+1d", "2024-05-03||-1h/h", "2024-05-03||/1d", "2024-05-03||/2d", "2024-05||/y", "now-30d", "now/d", "now+1y/y",
		"1714694400000", "1714694400000.5", "1714694400", "1714694400.5", "171469440", "-1", "0", "1969-12-31T23:59:59.999Z", "2262-04-12", "1677-01-01", "2024-02-30", "2024-13-01", "2024-5-3",
		"03-05-2024", "soon", "", "2024-05-03T", "2024-05-03T24:00", "2024-05-03 10:20", "0001-01-01", "10000-01-01"}
	addresses = []string{"10.7.0.1", "10.7.0.9", "::ffff:10.7.0.1", "10.7.0.0/24", "10.7.0.1/8", "10.0.0.0/08", "10.0.0.0/+8", "0.0.0.0/0", "::/0", "::1", "0:0:0:0:0:0:0:1", "00001:0::1", "2001:db8::/32",
		"2001:DB8:A:0::1", "fe80::2%eth0", "fe80::2%", "::ffff:10.0.0.0/104", "10.7.0.1/33", "10.7.0", "10.7.0.01", "10.7.0.*", "", "x", "10.7.0.0/", "/8", "fe80::/10", "::10.7.0.1", "172.16.0.0/12"}
	numbers = []string{"0", "1", "-1", "100", "127", "128", "-128", "-129", "300", "32768", "70000", "2147483647", "2147483648", "-2147483649", "3000000000", "9007199254740993", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808", "18446744073709551616", "0.0", "-0.0", "0.1", "0.5", "1.0", "-2.5", "4.75", "2.5", "1000.4", "1000.5", "65504", "65505", "65519", "65520", "70000.5", "16777216", "16777217",
		"1e300", "1e39", "3.4028235e38", "7.0", "12", "6", "4"}
	numberTexts = []string{"5", "12", "5.0", "05", "+5", " 5", "5 ", "", "abc", "1e1", "1E1", "0x5", "-0", "-0.0", "NaN", "Infinity", "-Infinity", "5f", "5d", "5L", ".5", "5.", "1_0", "٥", "3000000000", "9223372036854775808", "1e400", "true"}
)

// leafBatch makes random conditions of one field each.
func leafBatch(n int, r *rand.Rand) batch {
	b := batch{name: "leaves", mapping: object{"dynamic": false, "properties": object{}}}
	properties := b.mapping["properties"].(object)
	for i := range kinds {
		k := &kinds[i]
		properties[k.name] = k.mapping
		switch {
		case k.class == "text":
			for range 40 {
				k.docs = append(k.docs, word(r, 5))
			}
		case k.docs == nil:
			k.docs = dateDocs
			if k.name == "nanos" {
				k.docs = nanoDocs
			}
		}
	}
	properties["@timestamp"] = object{"type": "date"}
	for range 80 {
		d := map[string]any{"@timestamp": "2024-05-03T00:00:00Z"}
		for _, k := range kinds {
			if k.name == "alias" {
				continue
			}
			switch r.IntN(8) {
			case 0:
			case 1:
				d[k.name] = nil
			case 2:
				d[k.name] = []any{pick(r, k.docs), pick(r, k.docs)}
			default:
				d[k.name] = pick(r, k.docs)
			}
		}
		b.docs = append(b.docs, d)
	}
	for len(b.conditions) < n {
		c := leaf(r, pick(r, kinds))
		if _, ok := translate(c); ok {
			b.conditions = append(b.conditions, c)
		}
	}
	return b
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func word(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(pick(r, letters))
	}
	return b.String()
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func leaf(r *rand.Rand, k kindOf) string {
	if r.IntN(20) == 0 {
		return k.name + pick(r, []string{" == null", " != null"})
	}
	op := pick(r, []string{"==", "==", "!=", "<", "<=", ">", ">="})
	switch k.class {
	case "text":
		return textLeaf(r, k)
	case "boolean":
		return fmt.Sprintf("%s %s %s", k.name, op, pick(r, []string{"true", "false", `"true"`, `"false"`, `""`, `"True"`, "1", `"1"`}))
	case "number":
		if r.IntN(6) == 0 {
			return fmt.Sprintf("%s in (%s, %s)", k.name, pick(r, numbers), randomNumber(r))
		}
		return fmt.Sprintf("%s %s %s", k.name, op, pick(r, []string{pick(r, numbers), pick(r, numbers), randomNumber(r), quoted(pick(r, numberTexts)), quoted(pick(r, numbers))}))
	case "address":
		text := quoted(pick(r, addresses))
		return pick(r, []string{fmt.Sprintf("%s %s %s", k.name, op, text), fmt.Sprintf("cidrMatch(%s, %s, %s)", k.name, text, quoted(pick(r, addresses))), fmt.Sprintf("%s in (%s)", k.name, text)})
	}
	if r.IntN(4) == 0 {
		return fmt.Sprintf("%s %s %s", k.name, op, pick(r, []string{"1714694400000", "1714731630400", "1714694400", "2024", "0", "-1", "1714694400.0", "9223372036854775807"}))
	}
	return fmt.Sprintf("%s %s %s", k.name, op, quoted(pick(r, dates)))
}

func randomNumber(r *rand.Rand) string {
	switch r.IntN(3) {
	case 0:
		return strconv.Itoa(r.IntN(400) - 200)
	case 1:
		return strconv.FormatFloat(float64(r.IntN(20000)-10000)/64, 'f', 3, 64)
	}
	return strconv.FormatFloat(r.NormFloat64()*1e5, 'f', 1, 64)
}

func textLeaf(r *rand.Rand, k kindOf) string {
	text, _ := pick(r, k.docs).(string)
	if r.IntN(3) == 0 {
		text = word(r, 4)
	}
	text = vary(r, text)
	f, tilde := k.name, pick(r, []string{"", "~"})
	switch r.IntN(9) {
	case 0:
		return f + " " + pick(r, []string{"==", "!=", "<", "<=", ">", ">="}) + " " + quoted(text)
	case 1:
		return f + pick(r, []string{" in ", " in~ ", " not in ", " not in~ "}) + "(" + quoted(text) + ", " + quoted(word(r, 2)) + ")"
	case 2, 3:
		return f + pick(r, []string{" : ", " like ", " like~ "}) + quoted(text)
	case 4:
		return "startsWith" + tilde + "(" + f + ", " + quoted(text) + ")"
	case 5:
		return "endsWith" + tilde + "(" + f + ", " + quoted(text) + ")"
	case 6:
		return "stringContains" + tilde + "(" + f + ", " + quoted(text) + ")"
	}
	return f + " regex" + tilde + " " + quoted(pattern(r, 3))
}

// vary swaps case and puts wildcards into a text.
func vary(r *rand.Rand, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch r.IntN(8) {
		case 0:
			b.WriteString("*")
		case 1:
			b.WriteString("?")
		case 2:
			b.WriteString(strings.ToUpper(string(c)))
		case 3:
			b.WriteString(strings.ToLower(string(c)))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// pattern makes a regular expression, now and then one that is wrong.
func pattern(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		return pick(r, []string{pick(r, letters), pick(r, letters), ".", ".*", "@", "#", "\\d", "\\w", "\\S", "\\.", "\\*", "\\\\", "[ab]", "[^a]", "[a-k]", "[a-a]", "[A-ZéÉ]", "[^k]", `[\w-]`, `[a\.-]`, `[\.-9]`, `[a-\d]`,
			"()", "<1-9>", "<01-19>", "<9-1>", "<+1-9>", "<1--9>", `"a*"`, "~a", "~@", "[]a]", "[", "a{", "^", "$", "(?i)"})
	}
	x := pattern(r, depth-1)
	return pick(r, []string{x + pattern(r, depth-1), x + pattern(r, depth-1), "(" + x + "|" + pattern(r, depth-1) + ")", x + "|" + pattern(r, depth-1), x + "*", x + "+", x + "?", x + "*?", x + "?+", x + "{2}", x + "{1,2}", x + "{0,}",
		"(" + x + ")*", "(" + x + ")?", "(" + x + "&" + pattern(r, depth-1) + ")", "~(" + x + ")", ".*" + x + ".*"})
}
