// Report measures rulevet and its peers in one process, turn about, and prints the tables of RESULTS.md.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/bench"
	"github.com/rulevet/rulevet/internal/cputime"
)

func main() {
	fmt.Printf("# Results\n\n%s\n", method())
	runtime.GOMAXPROCS(1) // or simdjson-go would use two cores
	for _, section := range []func() error{match, ndjson, events, keys, window} {
		if err := section(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func method() string {
	return fmt.Sprintf(`Printed by "go run ./report" with %s on %s/%s, %s, %d cores. Times are CPU time of the whole process, garbage collection on other
cores included; each contender runs in turn, %d rounds, and its best round counts, because the machine is shared. Read the ratios
rather than the times. Contenders give the same verdicts (tested before) unless
said otherwise.`, runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(), runtime.NumCPU(), rounds)
}

// processor is the name that Linux gives the processor.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

const (
	rounds    = 12
	roundTime = 80 * time.Millisecond
)

// contender is something to measure.
type contender struct {
	name string
	run  func() error
	cost cost
}

// cost is what one run takes at best.
type cost struct {
	cpu    time.Duration
	allocs float64
	bytes  float64
}

// measure runs the contenders in turn.
func measure(list []contender) error {
	for range rounds {
		for i := range list {
			c, err := once(list[i].run)
			if err != nil {
				return fmt.Errorf("%s: %w", list[i].name, err)
			}
			if best := &list[i].cost; best.cpu == 0 || c.cpu < best.cpu {
				*best = c
			}
		}
	}
	return nil
}

// once runs something for a while and divides.
func once(run func() error) (cost, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, batch := 0, 1
	cpu, end := cputime.Used(), time.Now().Add(roundTime)
	for time.Now().Before(end) {
		for range batch {
			if err := run(); err != nil {
				return cost{}, err
			}
		}
		n += batch
		if batch < 1000 {
			batch *= 2
		}
	}
	cpu = cputime.Used() - cpu
	runtime.ReadMemStats(&after)
	return cost{cpu / time.Duration(n), float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)}, nil
}

func match() error {
	fmt.Print("\n## One rule of five clauses on a decoded event\n\n| event | engine | time | ratio | allocations | bytes |\n|---|---|---:|---:|---:|---:|\n")
	for _, s := range bench.Samples {
		var list []contender
		for _, e := range bench.Engines {
			m, err := e.Prepare(s.Doc)
			if err != nil {
				return err
			}
			list = append(list, contender{name: e.Name, run: func() error {
				for range 100 {
					if got, err := m(); err != nil || got != s.Want {
						return fmt.Errorf("verdict %v, %v", got, err)
					}
				}
				return nil
			}})
		}
		if err := measure(list); err != nil {
			return err
		}
		for _, c := range list {
			fmt.Printf("| %s | %s | %d ns | %.1f | %.0f | %.0f |\n", s.Name, c.name, (c.cost.cpu / 100).Nanoseconds(),
				ratio(c, list[0]), c.cost.allocs/100, c.cost.bytes/100)
		}
	}
	return nil
}

func ratio(c, base contender) float64 { return float64(c.cost.cpu) / float64(base.cost.cpu) }

func ndjson() error {
	const n = 20_000
	data := bench.Process(n)
	fmt.Printf("\n## NDJSON to the verdict of that rule\n\n%d events of %d bytes, in memory, one core. The peers decode only the members that the rule needs where they\ncan, read neither dotted keys nor arrays, and test the rule as plain Go code; simdjson-go only parses. The row with the\ncategory only shows how fast what no clause needs is skipped: members are looked at on the top level and in event, of the\nrest nothing but brackets.\n\n", n, len(data)/n)
	fmt.Print("| reader | MB/s | events/s | ratio | allocations/event | bytes/event |\n|---|---:|---:|---:|---:|---:|\n")
	var list []contender
	for _, s := range bench.Scanners {
		list = append(list, contender{name: s.Name, run: func() error { _, err := s.Scan(data); return err }})
	}
	oneClause := bench.ScanQuery(`process where true`)
	list = append(list, contender{name: "rulevet, category only", run: func() error { _, err := oneClause(data); return err }})
	if p := new(bench.Parser); p.Parse(data) == nil {
		list = append(list, contender{name: "simdjson-go, parsing only", run: func() error { return p.Parse(data) }})
	}
	if err := measure(list); err != nil {
		return err
	}
	for _, c := range list {
		s := c.cost.cpu.Seconds()
		fmt.Printf("| %s | %.0f | %.0f | %.1f | %.1f | %.0f |\n", c.name, float64(len(data))/1e6/s, n/s, ratio(c, list[0]), c.cost.allocs/n, c.cost.bytes/n)
	}
	return nil
}

// events shows that time for each event and memory do not grow with the archive.
func events() error {
	part := bench.Process(20_000)
	fmt.Print("\n## Growth with the number of events\n\n| events | time/event | live memory after |\n|---:|---:|---:|\n")
	for _, n := range []int{20_000, 200_000, 2_000_000} {
		before := bench.LiveHeap()
		cpu := cputime.Used()
		for range n / 20_000 {
			if _, err := bench.Scanners[0].Scan(part); err != nil {
				return err
			}
		}
		cpu = cputime.Used() - cpu
		fmt.Printf("| %d | %d ns | %+d kB |\n", n, cpu.Nanoseconds()/int64(n), (bench.LiveHeap()-before)/1000)
	}
	return nil
}

// keys runs a sequence with more and more keys pending.
func keys() error {
	fmt.Print("\n## Sequence of two steps by two keys: growth with the keys\n\nFrom NDJSON, without sources; one event in ten completes a sequence.\n\n| live keys | time/event | events/s | memory/key | allocations/event |\n|---:|---:|---:|---:|---:|\n")
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		step := 8 * 600 * time.Second / time.Duration(10*n) // eight of ten events stay pending for ten minutes
		if err := sequence(fmt.Sprint(n), bench.Stream{Step: step}, "10m", n*10/8+1000); err != nil {
			return err
		}
	}
	return nil
}

// window runs one stream with larger and larger windows.
func window() error {
	fmt.Print("\n## The same sequence: growth with the window\n\n100 events a second.\n\n| maxspan | time/event | events/s | memory/key | allocations/event |\n|---:|---:|---:|---:|---:|\n")
	for _, w := range []struct {
		maxspan string
		seconds int
	}{{"1m", 60}, {"10m", 600}, {"1h", 3600}} {
		if err := sequence(w.maxspan, bench.Stream{Step: 10 * time.Millisecond}, w.maxspan, w.seconds*100+1000); err != nil {
			return err
		}
	}
	return nil
}

// sequence prints a line: it fills the window, then measures.
func sequence(name string, stream bench.Stream, maxspan string, fill int) error {
	const measured, parts = 200_000, 4
	search, err := bench.NewSearch(maxspan)
	if err != nil {
		return err
	}
	before := bench.LiveHeap()
	for from := 0; from < fill; from += 50_000 {
		if err := search.Feed(stream.NDJSON(from, min(from+50_000, fill))); err != nil {
			return err
		}
	}
	memory := bench.LiveHeap() - before
	var best cost
	for part := range parts {
		data := stream.NDJSON(fill+part*measured, fill+(part+1)*measured)
		c, err := feed(search, data)
		if err != nil {
			return err
		}
		if best.cpu == 0 || c.cpu < best.cpu {
			best = c
		}
		debug.FreeOSMemory()
	}
	perEvent := best.cpu.Nanoseconds() / measured
	fmt.Printf("| %s | %d ns | %d | %d B | %.1f |\n", name, perEvent, 1e9/perEvent, memory/int64(fill*8/10), best.allocs/measured)
	return nil
}

func feed(search *bench.Search, data []byte) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cputime.Used()
	err := search.Feed(data)
	cpu = cputime.Used() - cpu
	runtime.ReadMemStats(&after)
	return cost{cpu: cpu, allocs: float64(after.Mallocs - before.Mallocs)}, err
}
