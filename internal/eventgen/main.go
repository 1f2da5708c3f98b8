//go:build ignore

// Command eventgen writes synthetic events as NDJSON, the same for the same flags: input for measurements that no file need
// hold. For example
//
//	go run ./internal/eventgen/main.go -n 10000000 | rulevet hunt rules --events -
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
)

func main() {
	n := flag.Int("n", 1_000_000, "number of `events`")
	hosts := flag.Int("hosts", 5000, "number of `hosts`")
	gap := flag.Duration("gap", 20*time.Millisecond, "`time` between two events")
	late := flag.Duration("late", 0, "events come out of order by up to this `time`")
	seed := flag.Uint64("seed", 1, "`seed` of the random numbers")
	flag.Parse()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	g := &generator{r: rand.New(rand.NewPCG(*seed, 0)), hosts: *hosts, gap: *gap, late: *late}
	err := g.write(out, *n)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "eventgen:", err)
		os.Exit(1)
	}
}

// generator makes events of many hosts: processes that start and end, files, network connections, DNS queries.
type generator struct {
	r         *rand.Rand
	hosts     int
	gap, late time.Duration
	buf       []byte
}

var (
	begin     = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	programs  = []string{"bash", "sshd", "cron", "python3", "curl", "cat", "grep", "nginx", "postgres", "node", "java", "kubectl", "git", "make", "cc1"}
	arguments = []string{"--version", "-c id", "-lh /var/log", "http://mirror.example/pkg", "-f config.yml", "--serve 8080", "status", "-T now -n 5"}
	folders   = []string{"/etc", "/tmp", "/var/lib/data", "/home/ann", "/usr/local/bin", "/opt/app"}
)

func (g *generator) write(out io.Writer, n int) error {
	for i := range n {
		g.event(i)
		if _, err := out.Write(g.buf); err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) event(i int) {
	at := begin.Add(time.Duration(i) * g.gap)
	if g.late > 0 {
		at = at.Add(-time.Duration(g.r.Int64N(int64(g.late))))
	}
	host, pid := g.r.IntN(g.hosts), g.r.IntN(30_000)
	program := programs[g.r.IntN(len(programs))]
	b := append(g.buf[:0], `{"@timestamp":"`...)
	b = at.AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = fmt.Appendf(b, `","host":{"name":"host-%d","id":"id-%d","os":{"type":"linux"}},"user":{"name":"user%d"},"process":{"pid":%d,"entity_id":"%d-%d","name":"%s","executable":"/usr/bin/%s"`,
		host, host, host%7, pid, host, pid, program, program)
	switch g.r.IntN(5) {
	case 0:
		b = fmt.Appendf(b, `,"command_line":"%s %s","parent":{"name":"%s"}},"event":{"category":["process"],"type":["start"],"action":"exec"}}`,
			program, arguments[g.r.IntN(len(arguments))], programs[g.r.IntN(len(programs))])
	case 1:
		b = append(b, `,"exit_code":0},"event":{"category":["process"],"type":["end"],"action":"end"}}`...)
	case 2:
		b = fmt.Appendf(b, `},"file":{"path":"%s/f%d.txt"},"event":{"category":["file"],"type":["creation"],"action":"creation"}}`, folders[g.r.IntN(len(folders))], g.r.IntN(1e6))
	case 3:
		b = fmt.Appendf(b, `},"destination":{"ip":"198.51.100.%d","port":443},"event":{"category":["network"],"type":["start"],"action":"connection_attempted"}}`, g.r.IntN(256))
	default:
		b = fmt.Appendf(b, `},"dns":{"question":{"name":"h%d.example"}},"event":{"category":["network"],"type":["info"],"action":"lookup_requested"}}`, g.r.IntN(1000))
	}
	g.buf = append(b, '\n')
}
