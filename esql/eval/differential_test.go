package eval_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/esql/eval"
)

// TestDifferential runs random programs here and in a real Elasticsearch 8.19, and compares the answers. It needs the oracle
// beside the project and a JDK, and is asked for with RULEVET_ORACLE=N (how many programs); RULEVET_SEED makes other ones.
func TestDifferential(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("RULEVET_ORACLE"))
	given := strings.Split(strings.TrimSpace(os.Getenv("RULEVET_QUERIES")), "\n") // instead of random ones
	if given[0] != "" {
		n = len(given)
	}
	oracle, _ := filepath.Abs("../../../shared/oracle/esqlrun/run")
	if _, err := os.Stat(oracle); err != nil || n == 0 {
		t.Skip("set RULEVET_ORACLE=1000 to compare 1000 random programs with Elasticsearch; the oracle must be beside the project")
	}
	seed, _ := strconv.ParseUint(os.Getenv("RULEVET_SEED"), 10, 64)
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	mapping := json.RawMessage(`{"properties":{"id":{"type":"integer"},"k":{"type":"keyword"},"k2":{"type":"keyword"},"l":{"type":"long"},"l2":{"type":"long"},` +
		`"i":{"type":"integer"},"i2":{"type":"integer"},"d":{"type":"double"},"d2":{"type":"double"},"b":{"type":"boolean"},"b2":{"type":"boolean"},` +
		`"p":{"type":"ip"},"p2":{"type":"ip"},"t":{"type":"date"},"t2":{"type":"date"},"ns":{"type":"date_nanos"},"x":{"type":"text"},"v":{"type":"version"}}}`)
	docs := g.docs(40)
	var in bytes.Buffer
	line, _ := json.Marshal(map[string]any{"index": "r", "mapping": mapping, "docs": docs})
	in.Write(append(line, '\n'))
	line, _ = json.Marshal(map[string]any{"index": "lk", "mapping": json.RawMessage(lookupMapping), "settings": map[string]any{"index.mode": "lookup"}, "docs": lookupDocs()})
	in.Write(append(line, '\n'))
	var queries []string
	for i := range n {
		q := ""
		if given[0] != "" {
			q = given[i]
		} else {
			if q = g.program(); i%2 == 1 {
				q = g.pipeline()
			}
		}
		queries = append(queries, q)
		line, _ := json.Marshal(map[string]any{"id": strconv.Itoa(i), "query": q})
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command(oracle)
	cmd.Stdin = &in
	cmd.Env = append(os.Environ(), "TMPDIR=")
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Skipf("the oracle does not run: %v", err)
	}
	indexes := map[string]corpusIndex{"r": buildIndex(t, "r", mapping, nil, docs)}
	compareAnswers(t, out, queries, indexes, map[string]*eval.Table{"lk": lookupTable(buildIndex(t, "lk", json.RawMessage(lookupMapping), nil, lookupDocs()))})
}

type answer struct {
	ID      string
	Columns [][]any
	Values  [][]any
	Error   *struct{ Type, Reason string }
}

func compareAnswers(t *testing.T, out []byte, queries []string, indexes map[string]corpusIndex, lookups map[string]*eval.Table) {
	same, refused, differ := 0, 0, 0
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var a answer
		dec := json.NewDecoder(bytes.NewReader(sc.Bytes()))
		dec.UseNumber()
		if dec.Decode(&a) != nil || a.ID == "" {
			t.Logf("oracle: %s", sc.Text())
			continue
		}
		i, _ := strconv.Atoi(a.ID)
		if a.Error != nil && (a.Error.Type == "VerificationException" || a.Error.Type == "ParsingException") {
			refused++
			if testing.Verbose() {
				t.Logf("refused: %s: %s", queries[i], a.Error.Reason)
			}
			continue
		}
		res, err := runQuery(queries[i], indexes, eval.Options{Now: time.Now(), V8: true, NoRowLimit: true, Lookups: lookups})
		problem := ""
		switch {
		case a.Error != nil && err == nil:
			problem = "no error, want " + a.Error.Type + " " + a.Error.Reason
		case a.Error != nil:
		case err != nil:
			problem = "error " + err.Error()
		default:
			problem = compareRows(&conformanceCase{Columns: a.Columns, Values: a.Values, Unordered: !strings.Contains(queries[i], "| SORT id") && !strings.Contains(queries[i], "| SORT g")}, res)
		}
		if problem == "" {
			same++
			continue
		}
		differ++
		t.Errorf("%s\n   %s", queries[i], problem)
	}
	t.Logf("%d agree, %d differ, %d are refused", same, differ, refused)
}

