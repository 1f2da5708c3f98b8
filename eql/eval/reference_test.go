package eval_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// doc is an event as the reference evaluator sees it: the values of each field, nulls dropped, as JSON words.
type doc map[string][]string

// reference evaluates a condition by walking the tree: two-valued, a leaf holds if it holds for some value.
func reference(e eql.Expr, d doc) bool {
	switch e := eql.Unparen(e).(type) {
	case *eql.Unary:
		return !reference(e.X, d)
	case *eql.Binary:
		switch e.Op {
		case eql.And:
			return reference(e.X, d) && reference(e.Y, d)
		case eql.Or:
			return reference(e.X, d) || reference(e.Y, d)
		}
		values, lit := d[e.X.(*eql.Field).Name], e.Y.(*eql.Literal)
		if lit.Kind == eql.NullLiteral {
			return (len(values) == 0) == (e.Op == eql.Eq)
		}
		if e.Op == eql.Ne {
			return !holdsFor(values, func(v string) bool { return compares(v, eql.Eq, lit) })
		}
		return holdsFor(values, func(v string) bool { return compares(v, e.Op, lit) })
	case *eql.In:
		found := holdsFor(d[e.X.(*eql.Field).Name], func(v string) bool {
			for _, x := range e.List {
				if e.Fold && strings.EqualFold(text(v), x.(*eql.Literal).Str) || !e.Fold && compares(v, eql.Eq, x.(*eql.Literal)) {
					return true
				}
			}
			return false
		})
		return found != e.Negated
	case *eql.Match:
		return holdsFor(d[e.X.(*eql.Field).Name], func(v string) bool {
			for _, p := range e.List {
				pattern, s := p.Str, text(v)
				if e.Op == eql.Colon {
					pattern, s = strings.ToLower(pattern), strings.ToLower(s)
				}
				if ok, _ := path.Match(pattern, s); ok { // no value has a slash
					return true
				}
			}
			return false
		})
	}
	panic("the generator makes no other condition")
}

func holdsFor(values []string, test func(string) bool) bool {
	for _, v := range values {
		if test(v) {
			return true
		}
	}
	return false
}

func text(word string) string { return strings.Trim(word, `"`) }

// compares a value with a text that is no number, or with a number: a text as text (spec/eql.md 12.2.1).
func compares(v string, op eql.Op, lit *eql.Literal) bool {
	if lit.Kind == eql.StringLiteral {
		return op == eql.Eq && v == strconv.Quote(lit.Str)
	}
	if v[0] == '"' {
		c := strings.Compare(text(v), strconv.FormatInt(lit.Int, 10))
		return op == eql.Eq && c == 0 || op == eql.Lt && c < 0 || op == eql.Ge && c >= 0
	}
	x, err := strconv.ParseFloat(v, 64)
	y := float64(lit.Int)
	switch {
	case err != nil:
		return false
	case op == eql.Eq:
		return x == y
	case op == eql.Lt:
		return x < y
	}
	return x >= y
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

func condition(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(3) > 0 {
		a, b := condition(r, depth-1), condition(r, depth-1)
		return pick(r, "("+a+" and "+b+")", "("+a+" or "+b+")", "not ("+a+")")
	}
	f := pick(r, "s", "t", "n")
	return f + pick(r, ` == "a"`, ` != "aB"`, ` : "A*"`, ` like "a?"`, ` : ("b", "*B")`, ` in ("a", "b")`, ` not in ("a", "x")`,
		` in~ ("A", "ab")`, ` == null`, ` != null`, ` == 3`, ` != 3`, ` < 3`, ` >= 2`)
}

// TestReference compares compiled queries with the reference evaluator, and FirstFalse with both.
func TestReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	matches := 0
	for range 4000 {
		query := "any where " + condition(r, 3)
		d, parts := doc{}, []string{}
		for _, f := range []string{"s", "t", "n"} {
			var words []string
			for range r.IntN(4) {
				w := pick(r, `"a"`, `"A"`, `"ab"`, `"aB"`, `""`, `"x"`, `"3"`, `3`, `2.5`, `-1`, `true`, `null`)
				if words = append(words, w); w != "null" {
					d[f] = append(d[f], w)
				}
			}
			parts = append(parts, fmt.Sprintf("%q:[%s]", f, strings.Join(words, ",")))
		}
		raw := "{" + strings.Join(parts, ",") + "}"
		p, rec := load(t, query, raw)
		want := reference(p.Query().Body.(*eql.EventQuery).Cond, d)
		if got, err := p.Match(rec); err != nil || got != want || (p.FirstFalse(rec) == "") != want {
			t.Fatalf("%s\n%s: got %t, %v, %q, want %t", query, raw, got, err, p.FirstFalse(rec), want)
		}
		if want {
			matches++
		}
	}
	if matches < 1000 || matches > 3000 {
		t.Errorf("%d of 4000 match: too one-sided", matches)
	}
}
