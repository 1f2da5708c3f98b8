package eval_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// pipe makes a program of several commands. It keeps the columns in scope with their types.
type pipe struct {
	*generator
	scope []pipeColumn
	made  int
	text  strings.Builder
}

type pipeColumn struct{ name, typ string }

// lookupDocs are the documents of the lookup index lk.
func lookupDocs() []json.RawMessage {
	var out []json.RawMessage
	for _, line := range []string{`{"k":"a","tag":"first","n":1}`, `{"k":"b","tag":["x","y"],"n":2}`, `{"k":"ab","n":3}`, `{"k":"a","tag":"again"}`, `{"k":["abc","10"],"tag":"both","n":[4,5]}`, `{"tag":"nobody"}`} {
		out = append(out, json.RawMessage(line))
	}
	return out
}

const lookupMapping = `{"properties":{"k":{"type":"keyword"},"tag":{"type":"keyword"},"n":{"type":"integer"}}}`

func (g *generator) pipeline() string {
	p := &pipe{generator: g}
	for _, f := range fieldTypes {
		p.scope = append(p.scope, pipeColumn{f.name, f.typ})
	}
	p.text.WriteString("FROM r")
	for range 2 + g.IntN(4) {
		p.command()
	}
	var names []string
	for _, c := range p.scope {
		names = append(names, c.name)
	}
	if len(names) > 8 {
		g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		names = names[:8]
	}
	return p.text.String() + " | KEEP " + strings.Join(names, ", ")
}

func (p *pipe) add(format string, args ...any) { fmt.Fprintf(&p.text, " | "+format, args...) }

// of is a column of one of the types, or a constant.
func (p *pipe) of(types ...string) string {
	var names []string
	for _, c := range p.scope {
		for _, t := range types {
			if c.typ == t {
				names = append(names, c.name)
			}
		}
	}
	if len(names) == 0 {
		return p.literal(types[0])
	}
	return pick(p.generator, names...)
}

func (p *pipe) define(name, typ string) string {
	if name == "" {
		p.made++
		name = fmt.Sprintf("z%d", p.made)
	}
	out := p.scope[:0:0]
	for _, c := range p.scope {
		if c.name != name {
			out = append(out, c)
		}
	}
	p.scope = append(out, pipeColumn{name, typ})
	return name
}

func (p *pipe) command() {
	g := p.generator
	switch g.IntN(13) {
	case 0, 1, 2:
		x, typ := p.value()
		p.add("EVAL %s = %s", p.define("", typ), x)
	case 3, 4:
		p.add("WHERE %s", p.cond())
	case 5:
		p.stats()
	case 6:
		if c := p.of("keyword", "long", "double", "ip", "date"); p.has(c) {
			p.add("MV_EXPAND %s", c)
		}
	case 7:
		in := p.of("keyword", "text")
		a, b := p.define("", "keyword"), p.define("", "keyword")
		p.add("DISSECT %s %s", in, fmt.Sprintf(pick(g, `"%%{%s} %%{%s}"`, `"%%{%s},%%{%s}"`, `"%%{%s}.%%{%s}"`, `"%%{%s->} %%{%s}"`), a, b))
	case 8:
		in := p.of("keyword", "text")
		a := p.define("", "keyword")
		p.add("GROK %s %s", in, fmt.Sprintf(pick(g, `"%%{WORD:%s}"`, `"^%%{WORD:%s}$"`, `"%%{WORD} %%{GREEDYDATA:%s}"`, `"(?<%s>[a-c]+)"`), a))
	case 9:
		c := pick(g, p.scope...)
		p.made++
		name := fmt.Sprintf("z%d", p.made)
		p.add("RENAME %s AS %s", c.name, name)
		p.define(name, c.typ)
		p.drop(c.name)
	case 10:
		if len(p.scope) > 3 {
			c := pick(g, p.scope...)
			p.add("DROP %s", c.name)
			p.drop(c.name)
		}
	case 11:
		if p.has("k") && p.typeOf("k") == "keyword" {
			p.add("LOOKUP JOIN lk ON k")
			p.define("tag", "keyword")
			p.define("n", "integer")
		}
	case 12:
		p.add("SORT %s%s%s", p.of("keyword", "long", "double", "ip", "date"), pick(g, "", " DESC"), pick(g, "", " NULLS FIRST"))
	}
}

func (p *pipe) has(name string) bool { return p.typeOf(name) != "" }

func (p *pipe) typeOf(name string) string {
	for _, c := range p.scope {
		if c.name == name {
			return c.typ
		}
	}
	return ""
}

func (p *pipe) drop(name string) {
	out := p.scope[:0:0]
	for _, c := range p.scope {
		if c.name != name {
			out = append(out, c)
		}
	}
	p.scope = out
}

