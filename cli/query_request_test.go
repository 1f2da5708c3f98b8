package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// searched runs "query" on events from standard input and returns the numbers of what it prints: events of one result
// joined by "+", results by blanks.
func searched(t *testing.T, events string, args ...string) (got string, code int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(append([]string{"query", "--format", "json"}, args...), Options{Stdin: strings.NewReader(events), Stdout: &out, Stderr: &errs})
	if code != 0 {
		return out.String(), code, errs.String()
	}
	var results []string
	for line := range strings.Lines(out.String()) {
		var m struct {
			Events []struct{ Source struct{ N int } }
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var events []string
		for _, e := range m.Events {
			events = append(events, fmt.Sprint(e.Source.N))
		}
		results = append(results, strings.Join(events, "+"))
	}
	return strings.Join(results, " "), code, errs.String()
}

// tenEvents are the events 1 to 10 in time, in another order of input. Event n is of key k1 or k2.
func tenEvents() string {
	var b strings.Builder
	for _, n := range []int{4, 9, 1, 7, 2, 10, 3, 8, 6, 5} {
		fmt.Fprintf(&b, `{"@timestamp":%d,"n":%d,"k":"k%d"}`+"\n", n*10000, n, n%2+1)
	}
	return b.String()
}

// TestQueryLimits goes through eql/LANGUAGE.md 8.3: pipes, size and position, for event queries and for sequences.
func TestQueryLimits(t *testing.T) {
	const all = "1 2 3 4 5 6 7 8 9 10"
	for _, c := range []struct{ flags, pipes, want string }{
		{"", "", all}, // no size is no limit, unlike the 10 of the API
		{"--size 3", "", "8 9 10"},
		{"--size 3 --result-position tail", "", "8 9 10"},
		{"--size 3 --result-position head", "", "1 2 3"},
		{"--size 10", "", all},
		{"--size 11 --result-position head", "", all},
		{"--size 0", "", ""},
		{"--result-position head", "", all}, // says nothing without a size

		// The size comes first and takes the direction of the first pipe.
		{"--size 4", "| head 50", "1 2 3 4"},
		{"--size 4", "| head 2", "1 2"},
		{"--size 4 --result-position head", "| tail 50", "7 8 9 10"},
		{"--size 4", "| head 3 | tail 2", "2 3"},
		{"--size 4", "| head 50 | tail 2", "3 4"},
		{"--size 4", "| tail 50 | head 1", "7"},
		{"--size 0", "| head 5", ""},

		// Chains of pipes.
		{"", "| head 7 | head 3", "1 2 3"},
		{"", "| head 3 | head 7", "1 2 3"},
		{"", "| tail 7 | tail 3", "8 9 10"},
		{"", "| tail 3 | tail 7", "8 9 10"},
		{"", "| head 7 | tail 3", "5 6 7"},
		{"", "| tail 7 | head 3", "4 5 6"},
		{"", "| head 3 | tail 3", "1 2 3"},
		{"", "| head 3 | tail 7", "1 2 3"},
		{"", "| tail 3 | head 7", "8 9 10"},
		{"", "| head 8 | tail 6 | head 4 | tail 2", "5 6"},
		{"", "| head 2 + 3", "1 2 3 4 5"},
		{"", "| head 20 | tail 15", all},
		{"", "| head 0", ""},
		{"", "| tail 0 | head 5", ""},
		{"", "| tail 5 | head 0", ""},
	} {
		flags := strings.Fields(c.flags)
		got, code, stderr := searched(t, tenEvents(), append(flags, "any where true "+c.pipes)...)
		if got != c.want || code != 0 {
			t.Errorf("%s %q: exit %d, %q, want %q\n%s", c.flags, c.pipes, code, got, c.want, stderr)
		}
		// Of a sequence of two steps without keys event n and n+1 are result n: the same limits on one result less.
		query := fmt.Sprintf("sequence [any where n > 0] [any where n > 1] %s", c.pipes)
		got, code, stderr = searched(t, tenEvents()+`{"@timestamp":110000,"n":11}`, append(flags, query)...)
		if want := pairs(c.want); got != want || code != 0 {
			t.Errorf("%s %q of sequences: exit %d, %q, want %q\n%s", c.flags, c.pipes, code, got, want, stderr)
		}
	}
}

// pairs makes "3+4" of each number 3.
func pairs(list string) string {
	out := strings.Fields(list)
	for i, s := range out {
		var n int
		fmt.Sscan(s, &n)
		out[i] = fmt.Sprintf("%d+%d", n, n+1)
	}
	return strings.Join(out, " ")
}

// TestQueryNothingSearched: with a limit of 0 no event is looked at, so a script that would fail does not (8.3).
func TestQueryNothingSearched(t *testing.T) {
	const zero = `{"@timestamp":1,"n":0}`
	if _, code, _ := searched(t, zero, "any where 1 / n == 1"); code != exitFailed {
		t.Fatalf("exit %d, want %d: the script divides by zero", code, exitFailed)
	}
	for _, args := range [][]string{{"any where 1 / n == 1 | head 0"}, {"any where 1 / n == 1 | tail 0"}, {"any where 1 / n == 1 | head 5 | tail 0"}, {"--size", "0", "any where 1 / n == 1"},
		{"--size", "0", "sequence [any where 1 / n == 1] [any where true]"}, {"--size", "0", "sample by n [any where 1 / n == 1] [any where true]"}} {
		if got, code, stderr := searched(t, zero, args...); got != "" || code != 0 {
			t.Errorf("%q: exit %d, %q, want nothing\n%s", args, code, got, stderr)
		}
	}
}

// TestQuerySamples: size takes the first samples in order of their keys; a key gives one unless more are asked for, the same events in
// another order are another sample, and event order needs no timestamps.
func TestQuerySamples(t *testing.T) {
	events := ""
	for n, k := range []string{"z", "z", "b", "a", "z", "b", "a"} {
		events += fmt.Sprintf(`{"n":%d,"k":%q}`+"\n", n+1, k)
	}
	if _, code, _ := searched(t, events, "sample by k [any where n > 0] [any where n < 9] | head 1"); code != exitFindings {
		t.Errorf("a sample with a pipe: exit %d, want %d", code, exitFindings)
	}
	for _, c := range []struct{ flags, pipes, want string }{
		{"", "", "4+7 3+6 1+2"},
		{"--size 2", "", "4+7 3+6"},
		{"--size 2 --result-position head", "", "4+7 3+6"},
		{"--size 0", "", ""},
		{"--max-samples-per-key 3", "", "4+7 7+4 3+6 6+3 1+2 1+5 2+1"},
		{"--max-samples-per-key 2", "", "4+7 7+4 3+6 6+3 1+2 1+5"},
		{"--max-samples-per-key 2 --size 3", "", "4+7 7+4 3+6"},
	} {
		got, code, stderr := searched(t, events, append(strings.Fields(c.flags), "sample by k [any where n > 0] [any where n < 9] "+c.pipes)...)
		if got != c.want || code != 0 {
			t.Errorf("%s %q: exit %d, %q, want %q\n%s", c.flags, c.pipes, code, got, c.want, stderr)
		}
	}
}

// TestQueryCategory goes through 8.2.
func TestQueryCategory(t *testing.T) {
	const events = `{"@timestamp":1,"n":1,"event":{"category":"process"}}
{"@timestamp":2,"n":2,"event":{"category":["network","process"]}}
{"@timestamp":3,"n":3,"event":{"category":"Process"}}
{"@timestamp":4,"n":4,"kind":"process"}
{"@timestamp":5,"n":5,"event":{"category":"my-cat"}}
{"@timestamp":6,"n":6,"event.category":"process*"}
{"@timestamp":7,"n":7,"event":{"category":null},"kind":["x","y"]}
`
	for _, c := range []struct{ flags, query, want string }{
		{"", "process where true", "1 2"},
		{"", "network where true", "2"},
		{"", "Process where true", "3"},
		{"", `"my-cat" where true`, "5"},
		{"", `"process*" where true`, "6"},
		{"", `"proces?" where true`, ""},
		{"", "any where true", "1 2 3 4 5 6 7"},
		{"", "process where n == 3 or n == 1", "1"}, // the category holds for the whole condition
		{"--category-field kind", "process where true", "4"},
		{"--category-field kind", "y where true", "7"},
		{"--category-field kind", "any where true", "1 2 3 4 5 6 7"},
	} {
		got, code, stderr := searched(t, events, append(strings.Fields(c.flags), c.query)...)
		if got != c.want || code != 0 {
			t.Errorf("%s %s: exit %d, %q, want %q\n%s", c.flags, c.query, code, got, c.want, stderr)
		}
	}
}

// TestQueryOrder: timestamp, then the tiebreaker if one is asked for, else the order of input (8.1).
func TestQueryOrder(t *testing.T) {
	const events = `{"@timestamp":2,"n":1,"seq":2,"at":9}
{"@timestamp":2,"n":2,"seq":1,"at":8}
{"@timestamp":2,"n":3,"at":7}
{"@timestamp":1,"n":4,"seq":9,"at":7}
`
	for _, c := range []struct{ flags, query, want string }{
		{"", "any where true", "4 1 2 3"},
		{"--tiebreaker-field seq", "any where true", "4 2 1 3"},
		{"--timestamp-field at", "any where true", "3 4 2 1"},
		{"--timestamp-field at --tiebreaker-field n", "any where true", "3 4 2 1"},
		{"--timestamp-field at --tiebreaker-field @timestamp", "any where true", "4 3 2 1"},
		{"", "sequence [any where n == 2] [any where n == 1]", ""},
		{"--tiebreaker-field seq", "sequence [any where n == 2] [any where n == 1]", "2+1"},
		{"--timestamp-field at", "sequence [any where n == 2] [any where n == 1]", "2+1"},
		{"--size 1 --tiebreaker-field seq", "any where seq != null", "1"},
	} {
		got, code, stderr := searched(t, events, append(strings.Fields(c.flags), c.query)...)
		if got != c.want || code != 0 {
			t.Errorf("%s %s: exit %d, %q, want %q\n%s", c.flags, c.query, code, got, c.want, stderr)
		}
	}
}

// TestQueryRequestErrors: options that the API refuses are usage errors that say what is expected (8.1).
func TestQueryRequestErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--size", "-5"}, "--size -5: expected 0 or more"},
		{[]string{"--size", "x"}, `--size "x": expected`},
		{[]string{"--max-samples-per-key", "0"}, "--max-samples-per-key 0: expected 1 or more"},
		{[]string{"--result-position", "first"}, `--result-position "first": expected tail or head`},
		{[]string{"--category-field", ""}, "--category-field and --timestamp-field must not be empty"},
		{[]string{"--timestamp-field", ""}, "--category-field and --timestamp-field must not be empty"},
		{[]string{"--fetch-size", "1"}, "no flag --fetch-size"}, // results do not depend on it
	} {
		_, code, stderr := searched(t, "", append(c.args, "any where true")...)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, want %d (-want +got):\n%s", c.args, code, exitUsage, cmp.Diff(c.want, stderr))
		}
	}
}

// TestQueryPipeErrors: what is no limit is refused (2.4).
func TestQueryPipeErrors(t *testing.T) {
	for _, pipe := range []string{"head", "head -1", `head "1"`, "head 1.5", "head 1, 2", "tail n", "count", "unique n", "skip 3", "head 0 - 1"} {
		if got, code, _ := searched(t, tenEvents(), "any where true | "+pipe); code != exitFindings {
			t.Errorf("| %s: exit %d, want %d\n%s", pipe, code, exitFindings, got)
		}
	}
}
