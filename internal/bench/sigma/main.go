// Sigma runs the same rules, as Sigma in rsigma and as EQL in rulevet, over the same events, and prints a section of RESULTS.md.
//
//	go run ./sigma                               500 rules over 50,000 events
//	go run ./sigma -rules 100 -events 20000
//
// It builds the command rulevet of this checkout, and the program in ../rsigma with cargo. Rules are made in both languages at once (see pair): what
// they find is compared rule by rule before anything is timed.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	number := flag.Int("rules", 500, "rules")
	events := flag.Int("events", 50_000, "events")
	rounds := flag.Int("rounds", 3, "rounds, of which the best counts")
	cargoDir := flag.String("cargo-target", "", "folder in which cargo builds (default: one of the user's cache)")
	flag.Parse()
	if err := run(*number, *events, *rounds, *cargoDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(number, events, rounds int, cargoDir string) error {
	dir, err := os.MkdirTemp("", "rulevet-sigma-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	list, err := contenders(dir, cargoDir)
	if err != nil {
		return err
	}
	set := rules(number)
	files := map[string]int{"one.ndjson": 1, "events.ndjson": events}
	if err := write(dir, set, files); err != nil {
		return err
	}
	found, err := agree(list, set)
	if err != nil {
		return err
	}
	for range rounds {
		for _, c := range list {
			for name := range files {
				u, err := c.measure(name)
				if err != nil {
					return err
				}
				if best, ok := c.best[name]; !ok || u.cpu < best.cpu {
					c.best[name] = u
				}
			}
		}
	}
	info, err := os.Stat(filepath.Join(dir, "events.ndjson"))
	if err != nil {
		return err
	}
	report(list, number, events, rounds, info.Size(), found)
	return nil
}

// contender is a program that runs the rules over a file of events.
type contender struct {
	name    string
	size    int64 // of the program
	command func(file string) *exec.Cmd
	matches func(out []byte) (map[string]int, error) // by the title of the rule
	best    map[string]usage                         // by file
}

// usage is what one run takes.
type usage struct {
	cpu, wall time.Duration
	memory    int64 // most at a time, in kB
}

func contenders(dir, cargoDir string) ([]*contender, error) {
	rulevet := filepath.Join(dir, "rulevet")
	if err := build("../..", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", rulevet, "./cmd/rulevet"); err != nil {
		return nil, err
	}
	if cargoDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		cargoDir = filepath.Join(cache, "rulevet-bench-rsigma")
	}
	if err := build("rsigma", "cargo", "build", "--quiet", "--release", "--locked", "--target-dir", cargoDir); err != nil {
		return nil, err
	}
	rsigma := filepath.Join(cargoDir, "release", "rulevet-bench-rsigma")
	in := func(name string) string { return filepath.Join(dir, name) }
	hunt := func(file string) *exec.Cmd {
		return exec.Command(rulevet, "hunt", in("rules"), "--events", in(file), "--format", "json", "--samples", "0")
	}
	one := func(file string) *exec.Cmd {
		cmd := hunt(file)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		return cmd
	}
	sigma := func(options ...string) func(string) *exec.Cmd {
		return func(file string) *exec.Cmd {
			return exec.Command(rsigma, append([]string{in("rules.yml"), in(file)}, options...)...)
		}
	}
	list := []*contender{
		{name: "rulevet hunt, one core", command: one, matches: huntMatches},
		{name: "rulevet hunt", command: hunt, matches: huntMatches},
		{name: "rsigma", command: sigma(), matches: sigmaMatches},
		{name: "rsigma, index over all rules", command: sigma("cross"), matches: sigmaMatches},
		{name: "rsigma, bloom filter", command: sigma("bloom"), matches: sigmaMatches},
	}
	for _, c := range list {
		info, err := os.Stat(c.command("").Path)
		if err != nil {
			return nil, err
		}
		c.size, c.best = info.Size(), map[string]usage{}
	}
	return list, nil
}

func build(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return nil
}

// write lays out the rules in both languages and the events.
func write(dir string, set []pair, files map[string]int) error {
	if err := os.Mkdir(filepath.Join(dir, "rules"), 0o755); err != nil {
		return err
	}
	var yaml []string
	for _, r := range set {
		yaml = append(yaml, r.sigma)
		text := fmt.Sprintf("[rule]\nname = %q\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.process-*\"]\nquery = '''\n%s\n'''\n", r.title, r.eql)
		if err := os.WriteFile(filepath.Join(dir, "rules", r.title+".toml"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(strings.Join(yaml, "---\n")), 0o644); err != nil {
		return err
	}
	for name, n := range files {
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = errors.Join(writeEvents(f, n), f.Close())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// agree runs every contender once and wants the same matches of every rule from all.
func agree(list []*contender, set []pair) (found map[string]int, err error) {
	for _, c := range list {
		cmd := c.command("events.ndjson")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		got, err := c.matches(out.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if found == nil {
			found = got
		}
		for _, r := range set {
			if got[r.title] != found[r.title] {
				return nil, fmt.Errorf("%s: %d matches in %s, %d in %s\n%s%s", r.title, found[r.title], list[0].name, got[r.title], c.name, r.sigma, r.eql)
			}
		}
	}
	return found, nil
}

func huntMatches(out []byte) (map[string]int, error) {
	var report struct {
		Rules []struct {
			Name    string
			Matches int
		}
		NotChecked []any
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	if len(report.NotChecked) > 0 {
		return nil, fmt.Errorf("not checked: %v", report.NotChecked)
	}
	found := map[string]int{}
	for _, r := range report.Rules {
		found[r.Name] = r.Matches
	}
	return found, nil
}

func sigmaMatches(out []byte) (map[string]int, error) {
	found := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Scan() // events and times
	for lines.Scan() {
		title, n, _ := strings.Cut(lines.Text(), " ")
		var err error
		if found[title], err = strconv.Atoi(n); err != nil {
			return nil, err
		}
	}
	return found, lines.Err()
}

func (c *contender) measure(file string) (usage, error) {
	cmd := c.command(file)
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%s: %w", c.name, err)
	}
	u := usage{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall: time.Since(begun)}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = r.Maxrss
	}
	return u, nil
}

func report(list []*contender, number, events, rounds int, size int64, found map[string]int) {
	all := 0
	for _, n := range found {
		all += n
	}
	fmt.Printf("\n## %d rules over one stream: rsigma\n\n", number)
	fmt.Printf(`Printed by "go run ./sigma" with %s on %s/%s, %d cores: %d rules as EQL in TOML files and as Sigma in a YAML file, over %d events of %d
bytes. The rules are made for this, in both languages at once: lists, contains and endswith without regard to case, exact case,
filters, alternatives; all events are process events; no public rules are converted, because few have an exact counterpart. Both sides find the same %d matches, of %d rules;
the number of each rule was compared before. Each program runs as a process of its own, in turn, %d times, and its best run counts; CPU is user and system time
of the process, "start" what it takes with one event (rules read and compiled), the rate is that of the events without it. rsigma
is %s in a small program (rsigma/), which reads the events as rsigma's own command does, with the
options that its documentation names.

`, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), number, events, size/int64(events), all, fired(found), rounds, rsigmaVersion())
	fmt.Print("| program | start, CPU | CPU for an event | events/s of CPU | ratio | wall | memory | program size |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	base := perEvent(list[0], events)
	for _, c := range list {
		p := perEvent(c, events)
		fmt.Printf("| %s | %d ms | %.1f us | %.0f | %.1f | %.1f s | %d MB | %.1f MB |\n", c.name, c.best["one.ndjson"].cpu.Milliseconds(), float64(p.Nanoseconds())/1e3,
			float64(time.Second)/float64(p), float64(p)/float64(base), c.best["events.ndjson"].wall.Seconds(), c.best["events.ndjson"].memory>>10, float64(c.size)/1e6)
	}
}

func perEvent(c *contender, events int) time.Duration {
	return (c.best["events.ndjson"].cpu - c.best["one.ndjson"].cpu) / time.Duration(events)
}

func fired(found map[string]int) int {
	return len(slices.DeleteFunc(slices.Collect(maps.Values(found)), func(n int) bool { return n == 0 }))
}

// rsigmaVersion is the one that Cargo.lock names.
func rsigmaVersion() string {
	lock, _ := os.ReadFile("rsigma/Cargo.lock")
	_, after, _ := strings.Cut(string(lock), "name = \"rsigma-eval\"\nversion = \"")
	version, _, _ := strings.Cut(after, `"`)
	return "rsigma-eval " + version
}