// value is a call of a function that the programs of expressions do not call, with its type.
func (p *pipe) value() (x, typ string) {
	g := p.generator
	k, d, n, ip, t := p.of("keyword", "text"), p.of("double"), p.of("integer", "long", "double"), p.of("ip"), p.of("date")
	switch g.IntN(26) {
	case 0:
		return fmt.Sprintf("%s(%s, %s)", pick(g, "ATAN2", "HYPOT"), n, d), "double"
	case 1:
		return fmt.Sprintf("%s(%s)", pick(g, "SIN", "COS", "TAN", "ATAN", "SINH", "COSH", "TANH", "EXP", "TO_DEGREES", "TO_RADIANS"), n), "double"
	case 2:
		return fmt.Sprintf("%s(%s)", pick(g, "ASIN", "ACOS", "LOG", "LOG10", "SQRT", "CBRT"), n), "double"
	case 3:
		return fmt.Sprintf("LOG(%s, %s)", pick(g, "2", "10", n), n), "double"
	case 4:
		return fmt.Sprintf("SCALB(%s, %s)", d, pick(g, "1", "-2", "10")), "double"
	case 5:
		return fmt.Sprintf("ROUND_TO(%s, %s)", p.of("integer"), pick(g, "0, 10, 100", "-5, 5", "1")), "integer"
	case 6:
		return fmt.Sprintf("BIT_LENGTH(%s)", k), "integer"
	case 7:
		return fmt.Sprintf("SPACE(%s)", pick(g, "0", "3", "LENGTH("+k+")")), "keyword"
	case 8:
		return fmt.Sprintf("%s(%s)", pick(g, "SHA1", "SHA256", "MD5", "LTRIM", "RTRIM", "TO_BASE64"), k), "keyword"
	case 9:
		return fmt.Sprintf(`HASH(%s, %s)`, pick(g, `"md5"`, `"sha-512"`, `"sha1"`), k), "keyword"
	case 10:
		return fmt.Sprintf(`MV_SORT(%s, %s)`, k, pick(g, `"desc"`, `"asc"`)), "keyword"
	case 11:
		return fmt.Sprintf("MV_PSERIES_WEIGHTED_SUM(%s, %s)", d, pick(g, "1.5", "0.0", "2.0")), "double"
	case 12:
		return fmt.Sprintf("MV_MEDIAN_ABSOLUTE_DEVIATION(%s)", n), p.typeOf(n)
	case 13:
		return fmt.Sprintf("TO_UNSIGNED_LONG(%s)", pick(g, n, k, p.of("boolean"), t)), "unsigned_long"
	case 14:
		return fmt.Sprintf("TO_STRING(%s)", pick(g, p.scope...).name), "keyword"
	case 15:
		return fmt.Sprintf("TO_LONG(%s)", p.of("unsigned_long", "double", "ip", "keyword")), "long"
	case 16:
		return fmt.Sprintf("DATE_DIFF(%s, %s, %s)", pick(g, `"milliseconds"`, `"dayofyear"`, `"weekdays"`, `"ns"`, `"quarters"`, `"mcs"`), t, t), "integer"
	case 17:
		return fmt.Sprintf("DATE_EXTRACT(%s, %s)", pick(g, `"ALIGNED_DAY_OF_WEEK_IN_MONTH"`, `"era"`, `"nano_of_second"`, `"proleptic_month"`, `"clock_hour_of_ampm"`, `"second_of_day"`), t), "long"
	case 18:
		return fmt.Sprintf("DATE_FORMAT(%s, %s)", pick(g, `"yyyy-'W'ww e"`, `"QQQ yyyy"`, `"u-MM-dd'T'HH:mm:ssXXX"`, `"h:mm a, EEEE d MMMM"`, `"DDD kk SSSSSS"`), t), "keyword"
	case 19:
		return fmt.Sprintf("IP_PREFIX(%s, %d, %d)", ip, g.IntN(33), g.IntN(129)), "ip"
	case 20:
		return fmt.Sprintf("%s(%s, %s, %s)", pick(g, "GREATEST", "LEAST"), k, p.of("keyword"), p.literal("keyword")), "keyword"
	case 21:
		return fmt.Sprintf("LOCATE(%s, %s, %s)", k, pick(g, `"b"`, `""`, p.of("keyword")), pick(g, "0", "2", "-1")), "integer"
	case 22:
		return fmt.Sprintf("MV_CONCAT(TO_STRING(%s), %s)", pick(g, p.scope...).name, pick(g, `";"`, p.of("keyword"))), "keyword"
	case 23:
		return fmt.Sprintf("REPLACE(%s, %s, %s)", k, pick(g, `"(?i)A"`, `"\\s"`, `"[^a]"`, `"a|b"`, `"\\d+$"`, `"."`), pick(g, `"_"`, `"$0$0"`, `"\\$"`)), "keyword"
	case 24:
		return fmt.Sprintf("%s::%s", pick(g, n, k), pick(g, "keyword", "double", "long", "boolean")), "any"
	}
	return fmt.Sprintf("SPLIT(%s, %s)", k, pick(g, `"b"`, `","`, `" "`)), "keyword"
}

