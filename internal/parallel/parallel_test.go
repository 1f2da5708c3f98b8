package parallel

import (
	"context"
	"sync/atomic"
	"testing"
)

// TestEach: every number comes once, whatever the number of jobs.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000} {
		for _, jobs := range []int{1, 3, 64} {
			seen := make([]atomic.Int32, n)
			if err := Each(context.Background(), jobs, n, func(i int) { seen[i].Add(1) }); err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if got := seen[i].Load(); got != 1 {
					t.Errorf("%d of %d with %d jobs came %d times", i, n, jobs, got)
				}
			}
		}
	}
}

// TestEachEnds: behind the end of the context nothing is begun.
func TestEachEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := Each(ctx, 1, 100, func(int) {
		if calls++; calls == 3 {
			cancel()
		}
	})
	if calls != 3 || err != context.Canceled {
		t.Errorf("%d calls, %v", calls, err)
	}
}
