package eval

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rulevet/rulevet/search"
)

func TestCoverage(t *testing.T) {
	const src = `sequence by k [process where a == 1 and b : ("x*", "y") and not c in (1, 2)] [any where startsWith(a, "z") or true] until [file where d]`
	p, err := Compile(mustParse(t, src), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cov := search.NewCoverage(p)
	for _, doc := range []string{
		`{"event":{"category":"process"},"a":1,"b":"xx","c":2}`,
		`{"event":{"category":"process"},"a":[2,1],"b":"q"}`,
		`{"event":{"category":"file"},"a":7,"b":"y","d":true}`,
	} {
		cov.Observe(p, mustDecode(t, p, doc))
	}
	var got []string
	for i, c := range search.Conditions(p) {
		got = append(got, fmt.Sprintf("%d %q %s: true %d, false %d", c.Step, src[c.Span.Start:c.Span.End], c.Text, cov.True[i], cov.False[i]))
	}
	want := []string{
		`0 "a == 1" a == 1: true 2, false 0`,
		`0 "\"x*\"" b: "x*": true 1, false 1`,
		`0 "\"y\"" b: "y": true 0, false 2`,
		`0 "1" c in (1): true 0, false 2`,
		`0 "2" c in (2): true 1, false 1`,
		`1 "startsWith(a, \"z\")" startsWith(a, "z"): true 0, false 3`,
		`2 "d" d: true 1, false 0`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestBlocksOfCIDRMatchAreConditions(t *testing.T) {
	p, err := Compile(mustParse(t, `any where not cidrMatch(ip, "10.0.0.0/8", "::1/128") and cidrMatch(ip, "0.0.0.0/0")`), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cov := search.NewCoverage(p)
	cov.Observe(p, mustDecode(t, p, `{"ip":"10.1.2.3"}`))
	var got []string
	for i, c := range search.Conditions(p) {
		got = append(got, fmt.Sprintf("%s %d %d %v", c.Text, cov.True[i], cov.False[i], c.Member))
	}
	want := []string{`cidrMatch(ip, "10.0.0.0/8") 1 0 true`, `cidrMatch(ip, "::1/128") 0 1 true`, `cidrMatch(ip, "0.0.0.0/0") 1 0 false`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestMembersAreTheList compares each list with the "or" of its members over generated events.
func TestMembersAreTheList(t *testing.T) {
	lists := 0
	for i := range 2000 {
		g := &gen{rand.New(rand.NewPCG(9, uint64(i))), false, Options{}}
		src := "any where " + pick(g, g.stringField(), "n") + " " + pick(g, `in ("a", "5", 5, "ab", true, "x", "y", "z", "w", "k")`, `in~ ("a", "É", "k")`, `: ("a*", "?b", "k", "5")`,
			`regex ("a.*", "[ab]+")`, `like~ ("A", "*B", "1", "2", "3", "4", "5", "6", "7", "TRUE")`)
		p, err := Compile(mustParse(t, src), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rec := mustDecode(t, p, g.encode(g.doc()))
		cov := search.NewCoverage(p)
		cov.Observe(p, rec)
		some := false
		for _, n := range cov.True {
			some = some || n > 0
		}
		if got, _ := p.Match(rec); got != some {
			t.Fatalf("%s is %v on %v, its members say %v", src, got, rec, some)
		}
		if some {
			lists++
		}
	}
	if lists < 200 {
		t.Errorf("only %d lists matched", lists)
	}
}
