package eql_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// queryMaker writes random queries by the grammar of LANGUAGE.md 2, as lists of tokens.
type queryMaker struct {
	*rand.Rand
	out  []string
	keys int // join keys that each term gets
}

func (g *queryMaker) add(tokens ...string)       { g.out = append(g.out, tokens...) }
func (g *queryMaker) pick(list ...string) string { return list[g.IntN(len(list))] }
func (g *queryMaker) chance(one int) bool        { return g.IntN(one) == 0 }
func (g *queryMaker) some(most int, f func(i int)) { // 1 to most times, with commas
	for i := range 1 + g.IntN(most) {
		if i > 0 {
			g.add(",")
		}
		f(i)
	}
}

func (g *queryMaker) query() {
	switch g.IntN(4) {
	case 0:
		g.sequence()
	case 1:
		g.sample()
	default:
		g.filter()
	}
	for g.chance(3) {
		g.add("|", g.pick("head", "tail"))
		g.add(g.pick("0", "10", "(2 + 3)", "length(\"ab\")", "9 % 4"))
	}
}

func (g *queryMaker) sequence() {
	g.add("sequence")
	g.keyList(g.IntN(3))
	g.keys = g.IntN(2)
	missing := g.chance(2)
	if missing || g.chance(2) {
		g.add("with", "maxspan", "=", g.pick("1", "30", "500"), g.pick("ms", "s", "m", "h", "d"))
	}
	for i := range 2 + g.IntN(3) {
		if missing && i > 0 && g.chance(2) {
			g.add("![")
		} else {
			g.add("[")
		}
		g.clauseRest()
		if g.chance(4) {
			g.add("with", "runs", "=", g.pick("1", "3", "100"))
		}
	}
	if g.chance(2) {
		g.add("until", "[")
		g.clauseRest()
	}
}

func (g *queryMaker) sample() {
	g.add("sample")
	g.keyList(1)
	g.keys = g.IntN(2)
	for range 2 + g.IntN(2) {
		g.add("[")
		g.clauseRest()
	}
}

func (g *queryMaker) clauseRest() {
	g.filter()
	g.add("]")
	g.keyList(g.keys)
}

func (g *queryMaker) keyList(n int) {
	for i := range n {
		g.add([]string{"by", ","}[min(i, 1)])
		g.field()
	}
}

func (g *queryMaker) filter() {
	g.add(g.pick("any", "process", "file_x", "_c", "@d", `"my cat"`, `"""raw"""`), "where")
	g.expr(2)
}

func (g *queryMaker) expr(depth int) {
	for g.operand(depth); g.chance(2); g.operand(depth) {
		g.add(g.pick("and", "or", "and", "or"))
	}
}

func (g *queryMaker) operand(depth int) {
	if g.chance(5) {
		g.add("not")
		g.operand(depth)
		return
	}
	g.sum(depth)
	if g.chance(2) {
		g.add(g.pick("==", "!=", "<", "<=", ">", ">="))
		g.sum(depth)
	}
}

func (g *queryMaker) sum(depth int) {
	for g.unary(depth); g.chance(5); g.unary(depth) {
		g.add(g.pick("+", "-", "*", "/", "%"))
	}
}

func (g *queryMaker) unary(depth int) {
	if g.chance(8) {
		g.add(g.pick("-", "+"))
		g.unary(depth)
		return
	}
	g.primary(depth)
	switch g.IntN(8) {
	case 0:
		if g.chance(2) {
			g.add("not")
		}
		g.add(g.pick("in", "in~"), "(")
		g.some(3, func(int) { g.expr(depth - 1) })
		g.add(")")
	case 1:
		g.add(g.pick(":", "like", "like~", "regex", "regex~"))
		g.pattern()
	case 2:
		g.add(g.pick(":", "like", "like~", "regex", "regex~"), "(")
		g.some(3, func(int) { g.pattern() })
		g.add(")")
	}
}

// pattern is a constant but null.
func (g *queryMaker) pattern() {
	at := len(g.out)
	for g.constant(); g.out[at] == "null"; g.constant() {
		g.out = g.out[:at]
	}
}

func (g *queryMaker) primary(depth int) {
	switch n := g.IntN(6); {
	case depth <= 0 || n < 2:
		if g.chance(2) {
			g.constant()
			return
		}
		g.field()
	case n == 2:
		g.add("(")
		g.expr(depth - 1)
		g.add(")")
	case n == 3:
		g.add(g.pick("length", "concat~", "f_1", "startsWith"), "(")
		if g.chance(4) {
			g.add(")")
			return
		}
		g.some(3, func(int) { g.expr(depth - 1) })
		g.add(")")
	default:
		g.field()
	}
}

