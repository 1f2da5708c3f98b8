package esql

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// TestOracle compares Check with the real analyser on random queries and slips in real ones. It needs the oracle beside
// the project, Maven and a JDK of 21 or newer, so it runs only if ESQL_ORACLE says how many queries to ask; ESQL_SEED
// chooses others.
func TestOracle(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("ESQL_ORACLE"))
	if n == 0 {
		t.Skip("ESQL_ORACLE is not set")
	}
	seed, _ := strconv.ParseUint(os.Getenv("ESQL_SEED"), 10, 64)
	schemas := map[string]json.RawMessage{}
	readShared(t, "schemas.json", &schemas)
	g := newQueryMaker(t, seed)
	var queries []string
	for range n {
		queries = append(queries, g.query())
	}
	cases := make([]oracleCase, n)
	for i, q := range queries {
		if err := json.Unmarshal(schemas["std"], &cases[i]); err != nil {
			t.Fatal(err)
		}
		cases[i].Query = q
	}
	answers := askOracle(t, cases)
	s, err := ParseSchema(schemas["std"])
	if err != nil {
		t.Fatal(err)
	}
	var verdicts, columns, lines score
	var differ []string
	for i, src := range queries {
		a := answers[i]
		if a.Internal || a.OptimizeError != "" {
			continue
		}
		info, issues := Verify(src, s)
		errs := errorsOf(issues)
		same := (len(errs) == 0) == a.OK
		verdicts.add(same)
		switch {
		case !same:
			differ = append(differ, fmt.Sprintf("VERDICT %s\n   ours:  %s\n   theirs: %s", src, describe(src, errs), a.text()))
		case a.OK:
			ok := columnsOf(info) == a.text()
			columns.add(ok)
			if !ok {
				differ = append(differ, fmt.Sprintf("COLUMNS %s\n   ours:  %s\n   theirs: %s", src, columnsOf(info), a.text()))
			}
		case a.line() > 0:
			ok := 1+strings.Count(src[:errs[0].Span.Start], "\n") == a.line()
			lines.add(ok)
			if !ok {
				differ = append(differ, fmt.Sprintf("LINE %s\n   ours:  %s\n   theirs: %s", src, describe(src, errs), a.text()))
			}
		}
	}
	sort.Strings(differ)
	for _, d := range differ {
		t.Log(d)
	}
	t.Logf("verdicts %.2f %% of %d, columns %.2f %% of %d, lines %.2f %% of %d", verdicts.percent(), verdicts.all, columns.percent(), columns.all, lines.percent(), lines.all)
	if verdicts.percent() < 97 || columns.percent() < 97 || lines.percent() < 97 {
		t.Error("differs too often")
	}
}

type oracleAnswer struct {
	OK            bool        `json:"ok"`
	Stage         string      `json:"stage"`
	Columns       [][2]string `json:"columns"`
	Error         string      `json:"error"`
	Internal      bool        `json:"internal"`
	OptimizeError string      `json:"optimize_error"`
}

func (a oracleAnswer) text() string {
	if !a.OK {
		return a.Stage + " " + strings.ReplaceAll(a.Error, "\n", " ")
	}
	var out []string
	for _, c := range a.Columns {
		out = append(out, c[0]+":"+c[1])
	}
	return strings.Join(out, " ")
}

var oracleLine = regexp.MustCompile(`line (\d+):`)

func (a oracleAnswer) line() int {
	m := oracleLine.FindStringSubmatch(a.Error)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// oracleCase is a question to the oracle: a query and what is around it.
type oracleCase struct {
	ID        string            `json:"id"`
	Query     string            `json:"query"`
	Fields    map[string]string `json:"fields"`
	Inference map[string]string `json:"inference,omitempty"`
	Lookups   json.RawMessage   `json:"lookups,omitempty"`
	Policies  json.RawMessage   `json:"policies,omitempty"`
}

func askOracle(t *testing.T, cases []oracleCase) []oracleAnswer {
	t.Helper()
	var in bytes.Buffer
	for i, c := range cases {
		c.ID = strconv.Itoa(i)
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	run, err := filepath.Abs("../../shared/oracle/esql/run")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(run)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "TMPDIR=") })
	out, err := cmd.Output()
	if err != nil {
		t.Skip("the oracle does not run: ", err)
	}
	var answers []oracleAnswer
	for line := range bytes.Lines(out) {
		var a oracleAnswer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(cases) {
		t.Fatalf("%d answers to %d queries", len(answers), len(cases))
	}
	return answers
}

