package esql

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOracleRules makes slips in real rules, and compares verdict, place and suggestion of Check with the real analyser. It
// needs what TestOracle needs; ESQL_RULE_MUTANTS says how many, ESQL_SEED chooses others.
func TestOracleRules(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("ESQL_RULE_MUTANTS"))
	if n == 0 {
		t.Skip("ESQL_RULE_MUTANTS is not set")
	}
	seed, _ := strconv.ParseUint(os.Getenv("ESQL_SEED"), 10, 64)
	var rules []sharedCase
	readShared(t, "rules.json", &rules)
	g := &slipMaker{Rand: rand.New(rand.NewPCG(seed, 2))}
	var slips []slip
	var cases []oracleCase
	for len(slips) < n {
		c := &rules[g.IntN(len(rules))]
		if c.Query == "" {
			c.Query = ruleQuery(t, c.Path)
		}
		s, ok := g.slip(c.Query)
		if !ok {
			continue
		}
		s.of = c
		slips = append(slips, s)
		cases = append(cases, oracleCase{Query: s.query, Fields: c.Fields, Inference: c.Infer})
	}
	answers := askOracle(t, cases)
	var verdicts, columns, places, suggested score
	for i, s := range slips {
		a := answers[i]
		if a.Internal || a.OptimizeError != "" {
			continue
		}
		mutant := *s.of
		mutant.Query = s.query
		info, issues := checkCase(t, nil, mutant)
		errs := errorsOf(issues)
		differs := func(what string) {
			t.Logf("%s %s: %s\n   ours:  %s\n   theirs: %s", what, s.of.Path, s.what, describe(s.query, errs), a.text())
		}
		same := (len(errs) == 0) == a.OK
		verdicts.add(same)
		switch {
		case !same:
			differs("VERDICT")
		case a.OK:
			ok := columnsOf(info) == a.text()
			columns.add(ok)
			if !ok {
				differs("COLUMNS " + columnsOf(info))
			}
		default:
			if a.line() > 0 {
				ok := slices.Contains(a.places(), place(s.query, errs[0].Span.Start))
				places.add(ok)
				if !ok {
					differs("PLACE")
				}
			}
			if s.name != "" && errs[0].Span.Start == s.at { // a slip in a definition shows where the column is used
				ok := strings.HasPrefix(errs[0].Hint, "did you mean `"+s.name+"`")
				suggested.add(ok)
				if !ok {
					differs("SUGGESTION " + errs[0].Hint)
				}
			}
		}
	}
	t.Logf("verdicts %.2f %% of %d, columns %.2f %% of %d, places %.2f %% of %d, suggestions %.2f %% of %d", verdicts.percent(), verdicts.all,
		columns.percent(), columns.all, places.percent(), places.all, suggested.percent(), suggested.all)
	if verdicts.percent() < 98 || columns.percent() < 98 || places.percent() < 95 {
		t.Error("differs too often")
	}
}

var oraclePlace = regexp.MustCompile(`line (\d+:\d+):`)

// places are the lines and columns that the analyser names.
func (a oracleAnswer) places() []string {
	var out []string
	for _, m := range oraclePlace.FindAllStringSubmatch(a.Error, -1) {
		out = append(out, m[1])
	}
	return out
}

// slip is a query with a mistake in it.
type slip struct {
	of    *sharedCase
	query string
	what  string
	name  string // what was meant: the first suggestion should be it
	at    int    // where the mistake is
}

// slipMaker makes mistakes in queries.
type slipMaker struct{ *rand.Rand }

func (g *slipMaker) pick(list ...string) string { return list[g.IntN(len(list))] }

// slip makes one mistake.
func (g *slipMaker) slip(q string) (slip, bool) {
	parsed, issues := Parse(q)
	if len(errorsOf(issues)) > 0 {
		return slip{}, false
	}
	switch g.IntN(8) {
	case 0, 1:
		return g.name(q, parsed)
	case 2:
		return g.function(q, parsed)
	case 3:
		return g.wrongType(q, parsed)
	case 4, 5:
		return g.dropItem(q, parsed)
	case 6:
		return g.character(q)
	}
	return g.word(q)
}

func changed(q string, s Span, text string) slip {
	return slip{at: s.Start, query: q[:s.Start] + text + q[s.End:], what: fmt.Sprintf("%s `%s` -> `%s`", place(q, s.Start), q[s.Start:s.End], text)}
}

