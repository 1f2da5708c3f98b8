package logic

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

var (
	pairs = flag.Int("pairs", 3000, "random conditions, and pairs of them, that are tried")
	seed  = flag.Uint64("seed", 1, "of the random conditions")
)

// types are the fields of the tests.
type types map[string]mapping.Type

func (m types) Lookup(name string) (mapping.Info, mapping.Presence) {
	t, ok := m[name]
	if !ok {
		return mapping.Info{}, mapping.Absent
	}
	return mapping.Info{Type: t}, mapping.Present
}

func (types) Suggest(string) []string { return nil }

var testFields = types{"k": mapping.Keyword, "m": mapping.Keyword, "n": mapping.Long, "b": mapping.Boolean, "a": mapping.IP, "d": mapping.Double}

// world makes random conditions and knows all values that they can tell apart.
type world struct {
	t      *testing.T
	random *rand.Rand
	fields map[string]*predicate.Field
	layout *event.Layout
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 9)), fields: map[string]*predicate.Field{}, layout: &event.Layout{}}
	r := &predicate.Resolver{Fields: testFields, Layout: w.layout}
	for _, name := range []string{"k", "m", "n", "b", "a", "d"} {
		f, err := r.Field(name)
		if err != nil {
			t.Fatal(err)
		}
		w.fields[name] = f
	}
	return w
}

// domain are the values that events of brute force have: enough to tell apart what leaves over them can.
var domain = map[string][]string{
	"k": {`"a"`, `"b"`, `"A"`, `"ab"`, `"ba"`, `""`, `"bb"`, `"aab"`},
	"m": {`"a"`, `"b"`},
	"n": {"0", "1", "2", "3", "4", "-1"},
	"b": {"true", "false"},
	"a": {`"10.0.0.1"`, `"10.0.0.2"`, `"11.0.0.1"`},
	"d": {"0", "0.5", "1", "1.5", "2", "9", "-9"},
}

func (w *world) pick(list ...string) string { return list[w.random.IntN(len(list))] }