// queryMaker makes random queries.
type queryMaker struct {
	*rand.Rand
	columns []string
	funcs   []*Func
	corpus  []string // queries to make slips in
}

func newQueryMaker(t *testing.T, seed uint64) *queryMaker {
	g := &queryMaker{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.columns = strings.Fields("@timestamp event.action event.duration host.name host.ip process.pid process.args process.args_count user.name user.id source.ip " +
		"source.port destination.bytes message risk.score risk.level agent.version nano ok sh shape source.geo.location vec blob meta amb ambdate rng hist url.original nosuch")
	for _, name := range FuncNames() {
		f := LookupFunc(name)
		if f.Kind != TimeSeries && !slices.Contains([]string{"without", "sparkline", "embedding", "text_embedding", "trange"}, name) {
			g.funcs = append(g.funcs, f)
		}
	}
	var cases []sharedCase
	readShared(t, "cases.json", &cases)
	for _, c := range cases {
		if c.Schema == "std" && c.Params == nil {
			g.corpus = append(g.corpus, c.Query)
		}
	}
	return g
}

func (g *queryMaker) pick(list ...string) string { return list[g.IntN(len(list))] }
func (g *queryMaker) col() string                { return g.columns[g.IntN(len(g.columns))] }
func (g *queryMaker) goodCol() string            { return g.columns[g.IntN(19)] }

func (g *queryMaker) query() string {
	if g.IntN(3) == 0 {
		q := g.corpus[g.IntN(len(g.corpus))]
		for range 1 + g.IntN(2) {
			q = g.slip(q)
		}
		return strings.ReplaceAll(q, "| ", "\n| ")
	}
	q := "FROM logs-*"
	if g.IntN(4) == 0 {
		q += " METADATA _id, _index" + g.pick("", ", _score", ", _version")
	}
	for range 1 + g.IntN(4) {
		q += "\n| " + g.command(0)
	}
	if g.IntN(3) == 0 {
		q = g.slip(q)
	}
	return q
}

// slip changes a token or two.
func (g *queryMaker) slip(q string) string {
	toks := lex(q).toks
	toks = toks[:len(toks)-1]
	if len(toks) < 2 {
		return q
	}
	i := g.IntN(len(toks))
	t := toks[i]
	cut := func(s string) string { return q[:t.start] + s + q[t.end:] }
	switch g.IntN(9) {
	case 0:
		return cut("")
	case 1:
		return cut(q[t.start:t.end] + " " + q[t.start:t.end])
	case 2:
		j := g.IntN(len(toks))
		return cut(q[toks[j].start:toks[j].end])
	case 3:
		if t.kind == tIdent || t.kind == tPattern {
			return cut(g.col())
		}
		return cut(g.pick("AND", "BY", "=", "==", "(", ")", ",", "|", "1", `"a"`, "null", "WHERE", "IS", "NOT", "*", "."))
	case 4:
		if t.kind == tString || t.kind == tInt || t.kind == tDecimal {
			return cut(g.literal())
		}
		return cut(g.literal())
	case 5:
		return cut(strings.ToUpper(q[t.start:t.end]))
	case 6:
		if t.kind == tIdent {
			return cut(g.funcs[g.IntN(len(g.funcs))].Name)
		}
		return cut(g.col())
	case 7: // two commands change places
		parts := strings.Split(q, "|")
		if len(parts) > 3 {
			a, b := 1+g.IntN(len(parts)-1), 1+g.IntN(len(parts)-1)
			parts[a], parts[b] = parts[b], parts[a]
		}
		return strings.Join(parts, "|")
	}
	parts := strings.Split(q, "|")
	k := 1 + g.IntN(len(parts))
	return strings.Join(slices.Insert(parts, min(k, len(parts)), " "+g.command(1)+" "), "|")
}

func (g *queryMaker) literal() string {
	return g.pick("1", "-5", "1.5", "3000000000", "9223372036854775808", `"a"`, `"1"`, `"1.2.3.4"`, `"2024-01-01"`, `"10.0.0.0/8"`, "true", "null", "1 day", "2 hours", `["a", "b"]`, "[1, 2]", `"8.1.0"`, `"""a\d"""`)
}

func (g *queryMaker) expr(depth int) string {
	if depth <= 0 {
		if g.IntN(3) == 0 {
			return g.literal()
		}
		return g.goodCol()
	}
	switch g.IntN(13) {
	case 0, 1, 2, 9, 10, 11, 12:
		return g.call(depth)
	case 3:
		return g.pick("process.pid", "source.port", "risk.level", "1", "2.5", g.expr(depth-1)) + " " + g.pick("+", "-", "*", "/", "%") + " " + g.pick("process.pid", "3", g.expr(depth-1))
	case 4:
		return g.expr(depth-1) + "::" + g.pick("keyword", "long", "integer", "double", "ip", "date", "boolean", "version", "datetime", "text", "unsigned_long")
	case 5:
		return "CASE(" + g.cond(depth-1) + ", " + g.expr(depth-1) + ", " + g.expr(depth-1) + ")"
	case 6:
		return "(" + g.expr(depth-1) + ")"
	case 7:
		return "-" + g.goodCol()
	}
	return g.cond(depth - 1)
}

// call calls a scalar function, most times with arguments of types that it takes.
func (g *queryMaker) call(depth int) string { return g.callOf(depth, Scalar) }

func (g *queryMaker) callOf(depth int, kind FuncKind) string {
	var f *Func
	for f == nil || f.Kind != kind {
		f = g.funcs[g.IntN(len(g.funcs))]
	}
	var args []string
	n := f.Min
	if f.Max > n && g.IntN(2) == 0 {
		n++
	}
	for i := range n {
		if i >= len(f.Args) && !(len(f.Args) > 0 && f.Args[len(f.Args)-1].Variadic) {
			break
		}
		a := f.Args[min(i, len(f.Args)-1)]
		if a.Map {
			break
		}
		args = append(args, g.arg(a, depth))
	}
	if g.IntN(12) == 0 {
		args = append(args, g.expr(0))
	}
	return strings.ToUpper(f.Name) + "(" + strings.Join(args, ", ") + ")"
}

func (g *queryMaker) arg(a Arg, depth int) string {
	if g.IntN(10) == 0 {
		return g.expr(depth - 1)
	}
	types := a.types.list()
	if len(types) == 0 {
		return g.expr(0)
	}
	switch types[g.IntN(len(types))] {
	case TypeBoolean:
		return g.pick("ok", "true", "process.pid > 1")
	case TypeInteger:
		return g.pick("1", "2", "source.port", "sh")
	case TypeLong:
		return g.pick("process.pid", "event.duration")
	case TypeDouble:
		return g.pick("risk.level", "1.5", "risk.score")
	case TypeUnsignedLong:
		return "destination.bytes"
	case TypeKeyword:
		return g.pick("user.name", `"a"`, "host.name", "process.args")
	case TypeText:
		return "message"
	case TypeDatetime:
		return g.pick("@timestamp", "NOW()", `"2024-01-01"`)
	case TypeDateNanos:
		return "nano"
	case TypeIP:
		return g.pick("source.ip", "host.ip", `"1.1.1.1"`)
	case TypeVersion:
		return "agent.version"
	case TypeDatePeriod:
		return "1 day"
	case TypeTimeDuration:
		return "1 hour"
	case TypeGeoPoint:
		return "source.geo.location"
	case TypeGeoShape:
		return "shape"
	case TypeCartesianPoint:
		return "cpoint"
	case TypeDenseVector:
		return "vec"
	case TypeFlattened:
		return "meta"
	case TypeDateRange:
		return "rng"
	}
	return g.expr(0)
}

func (g *queryMaker) cond(depth int) string {
	switch g.IntN(16) {
	case 12, 13, 14, 15:
		return g.pick("user.name == \"a\"", "process.pid > 5", "source.ip == \"1.1.1.1\"", "@timestamp > NOW() - 1 day", "ok", "host.name IS NOT NULL", "agent.version >= \"8.1\"")
	case 0, 1, 2:
		return g.expr(depth-1) + " " + g.pick("==", "!=", "<", ">=", ">") + " " + g.expr(depth-1)
	case 3:
		return g.pick("user.name", "message", "host.name", "process.args", "url.original", g.col()) + g.pick(" LIKE ", " NOT LIKE ", " RLIKE ") + g.pick(`"a*"`, `"a"`, `("a*", "b")`)
	case 4:
		return g.goodCol() + g.pick(" IN ", " NOT IN ") + "(" + g.literal() + ", " + g.literal() + ")"
	case 5:
		return g.expr(depth-1) + g.pick(" IS NULL", " IS NOT NULL")
	case 6, 7:
		if depth > 0 {
			return g.cond(depth-1) + g.pick(" AND ", " OR ") + g.cond(depth-1)
		}
		return "ok"
	case 8:
		return "NOT " + g.cond(depth-1)
	case 9:
		return g.col() + " : " + g.literal()
	case 10:
		return g.pick(`MATCH(message, "a")`, `KQL("a: b")`, `QSTR("a")`, `MATCH_PHRASE(user.name, "a")`, `CIDR_MATCH(source.ip, "10.0.0.0/8")`, `STARTS_WITH(user.name, "a")`)
	}
	return g.pick("ok", "true", g.col()+" == "+g.col(), "process.pid == "+g.literal(), "user.name == "+g.literal())
}

func (g *queryMaker) name() string {
	return g.pick("x", "y", "Esql.z", "user.name", "ok", "process.pid")
}

func (g *queryMaker) command(level int) string {
	switch g.IntN(20) {
	case 0, 1, 2:
		return "WHERE " + g.cond(2)
	case 3, 4, 5:
		out := "EVAL " + g.name() + " = " + g.expr(2)
		if g.IntN(3) == 0 {
			out += ", " + g.name() + " = " + g.expr(1)
		}
		return out
	case 6, 7, 8:
		return g.statsCommand()
	case 9:
		return g.pick("KEEP ", "KEEP ", "DROP ") + g.pick("*", "user.*", g.col(), "x") + g.pick("", ", "+g.col(), ", *.name", ", `user.name`")
	case 10:
		return "RENAME " + g.col() + " AS " + g.name() + g.pick("", ", "+g.col()+" AS "+g.name())
	case 11:
		return "SORT " + g.pick(g.col(), g.expr(1)) + g.pick("", " DESC", " ASC NULLS LAST") + g.pick("", ", "+g.col())
	case 12:
		return g.pick("LIMIT 5", "LIMIT 5 BY "+g.col(), "LIMIT "+g.literal())
	case 13:
		return "DISSECT " + g.col() + ` "%{` + g.name() + `} %{b}"`
	case 14:
		return "GROK " + g.col() + ` "%{WORD:` + g.name() + `} %{NUMBER:n:` + g.pick("int", "long", "foo", "double") + `}"`
	case 15:
		return "MV_EXPAND " + g.col()
	case 16:
		return g.pick("ENRICH owner", "ENRICH geo ON "+g.col(), "ENRICH owner ON user.name WITH d = dept", "ENRICH ranges ON source.ip")
	case 17:
		return "LOOKUP JOIN " + g.pick("users", "threats", "badtype", "nosuch") + " ON " + g.pick("user.name", "host.name", "source.ip", g.col(), "user.name, host.name")
	case 18:
		if level == 0 {
			return "FORK (" + g.command(1) + ") (" + g.command(1) + ")"
		}
		return g.pick("CHANGE_POINT "+g.col(), "SAMPLE 0.1", `COMPLETION c = user.name WITH {"inference_id": "compl"}`)
	}
	return g.pick("INLINE STATS c = COUNT(*)", "INLINE STATS c = COUNT(*) BY "+g.col(), "INLINE "+g.statsCommand())
}

func (g *queryMaker) statsCommand() string {
	agg := func() string {
		switch g.IntN(8) {
		case 0:
			return "COUNT(*)"
		case 1:
			return g.callOf(1, Aggregate) + " " + g.pick("+", "*", "/", "==") + " " + g.expr(0)
		case 2:
			return g.expr(1)
		case 3:
			return "TO_STRING(" + g.callOf(1, Aggregate) + ")"
		}
		return g.callOf(1, Aggregate)
	}
	out := "STATS " + g.pick("c = ", "d = ", "") + agg()
	if g.IntN(4) == 0 {
		out += " WHERE " + g.cond(1)
	}
	if g.IntN(3) == 0 {
		out += ", " + g.pick("e = ", "") + agg()
	}
	if g.IntN(3) > 0 {
		out += " BY " + g.pick(g.col(), "k = "+g.expr(1), "BUCKET(@timestamp, 1 hour)", "DATE_TRUNC(1 hour, @timestamp)", "CATEGORIZE(message)", g.col()+", "+g.col())
	}
	return out
}