type generator struct{ *rand.Rand }

func pick[A any](g *generator, list ...A) A { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) value(typ string) any {
	switch typ {
	case "keyword", "text":
		return pick(g, "a", "b", "ab", "abc", "ABC", "", "a b", "b*", "ä", "x.y", "10", "1.5", "true", "a,b", "foo bar baz", "2024-01-01", "1.2.3.4", "éa", "日本", "C:\\a\\b")
	case "long":
		return pick[any](g, 0, 1, -1, 2, 3, 10, 100, -7, 9007199254740993, json.Number("9223372036854775807"), json.Number("-9223372036854775808"), 1704067200000)
	case "integer":
		return pick[any](g, 0, 1, -1, 2, 3, 10, 100, -7, 2147483647, -2147483648)
	case "double":
		return pick[any](g, 0.0, 1.5, -1.5, 2.5, 0.1, 1e10, -7.25, 1e300, 3.0, 100.0, 0.001)
	case "boolean":
		return g.chance(50)
	case "ip":
		return pick(g, "10.0.0.1", "10.0.0.2", "192.168.1.1", "::1", "2001:db8::1", "127.0.0.1", "8.8.8.8")
	case "date", "date_nanos":
		return pick(g, "2024-01-01T00:00:00Z", "2024-02-29T12:34:56.789Z", "2023-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-07-15T06:30:00Z", "2024-03-31T10:00:00Z")
	case "version":
		return pick(g, "1.0.0", "1.2.3", "1.10.0", "2.0.0-alpha", "abc", "10", "1.2")
	}
	return nil
}

var fieldTypes = []struct{ name, typ string }{{"k", "keyword"}, {"k2", "keyword"}, {"l", "long"}, {"l2", "long"}, {"i", "integer"}, {"i2", "integer"},
	{"d", "double"}, {"d2", "double"}, {"b", "boolean"}, {"b2", "boolean"}, {"p", "ip"}, {"p2", "ip"}, {"t", "date"}, {"t2", "date"}, {"ns", "date_nanos"},
	{"x", "text"}, {"v", "version"}}

func (g *generator) docs(n int) []json.RawMessage {
	var out []json.RawMessage
	for id := range n {
		doc := map[string]any{"id": id}
		for _, f := range fieldTypes {
			switch r := g.IntN(10); {
			case r < 2:
			case r < 8:
				doc[f.name] = g.value(f.typ)
			default:
				list := []any{}
				for range 1 + g.IntN(4) {
					list = append(list, g.value(f.typ))
				}
				doc[f.name] = list
			}
		}
		line, _ := json.Marshal(doc)
		out = append(out, line)
	}
	return out
}

func (g *generator) column(typ string) string {
	var names []string
	for _, f := range fieldTypes {
		if f.typ == typ {
			names = append(names, f.name)
		}
	}
	return pick(g, names...)
}

func (g *generator) literal(typ string) string {
	quote := func(v any) string { return strconv.Quote(fmt.Sprint(v)) }
	switch typ {
	case "keyword", "text":
		if g.chance(10) {
			return fmt.Sprintf("[%s, %s]", quote(g.value(typ)), quote(g.value(typ)))
		}
		return quote(g.value(typ))
	case "long":
		return pick(g, "3000000000", "1::long", "0::long", "-5::long", "9223372036854775807", "[1, 3000000000]")
	case "integer":
		return pick(g, "0", "1", "2", "3", "-1", "10", "2147483647", "[1, 2]", "[3, 1, 3]")
	case "double":
		return pick(g, "0.0", "1.5", "-2.5", "1e10", "0.1", "3.0", "[1.5, 2.5]", "1e300")
	case "boolean":
		return pick(g, "true", "false")
	case "date", "date_nanos", "ip", "version":
		cast := map[string]string{"date": "datetime"}[typ]
		if cast == "" {
			cast = typ
		}
		return quote(g.value(typ)) + "::" + cast
	}
	return "null"
}

