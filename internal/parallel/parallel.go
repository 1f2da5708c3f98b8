// Package parallel does work that falls into equal parts on several goroutines.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls do with the numbers below n, from up to jobs goroutines, and returns when all are done. Once the context has ended no
// more are begun, and its error is returned.
func Each(ctx context.Context, jobs, n int, do func(i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(jobs, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
