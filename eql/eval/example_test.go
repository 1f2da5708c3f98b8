package eval_test

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/search"
)

// Many queries run over a stream as a Set: each event is decoded once, and most queries are never looked at.
func ExampleSet() {
	queries := []string{
		`process where process.name : "whoami.exe"`,
		`sequence by host.id with maxspan=1m [process where process.name : "curl"] [file where file.extension == "sh"]`,
	}
	layout := &event.Layout{} // shared, so that they read the same records
	var programs []*eval.Program
	for _, text := range queries {
		q, _ := eql.Parse(text)
		p, err := eval.Compile(q, nil, eval.Options{Layout: layout})
		if err != nil {
			panic(err)
		}
		programs = append(programs, p)
	}
	set, err := search.NewSet(programs)
	if err != nil {
		panic(err)
	}
	run := set.NewRun(search.SetOptions{
		Match: func(program int, r eval.Result) { fmt.Println("query", program, "matches at event", r.Events[0].Index) },
		Fail:  func(program int, err error) { fmt.Println("query", program, "failed:", err) },
	})
	dec, rec := event.NewDecoder(layout), new(event.Record)
	for i, doc := range []string{
		`{"@timestamp":"2026-01-01T00:00:00Z","event":{"category":"process"},"host":{"id":"a"},"process":{"name":"curl"}}`,
		`{"@timestamp":"2026-01-01T00:00:01Z","event":{"category":"process"},"host":{"id":"b"},"process":{"name":"WHOAMI.EXE"}}`,
		`{"@timestamp":"2026-01-01T00:00:02Z","event":{"category":"file"},"host":{"id":"a"},"file":{"extension":"sh"}}`,
	} {
		if err := dec.Decode([]byte(doc), rec); err != nil {
			panic(err)
		}
		run.Feed(rec, eval.Ref{Index: i, Source: []byte(doc)}, nil)
	}
	run.Close()
	// Output:
	// query 0 matches at event 1
	// query 1 matches at event 0
}
