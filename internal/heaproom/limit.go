package heaproom

import (
	"os"
	"runtime/debug"
)

// Limit makes garbage be collected before the memory of the process goes beyond so many bytes, as long as that leaves room for garbage at
// all: where most of them are in use the limit is raised, as otherwise nothing but collecting would be done. The function that it returns
// ends it. Where the user has set GOMEMLIMIT, that holds and nothing is done.
func Limit(bytes int64) (end func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(bytes)
	stop := watch(func(live int64) {
		debug.SetMemoryLimit(raised(bytes, live))
	})
	return func() {
		stop()
		debug.SetMemoryLimit(before)
	}
}

// raised is the limit for a heap that is in use: with it at least a quarter is left for garbage.
func raised(limit, live int64) int64 { return max(limit, live+live/3) }