func (g *queryMaker) constant() {
	g.add(g.pick("null", "true", "false", "0", "42", "2147483648", "18446744073709551615", "99999999999999999999", "1.5", ".5", "7.", "5e14", "1.2E-3", `""`, `"x"`,
		`"a\\b\"c\t\u{1F600}"`, `"it's"`, `""""""`, `"""a"b\c"""`, `""""q""""`, `"a*?"`, `"ünï"`))
}

func (g *queryMaker) field() {
	if g.chance(5) {
		g.add("?")
	}
	for i := range 1 + g.IntN(3) {
		if i > 0 {
			g.add(".")
		}
		g.add(g.pick("a", "b1", "_c", "@t", "`d e`", "`f.g`", "`h``i`", "`or`", "head", "runs", "length", "fork"))
	}
}

// spread joins tokens with random blanks and comments.
func (g *queryMaker) spread() string {
	var out strings.Builder
	for i, tok := range g.out {
		if i > 0 {
			out.WriteString(g.pick(" ", " ", " ", "\n", "\t", "\r\n  ", " /* a ] ) \" */ ", " // it's (\n"))
		}
		out.WriteString(tok)
	}
	return out.String()
}

func TestGeneratedQueries(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 1500 {
		g := &queryMaker{Rand: r}
		g.query()
		src := g.spread()
		if len(g.out) > 150 {
			continue // exactSpans is quadratic
		}
		if ok, stop := recognize(src); !ok {
			t.Fatalf("the reference rejects %q at %v", src, stop)
		}
		q, issues := eql.Parse(src)
		for _, is := range issues {
			if is.Code == "query/syntax" {
				t.Fatalf("%q: %v", src, is)
			}
		}
		nested(t, q)
		exactSpans(t, q)
		if !hasError(issues) {
			roundTrip(t, q)
		}
		eql.Check(q, nil)
		eql.Check(q, catalog{})
	}
}

// exactSpans checks that spans begin and end at tokens, that the text of an expression is that expression, and that every
// token lies in the body or a pipe.
func exactSpans(t *testing.T, q *eql.Query) {
	t.Helper()
	starts, ends := map[int]bool{}, map[int]bool{}
	toks := refTokenize(q.Source)
	toks = toks[:len(toks)-1]
	for _, tok := range toks {
		starts[tok.start], ends[tok.end] = true, true
	}
	covered := append([]eql.Node{q.Body}, nodes(q.Pipes)...)
	for _, tok := range toks {
		if !slices.ContainsFunc(covered, func(n eql.Node) bool { return n.Span().Start <= tok.start && tok.end <= n.Span().End }) {
			t.Fatalf("%q: token %v is in no node", q.Source, tok)
		}
	}
	for n := range eql.Preorder(q) {
		s := n.Span()
		if _, whole := n.(*eql.Query); whole {
			continue
		}
		if !starts[s.Start] || !ends[s.End] {
			t.Fatalf("%q: %T %v does not end at tokens", q.Source, n, s)
		}
		e, ok := n.(eql.Expr)
		if !ok {
			continue
		}
		again, _ := eql.Parse("any where " + q.Source[s.Start:s.End])
		if got := eql.FormatExpr(again.Body.(*eql.EventQuery).Cond); got != eql.FormatExpr(e) {
			t.Fatalf("%q: %T %q is %q", q.Source, n, q.Source[s.Start:s.End], got)
		}
	}
}

func nodes[N eql.Node](list []N) (out []eql.Node) {
	for _, n := range list {
		out = append(out, n)
	}
	return out
}

// TestTokenSoup holds the parser against the reference on short random lists of tokens, most of which are no query.
func TestTokenSoup(t *testing.T) {
	words := strings.Fields(`and any by false in in~ join like like~ maxspan not null of or regex regex~ sample sequence true until where with
		: = == != < <= > >= + - * / % . , [ ] ( ) | ? ![ a b.c f~ 1 2.5 "x" head runs`)
	r := rand.New(rand.NewPCG(9, 10))
	valid, n := 0, 0
	for range 10_000 {
		g := &queryMaker{Rand: r}
		if g.chance(3) {
			g.add("any", "where")
			for range 1 + g.IntN(6) {
				g.add(words[g.IntN(len(words))])
			}
		} else { // a query with a few words replaced
			g.filter()
			for range 1 + g.IntN(2) {
				g.out[g.IntN(len(g.out))] = words[g.IntN(len(words))]
			}
		}
		src := strings.Join(g.out, " ")
		if len(g.out) > 100 {
			continue
		}
		ok, stop := recognize(src)
		q, issues := eql.Parse(src)
		syntax := slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Code == "query/syntax" })
		switch {
		case ok && syntax:
			t.Errorf("%s: the grammar accepts it: %v", src, issues)
		case !ok && !hasError(issues):
			t.Errorf("%s: no error, the grammar stops at %v", src, stop)
		}
		nested(t, q)
		if n++; ok {
			valid++
		}
	}
	t.Logf("%d of %d are queries", valid, n)
}
