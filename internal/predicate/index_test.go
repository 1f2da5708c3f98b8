package predicate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/lucene"
)

// TestEpochs goes through the point where the numbers of events start again.
func TestEpochs(t *testing.T) {
	r := &Resolver{Layout: &event.Layout{}}
	k, err := r.Field("k")
	if err != nil {
		t.Fatal(err)
	}
	leaf := k.Text(Wildcards([]string{"a*", "b"}, lucene.Fold))
	cursor := NewIndex([]Node{leaf, &And{[]Node{leaf, k.Exists()}}}).NewCursor()
	cursor.ctx.epoch = maxEpoch - 3
	decoder, n := event.NewDecoder(r.Layout), 0
	for i := range 8 {
		var rec event.Record
		if err := decoder.Decode(fmt.Appendf(nil, `{"k":"%c"}`, 'a'+i%3), &rec); err != nil {
			t.Fatal(err)
		}
		for _, id := range cursor.Next(&rec) {
			if cursor.Eval(id) == Yes {
				n++
			}
		}
	}
	if n != 12 {
		t.Errorf("%d matches, want 12", n)
	}
}

// TestDigests asks an index about events whose objects come again, and the conditions themselves.
func TestDigests(t *testing.T) {
	r := &Resolver{Layout: &event.Layout{}}
	field := func(name string) *Field {
		f, err := r.Field(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	a, b, c := field("h.a"), field("h.b"), field("c")
	like := a.Text(Wildcards([]string{"x*y", "z"}, lucene.Fold))
	conds := []Node{like, &And{[]Node{like, c.Exists()}}, &Or{[]Node{b.Exact("x"), Not{like}}}, &And{[]Node{b.Exact("X1y"), Not{a.Exact("z")}}}, &And{[]Node{c.Exact("1"), b.Exists()}}}
	cursor, decoder := NewIndex(conds).NewCursor(), event.NewDecoder(r.Layout)
	values := []string{`"xy"`, `"X1Y"`, `"z"`, `"Z"`, `["x","xay"]`, `null`, `1`}
	rnd := rand.New(rand.NewPCG(3, 4))
	value := func() string { return values[rnd.IntN(len(values))] }
	parts := 0
	for range 20_000 {
		doc := fmt.Sprintf(`{"h":{"a":%s,"b":%s}`, value(), value())
		if rnd.IntN(2) == 0 {
			doc += fmt.Sprintf(`,"h.a":%s,"c":%s`, value(), value())
		}
		var rec event.Record
		if err := decoder.Decode([]byte(doc+"}"), &rec); err != nil {
			t.Fatal(err)
		}
		_, known, _ := rec.Filled()
		parts += len(known)
		got := make([]Verdict, len(conds))
		for _, id := range cursor.Next(&rec) {
			got[id] = cursor.Eval(id)
		}
		for i, n := range conds {
			if want := n.Eval(&rec); got[i] != want {
				t.Fatalf("%s}: condition %d is %v, want %v", doc, i, got[i], want)
			}
		}
	}
	if parts < 10_000 {
		t.Errorf("%d parts, want many", parts)
	}
}
