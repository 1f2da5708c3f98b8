package hunted

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule/hunt"
)

// writeText writes a table of the rules that fired, what they matched, and whatever limits the result.
func writeText(w io.Writer, r *hunt.Report) error {
	out := bufio.NewWriter(w)
	if r.Summary.Fired > 0 {
		textRules(out, r)
		textHosts(out, r)
	}
	for _, line := range append(r.NotRun(), r.Limits()...) {
		fmt.Fprintln(out, printable(line))
	}
	fmt.Fprintln(out, r.Order())
	fmt.Fprintln(out, printable(r.Headline()))
	return out.Flush()
}

func textRules(out io.Writer, r *hunt.Report) {
	rows := [][]string{{"matches", "severity", "first", "last", r.By, "rule"}}
	var samples [][]hunt.Sample
	for _, x := range r.Rules {
		if x.Matches == 0 {
			break // sorted by matches
		}
		name := x.Path
		if x.Name != "" {
			name += ": " + x.Name
		}
		rows = append(rows, []string{hunt.Grouped(x.Matches), x.Severity, x.First, x.Last, mostFrequent(x.Hosts, 2), name})
		samples = append(samples, x.Samples)
	}
	for i, line := range align(rows) {
		fmt.Fprintln(out, line)
		if i > 0 {
			textSamples(out, samples[i-1])
		}
	}
	fmt.Fprintln(out)
}

func textSamples(out io.Writer, samples []hunt.Sample) {
	for _, s := range samples {
		lead := "    "
		for _, e := range s.Events {
			text := "no event"
			if e != nil {
				text = fmt.Sprintf("%s: record %d: %s", e.Input, e.Record, brief(e))
				if e.Record == 0 { // of a cluster
					text = fmt.Sprintf("%s: %s: %s", e.Input, e.ID, brief(e))
				}
			}
			fmt.Fprintln(out, lead+clip(printable(text), 200))
			lead = "      + "
		}
	}
}

func textHosts(out io.Writer, r *hunt.Report) {
	if len(r.Hosts.Top) == 0 {
		return
	}
	rows := [][]string{{"matches", "rules", r.By}}
	for _, h := range r.Hosts.Top {
		rows = append(rows, []string{hunt.Grouped(h.Matches), hunt.Grouped(h.Rules), h.Value})
	}
	if r.Hosts.Others > 0 {
		rows = append(rows, []string{hunt.Grouped(r.Hosts.Others), "", "others"})
	}
	if r.Hosts.None > 0 {
		rows = append(rows, []string{hunt.Grouped(r.Hosts.None), "", "events without it"})
	}
	for _, line := range align(rows) {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintln(out)
}

// mostFrequent names the most frequent values.
func mostFrequent(c hunt.Counts, most int) string {
	var parts []string
	rest := c.Others
	for i, x := range c.Top {
		if i >= most {
			rest += x.Matches
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", clip(x.Value, 30), hunt.Grouped(x.Matches)))
	}
	if rest > 0 {
		parts = append(parts, "others "+hunt.Grouped(rest))
	}
	return strings.Join(parts, ", ")
}

// briefFields tell what an event is about. Of a group the first that is there counts.
var briefFields = [][]string{{"event.action", "event.type", "event.category"}, {"user.name", "user.id"},
	{"process.command_line", "process.executable", "process.name"}, {"file.path", "registry.path", "dll.path", "dns.question.name", "destination.ip", "source.ip"}}

// brief says in a line what an event is about.
func brief(e *hunt.SampleEvent) string {
	parts := []string{e.Time, e.Host}
	var l event.Layout
	for _, group := range briefFields {
		for _, name := range group {
			l.Add(name)
		}
	}
	var rec event.Record
	if e.Source == nil {
		parts = append(parts, e.Omitted)
	} else if event.NewDecoder(&l).Decode(e.Source, &rec) == nil {
		for _, group := range briefFields {
			for _, name := range group {
				if vs := rec.Values(l.Add(name)); len(vs) > 0 {
					parts = append(parts, clip(vs[0].Text, 100))
					break
				}
			}
		}
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// align pads the columns; those of numbers, which the first row says nothing of, are set to the right.
func align(rows [][]string) []string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
			width[i] = max(width[i], len([]rune(row[i])))
		}
	}
	var out []string
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if rows[0][i] == "matches" || rows[0][i] == "rules" {
				b.WriteString(pad + cell + "  ")
			} else {
				b.WriteString(cell + pad + "  ")
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

func clip(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

// printable keeps control characters of events off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s)
}
