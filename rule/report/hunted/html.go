package hunted

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule/hunt"
	"github.com/rulevet/rulevet/rule/report/internal/style"
)

//go:embed page.tmpl
var pageText string

// page escapes by context whatever events and rules contain. It has no script and loads nothing.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"grouped": hunt.Grouped,
	"percent": func(n, most int) string { return fmt.Sprintf("%.2f", 100*float64(n)/float64(max(most, 1))) },
	"indent":  indent,
	"join":    joinKeys,
	"brief":   brief,
}).Parse(pageText))

// pageData is a report with what the page needs besides.
type pageData struct {
	*hunt.Report
	CSS         template.CSS
	Fired       []hunt.RuleResult
	MostMatches int // of a rule
	MostHost    int
	MostBucket  int
	Quiet       int // rules
	Bars        []bar
	BarSpan     time.Duration
	LastBar     string // when it begins
}

// bar is one of the timeline, in hundredths of its width and height.
type bar struct{ X, Y, Width, Height, Title string }

func bars(list []hunt.Bucket, most int) []bar {
	var out []bar
	step := 100 / float64(max(len(list), 1))
	for i, b := range list {
		height := 100 * float64(b.Matches) / float64(max(most, 1))
		num := func(x float64) string { return fmt.Sprintf("%.3f", x) }
		out = append(out, bar{num(float64(i) * step), num(100 - height), num(step * 0.9), num(height), b.From + ": " + hunt.Grouped(b.Matches)})
	}
	return out
}

func writeHTML(w io.Writer, r *hunt.Report) error {
	d := pageData{Report: r, CSS: template.CSS(style.CSS), Quiet: r.Summary.Rules - r.Summary.Fired}
	for _, x := range r.Rules {
		if x.Matches > 0 {
			d.Fired = append(d.Fired, x)
			d.MostMatches = max(d.MostMatches, x.Matches)
		}
	}
	for _, h := range r.Hosts.Top {
		d.MostHost = max(d.MostHost, h.Matches)
	}
	for _, b := range r.Timeline {
		d.MostBucket = max(d.MostBucket, b.Matches)
	}
	d.Bars, d.BarSpan = bars(r.Timeline, d.MostBucket), time.Duration(r.BucketSeconds)*time.Second
	if n := len(r.Timeline); n > 0 {
		d.LastBar = r.Timeline[n-1].From
	}
	return page.Execute(w, d)
}

func indent(src json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, src, "", "  ") != nil {
		return string(src)
	}
	return b.String()
}

func joinKeys(keys []*string) string {
	var out []string
	for _, k := range keys {
		if k == nil {
			out = append(out, "null")
		} else {
			out = append(out, *k)
		}
	}
	return strings.Join(out, ", ")
}
