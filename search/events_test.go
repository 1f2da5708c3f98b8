package search_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	kqleval "github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/search"
)

// TestEventsSpill: a search that puts its results on disk hands over what one in memory finds, in the same order.
func TestEventsSpill(t *testing.T) {
	q, _ := kql.Parse("n >= 100", kql.Kuery)
	p, err := kqleval.Compile(q, nil, kqleval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := rand.New(rand.NewPCG(5, 5))
	memory, spilled := p.Start(search.Start{}).(*search.Events), p.Start(search.Start{}).(*search.Events)
	spilled.Spill(5000)
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	for i := range 3000 {
		doc := fmt.Sprintf(`{"n":%d,"@timestamp":%d}`, i, g.IntN(100))
		if g.IntN(10) == 0 {
			doc = fmt.Sprintf(`{"n":%d}`, i)
		}
		if err := dec.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		ref := search.Ref{Index: i, ID: fmt.Sprint("id", i), Source: []byte(doc), Origin: int64(i) << 40}
		for _, s := range []search.State{memory, spilled} {
			if err := s.Feed(&rec, ref, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if memory.Len() != 2900 || spilled.Len() != 2900 {
		t.Fatalf("%d and %d results, expected 2900", memory.Len(), spilled.Len())
	}
	var got []search.Result
	if err := spilled.Each(func(r search.Result) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(memory.Finish(), got); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

// TestResultRecord: a result is read as it was written, absent keys, events and documents included; what is cut short is an error.
func TestResultRecord(t *testing.T) {
	key, empty := "k", ""
	for _, want := range []search.Result{
		{},
		{Keys: []*string{}, Events: []*search.Ref{nil}},
		{Keys: []*string{&key, nil, &empty}, Events: []*search.Ref{{Index: 7, ID: "id", Source: []byte("{}"), Origin: -3}, nil, {Source: []byte{}}}},
	} {
		b := search.AppendResult([]byte("before"), want)[len("before"):]
		got, err := search.ReadResult(b)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		for i := range b {
			if _, err := search.ReadResult(b[:i]); err == nil {
				t.Errorf("%d of %d bytes: no error", i, len(b))
			}
		}
	}
}
