package predicate

import (
	"fmt"
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
