package prove

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
)

var (
	pairs = flag.Int("pairs", 600, "random pairs of queries that are compared")
	seed  = flag.Uint64("seed", 4, "of the random pairs")
)

// types are the mapping of the tests: names of one letter are keywords.
type types map[string]mapping.Type

func (m types) Lookup(name string) (mapping.Info, mapping.Presence) {
	if t, ok := m[name]; ok {
		return mapping.Info{Type: t, Single: true}, mapping.Present
	}
	if len(name) > 1 && name != "event.category" {
		return mapping.Info{}, mapping.Absent
	}
	return mapping.Info{Type: mapping.Keyword, Single: true}, mapping.Present
}

func (types) Suggest(string) []string { return nil }

var fields = types{"@timestamp": mapping.Date, "process.pid": mapping.Long, "source.ip": mapping.IP, "ok": mapping.Boolean}

// programs compiles queries with one layout.
func programs(t testing.TB, queries ...string) (out []*eval.Program) {
	t.Helper()
	layout := &event.Layout{}
	for _, q := range queries {
		parsed, issues := eql.Parse(q)
		info, more := eql.Check(parsed, fields)
		for _, i := range append(issues, more...) {
			if i.Level == eql.Error {
				t.Fatalf("%s: %s", q, i.Message)
			}
		}
		p, err := eval.Compile(parsed, info, eval.Options{Layout: layout})
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		out = append(out, p)
	}
	return out
}

