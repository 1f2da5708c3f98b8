package eval_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// series is one specification: events of each stage, written key|X12, and the sequences expected.
type series struct {
	name   string
	stages [][]string
	want   []string
}

// parseSeries reads the line format of the specification file.
func parseSeries(text string) []series {
	var out []series
	var s series
	part := 0 // name, stages, results
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ";" && part == 1:
			part = 2
		case words[0] == ";":
			out = append(out, s)
			s, part = series{}, 0
		case part == 0:
			s.name, part = words[0], 1
		case part == 1:
			s.stages = append(s.stages, words)
		default:
			s.want = append(s.want, strings.Join(words, " "))
		}
	}
	return out
}

func (s series) keyed() bool { return strings.Contains(s.stages[0][0], "|") }

func (s series) query() string {
	q := "sequence "
	if s.keyed() {
		q += "by key "
	}
	for i := range s.stages {
		q += fmt.Sprintf("[any where stage == %d] ", i)
	}
	return q
}

func (s series) run(t *testing.T) []string {
	q, issues := eql.Parse(s.query())
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	p, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := p.NewRun(false)
	dec := event.NewDecoder(p.Layout())
	var rec event.Record
	index := 0
	for stage, words := range s.stages {
		for _, w := range words {
			key, name, keyed := strings.Cut(w, "|")
			if !keyed {
				key, name = "", w
			}
			at, err := strconv.Atoi(strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			if err != nil {
				t.Fatal(err)
			}
			doc := fmt.Sprintf(`{"@timestamp":%d,"stage":%d,"key":%q}`, at, stage, key)
			if strings.HasPrefix(name, "X") {
				doc = fmt.Sprintf(`{"@timestamp":%d,"stage":-1}`, at)
			}
			if err := dec.Decode([]byte(doc), &rec); err != nil {
				t.Fatal(err)
			}
			if err := run.Feed(&rec, eval.Ref{Index: index, ID: w}); err != nil {
				t.Fatal(err)
			}
			index++
		}
	}
	var got []string
	for _, r := range run.Finish() {
		var ids []string
		for i, e := range r.Events {
			id := e.ID
			if i > 0 {
				_, name, keyed := strings.Cut(id, "|")
				if keyed {
					id = name
				}
			}
			ids = append(ids, id)
		}
		got = append(got, strings.Join(ids, " "))
	}
	return got
}
