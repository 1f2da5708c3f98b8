// Package growth measures how the time of some work grows with its input. A benchmark of it prints for each input the
// exponent of its growth between n, 2n and 4n: 1 is linear, 2 goes with the square. Nothing in the tables is to be above
// 1.15:
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

// Run measures the cases as sub-benchmarks. The metrics are the exponent between n and 4n, and the milliseconds at 4n.
func Run(b *testing.B, cases []Case) {
	for _, c := range cases {
		b.Run(c.Name, func(b *testing.B) {
			small, large := c.Times(b)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(math.Log(large.Seconds()/small.Seconds())/math.Log(4), "exponent")
			b.ReportMetric(float64(large.Microseconds())/1000, "ms/4n")
		})
	}
}

// Times returns the shortest times of the work at n and at 4n.
func (c Case) Times(b *testing.B) (small, large time.Duration) {
	b.Helper()
	a, z := c.Make(b, c.N), c.Make(b, 4*c.N)
	a() // what loads on first use is no part of it
	return best(a), best(z)
}

// best is the shortest of several times: what else the machine does only adds to them.
func best(work func()) time.Duration {
	var shortest time.Duration
	for total := time.Duration(0); total < 150*time.Millisecond; {
		runtime.GC()
		start := cpu()
		work()
		took := max(cpu()-start, time.Microsecond)
		total += took + time.Millisecond
		if shortest == 0 || took < shortest {
			shortest = took
		}
	}
	return shortest
}
