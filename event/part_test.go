package event

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// partFields are the fields of the documents below, with all kinds of slots.
func partFields() *Layout {
	var l Layout
	for _, name := range []string{"h.n", "h.o.t", "h", "p.n", "p.n.x", "h.o"} {
		l.Add(name)
	}
	l.AddNull("h.n", "none")
	l.AddConstant("p.c", "fix")
	l.AddObjects("h")
	l.AddObjects("h.o")
	l.AddObjects("")
	return &l
}

// TestParts decodes documents whose objects come again, some of them broken, and compares with a decoder that has seen none before.
func TestParts(t *testing.T) {
	objects := []string{`{"n":"a","o":{"t":"x\u0041\\","z":[1,{"t":"}"}]}}`, `{"n":[null,"b",true],"o":[{"t":1},{"t":1},{"t":1}]}`, `{ "n" : 1.5 , "o.t" : "q" }`, `{}`,
		`{"n":"` + strings.Repeat("long ", 300) + `"}`, `{"o":{"t":"y"},"o":{"t":"y"}}`, `{"n":"open}`, `{"n":\"a"}`, `{"z":{\}}`, `{"n":{"x":[` + strings.Repeat("7,", 100) + `7]}}`}
	rnd := rand.New(rand.NewPCG(1, 2))
	l := partFields()
	known, rec := NewDecoder(l), new(Record)
	parts := 0
	for i := range 20_000 {
		object := func() string {
			if rnd.IntN(4) == 0 {
				return fmt.Sprintf(`{"n":"%d","o":{"t":"x"}}`, i)
			}
			return objects[min(rnd.IntN(len(objects)), rnd.IntN(len(objects)))]
		}
		doc := fmt.Sprintf(`{"h":%s,"p":%s,"h.o":[%s,%s],"h.n":%d}`, object(), object(), object(), object(), i%3)
		var fresh Record
		want, got := NewDecoder(l).Decode([]byte(doc), &fresh), known.Decode([]byte(doc), rec)
		parts += len(rec.parts)
		if d := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); d != "" {
			t.Fatalf("%s: error (-want +got):\n%s", doc, d)
		}
		if want != nil {
			continue
		}
		if d := cmp.Diff(valuesOf(&fresh), valuesOf(rec)); d != "" {
			t.Fatalf("%s (-want +got):\n%s", doc, d)
		}
	}
	if parts < 10_000 {
		t.Errorf("%d parts, want many", parts)
	}
}

// valuesOf writes the values of each slot.
func valuesOf(r *Record) []string {
	var out []string
	for _, vs := range r.Slots {
		out = append(out, fmt.Sprint(vs))
	}
	return out
}

// TestPartsBounded: what a decoder remembers stays small whatever the objects.
func TestPartsBounded(t *testing.T) {
	var l Layout
	for i := range 500 {
		l.Add(fmt.Sprintf("k%d.n", i))
	}
	d, rec := NewDecoder(&l), new(Record)
	text := strings.Repeat("x", 900)
	for i := range 200 {
		var doc strings.Builder
		for k := range 500 {
			fmt.Fprintf(&doc, `,"k%d":{"n":"%s%d"}`, k, text, i/3)
		}
		if err := d.Decode([]byte("{"+doc.String()[1:]+"}"), rec); err != nil {
			t.Fatal(err)
		}
		if d.parts.held > partRoom {
			t.Fatalf("%d bytes held, want at most %d", d.parts.held, partRoom)
		}
	}
	held := 0
	for _, r := range d.parts.nodes {
		for _, p := range r.places {
			if p.part != nil {
				held += p.part.size
			}
		}
	}
	if held != d.parts.held {
		t.Errorf("%d bytes are held, %d counted", held, d.parts.held)
	}
}

// TestFilled: slots and parts together have all values.
func TestFilled(t *testing.T) {
	var l Layout
	a, b := l.Add("h.a"), l.Add("h.b")
	d, rec := NewDecoder(&l), new(Record)
	for range 4 {
		if err := d.Decode([]byte(`{"h":{"a":1,"b":2},"h.a":[3,4]}`), rec); err != nil {
			t.Fatal(err)
		}
	}
	slots, parts, ok := rec.Filled()
	if d := cmp.Diff([]int{a}, slots); d != "" || !ok || len(parts) != 1 || len(parts[0].Values()) != 2 {
		t.Errorf("slots %v, %d parts, %v: want slot %d and a part with slots %d and %d", slots, len(parts), ok, a, a, b)
	}
}
