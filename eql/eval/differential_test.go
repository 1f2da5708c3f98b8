package eval

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/event"
)

var (
	programs = flag.Int("programs", 4000, "generated programs that TestAgainstReference compares with the reference")
	seed     = flag.Uint64("seed", 1, "seed of generated programs and timelines")
)

// genFields is the mapping that generated queries run against. ?m is not in it, gone is never in an event.
var genFields = fieldMap{
	"k": {Type: eql.TypeKeyword}, "arr": {Type: eql.TypeKeyword}, "short": {Type: eql.TypeKeyword, IgnoreAbove: 3},
	"gone": {Type: eql.TypeKeyword}, "n": {Type: eql.TypeLong}, "b": {Type: eql.TypeBoolean}, "ip": {Type: eql.TypeIP},
	"t": {Type: eql.TypeDate},
}

// gen makes random conditions and events.
type gen struct {
	*rand.Rand
	mapped bool
}

func pick[T any](g *gen, list ...T) T { return list[g.IntN(len(list))] }

func (g *gen) cond(depth int) string {
	if depth > 0 {
		switch g.IntN(6) {
		case 0, 1:
			return "(" + g.cond(depth-1) + " and " + g.cond(depth-1) + ")"
		case 2, 3:
			return "(" + g.cond(depth-1) + " or " + g.cond(depth-1) + ")"
		case 4:
			return "not " + g.cond(depth-1)
		}
	}
	return g.leaf()
}

var (
	comparisons = []string{"==", "!=", "<", "<=", ">", ">="}
	genTexts    = []string{"a", "A", "ab", "aB", "abc", "", "5", "true", "é", "É", "x.y", "\u212a", "k", "a*", "ab?"}
	genPatterns = []string{"a", "A", "a*", "*B", "*b*", "?b", "a?c", "*", "**", "", "É", "k", "5", "tr*"}
	genRegexes  = []string{"a", "a.*", ".*b.*", "[ab]+", "a|ab", "x.y", "5", ".*"}
)

func (g *gen) leaf() string {
	q := func(s string) string { return `"` + s + `"` }
	list := func(from []string, n int) string {
		var out []string
		for range 1 + g.IntN(n) {
			out = append(out, q(pick(g, from...)))
		}
		return "(" + strings.Join(out, ", ") + ")"
	}
	switch g.IntN(16) {
	case 0, 1:
		return g.str(1) + " " + pick(g, comparisons...) + " " + q(pick(g, genTexts...))
	case 2:
		return g.stringField() + " " + pick(g, ":", "like", "like~") + " " + list(genPatterns, 12)
	case 3:
		return g.str(1) + " " + pick(g, ":", "like", "like~") + " " + q(pick(g, genPatterns...))
	case 4:
		return g.str(1) + " " + pick(g, "in", "not in", "in~") + " " + list(genTexts, 12)
	case 5:
		return g.stringField() + " " + pick(g, "regex", "regex~") + " " + list(genRegexes, 3)
	case 6, 7:
		return g.num(1) + " " + pick(g, comparisons...) + " " + pick(g, "0", "1", "2", "5", "-1", "4.5", "2.0")
	case 8:
		return pick(g, "0", "1", "5") + " " + pick(g, comparisons...) + " " + g.num(1)
	case 9:
		return pick(g, g.str(1), g.num(1), "b", "ip", "t") + " " + pick(g, "==", "!=") + " null"
	case 10:
		return pick(g, "b", "b == true", "b == false", "b != true", `b == "true"`, "n in (1, 5, 4.5)", `n == "5"`, "true", "false", "null")
	case 11:
		return pick(g, "startsWith", "endsWith", "stringContains") + pick(g, "", "~") + "(" + g.str(1) + ", " + q(pick(g, "a", "B", "", "b*", "?")) + ")"
	case 12:
		return "startsWith(" + g.str(1) + ", " + g.str(0) + ")" + pick(g, "", " == false", " == true", " != false")
	case 13:
		if g.mapped {
			return pick(g, `ip == "10.0.0.0/8"`, `ip > "10.0.0.5"`, `ip == "10.0.0.5"`, `ip in ("::1", "10.0.0.5")`, `cidrMatch(ip, "10.0.0.0/24")`,
				`t == "2024-02-03"`, `t < "2024-02-03"`, `t > "2024-02-03"`, `t <= "2024-02-03T04:05:06Z"`, `t == "2024-02-03T04:05:06Z"`, `t >= "2024-02-04"`)
		}
		return pick(g, `cidrMatch(ip, "10.0.0.0/24")`, `ip == "10.0.0.5"`)
	case 14:
		return "(" + g.str(0) + " == " + q(pick(g, genTexts...)) + ") " + pick(g, "== true", "== false", "!= true")
	}
	return pick(g, "?m", "?m == 5", `?m == "a"`, `?m != "a"`, `?m : "a"`, `?m like "a"`, `?m like "a*"`, `?m like ("a", "b")`, `?m like ("a", "b*")`,
		`?m regex "a"`, `?m regex "a.*"`, `?m in ("a")`, `?m not in ("a")`, "?m < 5", "length(?m) > 0", "length(?m) == 1", "?m == null", `startsWith(?m, "a")`)
}