// expr makes an expression of a type.
func (g *generator) expr(typ string, depth int) string {
	if depth <= 0 || g.chance(25) {
		if g.chance(75) {
			return g.column(typ)
		}
		return g.literal(typ)
	}
	e := func(t string) string { return g.expr(t, depth-1) }
	number := func() string { return e(pick(g, "long", "integer", "double")) }
	any := func() string { return e(pick(g, fieldTypes...).typ) }
	if g.chance(20) {
		switch g.IntN(7) {
		case 0:
			return fmt.Sprintf("CASE(%s, %s, %s)", e("boolean"), e(typ), e(typ))
		case 1:
			return fmt.Sprintf("COALESCE(%s, %s)", e(typ), e(typ))
		case 2:
			if typ != "text" {
				return fmt.Sprintf("%s(%s)", pick(g, "MV_MIN", "MV_MAX", "MV_FIRST", "MV_LAST", "MV_DEDUPE", "MV_SORT"), e(typ))
			}
		case 3:
			if typ != "text" && typ != "version" && typ != "boolean" {
				return fmt.Sprintf("MV_SLICE(%s, %s, %s)", e(typ), pick(g, "0", "1", "-2"), pick(g, "1", "2", "-1"))
			}
		case 4:
			if typ != "date_nanos" && typ != "text" {
				return fmt.Sprintf("%s(%s, %s)", pick(g, "GREATEST", "LEAST"), e(typ), e(typ))
			}
		case 5:
			if typ != "text" {
				return fmt.Sprintf("MV_APPEND(%s, %s)", e(typ), e(typ))
			}
		case 6:
			return fmt.Sprintf("CASE(%s, %s, %s, %s)", e("boolean"), e(typ), e("boolean"), e(typ))
		}
	}
	switch typ {
	case "boolean":
		return g.boolean(depth)
	case "integer":
		switch g.IntN(9) {
		case 0:
			return fmt.Sprintf("LENGTH(%s)", e("keyword"))
		case 1:
			return fmt.Sprintf("MV_COUNT(%s)", any())
		case 2:
			return fmt.Sprintf("(%s %s %s)", e("integer"), pick(g, "+", "-", "*", "/", "%"), e("integer"))
		case 3:
			return fmt.Sprintf("TO_INTEGER(%s)", pick(g, e("keyword"), e("double"), e("long"), e("boolean")))
		case 4:
			return fmt.Sprintf("LOCATE(%s, %s)", e("keyword"), e("keyword"))
		case 5:
			return fmt.Sprintf("DATE_DIFF(%s, %s, %s)", pick(g, `"days"`, `"hour"`, `"month"`, `"year"`, `"week"`, `"quarter"`, `"minutes"`), e("date"), e(pick(g, "date", "date_nanos")))
		case 6:
			return fmt.Sprintf("BYTE_LENGTH(%s)", e("keyword"))
		case 7:
			return fmt.Sprintf("%s(%s)", pick(g, "MV_SUM", "MV_MEDIAN", "ABS", "CEIL", "ROUND"), e("integer"))
		}
		return fmt.Sprintf("-(%s)", e("integer"))
	case "long":
		switch g.IntN(6) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", e("long"), pick(g, "+", "-", "*", "/", "%"), e(pick(g, "long", "integer")))
		case 1:
			return fmt.Sprintf("TO_LONG(%s)", pick(g, e("keyword"), e("double"), e("integer"), e("date"), e("boolean")))
		case 2:
			return fmt.Sprintf("DATE_EXTRACT(%s, %s)", pick(g, `"year"`, `"month_of_year"`, `"day_of_week"`, `"hour_of_day"`, `"aligned_week_of_year"`, `"day_of_year"`, `"epoch_day"`), e(pick(g, "date", "date_nanos")))
		case 3:
			return fmt.Sprintf("%s(%s)", pick(g, "MV_SUM", "MV_MEDIAN"), e("long"))
		case 4:
			return fmt.Sprintf("ROUND(%s, %s)", e("long"), pick(g, "-1", "0", "2"))
		}
		return g.column("long")
	case "double":
		switch g.IntN(7) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", e("double"), pick(g, "+", "-", "*", "/", "%"), number())
		case 1:
			return fmt.Sprintf("%s(%s)", pick(g, "SQRT", "FLOOR", "CEIL", "LOG10", "SIGNUM", "ABS", "CBRT"), e("double"))
		case 2:
			return fmt.Sprintf("TO_DOUBLE(%s)", pick(g, e("keyword"), e("long"), e("integer"), e("boolean")))
		case 3:
			return fmt.Sprintf("%s(%s)", pick(g, "MV_AVG", "MV_SUM", "MV_MEDIAN"), e("double"))
		case 4:
			return fmt.Sprintf("ROUND(%s, %s)", e("double"), pick(g, "0", "1", "2", "-1", "-2"))
		case 5:
			return fmt.Sprintf("MV_PERCENTILE(%s, %s)", e("double"), pick(g, "0", "50", "25.5", "100"))
		}
		return fmt.Sprintf("POW(%s, 2)", number())
	case "date":
		switch g.IntN(5) {
		case 0:
			return fmt.Sprintf("DATE_TRUNC(%s, %s)", g.span(), e("date"))
		case 1:
			return fmt.Sprintf("(%s %s %s)", e("date"), pick(g, "+", "-"), g.span())
		case 2:
			return fmt.Sprintf("TO_DATETIME(%s)", pick(g, e("keyword"), e("date_nanos")))
		case 3:
			return fmt.Sprintf("DATE_PARSE(%s, %s)", pick(g, `"yyyy-MM-dd"`, `"yyyy"`, `"dd"`), e("keyword"))
		}
		return g.column("date")
	case "date_nanos":
		switch g.IntN(3) {
		case 0:
			return fmt.Sprintf("DATE_TRUNC(%s, %s)", g.span(), e("date_nanos"))
		case 1:
			return fmt.Sprintf("(%s %s %s)", e("date_nanos"), pick(g, "+", "-"), g.span())
		}
		return fmt.Sprintf("TO_DATE_NANOS(%s)", e("date"))
	case "ip":
		switch g.IntN(2) {
		case 0:
			return fmt.Sprintf("IP_PREFIX(%s, %s, %s)", e("ip"), pick(g, "8", "24", "0"), pick(g, "64", "0"))
		}
		return fmt.Sprintf("TO_IP(%s)", e("keyword"))
	case "version":
		return fmt.Sprintf("TO_VERSION(%s)", e("keyword"))
	case "keyword":
		return g.keyword(depth)
	}
	return g.column(typ)
}