var comparisons = []struct{ old, new, want string }{
	{`process where true`, `process where true`, "equal"},
	{`process where a == "x" and b == "y"`, `process where b == "y" and a == "x"`, "equal"},
	{`process where not (a == "x" or b == "y")`, `process where a != "x" and b != "y"`, "equal"},
	{`process where a in ("x", "y")`, `process where a == "y" or a == "x" or a == "y"`, "equal"},
	{`process where a : "cmd.exe"`, `process where a : ("cmd.exe", "CMD.EXE")`, "equal"},
	{`process where a : ("c*", "cmd*")`, `process where a : "c*"`, "equal"},
	{`process where a == "x"`, `process where a == "x" and not b : "y*"`, `narrower lost {"a":"x","b":"yx"}`},
	{`process where a == "x"`, `process where a == "x" and b == "y"`, `narrower lost {"a":"x"}`},
	{`process where a in ("x", "y")`, `process where a in ("x", "y", "z")`, `wider gained {"a":"z"}`},
	{`process where a in ("x", "y")`, `process where a in ("z", "y")`, `different lost {"a":"x"} gained {"a":"z"}`},
	{`process where process.pid > 5`, `process where process.pid >= 6`, "equal"},
	{`process where process.pid > 5`, `process where process.pid > 6`, `narrower lost {"process":{"pid":6}}`},
	{`process where cidrMatch(source.ip, "10.0.0.0/8")`, `process where cidrMatch(source.ip, "10.0.0.0/9", "10.128.0.0/9")`, "equal"},
	{`process where ok == true`, `process where ok == true or ok == false`, `wider gained {"ok":false}`},
	{`process where ok != null`, `process where ok == true or ok == false`, "equal"},
	{`process where a regex "[ab]c"`, `process where a in ("ac", "bc")`, "equal"},
	{`process where a : "*x*" and not a : "x*"`, `process where a : "*x*"`, `wider gained {"a":"xxx"}`},
	// Of a field with several values one may be x and another y.
	{`process where a == "x" and a == "y"`, `process where false`, `narrower lost {"a":["x","y"]}`},
	{`process where length(a) > 3`, `process where length(a) > 3 and b == "x"`, `narrower lost {"a":"xxxx"}`},
	{`file where true`, `process where true`, `different lost {"event":{"category":"file"}} gained {}`},
	{`any where a == "x"`, `process where a == "x"`, `narrower lost {"a":"x"}`},

	{`sequence by h [process where a == "x"] [file where b == "y"]`, `sequence by h [process where a == "x"] [file where b == "y"]`, "equal"},
	{`sequence by h [process where a == "x"] [file where b == "y"]`, `sequence by h [process where a == "x"] [file where b in ("y", "z")]`,
		`wider gained {"a":"x","h":"k-1"} {"b":"z","event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h with maxspan=5m [process where a == "x"] [file where true]`, `sequence by h with maxspan=1m [process where a == "x"] [file where true]`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h [process where a == "x"] [file where true]`, `sequence by h [process where a == "x"] [file where true] until [network where true]`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"network"},"h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h [process where a == "x"] [file where true]`, `sequence by h, g [process where a == "x"] [file where true]`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h [process where a == "x"] [file where true]`, `sequence by g, h [process where a == "x"] [file where true] [network where true]`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h [process where a == "x"] [file where true]`, `sequence by h [process where a == "x"] [file where true] with runs=2`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by h with maxspan=1h [process where a == "x"] [file where true]`, `sequence by h with maxspan=1h [process where a == "x"] ![network where true] [file where true]`,
		`narrower lost {"a":"x","h":"k-1"} {"event":{"category":"network"},"h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`process where a == "x"`, `sequence by h [process where a == "x"] [file where true]`, `narrower lost {"a":"x"}`},
	{`sequence by h [process where a == "x"] [file where true] until [network where true]`, `sequence by h [process where a == "x"] [file where true] until [network where c == "x"]`,
		`wider gained {"a":"x","h":"k-1"} {"event":{"category":"network"},"h":"k-1"} {"event":{"category":"file"},"h":"k-1"}`},
	{`sequence by process.pid [process where true] [file where a == "b"]`, `sequence by process.pid [process where true] [file where a == "c"]`,
		`different lost {"process":{"pid":4000}} {"a":"b","event":{"category":"file"},"process":{"pid":4000}} gained {"process":{"pid":4000}} {"a":"c","event":{"category":"file"},"process":{"pid":4000}}`},
}

func (c *Comparison) line() string {
	out := c.Relation.String()
	if c.Relation == Unknown {
		return out + ": " + c.Why
	}
	for _, part := range []struct {
		name string
		list []Match
	}{{"lost", c.Lost}, {"gained", c.Gained}} {
		for _, m := range part.list {
			out += " " + part.name
			for _, e := range m.Events {
				text := string(e)
				text = regexp.MustCompile(`"@timestamp":"[^"]*",?`).ReplaceAllString(text, "")
				out += " " + strings.NewReplacer(`"event":{"category":"process"},`, "", `,"event":{"category":"process"}`, "", `"event":{"category":"process"}`, "").Replace(text)
			}
		}
	}
	return out
}

func TestCompare(t *testing.T) {
	for _, tt := range comparisons {
		p := programs(t, tt.old, tt.new)
		c, err := Compare(p[0], p[1])
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt.want, c.line()); d != "" {
			t.Errorf("%s\n%s\n(-want +got):\n%s", tt.old, tt.new, d)
		}
		for _, m := range c.Lost {
			if !Matches(p[0], m.Events) || Matches(p[1], m.Events) {
				t.Errorf("%s: lost %s", tt.old, m.Events)
			}
		}
		if back, _ := Compare(p[1], p[0]); back.Relation != map[Relation]Relation{Narrower: Wider, Wider: Narrower}[c.Relation] && c.Relation != back.Relation {
			t.Errorf("%s and %s: %v one way, %v the other", tt.old, tt.new, c.Relation, back.Relation)
		}
	}
}

// TestSequencesAgainstBruteForce holds what is said of random sequences to running both over random streams: who is said to match
// whenever the other does, does.
func TestSequencesAgainstBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(*seed, 2))
	rounds := *pairs
	counts := map[Relation]int{}
	for range rounds {
		counts[bruteForce(t, random)]++
	}
	t.Log(counts)
	if counts[Equal] < rounds/20 || counts[Narrower]+counts[Wider] < rounds/5 {
		t.Errorf("relations %v of %d: expected more that are proved", counts, rounds)
	}
}