func (g *gen) stringField() string { return pick(g, "k", "k", "arr", "short", "gone", "?k", "?gone") }

func (g *gen) str(depth int) string {
	if depth > 0 && g.IntN(3) == 0 {
		switch g.IntN(3) {
		case 0:
			return "concat(" + g.str(depth-1) + ", " + pick(g, g.str(depth-1), `"b"`, "null") + ")"
		case 1:
			return "substring(" + g.str(depth-1) + ", " + pick(g, "0", "1", "-1", "null") + pick(g, "", ", 1", ", -1", ", 3", ", null") + ")"
		default:
			if g.mapped {
				return "string(" + pick(g, "n", "b") + ")"
			}
		}
	}
	return g.stringField()
}

func (g *gen) num(depth int) string {
	if depth > 0 {
		switch g.IntN(4) {
		case 0:
			return "n " + pick(g, "+", "-", "*") + " " + pick(g, "1", "2", "n", "0.5")
		case 1:
			return "n / " + pick(g, "2", "2.0")
		case 2:
			return "length(" + g.str(0) + ")"
		case 3:
			return "indexOf(" + g.str(0) + `, "b")`
		}
	}
	return "n"
}

// doc makes an event with missing fields, nulls, arrays, mixed case and, now and then, values of the wrong type.
func (g *gen) doc() refDoc {
	d := refDoc{}
	put := func(name string, value func() any) {
		for range pick(g, 0, 1, 1, 1, 2, 3) {
			v := value()
			if g.IntN(12) == 0 {
				v = pick[any](g, int64(5), true, "5", 2.5, "b", "true")
			}
			d[name] = append(d[name], v)
		}
	}
	text := func() any { return pick(g, genTexts...) }
	put("k", text)
	put("arr", text)
	put("short", func() any { return pick(g, "a", "abc", "abcd", "\U0001F600a", "\U0001F600ab") })
	put("n", func() any { return pick[any](g, int64(0), int64(1), int64(5), int64(-7), int64(2)) })
	put("b", func() any { return pick[any](g, true, false) })
	put("ip", func() any { return pick[any](g, "10.0.0.5", "10.0.1.5", "::1", "192.168.0.1") })
	put("t", func() any {
		return pick[any](g, "2024-02-03T04:05:06.700Z", "2024-02-03T00:00:00.000Z", "2024-02-02T23:59:59.999Z", "2024-02-04T00:00:00.000Z")
	})
	return d
}

// encode writes the event as JSON with nulls strewn in.
func (g *gen) encode(d refDoc) string {
	var b strings.Builder
	b.WriteByte('{')
	for name, vals := range d {
		var parts []string
		for _, v := range vals {
			if f, ok := v.(float64); ok {
				parts = append(parts, fmt.Sprintf("%.1f", f))
				continue
			}
			enc, _ := json.Marshal(v)
			parts = append(parts, string(enc))
		}
		if g.IntN(5) == 0 {
			parts = append(parts, "null")
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:[%s]", name, strings.Join(parts, ","))
	}
	b.WriteByte('}')
	return b.String()
}

// TestAgainstReference compares generated programs on generated events with the reference evaluator, with a mapping and
// without. -programs and -seed reach further.
func TestAgainstReference(t *testing.T) {
	compared, matched := 0, 0
	for i := range *programs {
		g := &gen{rand.New(rand.NewPCG(*seed, uint64(i))), i%2 == 0}
		src := "any where " + g.cond(3)
		c, m := compareWithReference(t, g, src)
		compared, matched = compared+c, matched+m
		if t.Failed() {
			t.Fatalf("program %d of seed %d", i, *seed)
		}
	}
	t.Logf("%d programs, %d verdicts compared, %d of them matches", *programs, compared, matched)
	if matched*10 < compared || matched*10 > compared*9 {
		t.Errorf("the generator is lopsided: %d of %d match", matched, compared)
	}
}

func compareWithReference(t *testing.T, g *gen, src string) (compared, matched int) {
	t.Helper()
	q := mustParse(t, src)
	ref := &reference{}
	var info *eql.Info
	if g.mapped {
		ref.fields = genFields
		info, _ = eql.Check(q, genFields)
	}
	p, err := Compile(q, info, Options{})
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	dec := event.NewDecoder(p.Layout())
	rec := new(event.Record)
	for range 6 {
		d := g.doc()
		text := g.encode(d)
		if err := dec.Decode([]byte(text), rec); err != nil {
			t.Fatal(err)
		}
		got, err := p.Match(rec)
		if err != nil {
			t.Fatalf("%s on %s: %v", src, text, err)
		}
		if want := ref.verdict(q.Body.(*eql.EventQuery).Cond, d); got != want {
			t.Errorf("mapping %v: %s\non %s\nis %v, the reference says %v", g.mapped, src, text, got, want)
		}
		compared++
		if got {
			matched++
		}
	}
	return compared, matched
}
