package heaproom

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func setting() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

// With little in use the heap has its room, with much its share, and in the end that from before.
func TestGive(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	end := Give(32<<20, 40)
	if got := setting(); got != 800 {
		t.Errorf("at first the heap may grow by %d %%, want 800: 32 MB at the 4 MB where Go starts", got)
	}
	keep := make([]byte, 96<<20)
	for range 100 {
		runtime.GC()
		if setting() == 40 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := setting(); got != 40 {
		t.Errorf("with %d MB in use the heap may grow by %d %%, want 40", len(keep)>>20, got)
	}
	runtime.KeepAlive(keep)
	end()
	if got := setting(); got != 77 {
		t.Errorf("in the end the setting is %d, want that from before, 77", got)
	}
}

func TestGiveLeavesTheUserAlone(t *testing.T) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOGC", "")
			t.Setenv("GOMEMLIMIT", "")
			t.Setenv(name, "100")
			before := setting()
			end := Give(1<<30, 100)
			if got := setting(); got != before {
				t.Errorf("the setting is %d, want %d", got, before)
			}
			end()
		})
	}
}

// TestLimit: the limit holds while it leaves room for garbage, is raised for what is in use, and in the end is that from before.
func TestLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	end := Limit(64 << 20)
	if got := limit(); got != 64<<20 {
		t.Errorf("at first the limit is %d, want 64 MiB", got)
	}
	keep := make([]byte, 96<<20)
	for range 100 {
		runtime.GC()
		if limit() > 64<<20 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := limit(); got < 128<<20 || got > 160<<20 {
		t.Errorf("with %d MiB in use the limit is %d MiB, want a third more", len(keep)>>20, got>>20)
	}
	runtime.KeepAlive(keep)
	end()
	if got := limit(); got != 1<<40 {
		t.Errorf("in the end the limit is %d, want that from before", got)
	}
}