func (g *generator) span() string {
	return pick(g, "1 day", "2 hours", "3 months", "1 week", "1 year", "90 minutes", "5 seconds", "1 quarter", "10 days", "2 weeks")
}

func (g *generator) keyword(depth int) string {
	e := func(t string) string { return g.expr(t, depth-1) }
	k := func() string { return e(pick(g, "keyword", "keyword", "text")) }
	switch g.IntN(13) {
	case 0:
		return fmt.Sprintf("CONCAT(%s, %s)", k(), k())
	case 1:
		return fmt.Sprintf("%s(%s)", pick(g, "TO_LOWER", "TO_UPPER", "TRIM", "REVERSE", "MD5", "TO_BASE64", "FROM_BASE64"), k())
	case 2:
		return fmt.Sprintf("SUBSTRING(%s, %s, %s)", k(), pick(g, "1", "2", "-1", "0", e("integer")), pick(g, "1", "2", "5"))
	case 3:
		return fmt.Sprintf("REPLACE(%s, %s, %s)", k(), pick(g, `"a"`, `"[ab]+"`, `"(.)b"`, `"^"`, `"b*"`), pick(g, `"x"`, `""`, `"$0-"`))
	case 4:
		return fmt.Sprintf("SPLIT(%s, %s)", k(), pick(g, `","`, `" "`, `"."`))
	case 5:
		return fmt.Sprintf("MV_CONCAT(%s, %s)", k(), pick(g, `","`, `""`, `"; "`))
	case 6, 7:
		return fmt.Sprintf("TO_STRING(%s)", e(pick(g, fieldTypes...).typ))
	case 8:
		return fmt.Sprintf("%s(%s, %s)", pick(g, "LEFT", "RIGHT"), k(), pick(g, "1", "2", "0", e("integer")))
	case 9:
		return fmt.Sprintf("DATE_FORMAT(%s, %s)", pick(g, `"yyyy-MM-dd"`, `"HH:mm:ss.SSS"`, `"EEE, d MMM yy"`, `"D"`, `"hh a"`), e("date"))
	case 10:
		return fmt.Sprintf("MV_ZIP(%s, %s, %s)", k(), k(), `"-"`)
	case 11:
		return fmt.Sprintf("MV_DEDUPE(%s)", k())
	}
	return fmt.Sprintf("REPEAT(%s, %s)", k(), pick(g, "0", "1", "2"))
}

