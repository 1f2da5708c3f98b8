package hunt

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// ruleFile makes a rule; extra lines stand in its [rule] table.
func ruleFile(name, query, extra string) *rule.File {
	file, _ := rule.Parse("rules/"+name+".toml", fmt.Appendf(nil, "[rule]\nname = %q\nrule_id = %q\ntype = \"eql\"\nlanguage = \"eql\"\nseverity = \"high\"\n%s\nquery = '''\n%s\n'''\n",
		strings.ToUpper(name), "id-"+name, extra, query))
	return file
}

// input is one that can be opened again and again.
func input(name string, lines ...string) Input {
	return Input{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Join(lines, "\n") + "\n")), nil
	}}
}

func hunted(t testing.TB, o Options, files []*rule.File, inputs ...Input) *Report {
	t.Helper()
	h, err := New(files, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Run(context.Background(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// found says of each rule what it matched: "A: a.ndjson/1 b.ndjson/2+b.ndjson/3".
func found(r *Report) []string {
	var out []string
	for _, x := range r.Rules {
		line := x.Name + ":"
		for _, s := range x.Samples {
			sep := " "
			for _, e := range s.Events {
				if e == nil {
					line += sep + "-"
				} else {
					line += fmt.Sprintf("%s%s/%d", sep, e.Input, e.Record)
				}
				sep = "+"
			}
		}
		out = append(out, line)
	}
	return out
}

func letter(at int64, letters, host string) string {
	when := fmt.Sprint(at)
	if at >= 1000 && at <= 9999 { // as a number it would be a year
		when = time.UnixMilli(at).UTC().Format(`"2006-01-02T15:04:05.000Z"`)
	}
	return fmt.Sprintf(`{"@timestamp":%s,"process":{"name":%q},"host":{"name":%q}}`, when, letters, host)
}

const pair = `sequence by host.name with maxspan=1h [any where process.name == "a"] [any where process.name == "b"]`

// TestOrderAcrossInputs reads files whose events interleave in time.
func TestOrderAcrossInputs(t *testing.T) {
	rules := []*rule.File{ruleFile("pair", pair, ""), ruleFile("any", `any where process.name == "b"`, "")}
	one := input("1", letter(1000, "a", "x"), letter(4000, "b", "x"), letter(9000, "b", "y"))
	two := input("2", letter(2000, "b", "x"), letter(3000, "a", "x"), letter(5000, "a", "y"))
	once := input("3", letter(2500, "b", "x"))
	once.Once = true
	for _, c := range []struct {
		name   string
		inputs []Input
		want   []string
	}{
		{"two", []Input{one, two}, []string{"ANY: 2/1 1/2 1/3", "PAIR: 1/1+2/1 2/2+1/2 2/3+1/3"}},
		{"other way round", []Input{two, one}, []string{"ANY: 2/1 1/2 1/3", "PAIR: 1/1+2/1 2/2+1/2 2/3+1/3"}},
		{"three", []Input{two, once, one}, []string{"ANY: 2/1 3/1 1/2 1/3", "PAIR: 1/1+2/1 2/2+1/2 2/3+1/3"}},
		{"empty", []Input{input("0"), one}, []string{"ANY: 1/2 1/3", "PAIR: 1/1+1/2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := hunted(t, Options{Samples: 9}, rules, c.inputs...)
			if diff := cmp.Diff(c.want, found(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !r.Summary.Complete || r.Summary.Unordered {
				t.Errorf("%+v", r.Summary)
			}
		})
	}
}

// TestManyInputs has more files at one time than may be open.
func TestManyInputs(t *testing.T) {
	var inputs []Input
	for i := range 3 * maxOpen {
		inputs = append(inputs, input(fmt.Sprint(i), letter(int64(1000+i), "a", fmt.Sprint("h", i)), letter(int64(5000+i), "b", fmt.Sprint("h", i))))
	}
	r := hunted(t, Options{}, []*rule.File{ruleFile("pair", pair, "")}, inputs...)
	if r.Summary.Matches != 3*maxOpen || !r.Summary.Complete {
		t.Errorf("%+v", r.Summary)
	}
}

func TestOutOfOrder(t *testing.T) {
	rules := []*rule.File{ruleFile("pair", pair, ""), ruleFile("any", `any where process.name == "b"`, "")}
	in := input("a.ndjson", letter(2000, "b", "x"), letter(1000, "a", "x"), letter(3000, "b", "x"))
	r := hunted(t, Options{}, rules, in)
	if diff := cmp.Diff([]string{"ANY: a.ndjson/1 a.ndjson/3", "PAIR: a.ndjson/2+a.ndjson/1"}, found(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !r.Summary.Complete || !r.Summary.Unordered {
		t.Errorf("%+v", r.Summary)
	}
	r = hunted(t, Options{Buffer: 1}, rules, in)
	if r.Summary.Complete || r.Rules[1].Failures != 1 || !strings.HasPrefix(r.Rules[1].Failure, "a.ndjson:2: record 2: the event comes too late") {
		t.Errorf("%+v", r.Rules[1])
	}
}

// TestNotChecked has rules that cannot be run, each for a reason of its own.
func TestNotChecked(t *testing.T) {
	mixed, _ := rule.Parse("k.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"kuery\"\nquery = \"a:b\"\n"))
	ml, _ := rule.Parse("ml.toml", []byte("[rule]\ntype = \"machine_learning\"\n"))
	broken, _ := rule.Parse("t.toml", []byte("[rule]\ntype = \"eql\"\nx = \n"))
	none, _ := rule.Parse("n.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\n"))
	empty, _ := rule.Parse("e.toml", nil)
	r := hunted(t, Options{}, []*rule.File{mixed, ml, broken, none, empty, ruleFile("syntax", "any where a = 1", ""), ruleFile("plan", `any where a == b`, ""),
		ruleFile("fine", "any where true", "")}, input("a", `{}`))
	got := ""
	for _, n := range r.NotChecked {
		got += n.Path + ": " + n.Why + "\n"
	}
	for _, want := range []string{`k.toml: a rule of type "eql" cannot be in "kuery"`, `ml.toml: a rule of type "machine_learning"`, "t.toml: the file is not valid TOML", "n.toml: the rule has no query",
		"e.toml: the file has no [rule] table", "rules/syntax.toml: the query is not valid: ", "rules/plan.toml: the query cannot be run: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if r.Summary.Rules != 1 || r.Summary.NotChecked != 7 || r.Summary.Matches != 1 {
		t.Errorf("%+v", r.Summary)
	}
}

// TestDamage has records that are no events, an input that ends within one, and inputs that cannot be read.
func TestDamage(t *testing.T) {
	gone := Input{Name: "gone", Open: func() (io.ReadCloser, error) { return nil, errors.New("gone: no such file") }}
	r := hunted(t, Options{}, []*rule.File{ruleFile("fine", `any where process.name != "z"`, "")},
		input("bad", `{"a":1}`, `{"process":{"name":"x`+"\x01"+`"}}`, `{"b":2}`), input("cut", `{"a":1}`, `{"a":`), gone, input("text", `hello`, `{"@timestamp":"yesterday"}`, `{"@timestamp":"2026-01-01"}`))
	if r.Summary.Complete || r.Summary.Events != 4 || r.Summary.Matches != 4 || r.Summary.Damaged != 4 {
		t.Errorf("%+v", r.Summary)
	}
	text := strings.Join(r.Limits(), "\n")
	for _, want := range []string{"not an event: bad:2: record 2: control character", "not an event: cut:2: record 2: ", "not read to the end: gone: no such file",
		"not an event: text:1: record 1: expected a JSON object", "not an event: text:2: record 2: @timestamp `yesterday` is no date"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestFilters(t *testing.T) {
	f, _ := rule.Parse("f.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nquery = \"any where true\"\n[[rule.filters]]\nmeta.negate = true\nquery.exists.field = \"user.name\"\n"))
	r := hunted(t, Options{}, []*rule.File{f}, input("a", `{}`, `{"user":{"name":"x"}}`, `{"host":{"name":"h"}}`))
	if r.Summary.Matches != 2 || !r.Summary.Complete {
		t.Errorf("%+v, want the two events that the filter lets through", r.Summary)
	}
}

func TestScriptFails(t *testing.T) {
	r := hunted(t, Options{}, []*rule.File{ruleFile("div", "any where 1 / x.n == 1", "")}, input("a", `{"x":{"n":1}}`, `{"x":{"n":0}}`, `{"x":{"n":0}}`))
	if x := r.Rules[0]; x.Matches != 1 || x.Failures != 2 || !strings.HasPrefix(x.Failure, "a:2: record 2: ") || r.Summary.Complete {
		t.Errorf("%+v", x)
	}
}

// TestCompressed reads the same events plain and compressed.
func TestCompressed(t *testing.T) {
	plain := letter(1, "a", "x") + "\n" + letter(2, "b", "x") + "\n"
	var gz, zst bytes.Buffer
	z := gzip.NewWriter(&gz)
	io.WriteString(z, plain)
	z.Close()
	e, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(e, plain)
	e.Close()
	for name, data := range map[string]string{"plain": plain, "gz": gz.String(), "zst": zst.String()} {
		r := hunted(t, Options{}, []*rule.File{ruleFile("pair", pair, "")}, input(name, strings.TrimSuffix(data, "\n")))
		if r.Summary.Matches != 1 || r.Summary.Events != 2 {
			t.Errorf("%s: %+v, %v", name, r.Summary, r.Limits())
		}
	}
}

func TestIndexes(t *testing.T) {
	var rules []*rule.File
	for i, index := range []string{`["logs-endpoint.*"]`, `["winlogbeat-*", "logs-*", "-logs-endpoint*"]`, `["<logs-{now/d}>"]`, `["remote:logs-endpoint*"]`, `[]`} {
		rules = append(rules, ruleFile(fmt.Sprint("r", i), "any where true", "index = "+index))
	}
	events := []string{`{"_index":".ds-logs-endpoint.events.process-default-2024.05.04-000001","_source":{"n":1}}`,
		`{"_index":"winlogbeat-7.17","_source":{"n":2}}`, `{"_index":"other","_source":{"n":3}}`, `{"n":4}`}
	r := hunted(t, Options{Samples: 9}, rules, input("a", events...))
	want := []string{"R2: a/1 a/2 a/3 a/4", "R4: a/1 a/2 a/3 a/4", "R0: a/1 a/4", "R1: a/2 a/4", "R3: a/1 a/4"}
	if diff := cmp.Diff(want, found(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r = hunted(t, Options{AnyIndex: true}, rules, input("a", events...)); r.Summary.Matches != 4*len(rules) {
		t.Errorf("%+v", r.Summary)
	}
}

// TestQueryOptions has a rule whose keys override category, timestamp and tiebreaker.
func TestQueryOptions(t *testing.T) {
	r := hunted(t, Options{}, []*rule.File{ruleFile("own", `sequence [x where n == 1] [x where n == 2]`,
		"event_category_override = \"kind\"\ntimestamp_field = \"when\"\ntiebreaker_field = \"seq\"")},
		input("a", `{"kind":"x","when":5,"seq":2,"n":2}`, `{"kind":"x","when":5,"seq":1,"n":1}`))
	if diff := cmp.Diff([]string{"OWN: a/2+a/1"}, found(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBounds counts values beyond what is kept, and samples too large to keep.
func TestBounds(t *testing.T) {
	var lines []string
	for i := range maxRuleHosts + 50 {
		lines = append(lines, letter(int64(i), "a", fmt.Sprintf("h%03d", i)))
	}
	lines = append(lines, letter(0, "a", "h001"), `{"host":{"id":"by-id"}}`, `{"n":1}`, `{"pad":"`+strings.Repeat("x", maxSource)+`"}`)
	r := hunted(t, Options{Samples: 1000}, []*rule.File{ruleFile("all", "any where true", "")}, input("a", lines...))
	x := r.Rules[0]
	if x.Matches != len(lines) || len(x.Hosts.Top) != shownHosts || x.Hosts.Top[0] != (Count{Value: "h001", Matches: 2}) {
		t.Errorf("%d matches, hosts %+v", x.Matches, x.Hosts)
	}
	sum := x.Hosts.Others + x.Hosts.None
	for _, h := range x.Hosts.Top {
		sum += h.Matches
	}
	if sum != x.Matches || x.Hosts.None != 2 {
		t.Errorf("%d matches by host, %d in all", sum, x.Matches)
	}
	if last := x.Samples[len(lines)-1].Events[0]; last.Source != nil || last.Omitted == "" {
		t.Errorf("%+v", last)
	}
	if r := hunted(t, Options{MaxPending: 1, Buffer: 1}, []*rule.File{ruleFile("pair", pair, "")}, generated(1<<15)); r.Summary.Complete || !strings.Contains(r.Rules[0].Limited, "given up") {
		t.Errorf("%+v", r.Rules[0])
	}
}

// generated is an input of n events, none of which is stored: each of its own host.
func generated(n int) Input {
	return Input{Name: "generated", Open: func() (io.ReadCloser, error) { return io.NopCloser(&generator{n: n}), nil }}
}

type generator struct {
	i, n int
	rest []byte
}

func (g *generator) Read(b []byte) (int, error) {
	if len(g.rest) == 0 {
		if g.i == g.n {
			return 0, io.EOF
		}
		g.rest = fmt.Appendf(g.rest[:0], "%s\n", letter(int64(g.i)*10, "a", fmt.Sprint("host-", g.i)))
		g.i++
	}
	n := copy(b, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func TestTimeline(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []int64
		first Bucket
		n     int
	}{
		{"none", nil, Bucket{}, 0},
		{"seconds", []int64{0, 999, 1000, 5000}, Bucket{"1970-01-01T00:00:00.000Z", 2}, 6},
		{"minutes", []int64{0, 60e3, 3600e3 - 1}, Bucket{"1970-01-01T00:00:00.000Z", 1}, 60},
		{"before 1970", []int64{-1, 0}, Bucket{"1969-12-31T23:59:59.000Z", 1}, 2},
		{"centuries", []int64{-50e12, 0, 200e12}, Bucket{"0242-12-22T00:00:00.000Z", 1}, 52},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l timeline
			for _, at := range c.times {
				l.add(at)
			}
			b, sum := l.buckets(), 0
			for _, x := range b {
				sum += x.Matches
			}
			if sum != len(c.times) || len(b) > maxBuckets {
				t.Errorf("%d times in %d buckets, want %d", sum, len(b), len(c.times))
			}
			if c.n > 0 && (len(b) != c.n || b[0] != c.first) {
				t.Errorf("%d buckets from %+v, want %d from %+v", len(b), b[0], c.n, c.first)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	h, err := New([]*rule.File{ruleFile("all", "any where true", "")}, Options{Samples: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := h.Run(ctx, []Input{generated(1 << 20)})
	if !errors.Is(err, context.Canceled) || r.Summary.Complete || r.Summary.Events == 0 || r.Inputs[0].Error != "generated: interrupted" {
		t.Errorf("got %v, %+v", err, r.Inputs)
	}
}

// esqlFile is a rule in ES|QL.
func esqlFile(name, query string) *rule.File {
	file, _ := rule.Parse("rules/"+name+".toml", fmt.Appendf(nil, "[rule]\nname = %q\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''\n%s\n'''\n", name, query))
	return file
}

// TestMaxSize: a rule that keeps too much ends with what it knows; rules that need not keep rows do not.
func TestMaxSize(t *testing.T) {
	const n = 20_000
	files := []*rule.File{
		esqlFile("groups", "from logs-* | stats c = count(*) by host.name"),
		esqlFile("sorted", "from logs-* metadata _id, _index, _version | sort host.name"),
		esqlFile("first", "from logs-* metadata _id, _index, _version | sort host.name desc | limit 3"),
		esqlFile("events", "from logs-* metadata _id, _index, _version | where host.name is not null"),
		esqlFile("rows", "from logs-* | where host.name is not null | keep host.name"),
	}
	r := hunted(t, Options{MaxSize: 1 << 20}, files, generated(n))
	got := map[string]string{}
	for _, x := range r.Rules {
		matches := fmt.Sprint(x.Matches)
		if x.Limited != "" && 0 < x.Matches && x.Matches < n {
			matches = "some"
		}
		_, after, _ := strings.Cut(x.Limited, "held, ")
		got[x.Name] = strings.TrimSpace(matches + " " + after)
	}
	const behind = "some with those of other rules more than there is room for: the rule was not run on the events behind this one"
	want := map[string]string{"groups": behind, "sorted": behind, "first": "3", "events": "20000", "rows": "20000"}
	if diff := cmp.Diff(want, got); diff != "" || r.Summary.Complete {
		t.Errorf("complete %t (-want +got):\n%s", r.Summary.Complete, diff)
	}
	if r := hunted(t, Options{}, files, generated(n)); !r.Summary.Complete || r.Summary.Matches != 4*n+3 {
		t.Errorf("with room for all: complete %t, %d matches", r.Summary.Complete, r.Summary.Matches)
	}
}

// TestBeside has a rule that joins documents of another index, given and not given, and one that an older stack runs otherwise.
func TestBeside(t *testing.T) {
	join := esqlFile("e", "from logs-* metadata _id, _index, _version | lookup join partners on host.name | where trusted == false | keep host.name, _id, _index, _version")
	table := &compile.Beside{Lookups: map[string]*compile.Table{"partners": {Docs: [][]byte{[]byte(`{"host":{"name":"h1"},"trusted":false}`)}}}}
	least := esqlFile("e", "from logs-* | eval a = abs(to_long(n)) | where a is null and n is not null | keep n")
	events := input("a", `{"host":{"name":"h1"},"n":"-9223372036854775808"}`, `{"host":{"name":"h2"}}`)
	for _, tt := range []struct {
		name                string
		file                *rule.File
		options             Options
		matches, notChecked int
	}{
		{"given", join, Options{Beside: func(*rule.File) *compile.Beside { return table }}, 1, 0},
		{"not given", join, Options{}, 0, 1},
		{"newest stack", least, Options{}, 1, 0},
		{"older stack, where the absolute value of the least number fails", least, Options{Stack: "8.19.0"}, 0, 0},
	} {
		r := hunted(t, tt.options, []*rule.File{tt.file}, events)
		if r.Summary.Matches != tt.matches || r.Summary.NotChecked != tt.notChecked {
			t.Errorf("%s: %d matches, %d rules not checked, want %d and %d: %v", tt.name, r.Summary.Matches, r.Summary.NotChecked, tt.matches, tt.notChecked, r.NotChecked)
		}
	}
}
