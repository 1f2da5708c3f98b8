package hunt

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
)

// writeText writes a table of the rules that fired, what they matched, and whatever limits the result.
func (r *Report) writeText(w io.Writer) error {
	out := bufio.NewWriter(w)
	if r.Summary.Fired > 0 {
		r.textRules(out)
		r.textHosts(out)
	}
	for _, line := range append(r.skipped(), r.Limits()...) {
		fmt.Fprintln(out, printable(line))
	}
	fmt.Fprintln(out, r.Order())
	fmt.Fprintln(out, printable(r.Headline()))
	return out.Flush()
}

func (r *Report) textRules(out io.Writer) {
	rows := [][]string{{"matches", "severity", "first", "last", r.By, "rule"}}
	var samples [][]Sample
	for _, x := range r.Rules {
		if x.Matches == 0 {
			break // sorted by matches
		}
		name := x.Path
		if x.Name != "" {
			name += ": " + x.Name
		}
		rows = append(rows, []string{Grouped(x.Matches), x.Severity, x.First, x.Last, x.Hosts.brief(2), name})
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

func textSamples(out io.Writer, samples []Sample) {
	for _, s := range samples {
		lead := "    "
		for _, e := range s.Events {
			text := "no event"
			if e != nil {
				text = fmt.Sprintf("%s: record %d: %s", e.Input, e.Record, e.brief())
				if e.Record == 0 { // of a cluster
					text = fmt.Sprintf("%s: %s: %s", e.Input, e.ID, e.brief())
				}
			}
			fmt.Fprintln(out, lead+clip(printable(text), 200))
			lead = "      + "
		}
	}
}

func (r *Report) textHosts(out io.Writer) {
	if len(r.Hosts.Top) == 0 {
		return
	}
	rows := [][]string{{"matches", "rules", r.By}}
	for _, h := range r.Hosts.Top {
		rows = append(rows, []string{Grouped(h.Matches), Grouped(h.Rules), h.Value})
	}
	if r.Hosts.Others > 0 {
		rows = append(rows, []string{Grouped(r.Hosts.Others), "", "others"})
	}
	if r.Hosts.None > 0 {
		rows = append(rows, []string{Grouped(r.Hosts.None), "", "events without it"})
	}
	for _, line := range align(rows) {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintln(out)
}

// Headline is the summary in one line.
func (r *Report) Headline() string {
	s := r.Summary
	text := fmt.Sprintf("%s, %s fired: %s in %s", count(s.Rules, "rule"), Grouped(s.Fired), matches(s.Matches), count(s.Events, "event"))
	if r.Cluster != "" {
		text = fmt.Sprintf("%s, %s fired: %s", count(s.Rules, "rule"), Grouped(s.Fired), matches(s.Matches))
	}
	if s.First != "" {
		text += " from " + s.First + " to " + s.Last
	}
	if s.NotChecked > 0 {
		text += fmt.Sprintf("; %s not checked", count(s.NotChecked, "rule"))
	}
	if !s.Complete {
		text += "; incomplete"
	}
	return text
}

// shownSkipped is the number of rules that the text names of those that did not run for the same reason.
const shownSkipped = 5

// skipped lists the rules that did not run: by reason, if there are many.
func (r *Report) skipped() []string {
	byReason := map[string]int{}
	for _, n := range r.NotChecked {
		byReason[n.Why]++
	}
	var out []string
	seen := map[string]int{}
	for _, n := range r.NotChecked {
		if seen[n.Why]++; seen[n.Why] <= shownSkipped {
			out = append(out, fmt.Sprintf("not checked: %s: %s", n.Path, n.Why))
		} else if seen[n.Why] == byReason[n.Why] {
			out = append(out, fmt.Sprintf("not checked: %s more: %s (--format json lists them)", count(byReason[n.Why]-shownSkipped, "rule"), n.Why))
		}
	}
	return out
}

// Order says in which order the events were read.
func (r *Report) Order() string {
	if r.Cluster != "" {
		return "data: " + r.Cluster
	}
	text := "order: as in the input"
	if n := len(r.Inputs); n > 1 {
		text = fmt.Sprintf("order: by @timestamp over %s", count(n, "input"))
	}
	if r.Summary.Unordered {
		return text + "; some events came after later ones, sequences saw them in order unless a line above says otherwise"
	}
	return text + ", which is the order of time"
}

// Limits lists in sentences what is wrong with the result: rules that failed or whose filters are not applied, inputs that were not
// read whole.
func (r *Report) Limits() []string {
	var out []string
	for _, x := range r.Rules {
		if x.FiltersIgnored > 0 && x.Matches > 0 {
			out = append(out, fmt.Sprintf("too many perhaps: %s: %s of the rule not applied", x.Path, count(x.FiltersIgnored, "filter")))
		}
		if x.Failures > 0 {
			if r.Cluster != "" {
				out = append(out, fmt.Sprintf("incomplete: %s: %s", x.Path, x.Failure))
				continue
			}
			out = append(out, fmt.Sprintf("incomplete: %s: failed at %s, first at %s", x.Path, count(x.Failures, "event"), x.Failure))
		}
		if x.Limited != "" {
			out = append(out, fmt.Sprintf("incomplete: %s: %s", x.Path, x.Limited))
		}
	}
	for _, in := range r.Inputs {
		for _, d := range in.Damages {
			out = append(out, "not an event: "+d)
		}
		if more := in.Damaged - len(in.Damages); more > 0 {
			out = append(out, fmt.Sprintf("not events: %s: %s more", in.Name, count(more, "record")))
		}
		if in.Error != "" {
			out = append(out, fmt.Sprintf("not read to the end: %s", in.Error))
		}
	}
	if n := len(r.LeftOut); n > 0 {
		shown := strings.Join(r.LeftOut[:min(n, shownSkipped)], ", ")
		if n > shownSkipped {
			shown += fmt.Sprintf(" and %s more", Grouped(n-shownSkipped))
		}
		out = append(out, "not read: the names are not those of event files (*.ndjson, *.jsonl, *.json, also with .gz or .zst): "+shown)
	}
	return out
}

// brief names the most frequent values.
func (c Counts) brief(most int) string {
	var parts []string
	rest := c.Others
	for i, x := range c.Top {
		if i >= most {
			rest += x.Matches
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", clip(x.Value, 30), Grouped(x.Matches)))
	}
	if rest > 0 {
		parts = append(parts, "others "+Grouped(rest))
	}
	return strings.Join(parts, ", ")
}

// briefFields tell what an event is about. Of a group the first that is there counts.
var briefFields = [][]string{{"event.action", "event.type", "event.category"}, {"user.name", "user.id"},
	{"process.command_line", "process.executable", "process.name"}, {"file.path", "registry.path", "dll.path", "dns.question.name", "destination.ip", "source.ip"}}

// brief says in a line what an event is about.
func (e *SampleEvent) brief() string {
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

// Grouped writes a number with commas between thousands.
func Grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Grouped(n) + " " + noun
}

func matches(n int) string {
	if n == 1 {
		return "1 match"
	}
	return Grouped(n) + " matches"
}
