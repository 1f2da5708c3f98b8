package eql_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// slipQueries are the queries into which the slips are made.
var slipQueries = []string{
	`process where process.name : ("one.exe", "two*.exe") and not process.parent.name : "three?" and process.args_count > 2`,
	"process where host.os.type == \"linux\" and event.type == \"start\" and\n  (process.name in (\"sh\", \"bash\") or\n   process.args : (\"-c\", \"*tmp*\")) and\n" +
		"  not (user.id == \"0\" and process.interactive == true) and length(process.command_line) >= 100",
	"sequence by host.id, process.entity_id with maxspan=5m\n  [process where event.type == \"start\" and process.name : \"a*\"]\n  [network where destination.port in (80, 443) and not cidrMatch(destination.ip, \"10.0.0.0/8\", \"::1\")]\n" +
		"  [file where file.path regex~ (\"\"\"/tmp/[a-z]+\\.sh\"\"\", \"x.*\")] until [process where event.type == \"end\"]\n| head 10",
	"sequence with maxspan=30s\n  [authentication where event.outcome == \"failure\" and `user name` != null] by user.id with runs=3\n  ![authentication where event.action like~ \"unlock*\"] by user.id\n" +
		"  [process where ?process.parent.args_count + 1 == 2 * -3 or substring(process.name, 0, -4) == \"x\"] by user.effective.id",
	"sample by host.id\n  [process where process.pid % 2 == 0]\n  [any where source.ip == \"10.0.0.1\" or @timestamp > \"now-1h\"]",
	`any where a.b not in ("x", "y") and (c - d) / 2.5 <= .5 and startsWith~(e, concat("f", g)) == true // done`,
}

// slip changes one token or character of a query. at is the offset of the change in the result.
type slip struct {
	what string
	text string
	at   int
}

func slips(src string, r *rand.Rand) []slip {
	var out []slip
	toks := refTokenize(src)
	toks = toks[:len(toks)-1]
	add := func(what string, at int, text string) { out = append(out, slip{what, text, at}) }
	for i, t := range toks {
		text := src[t.start:t.end]
		add("delete "+text, t.start, src[:t.start]+src[t.end:])
		add("double "+text, t.start, src[:t.end]+" "+text+src[t.end:])
		if i+1 < len(toks) {
			n := toks[i+1]
			add("swap "+text, t.start, src[:t.start]+src[n.start:n.end]+src[t.end:n.start]+text+src[n.end:])
		}
		if c := text[0]; c == '"' || c == '`' {
			add("drop opening quote of "+text, t.start, src[:t.start]+src[t.start+1:])
			add("drop closing quote of "+text, t.start, src[:t.end-1]+src[t.end:])
		}
		garbage := `$#;&^\{}'"()[]|!=.,@~` + "`é“\u00a0\x00"
		list := []rune(garbage)
		g := string(list[r.IntN(len(list))])
		add("insert "+g+" before "+text, t.start, src[:t.start]+g+src[t.start:])
	}
	return out
}

// checkSlip holds what the parser says about a text against the reference.
func checkSlip(t *testing.T, s slip) (problem string) {
	t.Helper()
	ok, stop := recognize(s.text)
	q, issues := eql.Parse(s.text)
	nested(t, q)
	eql.Check(q, nil)
	var errs []eql.Issue
	for _, i := range issues {
		if i.Level == eql.Error {
			errs = append(errs, i)
		}
	}
	switch {
	case !ok && len(errs) == 0:
		return "no error"
	case ok:
		if i := slices.IndexFunc(errs, func(i eql.Issue) bool { return i.Code == "query/syntax" }); i >= 0 {
			return "the grammar accepts it"
		}
		roundTripIfSound(t, q, issues)
		return ""
	case len(issues) > 2:
		return fmt.Sprintf("%d issues", len(issues))
	}
	first := errs[0]
	line := func(at int) int { return strings.Count(s.text[:min(at, len(s.text))], "\n") }
	from, to := min(s.at, stop.start), max(line(s.at), line(stop.start))
	from = line(tokenBefore(s.text, from)) // a comma after which an item is missing stands in front of the slip
	if at := line(first.Span.Start); (at < from || at > to) && !strings.Contains(first.Message, "not closed") {
		return fmt.Sprintf("reported at line %d, expected %d to %d", at+1, from+1, to+1)
	}
	return ""
}

// tokenBefore is the start of the token that ends before an offset.
func tokenBefore(src string, at int) int {
	before := 0
	for _, t := range refTokenize(src) {
		if t.end > at {
			break
		}
		before = t.start
	}
	return before
}

func roundTripIfSound(t *testing.T, q *eql.Query, issues []eql.Issue) {
	if len(issues) == 0 {
		roundTrip(t, q)
	}
}

func TestSlips(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	for _, src := range slipQueries {
		if ok, stop := recognize(src); !ok {
			t.Fatalf("the reference rejects %q at %v", src, stop)
		}
		for _, s := range slips(src, r) {
			n++
			if problem := checkSlip(t, s); problem != "" {
				_, issues := eql.Parse(s.text)
				t.Errorf("%s: %s\n%s\n%s", s.what, problem, s.text, issueLines(s.text, issues))
			}
		}
	}
	t.Logf("%d slips", n)
}

// corpusSlips is how many slips are tried in each query of the corpus.
const corpusSlips = 5

// TestCorpusSlips makes one slip each into the queries of the public rules.
func TestCorpusSlips(t *testing.T) {
	queries := corpus(t)
	r := rand.New(rand.NewPCG(3, 4))
	n, many := 0, 0
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		src := queries[name]
		if ok, stop := recognize(src); !ok {
			t.Errorf("%s: the reference rejects it at %v", name, stop)
		}
		all := slips(src, r)
		for range min(corpusSlips, len(all)) {
			s := all[r.IntN(len(all))]
			n++
			problem := checkSlip(t, s)
			if problem == "" {
				continue
			}
			_, issues := eql.Parse(s.text)
			if text := fmt.Sprintf("%s: %s: %s\n%s", name, s.what, problem, issueLines(s.text, issues)); strings.HasSuffix(problem, "issues") {
				many++
				t.Log(text)
			} else {
				t.Error(text)
			}
		}
	}
	t.Logf("%d slips in %d queries, %d with more than two issues", n, len(queries), many)
	if many > n/500 {
		t.Errorf("%d of %d slips have more than two issues", many, n)
	}
}

func issueLines(src string, issues []eql.Issue) string {
	var out strings.Builder
	for _, i := range issues {
		fmt.Fprintf(&out, "  %d %q %s: %s\n", i.Span.Start, src[i.Span.Start:i.Span.End], i.Code, i.Message)
	}
	return out.String()
}
