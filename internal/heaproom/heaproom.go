// Package heaproom lets the garbage of a short run lie as long as memory is not what the run is short of.
package heaproom

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// smallest is the heap at which Go starts to collect, at its usual setting, which is 100.
const smallest = 4 << 20

// Give lets the heap grow by room bytes before garbage is collected, or by share percent of what is in use where that is more. Go starts to
// collect at 4 MB, which a run of milliseconds pays for many times. The function that it returns ends it. Where the user has set GOGC or
// GOMEMLIMIT, that holds and nothing is done.
func Give(room int64, share int) (end func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent(room, share, smallest))
	stop := watch(func(live int64) { debug.SetGCPercent(percent(room, share, live)) })
	return func() {
		stop()
		debug.SetGCPercent(before)
	}
}

// percent is the setting that gives a heap room beside what is in use, in bytes, or a share of that.
func percent(room int64, share int, live int64) int {
	return max(share, int(room*100/max(live, 1)))
}

// watcher is told what is in use each time that garbage was collected.
type watcher struct {
	tell  func(live int64)
	ended atomic.Bool
}

// watch calls tell with the bytes in use, after garbage was collected, until it is stopped.
func watch(tell func(live int64)) (stop func()) {
	w := &watcher{tell: tell}
	w.next()
	return func() { w.ended.Store(true) }
}

// witness is what nothing refers to: that its finalizer runs tells that garbage was collected.
type witness struct{ w *watcher }

func (w *watcher) next() {
	runtime.SetFinalizer(&witness{w}, func(x *witness) {
		if x.w.ended.Load() {
			return
		}
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		x.w.tell(int64(live[0].Value.Uint64()))
		x.w.next()
	})
}