func (p *pipe) cond() string {
	g := p.generator
	k, n := p.of("keyword", "text"), p.of("integer", "long", "double", "unsigned_long")
	one := func() string {
		switch g.IntN(9) {
		case 0:
			return fmt.Sprintf("%s %s %s", n, pick(g, "<", ">=", "==", "!="), pick(g, "0", "2", "-1.5", "9223372036854775807", p.of("integer", "long", "double")))
		case 1:
			return fmt.Sprintf("%s %s %s", k, pick(g, "<", ">=", "==", "!="), p.of("keyword"))
		case 2:
			return fmt.Sprintf("%s %sIN (%s, %s, null)", k, pick(g, "", "NOT "), p.literal("keyword"), p.literal("keyword"))
		case 3:
			return fmt.Sprintf("%s %sLIKE (%s)", k, pick(g, "", "NOT "), pick(g, `"a*", "*b"`, `"?", "1*"`, `"*", "x"`))
		case 4:
			return fmt.Sprintf("%s IS %sNULL", pick(g, p.scope...).name, pick(g, "", "NOT "))
		case 5:
			return fmt.Sprintf("%s %s %s", p.of("date"), pick(g, "<", ">=", "=="), pick(g, `"2024-01-01"`, `"2024-02-29T12:34:56.789Z"`, "NOW()"))
		case 6:
			return fmt.Sprintf("%s %s %s", p.of("ip"), pick(g, "<", ">=", "=="), pick(g, `"10.0.0.2"`, `"::1"`))
		case 7:
			return p.of("boolean")
		}
		return fmt.Sprintf("%s RLIKE %s", k, pick(g, `".*[0-9].*"`, `"a.?"`, `"(foo|a).*"`))
	}
	switch g.IntN(4) {
	case 0:
		return one() + " AND " + one()
	case 1:
		return one() + " OR " + one()
	case 2:
		return "NOT (" + one() + ")"
	}
	return one()
}

func (p *pipe) stats() {
	g := p.generator
	n, d := p.of("integer", "long"), p.of("double")
	agg, typ := "COUNT(*)", "long"
	switch g.IntN(9) {
	case 0:
		agg, typ = fmt.Sprintf("COUNT_DISTINCT(%s)", pick(g, p.scope...).name), "long"
	case 1:
		agg, typ = fmt.Sprintf("PERCENTILE(%s, %s)", d, pick(g, "0", "50", "100", "25")), "double"
	case 2:
		agg, typ = fmt.Sprintf("WEIGHTED_AVG(%s, %s)", p.of("integer"), pick(g, "2", p.of("integer"))), "double"
	case 3:
		agg, typ = fmt.Sprintf("MEDIAN(%s)", n), "double"
	case 4:
		agg, typ = fmt.Sprintf("MV_COUNT(VALUES(%s))", p.of("keyword", "integer", "ip")), "integer"
	case 5:
		agg, typ = fmt.Sprintf("%s(%s)", pick(g, "MIN", "MAX"), p.of("keyword", "ip", "version", "boolean", "date")), "any"
	case 6:
		agg, typ = fmt.Sprintf("ROUND(AVG(%s), 3)", p.of("integer")), "double"
	case 7:
		agg, typ = fmt.Sprintf("COUNT(%s) + 1", pick(g, p.scope...).name), "long"
	}
	where := ""
	if g.chance(25) {
		where = " WHERE " + p.cond()
	}
	var by []string
	keys := []pipeColumn{}
	for range g.IntN(3) {
		c := pick(g, p.scope...)
		if c.typ == "any" || c.typ == "text" || c.typ == "date_nanos" || strings.Contains(strings.Join(by, " "), c.name) {
			continue
		}
		by, keys = append(by, c.name), append(keys, c)
	}
	if len(by) > 0 && g.chance(20) {
		by = append(by, fmt.Sprintf("bu = BUCKET(%s, %s)", p.of("date"), pick(g, "1 day", "1 month", "6 hours")))
		keys = append(keys, pipeColumn{"bu", "date"})
	}
	p.made++
	name := fmt.Sprintf("z%d", p.made)
	text := fmt.Sprintf("STATS %s = %s%s", name, agg, where)
	if len(by) > 0 {
		text += " BY " + strings.Join(by, ", ")
	}
	p.add("%s", text)
	p.scope = append(keys, pipeColumn{name, typ})
}