// bruteForce compares one pair of sequences and holds what is said of it to 60 streams.
func bruteForce(t *testing.T, random *rand.Rand) Relation {
	t.Helper()
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	cond := func() string {
		c := pick(`a == "x"`, `a in ("x", "y")`, `a == "y"`, `a : "*"`, `a == "x" or b == "p"`, `b == "p"`, `true`)
		if random.IntN(4) == 0 {
			c = "not (" + c + ")"
		}
		return c
	}
	steps := 2 + random.IntN(2)
	var q [2][]string
	missing := -1
	if random.IntN(4) == 0 {
		missing = random.IntN(steps)
	}
	for i := range steps {
		one := cond()
		other := one
		if random.IntN(2) == 0 {
			other = pick(one+" and "+cond(), "("+one+") or "+cond(), cond())
		}
		mark := ""
		if i == missing {
			mark = "!"
		}
		q[0], q[1] = append(q[0], fmt.Sprintf("%s[any where %s]", mark, one)), append(q[1], fmt.Sprintf("%s[any where %s]", mark, other))
	}
	tail := [2]string{}
	if random.IntN(3) == 0 && missing < 0 {
		c := cond()
		tail = [2]string{" until [any where " + c + "]", " until [any where " + pick(c, c+" and "+cond()) + "]"}
	}
	spans := [2]string{" with maxspan=3s", " with maxspan=3s"}
	switch {
	case random.IntN(3) == 0:
		spans[1] = " with maxspan=2s"
	case random.IntN(2) == 0 && missing < 0:
		spans = [2]string{}
	}
	keys := [2]string{"h", "h"}
	if random.IntN(5) == 0 {
		keys[random.IntN(2)] = pick("h, g", "g, h", "g")
	}
	switch side := random.IntN(2); random.IntN(8) {
	case 0:
		if at := random.IntN(len(q[side])); len(q[side]) > 2 && at != missing {
			q[side] = slices.Delete(q[side], at, at+1)
		}
	case 1:
		q[side] = slices.Insert(q[side], random.IntN(len(q[side])+1), "[any where "+cond()+"]")
	case 2:
		if at := random.IntN(len(q[side])); at != missing {
			q[side][at] += " with runs=2"
		}
	case 3:
		if spans[side] != "" {
			q[side] = slices.Insert(q[side], 1, "![any where "+cond()+"]")
		}
	}
	text := func(i int) string {
		return "sequence by " + keys[i] + spans[i] + " " + strings.Join(q[i], " ") + tail[i]
	}
	p := programs(t, text(0), text(1))
	c, err := Compare(p[0], p[1])
	if err != nil {
		t.Fatal(err)
	}
	if c.Relation == Unknown || c.Relation == Different {
		return c.Relation
	}
	for range 60 {
		docs := stream(random)
		old, changed := results(t, p[0], docs), results(t, p[1], docs)
		bad := c.Relation == Equal && old != changed || c.Relation == Narrower && changed != "" && old == "" || c.Relation == Wider && old != "" && changed == ""
		if bad {
			t.Fatalf("%s\n%s\nsaid to be %v, but on\n%s\nthe results are %q and %q", text(0), text(1), c.Relation, strings.Join(docs, "\n"), old, changed)
		}
	}
	return c.Relation
}

// FuzzCompare takes the choices from the fuzzer.
func FuzzCompare(f *testing.F) {
	for i := range byte(10) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) { bruteForce(t, fuzzrand.New(choices)) })
}

func stream(random *rand.Rand) []string {
	var docs []string
	at := 0
	for range 2 + random.IntN(8) {
		at += random.IntN(2500)
		docs = append(docs, fmt.Sprintf(`{"@timestamp":"2026-01-01T00:00:%02d.%03dZ","h":"%d","g":"%d","a":"%c","b":"%c"}`, at/1000, at%1000, random.IntN(2), random.IntN(2), 'x'+random.IntN(3), 'p'+random.IntN(2)))
	}
	return docs
}

// results are the positions of the events of all results.
func results(t *testing.T, p *eval.Program, docs []string) string {
	t.Helper()
	decoder := event.NewDecoder(p.Layout())
	state := p.Start(search.Start{})
	for i, doc := range docs {
		var rec event.Record
		if err := decoder.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		if err := state.Feed(&rec, search.Ref{Index: i}, nil); err != nil {
			t.Fatal(err)
		}
	}
	out := ""
	for _, r := range state.Finish() {
		for _, e := range r.Events {
			if e == nil {
				out += "- "
			} else {
				out += fmt.Sprint(e.Index, " ")
			}
		}
		out += "; "
	}
	return out
}
