package hunt

import (
	"fmt"
	"strconv"
	"strings"
)

// What a result means, in sentences; package report/hunted lays them out.

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

// NotRun lists the rules that did not run: by reason, if there are many.
func (r *Report) NotRun() []string {
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

// Limits lists in sentences what is wrong with the result: rules that failed, inputs that were not read whole.
func (r *Report) Limits() []string {
	var out []string
	for _, x := range r.Rules {
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