// leaf is a random leaf.
func (w *world) leaf(names ...string) predicate.Node {
	f := w.fields[w.pick(names...)]
	must := func(n predicate.Node, err error) predicate.Node {
		if err != nil {
			w.t.Fatal(err)
		}
		return n
	}
	if w.random.IntN(8) == 0 {
		return f.Exists()
	}
	ops := []predicate.CompareOp{predicate.Eq, predicate.Lt, predicate.Le, predicate.Gt, predicate.Ge}
	op := ops[w.random.IntN(len(ops))]
	switch f.Name {
	case "n":
		return must(f.Compare(op, eqlfunc.OfLong(int64(w.random.IntN(4)))))
	case "d":
		return must(f.Compare(op, eqlfunc.OfDouble(float64(w.random.IntN(4))/2)))
	case "b":
		return must(f.Equal(eqlfunc.OfBool(w.random.IntN(2) == 0)))
	case "a":
		return must(f.CIDR([]string{w.pick("10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "10.0.0.0/30")}))
	}
	letters := []lucene.Case{lucene.Sensitive, lucene.FoldASCII}[w.random.IntN(2)]
	patterns := []string{"a", "b", "A", "a*", "*b", "*", "?", "a?", "*a*"}
	list := []string{w.pick(patterns...)}
	for w.random.IntN(2) == 0 {
		list = append(list, w.pick(patterns...))
	}
	if w.random.IntN(6) == 0 {
		re, err := predicate.Regexps([]string{w.pick("a|b", "[ab]b?", "a+", "~a")}, letters)
		if err != nil {
			w.t.Fatal(err)
		}
		return f.Text(re)
	}
	return f.Text(predicate.Wildcards(list, letters))
}

// condition is a random condition.
func (w *world) condition(depth int, names ...string) predicate.Node {
	if depth == 0 || w.random.IntN(4) == 0 {
		return w.leaf(names...)
	}
	if w.random.IntN(4) == 0 {
		return predicate.Negate(w.condition(depth-1, names...))
	}
	var kids []predicate.Node
	for range 2 + w.random.IntN(2) {
		kids = append(kids, w.condition(depth-1, names...))
	}
	return predicate.Chain([]predicate.Op{predicate.OpAnd, predicate.OpOr}[w.random.IntN(2)], kids)
}

// events are all events over the fields with up to two values each.
func (w *world) events(names ...string) []*event.Record {
	docs := []string{""}
	for _, name := range names {
		var next []string
		values := append([]string{""}, domain[name]...)
		for i, x := range domain[name] {
			for _, y := range domain[name][i+1:] {
				values = append(values, "["+x+","+y+"]")
			}
		}
		for _, d := range docs {
			for _, v := range values {
				if v != "" {
					v = fmt.Sprintf(",%q:%s", name, v)
				}
				next = append(next, d+v)
			}
		}
		docs = next
	}
	var out []*event.Record
	for _, d := range docs {
		out = append(out, w.record("{"+strings.TrimPrefix(d, ",")+"}"))
	}
	return out
}

func (w *world) record(doc string) *event.Record {
	rec := &event.Record{}
	if err := event.NewDecoder(w.layout).Decode([]byte(doc), rec); err != nil {
		w.t.Fatalf("%s: %v", doc, err)
	}
	return rec
}

// TestPossible holds answers to brute force: what never holds has no event, what can hold has the event that was found.
func TestPossible(t *testing.T) {
	counts := map[Answer]int{}
	w := newWorld(t, *seed)
	sets := [][]string{{"k"}, {"n", "b"}, {"k", "b"}, {"a", "m"}, {"d"}, {"n", "d"}}
	events := map[int][]*event.Record{}
	for i, names := range sets {
		events[i] = w.events(names...)
	}
	rounds := *pairs
	for range rounds {
		i := w.random.IntN(len(sets))
		n := w.condition(3, sets[i]...)
		space := New()
		answer, model := space.Possible(space.Of(n))
		counts[answer]++
		if answer == Never {
			for _, rec := range events[i] {
				if n.Eval(rec) == predicate.Yes {
					t.Fatalf("said to be never true, but true for %v", rec.Slots)
				}
			}
			continue
		}
		if answer == Unknown {
			continue
		}
		values, ok := model.Values()
		if !ok {
			t.Fatalf("no values for %v", model)
		}
		if rec := w.record(document(t, values)); n.Eval(rec) != predicate.Yes {
			t.Fatalf("the event %s does not make it true", document(t, values))
		}
	}
	if counts[Never] < rounds/50 || counts[Unknown] > rounds/100 {
		t.Errorf("answers %v of %d: expected some that are never true and next to none unknown", counts, rounds)
	}
}

func document(t *testing.T, v Values) string {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// TestImplies: what implies another by proof does so on every event.
func TestImplies(t *testing.T) {
	w := newWorld(t, *seed+1)
	events := w.events("k", "b")
	proved := 0
	for range *pairs {
		a, b := w.condition(2, "k", "b"), w.condition(2, "k", "b")
		if w.random.IntN(2) == 0 { // make it likely
			a = predicate.Chain(predicate.OpAnd, []predicate.Node{a, b})
			b = predicate.Chain(predicate.OpOr, []predicate.Node{b, w.leaf("k")})
		}
		space := New()
		if answer, _ := space.Implies(space.Of(a), space.Of(b)); answer != Never {
			continue
		}
		proved++
		for _, rec := range events {
			if a.Eval(rec) == predicate.Yes && b.Eval(rec) != predicate.Yes {
				t.Fatalf("implication said to be proved, but not on %v", rec.Slots)
			}
		}
	}
	if proved < *pairs/4 {
		t.Errorf("only %d implications were proved", proved)
	}
}