func (g *generator) boolean(depth int) string {
	e := func(t string) string { return g.expr(t, depth-1) }
	typ := pick(g, fieldTypes...).typ
	switch g.IntN(14) {
	case 0, 1, 2:
		op := pick(g, "==", "!=", "<", "<=", ">", ">=")
		if typ == "boolean" {
			op = pick(g, "==", "!=")
		}
		return fmt.Sprintf("%s %s %s", e(typ), op, e(typ))
	case 3:
		op := pick(g, "==", "!=", "<", "<=", ">", ">=")
		return fmt.Sprintf("%s %s %s", e(pick(g, "long", "integer", "double")), op, e(pick(g, "long", "integer", "double")))
	case 4:
		return fmt.Sprintf("(%s AND %s)", e("boolean"), e("boolean"))
	case 5:
		return fmt.Sprintf("(%s OR %s)", e("boolean"), e("boolean"))
	case 6:
		return fmt.Sprintf("NOT (%s)", e("boolean"))
	case 7:
		return fmt.Sprintf("%s IS %sNULL", e(typ), pick(g, "", "NOT "))
	case 8:
		return fmt.Sprintf("%s %sIN (%s, %s)", e(typ), pick(g, "", "NOT "), e(typ), e(typ))
	case 9:
		return fmt.Sprintf("%s %sLIKE %s", e(pick(g, "keyword", "text")), pick(g, "", "NOT "), pick(g, `"*"`, `"a*"`, `"*b"`, `"?"`, `"a?c"`, `"abc"`, `"*b*"`, `""`))
	case 10:
		return fmt.Sprintf("%s %sRLIKE %s", e(pick(g, "keyword", "text")), pick(g, "", "NOT "), pick(g, `".*"`, `"a.*"`, `"[a-c]+"`, `"abc|b"`, `""`, `"A.+"`))
	case 11:
		return fmt.Sprintf("%s(%s, %s)", pick(g, "STARTS_WITH", "ENDS_WITH"), e("keyword"), e("keyword"))
	case 12:
		return fmt.Sprintf("CIDR_MATCH(%s, %s)", e("ip"), pick(g, `"10.0.0.0/8"`, `"::/0"`, `"127.0.0.0/8", "192.168.0.0/16"`))
	}
	return fmt.Sprintf("TO_BOOLEAN(%s)", pick(g, e("keyword"), e("integer"), e("double")))
}

func (g *generator) aggregate(depth int) string {
	typ := pick(g, fieldTypes...).typ
	x := g.expr(typ, depth)
	var s string
	switch g.IntN(10) {
	case 0:
		s = "COUNT(*)"
	case 1:
		s = fmt.Sprintf("COUNT(%s)", x)
	case 2:
		s = fmt.Sprintf("COUNT_DISTINCT(%s)", x)
	case 3, 4:
		s = fmt.Sprintf("%s(%s)", pick(g, "MIN", "MAX"), x)
	case 5:
		s = fmt.Sprintf("SUM(%s)", g.expr(pick(g, "integer", "double"), depth))
	case 6:
		s = fmt.Sprintf("AVG(%s)", g.expr("integer", depth))
	case 7:
		s = fmt.Sprintf("MV_SORT(VALUES(%s))", g.expr(pick(g, "keyword", "integer", "ip", "date"), depth))
	case 8:
		s = fmt.Sprintf("%s(%s)", pick(g, "MEDIAN", "MEDIAN_ABSOLUTE_DEVIATION", "STD_DEV"), g.expr(pick(g, "integer", "double"), depth))
	case 9:
		s = fmt.Sprintf("TOP(%s, %d, %s)", g.expr(pick(g, "integer", "keyword", "date", "double", "ip"), depth), 1+g.IntN(3), pick(g, `"asc"`, `"desc"`))
	}
	if g.chance(30) && !strings.HasPrefix(s, "MV_") {
		s += " WHERE " + g.boolean(1)
	}
	return s
}

func (g *generator) program() string {
	switch g.IntN(8) {
	case 0, 1, 2:
		return fmt.Sprintf("FROM r | EVAL z = %s | KEEP id, z | SORT id", g.expr(pick(g, fieldTypes...).typ, 3))
	case 3, 4:
		return fmt.Sprintf("FROM r | WHERE %s | KEEP id | SORT id", g.boolean(3))
	case 5:
		return fmt.Sprintf("FROM r | STATS z = %s, y = %s", g.aggregate(2), g.aggregate(1))
	case 6:
		key := g.expr(pick(g, "keyword", "integer", "boolean", "ip", "date", "long"), 1)
		return fmt.Sprintf("FROM r | STATS z = %s BY g = %s | SORT g", g.aggregate(2), key)
	}
	return fmt.Sprintf("FROM r | SORT %s%s%s, id | KEEP id | LIMIT 20", g.expr(pick(g, fieldTypes...).typ, 2), pick(g, "", " DESC", " ASC"), pick(g, "", " NULLS FIRST", " NULLS LAST"))
}