// misspell changes a name as fingers do.
func (g *slipMaker) misspell(s string) string {
	if len(s) < 4 {
		return s
	}
	i := 1 + g.IntN(len(s)-2)
	switch g.IntN(4) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + s[i:i+1] + s[i:]
	case 2:
		return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
	}
	return s[:i] + "x" + s[i+1:]
}

func (g *slipMaker) name(q string, parsed *Query) (slip, bool) {
	var spans []Span
	for n := range Preorder(parsed) {
		switch n := n.(type) {
		case *Column:
			spans = append(spans, n.Range)
		case *Name:
			if n.Glob == nil {
				spans = append(spans, n.Range)
			}
		}
	}
	if len(spans) == 0 {
		return slip{}, false
	}
	s := spans[g.IntN(len(spans))]
	old := q[s.Start:s.End]
	bad := g.misspell(old)
	out := changed(q, s, bad)
	if !strings.Contains(old, "`") {
		out.name = old
	}
	return out, bad != old && !strings.Contains(bad, "..")
}

func (g *slipMaker) function(q string, parsed *Query) (slip, bool) {
	var calls []*Call
	for n := range Preorder(parsed) {
		if c, ok := n.(*Call); ok {
			calls = append(calls, c)
		}
	}
	if len(calls) == 0 {
		return slip{}, false
	}
	c := calls[g.IntN(len(calls))]
	old := q[c.NameRange.Start:c.NameRange.End]
	bad := g.misspell(old)
	if LookupFunc(strings.ToLower(bad)) != nil {
		return slip{}, false
	}
	out := changed(q, c.NameRange, bad)
	return out, bad != old
}

func (g *slipMaker) wrongType(q string, parsed *Query) (slip, bool) {
	var spans []Span
	for n := range Preorder(parsed) {
		switch n := n.(type) {
		case *Literal:
			spans = append(spans, n.Range)
		case *Column:
			if g.IntN(2) == 0 {
				spans = append(spans, n.Range)
			}
		}
	}
	if len(spans) == 0 {
		return slip{}, false
	}
	s := spans[g.IntN(len(spans))]
	return changed(q, s, g.pick("5", `"text"`, "true", "1.5", "null", `"10.0.0.1"`, "@timestamp", "1 hour", `("a", "b")`, `["a", "b"]`, "-3", "99999999999", "host.name", "NOW()")), true
}

// dropItem takes an item out of a list of KEEP, STATS, BY or EVAL.
func (g *slipMaker) dropItem(q string, parsed *Query) (slip, bool) {
	var spans []Span
	add := func(i, n int, at func(int) Span) {
		s := at(i)
		switch {
		case n < 2:
			return
		case i > 0:
			s.Start = at(i - 1).End
		default:
			s.End = at(1).Start
		}
		spans = append(spans, s)
	}
	for n := range Preorder(parsed) {
		switch n := n.(type) {
		case *Keep:
			for i := range n.Items {
				add(i, len(n.Items), func(i int) Span { return n.Items[i].Span() })
			}
		case *Eval:
			for i := range n.Fields {
				add(i, len(n.Fields), func(i int) Span { return n.Fields[i].Span() })
			}
		case *Stats:
			for i := range n.Aggs {
				add(i, len(n.Aggs), func(i int) Span { return n.Aggs[i].Span() })
			}
			for i := range n.By {
				add(i, len(n.By), func(i int) Span { return n.By[i].Span() })
			}
		}
	}
	if len(spans) == 0 {
		return slip{}, false
	}
	return changed(q, spans[g.IntN(len(spans))], ""), true
}

// character takes out, doubles or changes a bracket, a quote, a comma or a bar.
func (g *slipMaker) character(q string) (slip, bool) {
	var at []int
	for i := range len(q) {
		if strings.IndexByte(`()[]{}",|=`, q[i]) >= 0 {
			at = append(at, i)
		}
	}
	i := at[g.IntN(len(at))]
	c := q[i : i+1]
	return changed(q, Span{Start: i, End: i + 1}, g.pick("", "", c+c, g.pick("(", ")", ",", "|", "\"", "]"))), true
}

// word misspells a word, doubles it or leaves it out, whatever it is.
func (g *slipMaker) word(q string) (slip, bool) {
	var spans []Span
	for _, t := range lex(q).toks {
		if t.end > t.start {
			spans = append(spans, Span{Start: int(t.start), End: int(t.end)})
		}
	}
	s := spans[g.IntN(len(spans))]
	old := q[s.Start:s.End]
	return changed(q, s, g.pick(g.misspell(old), "", old+" "+old, strings.ToUpper(old))), true
}
