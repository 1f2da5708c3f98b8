// Pythoneql runs one rule over the same events in Elastic's engine in Python and in rulevet, and prints a section of RESULTS.md.
//
//	go run ./pythoneql                 20,000 events
//	go run ./pythoneql -events 50000
//
// It needs python3, and installs the package eql in an environment of its own, in a temporary folder.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/bench"
	"github.com/rulevet/rulevet/internal/cputime"
)

// version is that of the package eql.
const version = "1.0.1"

func main() {
	events := flag.Int("events", 20_000, "events")
	rounds := flag.Int("rounds", 5, "rounds, of which the best counts")
	flag.Parse()
	if err := run(*events, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// result is what an engine took for all events, and what it found.
type result struct {
	matches int
	cpu     time.Duration
}

func run(events, rounds int) error {
	dir, err := os.MkdirTemp("", "rulevet-python-eql-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data := bench.Process(events)
	files := map[string]string{"run.py": script, "query.eql": bench.RuleText(), "events.ndjson": string(data)}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"python3", "-m", "venv", "venv"}, {filepath.Join("venv", "bin", "pip"), "-q", "install", "eql==" + version}} {
		if out, err := command(dir, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	ours := bench.ScanQuery(bench.RuleText())
	var best [2]result
	for i := range rounds {
		python, err := inPython(dir)
		if err != nil {
			return err
		}
		before := cputime.Used()
		n, err := ours(data)
		if err != nil {
			return err
		}
		for j, r := range []result{{n, cputime.Used() - before}, python} {
			if i == 0 || r.cpu < best[j].cpu {
				best[j] = r
			}
		}
	}
	if best[0].matches != best[1].matches {
		return fmt.Errorf("rulevet finds %d matches, eql %d", best[0].matches, best[1].matches)
	}
	report(best, events, len(data), rounds)
	return nil
}

func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	return cmd
}

// inPython runs the script, which prints its matches and the CPU seconds that they took.
func inPython(dir string) (result, error) {
	cmd := command(dir, filepath.Join("venv", "bin", "python"), "run.py")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, err
	}
	fields := strings.Fields(string(out))
	if len(fields) != 2 {
		return result{}, fmt.Errorf("run.py printed %q", out)
	}
	n, err1 := strconv.Atoi(fields[0])
	seconds, err2 := strconv.ParseFloat(fields[1], 64)
	return result{n, time.Duration(seconds * float64(time.Second))}, errors.Join(err1, err2)
}

func report(best [2]result, events, size, rounds int) {
	fmt.Printf(`## The same rule in Python: eql

Printed by "go run ./pythoneql": eql %s, Elastic's engine in Python, reads %d events of %d bytes as NDJSON and decides the rule of five clauses, in turn with
rulevet, %d rounds, of which the best counts. CPU time, without the start of the programs. Both find the same %d matches.

| engine | CPU for an event | events/s | ratio |
|---|---:|---:|---:|
`, version, events, size/events, rounds, best[0].matches)
	for i, name := range []string{"rulevet", "eql"} {
		each := best[i].cpu / time.Duration(events)
		fmt.Printf("| %s | %.1f us | %.0f | %.1f |\n", name, float64(each.Nanoseconds())/1000, 1/each.Seconds(), float64(best[i].cpu)/float64(best[0].cpu))
	}
}

const script = `import json
import time

import eql
from eql.engine import PythonEngine
from eql.events import Event

with eql.parser.elasticsearch_syntax:
    query = eql.parse_query(open("query.eql").read())
engine = PythonEngine()
engine.add_query(query)
found = []
engine.add_output_hook(found.append)
lines = open("events.ndjson", encoding="utf-8").read().splitlines()
start = time.process_time()
for n, line in enumerate(lines):
    data = json.loads(line)
    engine.stream_event(Event(data["event"]["category"], n, data))
engine.finalize()
print(len(found), time.process_time() - start)
`
