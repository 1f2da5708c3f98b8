// Package growth measures how the work on some input grows with it. A benchmark of it prints for each input the
// exponents of its growth between n and 4n, of the time of the processors and of the bytes allocated: 1 is linear, 2 goes with the
// square. Nothing in the tables is to be above 1.15.
//
// The garbage collector rests while time is taken, unless memory grows very large: how often it runs depends on what else is in
// memory, and when it first runs makes a step in any curve. What it costs follows the bytes.
//
//	func BenchmarkGrowth(b *testing.B) {
//		growth.Run(b, []growth.Case{{Name: "tags", N: 1000, Make: func(b *testing.B, n int) func() {
//			src := rule(n)
//			return func() { lint(src) }
//		}}})
//	}
//
//	go test -run xxx -bench Growth ./rule/lint
package growth

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// Case is one part of an input that can be long.
type Case struct {
	Name string
	N    int // the smallest size; the work should take a millisecond at least
	// Make prepares an input of size n and returns the work on it.
	Make func(b *testing.B, n int) func()
}

// Run measures the cases as sub-benchmarks. The metrics are the exponents of time and of bytes, and the milliseconds at 4n.
func Run(b *testing.B, cases []Case) {
	for _, c := range cases {
		var small, large Cost
		b.Run(c.Name, func(b *testing.B) {
			if large.Time == 0 { // the testing package calls again, with a larger b.N, what took less than a second
				small, large = c.Costs(b)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(exponent(float64(small.Time), float64(large.Time)), "exponent")
			b.ReportMetric(exponent(float64(small.Bytes), float64(large.Bytes)), "bytes-exponent")
			b.ReportMetric(float64(large.Time.Microseconds())/1000, "ms/4n")
		})
	}
}

func exponent(small, large float64) float64 { return math.Log(large/small) / math.Log(4) }

// Cost is what some work takes.
type Cost struct {
	Time  time.Duration // of the processors, the shortest of several runs: what else the machine does only adds to it
	Bytes uint64        // allocated
}

// Costs returns what the work takes at n and at 4n. A machine that is busy with other things makes single runs slower, by a half and
// more: where the growth looks too high both are measured again, in turn, and the best of each counts.
func (c Case) Costs(b *testing.B) (small, large Cost) {
	b.Helper()
	const (
		doubtful = 1.1
		again    = 4
	)
	a, z := c.Make(b, c.N), c.Make(b, 4*c.N)
	a() // what loads on first use is no part of it
	small, large = cost(a), cost(z)
	for i := 0; i < again && exponent(float64(small.Time), float64(large.Time)) > doubtful; i++ {
		small, large = least(small, cost(a)), least(large, cost(z))
	}
	return small, large
}

func least(a, b Cost) Cost { return Cost{Time: min(a.Time, b.Time), Bytes: min(a.Bytes, b.Bytes)} }

// most is the memory from which on the garbage collector runs all the same.
const most = 3 << 29

func cost(work func()) Cost {
	const fewest = 2 // runs, however long they are
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(most))
	var out Cost
	for total, runs := time.Duration(0), 0; total < 60*time.Millisecond && runs < 8 || runs < fewest; runs++ {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cpu()
		work()
		took := max(cpu()-start, time.Microsecond)
		runtime.ReadMemStats(&after)
		total += took + time.Millisecond
		if bytes := after.TotalAlloc - before.TotalAlloc; runs == 0 || bytes < out.Bytes {
			out.Bytes = max(bytes, 1)
		}
		if runs == 0 || took < out.Time {
			out.Time = took
		}
	}
	return out
}
